"""Quotas in transactions a second, as AWS grants them by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from rekognition_async.emulator.clock import Clock
from rekognition_async.emulator.protocol import service_model
from rekognition_async.emulator.signature import Caller

Quotas: TypeAlias = Mapping[str, float] | Literal["aws"] | None

LARGE_REGIONS: Final = frozenset({"us-east-1", "us-west-2", "eu-west-1"})
_LIVENESS_REGIONS: Final = frozenset({"us-east-1", "us-west-2"})

# Operations by name, or by how their names begin; the first line that fits counts.
# (in large regions, in the others); liveness has large regions of its own.
_DEFAULTS: Final = (
    (("StartProjectVersion", "StartStreamProcessor"), 5, 5),
    (("CompareFaces", "DetectFaces"), 100, 25),
    (("DetectProtectiveEquipment",), 5, 5),
    (("DetectCustomLabels",), 50, 50),
    (("GetCelebrityInfo",), 50, 5),
    (("GetFaceLivenessSessionResults", "CreateFaceLivenessSession"), 25, 5),
    (("Detect", "RecognizeCelebrities", "IndexFaces", "ListFaces", "Search"), 50, 5),
    (("TagResource", "UntagResource", "ListTagsForResource"), 10, 10),
    (("Get",), 20, 5),
)
_REST: Final = 5


def default_quota(operation: str, region_name: str) -> float:
    """AWS's default quota of an operation, in transactions a second.

    Args:
        operation: AWS's name of the operation.
        region_name: The region; three large ones have more.
    """
    large = _LIVENESS_REGIONS if "Liveness" in operation else LARGE_REGIONS
    for names, in_large, in_others in _DEFAULTS:
        if operation.startswith(names):
            return in_large if region_name in large else in_others
    return _REST


class Throttle:
    """Refuses calls beyond a quota; each account has its own in each region."""

    def __init__(self, quotas: Quotas, clock: Clock) -> None:
        """Takes the quotas and the time they refill by.

        Args:
            quotas: None for no quotas, ``"aws"`` for AWS's defaults, or transactions a second by
                operation, where ``"*"`` stands for all that are not named.
            clock: The emulator's clock.

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
        self._quotas = quotas
        self._clock = clock
        self._buckets: dict[tuple[Caller, str], _Bucket] = {}

    def lets_pass(self, operation: str, caller: Caller) -> bool:
        """Whether a call is within its quota; if so, it counts."""
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
