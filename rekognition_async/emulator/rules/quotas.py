"""The quotas, in transactions a second, kept by a token bucket for each operation.

`RateLimiter.try_acquire` is asked before an operation is done; where it says no, the call is
answered ProvisionedThroughputExceededException.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from rekognition_async.emulator.protocol.caller import Caller
from rekognition_async.emulator.protocol.messages import service_model
from rekognition_async.emulator.utils.clock import Clock
from rekognition_async.quotas import default_quota

Quotas: TypeAlias = Mapping[str, float] | Literal["aws"] | None
"""Transactions a second by operation, where ``"*"`` stands for all others; ``"aws"`` for AWS's
defaults; None for no quotas."""


class RateLimiter:
    """Counts calls against their quotas; each account has its own in each region."""

    def __init__(self, quotas: Quotas, clock: Clock) -> None:
        """Takes the quotas and the time they refill by.

        Args:
            quotas: See `replace`.
            clock: The emulator's clock.

        Raises:
            ValueError: An operation does not exist, or a quota is not above 0.
        """
        self._clock = clock
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
        self._buckets: dict[tuple[Caller, str], _Bucket] = {}

    def try_acquire(self, operation: str, caller: Caller) -> bool:
        """Counts a call where its quota allows it, and tells whether it does."""
        rate = self._rate(operation, caller.region_name)
        if rate is None:
            return True
        now = self._clock.time()
        bucket = self._buckets.setdefault((caller, operation), _Bucket(max(rate, 1), now))
        return bucket.take(rate, now)

    def _rate(self, operation: str, region_name: str) -> float | None:
        if self._quotas is None:
            return None
        if isinstance(self._quotas, str):
            return default_quota(operation, region_name)
        return self._quotas.get(operation, self._quotas.get("*"))


@dataclass
class _Bucket:
    """A second's worth of calls may come at once; then they come at the rate."""

    left: float
    since: float

    def take(self, rate: float, now: float) -> bool:
        self.left = min(max(rate, 1), self.left + (now - self.since) * rate)
        self.since = now
        if self.left < 1:
            return False
        self.left -= 1
        return True
