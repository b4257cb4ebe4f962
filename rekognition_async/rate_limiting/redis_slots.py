"""Slots that many processes take in turn: a generic cell rate algorithm, in Redis.

redis-py is needed to import this; `rekognition_async.rate_limiting.redis` does it when a limiter
is made.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Final
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, RedisError  # noqa: A004 - Redis's

from rekognition_async.config import RetryClock

TIMEOUT: Final = 0.5
"""Seconds that a slot may take to reserve, connecting included."""

_LEAST_HORIZON: Final = 60.0

# KEYS[1] holds the time of the next slot. All times are whole microseconds, and written with %.0f:
# tostring() keeps 14 digits, and a time has 16.
_RESERVE: Final = """\
local interval, late, refused, horizon = unpack(ARGV)
local time = redis.call("TIME")
local now = time[1] * 1000000 + time[2]
local next_slot = tonumber(redis.call("GET", KEYS[1]) or 0)
if next_slot > now + horizon then next_slot = now end
local slot = math.max(next_slot, now - late) + refused * interval
next_slot = slot + interval
local lifetime = math.ceil((next_slot - now) / 1000) + 1000
redis.call("SET", KEYS[1], string.format("%.0f", next_slot), "PX", lifetime)
return slot - now
"""


class UnreachableError(Exception):
    """Redis gave no slot; the text names the kinds of errors, which hold no password."""

    def __init__(self, error: BaseException) -> None:
        """Takes the kinds of an error and of what caused it, and none of their texts."""
        kinds = [type(error).__name__]
        while (cause := error.__cause__ or error.__context__) is not None:
            error = cause
            kinds.append(type(error).__name__)
        super().__init__(" from ".join(dict.fromkeys(kinds)))


class RedisSlots:
    """Takes slots over one connection for each event loop, which closes with its loop."""

    def __init__(self, url: str, clock: RetryClock) -> None:
        """Checks the URL; nothing is opened yet.

        Args:
            url: As redis-py reads it.
            clock: Tells when a reservation has taken too long.

        Raises:
            ValueError: redis-py cannot use the URL.
        """
        self._url = url
        self._clock = clock
        self._opened: WeakKeyDictionary[asyncio.AbstractEventLoop, _LoopConnection]
        self._opened = WeakKeyDictionary()
        try:
            self.address = _address_of(url)
            self._pool().make_connection()  # type: ignore[no-untyped-call] # redis-py's own gap
        except (ValueError, TypeError):
            # Without the cause, which may quote a part of the password.
            raise ValueError(
                "url must be one of Redis, as redis://user:password@host:6379/0, rediss://… for "
                "TLS or unix://…, with redis-py's options after a '?'; in a password, what means "
                "something in a URL is percent-encoded"
            ) from None

    async def reserve(self, key: str, interval: float, *, late: float, refused: int) -> float:
        """Takes the next slot, in one round trip.

        Args:
            key: The key that the slots are counted under.
            interval: Seconds between two slots.
            late: Seconds by which a slot that nobody took in time may still be taken.
            refused: So many slots are left out before this one.

        Returns:
            The seconds until the slot; 0 for now.

        Raises:
            UnreachableError: Redis was not reached in time, or refused.
        """
        # A slot farther away comes of a server whose clock went back.
        horizon = max(_LEAST_HORIZON, 1000 * interval)
        arguments = [
            max(1, round(interval * 1e6)),
            round(late * 1e6),
            refused,
            round(horizon * 1e6),
        ]
        try:
            async with self._clock.timeout(TIMEOUT):
                connection = await self._connection()
                async with connection.in_use:
                    wait: int = await connection.reserve(keys=[key], args=arguments)
        except (RedisError, OSError) as error:
            raise UnreachableError(error) from None
        return max(0, wait) / 1e6

    async def aclose(self) -> None:
        """Closes the connection of this event loop; the next reservation opens another."""
        opened = self._opened.get(asyncio.get_running_loop())
        if opened is not None:
            await opened.aclose()

    async def in_background(self, work: Coroutine[None, None, None]) -> None:
        """Starts a task that does not outlive this event loop's connection."""
        tasks = (await self._connection()).tasks
        task = asyncio.create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def _connection(self) -> _LoopConnection:
        loop = asyncio.get_running_loop()
        if loop not in self._opened:
            self._opened[loop] = _LoopConnection(self._pool(), lambda: self._opened.pop(loop))
            await self._opened[loop].open()
        return self._opened[loop]

    def _pool(self) -> ConnectionPool:
        pool = ConnectionPool.from_url(
            self._url,
            max_connections=1,
            # A server that was started anew has closed the connection: that is no outage yet.
            retry=Retry(NoBackoff(), 1, supported_errors=(ConnectionError,)),
            retry_on_error=[ConnectionError],  # redis-py 5 wants it told twice
            protocol=2,
        )
        # `reserve` has a timeout over all. redis-py's own is an asyncio.wait_for around sending,
        # which loses cancellations before Python 3.12.
        pool.connection_kwargs |= {"socket_timeout": None, "socket_connect_timeout": None}
        return pool


def _address_of(url: str) -> str:
    """The URL without user, password and options."""
    parts = urlsplit(url)
    if "@" in f"{parts.path}{parts.query}{parts.fragment}":
        raise ValueError("a '/', '?' or '#' ended what was meant as a password")
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


class _LoopConnection:
    """One event loop's way to Redis, with what runs there in the background.

    An event loop closes the asynchronous generators that it has begun when it ends, as
    `asyncio.run` does: so one holds the connection open.
    """

    def __init__(self, pool: ConnectionPool, on_close: Callable[[], object]) -> None:
        self.reserve = Redis(connection_pool=pool).register_script(_RESERVE)
        self.in_use = asyncio.Lock()
        self.tasks: set[asyncio.Task[None]] = set()
        self._held = self._hold(pool, on_close)

    async def open(self) -> None:
        await anext(self._held)

    async def aclose(self) -> None:
        await self._held.aclose()

    async def _hold(
        self, pool: ConnectionPool, on_close: Callable[[], object]
    ) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            on_close()
            tasks = list(self.tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            async with self.in_use:
                await pool.disconnect()
