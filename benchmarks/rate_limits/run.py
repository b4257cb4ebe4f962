"""One run: an emulator here, the callers in processes of their own, and a redis-server."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import signal
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from benchmarks.rate_limits.worker import Outcome, Plan
from rekognition_async.emulator import RekognitionEmulator

ROOT: Final = Path(__file__).parents[2]
# A region of the small quotas: 5 transactions a second.
REGION: Final = "eu-central-1"
_THROTTLED: Final = "ProvisionedThroughputExceededException"

Meanwhile = Callable[[RekognitionEmulator], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it reached the service: the seconds since the beginning, and its fate."""

    time: float
    was_refused: bool


@dataclass(frozen=True, slots=True)
class Run:
    """What the service and the processes saw.

    Attributes:
        began: When the processes were let go, in seconds since the epoch.
        requests: In the order in which they came.
        processes: One outcome for each.
    """

    began: float
    requests: Sequence[Request]
    processes: Sequence[Outcome] = field(repr=False)

    @property
    def raised(self) -> int:
        """How many calls raised."""
        return sum(sum(outcome.raised.values()) for outcome in self.processes)

    @property
    def refused(self) -> int:
        """How many requests the service refused."""
        return sum(request.was_refused for request in self.requests)

    @property
    def elapsed(self) -> float:
        """Seconds to the last answer."""
        return max(outcome.elapsed for outcome in self.processes)

    def refused_share(self, start: float = 0.0) -> float:
        """The part of the requests from ``start`` on that the service refused."""
        later = [request.was_refused for request in self.requests if request.time >= start]
        return sum(later) / max(len(later), 1)

    def answered(self, start: float, end: float) -> int:
        """How many requests were let through between two times."""
        return sum(
            start <= request.time < end for request in self.requests if not request.was_refused
        )

    def worst(self, seconds: float) -> int:
        """The most requests that came within so many seconds."""
        times = [request.time for request in self.requests]
        most = first = 0
        for last, moment in enumerate(times):
            while times[first] <= moment - seconds:
                first += 1
            most = max(most, last - first + 1)
        return most

    def reaches(self, rate: int, start: float) -> float | None:
        """Seconds from ``start`` until so many were answered within one second."""
        times = [
            request.time
            for request in self.requests
            if request.time >= start and not request.was_refused
        ]
        spans = zip(times, itertools.islice(times, rate - 1, None), strict=False)
        return next((last - start for first, last in spans if last - first < 1), None)

    def shares(self) -> tuple[float, float]:
        """The smallest and the largest part of the answers that a process got."""
        answered = [outcome.answered for outcome in self.processes]
        total = max(sum(answered), 1)
        return min(answered) / total, max(answered) / total


async def run(
    *,
    processes: int = 1,
    emulator: dict[str, Any] | None = None,
    meanwhile: Meanwhile | None = None,
    **plan: Any,
) -> Run:
    """Runs processes of a plan against an emulator.

    Args:
        processes: How many there are.
        emulator: Settings of the emulator; AWS's quotas of a small region unless told.
        meanwhile: What happens from the beginning on; the run lasts until it is over, too.
        **plan: What each process does; see `Plan`.
    """
    settings: dict[str, Any] = {"quotas": "aws", "region_name": REGION} | (emulator or {})
    async with RekognitionEmulator(**settings, max_recorded_requests=1_000_000) as service:
        options = dict(service.client_options)
        started = [await _Worker.start(Plan(options=options, **plan)) for _ in range(processes)]
        try:
            await asyncio.gather(*(worker.ready() for worker in started))
            service.requests.clear()
            began = time.time()
            for worker in started:
                worker.begin()
            outcomes = asyncio.gather(*(worker.outcome() for worker in started))
            if meanwhile is not None:
                await meanwhile(service)
            ended = await outcomes
        finally:
            for worker in started:
                await worker.end()
        requests = [
            Request(request.time - began, request.error_code == _THROTTLED)
            for request in service.requests
        ]
    return Run(began, sorted(requests, key=lambda request: request.time), ended)


class _Worker:
    """A process of a run."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._told = cast("asyncio.StreamReader", process.stdout)
        self._said = cast("asyncio.StreamWriter", process.stdin)

    @classmethod
    async def start(cls, plan: Plan) -> _Worker:
        command = [sys.executable, "-m", "benchmarks.rate_limits.worker", json.dumps(asdict(plan))]
        return cls(
            await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, cwd=ROOT)
        )

    async def ready(self) -> None:
        if await self._told.readline() != b"ready\n":
            raise RuntimeError("a process of the run did not begin")

    def begin(self) -> None:
        self._said.write(b"go\n")

    async def outcome(self) -> Outcome:
        told = await self._told.read()
        if await self._process.wait():
            raise RuntimeError("a process of the run failed")
        return Outcome(**json.loads(told))

    async def end(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


class RedisServer:
    """A redis-server on a free port of the loopback, without anything kept."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port: int = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._process: Process | None = None

    async def start(self) -> None:
        """Starts, and returns when it takes connections."""
        options = ["--port", str(self._port), "--bind", "127.0.0.1", "--save", ""]
        self._process = await asyncio.create_subprocess_exec("redis-server", *options, stdout=PIPE)
        async for line in cast("asyncio.StreamReader", self._process.stdout):
            if b"Ready to accept connections" in line:
                return
        raise RuntimeError("redis-server did not start")

    async def kill(self) -> None:
        """Kills it."""
        if self._process is not None:
            self._process.kill()
            await self._process.communicate()
            self._process = None

    def signal(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        if self._process is not None:
            self._process.send_signal(number)


def has_redis() -> bool:
    """Whether there is a redis-server."""
    return shutil.which("redis-server") is not None


@asynccontextmanager
async def redis_server() -> AsyncGenerator[RedisServer]:
    """A running redis-server."""
    server = RedisServer()
    try:
        await server.start()
        yield server
    finally:
        await server.kill()
