"""A service that lists collections: one client for its whole life, shared by all requests."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException

from rekognition_async import Collection, RekognitionClient
from rekognition_async.errors import ResourceNotFoundException
from rekognition_async.models import DescribeCollectionResponse

rekognition = RekognitionClient()


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    async with rekognition:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/collections")
async def list_collections(limit: int = 100) -> list[Collection]:
    return await rekognition.iter_collections(max_items=limit).collect()


@app.get("/collections/{collection_id}")
async def describe_collection(collection_id: str) -> DescribeCollectionResponse:
    try:
        return await rekognition.describe_collection(collection_id=collection_id)
    except ResourceNotFoundException as error:
        raise HTTPException(404, "no such collection") from error
