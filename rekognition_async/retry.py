"""The retry decision: which failure is tried again, how long after, and from which budget.

`decide` and `backoff` are pure functions, with time and random numbers handed in; the handlers in
``_botocore.events`` call them after each attempt.
"""

from __future__ import annotations

import email.utils
import math
from collections.abc import Mapping
from typing import Final, NamedTuple

from rekognition_async.config import RetryPolicy

# AWS's standard mode charges these: botocore.retries.standard.RetryQuotaChecker.
RETRY_COST: Final = 5
TIMEOUT_RETRY_COST: Final = 10
SUCCESS_REFUND: Final = 1


class Failure(NamedTuple):
    """One failed attempt.

    Attributes:
        cause: The error that surfaces if there is no retry.
        retryable: Whether a retry may cure it.
        throttled: Whether the service asked to slow down.
        timed_out: Whether the attempt ended by a timeout, which costs the budget double.
        retry_after: The seconds that the service asked to wait.
    """

    cause: Exception
    retryable: bool
    throttled: bool = False
    timed_out: bool = False
    retry_after: float = 0.0


class RetryBudget:
    """Tokens that all calls of a client draw on for their retries."""

    def __init__(self, capacity: int | None) -> None:
        self._capacity = capacity
        self._available = capacity or 0

    def withdraw(self, failure: Failure) -> int | None:
        """What a retry after this failure costs, taken from the budget; None if it cannot pay."""
        cost = TIMEOUT_RETRY_COST if failure.timed_out else RETRY_COST
        if self._capacity is not None:
            if cost > self._available:
                return None
            self._available -= cost
        return cost

    def refund(self, cost: int) -> None:
        """Gives back after a success: what its last retry cost, or a little if it had none."""
        if self._capacity is not None:
            self._available = min(self._capacity, self._available + (cost or SUCCESS_REFUND))


def backoff(policy: RetryPolicy, attempt: int, failure: Failure) -> float:
    """The seconds to wait after this attempt: full jitter, and no less than was asked for."""
    # An exponent beyond the float range would overflow; 2**64 base delays exceed any max_delay.
    ceiling = min(policy.max_delay, policy.base_delay * 2.0 ** min(attempt - 1, 64))
    return max(policy.random() * ceiling, min(failure.retry_after, policy.max_delay))


def decide(
    policy: RetryPolicy, attempt: int, failure: Failure, *, remaining: float | None
) -> float | None:
    """The seconds until the next attempt, or None where this failure is final.

    Args:
        policy: The caller's settings.
        attempt: The number of the attempt that failed; the first is 1.
        failure: What went wrong.
        remaining: The seconds left until the call's deadline; None where it has none.
    """
    if not failure.retryable or attempt >= policy.max_attempts:
        return None
    delay = backoff(policy, attempt, failure)
    if remaining is not None and delay >= remaining:
        return None
    return delay


def retry_after(headers: Mapping[str, str], now: float) -> float:
    """The seconds that a response's headers ask to wait; 0 where they ask nothing readable.

    Args:
        headers: The response's headers under lower-case names.
        now: The epoch seconds to measure a date against where the response has no Date.
    """
    milliseconds = _number(headers.get("x-amz-retry-after"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = _number(value)
    if seconds is not None:
        return seconds
    until = _epoch(value)
    if until is None:
        return 0.0
    # The server's own clock, where it tells it: ours may be skewed.
    sent = _epoch(headers.get("date"))
    return max(0.0, until - (now if sent is None else sent))


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _epoch(text: str | None) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(text or "").timestamp()
    except (ValueError, OverflowError):
        return None
