"""Clocks: where the emulator takes its time from.

It runs by an `OffsetClock` that an admin route can move on; tests hand in a `ManualClock`, which
stands still until they move it. Both have what `Clock` asks for.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from contextlib import suppress
from typing import Protocol, runtime_checkable


class Clock(Protocol):
    """Where the emulator takes its time from."""

    def time(self) -> float:
        """Seconds since the epoch."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Returns when so many seconds have passed."""
        ...


def validate_clock(clock: Clock) -> Clock:
    """Tells of what is no clock when it is handed in, and not when the time is first asked for.

    Raises:
        TypeError: It has no ``time`` or no ``sleep``, as clocks for other things have none.
    """
    missing = [name for name in ("time", "sleep") if not callable(getattr(clock, name, None))]
    if missing:
        raise TypeError(
            "clock must have time() and sleep(), as ManualClock has; "
            f"{type(clock).__name__} has no {' and no '.join(f'{name}()' for name in missing)}"
        )
    return clock


@runtime_checkable
class Movable(Protocol):
    """A clock that can be moved on."""

    def advance(self, seconds: float) -> None:
        """Lets so many seconds pass at once."""
        ...


class SystemClock:
    """The machine's own time."""

    def time(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Returns when so many seconds have passed."""
        await asyncio.sleep(seconds)


class ManualClock:
    """Time that stands still until a test moves it.

    Quotas refill, latencies end and timestamps move only with `advance`. Signatures are still
    held against the machine's time, for that is what clients sign with. Any thread may move it.
    """

    def __init__(self, start: float | None = None) -> None:
        """Starts at ``start``, in seconds since the epoch, or now."""
        self._now = time.time() if start is None else start
        self._sleepers: list[tuple[float, int, _Sleeper]] = []
        self._order = itertools.count()

    def time(self) -> float:
        """Seconds since the epoch, as far as `advance` has moved them."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Lets so many seconds pass, and wakes whoever slept through their end.

        Raises:
            ValueError: ``seconds`` is negative.
        """
        if seconds < 0:
            raise ValueError(f"seconds must be at least 0, got {seconds!r}")
        self._now += seconds
        while self._sleepers and self._sleepers[0][0] <= self._now:
            _, _, sleeper = heapq.heappop(self._sleepers)
            sleeper.wake()

    async def sleep(self, seconds: float) -> None:
        """Returns when `advance` has moved the time so far."""
        if seconds <= 0:
            return
        sleeper = _Sleeper()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), sleeper))
        await sleeper.woken


class _Sleeper:
    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.woken: asyncio.Future[None] = self._loop.create_future()

    def wake(self) -> None:
        # A loop that has closed has nobody left who sleeps.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._set)

    def _set(self) -> None:
        if not self.woken.done():
            self.woken.set_result(None)


class OffsetClock:
    """The machine's time, and as much later as it was moved on."""

    def __init__(self) -> None:
        """Begins with the machine's time."""
        self._offset = 0.0
        self._sleepers: set[asyncio.Future[None]] = set()

    def time(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        """Moves the time on, and wakes whoever slept through its end.

        Raises:
            ValueError: ``seconds`` is negative.
        """
        if not seconds >= 0:
            raise ValueError(f"seconds must be at least 0, got {seconds!r}")
        self._offset += seconds
        for woken in list(self._sleepers):
            # Any thread may move the time. A loop that has closed has nobody left who sleeps.
            with suppress(RuntimeError):
                woken.get_loop().call_soon_threadsafe(_wake, woken)

    async def sleep(self, seconds: float) -> None:
        """Returns when so many seconds have passed, or were moved on."""
        until = self.time() + seconds
        while (left := until - self.time()) > 0:
            woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._sleepers.add(woken)
            try:
                await asyncio.wait([woken], timeout=left)
            finally:
                self._sleepers.discard(woken)


def _wake(woken: asyncio.Future[None]) -> None:
    if not woken.done():
        woken.set_result(None)
