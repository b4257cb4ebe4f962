"""This package."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from benchmarks.workers.peer import COLLECTION, Peer
from rekognition_async import RekognitionClient


class _Ours:
    def open(self, endpoint_url: str, region_name: str) -> RekognitionClient:
        return RekognitionClient(region_name=region_name, endpoint_url=endpoint_url)

    async def first_page(self, client: RekognitionClient, page_size: int) -> int:
        page = await client.list_collections(max_results=page_size)
        read = 0
        for collection in page.collections:
            _ = collection.collection_id, collection.face_model_version
            read += 1
        return read

    async def list_collections(self, client: RekognitionClient, page_size: int) -> int:
        read = 0
        async for collection in client.iter_collections(page_size=page_size):
            _ = collection.collection_id, collection.face_model_version
            read += 1
        return read

    async def zip_pages(self, client: RekognitionClient, page_size: int) -> int:
        read = 0
        async for page in client.iter_collections(page_size=page_size).pages():
            for collection_id, version in zip(
                page.collection_ids, page.face_model_versions, strict=True
            ):
                _ = collection_id, version
                read += 1
        return read

    async def record_pages(self, client: RekognitionClient, page_size: int) -> int:
        read = 0
        async for page in client.iter_collections(page_size=page_size).pages():
            for collection in page.collections:
                _ = collection.collection_id, collection.face_model_version
                read += 1
        return read

    async def records(self, client: RekognitionClient, page_size: int) -> int:
        return await self.list_collections(client, page_size)

    async def pages(self, client: RekognitionClient, page_size: int) -> AsyncIterator[object]:
        async for page in client.iter_collections(page_size=page_size, prefetch=1).pages():
            yield page

    async def list_faces(self, client: RekognitionClient, page_size: int) -> int:
        read = 0
        async for face in client.iter_faces(collection_id=COLLECTION, page_size=page_size):
            box = face.bounding_box
            if box is not None:
                _ = face.face_id, face.confidence, box.left, box.top
                read += 1
        return read

    async def detect_labels(self, client: RekognitionClient, image: bytes) -> int:
        answer = await client.detect_labels(image=image)
        read = 0
        for label in answer.labels:
            _ = label.name, label.confidence
            for instance in label.instances:
                _ = instance.bounding_box, instance.confidence
            read += 1
        return read

    async def describe_collection(self, client: RekognitionClient) -> int:
        answer = await client.describe_collection(collection_id=COLLECTION)
        return answer.face_count or 0


PEER: Final[Peer] = _Ours()
