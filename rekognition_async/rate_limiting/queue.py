"""The queue in front of an operation: first come, first served, at the operation's pace.

A call has its `Turns`: it takes one for each of its attempts, and ends it with what became of the
attempt. Only the head of the queue asks for the pace; the others wait for the head to be gone. A
call that comes back refused keeps its ticket, and so comes before all that came later. Calls of a
bulk let all others go first, but for the one that is the head already.
"""

from __future__ import annotations

import asyncio
import enum
import itertools
from bisect import bisect_left, insort
from operator import itemgetter
from typing import Final, TypeAlias

from rekognition_async.config import RetryClock
from rekognition_async.errors import RateLimitError
from rekognition_async.rate_limiting.pacing import Pacing

_FIRST_WINDOW: Final = 2
_LONGEST_WAIT_FOR_WINDOW: Final = 0.2
"""Seconds, after which one more is sent: AWS's lowest quota bears 5 a second."""
_FORGOTTEN_AFTER: Final = 60.0
"""Seconds without a call, after which a queue begins as it began at first."""


Ticket: TypeAlias = tuple[bool, int]
"""A call's place in its queue: whether it is of a bulk, and its number."""


_TICKET: Final = itemgetter(0)


class Outcome(enum.Enum):
    """What became of an attempt, as far as its pace is concerned."""

    ACCEPTED = enum.auto()
    REFUSED = enum.auto()
    UNKNOWN = enum.auto()


class InFlight:
    """What is under way over one pool of connections, within what the pool holds."""

    def __init__(self, limit: int) -> None:
        """Takes how many connections there are."""
        self._free = asyncio.Semaphore(limit)

    @property
    def is_full(self) -> bool:
        """Whether a call has to wait for a connection."""
        return self._free.locked()

    async def acquire(self) -> None:
        """Takes a connection; returns without a pause where it is not full."""
        await self._free.acquire()

    def release(self) -> None:
        """Gives a connection back."""
        self._free.release()


class CallQueue:
    """The calls of one operation in one region, in the order in which they came."""

    def __init__(self, operation: str, pacing: Pacing, clock: RetryClock) -> None:
        """Takes the pace, and the time to wait by."""
        self._operation = operation
        self._pacing = pacing
        self._clock = clock
        self._tickets = itertools.count()
        self._has_head = False
        self._head_slot = 0.0
        # By their tickets, so that a call's place is found by bisection.
        self._waiters: list[tuple[Ticket, asyncio.Future[None]]] = []
        self._in_flight = 0
        # It begins small, since the first calls open connections and arrive together.
        self._window = _FIRST_WINDOW
        self._something_left: asyncio.Future[None] | None = None
        self._paused_until = 0.0
        self._last_left = 0.0

    def now(self) -> float:
        """The time that the queue waits by."""
        return self._clock.monotonic()

    def ticket(self, *, in_bulk: bool) -> Ticket:
        """A place for a call, behind all that have one; before any of a bulk, where it is of none.

        Args:
            in_bulk: Whether the call is one of a bulk.
        """
        return in_bulk, next(self._tickets)

    async def enter(
        self, ticket: Ticket, in_flight: InFlight, remaining: float | None
    ) -> tuple[float, float]:
        """Returns when the call may be sent: the time then, for `leave`, and the seconds waited.

        Args:
            ticket: The call's place.
            in_flight: What is under way over the call's connections.
            remaining: The seconds until the call's deadline; None where it has none.

        Raises:
            RateLimitError: Its turn comes later than its deadline.
        """
        now = begin = self._clock.monotonic()
        if not self._in_flight and now - self._last_left > _FORGOTTEN_AFTER:
            self._window = _FIRST_WINDOW
            self._pacing.restart()
        if self._is_free(now) and not in_flight.is_full:
            await in_flight.acquire()
        else:
            deadline = None if remaining is None else now + remaining
            await self._wait(ticket, in_flight, deadline)
            now = self._clock.monotonic()
        self._in_flight += 1
        self._pacing.sent(now)
        return now, now - begin

    def leave(
        self, in_flight: InFlight, outcome: Outcome, *, sent: float, pause: float = 0.0
    ) -> None:
        """Takes back the place of an attempt that is no longer under way.

        Args:
            in_flight: What `enter` was given.
            outcome: What became of the attempt.
            sent: The time that `enter` returned.
            pause: The seconds that the service asked to wait.
        """
        now = self._last_left = self._clock.monotonic()
        self._in_flight -= 1
        in_flight.release()
        if outcome is Outcome.ACCEPTED:
            self._pacing.answered(now)
            if self._has_head:
                self._window += 1
        elif outcome is Outcome.REFUSED:
            self._pacing.refused(sent, now)
            self._paused_until = max(self._paused_until, now + pause)
        if self._something_left is not None and not self._something_left.done():
            self._something_left.set_result(None)

    def seconds_to_turn(self, ticket: Ticket) -> float:
        """The seconds that a call of this ticket would wait; 0 where nothing is known."""
        now = self._clock.monotonic()
        rate = self._pacing.rate()
        if rate is None or not self._has_head:
            return max(0.0, self._paused_until - now)
        ahead = bisect_left(self._waiters, ticket, key=_TICKET)
        return max(0.0, self._paused_until - now, self._head_slot - now) + (1 + ahead) / rate

    def _is_free(self, now: float) -> bool:
        return (
            not self._has_head
            and self._in_flight < self._window
            and now >= self._paused_until
            and self._pacing.is_free(now)
        )

    async def _wait(self, ticket: Ticket, in_flight: InFlight, deadline: float | None) -> None:
        if deadline is not None:
            self._check(deadline, self.seconds_to_turn(ticket))
        await self._become_head(ticket)
        try:
            await self._wait_for_window()
            await self._wait_for_pace(deadline)
            await in_flight.acquire()
        finally:
            self._call_next()

    def _check(self, deadline: float, seconds: float) -> None:
        if self._clock.monotonic() + seconds > deadline:
            raise RateLimitError(self._operation, retry_after=seconds)

    async def _become_head(self, ticket: Ticket) -> None:
        if not self._has_head:
            self._has_head = True
            return
        waiter = asyncio.get_running_loop().create_future()
        insort(self._waiters, (ticket, waiter), key=_TICKET)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.cancelled():
                self._forget(ticket)
            else:
                self._call_next()
            raise

    def _forget(self, ticket: Ticket) -> None:
        place = bisect_left(self._waiters, ticket, key=_TICKET)
        # A cancelled one that was next in turn has been passed over already.
        if place < len(self._waiters) and self._waiters[place][0] == ticket:
            del self._waiters[place]

    def _call_next(self) -> None:
        while self._waiters:
            _, waiter = self._waiters.pop(0)
            if not waiter.done():
                waiter.set_result(None)
                return
        self._has_head = False

    async def _wait_for_window(self) -> None:
        while self._in_flight >= self._window:
            left = self._something_left = asyncio.get_running_loop().create_future()
            patience = asyncio.ensure_future(self._clock.sleep(_LONGEST_WAIT_FOR_WINDOW))
            try:
                await asyncio.wait({left, patience}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                patience.cancel()
            if not left.done():
                # What hangs must not hold back all that comes after it.
                self._window += 1

    async def _wait_for_pace(self, deadline: float | None) -> None:
        while (delay := await self._delay()) > 0:
            if deadline is not None:
                self._check(deadline, delay)
            self._head_slot = self._clock.monotonic() + delay
            await self._clock.sleep(delay)

    async def _delay(self) -> float:
        now = self._clock.monotonic()
        paused = self._paused_until - now
        return paused if paused > 0 else await self._pacing.delay(now)


class Turns:
    """The turns of one call in its queue.

    Attributes:
        waited: The seconds that the call has waited for its turns.
        is_waiting: Whether it waits for one, or did when it was interrupted.
    """

    __slots__ = ("_in_flight", "_queue", "_sent", "_ticket", "is_waiting", "waited")

    def __init__(self, queue: CallQueue, in_flight: InFlight, *, in_bulk: bool = False) -> None:
        """Takes a place behind all others of its kind; calls of a bulk are behind those of none."""
        self._queue = queue
        self._in_flight = in_flight
        self._ticket = queue.ticket(in_bulk=in_bulk)
        self._sent: float | None = None
        self.waited = 0.0
        self.is_waiting = False

    async def take(self, remaining: float | None) -> None:
        """Returns when the next attempt may be sent.

        Args:
            remaining: The seconds until the call's deadline; None where it has none.

        Raises:
            RateLimitError: The turn comes later than the deadline.
        """
        self.is_waiting = True
        begin = self._queue.now()
        try:
            sent, waited = await self._queue.enter(self._ticket, self._in_flight, remaining)
        except BaseException:
            self.waited += self._queue.now() - begin
            raise
        self._sent = sent
        self.waited += waited
        self.is_waiting = False

    def end(self, outcome: Outcome = Outcome.UNKNOWN, *, pause: float = 0.0) -> None:
        """Gives the turn back, where the call has one.

        Args:
            outcome: What became of the attempt.
            pause: The seconds that the service asked to wait.
        """
        if self._sent is not None:
            self._queue.leave(self._in_flight, outcome, sent=self._sent, pause=pause)
            self._sent = None

    def seconds_to_next(self) -> float:
        """The seconds to the next turn, by the call's place; 0 where nothing is known."""
        return self._queue.seconds_to_turn(self._ticket)
