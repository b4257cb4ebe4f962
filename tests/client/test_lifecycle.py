"""Opening, closing, sharing and wrapping a client."""

import asyncio
import gc
import weakref
from pathlib import Path

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession, get_session
from aiobotocore.stub import AioStubber
from support import FakeClock, emulated, patient

from rekognition_async import (
    ClientClosedError,
    RekognitionClient,
    RetryPolicy,
    ServiceError,
    TransportError,
)
from rekognition_async._botocore import data_loader
from rekognition_async.emulator import Fault, FaultRule, RekognitionEmulator
from rekognition_async.errors import ThrottlingException


async def sockets_are_closed() -> None:
    """Gives the event loop the rounds that aiohttp's sockets take to close."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_call_before_opening_is_refused(emulator: RekognitionEmulator) -> None:
    """A client that was never opened says so, and how to open it."""
    client = RekognitionClient(**emulator.client_options)
    with pytest.raises(ClientClosedError, match=r"never opened.*async with"):
        await client.list_collections()


async def test_a_call_after_closing_is_refused(emulator: RekognitionEmulator) -> None:
    """A closed client refuses calls and listings alike."""
    async with RekognitionClient(**emulator.client_options) as client:
        listing = client.iter_collections()
    with pytest.raises(ClientClosedError, match="closed"):
        await client.list_collections()
    with pytest.raises(ClientClosedError, match="closed"):
        await anext(listing)


async def test_open_and_aclose_are_idempotent(emulator: RekognitionEmulator) -> None:
    """Opening twice and closing twice, also at the same time, do what once does."""
    client = RekognitionClient(**emulator.client_options)
    await client.aclose()
    await asyncio.gather(client.open(), client.open(), client.open())
    assert (await client.list_collections()).collections == ()
    await asyncio.gather(client.aclose(), client.aclose())
    await client.aclose()


async def test_a_closed_client_opens_again(emulator: RekognitionEmulator) -> None:
    """A service that is stopped and started keeps its client."""
    client = RekognitionClient(**emulator.client_options)
    for _ in range(2):
        async with client:
            assert (await client.list_collections()).collections == ()


async def test_closing_ends_calls_that_wait(emulator: RekognitionEmulator) -> None:
    """A call that is under way when the client closes ends with ClientClosedError."""
    arrived = asyncio.Event()

    async def never() -> None:
        arrived.set()
        await asyncio.Event().wait()

    emulator.faults.add(FaultRule("*", Fault.hold(never)))
    client = await RekognitionClient(**emulator.client_options).open()
    call = asyncio.create_task(client.list_collections())
    await arrived.wait()
    await client.aclose()
    with pytest.raises(ClientClosedError, match="closed during ListCollections"):
        await call


async def test_a_client_stays_in_its_event_loop(emulator: RekognitionEmulator) -> None:
    """Connections belong to a loop, so a call from another one is refused clearly."""
    async with RekognitionClient(**emulator.client_options) as client:

        def elsewhere() -> None:
            asyncio.run(client.list_collections())

        with pytest.raises(ClientClosedError, match="another event loop"):
            await asyncio.to_thread(elsewhere)


async def test_a_view_lives_as_its_client(emulator: RekognitionEmulator) -> None:
    """A view over an open client works, does not close it, and ends with it."""
    async with RekognitionClient(**emulator.client_options) as client:
        async with client.with_options(deadline=30) as view:
            await view.list_collections()
        await client.list_collections()
        view = client.with_options(retry=RetryPolicy(2))
    with pytest.raises(ClientClosedError):
        await view.list_collections()


async def test_a_view_that_opens_also_closes(emulator: RekognitionEmulator) -> None:
    """A view of a closed client, entered, opens the connections and closes them again."""
    client = RekognitionClient(**emulator.client_options)
    async with client.with_options(deadline=30) as view:
        await view.list_collections()
        await client.list_collections()
    with pytest.raises(ClientClosedError):
        await client.list_collections()


@pytest.mark.parametrize("deadline", [0, -1, float("nan"), float("inf")])
def test_a_deadline_is_a_time_that_can_pass(deadline: float) -> None:
    """A deadline of no time, or of no end, is an error."""
    with pytest.raises(ValueError, match="deadline must be more than 0"):
        RekognitionClient().with_options(deadline=deadline)


async def test_what_a_closed_client_held_is_freed(emulator: RekognitionEmulator) -> None:
    """Nothing keeps the aiobotocore client of a closed client alive."""
    held: list[weakref.ref[object]] = []
    clients = [RekognitionClient(**emulator.client_options) for _ in range(3)]
    for client in clients:
        async with client:
            await client.list_collections()
            held.append(weakref.ref(client._connection.transport()._client))
    await sockets_are_closed()
    gc.collect()
    assert [ref() for ref in held] == [None, None, None]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="descriptors are counted in /proc")
async def test_clients_give_their_descriptors_back(emulator: RekognitionEmulator) -> None:
    """Opening and closing client after client leaves no descriptor open on either side."""

    def open_descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    async with RekognitionClient(**emulator.client_options) as client:
        await client.list_collections()
    await sockets_are_closed()
    before = open_descriptors()
    for _ in range(30):
        async with RekognitionClient(**emulator.client_options) as client:
            await asyncio.gather(*(client.list_collections() for _ in range(3)))
    await sockets_are_closed()
    assert open_descriptors() <= before


async def test_clients_share_what_is_read_from_disk(
    emulator: RekognitionEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service model is loaded by the first client, and no file is read for the next."""
    async with RekognitionClient(**emulator.client_options):
        pass
    loader = data_loader.cached_loader(None)
    read: list[object] = []
    original = loader.file_loader.load_file

    def counting(path: str) -> object:
        read.append(path)
        return original(path)

    monkeypatch.setattr(loader.file_loader, "load_file", counting)
    async with RekognitionClient(**emulator.client_options) as client:
        await client.list_collections()
    assert read == []


async def test_a_wrapped_client_serves_both_sides(emulator: RekognitionEmulator) -> None:
    """from_aiobotocore gives typed calls over a client that keeps giving its owner dicts."""
    emulator.seed(collections=["a"])
    async with get_session().create_client("rekognition", **emulator.client_options) as raw:
        client = RekognitionClient.from_aiobotocore(raw)
        assert (await client.list_collections()).collection_ids == ("a",)
        assert [coll.collection_id async for coll in client.iter_collections()] == ["a"]
        assert (await raw.list_collections())["CollectionIds"] == ["a"]
        await client.aclose()
        with pytest.raises(ClientClosedError):
            await client.list_collections()
        assert (await raw.list_collections())["CollectionIds"] == ["a"]


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
async def test_a_wrapped_client_keeps_its_own_retries(
    emulator: RekognitionEmulator, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our calls follow our policy and the owner's calls the owner's; neither multiplies."""
    sleep = asyncio.sleep
    # botocore's own retries wait by this, for seconds.
    monkeypatch.setattr(asyncio, "sleep", lambda _: sleep(0))
    emulator.faults.add(FaultRule("*", Fault.http(503, body="")))
    config = AioConfig(retries={"mode": mode, "total_max_attempts": 2})
    async with get_session().create_client(
        "rekognition", config=config, **emulator.client_options
    ) as raw:
        client = RekognitionClient.from_aiobotocore(raw, retry=patient(FakeClock(), 6))
        again = RekognitionClient.from_aiobotocore(raw, retry=patient(FakeClock(), 3))
        with pytest.raises(ServiceError) as ours:
            await client.list_collections()
        assert len(emulator.requests) == ours.value.attempts == 6
        with pytest.raises(ServiceError):
            await again.list_collections()
        assert len(emulator.requests) == 6 + 3
        with pytest.raises(raw.exceptions.ClientError):
            await raw.list_collections()
        assert len(emulator.requests) == 6 + 3 + 2
        ids = [request.headers["amz-sdk-invocation-id"] for request in emulator.requests]
        assert len(set(ids)) == 3


@pytest.mark.parametrize("body", ["<html>", "[]", '{"CollectionIds": [', b"\xff"])
async def test_a_wrapped_client_never_takes_a_broken_answer_for_an_empty_one(
    emulator: RekognitionEmulator, body: str | bytes
) -> None:
    """Where the raw client reads an empty listing, or trips, the wrapper says what is wrong."""
    emulator.faults.add(FaultRule("*", Fault.http(200, body=body), calls=1))
    emulator.seed(collections=["a"])
    async with get_session().create_client("rekognition", **emulator.client_options) as raw:
        client = RekognitionClient.from_aiobotocore(raw, retry=patient(FakeClock()))
        if body == "[]":
            with pytest.raises(Exception, match="contradicts its schema"):
                await client.list_collections()
        else:
            assert (await client.list_collections()).collection_ids == ("a",)


async def test_a_wrapped_client_survives_a_reset_in_every_mode(
    emulator: RekognitionEmulator,
) -> None:
    """Connection errors past botocore's own limit are still retried by our policy."""
    emulator.faults.add(FaultRule("*", Fault.reset(), calls=(1, 2, 3, 4, 5, 6)))
    async with get_session().create_client("rekognition", **emulator.client_options) as raw:
        client = RekognitionClient.from_aiobotocore(raw, retry=patient(FakeClock()))
        assert (await client.list_collections()).metadata.retry_attempts == 6
        emulator.requests.clear()
        emulator.faults.add(FaultRule("*", Fault.reset()))
        with pytest.raises(TransportError):
            await client.list_collections()


async def test_only_rekognition_can_be_wrapped(emulator: RekognitionEmulator) -> None:
    """A client of another service is refused at once."""
    async with get_session().create_client("sts", **emulator.client_options) as raw:
        with pytest.raises(ValueError, match="'rekognition', got 'sts'"):
            RekognitionClient.from_aiobotocore(raw)


async def test_stubs_work_on_a_wrapped_client(emulator: RekognitionEmulator) -> None:
    """Botocore's Stubber answers in place of the service, with answers and with errors."""
    async with get_session().create_client("rekognition", **emulator.client_options) as raw:
        client = RekognitionClient.from_aiobotocore(raw)
        with AioStubber(raw) as stubber:
            stubber.add_response(
                "list_collections",
                {"CollectionIds": ["stubbed"], "FaceModelVersions": ["7.0"]},
                {"MaxResults": 5},
            )
            stubber.add_client_error("list_collections", "ThrottlingException", "slow")
            page = await client.list_collections(max_results=5)
            assert page.collections[0].collection_id == "stubbed"
            with pytest.raises(ThrottlingException):
                await client.list_collections()
            stubber.assert_no_pending_responses()
    assert len(emulator.requests) == 0


async def test_hooks_of_a_session_see_our_calls(emulator: RekognitionEmulator) -> None:
    """Event hooks that a user put on a session are called for our calls, once a call."""
    session = AioSession()
    seen: list[str] = []

    def hook(event_name: str, **_: object) -> None:
        seen.append(event_name)

    for event in ("before-call", "after-call", "before-send"):
        session.register(f"{event}.rekognition", hook)
    async with RekognitionClient(**emulator.client_options, session=session) as client:
        await client.list_collections()
    assert seen == [
        f"{event}.rekognition.ListCollections"
        for event in ("before-call", "before-send", "after-call")
    ]


async def test_a_retried_call_is_one_call_to_hooks() -> None:
    """A tracer on before-call and after-call sees one call, however many attempts."""
    session = AioSession()
    seen: list[str] = []

    def hook(event_name: str, **_: object) -> None:
        seen.append(event_name.partition(".")[0])

    for event in ("before-call", "after-call", "request-created"):
        session.register(f"{event}.rekognition", hook)
    async with emulated(
        [FaultRule("*", Fault.throttle(), calls=(1, 2))],
        make_client=lambda **options: RekognitionClient(**options, session=session),
    ) as (_, client):
        await client.list_collections()
    assert seen == ["before-call", *["request-created"] * 3, "after-call"]


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
async def test_a_client_left_open_in_a_loop_that_is_gone_opens_again(
    emulator: RekognitionEmulator,
) -> None:
    """A call tells that the loop has ended, and doing what it says helps, as closing does."""
    client = RekognitionClient(**emulator.client_options)

    async def leave_open() -> None:
        await client.open()
        await asyncio.gather(*(client.list_collections() for _ in range(3)))

    await asyncio.to_thread(asyncio.run, leave_open())
    with pytest.raises(ClientClosedError, match=r"another event loop, that has ended.*async with"):
        await client.list_collections()
    async with client:
        assert (await client.list_collections()).collections == ()
    await asyncio.to_thread(asyncio.run, leave_open())
    await client.aclose()
    with pytest.raises(ClientClosedError, match="is closed"):
        await client.list_collections()
    gc.collect()


async def test_a_client_serves_one_loop_after_the_other(emulator: RekognitionEmulator) -> None:
    """A client that is closed at the end of each asyncio.run needs not be made anew."""
    client = RekognitionClient(**emulator.client_options)

    async def use() -> None:
        await asyncio.gather(client.open(), client.open())
        await asyncio.gather(*(client.list_collections() for _ in range(3)))
        await asyncio.gather(client.aclose(), client.aclose())

    for _ in range(2):
        await asyncio.to_thread(asyncio.run, use())
    await use()


async def test_a_client_is_not_opened_or_closed_from_another_loop(
    emulator: RekognitionEmulator,
) -> None:
    """While the loop of a client runs, another one can neither open nor close it."""
    async with RekognitionClient(**emulator.client_options) as client:
        for work in (client.open, client.aclose):
            with pytest.raises(ClientClosedError, match="still runs: close it there"):
                await asyncio.to_thread(asyncio.run, work())
        assert (await client.list_collections()).collections == ()


@pytest.mark.parametrize("is_used_first", [False, True])
async def test_a_wrapped_client_is_refused_in_another_loop(
    emulator: RekognitionEmulator, *, is_used_first: bool
) -> None:
    """Its connections belong to one loop, so a call from another ends at once, with advice."""
    clock = FakeClock()
    async with get_session().create_client("rekognition", **emulator.client_options) as raw:
        client = RekognitionClient.from_aiobotocore(raw, retry=patient(clock))
        if is_used_first:
            await client.list_collections()

        async def elsewhere() -> None:
            with pytest.raises(ClientClosedError, match="wrap a client that was opened in this"):
                await client.list_collections()
            with pytest.raises(ClientClosedError, match="wrap a client that was opened in this"):
                await client.open()
            if is_used_first:
                again = RekognitionClient.from_aiobotocore(raw, retry=patient(clock))
                with pytest.raises(ClientClosedError, match="wrap a client"):
                    await again.list_collections()

        await asyncio.to_thread(asyncio.run, elsewhere())
        assert (await client.list_collections()).collections == ()
    assert clock.slept == []
