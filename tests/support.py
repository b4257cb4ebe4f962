"""What several tests are made of."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from rekognition_async import RekognitionClient, RetryPolicy
from rekognition_async.emulator import FaultRule, ManualClock, RekognitionEmulator


class FakeClock:
    """Time that passes only by being slept, and deadlines that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []
        self._timeouts: list[asyncio.Timeout] = []

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def timeout(self, seconds: float | None) -> AbstractAsyncContextManager[object]:
        timeout = asyncio.timeout(None)
        self._timeouts.append(timeout)
        return timeout

    def pass_deadlines(self) -> None:
        for timeout in self._timeouts:
            timeout.reschedule(asyncio.get_running_loop().time())


class LinkedClock(FakeClock):
    """A client's time, which takes that of the emulator along."""

    def __init__(self, emulated: ManualClock) -> None:
        super().__init__()
        self._emulated = emulated

    async def sleep(self, seconds: float) -> None:
        self._emulated.advance(seconds)
        await super().sleep(seconds)


def patient(clock: FakeClock, max_attempts: int = 8, **settings: object) -> RetryPolicy:
    """A policy that waits on a fake clock, and always the longest it may."""
    return RetryPolicy(max_attempts, clock=clock, random=lambda: 1.0, **settings)  # type: ignore[arg-type] # any setting may be handed in


@asynccontextmanager
async def emulated(
    faults: Iterable[FaultRule] = (),
    *,
    collections: int | Sequence[str] = (),
    page_size: int = 1000,
    page_sizes: Sequence[int] = (),
    retry: RetryPolicy | None = None,
    make_client: Callable[..., RekognitionClient] = RekognitionClient,
) -> AsyncGenerator[tuple[RekognitionEmulator, RekognitionClient]]:
    """An emulator that holds collections, and a client of it."""
    async with RekognitionEmulator(
        faults=faults, page_size=page_size, page_sizes=page_sizes
    ) as emulator:
        emulator.seed(collections=collections)
        policy = patient(FakeClock()) if retry is None else retry
        async with make_client(**emulator.client_options, retry=policy) as client:
            yield emulator, client


@asynccontextmanager
async def working(
    **settings: Any,
) -> AsyncGenerator[tuple[RekognitionEmulator, RekognitionClient, ManualClock]]:
    """An emulator whose work ends when a test, or a wait of its client, lets time pass."""
    clock = ManualClock()
    async with RekognitionEmulator(clock=clock, **settings) as emulator:
        policy = patient(LinkedClock(clock))
        async with RekognitionClient(**emulator.client_options, retry=policy) as client:
            yield emulator, client, clock


def names(count: int) -> list[str]:
    """So many ids of collections, in order."""
    return [f"collection-{number:05}" for number in range(count)]
