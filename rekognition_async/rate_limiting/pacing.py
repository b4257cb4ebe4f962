"""What a queue asks of the pace of its operation, and the pace that a rate limiter gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from rekognition_async.rate_limiting.limiter import RateLimiter

LATEST_SLOT: Final = 0.05
"""Seconds by which a slot may be late, by a busy event loop, without being lost."""


class Pacing(Protocol):
    """The pace of one operation in one region; times are in monotonic seconds."""

    def is_free(self, now: float) -> bool:
        """Whether a call may be sent now, without asking further."""
        ...

    async def delay(self, now: float) -> float:
        """The seconds until the head of the queue may ask again; 0 where it may send."""
        ...

    def sent(self, now: float) -> None:
        """Is told that the head has been sent."""
        ...

    def answered(self, now: float) -> None:
        """Is told that the service took an attempt."""
        ...

    def refused(self, sent: float, now: float) -> None:
        """Is told that the service refused an attempt for its pace, and when that was sent."""
        ...

    def rate(self) -> float | None:
        """The transactions a second that are to be expected; None where not known."""
        ...

    def restart(self) -> None:
        """Is told that nothing was sent for so long that what was learnt may no longer hold."""
        ...


class LimiterPacing:
    """The pace that a rate limiter gives to an operation in a region."""

    def __init__(
        self,
        limiter: RateLimiter,
        operation: str,
        region_name: str,
        monotonic: Callable[[], float],
    ) -> None:
        """Takes whom to ask, for what, and the time that slots are kept in."""
        self._limiter = limiter
        self._place = operation, region_name
        self._monotonic = monotonic
        self._slot: float | None = None

    def is_free(self, now: float) -> bool:  # noqa: ARG002 - a slot has to be taken first
        """Never: a slot has to be taken first."""
        return False

    async def delay(self, now: float) -> float:
        """The seconds until the slot, which is kept for the next head where this one gives up."""
        if self._slot is None:
            seconds = await self._limiter.reserve(*self._place)
            now = self._monotonic()
            self._slot = now + seconds
        return self._slot - now

    def sent(self, now: float) -> None:  # noqa: ARG002 - what counts is that it was used
        """The slot has been used."""
        self._slot = None

    def answered(self, now: float) -> None:
        """Changes nothing."""

    def refused(self, sent: float, now: float) -> None:  # noqa: ARG002 - the limiter has its own
        """Tells the limiter."""
        self._limiter.refused(*self._place)

    def rate(self) -> float | None:
        """What the limiter expects."""
        return self._limiter.rate(*self._place)

    def restart(self) -> None:
        """Changes nothing: the limiter knows its own time."""
