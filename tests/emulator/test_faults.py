"""Faults and quotas, as a plan."""

import asyncio
from contextlib import suppress
from random import Random
from typing import Any

import aiohttp
import pytest
from wire import Reply, call

from rekognition_async.emulator import Fault, FaultRule, ManualClock, RekognitionEmulator
from rekognition_async.quotas import default_quota


async def outcome(emulator: RekognitionEmulator) -> int | str:
    """The status of one call, or how the connection failed."""
    try:
        return (await call(emulator)).status
    except Exception as error:  # noqa: BLE001 - the class is what is asked for
        return type(error).__name__


async def test_a_script_of_faults_is_followed() -> None:
    """The 3rd and 4th answer 429 with HTML, the 5th resets the connection, and so on."""
    rules = [
        FaultRule("ListCollections", Fault.http(429, body="<html>slow</html>"), calls=(3, 4)),
        FaultRule("ListCollections", Fault.reset(), calls=5),
        FaultRule("*", Fault.disconnect(), calls=6),
        FaultRule("ListCollections", Fault.truncate(), calls=range(7, 8)),
        FaultRule("DescribeCollection", Fault.throttle()),
    ]
    async with RekognitionEmulator(faults=rules) as emulator:
        seen = [await outcome(emulator) for _ in range(8)]
        told = [(request.status, request.fault) for request in emulator.requests]
    assert seen[:4] == [200, 200, 429, 429]
    assert seen[4] == "ClientOSError"
    assert seen[5] == "ServerDisconnectedError"
    assert seen[6] == "ClientPayloadError"
    assert seen[7] == 200
    assert told == [
        (200, None),
        (200, None),
        (429, "http"),
        (429, "http"),
        (None, "reset"),
        (None, "disconnect"),
        (200, "truncate"),
        (200, None),
    ]


@pytest.mark.parametrize("fault", [Fault.reset(), Fault.disconnect(), Fault.throttle()])
async def test_a_call_that_is_refused_does_nothing(fault: Fault) -> None:
    """Where no answer was made, nothing was created."""
    async with RekognitionEmulator(faults=[FaultRule("CreateCollection", fault)]) as emulator:
        with suppress(aiohttp.ClientError):
            await call(emulator, b'{"CollectionId":"a"}', "CreateCollection")
        assert (await call(emulator)).document["CollectionIds"] == []


async def test_a_truncated_answer_was_done() -> None:
    """A body that breaks off leaves the work done, as a lost answer does."""
    rules = [FaultRule("CreateCollection", Fault.truncate(chunked=True))]
    async with RekognitionEmulator(faults=rules) as emulator:
        with pytest.raises(Exception, match=r"payload|Transfer"):
            await call(emulator, b'{"CollectionId":"a"}', "CreateCollection")
        assert (await call(emulator)).document["CollectionIds"] == ["a"]


async def test_faults_by_chance_follow_the_seed() -> None:
    """With the same random numbers the same calls fail."""

    async def run(seed: int) -> list[int | str]:
        rules = [FaultRule("*", Fault.throttle(), probability=0.5)]
        async with RekognitionEmulator(faults=rules, random=Random(seed)) as emulator:
            return [await outcome(emulator) for _ in range(20)]

    assert await run(1) == await run(1)
    assert set(await run(1)) == {200, 400}


async def test_rules_may_come_and_go(emulator: RekognitionEmulator) -> None:
    """A rule counts from the moment it is added, and clear() ends all."""
    assert await outcome(emulator) == 200
    emulator.faults.add(FaultRule("*", Fault.error("InternalServerError", "sorry"), calls=2))
    assert [await outcome(emulator) for _ in range(3)] == [200, 500, 200]
    emulator.faults.add(FaultRule("*", Fault.throttle()))
    assert await outcome(emulator) == 400
    emulator.faults.clear()
    assert await outcome(emulator) == 200


async def test_a_fault_may_be_of_one_region() -> None:
    """An operation that a region does not offer is refused there, and nowhere else."""
    refused = Fault.respond({"__type": "AccessDeniedException"}, 400)
    rules = [FaultRule("*", refused, region_name="eu-west-1")]
    async with RekognitionEmulator(faults=rules) as emulator:
        assert (await call(emulator, region_name="eu-west-1")).status == 400
        assert (await call(emulator, region_name="us-west-2")).status == 200


async def test_hanging_ends_with_the_emulator() -> None:
    """A client that would wait for ever is let go when the emulator stops."""
    async with RekognitionEmulator(faults=[FaultRule("*", Fault.hang())]) as emulator:
        waiting = asyncio.create_task(outcome(emulator))
        while not emulator.requests:
            await asyncio.sleep(0)
    assert await waiting == "ServerDisconnectedError"


async def test_latency_and_delays_are_the_clocks() -> None:
    """Answers wait on the emulator's clock, by operation and by fault."""
    clock = ManualClock()
    rules = [FaultRule("ListCollections", Fault.delay(5), calls=1)]
    async with RekognitionEmulator(
        latency={"ListCollections": 2, "*": 0}, clock=clock, faults=rules
    ) as emulator:
        assert (await call(emulator, b'{"CollectionId":"a"}', "DeleteCollection")).status == 400
        calling = asyncio.create_task(call(emulator))
        for seconds in (5, 2):
            await clock_is_awaited(clock)
            assert not calling.done()
            clock.advance(seconds)
        assert (await calling).status == 200


async def clock_is_awaited(clock: ManualClock) -> None:
    """Returns when somebody sleeps."""
    while not clock._sleepers:
        await asyncio.sleep(0)


async def test_a_quota_refuses_beyond_its_rate() -> None:
    """A second's worth may come at once; more is refused until time has passed."""
    clock = ManualClock()
    async with RekognitionEmulator(quotas={"ListCollections": 3}, clock=clock) as emulator:
        assert [await outcome(emulator) for _ in range(5)] == [200, 200, 200, 400, 400]
        refused = emulator.requests[-1]
        assert refused.error_code == "ProvisionedThroughputExceededException"
        clock.advance(0.34)
        assert [await outcome(emulator) for _ in range(2)] == [200, 400]
        clock.advance(60)
        assert [await outcome(emulator) for _ in range(4)] == [200, 200, 200, 400]
        assert (await call(emulator, b'{"CollectionId":"a"}', "CreateCollection")).status == 200


@pytest.mark.parametrize(
    ("settings", "let_pass"),
    [
        # At each of these times (0, 0.5, 0.9, 1.05, 1.5 and 1.9 s) four calls come at once.
        ({}, [3, 1, 1, 1, 1, 1]),
        ({"quota_window": "fixed"}, [3, 0, 0, 3, 0, 0]),
        ({"quota_window": "sliding"}, [3, 0, 0, 3, 0, 0]),
        ({"burst": 0.34}, [1, 1, 1, 0, 1, 1]),
        ({"quota_window": "fixed", "burst": 0.34}, [1, 1, 1, 1, 1, 1]),
        ({"quota_window": "sliding", "burst": 0.34}, [1, 1, 1, 0, 1, 1]),
        ({"quota_window": "fixed", "burst": 2}, [4, 2, 0, 0, 0, 0]),
        ({"quota_window": "sliding", "burst": 0.1, "quotas": {"*": 0.5}}, [1, 0, 0, 0, 0, 0]),
        ({"quota_window": "fixed", "burst": 1, "quotas": {"*": 2.5}}, [2, 0, 2, 0, 0, 2]),
    ],
)
async def test_quotas_are_counted_in_the_window_that_was_asked_for(
    settings: dict[str, Any], let_pass: list[int]
) -> None:
    """A bucket refills all the time, a fixed window at its end, a sliding one call by call."""
    clock = ManualClock(1_800_000_000)
    passed: list[int] = []
    quotas: dict[str, Any] = {"quotas": {"*": 3}}
    async with RekognitionEmulator(**quotas | settings, clock=clock) as emulator:
        for wait in (0, 0.5, 0.4, 0.15, 0.45, 0.4):
            clock.advance(wait)
            passed.append([await outcome(emulator) for _ in range(4)].count(200))
    assert passed == let_pass


@pytest.mark.parametrize(("window", "expected"), [("fixed", 6), ("sliding", 3)])
async def test_around_the_turn_of_a_second(window: Any, expected: int) -> None:
    """Within 0.2 s a fixed window may let twice the quota pass, and a sliding one never does."""
    clock = ManualClock(1_800_000_000.9)
    async with RekognitionEmulator(quotas={"*": 3}, quota_window=window, clock=clock) as emulator:
        outcomes = [await outcome(emulator) for _ in range(4)]
        clock.advance(0.2)
        outcomes += [await outcome(emulator) for _ in range(4)]
    assert outcomes.count(200) == expected


async def test_each_region_has_its_own_quota() -> None:
    """What one region used up, another has."""
    async with RekognitionEmulator(quotas={"*": 1}, clock=ManualClock()) as emulator:
        replies: list[Reply] = []
        for region in ("us-east-1", "us-east-1", "eu-west-1"):
            replies.append(await call(emulator, region_name=region))  # noqa: PERF401 - in order
    assert [reply.status for reply in replies] == [200, 400, 200]


@pytest.mark.parametrize(
    ("operation", "region", "expected"),
    [
        ("ListCollections", "us-east-1", 5),
        ("DetectLabels", "us-east-1", 50),
        ("DetectLabels", "eu-north-1", 5),
        ("DetectFaces", "eu-west-1", 100),
        ("DetectFaces", "ca-central-1", 25),
        ("CompareFaces", "us-west-2", 100),
        ("SearchUsersByImage", "us-west-2", 50),
        ("ListFaces", "sa-east-1", 5),
        ("DetectProtectiveEquipment", "us-east-1", 5),
        ("DetectCustomLabels", "eu-north-1", 50),
        ("StartFaceDetection", "us-east-1", 5),
        ("GetFaceDetection", "us-east-1", 20),
        ("GetFaceDetection", "eu-north-1", 5),
        ("GetCelebrityInfo", "us-east-1", 50),
        ("CreateFaceLivenessSession", "us-west-2", 25),
        ("CreateFaceLivenessSession", "eu-west-1", 5),
        ("GetFaceLivenessSessionResults", "us-east-1", 25),
        ("TagResource", "us-east-1", 10),
        ("DescribeProjects", "us-east-1", 5),
        ("AssociateFaces", "us-east-1", 5),
        ("DeleteFaces", "us-east-1", 5),
    ],
)
def test_the_default_quotas_are_awss(operation: str, region: str, expected: float) -> None:
    """Transactions a second, by operation and size of region."""
    assert default_quota(operation, region) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "ListCollections:throttle:0.2",
            FaultRule("ListCollections", Fault.throttle(), probability=0.2),
        ),
        ("*:reset", FaultRule("*", Fault.reset())),
        ("*:truncate:3,5-7", FaultRule("*", Fault.truncate(), calls=(3, 5, 6, 7))),
        ("*:hang:1", FaultRule("*", Fault.hang(), calls=1)),
    ],
)
def test_rules_are_read_from_text(text: str, expected: FaultRule) -> None:
    """The command line's form of a rule."""
    rule = FaultRule.parse(text)
    assert (rule.operation, rule.fault.name, rule.fault.delivery) == (
        expected.operation,
        expected.fault.name,
        expected.fault.delivery,
    )
    assert (rule.calls, rule.probability) == (expected.calls, expected.probability)


async def test_faults_with_a_value_are_read_from_text() -> None:
    """An error's code, a throttling's code and an HTTP status."""
    texts = ["*:throttle=SlowDown:1", "*:error=AccessDeniedException:2", "*:http=503:3"]
    async with RekognitionEmulator(faults=[FaultRule.parse(text) for text in texts]) as emulator:
        replies = [await call(emulator) for _ in range(3)]
    assert [reply.status for reply in replies] == [400, 400, 503]
    assert [reply.document["Code"] for reply in replies[:2]] == [
        "SlowDown",
        "AccessDeniedException",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ListCollections", "OPERATION:FAULT"),
        ("a:b:c:d", "OPERATION:FAULT"),
        ("Nonsense:throttle", "'Nonsense'"),
        ("*:explode", "'explode'"),
        ("*:http", "'http'"),
        ("*:reset=1", "'reset=1'"),
        ("*:http=99", "status must be 200 to 599"),
        ("*:http=x", "invalid literal"),
        ("*:throttle:often", "'often'"),
        ("*:throttle:0", "counted from 1"),
        ("*:delay=-1", "seconds must be at least 0"),
    ],
)
def test_what_is_no_rule_is_told(text: str, told: str) -> None:
    """The message says which part is wrong."""
    with pytest.raises(ValueError, match=told):
        FaultRule.parse(text)


@pytest.mark.parametrize(
    "settings",
    [
        {"page_size": 0},
        {"page_size": 4097},
        {"page_sizes": [1, -1]},
        {"latency": -1},
        {"latency": {"Nonsense": 1}},
        {"quotas": "all"},
        {"quotas": {"Nonsense": 1}},
        {"quotas": {"*": 0}},
        {"quota_window": "leaky"},
        {"burst": 0},
        {"burst": float("inf")},
        {"credentials": {}},
    ],
)
def test_settings_are_checked_when_given(settings: dict[str, object]) -> None:
    """A setting out of its range is refused before anything runs."""
    with pytest.raises(ValueError, match=next(iter(settings)).removesuffix("s")):
        RekognitionEmulator(**settings)  # type: ignore[arg-type] # wrong on purpose


@pytest.mark.parametrize(
    ("rule", "told"), [({"probability": 1.5}, "probability"), ({"calls": 0}, "calls")]
)
def test_rules_are_checked_when_made(rule: dict[str, object], told: str) -> None:
    """A rule that could never apply as meant is refused."""
    with pytest.raises(ValueError, match=told):
        FaultRule("*", Fault.reset(), **rule)  # type: ignore[arg-type] # wrong on purpose
