"""What a bulk does for requests, for pictures, and for ids of faces."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Mapping
from hashlib import blake2b
from typing import Any, Final, cast

from pydantic import BaseModel
from pydantic.main import IncEx

from rekognition_async.bulk.engine import Work, in_turn
from rekognition_async.bulk.loading import load_picture
from rekognition_async.bulk.outcomes import FacesOutcome, Outcome, PictureOutcome
from rekognition_async.images import ImageSource
from rekognition_async.operation import R, Request

_DIGEST_BYTES: Final = 16
# Tokens are new each time, and an image is told by its key.
_NOT_IN_DIGEST: Final[dict[str, bool | set[str]]] = {
    "client_request_token": True,
    "image": {"bytes"},
    "source_image": {"bytes"},
    "target_image": {"bytes"},
}


class RequestsWork(Work[Request[R], R, Outcome[R]]):
    """Sends requests as they are."""

    operation = "send_in_bulk"
    parameters: Mapping[str, Any] = {}

    async def request(self, key: str, item: Request[R]) -> Request[R]:  # noqa: ARG002 - as it is
        """The request itself."""
        return item

    def outcome(self, item: Request[R], outcome: Outcome[R]) -> Outcome[R]:  # noqa: ARG002
        """The outcome itself."""
        return outcome

    def digest(self, item: Request[R]) -> str:
        """Tells operation and parameters."""
        parameters = cast("BaseModel", item).model_dump_json(exclude=cast("IncEx", _NOT_IN_DIGEST))
        return digest_of(f"{item.operation} {parameters}")


class PicturesWork(Work[ImageSource, R, PictureOutcome[R]]):
    """Sends a request for each picture."""

    def __init__(
        self,
        operation: str,
        build: Callable[[str, Any], Request[R]],
        parameters: Mapping[str, Any],
        *,
        prepare: bool | None,
        in_doubt: Callable[[frozenset[str]], Awaitable[Callable[[str], R | None]]] | None = None,
    ) -> None:
        """Takes what is done with a picture.

        Args:
            operation: AWS's name of the operation.
            build: Makes the request of a key and its image.
            parameters: The others of its parameters, for the journal.
            prepare: Whether pictures are made into what the service takes.
            in_doubt: Looks up what became of requests that were sent, where to send them again
                would do something twice.
        """
        self.operation = operation
        self.parameters = parameters
        self._build = build
        self.prepare = prepare
        self._in_doubt = in_doubt
        self.marks_sent = in_doubt is not None

    async def request(self, key: str, item: ImageSource) -> Request[R]:
        """The request with the picture, once that is read."""
        image = await load_picture(item, self.operation, prepare=self.prepare)
        return self._build(key, image)

    def outcome(self, item: ImageSource, outcome: Outcome[R]) -> PictureOutcome[R]:
        """The outcome with the picture's source."""
        return PictureOutcome(
            outcome.key,
            outcome.request,
            outcome.response,
            outcome.error,
            outcome.attempts,
            outcome.seconds,
            item,
        )

    async def in_doubt(self, keys: frozenset[str]) -> Callable[[str], R | None]:
        """Asks who knows."""
        if self._in_doubt is None:
            return await super().in_doubt(keys)
        return await self._in_doubt(keys)


class FacesWork(Work[tuple[str, ...], R, FacesOutcome[R]]):
    """Sends a request for some faces at a time."""

    def __init__(
        self,
        operation: str,
        build: Callable[[tuple[str, ...]], Request[R]],
        parameters: Mapping[str, Any],
        refused_by: Callable[[R], list[str | None]],
    ) -> None:
        """Takes what is done with the ids.

        Args:
            operation: AWS's name of the operation.
            build: Makes the request of ids.
            parameters: The others of its parameters, for the journal.
            refused_by: The ids for which an answer says that it was not done.
        """
        self.operation = operation
        self.parameters = parameters
        self._build = build
        self._refused_by = refused_by

    async def request(self, key: str, item: tuple[str, ...]) -> Request[R]:  # noqa: ARG002
        """The request for the ids."""
        return self._build(item)

    def outcome(self, item: tuple[str, ...], outcome: Outcome[R]) -> FacesOutcome[R]:
        """The outcome with the ids."""
        refused = item
        if outcome.response is not None:
            refused = tuple(face_id for face_id in self._refused_by(outcome.response) if face_id)
        return FacesOutcome(
            outcome.key,
            outcome.request,
            outcome.response,
            outcome.error,
            outcome.attempts,
            outcome.seconds,
            item,
            refused,
        )


def digest_of(text: str) -> str:
    """A digest that is the same in all processes."""
    return blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()


async def keyed_chunks(
    face_ids: Iterable[str] | AsyncIterable[str], size: int
) -> AsyncIterator[tuple[str, tuple[str, ...]]]:
    """Cuts ids into chunks, each under a key that its ids make; raises what the ids raise."""
    chunk: list[str] = []
    try:
        async for face_id in in_turn(face_ids):
            chunk.append(face_id)
            if len(chunk) == size:
                ids, chunk = tuple(chunk), []
                yield digest_of(" ".join(ids)), ids
    except Exception:
        if chunk:
            yield digest_of(" ".join(chunk)), tuple(chunk)
        raise
    if chunk:
        yield digest_of(" ".join(chunk)), tuple(chunk)
