"""Waiters: polling an operation until a resource has a status, as boto's waiters do.

Each ``wait_for_...`` method of the client makes a `WaitCondition` and `PollSettings`, and hands
them to `wait_until`, whose polls wait for their turns as all calls do.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable
from typing import Final, Generic, NamedTuple

from rekognition_async.config import RetryClock
from rekognition_async.errors import (
    JobFailedError,
    RateLimitError,
    RekognitionError,
    RequestValidationError,
    ResourceNotFoundException,
    ServiceError,
    TransportError,
    WaitTimeoutError,
)
from rekognition_async.operation import R, Request

logger: Final = logging.getLogger("rekognition_async")

NOT_FOUND: Final = "NOT_FOUND"
"""Stands for the status of what is not there (yet)."""

_MAX_FAILED_POLLS: Final = 3


class WaitCondition(NamedTuple, Generic[R]):
    """What is waited for: the request that asks, and how to read its answers.

    Attributes:
        request: Asks for the status.
        status_of: The status that an answer tells; ``NOT_FOUND`` where it tells none.
        done: The statuses that end the wait well. All that is in neither set goes on.
        failed: The statuses from which nothing will come.
        reason_of: Why it failed, where an answer says so.
        may_be_missing: Whether a ResourceNotFoundException only means: not yet.
    """

    request: Request[R]
    status_of: Callable[[R], str | None]
    done: frozenset[str]
    failed: frozenset[str] = frozenset()
    reason_of: Callable[[R], str | None] = lambda _: None
    may_be_missing: bool = False


class PollSettings(NamedTuple):
    """How often and how long to ask.

    Attributes:
        poll_interval: Seconds between two polls.
        timeout: Seconds until the wait is given up; None never gives it up. A poll that is under
            way then has one more interval to be answered.
        jitter: The part of the interval by which it may be longer or shorter, 0 to 1.
    """

    poll_interval: float
    timeout: float | None
    jitter: float

    def check(self, operation: str) -> None:
        """Refuses what cannot be waited by.

        Raises:
            RequestValidationError: A number is out of its range.
        """
        problems: dict[str, str] = {}
        if not (_is_number(self.poll_interval) and 0 < self.poll_interval < math.inf):
            problems["poll_interval"] = _should_be("more than 0 seconds", self.poll_interval)
        if self.timeout is not None and not (_is_number(self.timeout) and self.timeout >= 0):
            problems["timeout"] = _should_be("at least 0 seconds, or None", self.timeout)
        if not (_is_number(self.jitter) and 0 <= self.jitter <= 1):
            problems["jitter"] = _should_be("from 0 to 1", self.jitter)
        if problems:
            raise RequestValidationError(operation, problems)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _should_be(rule: str, value: object) -> str:
    return f"input should be {rule}, got {value!r}"


async def wait_until(
    condition: WaitCondition[R],
    polling: PollSettings,
    *,
    send: Callable[[Request[R]], Awaitable[R]],
    clock: RetryClock,
    random: Callable[[], float],
) -> R:
    """Polls until the work is done.

    Args:
        condition: What is waited for.
        polling: How often and how long to ask.
        send: Sends one poll.
        clock: The time to wait by.
        random: Gives numbers from 0 to 1, for the jitter.

    Returns:
        The answer that told that the work is done.

    Raises:
        JobFailedError: The work has failed.
        WaitTimeoutError: The work was not done in time.
        RekognitionError: Three polls in a row failed, or one failed in a way that stays.
    """
    polling.check(condition.request.operation)
    progress = _Progress(condition, polling, clock)
    while True:
        try:
            async with clock.timeout(progress.poll_timeout()):
                response = await send(condition.request)
        except TimeoutError as late:
            raise progress.timeout_error() from late
        except (ServiceError, TransportError, RateLimitError) as error:
            progress.note_failure(error)
        else:
            if progress.is_done(response):
                return response
        await clock.sleep(progress.delay(random()))


class _Progress(Generic[R]):
    """What the polls of one wait have told so far."""

    def __init__(
        self, condition: WaitCondition[R], polling: PollSettings, clock: RetryClock
    ) -> None:
        self._condition = condition
        self._polling = polling
        self._clock = clock
        self._begin = clock.monotonic()
        self._status = "not known"
        self._failures: list[RekognitionError] = []

    def _left(self) -> float:
        if self._polling.timeout is None:
            return math.inf
        return self._polling.timeout - (self._clock.monotonic() - self._begin)

    def poll_timeout(self) -> float | None:
        """The seconds that a poll may take; None for no limit."""
        left = max(self._left(), self._polling.poll_interval)
        return left if left < math.inf else None

    def timeout_error(self) -> WaitTimeoutError:
        """The error for a wait that took too long."""
        limit = self._polling.timeout
        return WaitTimeoutError(
            self._condition.request.operation,
            self._status,
            timeout=math.inf if limit is None else limit,
        )

    def note_failure(self, error: ServiceError | TransportError | RateLimitError) -> None:
        """Takes a poll that failed into account; raises what ends the wait."""
        if self._condition.may_be_missing and isinstance(error, ResourceNotFoundException):
            self._status = NOT_FOUND
            self._failures.clear()
            return
        self._failures.append(error)
        if not _may_pass(error) or len(self._failures) >= _MAX_FAILED_POLLS:
            raise error
        operation = self._condition.request.operation
        logger.warning("%s failed while waiting, asking again: %s", operation, error)

    def is_done(self, response: R) -> bool:
        """Whether an answer tells that the work is done; raises where it has failed."""
        condition = self._condition
        self._failures.clear()
        self._status = status = condition.status_of(response) or NOT_FOUND
        if status in condition.failed:
            reason = condition.reason_of(response)
            raise JobFailedError(condition.request.operation, status, message=reason)
        return status in condition.done

    def delay(self, chance: float) -> float:
        """The seconds until the next poll; raises where there is no time left for one."""
        left = self._left()
        if left <= 0:
            raise self.timeout_error() from (self._failures[-1] if self._failures else None)
        polling = self._polling
        # The last poll comes at the very end, not an interval before it.
        return min(polling.poll_interval * (1 + polling.jitter * (2 * chance - 1)), left)


def _may_pass(error: RekognitionError) -> bool:
    return not isinstance(error, ServiceError) or error.retryable
