"""Calls wait for their turn, and what is refused for its pace comes back to the queue."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from support import FakeClock, LinkedClock, emulated, names, patient

from rekognition_async import (
    ClientClosedError,
    RateLimitError,
    RekognitionClient,
    RekognitionError,
    RetryDetails,
    RetryPolicy,
)
from rekognition_async.emulator import Fault, FaultRule, ManualClock, RekognitionEmulator
from rekognition_async.errors import ProvisionedThroughputExceededException, ThrottlingException


@pytest.mark.parametrize(("quotas", "most"), [("learned", 170), ("aws", 151)])
async def test_a_burst_is_answered(quotas: Any, most: int) -> None:
    """150 calls at once at five a second raise nothing, and few of their requests are refused."""
    time = ManualClock()
    clock = LinkedClock(time)
    begin = clock.now
    async with RekognitionEmulator(quotas="aws", clock=time) as emulator:
        async with RekognitionClient(
            **emulator.client_options,
            retry=patient(clock),
            quotas=quotas,
            # One after the other, since time passes while a request is on its way.
            max_pool_connections=1,
        ) as client:
            await asyncio.gather(*(client.list_collections() for _ in range(150)))
        assert len(emulator.requests) <= most
    assert clock.now - begin <= 35


async def test_refusals_cost_neither_attempts_nor_budget() -> None:
    """A call that is refused ten times is sent eleven times, whatever the policy says."""
    retry = patient(FakeClock(), 1, budget=0)
    rule = FaultRule("*", Fault.throttle(), calls=range(1, 11))
    async with emulated([rule], collections=["a"], retry=retry) as (emulator, client):
        page = await client.list_collections()
        sent = [request.headers["amz-sdk-request"] for request in emulator.requests]
    assert page.metadata.retry_attempts == 10
    assert sent[0] == "attempt=1; max=1"
    assert sent[10].endswith("attempt=11; max=11")


async def test_other_failures_count_beside_refusals() -> None:
    """What is none of the pace has its own number of attempts, refusals before it or not."""
    rules = [
        FaultRule("*", Fault.throttle(), calls=range(1, 6)),
        FaultRule("*", Fault.http(503)),
    ]
    async with emulated(rules, retry=patient(FakeClock(), 3)) as (emulator, client):
        with pytest.raises(RekognitionError) as raised:
            await client.list_collections()
        assert len(emulator.requests) == 5 + 3
    assert getattr(raised.value, "attempts", None) == 5 + 3


async def test_what_is_refused_for_ever_surfaces() -> None:
    """After 50 refusals of one call the service's error is raised, with its attempts."""
    async with emulated([FaultRule("*", Fault.throttle())]) as (emulator, client):
        with pytest.raises(ProvisionedThroughputExceededException) as raised:
            await client.list_collections()
        assert raised.value.attempts == len(emulator.requests) == 51


async def test_a_hook_is_told_how_long_a_call_waited() -> None:
    """RetryDetails counts refused attempts, and the seconds in the queue."""
    told: list[RetryDetails] = []
    rule = FaultRule("*", Fault.throttle(), calls=(1, 2))
    retry = patient(FakeClock(), on_retry=told.append)
    async with emulated([rule], retry=retry) as (_, client):
        await client.list_collections()
    assert [details.attempt for details in told] == [1, 2]
    assert told[0].waited == 0 < told[1].waited
    assert isinstance(told[0].cause, ProvisionedThroughputExceededException)


async def test_the_log_tells_how_long_a_call_waited(caplog: pytest.LogCaptureFixture) -> None:
    """The debug line of a call has the time for its turn apart."""
    caplog.set_level("DEBUG", "rekognition_async")
    async with emulated(quotas={"*": 0.5}) as (_, client):
        await client.list_collections()
        await client.list_collections()
    lines = [text for text in caplog.messages if "succeeded" in text]
    assert "of which 0.0 ms for its turn" in lines[0]
    assert "of which 2000.0 ms for its turn" in lines[1]


async def test_retry_after_holds_back_the_operation() -> None:
    """The service's wait is kept by the next call too, and no longer than max_delay."""
    clock = FakeClock()
    fault = Fault.error("ThrottlingException", "slow", headers={"Retry-After": "600"})
    async with emulated([FaultRule("*", fault, calls=1)], retry=patient(clock)) as (_, client):
        await client.list_collections()
    assert sum(clock.slept) == 20


async def test_a_call_that_would_be_late_is_not_sent() -> None:
    """With a deadline, the place in the queue decides at once."""
    async with emulated(quotas={"ListCollections": 0.001}) as (emulator, client):
        timely = client.with_options(deadline=60)
        await timely.list_collections()
        with pytest.raises(RateLimitError, match=r"ListCollections not sent") as raised:
            await timely.list_collections()
        assert raised.value.retry_after == pytest.approx(1000)
        assert raised.value.attempts == 0
        assert len(emulator.requests) == 1


async def test_a_late_refusal_names_its_cause() -> None:
    """A call that was refused, and would now be late, has the service's word as its cause."""
    fault = Fault.error("ThrottlingException", "slow", headers={"Retry-After": "15"})
    async with emulated([FaultRule("*", fault)]) as (emulator, client):
        with pytest.raises(RateLimitError, match=r"after 1 attempt") as raised:
            await client.with_options(deadline=10).list_collections()
        assert len(emulator.requests) == 1
    assert isinstance(raised.value.__cause__, ThrottlingException)
    assert raised.value.retry_after == 15


async def test_a_deadline_that_passes_in_the_queue_is_a_rate_limit() -> None:
    """Where the rate is not known beforehand, the wait itself ends with the deadline."""
    clock = FakeClock()
    asleep = asyncio.Event()

    class Unknown:
        async def reserve(self, operation: str, region_name: str) -> float:
            asleep.set()
            await asyncio.Event().wait()
            return 0.0

        def refused(self, operation: str, region_name: str) -> None: ...

        def rate(self, operation: str, region_name: str) -> float | None:
            return None

    async with emulated(quotas=Unknown(), retry=patient(clock)) as (emulator, client):
        call = asyncio.create_task(client.with_options(deadline=1).list_collections())
        await asleep.wait()
        clock.pass_deadlines()
        with pytest.raises(RateLimitError):
            await call
        assert not emulator.requests


async def test_a_listing_that_would_be_late_can_be_resumed() -> None:
    """RateLimitError carries the checkpoint of the listing that it left."""
    async with emulated(collections=names(4), page_size=2, quotas={"*": 0.1}) as (_, client):
        seen: list[str] = []
        with pytest.raises(RateLimitError) as raised:
            async for coll in client.with_options(deadline=5).iter_collections():
                seen.append(coll.collection_id)  # noqa: PERF401 - what came before the error
        assert seen == names(2)
        rest = await client.iter_collections(resume=raised.value.checkpoint).collect()
    assert [coll.collection_id for coll in rest] == names(4)[2:]


async def test_waiting_costs_no_connection() -> None:
    """An operation whose calls wait leaves all connections to the others."""
    quotas = {"ListCollections": 0.001, "*": 1000.0}
    async with emulated(quotas=quotas, retry=RetryPolicy()) as (_, client):
        await client.list_collections()
        waiting = [asyncio.create_task(client.list_collections()) for _ in range(200)]
        await client.create_collection(collection_id="a")
        assert (await client.describe_collection(collection_id="a")).face_count == 0
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


@pytest.mark.parametrize("count", [1, 3])
async def test_no_more_calls_are_under_way_than_connections(count: int) -> None:
    """A borrowed client's own pool counts, and cancelled calls give their places back."""
    async with RekognitionEmulator() as emulator:
        under_way: list[asyncio.Event] = []

        async def hold() -> None:
            under_way.append(asyncio.Event())
            await under_way[-1].wait()

        emulator.faults.add(FaultRule("*", Fault.hold(hold)))
        config = AioConfig(max_pool_connections=count)
        async with get_session().create_client(
            "rekognition", **emulator.client_options, config=config
        ) as raw:
            async with RekognitionClient.from_aiobotocore(
                raw, retry=patient(FakeClock())
            ) as client:
                crowd = [asyncio.create_task(client.list_collections()) for _ in range(10)]
                while len(under_way) < count:
                    await asyncio.sleep(0)
                for _ in range(100):
                    await asyncio.sleep(0)
                assert len(under_way) == count
                for task in crowd:
                    task.cancel()
                await asyncio.gather(*crowd, return_exceptions=True)
                emulator.faults.clear()
                await asyncio.gather(*(client.list_collections() for _ in range(10)))
        for held in under_way:
            held.set()


async def test_closing_ends_what_waits() -> None:
    """Calls that wait for their turn when the client closes end with ClientClosedError."""
    async with RekognitionEmulator() as emulator:
        async with RekognitionClient(**emulator.client_options, quotas={"*": 0.001}) as client:
            await client.list_collections()
            waiting = [asyncio.create_task(client.list_collections()) for _ in range(20)]
            await asyncio.sleep(0)
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert Counter(map(type, outcomes)) == {ClientClosedError: 20}
        async with client:
            view = client.with_options(quotas=None)
            await asyncio.gather(*(view.list_collections() for _ in range(20)))


class Recorder:
    """A limiter that lets all pass, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.told: list[tuple[str, str]] = []

    async def reserve(self, operation: str, region_name: str) -> float:
        self.asked.append((operation, region_name))
        return 0.0

    def refused(self, operation: str, region_name: str) -> None:
        self.told.append((operation, region_name))

    def rate(self, operation: str, region_name: str) -> float | None:
        return None


async def test_a_limiter_of_ones_own_decides() -> None:
    """Each attempt of each call asks it, pages and polls among them, and refusals are told."""
    limiter = Recorder()
    rule = FaultRule("ListCollections", Fault.throttle(), calls=1)
    async with emulated([rule], collections=names(4), page_size=2, quotas=limiter) as (_, client):
        await client.iter_collections(prefetch=1).collect()
        await client.wait_for_collection_exists(collection_id=names(1)[0])
        region = client._connection.transport().region_name
    assert Counter(limiter.asked) == {
        ("ListCollections", region): 3,
        ("DescribeCollection", region): 1,
    }
    assert limiter.told == [("ListCollections", region)]


async def test_views_share_what_was_learnt() -> None:
    """A view waits in the client's queue, unless it has quotas of its own."""
    clock = FakeClock()
    async with emulated(quotas={"*": 0.1}, retry=patient(clock)) as (_, client):
        await client.list_collections()
        await client.with_options(deadline=100).list_collections()
        assert clock.slept == [pytest.approx(10)]
        await client.with_options(quotas=None).list_collections()
        await client.with_options(quotas="aws").list_collections()
        assert len(clock.slept) == 1


@pytest.mark.parametrize(
    ("quotas", "error", "text"),
    [
        ("all", ValueError, "quotas must be 'learned', 'aws', a mapping .* got 'all'"),
        (5, TypeError, "quotas must be 'learned', 'aws', a mapping .* got 5"),
        ({"ListCollection": 5}, ValueError, "'ListCollection', which is no operation"),
        ({"ListCollections": -1}, ValueError, "must be above 0 transactions a second"),
    ],
)
async def test_quotas_are_checked_when_they_are_told(
    quotas: Any, error: type[Exception], text: str
) -> None:
    """What cannot be is refused by the constructor and by a view, before anything is sent."""
    with pytest.raises(error, match=text):
        RekognitionClient("eu-west-1", quotas=quotas)
    with pytest.raises(error, match=text):
        RekognitionClient("eu-west-1").with_options(quotas=quotas)
