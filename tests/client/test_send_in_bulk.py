"""Many requests as one: ``send_in_bulk``."""

import asyncio
import gc
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any

import pytest
from support import RefusalError, scripted
from virtual_time import VirtualClock, in_virtual_time

from rekognition_async import Outcome, RekognitionClient, RequestValidationError
from rekognition_async.errors import ResourceNotFoundException
from rekognition_async.models import DescribeCollectionRequest, DescribeCollectionResponse
from rekognition_async.rate_limiting.pacing import LimiterPacing
from rekognition_async.rate_limiting.queue import CallQueue, InFlight, Turns


def requests(count: int) -> Iterator[tuple[str, DescribeCollectionRequest]]:
    """So many requests, each under a key."""
    for number in range(count):
        yield f"k{number}", DescribeCollectionRequest(collection_id=f"c{number}")


def described(_: str, asked: dict[str, Any]) -> dict[str, Any]:
    """A service that has all collections but the third."""
    if asked["CollectionId"] == "c3":
        raise RefusalError("ResourceNotFoundException")
    return {"FaceCount": int(asked["CollectionId"][1:])}


async def test_each_request_has_an_outcome_and_failures_end_nothing() -> None:
    """With its key, its request, an answer or an error, and what it took."""
    async with scripted(described) as (sent, client):
        outcomes = {o.key: o async for o in client.send_in_bulk(dict(requests(6)))}
    assert sorted(outcomes) == [f"k{number}" for number in range(6)]
    assert outcomes["k5"].result().face_count == 5
    assert outcomes["k5"].attempts == 1
    assert outcomes["k5"].seconds >= 0
    assert outcomes["k3"].response is None
    assert isinstance(outcomes["k3"].error, ResourceNotFoundException)
    assert outcomes["k3"].request == DescribeCollectionRequest(collection_id="c3")
    with pytest.raises(ResourceNotFoundException):
        outcomes["k3"].result()
    assert len(sent) == 6


@pytest.mark.parametrize("ordered", [True, False])
async def test_outcomes_come_as_they_are_done_or_in_order(ordered: bool) -> None:
    """The first request is answered last."""
    others = asyncio.Event()
    done = 0

    async def answer(_: str, asked: dict[str, Any]) -> dict[str, Any]:
        nonlocal done
        if asked["CollectionId"] == "c0":
            await others.wait()
        done += 1
        if done == 3:
            others.set()
        return {}

    async with scripted(answer) as (_, client):
        bulk = client.send_in_bulk(requests(4), ordered=ordered, max_in_flight=4)
        keys = [outcome.key async for outcome in bulk]
    assert sorted(keys) == ["k0", "k1", "k2", "k3"]
    assert (keys == sorted(keys)) is ordered


async def test_what_the_source_raises_comes_behind_all_before_it() -> None:
    """An async source that breaks loses none of its requests."""

    async def broken() -> AsyncGenerator[tuple[str, DescribeCollectionRequest]]:
        for entry in requests(3):
            yield entry
        raise LookupError("the source broke")

    keys = []
    async with scripted(described) as (_, client):
        with pytest.raises(LookupError, match="the source broke"):
            async for outcome in client.send_in_bulk(broken()):
                keys.append(outcome.key)  # noqa: PERF401 - what came before the error
    assert sorted(keys) == ["k0", "k1", "k2"]


async def test_a_source_that_is_slow_holds_up_no_outcome() -> None:
    """What is done is handed out while the next request is waited for."""
    seen = asyncio.Event()

    async def slow() -> AsyncGenerator[tuple[str, DescribeCollectionRequest]]:
        for entry in requests(2):
            yield entry
            await seen.wait()
            seen.clear()

    async with scripted(described) as (_, client):
        keys = []
        async for outcome in client.send_in_bulk(slow()):
            keys.append(outcome.key)
            seen.set()
    assert keys == ["k0", "k1"]


async def test_nothing_is_kept_of_what_is_done() -> None:
    """However many there are, a few requests and outcomes are alive at a time."""
    most = 0
    async with scripted(described) as (_, client):
        number = 0
        async with aclosing(client.send_in_bulk(requests(300), max_in_flight=4)) as outcomes:
            async for _ in outcomes:
                number += 1
                if number % 50 == 0:
                    gc.collect()
                    alive = sum(
                        isinstance(each, Outcome | DescribeCollectionRequest)
                        for each in gc.get_objects()
                    )
                    most = max(most, alive)
    assert 0 < most <= 15


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"max_in_flight": 0}, "max_in_flight"),
        ({"max_in_flight": True}, "max_in_flight"),
        ({"shard": (10, 10)}, "shard"),
        ({"shard": (-1, 10)}, "shard"),
        ({"shard": 3}, "shard"),
        ({"requests": "text"}, "requests"),
        ({"requests": 7}, "requests"),
    ],
)
async def test_wrong_parameters_are_refused_at_once(options: dict[str, Any], field: str) -> None:
    """Before anything is sent, with the field's name."""
    async with scripted(described) as (sent, client):
        arguments: dict[str, Any] = {"requests": requests(1), **options}
        with pytest.raises(RequestValidationError) as refused:
            client.send_in_bulk(arguments.pop("requests"), **arguments)
    assert list(refused.value.problems) == [field]
    assert not sent


async def test_a_key_is_text() -> None:
    """One that is none ends the bulk, and says so."""
    async with scripted(described) as (_, client):
        wrong: Any = [(7, DescribeCollectionRequest(collection_id="c"))]
        with pytest.raises(TypeError, match="a key should be text"):
            await anext(client.send_in_bulk(wrong))


async def test_shards_are_parts_of_the_whole_and_stay_the_same() -> None:
    """Each key is in one of them, on every machine and with every version."""
    parts = []
    async with scripted(described) as (_, client):
        for index in range(3):
            bulk = client.send_in_bulk(requests(30), shard=(index, 3))
            parts.append(sorted([outcome.key async for outcome in bulk]))
    assert sorted(key for part in parts for key in part) == sorted(key for key, _ in requests(30))
    assert parts[0][:4] == FIRST_OF_SHARD


async def test_keys_of_other_shards_do_not_hold_up_the_event_loop() -> None:
    """Other tasks go on while thousands of keys are passed over."""
    rounds = 0

    async def count() -> None:
        nonlocal rounds
        while True:
            rounds += 1
            await asyncio.sleep(0)

    async with scripted(described) as (sent, client):
        counting = asyncio.create_task(count())
        bulk = client.send_in_bulk(requests(3_000), shard=(0, 10**9))
        assert [outcome.key async for outcome in bulk] == []
        counting.cancel()
        await asyncio.wait({counting})
    assert rounds > 25
    assert not sent


FIRST_OF_SHARD = ["k12", "k15", "k20", "k22"]


class Pace:
    """A rate limiter of one slot a second, which notes nothing else."""

    def __init__(self) -> None:
        self.next = 0.0

    async def reserve(self, operation: str, region_name: str) -> float:
        now = asyncio.get_running_loop().time()
        slot = max(now, self.next)
        self.next = slot + 1
        return slot - now

    def refused(self, operation: str, region_name: str) -> None:
        return

    def rate(self, operation: str, region_name: str) -> float:
        return 1.0


def test_a_call_waits_two_turns_at_most_while_a_bulk_runs() -> None:
    """Whatever number of a bulk's calls wait before it."""

    async def story() -> None:
        clock = VirtualClock()
        pacing = LimiterPacing(Pace(), "DetectLabels", "eu-west-1", clock.monotonic)
        queue, in_flight = CallQueue("DetectLabels", pacing, clock), InFlight(50)
        order: list[str] = []

        async def call(name: str, *, in_bulk: bool) -> None:
            turns = Turns(queue, in_flight, in_bulk=in_bulk)
            await turns.take(None)
            order.append(name)
            turns.end()

        async with asyncio.TaskGroup() as group:
            for number in range(10):
                group.create_task(call(f"bulk {number}", in_bulk=True))
            await asyncio.sleep(0.5)
            group.create_task(call("single", in_bulk=False))
            group.create_task(call("second", in_bulk=False))
        assert order.index("single") == 2
        assert order.index("second") == 3

    in_virtual_time(story())


async def test_the_calls_of_a_bulk_let_others_go_first() -> None:
    """The client marks them for its queues, and no other."""
    order: list[str] = []

    def answer(_: str, asked: dict[str, Any]) -> dict[str, Any]:
        order.append(asked["CollectionId"])
        return {}

    class Slow(Pace):
        async def reserve(self, operation: str, region_name: str) -> float:
            for _ in range(20):
                await asyncio.sleep(0)
            return 0.0

    async with scripted(answer) as (_, scripted_client):
        client = scripted_client.with_options(quotas=Slow())
        bulk = client.send_in_bulk(requests(12), max_in_flight=12)
        async with aclosing(bulk):
            await anext(bulk)
            before = len(order)
            await client.describe_collection(collection_id="single")
            assert order.index("single") - before <= 2
            async for _ in bulk:
                pass
    assert len(order) == 13


def typed(client: RekognitionClient) -> AsyncGenerator[Outcome[DescribeCollectionResponse]]:
    """The outcome knows the response of its requests."""
    return client.send_in_bulk(requests(1))
