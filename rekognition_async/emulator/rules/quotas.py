"""The quotas, in transactions a second, kept by a token bucket for each operation.

`RateLimiter.try_acquire` is asked before an operation is done; where it says no, the call is
answered ProvisionedThroughputExceededException.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final, Literal, Protocol, TypeAlias

from rekognition_async.emulator.protocol.caller import Caller
from rekognition_async.emulator.protocol.messages import service_model
from rekognition_async.emulator.utils.clock import Clock
from rekognition_async.quotas import default_quota

Quotas: TypeAlias = Mapping[str, float] | Literal["aws"] | None
"""Transactions a second by operation, where ``"*"`` stands for all others; ``"aws"`` for AWS's
defaults; None for no quotas."""
QuotaWindow: TypeAlias = Literal["bucket", "fixed", "sliding"]

# Times are floats: what is due by this many seconds is due.
_ROUNDING: Final = 1e-6


class RateLimiter:
    """Counts calls against their quotas; each account has its own in each region."""

    def __init__(
        self,
        quotas: Quotas,
        clock: Clock,
        *,
        window: QuotaWindow = "bucket",
        burst: float = 1.0,
    ) -> None:
        """Takes the quotas and the time they refill by.

        Args:
            quotas: See `replace`.
            clock: The emulator's clock.
            window: How calls are counted: in a token bucket, in windows that follow one another,
                or in the window that ends now.
            burst: So many seconds' worth of a quota may come at once: the size of the bucket, or
                the length of the windows.

        Raises:
            ValueError: An operation does not exist, a quota is not above 0, or there is no such
                window or burst.
        """
        if window not in _WINDOWS:
            raise ValueError(f"quota_window must be one of {', '.join(_WINDOWS)}, got {window!r}")
        if not (math.isfinite(burst) and burst > 0):
            raise ValueError(f"burst must be above 0 seconds and finite, got {burst!r}")
        self._clock = clock
        self._window = _WINDOWS[window]
        self._burst = burst
        self.replace(quotas)

    @property
    def quotas(self) -> Quotas:
        """The quotas in force."""
        return self._quotas

    def replace(self, quotas: Quotas) -> None:
        """Puts other quotas into force; none of them is used up.

        Args:
            quotas: None for no quotas, ``"aws"`` for AWS's defaults, or transactions a second by
                operation, where ``"*"`` stands for all that are not named.

        Raises:
            ValueError: An operation does not exist, or a quota is not above 0.
        """
        if isinstance(quotas, str) and quotas != "aws":
            raise ValueError(f"quotas must be None, 'aws' or a mapping, got {quotas!r}")
        if isinstance(quotas, Mapping):
            for operation, rate in quotas.items():
                if operation != "*" and operation not in service_model().operation_names:
                    raise ValueError(f"quotas name no operation of Rekognition: {operation!r}")
                if not rate > 0:
                    raise ValueError(f"the quota of {operation} must be above 0, got {rate!r}")
        self._quotas: Quotas = quotas
        self._windows: dict[tuple[Caller, str], _Window] = {}

    def try_acquire(self, operation: str, caller: Caller) -> bool:
        """Counts a call where its quota allows it, and tells whether it does."""
        rate = self._rate(operation, caller.region_name)
        if rate is None:
            return True
        now = self._clock.time()
        window = self._windows.get((caller, operation))
        if window is None:
            window = self._windows[caller, operation] = self._window(rate, self._burst, now)
        return window.take(now)

    def _rate(self, operation: str, region_name: str) -> float | None:
        if self._quotas is None:
            return None
        if isinstance(self._quotas, str):
            return default_quota(operation, region_name)
        return self._quotas.get(operation, self._quotas.get("*"))


class _Window(Protocol):
    """What counts the calls of one operation."""

    def take(self, now: float) -> bool:
        """Whether a call may come now; if so, it counts."""
        ...


class _Bucket:
    """A burst may come at once; then calls come at the rate."""

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._size = self._left = max(rate * burst, 1)
        self._since = now

    def take(self, now: float) -> bool:
        self._left = min(self._size, self._left + (now - self._since) * self._rate)
        self._since = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class _FixedWindow:
    """A burst may come in each window, and the next window begins when one is over."""

    def __init__(self, rate: float, burst: float, _: float) -> None:
        self._most, self._seconds = _whole(rate, burst)
        self._number = -1
        self._taken = 0

    def take(self, now: float) -> bool:
        number = math.floor((now + _ROUNDING) / self._seconds)
        if number != self._number:
            self._number, self._taken = number, 0
        if self._taken >= self._most:
            return False
        self._taken += 1
        return True


class _SlidingWindow:
    """At no time has there been more than a burst in the seconds before."""

    def __init__(self, rate: float, burst: float, _: float) -> None:
        most, self._seconds = _whole(rate, burst)
        self._taken: deque[float] = deque(maxlen=most)

    def take(self, now: float) -> bool:
        taken = self._taken
        if len(taken) == taken.maxlen and now - taken[0] < self._seconds - _ROUNDING:
            return False
        taken.append(now)
        return True


def _whole(rate: float, burst: float) -> tuple[int, float]:
    """How many calls a window has, at least one, and its seconds: the quota is kept to the full."""
    most = max(math.floor(rate * burst + _ROUNDING), 1)
    return most, most / rate


_WINDOWS: Final[Mapping[str, Callable[[float, float, float], _Window]]] = {
    "bucket": _Bucket,
    "fixed": _FixedWindow,
    "sliding": _SlidingWindow,
}
