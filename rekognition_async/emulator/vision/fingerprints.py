"""Perceptual fingerprints: whether two images are one, resized or compressed anew.

`decoding` computes the `Fingerprint` of an image; `Fingerprint.matches` compares two of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot
from typing import Final, Self

FIELDS_A_SIDE: Final = 4
FLAT_RANGE: Final = 8
"""A picture none of whose channels varies by more has no structure to speak of."""

_HASH_BITS: Final = 64
_HASH_DIGITS: Final = _HASH_BITS // 4
COLOURS: Final = 3 * FIELDS_A_SIDE**2
"""How many bytes the colours of a fingerprint have."""

# What was seen of copies, down to a quarter of the size and a JPEG quality of 30, against other
# pictures; tests/emulator/test_fingerprints.py repeats it. Hashes of copies differ in up to 8 bits,
# and of other pictures in 18 and more, where there is structure; those of gradients say nothing.
_MAX_DIFFERING_BITS: Final = 12
# Colours of copies are off by up to 2.4 of 255 on average, and of other flat pictures by 8.
MAX_COLOUR_DIFFERENCE: Final = 4.0
# Gradients and the like, in which a copy follows the colours of the other all the way.
_MIN_CORRELATION: Final = 0.9


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is kept of a picture to know it again.

    Attributes:
        structure: A perceptual hash of 64 bits.
        colours: The mean red, green and blue of the fields of a grid, row by row.
        is_flat: Whether it is of one colour.
        pixels: Of a PNG, its size and a digest of its pixels; empty of a JPEG, which changes them.
    """

    structure: int
    colours: bytes
    is_flat: bool
    pixels: str = ""

    @property
    def size(self) -> str:
        """The size of a PNG; empty of a JPEG."""
        return self.pixels.partition(":")[0]

    def matches(self, other: Fingerprint) -> bool:
        """Whether the pictures are one and the same, perhaps scaled or compressed anew."""
        if self.pixels and self.size == other.size:
            # Two PNGs of one size are copies with every pixel, or none: charts, cards and pages of
            # text may be of different words, and look the same from afar.
            return self.pixels == other.pixels
        if self.is_flat is not other.is_flat or self._colours_off(other) > MAX_COLOUR_DIFFERENCE:
            return False
        return (
            self.is_flat
            or (self.structure ^ other.structure).bit_count() <= _MAX_DIFFERING_BITS
            or self._correlation(other) >= _MIN_CORRELATION
        )

    def encoded(self) -> str:
        """The fingerprint as text; see `decoded`."""
        return f"{self.structure:0{_HASH_DIGITS}x}{self.colours.hex()}{self.is_flat:d}{self.pixels}"

    @classmethod
    def decoded(cls, text: str) -> Self:
        """A fingerprint that was made text by `encoded`."""
        colours_end = _HASH_DIGITS + 2 * COLOURS
        return cls(
            int(text[:_HASH_DIGITS], 16),
            bytes.fromhex(text[_HASH_DIGITS:colours_end]),
            text[colours_end] == "1",
            text[colours_end + 1 :],
        )

    def _colours_off(self, other: Fingerprint) -> float:
        pairs = zip(self.colours, other.colours, strict=True)
        return sum(abs(mine - theirs) for mine, theirs in pairs) / COLOURS

    def _correlation(self, other: Fingerprint) -> float:
        mine, theirs = _without_mean(self.colours), _without_mean(other.colours)
        length = hypot(*mine) * hypot(*theirs)
        return sum(x * y for x, y in zip(mine, theirs, strict=True)) / length if length else 0.0


def _without_mean(colours: bytes) -> list[float]:
    """The colours as offsets from each channel's mean."""
    means = [sum(colours[channel::3]) * 3 / COLOURS for channel in range(3)]
    return [value - means[index % 3] for index, value in enumerate(colours)]
