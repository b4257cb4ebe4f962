"""What a peer has to be able to do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, NamedTuple, Protocol

REGION: Final = "us-east-1"
COLLECTION: Final = "visitors"
OPERATIONS: Final = ("list_collections", "list_faces", "detect_labels", "describe_collection")
"""The methods of botocore's clients that are called."""


class Record(NamedTuple):
    """A collection, as a user of a library that makes no records writes one."""

    collection_id: str
    face_model_version: str


class Peer(Protocol):
    """A library, used as its documentation says.

    Everything is read as a user would read it, and each function tells how many it read, so that
    nobody is fast by leaving something out.
    """

    def open(self, endpoint_url: str, region_name: str) -> AbstractAsyncContextManager[Any]:
        """A client, open inside ``async with``."""
        ...

    async def first_page(self, client: Any, page_size: int) -> int:
        """Reads one page of collections."""
        ...

    async def list_collections(self, client: Any, page_size: int) -> int:
        """Reads every collection by what the library has for it, item by item where it can."""
        ...

    async def zip_pages(self, client: Any, page_size: int) -> int:
        """Reads id and version of every collection off the two lists of a page."""
        ...

    async def record_pages(self, client: Any, page_size: int) -> int:
        """Reads every collection off a page's records; off its two lists where it has none."""
        ...

    async def records(self, client: Any, page_size: int) -> int:
        """Reads every collection, a record each, from one iterator over all pages.

        Where the library makes no records, the iterator is a user's own async generator.
        """
        ...

    def pages(self, client: Any, page_size: int) -> AsyncIterator[Any]:
        """The pages of collections."""
        ...

    async def list_faces(self, client: Any, page_size: int) -> int:
        """Reads id, confidence and box of every face."""
        ...

    async def detect_labels(self, client: Any, image: bytes) -> int:
        """Reads name, confidence and instances of every label."""
        ...

    async def describe_collection(self, client: Any) -> int:
        """Reads how many faces a collection has."""
        ...
