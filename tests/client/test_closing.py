"""Closing a client ends what is under way, each with ClientClosedError, and cancels nobody."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiobotocore.session import AioSession, get_session
from support import FakeClock, patient

from rekognition_async import ClientClosedError, RekognitionClient
from rekognition_async.emulator import Fault, FaultRule, RekognitionEmulator

NEVER_ENDING: Callable[[], Awaitable[object]] = lambda: asyncio.Event().wait()  # noqa: E731


class StoppedClock(FakeClock):
    """A clock on which no sleep ends."""

    def __init__(self) -> None:
        super().__init__()
        self.asleep = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.asleep.set()
        await NEVER_ENDING()


@asynccontextmanager
async def held(
    emulator: RekognitionEmulator, calls: int, operation: str = "*"
) -> AsyncGenerator[asyncio.Event]:
    """Holds the calls that arrive; the event is set when there are so many."""
    arrived: list[int] = []
    enough = asyncio.Event()

    async def hold() -> None:
        arrived.append(1)
        if len(arrived) >= calls:
            enough.set()
        await NEVER_ENDING()

    emulator.faults.add(FaultRule(operation, Fault.hold(hold)))
    yield enough


async def test_calls_end_closed_and_not_cancelled(emulator: RekognitionEmulator) -> None:
    """Those that are answered to and those that wait for a connection end alike."""
    async with held(emulator, 2) as arrived:
        client = await RekognitionClient(**emulator.client_options, max_pool_connections=2).open()
        calls = [asyncio.create_task(client.list_collections()) for _ in range(8)]
        await arrived.wait()
        await client.aclose()
        await asyncio.wait(calls)
    assert [type(call.exception()) for call in calls] == [ClientClosedError] * 8
    assert {str(call.exception()).partition(":")[0] for call in calls} == {
        "the client was closed during ListCollections"
    }


async def test_a_task_group_learns_of_the_closing(emulator: RekognitionEmulator) -> None:
    """A TaskGroup fails with the errors of its calls, and does not end as if all were well."""
    async with held(emulator, 2) as arrived:
        client = await RekognitionClient(**emulator.client_options, max_pool_connections=2).open()

        async def close() -> None:
            await arrived.wait()
            await client.aclose()

        closing = asyncio.create_task(close())
        with pytest.raises(ExceptionGroup) as group:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(8):
                    tasks.create_task(client.list_collections())
        await closing
    assert group.group_contains(ClientClosedError)


async def test_a_call_ends_while_it_waits_to_be_sent_again(emulator: RekognitionEmulator) -> None:
    """A wait between two attempts is not waited to its end, and nothing is sent after it."""
    emulator.faults.add(FaultRule("*", Fault.throttle()))
    clock = StoppedClock()
    client = await RekognitionClient(**emulator.client_options, retry=patient(clock)).open()
    call = asyncio.create_task(client.list_collections())
    await clock.asleep.wait()
    await client.aclose()
    with pytest.raises(ClientClosedError, match="closed during ListCollections"):
        await call
    assert len(emulator.requests) == 1


async def test_a_wait_ends_between_two_polls(emulator: RekognitionEmulator) -> None:
    """A wait tells of the closing at once, and not when it would ask again."""
    clock = StoppedClock()
    client = await RekognitionClient(**emulator.client_options, retry=patient(clock)).open()
    waiting = asyncio.create_task(client.wait_for_collection_exists(collection_id="a"))
    await clock.asleep.wait()
    await client.aclose()
    with pytest.raises(ClientClosedError, match="closed during a wait with DescribeCollection"):
        await waiting


@pytest.mark.parametrize("prefetch", [0, 1, 3])
async def test_a_listing_ends_closed(emulator: RekognitionEmulator, prefetch: int) -> None:
    """Whoever waits for the next item is told, whether the page was fetched ahead or not."""
    emulator.seed(collections=20)
    client = await RekognitionClient(**emulator.client_options).open()
    listing = client.iter_collections(page_size=2, prefetch=prefetch)
    assert (await anext(listing)).collection_id == "collection-00000"
    emulator.faults.clear()
    async with held(emulator, 1) as arrived:
        rest = asyncio.create_task(listing.collect() if prefetch == 0 else drained(listing))
        await arrived.wait()
        await client.aclose()
        with pytest.raises(ClientClosedError) as raised:
            await rest
    assert raised.value.checkpoint is not None


async def drained(listing: Any) -> list[Any]:
    """What is left of a listing."""
    return [item async for item in listing]


async def test_chunks_in_bulk_end_closed(emulator: RekognitionEmulator) -> None:
    """Each chunk says that the client was closed, and no face is passed over in silence."""
    emulator.seed(collections=["a"])
    face_ids = [f"{number:08}-0000-4000-8000-000000000000" for number in range(6)]
    client = await RekognitionClient(**emulator.client_options, max_pool_connections=1).open()
    async with held(emulator, 1) as arrived:

        async def delete() -> list[Any]:
            return [
                chunk
                async for chunk in client.delete_faces_in_bulk(
                    collection_id="a",
                    face_ids=face_ids,
                    chunk_size=1,
                    max_in_flight=3,
                    ordered=True,
                )
            ]

        deleting = asyncio.create_task(delete())
        await arrived.wait()
        await client.aclose()
        chunks = await deleting
    assert [chunk.face_ids for chunk in chunks] == [(face_id,) for face_id in face_ids]
    assert {type(chunk.error) for chunk in chunks} == {ClientClosedError}


async def test_who_is_cancelled_stays_cancelled(emulator: RekognitionEmulator) -> None:
    """A task that somebody cancels ends as cancelled, also where the client closes meanwhile."""
    async with held(emulator, 2) as arrived:
        client = await RekognitionClient(**emulator.client_options).open()
        before = asyncio.create_task(client.list_collections())
        meanwhile = asyncio.create_task(client.list_collections())
        await arrived.wait()
        before.cancel()
        with pytest.raises(asyncio.CancelledError):
            await before
        meanwhile.cancel()
        await client.aclose()
        with pytest.raises(asyncio.CancelledError):
            await meanwhile


async def test_a_callers_own_timeout_stays_a_timeout(emulator: RekognitionEmulator) -> None:
    """asyncio.timeout around a call raises TimeoutError, also where the client closes with it."""
    async with held(emulator, 1) as arrived:
        client = await RekognitionClient(**emulator.client_options).open()
        loop = asyncio.get_running_loop()
        limit: list[asyncio.Timeout] = []

        async def call() -> None:
            async with asyncio.timeout(None) as timeout:
                limit.append(timeout)
                await client.list_collections()

        calling = asyncio.create_task(call())
        await arrived.wait()
        limit[0].reschedule(loop.time())
        await client.aclose()
        with pytest.raises(TimeoutError):
            await calling


async def test_a_wrapper_ends_its_own_calls_alone(emulator: RekognitionEmulator) -> None:
    """Closing one wrapper ends neither its owner's calls nor those of another wrapper."""
    release = asyncio.Event()
    arrived = asyncio.Barrier(4)

    async def hold() -> None:
        await arrived.wait()
        await release.wait()

    emulator.faults.add(FaultRule("*", Fault.hold(hold)))
    async with get_session().create_client("rekognition", **emulator.client_options) as raw:
        closed, other = (RekognitionClient.from_aiobotocore(raw) for _ in range(2))
        call = asyncio.create_task(closed.list_collections())
        others = [
            asyncio.create_task(other.list_collections()),
            asyncio.ensure_future(raw.list_collections()),
        ]
        await arrived.wait()
        await closed.aclose()
        with pytest.raises(ClientClosedError, match="closed during ListCollections"):
            await call
        release.set()
        await asyncio.gather(*others)


async def test_a_hook_may_close_the_client(emulator: RekognitionEmulator) -> None:
    """A call within which the client is closed tells so, and the closing is complete."""
    session = AioSession()
    clients: list[RekognitionClient] = []

    async def close(**_: object) -> None:
        await clients[0].aclose()

    session.register("before-send.rekognition", close)
    async with RekognitionClient(**emulator.client_options, session=session) as client:
        clients.append(client)
        with pytest.raises(ClientClosedError, match="closed during ListCollections"):
            await client.list_collections()
        with pytest.raises(ClientClosedError, match="is closed"):
            await client.list_collections()
