"""Latencies: how many seconds the emulator waits before it answers an operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from rekognition_async.emulator.protocol.messages import service_model

Latency: TypeAlias = float | Mapping[str, float]
"""Seconds before each answer, or seconds by operation, where ``"*"`` stands for all others."""


def validate_latency(latency: Latency) -> Mapping[str, float]:
    """Seconds by operation.

    Args:
        latency: Seconds, or seconds by operation, where ``"*"`` stands for all that are not named.

    Raises:
        ValueError: An operation does not exist, or a number is negative.
    """
    by_operation = dict(latency) if isinstance(latency, Mapping) else {"*": latency}
    for operation, seconds in by_operation.items():
        if operation != "*" and operation not in service_model().operation_names:
            raise ValueError(f"latency names no operation of Rekognition: {operation!r}")
        if not seconds >= 0:
            raise ValueError(f"the latency of {operation} must be at least 0, got {seconds!r}")
    return by_operation
