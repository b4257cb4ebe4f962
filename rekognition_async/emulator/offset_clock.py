"""The machine's time, which may be moved on while the emulator runs."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Protocol, runtime_checkable


@runtime_checkable
class Movable(Protocol):
    """A clock that can be moved on."""

    def advance(self, seconds: float) -> None:
        """Lets so many seconds pass at once."""
        ...


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
