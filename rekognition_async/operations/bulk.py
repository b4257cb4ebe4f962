"""Calls for more faces than one request takes, cut into chunks."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic

from rekognition_async.errors import RekognitionError, RequestValidationError
from rekognition_async.operation import R, Request
from rekognition_async.operations.base import Operations

if TYPE_CHECKING:
    from rekognition_async.models.faces import DeleteFacesResponse
    from rekognition_async.models.users import AssociateFacesResponse

MOST_FACES_DELETED_AT_ONCE: Final = 4096
MOST_FACES_ASSOCIATED_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Chunk(Generic[R]):
    """What became of one request of many.

    Attributes:
        face_ids: The faces that the request was about.
        response: The answer, which names the faces that it refused; None where the call failed.
        error: Why the call failed; None where it did not.
    """

    face_ids: tuple[str, ...]
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
        chunk_size: int = MOST_FACES_DELETED_AT_ONCE,
        max_concurrency: int = 2,
    ) -> AsyncGenerator[Chunk[DeleteFacesResponse]]:
        """Deletes any number of faces, a chunk a request (DeleteFaces).

        No face is passed over in silence: each is in one chunk, whose ``response`` names those
        that could not be deleted, or whose ``error`` says why none was. A chunk that fails does
        not end the others. Ids are taken from ``face_ids`` as they are needed, so that a listing
        may be handed in as it goes.

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

        _check("DeleteFaces", chunk_size, MOST_FACES_DELETED_AT_ONCE, max_concurrency)
        # Refused at once, and not with each chunk.
        DeleteFacesRequest.checked({}, collection_id=collection_id, face_ids=[_ANY_FACE])
        return self._in_chunks(
            lambda ids: DeleteFacesRequest.checked({}, collection_id=collection_id, face_ids=ids),
            face_ids,
            chunk_size,
            max_concurrency,
        )

    def associate_faces_in_bulk(
        self,
        *,
        collection_id: str,
        user_id: str,
        face_ids: Iterable[str] | AsyncIterable[str],
        user_match_threshold: float | None = None,
        chunk_size: int = MOST_FACES_ASSOCIATED_AT_ONCE,
        max_concurrency: int = 1,
    ) -> AsyncGenerator[Chunk[AssociateFacesResponse]]:
        """Associates any number of faces with a user, a chunk a request (AssociateFaces).

        No face is passed over in silence: each is in one chunk, whose ``response`` names those
        that were refused, or whose ``error`` says why none was taken. A chunk that fails does not
        end the others. The service lets a user hold 100 faces; chunks beyond that fail with
        ServiceQuotaExceededException.

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

        _check("AssociateFaces", chunk_size, MOST_FACES_ASSOCIATED_AT_ONCE, max_concurrency)

        def request_for(ids: list[str]) -> AssociateFacesRequest:
            return AssociateFacesRequest.checked(
                {},
                collection_id=collection_id,
                user_id=user_id,
                face_ids=ids,
                user_match_threshold=user_match_threshold,
            )

        request_for([_ANY_FACE])
        return self._in_chunks(request_for, face_ids, chunk_size, max_concurrency)

    async def _in_chunks(
        self,
        request_for: Callable[[list[str]], Request[R]],
        face_ids: Iterable[str] | AsyncIterable[str],
        chunk_size: int,
        max_concurrency: int,
    ) -> AsyncGenerator[Chunk[R]]:
        under_way: deque[asyncio.Task[Chunk[R]]] = deque()
        try:
            async for ids in _chunks(face_ids, chunk_size):
                if len(under_way) == max_concurrency:
                    yield await under_way.popleft()
                under_way.append(self._spawn(self._send_chunk(request_for, ids)))
            while under_way:
                yield await under_way.popleft()
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _send_chunk(
        self, request_for: Callable[[list[str]], Request[R]], ids: list[str]
    ) -> Chunk[R]:
        try:
            response = await self.send(request_for(ids))
        except RekognitionError as error:
            return Chunk(tuple(ids), None, error)
        return Chunk(tuple(ids), response, None)


_ANY_FACE: Final = "00000000-0000-4000-8000-000000000000"


def _check(operation: str, chunk_size: object, most: int, max_concurrency: object) -> None:
    problems: dict[str, str] = {}
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


async def _chunks(
    face_ids: Iterable[str] | AsyncIterable[str], size: int
) -> AsyncIterator[list[str]]:
    chunk: list[str] = []
    async for face_id in _each(face_ids):
        chunk.append(face_id)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


async def _each(face_ids: Iterable[str] | AsyncIterable[str]) -> AsyncIterator[str]:
    if isinstance(face_ids, AsyncIterable):
        async for face_id in face_ids:
            yield face_id
    else:
        for face_id in face_ids:
            yield face_id
