"""The least that a client can do which stands on aiobotocore and hands out typed collections.

No client at all, for it checks nothing, retries nothing and knows no errors: it shows what is left
to be gained. Its calls go through aiobotocore's own client, with all taken away that a user may
take away, and with what this package found to spare aiobotocore: the signing, the User-Agent and
the reading of files. What calls bring is parsed, once, by Pydantic's core; of faces and labels it
makes no objects.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from itertools import repeat
from typing import Any, Final, NamedTuple

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession, get_session
from pydantic_core import from_json

from benchmarks.workers.dicts import Dicts
from benchmarks.workers.peer import COLLECTION, Peer
from rekognition_async._botocore.data_loader import cached_loader
from rekognition_async._botocore.http_session import HttpSession
from rekognition_async._botocore.signing import SIGNATURE_VERSION
from rekognition_async._botocore.user_agent import CachedUserAgent

_document: ContextVar[dict[str, bytes]] = ContextVar("document")


class _Record(NamedTuple):
    collection_id: str
    face_model_version: str


class _HandedOut:
    def __init__(self, items: Iterator[Any]) -> None:
        self._items = items

    def __aiter__(self) -> _HandedOut:
        return self

    async def __anext__(self) -> Any:
        for item in self._items:
            return item
        raise StopAsyncIteration


def _keep(response_dict: dict[str, Any], **_: Any) -> None:
    _document.get()["body"] = response_dict["body"]
    response_dict["body"] = b"{}"


class _Floor(Dicts):
    def __init__(self, session: AioSession) -> None:
        session.register_component("user_agent_creator", CachedUserAgent.from_environment())
        session.register_component("data_loader", cached_loader(None))
        session.register("before-parse.rekognition", _keep)
        super().__init__(session.create_client)
        self._config = AioConfig(
            parameter_validation=False,
            signature_version=SIGNATURE_VERSION,
            http_session_cls=HttpSession,
        )

    def open(self, endpoint_url: str, region_name: str) -> AbstractAsyncContextManager[Any]:
        return self._create_client(
            "rekognition", region_name=region_name, endpoint_url=endpoint_url, config=self._config
        )

    async def _call(self, method: Any, **parameters: Any) -> Any:
        kept: dict[str, bytes] = {}
        _document.set(kept)
        await method(**parameters)
        return from_json(kept["body"], cache_strings="keys")

    async def first_page(self, client: Any, page_size: int) -> int:
        return self.read_collections(
            await self._call(client.list_collections, MaxResults=page_size)
        )

    async def pages(self, client: Any, page_size: int) -> AsyncIterator[Any]:
        more: dict[str, str] = {}
        while True:
            page = await self._call(client.list_collections, MaxResults=page_size, **more)
            yield page
            if "NextToken" not in page:
                return
            more = {"NextToken": page["NextToken"]}

    async def list_collections(self, client: Any, page_size: int) -> int:
        read = 0
        async for page in self.pages(client, page_size):
            rows = zip(page["CollectionIds"], page["FaceModelVersions"], strict=True)
            records = map(tuple.__new__, repeat(_Record), rows)
            async for record in _HandedOut(records):
                _ = record.collection_id, record.face_model_version
                read += 1
        return read

    async def list_faces(self, client: Any, page_size: int) -> int:
        read = 0
        more: dict[str, str] = {}
        while True:
            page = await self._call(
                client.list_faces, CollectionId=COLLECTION, MaxResults=page_size, **more
            )
            read += self.read_faces(page)
            if "NextToken" not in page:
                return read
            more = {"NextToken": page["NextToken"]}

    async def detect_labels(self, client: Any, image: bytes) -> int:
        return self.read_labels(await self._call(client.detect_labels, Image={"Bytes": image}))

    async def describe_collection(self, client: Any) -> int:
        return self.read_description(
            await self._call(client.describe_collection, CollectionId=COLLECTION)
        )


PEER: Final[Peer] = _Floor(get_session())
