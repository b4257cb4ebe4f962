"""aiobotocore, with the bodies of its answers parsed by hand in place of botocore's parser."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextvars import ContextVar
from typing import Any, Final

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession

from benchmarks.workers.dicts import Dicts
from benchmarks.workers.peer import COLLECTION

_OK: Final = 200
_body: ContextVar[list[bytes]] = ContextVar("body")


def _keep(response_dict: dict[str, Any], **_: Any) -> None:
    """Keeps the body of an answer, and leaves botocore an empty one to parse."""
    if response_dict["status_code"] == _OK:
        _body.get().append(response_dict["body"])
        response_dict["body"] = b"{}"


class Bodies(Dicts):
    """A peer that parses what it receives by functions of its own.

    Args:
        session: The session to open clients of.
        parsers: What makes of a body what is read, by operation.
        config: The clients' settings.
    """

    def __init__(
        self,
        session: AioSession,
        parsers: Mapping[str, Callable[[bytes], Any]],
        config: AioConfig | None = None,
    ) -> None:
        session.register("before-parse.rekognition", _keep)
        super().__init__(session.create_client, config)
        self._parsers = parsers

    async def _call(self, client: Any, method: str, **parameters: Any) -> Any:
        kept: list[bytes] = []
        _body.set(kept)
        await getattr(client, method)(**parameters)
        return self._parsers[method](kept[-1])

    def next_token(self, page: Any) -> str | None:
        """Asks for the page after this one; None after the last."""
        token: str | None = page.get("NextToken")
        return token

    async def _listed(self, client: Any, method: str, **parameters: Any) -> AsyncIterator[Any]:
        more: dict[str, str] = {}
        while True:
            page = await self._call(client, method, **parameters, **more)
            yield page
            token = self.next_token(page)
            if token is None:
                return
            more = {"NextToken": token}

    async def first_page(self, client: Any, page_size: int) -> int:
        """Reads one page of collections."""
        page = await self._call(client, "list_collections", MaxResults=page_size)
        return self.read_collections(page)

    def pages(self, client: Any, page_size: int) -> AsyncIterator[Any]:
        """The pages of collections."""
        return self._listed(client, "list_collections", MaxResults=page_size)

    async def list_faces(self, client: Any, page_size: int) -> int:
        """Reads id, confidence and box of every face."""
        read = 0
        async for page in self._listed(
            client, "list_faces", CollectionId=COLLECTION, MaxResults=page_size
        ):
            read += self.read_faces(page)
        return read

    async def detect_labels(self, client: Any, image: bytes) -> int:
        """Reads name, confidence and instances of every label."""
        return self.read_labels(await self._call(client, "detect_labels", Image={"Bytes": image}))

    async def describe_collection(self, client: Any) -> int:
        """Reads how many faces a collection has."""
        return self.read_description(
            await self._call(client, "describe_collection", CollectionId=COLLECTION)
        )
