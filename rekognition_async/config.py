"""Settings that do not change once made: retries, time, and how to reach the service."""

from __future__ import annotations

import asyncio
import inspect
import math
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession

if TYPE_CHECKING:
    from rekognition_async.observers import RetryDetails

__all__ = ["RetryClock", "RetryPolicy"]

DEFAULT_CONNECT_TIMEOUT: Final = 10.0
DEFAULT_READ_TIMEOUT: Final = 60.0
DEFAULT_MAX_POOL_CONNECTIONS: Final = 50
DEFAULT_MAX_RESPONSE_BYTES: Final = 64 * 2**20
READ_TIMEOUTS_AN_ATTEMPT: Final = 5
"""How many read timeouts an attempt may take where ``attempt_timeout`` does not say."""


class RetryClock(Protocol):
    """Time as the client uses it: a monotonic clock, sleeping and timeouts.

    Hand another one to `RetryPolicy` to test without waiting.
    """

    def monotonic(self) -> float:
        """Seconds that never go backwards."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Returns when so many seconds have passed."""
        ...

    def timeout(self, seconds: float | None) -> AbstractAsyncContextManager[object]:
        """Raises TimeoutError in its block after so many seconds; never, with None."""
        ...


class _SystemClock:
    def monotonic(self) -> float:
        # The time that the loop sleeps by, which passes where a test freezes the process's clocks.
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def timeout(self, seconds: float | None) -> AbstractAsyncContextManager[object]:
        return asyncio.timeout(seconds)


SYSTEM_CLOCK: Final[RetryClock] = _SystemClock()
_CLOCK_METHODS: Final = ("monotonic", "sleep", "timeout")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often, how soon and for how long a failed call is tried again.

    The wait before attempt n+1 is random between zero and ``base_delay * 2**(n-1)``, at most
    ``max_delay``. Where the service asks for a wait, by Retry-After or x-amz-retry-after, that is
    the least, up to ``max_delay``.

    An attempt that the service refuses for its pace goes back to its queue instead, and counts
    neither here nor for the budget; see ``quotas`` of `RekognitionClient`. With ``quotas=None`` it
    is a failure as any other.

    Attributes:
        max_attempts: How often a request is sent at most, the first time included and refusals for
            its pace left out; at least 1, which is no retry.
        base_delay: Seconds; the upper end of the first wait.
        max_delay: Seconds; no wait is longer.
        budget: Tokens for retries that all calls of a client share, as in AWS's standard mode: a
            retry takes 5, after a timeout 10, and a success gives back. When they are used up,
            errors surface at once, so that a service in trouble does not get its traffic many
            times over. None is no limit.
        on_retry: Called before each wait. A hook that raises is logged and changes nothing.
        clock: The time to wait by.
        random: Gives numbers from 0 to 1, for the jitter.
    """

    max_attempts: int = 8
    _: KW_ONLY
    base_delay: float = 0.2
    max_delay: float = 20.0
    budget: int | None = 500
    on_retry: Callable[[RetryDetails], object] | None = None
    clock: RetryClock = field(default=SYSTEM_CLOCK, repr=False)
    random: Callable[[], float] = field(default=random.random, repr=False)

    def __post_init__(self) -> None:
        """Checks every setting.

        Raises:
            ValueError: A setting is out of its range; the text names it, its value and the limit.
            TypeError: A setting is of another type.
        """
        if type(self.max_attempts) is not int:
            raise TypeError(f"max_attempts must be an int, got {self.max_attempts!r}")
        if self.max_attempts < 1:
            raise ValueError(
                f"max_attempts must be at least 1 (which is no retry), got {self.max_attempts}"
            )
        check_seconds("base_delay", self.base_delay)
        check_seconds("max_delay", self.max_delay)
        if self.max_delay < self.base_delay:
            raise ValueError(
                f"max_delay must be at least base_delay ({self.base_delay}), got {self.max_delay}"
            )
        if self.budget is not None:
            if type(self.budget) is not int:
                raise TypeError(f"budget must be an int or None, got {self.budget!r}")
            if self.budget < 0:
                raise ValueError(f"budget must be at least 0, got {self.budget}")
        if self.on_retry is not None:
            if not callable(self.on_retry):
                raise TypeError(f"on_retry must be callable, got {self.on_retry!r}")
            if inspect.iscoroutinefunction(self.on_retry):
                raise TypeError("on_retry must be a plain function: nothing awaits it")
        _check_clock(self.clock)


def _check_clock(clock: object) -> None:
    missing = [name for name in _CLOCK_METHODS if not callable(getattr(clock, name, None))]
    if missing:
        raise TypeError(
            f"clock must be a RetryClock, got {type(clock).__name__} without {', '.join(missing)}"
        )


def check_whole_number(name: str, value: object) -> None:
    """Refuses what is not a whole number of at least 1."""
    if type(value) is not int:
        raise TypeError(f"{name} must be an int, got {value!r}")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value}")


def check_seconds(name: str, value: object, *, above_zero: bool = False) -> None:
    """Refuses what is not a finite, non-negative number of seconds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be a number of seconds, got {value!r}")
    if not math.isfinite(value) or value < 0 or (above_zero and value == 0):
        least = "more than 0" if above_zero else "at least 0"
        raise ValueError(f"{name} must be {least} seconds and finite, got {value!r}")


# Without a repr, which would show secrets.
@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class ConnectionSettings:
    """How to reach the service, as the client was told."""

    region_name: str | None = None
    endpoint_url: str | None = None
    profile_name: str | None = None
    aws_access_key_id: str | None = None
    aws_secret_access_key: str | None = None
    aws_session_token: str | None = None
    connect_timeout: float = DEFAULT_CONNECT_TIMEOUT
    read_timeout: float = DEFAULT_READ_TIMEOUT
    max_pool_connections: int = DEFAULT_MAX_POOL_CONNECTIONS
    config: AioConfig | None = None
    session: AioSession | None = None

    def __post_init__(self) -> None:
        """Checks what can be checked before anything is opened."""
        check_seconds("connect_timeout", self.connect_timeout, above_zero=True)
        check_seconds("read_timeout", self.read_timeout, above_zero=True)
        check_whole_number("max_pool_connections", self.max_pool_connections)
        if (self.aws_access_key_id is None) != (self.aws_secret_access_key is None):
            missing = "secret_access_key" if self.aws_access_key_id else "access_key_id"
            raise ValueError(f"aws_{missing} is missing: access key id and secret go together")
        if self.aws_session_token is not None and self.aws_access_key_id is None:
            raise ValueError("aws_session_token needs aws_access_key_id and aws_secret_access_key")
        if self.session is not None and self.profile_name is not None:
            raise ValueError("profile_name and session exclude each other: a session has a profile")
