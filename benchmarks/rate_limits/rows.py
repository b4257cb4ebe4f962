"""The rows of the table: what is run, what it must reach, and how that is read from a run."""

from __future__ import annotations

import asyncio
import math
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.rate_limits.run import REGION, RedisServer, Run, redis_server, run
from rekognition_async.config import DEFAULT_MAX_POOL_CONNECTIONS, SYSTEM_CLOCK
from rekognition_async.emulator import RekognitionEmulator
from rekognition_async.rate_limiting.queue import InFlight, Outcome, Turns
from rekognition_async.rate_limiting.queues import CallQueues

_OPERATION: Final = "ListCollections"
_RAISED_QUOTA: Final = 50
_AT_RAISED: Final[dict[str, Any]] = {"quotas": {"*": _RAISED_QUOTA}}
_PROCESSES: Final = 4


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a row.

    Attributes:
        text: The figure as it is shown.
        is_kept: Whether it is what it must be; None where nothing is asked of it.
        counts_in_small: Whether a run in small tells it, too.
    """

    text: str
    is_kept: bool | None = None
    counts_in_small: bool = False


Measure = Callable[[bool], Awaitable[list[Figure]]]
"""Runs a row, in small if it is told so."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table.

    Attributes:
        work: What is run.
        must: What it must reach; empty where it is there to compare with.
        measure: Runs it.
        needs_redis: Whether it needs a redis-server.
    """

    work: str
    must: str
    measure: Measure
    needs_redis: bool = False


def _most(value: float, limit: float | None, text: str) -> Figure:
    return Figure(text, None if limit is None else value <= limit)


def _least(value: float, limit: float, text: str) -> Figure:
    return Figure(text, value >= limit)


def _soon(seconds: float | None, limit: float, text: str, otherwise: str) -> Figure:
    if seconds is None:
        return Figure(otherwise, is_kept=False)
    return _most(seconds, limit, f"{text} after {seconds:.1f} s")


def _raised(run: Run, *, must: bool = True) -> Figure:
    kinds = sorted({name for outcome in run.processes for name in outcome.raised})
    told = f" ({', '.join(kinds)})" if kinds else ""
    is_kept = run.raised == 0 if must else None
    return Figure(f"{run.raised} raised{told}", is_kept, counts_in_small=True)


def _burst(
    calls: int,
    *,
    most_requests: int | None = None,
    most_seconds: float | None = None,
    must: bool = True,
    **settings: Any,
) -> Measure:
    async def measure(small: bool) -> list[Figure]:
        seen = await run(calls=12 if small else calls, **settings)
        requests = len(seen.requests)
        return [
            _raised(seen, must=must),
            _most(requests, most_requests, f"{requests} requests"),
            _most(seen.elapsed, most_seconds, f"{seen.elapsed:.1f} s"),
        ]

    return measure


async def _quota_goes_up(small: bool) -> list[Figure]:
    before, after = (1, 3) if small else (10, 25)

    async def raise_quota(service: RekognitionEmulator) -> None:
        await asyncio.sleep(before)
        service.quotas = {"*": _RAISED_QUOTA}

    seen = await run(tasks=100, seconds=before + after, meanwhile=raise_quota)
    reached = seen.reaches(40, before)
    refused = seen.refused_share(before)
    return [
        _raised(seen),
        _soon(reached, 16, "40 a second", "never 40 a second"),
        _most(refused, 0.03, f"{refused:.1%} refused"),
    ]


async def _nothing_shared(small: bool) -> list[Figure]:
    seconds = 3 if small else 60
    seen = await run(processes=_PROCESSES, seconds=seconds)
    rate = seen.answered(0, seconds) / seconds
    refused, later = seen.refused_share(), seen.refused_share(10)
    return [
        _raised(seen),
        _least(rate, 4.7, f"{rate:.2f} a second"),
        _most(refused, 0.12, f"{refused:.1%} refused"),
        _most(later, 0.08, f"{later:.1%} from second 10 on"),
        _shares(seen),
    ]


def _shares(seen: Run, least: float | None = None, most: float = 1.0) -> Figure:
    low, high = seen.shares()
    is_kept = None if least is None else least <= low and high <= most
    return Figure(f"each process {low:.0%} to {high:.0%}", is_kept)


async def _through_redis(server: RedisServer, quota: int, seconds: float, **settings: Any) -> Run:
    limits = {"url": server.url, "workers": _PROCESSES, "quotas": {_OPERATION: quota}}
    return await run(
        processes=_PROCESSES,
        emulator={"quotas": {"*": quota}},
        redis=limits,
        seconds=seconds,
        **settings,
    )


async def _redis_at_the_small_quota(small: bool) -> list[Figure]:
    seconds = 3 if small else 20
    async with redis_server() as server:
        seen = await _through_redis(server, 5, seconds)
    rate = seen.answered(0, seconds) / seconds
    return [
        _raised(seen),
        _least(rate, 4.9, f"{rate:.2f} a second"),
        _most(seen.refused, 1, f"{seen.refused} refused"),
        _shares(seen, 0.23, 0.27),
    ]


async def _redis_at_the_raised_quota(small: bool) -> list[Figure]:
    seconds = 3 if small else 20
    async with redis_server() as server:
        seen = await _through_redis(server, _RAISED_QUOTA, seconds)
    rate, worst = seen.answered(0, seconds) / seconds, seen.worst(1)
    return [
        _raised(seen),
        _least(rate, 49, f"{rate:.1f} a second"),
        _most(worst, 55, f"worst second {worst}"),
        Figure(f"{seen.refused} refused"),
        _shares(seen),
    ]


def _outage(
    begin: Callable[[RedisServer], Awaitable[None]], end: Callable[[RedisServer], Awaitable[None]]
) -> Measure:
    async def measure(small: bool) -> list[Figure]:
        before, lasting, after = (1, 1, 3) if small else (6, 4, 10)
        back_at = 0.0

        async with redis_server() as server:

            async def fail(_: RekognitionEmulator) -> None:
                nonlocal back_at
                await asyncio.sleep(before)
                await begin(server)
                await asyncio.sleep(lasting)
                await end(server)
                back_at = time.time()

            seen = await _through_redis(
                server, _RAISED_QUOTA, before + lasting + after, meanwhile=fail
            )
        most, worst = 1.1 * 5 * _RAISED_QUOTA, seen.worst(5)
        down = back_at - lasting - seen.began
        meanwhile = seen.answered(down, down + lasting) / lasting
        back = _seconds_until_back(seen, back_at)
        return [
            _raised(seen),
            _most(worst, most, f"worst 5 s {worst} (quota {5 * _RAISED_QUOTA})"),
            Figure(f"{meanwhile:.1f} a second meanwhile"),
            _soon(back, 2, "back on Redis", "not back on Redis"),
            Figure(f"{seen.refused} refused"),
        ]

    return measure


def _seconds_until_back(seen: Run, back_at: float) -> float | None:
    """When the last process expected the whole quota again."""
    waits: list[float] = []
    for outcome in seen.processes:
        *earlier, (at, rate) = outcome.rates
        # Without an earlier rate, the process never saw the outage.
        if rate < _RAISED_QUOTA or not earlier:
            return None
        waits.append(at - back_at)
    return max(0.0, *waits)


async def _kill(server: RedisServer) -> None:
    await server.kill()


async def _start(server: RedisServer) -> None:
    await server.start()


async def _stop(server: RedisServer) -> None:
    server.signal(signal.SIGSTOP)


async def _continue(server: RedisServer) -> None:
    server.signal(signal.SIGCONT)


async def _plain_processes(small: bool) -> list[Figure]:
    seconds = 3 if small else 20
    seen = await run(processes=_PROCESSES, seconds=seconds, plain=True)
    rate = seen.answered(0, seconds) / seconds
    return [
        _raised(seen, must=False),
        Figure(f"{rate:.2f} a second"),
        Figure(f"{seen.refused_share():.1%} refused"),
        _shares(seen),
    ]


async def _gate(small: bool) -> list[Figure]:
    """What a call pays where nothing was refused yet: the best of several runs in one process."""
    turns = 1_000 if small else 20_000
    queue = CallQueues("learned", SYSTEM_CLOCK).of(_OPERATION, REGION)
    in_flight = InFlight(DEFAULT_MAX_POOL_CONNECTIONS)
    best = math.inf
    for _ in range(5):
        began = time.process_time()
        for _ in range(turns):
            turn = Turns(queue, in_flight)
            await turn.take(None)
            turn.end(Outcome.ACCEPTED)
        best = min(best, time.process_time() - began)
    microseconds = best / turns * 1e6
    return [_most(microseconds, 5, f"{microseconds:.1f} µs")]


_OUTAGE: Final = "0 raised; at most 1.1 times the quota over any 5 s; back on Redis within 2 s"
_AT_95: Final = {_OPERATION: 4.75}


def _window(window: str, told: str, quotas: object) -> Row:
    settings = {"quotas": "aws", "quota_window": window}
    return Row(
        f"150 at once, {told}, quota in a {window} window",
        "0 raised",
        _burst(150, emulator=settings, quotas=quotas),
    )


ROWS: Final = [
    Row(
        "150 `list_collections()` at once, defaults",
        "0 raised; ≤ 170 requests; ≤ 35 s",
        _burst(150, most_requests=170, most_seconds=35),
    ),
    Row(
        'the same, `quotas="aws"`',
        "0 raised; ≤ 151 requests; ≤ 31 s",
        _burst(150, most_requests=151, most_seconds=31, quotas="aws"),
    ),
    Row("the same, aiobotocore with no settings", "", _burst(150, must=False, plain=True)),
    Row(
        "400 calls against 50 a second (a raised quota), defaults",
        "0 raised; ≤ 460 requests; ≤ 9 s",
        _burst(400, most_requests=460, most_seconds=9, emulator=_AT_RAISED),
    ),
    Row(
        "the quota goes from 5 to 50 meanwhile",
        "0 raised; 40 a second within 16 s; ≤ 3 % refused",
        _quota_goes_up,
    ),
    Row(
        "4 processes of 8 tasks for 60 s, defaults, nothing shared",
        "0 raised; ≥ 4.7 answered a second; ≤ 12 % refused, ≤ 8 % from second 10 on",
        _nothing_shared,
    ),
    Row("4 of 8 for 20 s, aiobotocore with no settings", "", _plain_processes),
    Row(
        "4 of 8 for 20 s through Redis",
        "0 raised; ≥ 4.9 a second; ≤ 1 refused; each process 23 to 27 %",
        _redis_at_the_small_quota,
        needs_redis=True,
    ),
    Row(
        "the same at 50 a second",
        "0 raised; ≥ 49 a second; worst second ≤ 55",
        _redis_at_the_raised_quota,
        needs_redis=True,
    ),
    Row(
        "the same, redis-server killed for 4 s",
        _OUTAGE,
        _outage(_kill, _start),
        needs_redis=True,
    ),
    Row(
        "the same, redis-server stopped for 4 s",
        _OUTAGE,
        _outage(_stop, _continue),
        needs_redis=True,
    ),
    Row("the gate of an unpaced call", "≤ 5 µs", _gate),
    *(
        _window(window, told, quotas)
        for window in ("fixed", "sliding")
        for told, quotas in (
            ("defaults", "learned"),
            ('`quotas="aws"`', "aws"),
            ("a mapping at 95 %", _AT_95),
        )
    ),
]
