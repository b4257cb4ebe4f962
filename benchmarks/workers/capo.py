"""capo-rekognition, whose listing of collections gives ids and leaves the versions out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from capo_rekognition import (  # type: ignore[import-not-found]  # in its own environment only
    AsyncRekognitionClient,
)

from benchmarks.workers.peer import COLLECTION, Peer, Record


class _Capo:
    def open(self, endpoint_url: str, region_name: str) -> AbstractAsyncContextManager[Any]:
        client: AbstractAsyncContextManager[Any] = AsyncRekognitionClient(
            region=region_name, endpoint=endpoint_url
        )
        return client

    async def first_page(self, client: Any, page_size: int) -> int:
        page = await client.list_collections(max_results=page_size)
        read = 0
        for collection_id in page["collection_ids"]:
            _ = collection_id
            read += 1
        return read

    async def list_collections(self, client: Any, page_size: int) -> int:
        read = 0
        async for collection_id in client.iter_list_collections(max_results=page_size):
            _ = collection_id
            read += 1
        return read

    async def zip_pages(self, client: Any, page_size: int) -> int:
        read = 0
        async for page in self.pages(client, page_size):
            for collection_id, version in zip(
                page["collection_ids"], page["face_model_versions"], strict=True
            ):
                _ = collection_id, version
                read += 1
        return read

    async def record_pages(self, client: Any, page_size: int) -> int:
        return await self.zip_pages(client, page_size)

    async def records(self, client: Any, page_size: int) -> int:
        read = 0
        async for record in self._generated(client, page_size):
            _ = record.collection_id, record.face_model_version
            read += 1
        return read

    async def _generated(self, client: Any, page_size: int) -> AsyncIterator[Record]:
        async for page in self.pages(client, page_size):
            for record in map(Record, page["collection_ids"], page["face_model_versions"]):
                yield record

    async def pages(self, client: Any, page_size: int) -> AsyncIterator[Any]:
        # Its own iterator does not say where a page ends.
        token = None
        while True:
            page = await client.list_collections(max_results=page_size, next_token=token)
            yield page
            token = page.get("next_token")
            if token is None:
                return

    async def list_faces(self, client: Any, page_size: int) -> int:
        read = 0
        async for face in client.iter_list_faces(COLLECTION, max_results=page_size):
            box = face["bounding_box"]
            _ = face["face_id"], face["confidence"], box["left"], box["top"]
            read += 1
        return read

    async def detect_labels(self, client: Any, image: bytes) -> int:
        answer = await client.detect_labels({"bytes": image})
        read = 0
        for label in answer["labels"]:
            _ = label["name"], label["confidence"]
            for instance in label["instances"]:
                _ = instance["bounding_box"], instance["confidence"]
            read += 1
        return read

    async def describe_collection(self, client: Any) -> int:
        answer = await client.describe_collection(COLLECTION)
        return int(answer["face_count"])


PEER: Final[Peer] = _Capo()
