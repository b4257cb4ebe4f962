"""Paces calls at quotas that are known: a generic cell rate algorithm, with no bursts."""

from __future__ import annotations

from collections.abc import Callable

from rekognition_async.rate_limiting.pacing import LATEST_SLOT
from rekognition_async.rate_limiting.quotas import Quotas


class FixedRates:
    """The rate limiter of one client, for quotas that nobody else uses."""

    def __init__(self, quotas: Quotas, monotonic: Callable[[], float]) -> None:
        """Takes the quotas, and the time to keep them by."""
        self._quotas = quotas
        self._monotonic = monotonic
        self._next: dict[tuple[str, str], float] = {}

    async def reserve(self, operation: str, region_name: str) -> float:
        """Takes the next slot; returns the seconds until it."""
        now = self._monotonic()
        slot = max(self._next.get((operation, region_name), now), now - LATEST_SLOT)
        self._next[operation, region_name] = slot + 1 / self._quotas.of(operation, region_name)
        return max(0.0, slot - now)

    def refused(self, operation: str, region_name: str) -> None:
        """Changes nothing: the quotas are what they were said to be."""

    def rate(self, operation: str, region_name: str) -> float:
        """The quota."""
        return self._quotas.of(operation, region_name)
