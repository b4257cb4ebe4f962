"""The least that goes through aiobotocore's client, item by item.

No client at all, for it checks nothing, retries nothing and knows no errors: it shows what is left
to be gained. Its calls go through aiobotocore's own client, with all taken away that a user may
take away, and with what this package found to spare aiobotocore: the signing, the User-Agent, the
endpoint of each call, coroutines for handlers and the reading of files. What calls bring is parsed,
once, by Pydantic's core; of faces and labels it makes no objects.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import repeat
from typing import Any, Final

from aiobotocore.client import AioBaseClient
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from pydantic_core import from_json

from benchmarks.workers.bodies import Bodies
from benchmarks.workers.peer import OPERATIONS, Peer, Record
from rekognition_async._botocore.data_loader import cached_loader
from rekognition_async._botocore.emitter import Emitter
from rekognition_async._botocore.endpoint_rules import keep_endpoint
from rekognition_async._botocore.http_session import HttpSession
from rekognition_async._botocore.signing import SIGNATURE_VERSION
from rekognition_async._botocore.user_agent import CachedUserAgent

_parse: Final[Callable[[bytes], Any]] = partial(from_json, cache_strings="keys")


class _HandedOut:
    def __init__(self, items: Iterator[Any]) -> None:
        self._items = items

    def __aiter__(self) -> _HandedOut:
        return self

    async def __anext__(self) -> Any:
        for item in self._items:
            return item
        raise StopAsyncIteration


class _Session(AioSession):
    @asynccontextmanager
    async def create_client(self, *args: Any, **options: Any) -> AsyncGenerator[AioBaseClient]:
        async with super().create_client(*args, **options) as client:
            keep_endpoint(client)
            yield client


class _Least(Bodies):
    def __init__(self, session: AioSession) -> None:
        session.register_component("user_agent_creator", CachedUserAgent.from_environment())
        session.register_component("data_loader", cached_loader(None))
        config = AioConfig(
            parameter_validation=False,
            signature_version=SIGNATURE_VERSION,
            http_session_cls=HttpSession,
        )
        super().__init__(session, dict.fromkeys(OPERATIONS, _parse), config)

    async def list_collections(self, client: Any, page_size: int) -> int:
        read = 0
        async for page in self.pages(client, page_size):
            rows = zip(page["CollectionIds"], page["FaceModelVersions"], strict=True)
            records = map(tuple.__new__, repeat(Record), rows)
            async for record in _HandedOut(records):
                _ = record.collection_id, record.face_model_version
                read += 1
        return read


PEER: Final[Peer] = _Least(_Session(event_hooks=Emitter()))
