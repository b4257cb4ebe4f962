"""A service that lists collections: one client for its whole life, shared by all requests."""

import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

from rekognition_async import Collection, RateLimitError, RekognitionClient, TransportError
from rekognition_async.errors import ResourceNotFoundException, ServiceError
from rekognition_async.models import DescribeCollectionResponse

client = RekognitionClient()
# The same client: what it cannot answer within two seconds is told so, most of it at once.
rekognition = client.with_options(deadline=2)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    async with client:
        yield


app = FastAPI(lifespan=lifespan)


@app.exception_handler(RateLimitError)
@app.exception_handler(TransportError)
@app.exception_handler(ServiceError)
async def try_later(_: Request, error: Exception) -> JSONResponse:
    if isinstance(error, ServiceError) and not error.retryable:
        raise error
    seconds = error.retry_after if isinstance(error, RateLimitError) else 0
    headers = {"Retry-After": str(max(1, math.ceil(seconds)))}
    return JSONResponse({"detail": "busy, try again later"}, 503, headers)


@app.get("/collections")
async def list_collections(limit: int = 100) -> list[Collection]:
    return await rekognition.iter_collections(max_items=limit).collect()


@app.get("/collections/{collection_id}")
async def describe_collection(collection_id: str) -> DescribeCollectionResponse:
    try:
        return await rekognition.describe_collection(collection_id=collection_id)
    except ResourceNotFoundException as error:
        raise HTTPException(404, "no such collection") from error
