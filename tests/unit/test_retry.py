"""The retry decision, with time and chance handed in."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekognition_async import RetryDetails, RetryPolicy, TransportError
from rekognition_async.emulator import ManualClock
from rekognition_async.retry import (
    RETRY_COST,
    TIMEOUT_RETRY_COST,
    Failure,
    RetryBudget,
    backoff,
    decide,
    retry_after,
)

THROTTLED = Failure(TransportError("x", "X"), retryable=True, throttled=True)
FINAL = Failure(TransportError("x", "X"), retryable=False)


@pytest.mark.parametrize(
    ("settings", "error", "problem"),
    [
        ({"max_attempts": 0}, ValueError, "max_attempts must be at least 1"),
        ({"max_attempts": -1}, ValueError, "got -1"),
        ({"max_attempts": 2.0}, TypeError, "max_attempts must be an int"),
        ({"max_attempts": True}, TypeError, "max_attempts must be an int"),
        ({"base_delay": -0.1}, ValueError, "base_delay must be at least 0"),
        ({"base_delay": float("nan")}, ValueError, "finite"),
        ({"max_delay": float("inf")}, ValueError, "finite"),
        ({"max_delay": 0.1}, ValueError, "max_delay must be at least base_delay"),
        ({"base_delay": "1"}, TypeError, "base_delay must be a number"),
        ({"budget": -1}, ValueError, "budget must be at least 0"),
        ({"budget": 1.5}, TypeError, "budget must be an int"),
        ({"on_retry": 3}, TypeError, "on_retry must be callable"),
        (
            {"clock": ManualClock()},
            TypeError,
            "clock must be a RetryClock, got ManualClock without monotonic, timeout",
        ),
        ({"clock": time}, TypeError, "got module without timeout"),
        ({"clock": None}, TypeError, "got NoneType without monotonic, sleep, timeout"),
    ],
)
def test_a_policy_is_checked_when_made(
    settings: dict[str, object], error: type[Exception], problem: str
) -> None:
    """A setting that means nothing is an error that names it, never another meaning."""
    with pytest.raises(error, match=problem):
        RetryPolicy(**settings)  # type: ignore[arg-type] # wrong on purpose


def test_a_hook_that_nobody_would_await_is_refused() -> None:
    """A coroutine function as on_retry would never run, so it is refused."""

    async def hook(details: RetryDetails) -> None: ...

    with pytest.raises(TypeError, match="plain function"):
        RetryPolicy(on_retry=hook)


def test_a_policy_is_frozen() -> None:
    """A policy can be shared, for nobody can change it."""
    policy = RetryPolicy()
    with pytest.raises(AttributeError):
        policy.max_attempts = 3  # type: ignore[misc] # that it is refused is the test
    assert (policy.max_attempts, policy.max_delay) == (8, 20.0)


@given(
    attempt=st.integers(1, 10_000),
    chance=st.floats(0, 1, exclude_max=True),
    base=st.floats(0, 20),
    asked=st.floats(0, 1e9),
)
def test_a_wait_stays_between_what_was_asked_and_the_longest(
    attempt: int, chance: float, base: float, asked: float
) -> None:
    """Full jitter doubles its ceiling, heeds Retry-After, and never passes max_delay."""
    policy = RetryPolicy(base_delay=base, random=lambda: chance)
    failure = Failure(TransportError("x", "X"), retryable=True, retry_after=asked)
    delay = backoff(policy, attempt, failure)
    ceiling = min(20.0, base * 2.0 ** min(attempt - 1, 64))
    assert delay == max(chance * ceiling, min(asked, 20.0))
    assert 0 <= delay <= 20.0


def test_the_ceiling_doubles() -> None:
    """The longest waits are base_delay, twice that, four times, up to max_delay."""
    policy = RetryPolicy(base_delay=1, max_delay=5, random=lambda: 1.0)
    assert [backoff(policy, attempt, THROTTLED) for attempt in range(1, 6)] == [1, 2, 4, 5, 5]


def test_what_ends_the_retrying() -> None:
    """A final failure, the last attempt, and a wait that would pass the deadline."""
    policy = RetryPolicy(3, base_delay=1, random=lambda: 1.0)
    assert decide(policy, 1, THROTTLED, remaining=None) == 1
    assert decide(policy, 1, FINAL, remaining=None) is None
    assert decide(policy, 3, THROTTLED, remaining=None) is None
    assert decide(policy, 1, THROTTLED, remaining=1.5) == 1
    assert decide(policy, 1, THROTTLED, remaining=1.0) is None


def test_a_budget_runs_out_and_refills() -> None:
    """Retries pay, timeouts pay double, successes give back, and None never runs out."""
    timed_out = Failure(TransportError("x", "X"), retryable=True, timed_out=True)
    budget = RetryBudget(20)
    assert budget.withdraw(timed_out) == TIMEOUT_RETRY_COST
    assert budget.withdraw(THROTTLED) == RETRY_COST
    assert budget.withdraw(THROTTLED) == RETRY_COST
    assert budget.withdraw(THROTTLED) is None
    budget.refund(RETRY_COST)
    assert budget.withdraw(THROTTLED) == RETRY_COST
    for _ in range(RETRY_COST):
        budget.refund(0)
    assert budget.withdraw(THROTTLED) == RETRY_COST
    small = RetryBudget(RETRY_COST)
    small.refund(RETRY_COST)
    assert small.withdraw(THROTTLED) == RETRY_COST
    assert small.withdraw(THROTTLED) is None, "a success filled it past its capacity"
    unlimited = RetryBudget(None)
    assert all(unlimited.withdraw(THROTTLED) for _ in range(1000))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"retry-after": "3"}, 3),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "0.5"}, 0.5),
        ({"x-amz-retry-after": "0", "retry-after": "9"}, 0),
        ({"x-amz-retry-after": "1500"}, 1.5),
        ({"x-amz-retry-after": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Thu, 01 Jan 1970 00:01:40 GMT"}, 90),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:05 GMT"}, 0),
        (
            {
                "retry-after": "Thu, 01 Jan 1970 00:01:40 GMT",
                "date": "Thu, 01 Jan 1970 00:01:38 GMT",
            },
            2,
        ),
        ({"retry-after": "soon"}, 0),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "nan"}, 0),
        ({"x-amz-retry-after": "inf"}, 0),
    ],
)
def test_the_wait_that_headers_ask_for(headers: dict[str, str], seconds: float) -> None:
    """Seconds, milliseconds and dates are read; nonsense asks for nothing."""
    assert retry_after(headers, now=10.0) == seconds
