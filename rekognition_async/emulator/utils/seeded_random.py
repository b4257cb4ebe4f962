"""Seeded random numbers: the same seed draws the same ones, on every version of Python.

What the emulator makes up comes from a `SeededRandom` of what it is about, such as the digest of an
image, so that asking again gives the same answer.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final, TypeVar

from rekognition_async.emulator.utils.floats import single
from rekognition_async.emulator.utils.identifiers import seed_of
from rekognition_async.emulator.utils.json_types import JsonObject

T = TypeVar("T")

_MARGIN: Final = 0.01


class SeededRandom:
    """Draws numbers, choices and boxes.

    It uses nothing of `random.Random` but `random()`, whose sequence Python promises to keep.
    """

    def __init__(self, *parts: object) -> None:
        """Takes what the draws depend on."""
        self._random = random.Random(seed_of(*parts))  # noqa: S311 - it has to repeat itself

    def number(self, low: float, high: float) -> float:
        """A number in a range, as the service has them: a float32 widened to a double."""
        return single(low + (high - low) * self._random.random())

    def count(self, least: int, most: int) -> int:
        """A whole number of a range, both ends included."""
        return least + int((most - least + 1) * self._random.random())

    def happens(self, probability: float) -> bool:
        """Whether something with this probability happens."""
        return self._random.random() < probability

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[self.count(0, len(items) - 1)]

    def some(self, items: Sequence[T], count: int) -> list[T]:
        """So many different items, or all that there are, in the order they stand in."""
        left = list(range(len(items)))
        chosen = [left.pop(self.count(0, len(left) - 1)) for _ in range(min(count, len(items)))]
        return [items[index] for index in sorted(chosen)]

    def box(self, width: tuple[float, float], height: tuple[float, float]) -> JsonObject:
        """A BoundingBox inside the picture.

        Args:
            width: The least and the greatest width, of the picture's.
            height: The least and the greatest height.
        """
        wide, high = self.number(*width), self.number(*height)
        left = self.number(_MARGIN, 1 - _MARGIN - wide)
        return {
            "Width": wide,
            "Height": high,
            "Left": left,
            "Top": self.number(_MARGIN, 1 - _MARGIN - high),
        }
