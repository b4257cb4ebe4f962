"""Quotas as they are told: AWS's defaults, or an account's own by operation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, Literal

from rekognition_async import models
from rekognition_async.quotas import default_quota

EVERY_OTHER: Final = "*"


class Quotas:
    """The quotas of an account, in transactions a second."""

    def __init__(self, quotas: Literal["aws"] | Mapping[str, float | Literal["aws"]]) -> None:
        """Reads and checks the quotas.

        Args:
            quotas: ``"aws"`` for AWS's default quotas of the region, or transactions a second by
                operation, as in ``{"IndexFaces": 200, "*": "aws"}``. ``"*"`` stands for the
                operations that are not named; without it they have AWS's defaults.

        Raises:
            ValueError: An operation does not exist, or a quota is not a finite number above 0.
            TypeError: The quotas, or one of them, are of another type.
        """
        if isinstance(quotas, str):
            if quotas != "aws":
                raise ValueError(f"quotas must be 'aws' or a mapping, got {quotas!r}")
            quotas = {}
        if not isinstance(quotas, Mapping):
            raise TypeError(f"quotas must be 'aws' or a mapping, got {type(quotas).__name__}")
        for operation, quota in quotas.items():
            _check(operation, quota)
        self._by_operation = dict(quotas)

    def of(self, operation: str, region_name: str) -> float:
        """The quota of an operation in a region.

        Args:
            operation: AWS's name of the operation.
            region_name: The region, which AWS's defaults depend on.
        """
        quota = self._by_operation.get(operation, self._by_operation.get(EVERY_OTHER, "aws"))
        return default_quota(operation, region_name) if isinstance(quota, str) else quota


def _check(operation: object, quota: object) -> None:
    if operation != EVERY_OTHER and f"{operation}Request" not in models.__all__:
        raise ValueError(
            f"quotas name {operation!r}, which is no operation of Rekognition; "
            "operations have AWS's names, as in 'IndexFaces'"
        )
    if quota == "aws":
        return
    if isinstance(quota, bool) or not isinstance(quota, int | float):
        raise TypeError(f"quotas[{operation!r}] must be a number or 'aws', got {quota!r}")
    if not (math.isfinite(quota) and quota > 0):
        raise ValueError(
            f"quotas[{operation!r}] must be above 0 transactions a second and finite, got {quota!r}"
        )
