"""botocore's way, which aiobotocore and aioboto3 share: plain dicts, pages by a paginator."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from aiobotocore.config import AioConfig

from benchmarks.workers.peer import COLLECTION, Record


class Dicts:
    """A peer that gives what botocore parsed.

    Args:
        create_client: A session's function. The session is kept, as its documentation advises.
        config: The clients' settings.
    """

    def __init__(
        self,
        create_client: Callable[..., AbstractAsyncContextManager[Any]],
        config: AioConfig | None = None,
    ) -> None:
        self._create_client = create_client
        self._config = config

    def open(self, endpoint_url: str, region_name: str) -> AbstractAsyncContextManager[Any]:
        """A client, open inside ``async with``."""
        return self._create_client(
            "rekognition", region_name=region_name, endpoint_url=endpoint_url, config=self._config
        )

    async def first_page(self, client: Any, page_size: int) -> int:
        """Reads one page of collections."""
        return self.read_collections(await client.list_collections(MaxResults=page_size))

    async def list_collections(self, client: Any, page_size: int) -> int:
        """Reads id and version of every collection."""
        read = 0
        async for page in self.pages(client, page_size):
            read += self.read_collections(page)
        return read

    async def zip_pages(self, client: Any, page_size: int) -> int:
        """Reads id and version of every collection off the two lists of a page."""
        return await self.list_collections(client, page_size)

    async def record_pages(self, client: Any, page_size: int) -> int:
        """There are no records on a page: the two lists again."""
        return await self.list_collections(client, page_size)

    async def records(self, client: Any, page_size: int) -> int:
        """Reads every collection from a generator of records."""
        read = 0
        async for record in self._generated(client, page_size):
            _ = record.collection_id, record.face_model_version
            read += 1
        return read

    async def _generated(self, client: Any, page_size: int) -> AsyncIterator[Record]:
        async for page in self.pages(client, page_size):
            for record in self.records_of(page):
                yield record

    def pages(self, client: Any, page_size: int) -> AsyncIterator[Any]:
        """The pages of collections."""
        paginator = client.get_paginator("list_collections")
        pages: AsyncIterator[Any] = paginator.paginate(
            PaginationConfig={"PageSize": page_size}
        ).__aiter__()
        return pages

    async def list_faces(self, client: Any, page_size: int) -> int:
        """Reads id, confidence and box of every face."""
        read = 0
        paginator = client.get_paginator("list_faces")
        async for page in paginator.paginate(
            CollectionId=COLLECTION, PaginationConfig={"PageSize": page_size}
        ):
            read += self.read_faces(page)
        return read

    async def detect_labels(self, client: Any, image: bytes) -> int:
        """Reads name, confidence and instances of every label."""
        return self.read_labels(await client.detect_labels(Image={"Bytes": image}))

    async def describe_collection(self, client: Any) -> int:
        """Reads how many faces a collection has."""
        return self.read_description(await client.describe_collection(CollectionId=COLLECTION))

    def read_collections(self, page: dict[str, Any]) -> int:
        """Pairs ids and versions, and reads them."""
        read = 0
        for collection_id, version in zip(
            page["CollectionIds"], page["FaceModelVersions"], strict=True
        ):
            _ = collection_id, version
            read += 1
        return read

    def records_of(self, page: dict[str, Any]) -> list[Record]:
        """Pairs ids and versions, a record each."""
        return list(map(Record, page["CollectionIds"], page["FaceModelVersions"]))

    def read_faces(self, page: dict[str, Any]) -> int:
        """Reads the faces of a page."""
        read = 0
        for face in page["Faces"]:
            box = face["BoundingBox"]
            _ = face["FaceId"], face["Confidence"], box["Left"], box["Top"]
            read += 1
        return read

    def read_labels(self, answer: dict[str, Any]) -> int:
        """Reads the labels of an image."""
        read = 0
        for label in answer["Labels"]:
            _ = label["Name"], label["Confidence"]
            for instance in label["Instances"]:
                _ = instance["BoundingBox"], instance["Confidence"]
            read += 1
        return read

    def read_description(self, answer: dict[str, Any]) -> int:
        """Reads how many faces a collection has."""
        return int(answer["FaceCount"])
