"""Calls for more faces than one request takes, cut into chunks."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, Self

from rekognition_async.errors import (
    ClientClosedError,
    RekognitionError,
    RequestValidationError,
)
from rekognition_async.operation import R, Request
from rekognition_async.operations.base import Operations

if TYPE_CHECKING:
    from rekognition_async.models.faces import DeleteFacesResponse
    from rekognition_async.models.users import AssociateFacesResponse

MAX_FACES_DELETED_AT_ONCE: Final = 4096
MAX_FACES_ASSOCIATED_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Chunk(Generic[R]):
    """What became of one request of many.

    Attributes:
        face_ids: The faces that the request was about.
        unsuccessful_face_ids: Those of them for which it was not done: the faces that the answer
            refuses, or all where the call failed.
        response: The answer, which gives the reason for each face; None where the call failed.
        error: Why the call failed; None where it did not.
    """

    face_ids: tuple[str, ...]
    unsuccessful_face_ids: tuple[str, ...]
    response: R | None
    error: RekognitionError | None

    def result(self) -> R:
        """The answer; raises the error of a call that failed."""
        if self.response is None:
            raise self.error or RuntimeError("a chunk has an answer or an error")
        return self.response


class BulkOperations(Operations):
    """DeleteFaces and AssociateFaces beyond what one call takes."""

    def delete_faces_in_bulk(
        self,
        *,
        collection_id: str,
        face_ids: Iterable[str] | AsyncIterable[str],
        chunk_size: int = MAX_FACES_DELETED_AT_ONCE,
        max_concurrency: int = 2,
    ) -> AsyncGenerator[Chunk[DeleteFacesResponse]]:
        """Deletes any number of faces, a chunk a request (DeleteFaces).

        No face is passed over in silence: each is in one chunk, whose ``unsuccessful_face_ids``
        are those that were not deleted. A chunk that fails does not end the others. Ids are taken
        from ``face_ids`` as they are needed, so that a listing may be handed in as it goes; where
        it raises, that comes after the chunks of all ids before it.

        Args:
            collection_id: The id of the collection.
            face_ids: The ids of the faces, as any iterable or async iterable.
            chunk_size: How many faces a request takes at most. 1 to 4,096.
            max_concurrency: How many requests may be under way at once. At least 1; AWS's default
                quota is 5 a second.

        Returns:
            An async iterator over the chunks, in the order of the faces. Leaving it early cancels
            what is under way: wrap it in ``contextlib.aclosing`` to have that done at once.

        Raises:
            RequestValidationError: A parameter is out of its limits; before the first chunk.
        """
        from rekognition_async.models.faces import DeleteFacesRequest

        _check("DeleteFaces", face_ids, chunk_size, MAX_FACES_DELETED_AT_ONCE, max_concurrency)
        # Refused at once, and not with each chunk.
        DeleteFacesRequest.build({}, collection_id=collection_id, face_ids=[_ANY_FACE])
        return self._in_chunks(
            lambda ids: DeleteFacesRequest.build({}, collection_id=collection_id, face_ids=ids),
            lambda answer: [face.face_id for face in answer.unsuccessful_face_deletions],
            _Chunks(face_ids, chunk_size),
            max_concurrency,
        )

    def associate_faces_in_bulk(
        self,
        *,
        collection_id: str,
        user_id: str,
        face_ids: Iterable[str] | AsyncIterable[str],
        user_match_threshold: float | None = None,
        chunk_size: int = MAX_FACES_ASSOCIATED_AT_ONCE,
        max_concurrency: int = 1,
    ) -> AsyncGenerator[Chunk[AssociateFacesResponse]]:
        """Associates any number of faces with a user, a chunk a request (AssociateFaces).

        No face is passed over in silence: each is in one chunk, whose ``unsuccessful_face_ids``
        are those that were not associated. A chunk that fails does not end the others. Where
        ``face_ids`` raises, that comes after the chunks of all ids before it. The service lets a
        user hold 100 faces; chunks beyond that fail with ServiceQuotaExceededException.

        Args:
            collection_id: The id of the collection.
            user_id: The id of the user.
            face_ids: The ids of the faces, as any iterable or async iterable.
            user_match_threshold: How much a face must resemble those that the user already holds,
                in percent; the service takes 75 where it is None.
            chunk_size: How many faces a request takes at most. 1 to 100.
            max_concurrency: How many requests may be under way at once. At least 1; more than one
                may collide on the user with ConflictException.

        Returns:
            An async iterator over the chunks, in the order of the faces. Leaving it early cancels
            what is under way: wrap it in ``contextlib.aclosing`` to have that done at once.

        Raises:
            RequestValidationError: A parameter is out of its limits; before the first chunk.
        """
        from rekognition_async.models.users import AssociateFacesRequest

        most = MAX_FACES_ASSOCIATED_AT_ONCE
        _check("AssociateFaces", face_ids, chunk_size, most, max_concurrency)

        def request_for(ids: list[str]) -> AssociateFacesRequest:
            return AssociateFacesRequest.build(
                {},
                collection_id=collection_id,
                user_id=user_id,
                face_ids=ids,
                user_match_threshold=user_match_threshold,
            )

        request_for([_ANY_FACE])
        return self._in_chunks(
            request_for,
            lambda answer: [face.face_id for face in answer.unsuccessful_face_associations],
            _Chunks(face_ids, chunk_size),
            max_concurrency,
        )

    async def _in_chunks(
        self,
        request_for: Callable[[list[str]], Request[R]],
        refused_by: Callable[[R], list[str | None]],
        chunks: _Chunks,
        max_concurrency: int,
    ) -> AsyncGenerator[Chunk[R]]:
        async def send(ids: list[str]) -> R:
            return await self.send(request_for(ids))

        async def outcome(ids: list[str], task: asyncio.Task[R]) -> Chunk[R]:
            # Waiting, unlike awaiting, tells the end of the client from a cancelled caller.
            await asyncio.wait({task})
            asked = tuple(ids)
            if task.cancelled():
                return Chunk(asked, asked, None, ClientClosedError("the client was closed"))
            try:
                response = task.result()
            except RekognitionError as error:
                return Chunk(asked, asked, None, error)
            refused = tuple(face_id for face_id in refused_by(response) if face_id)
            return Chunk(asked, refused, response, None)

        under_way: deque[tuple[list[str], asyncio.Task[R]]] = deque()
        try:
            async for ids in chunks:
                if len(under_way) == max_concurrency:
                    yield await outcome(*under_way[0])
                    under_way.popleft()
                under_way.append((ids, self._spawn(send(ids))))
            while under_way:
                yield await outcome(*under_way[0])
                under_way.popleft()
        finally:
            tasks = [task for _, task in under_way]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if chunks.failure is not None:
            raise chunks.failure


_ANY_FACE: Final = "00000000-0000-4000-8000-000000000000"


def _check(
    operation: str, face_ids: object, chunk_size: object, most: int, max_concurrency: object
) -> None:
    problems: dict[str, str] = {}
    # Text is an iterable, of texts that are no ids.
    if isinstance(face_ids, str) or not isinstance(face_ids, Iterable | AsyncIterable):
        problems["face_ids"] = (
            f"input should be an iterable or async iterable of ids, got {type(face_ids).__name__}"
        )
    if type(chunk_size) is not int or not 1 <= chunk_size <= most:
        problems["chunk_size"] = (
            f"input should be a whole number from 1 to {most}, got {chunk_size!r}"
        )
    if type(max_concurrency) is not int or max_concurrency < 1:
        problems["max_concurrency"] = (
            f"input should be a whole number of at least 1, got {max_concurrency!r}"
        )
    if problems:
        raise RequestValidationError(operation, problems)


class _Chunks:
    """Cuts ids into chunks; what the ids themselves raise is kept for the end.

    Attributes:
        failure: What ended the ids before their end.
    """

    def __init__(self, face_ids: Iterable[str] | AsyncIterable[str], size: int) -> None:
        self._ids = aiter(face_ids) if isinstance(face_ids, AsyncIterable) else iter(face_ids)
        self._size = size
        self._ended = False
        self.failure: Exception | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> list[str]:
        chunk: list[str] = []
        try:
            while len(chunk) < self._size and not self._ended:
                ids = self._ids
                chunk.append(await anext(ids) if isinstance(ids, AsyncIterator) else next(ids))
        except (StopIteration, StopAsyncIteration):
            self._ended = True
        except Exception as error:  # noqa: BLE001 - raised again, behind the last chunk
            self._ended, self.failure = True, error
        if not chunk:
            raise StopAsyncIteration
        return chunk
