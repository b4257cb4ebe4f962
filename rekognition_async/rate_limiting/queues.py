"""The queues of a client, made from its setting ``quotas``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias, cast

from rekognition_async.config import Clock
from rekognition_async.quotas import default_quota
from rekognition_async.rate_limiting.fixed import FixedRates
from rekognition_async.rate_limiting.learned import LearnedRate
from rekognition_async.rate_limiting.limiter import RateLimiter
from rekognition_async.rate_limiting.pacing import LimiterPacing, Pacing
from rekognition_async.rate_limiting.queue import CallQueue
from rekognition_async.rate_limiting.quotas import Quotas

QuotasSetting: TypeAlias = (
    Literal["learned", "aws"] | Mapping[str, float | Literal["aws"]] | RateLimiter
)


class CallQueues:
    """A queue for each operation and region that is called."""

    def __init__(self, quotas: QuotasSetting, clock: Clock) -> None:
        """Takes what is known of the quotas, and the time to wait by.

        Raises:
            ValueError: A quota is out of its range, or of no operation.
            TypeError: The quotas are of another type.
        """
        self._pacing = _pacing_by(quotas, clock)
        self._clock = clock
        self._queues: dict[tuple[str, str], CallQueue] = {}

    def of(self, operation: str, region_name: str) -> CallQueue:
        """The queue of an operation in a region.

        Args:
            operation: AWS's name of the operation.
            region_name: The region.
        """
        queue = self._queues.get((operation, region_name))
        if queue is None:
            queue = CallQueue(operation, self._pacing(operation, region_name), self._clock)
            self._queues[operation, region_name] = queue
        return queue


def _pacing_by(quotas: object, clock: Clock) -> Callable[[str, str], Pacing]:
    if quotas == "learned":
        return lambda operation, region_name: LearnedRate(default_quota(operation, region_name))
    if isinstance(quotas, RateLimiter):
        limiter = quotas
    elif quotas == "aws" or isinstance(quotas, Mapping):
        known = Quotas(cast("Mapping[str, float]", quotas))
        limiter = FixedRates(known, clock.monotonic)
    else:
        error = ValueError if isinstance(quotas, str) else TypeError
        raise error(
            "quotas must be 'learned', 'aws', a mapping of operations to transactions a second, "
            f"a RateLimiter or None, got {quotas!r}"
        )
    return lambda operation, region_name: LimiterPacing(
        limiter, operation, region_name, clock.monotonic
    )
