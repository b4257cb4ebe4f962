"""How large and how small a picture may be, by operation.

AWS documents these: https://docs.aws.amazon.com/rekognition/latest/dg/limits.html. The emulator
refuses what is beyond them, and `prepare_image` keeps within them. ``codegen`` takes the bytes
from here, which the service model has for all operations alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

MAX_PIXELS: Final = 200_000_000
"""Pixels of the largest picture that is decoded: the largest sensors of phones have as many."""


class PictureLimits(NamedTuple):
    """What an operation takes.

    Attributes:
        max_bytes: The largest file within a request.
        min_side: Pixels that each side has at least.
        max_side: Pixels that each side has at most; None where no limit is documented.
    """

    max_bytes: int = 5_242_880
    min_side: int = 80
    max_side: int | None = None


ANY_OPERATION: Final = PictureLimits(max_side=10_000)
"""What every operation takes that has no limits of its own, and those that look for labels."""

OWN_LIMITS: Final[Mapping[str, PictureLimits]] = {
    "DetectCustomLabels": PictureLimits(max_bytes=4_194_304),
    "DetectLabels": PictureLimits(max_side=10_000),
    "DetectModerationLabels": PictureLimits(max_side=10_000),
    "DetectProtectiveEquipment": PictureLimits(max_bytes=4_194_304, min_side=64, max_side=4096),
}
"""The limits of the operations that do not share the others'."""

_COMMON: Final = PictureLimits()


def limits_of(operation: str) -> PictureLimits:
    """The limits of an operation, by AWS's name of it."""
    return OWN_LIMITS.get(operation, _COMMON)
