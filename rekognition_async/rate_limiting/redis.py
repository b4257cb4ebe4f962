"""One quota for all processes of an account, kept in Redis.

Each operation in each region has its slots there, spaced by its quota; a process takes the next
one and is told how long to wait for it. While Redis is out of reach, each process keeps to its
part of the quota by itself.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Literal, Self

from rekognition_async.config import SYSTEM_CLOCK, RetryClock
from rekognition_async.rate_limiting.pacing import LATEST_SLOT
from rekognition_async.rate_limiting.quotas import Quotas

__all__ = ["RedisRateLimiter"]

logger: Final = logging.getLogger("rekognition_async")

_PROBE_EVERY: Final = 0.6
"""Seconds; longer than the wait for a server that hangs."""

_RETURN: Final = 2 * _PROBE_EVERY
"""Seconds after which every process that is sending has seen that Redis is back. Until then its
slots are not for those alone who saw it first, or they would send at the whole quota beside the
others' parts."""

_Queue = tuple[str, str]
"""An operation and a region, which have a quota of their own."""


class RedisRateLimiter:
    """Keeps all processes of an account within its quotas together.

    Hand one in as ``quotas=`` to every client; clients and event loops of a process may use the
    same one. Close it with ``aclose()`` or ``async with``; it holds one connection for each event
    loop, which also closes when ``asyncio.run`` ends the loop.

    No call fails for Redis: while the server is gone, hangs or refuses, each process sends at the
    quota divided by ``workers``, and comes back to Redis by itself. The log tells once of each
    outage.
    """

    def __init__(
        self,
        url: str,
        *,
        workers: int,
        quotas: Mapping[str, float | Literal["aws"]] | Literal["aws"] = "aws",
        namespace: str = "rekognition",
        clock: RetryClock = SYSTEM_CLOCK,
    ) -> None:
        """Checks the settings; the first call connects.

        Args:
            url: ``redis://``, ``rediss://`` (TLS) or ``unix://``, with options of redis-py's after
                a ``?``, as in ``rediss://:password@cache.example:6379/0?ssl_ca_certs=/ca.pem``.
                A server of Redis from 5 on, or of Valkey.
            workers: How many processes share the quotas at most; at least 1. It counts while
                Redis is out of reach.
            quotas: ``"aws"`` for AWS's default quotas of the region, or transactions a second by
                operation, as in ``{"IndexFaces": 200, "*": "aws"}``.
            namespace: What the keys in Redis begin with; one for each account.
            clock: The time to keep to while Redis is out of reach.

        Raises:
            ValueError: A setting is out of its range; the text names it, its value and the limit.
            TypeError: A setting is of another type.
            RuntimeError: The extra ``redis`` is not installed.
        """
        try:
            from rekognition_async.rate_limiting import redis_slots  # noqa: PLC0415 - the extra
        except ModuleNotFoundError as error:
            raise RuntimeError(
                "RedisRateLimiter needs one more package: pip install 'rekognition-async[redis]'"
            ) from error
        _check_text("url", url)
        if type(workers) is not int:
            raise TypeError(f"workers must be an int, got {workers!r}")
        if workers < 1:
            raise ValueError(f"workers must be at least 1, got {workers}")
        _check_text("namespace", namespace)
        self._quotas = Quotas(quotas)
        self._namespace = namespace
        self._workers = workers
        self._clock = clock
        self._slots = redis_slots.RedisSlots(url, clock)
        self._unreachable = redis_slots.UnreachableError
        self._local = _LocalSlots(clock)
        self._lock = threading.Lock()
        self._refused: Counter[_Queue] = Counter()
        self._out_of_reach = False
        self._probe_at = 0.0
        self._both_until = 0.0

    def __repr__(self) -> str:
        return (
            f"RedisRateLimiter({self._slots.address!r}, workers={self._workers}, "
            f"namespace={self._namespace!r})"
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connection of this event loop.

        Other event loops keep theirs, and a call after this one connects again.
        """
        await self._slots.aclose()

    async def reserve(self, operation: str, region_name: str) -> float:
        """Takes the next slot, in one round trip.

        Args:
            operation: AWS's name of the operation, as in ``"IndexFaces"``.
            region_name: The region that the call goes to.

        Returns:
            The seconds until the slot; 0 for now.
        """
        queue = operation, region_name
        interval = 1 / self._quotas.of(operation, region_name)
        with self._lock:
            refused = self._refused.pop(queue, 0)
        if self._out_of_reach:
            await self._look_for_redis()
            return self._local.reserve(queue, interval * self._workers, refused)
        try:
            wait = await self._slots.reserve(
                f"{self._namespace}:{region_name}:{operation}",
                interval,
                late=LATEST_SLOT,
                refused=refused,
            )
        except self._unreachable as error:
            self._lose(error)
            return self._local.reserve(queue, interval * self._workers, refused)
        if self._clock.monotonic() < self._both_until:
            return max(wait, self._local.reserve(queue, interval * self._workers, 0))
        return wait

    def refused(self, operation: str, region_name: str) -> None:
        """Leaves out a slot, for the service refused an attempt for its pace.

        Args:
            operation: AWS's name of the operation.
            region_name: The region that the attempt went to.
        """
        with self._lock:
            self._refused[operation, region_name] += 1

    def rate(self, operation: str, region_name: str) -> float:
        """The quota; this process's part of it while Redis is out of reach.

        Args:
            operation: AWS's name of the operation.
            region_name: The region.

        Returns:
            Transactions a second.
        """
        quota = self._quotas.of(operation, region_name)
        return quota / self._workers if self._out_of_reach else quota

    def _lose(self, error: Exception) -> None:
        with self._lock:
            if self._out_of_reach:
                return
            self._out_of_reach = True
            now = self._clock.monotonic()
            self._probe_at = now + _PROBE_EVERY
            self._local.begin(now)
        logger.warning(
            "Redis at %s gave no slot (%s): calls keep to a part of the quota, 1/%d, until it does",
            self._slots.address,
            error,
            self._workers,
        )

    async def _look_for_redis(self) -> None:
        with self._lock:
            now = self._clock.monotonic()
            if now < self._probe_at:
                return
            self._probe_at = now + _PROBE_EVERY
        await self._slots.in_background(self._probe())

    async def _probe(self) -> None:
        """Takes a slot that nobody needs: the server has to answer, know us, and write."""
        try:
            await self._slots.reserve(f"{self._namespace}:probe", 0.001, late=0, refused=0)
        except self._unreachable:
            return
        with self._lock:
            if not self._out_of_reach:
                return
            self._out_of_reach = False
            self._both_until = self._clock.monotonic() + _RETURN
        logger.info("Redis at %s gives slots again", self._slots.address)


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, got {type(value).__name__}")
    if not value:
        raise ValueError(f"{name} must not be empty")


class _LocalSlots:
    """The slots of one process while it keeps to its part of the quota."""

    def __init__(self, clock: RetryClock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.begin(0)

    def begin(self, now: float) -> None:
        """Forgets the slots of an earlier outage."""
        with self._lock:
            self._begun = now
            self._next: dict[_Queue, float] = {}

    def reserve(self, queue: _Queue, interval: float, refused: int) -> float:
        """Takes the next slot, and returns the seconds until it.

        The first is an interval after the beginning: a slot of Redis's may just have been used.
        """
        with self._lock:
            now = self._clock.monotonic()
            following = self._next.get(queue, self._begun + interval)
            slot = max(following, now - LATEST_SLOT) + refused * interval
            self._next[queue] = slot + interval
            return max(0, slot - now)
