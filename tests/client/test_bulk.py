"""DeleteFaces and AssociateFaces for more faces than one call takes."""

import asyncio
import itertools
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import pytest
from support import RefusalError, scripted

from rekognition_async import RekognitionClient, RekognitionError, RequestValidationError
from rekognition_async.errors import (
    AccessDeniedException,
    ClientClosedError,
    ServiceQuotaExceededException,
)


def ids(count: int, first: int = 0) -> list[str]:
    """So many ids of faces."""
    return [str(uuid.UUID(int=number)) for number in range(first, first + count)]


def bulk(client: RekognitionClient, helper: str, face_ids: Any, **options: Any) -> Any:
    """Begins a helper, whose outcomes come in order."""
    options.setdefault("ordered", True)
    if helper == "AssociateFaces":
        options["user_id"] = "somebody"
        return client.associate_faces_in_bulk(collection_id="c", face_ids=face_ids, **options)
    return client.delete_faces_in_bulk(collection_id="c", face_ids=face_ids, **options)


def answered(operation: str, parameters: dict[str, Any], refused: set[str]) -> dict[str, Any]:
    """The service's answer, which refuses some faces."""
    asked: list[str] = parameters["FaceIds"]
    done = [face_id for face_id in asked if face_id not in refused]
    not_done = [
        {"FaceId": face_id, "Reasons": ["FACE_NOT_FOUND"]}
        for face_id in asked
        if face_id in refused
    ]
    if operation == "DeleteFaces":
        return {"DeletedFaces": done, "UnsuccessfulFaceDeletions": not_done}
    associated = [{"FaceId": face_id} for face_id in done]
    return {"AssociatedFaces": associated, "UnsuccessfulFaceAssociations": not_done}


class Turnstile:
    """A service that holds calls until a test lets them go."""

    def __init__(self) -> None:
        self.inside: dict[str, asyncio.Event] = {}
        self.most = 0
        self.refused: set[str] = set()

    async def answer(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Answers once it is let go."""
        first = parameters["FaceIds"][0]
        self.inside[first] = asyncio.Event()
        self.most = max(self.most, len(self.inside))
        try:
            await self.inside[first].wait()
        finally:
            del self.inside[first]
        return answered(operation, parameters, self.refused)

    async def holds(self, count: int) -> None:
        """Returns when so many calls are held."""
        while len(self.inside) < count:
            await asyncio.sleep(0)


both = pytest.mark.parametrize("helper", ["DeleteFaces", "AssociateFaces"])
MOST = {"DeleteFaces": 4096, "AssociateFaces": 100}


@both
async def test_faces_are_cut_into_the_largest_chunks(helper: str) -> None:
    """Each face is in one chunk, in order, and the last chunk has what is left."""
    faces = ids(2 * MOST[helper] + 1)
    async with scripted(lambda operation, asked: answered(operation, asked, set())) as (
        requests,
        client,
    ):
        chunks = [chunk async for chunk in bulk(client, helper, faces)]
    assert [len(chunk.face_ids) for chunk in chunks] == [MOST[helper], MOST[helper], 1]
    assert list(itertools.chain.from_iterable(chunk.face_ids for chunk in chunks)) == faces
    assert [chunk.unsuccessful_face_ids for chunk in chunks] == [(), (), ()]
    for chunk in chunks:
        assert chunk.result() is chunk.response
        assert chunk.error is None
    assert [operation for operation, _ in requests] == [helper] * 3
    assert all(parameters["CollectionId"] == "c" for _, parameters in requests)


async def test_further_parameters_are_in_each_request() -> None:
    """User, threshold and a token of its own go along with each chunk."""
    async with scripted(lambda operation, asked: answered(operation, asked, set())) as (
        requests,
        client,
    ):
        options: dict[str, Any] = {"user_match_threshold": 60.0, "chunk_size": 2}
        async for _ in bulk(client, "AssociateFaces", ids(5), **options):
            pass
    assert [parameters["UserMatchThreshold"] for _, parameters in requests] == [60.0] * 3
    assert {parameters["UserId"] for _, parameters in requests} == {"somebody"}
    assert len({parameters["ClientRequestToken"] for _, parameters in requests}) == 3


@both
async def test_every_unsuccessful_id_is_reported(helper: str) -> None:
    """Faces that the answer refuses, with its reasons, and all faces of a call that failed."""
    faces = ids(9)
    refused = {faces[0], faces[4]}

    def answer(operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        if faces[6] in asked["FaceIds"]:
            raise RefusalError("ServiceQuotaExceededException")
        return answered(operation, asked, refused)

    async with scripted(answer) as (_, client):
        chunks = [chunk async for chunk in bulk(client, helper, faces, chunk_size=3)]
    reported = [face_id for chunk in chunks for face_id in chunk.unsuccessful_face_ids]
    assert reported == [faces[0], faces[4], *faces[6:]]
    *_, failed = chunks
    assert failed.response is None
    assert isinstance(failed.error, ServiceQuotaExceededException)
    with pytest.raises(ServiceQuotaExceededException):
        failed.result()


@both
@pytest.mark.parametrize("error", ["AccessDeniedException", "nonsense"])
async def test_a_chunk_that_fails_does_not_end_the_others(helper: str, error: str) -> None:
    """An error of the service, or an id that is none, is its chunk's own."""
    faces = ids(10)
    if error == "nonsense":
        faces[3] = "nonsense"

    def answer(operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        if faces[2] in asked["FaceIds"]:
            raise RefusalError(error)
        return answered(operation, asked, set())

    async with scripted(answer) as (requests, client):
        chunks = [
            chunk async for chunk in bulk(client, helper, faces, chunk_size=2, max_in_flight=2)
        ]
    assert [chunk.error is None for chunk in chunks] == [True, False, True, True, True]
    expected = RequestValidationError if error == "nonsense" else AccessDeniedException
    assert isinstance(chunks[1].error, expected)
    assert chunks[1].unsuccessful_face_ids == (faces[2], faces[3])
    assert len(requests) == (4 if error == "nonsense" else 5)


@both
@pytest.mark.parametrize("concurrency", [1, 3])
async def test_so_many_requests_are_under_way_and_no_more(helper: str, concurrency: int) -> None:
    """Chunks come in order, whichever answer is first, and never are more requests held."""
    turnstile, faces = Turnstile(), ids(14)
    async with scripted(turnstile.answer) as (_, client):
        chunks = bulk(client, helper, faces, chunk_size=2, max_in_flight=concurrency)
        came: list[str] = []

        async def consume() -> None:
            async with aclosing(chunks):
                async for chunk in chunks:
                    came.extend(chunk.face_ids)

        consuming = asyncio.create_task(consume())
        for left in range(7, 0, -concurrency):
            await turnstile.holds(min(left, concurrency))
            for let_go in reversed(list(turnstile.inside.values())):
                let_go.set()
            while turnstile.inside and all(event.is_set() for event in turnstile.inside.values()):
                await asyncio.sleep(0)
        await consuming
    assert came == faces
    assert turnstile.most == concurrency


async def test_faces_come_from_an_async_iterable_as_they_are_needed() -> None:
    """A listing may be handed in: no more of it is read than the requests need."""
    read = 0

    async def listing() -> AsyncGenerator[str]:
        nonlocal read
        for face_id in ids(1_000):
            read += 1
            yield face_id

    async with scripted(lambda operation, asked: answered(operation, asked, set())) as (
        _,
        client,
    ):
        async with aclosing(listing()) as faces:
            chunks = bulk(client, "DeleteFaces", faces, chunk_size=10, max_in_flight=2)
            async with aclosing(chunks):
                first = await anext(chunks)
            assert list(first.face_ids) == ids(10)
            assert read == 20


async def test_a_listing_of_the_same_client_serves() -> None:
    """``iter_faces`` is an iterable of faces, and a generator over it one of ids."""

    def answer(operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        if operation == "DeleteFaces":
            return answered(operation, asked, set())
        first = 5 if "NextToken" in asked else 0
        page = {"Faces": [{"FaceId": face_id} for face_id in ids(5, first)]}
        return page if first else {**page, "NextToken": "t"}

    async with scripted(answer) as (_, client):
        faces = client.iter_faces(collection_id="c")
        face_ids = (face.face_id or "" async for face in faces)
        chunks = [chunk async for chunk in bulk(client, "DeleteFaces", face_ids, chunk_size=4)]
    assert [len(chunk.face_ids) for chunk in chunks] == [4, 4, 2]


@pytest.mark.parametrize("kind", ["iterable", "async iterable"])
async def test_ids_that_end_with_an_error_lose_none_of_those_before(kind: str) -> None:
    """What was read is worked off and reported; then the error comes."""

    def broken() -> Iterator[str]:
        yield from ids(5)
        raise RuntimeError("the listing broke")

    async def broken_too() -> AsyncIterator[str]:
        for face_id in broken():
            yield face_id

    faces = broken() if kind == "iterable" else broken_too()
    came: list[str] = []
    async with scripted(lambda operation, asked: answered(operation, asked, set())) as (
        _,
        client,
    ):
        chunks = bulk(client, "DeleteFaces", faces, chunk_size=2, max_in_flight=2)
        with pytest.raises(RuntimeError, match="the listing broke"):
            async for chunk in chunks:
                came.extend(chunk.result().deleted_faces)
    assert came == ids(5)


@pytest.mark.parametrize("leave", ["aclose", "cancel", "error"])
async def test_leaving_early_cancels_what_is_under_way(leave: str) -> None:
    """Nothing goes on behind the caller's back."""
    turnstile = Turnstile()
    async with scripted(turnstile.answer) as (requests, client):
        chunks = bulk(client, "DeleteFaces", ids(100), chunk_size=1, max_in_flight=3)

        async def consume() -> None:
            async with aclosing(chunks):
                async for _ in chunks:
                    if leave == "error":
                        raise LookupError
                    if leave == "aclose":
                        return

        consuming = asyncio.create_task(consume())
        await turnstile.holds(3)
        if leave == "cancel":
            consuming.cancel()
        else:
            turnstile.inside[ids(1)[0]].set()
        expected = {"cancel": asyncio.CancelledError, "error": LookupError}.get(leave)
        if expected is None:
            await consuming
        else:
            with pytest.raises(expected):
                await consuming
        assert len(requests) == 3
        for held in turnstile.inside.values():
            held.set()


async def test_the_end_of_the_client_is_reported_with_the_faces() -> None:
    """Chunks whose calls the closing cut off, and those behind them, say so."""
    turnstile, faces = Turnstile(), ids(6)
    async with scripted(turnstile.answer) as (_, client):
        chunks = bulk(client, "DeleteFaces", faces, chunk_size=2, max_in_flight=2)

        async def consume() -> list[tuple[tuple[str, ...], RekognitionError | None]]:
            return [(chunk.unsuccessful_face_ids, chunk.error) async for chunk in chunks]

        consuming = asyncio.create_task(consume())
        await turnstile.holds(2)
        await client.aclose()
        for held in turnstile.inside.values():
            held.set()
        came = await consuming
    assert [face_id for face_ids, _ in came for face_id in face_ids] == faces
    assert all(isinstance(error, ClientClosedError) for _, error in came)


@both
@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"chunk_size": 0}, "chunk_size"),
        ({"chunk_size": 5_000}, "chunk_size"),
        ({"chunk_size": 1.5}, "chunk_size"),
        ({"max_in_flight": 0}, "max_in_flight"),
        ({"max_in_flight": True}, "max_in_flight"),
        ({"face_ids": "00000000-0000-4000-8000-000000000000"}, "face_ids"),
        ({"face_ids": 7}, "face_ids"),
        ({"collection_id": "no spaces"}, "collection_id"),
    ],
)
async def test_wrong_parameters_are_refused_before_the_first_chunk(
    helper: str, options: dict[str, Any], field: str
) -> None:
    """At the call, and not somewhere in the middle of many."""
    async with scripted(lambda *_: {}) as (requests, client):
        arguments: dict[str, Any] = {"collection_id": "c", "face_ids": ids(1), **options}
        with pytest.raises(RequestValidationError) as refused:
            if helper == "AssociateFaces":
                client.associate_faces_in_bulk(user_id="u", **arguments)
            else:
                client.delete_faces_in_bulk(**arguments)
    assert list(refused.value.problems) == [field]
    assert not requests


@both
async def test_no_faces_are_no_chunks(helper: str) -> None:
    """An empty iterable sends nothing."""
    async with scripted(lambda *_: {}) as (requests, client):
        assert [chunk async for chunk in bulk(client, helper, [])] == []
    assert not requests
