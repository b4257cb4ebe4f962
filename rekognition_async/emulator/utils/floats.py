"""Single-precision floats, written as doubles: Rekognition's numbers are such.

What is made up or computed goes through `single` before it is answered.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Final

_SINGLE: Final = struct.Struct("f")


def single(number: float) -> float:
    """A number of single precision, as in 99.9 being 99.9000015258789."""
    value: float = _SINGLE.unpack(_SINGLE.pack(number))[0]
    return value


def read_back(number: float) -> float:
    """A number as it comes out of a collection: of six digits, and then of single precision."""
    return single(float(f"{number:.6g}"))


def read_back_all(numbers: Mapping[str, float]) -> dict[str, float]:
    """The members of a structure of numbers, such as a BoundingBox; see `read_back`."""
    return {name: read_back(number) for name, number in numbers.items()}
