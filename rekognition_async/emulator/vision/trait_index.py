"""Finds what may be a copy, of very many pictures, without comparing it with each.

A `TraitIndex` keeps what pictures are compared by under numbers of the caller's; whoever asks it
compares the few that it names. `FingerprintIndex` is the one for perceptual fingerprints.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Final, Protocol

from rekognition_async.emulator.vision.fingerprints import (
    COLOURS,
    MAX_COLOUR_DIFFERENCE,
    Fingerprint,
)

_CHANNELS: Final = 3
# Colours that are so far apart on average are so far apart in sum.
_MAX_DISTANCE: Final = int(MAX_COLOUR_DIFFERENCE * COLOURS)


class TraitIndex(Protocol):
    """Finds what may be alike by its trait: a text that it is compared by."""

    def __len__(self) -> int:
        """How many traits were added."""
        ...

    def add(self, number: int, trait: str) -> None:
        """Adds a trait under a number."""
        ...

    def candidates(self, trait: str) -> Sequence[int]:
        """The numbers of all traits that are like this one, and perhaps of some that are not."""
        ...


class FingerprintIndex:
    """A `TraitIndex` of fingerprints, as `Fingerprint.encoded` writes them.

    It needs numpy to be fast, which is there wherever pictures can be decoded; without, it names
    all that it has.
    """

    def __init__(self) -> None:
        """Begins empty."""
        # A column each: a million of them are gone through in a few milliseconds.
        self._numbers = array("q")
        self._colours = bytearray()
        self._sums = tuple(array("h") for _ in range(_CHANNELS))
        self._are_flat = array("b")
        self._sizes = array("q")
        self._by_pixels: dict[str, list[int]] = {}
        self._known_sizes: dict[str, int] = {"": 0}

    def __len__(self) -> int:
        """How many fingerprints were added."""
        return len(self._numbers)

    def add(self, number: int, trait: str) -> None:
        """Adds a fingerprint under a number."""
        fingerprint = Fingerprint.decoded(trait)
        self._numbers.append(number)
        self._colours += fingerprint.colours
        for sums, value in zip(self._sums, _sums_of(fingerprint), strict=True):
            sums.append(value)
        self._are_flat.append(fingerprint.is_flat)
        size = fingerprint.size
        self._sizes.append(self._known_sizes.setdefault(size, len(self._known_sizes)))
        if fingerprint.pixels:
            self._by_pixels.setdefault(fingerprint.pixels, []).append(number)

    def candidates(self, trait: str) -> Sequence[int]:
        """The numbers of all fingerprints that match this one, and perhaps of some that do not."""
        try:
            import numpy as np  # noqa: PLC0415 - it takes long to load
        except ImportError:
            return self._numbers
        fingerprint = Fingerprint.decoded(trait)
        same_pixels = self._by_pixels.get(fingerprint.pixels, [])
        if not self._numbers:
            return same_pixels
        distance = np.zeros(len(self), np.int16)
        for sums, value in zip(self._sums, _sums_of(fingerprint), strict=True):
            distance += np.abs(np.frombuffer(sums, np.int16) - np.int16(value))
        is_near = distance <= _MAX_DISTANCE
        is_near &= np.frombuffer(self._are_flat, np.int8) == fingerprint.is_flat
        if fingerprint.pixels:
            # PNGs of one size are copies with the same pixels, or none.
            size = self._known_sizes.get(fingerprint.size, -1)
            is_near &= np.frombuffer(self._sizes, np.int64) != size
        near = np.flatnonzero(is_near)
        colours = np.frombuffer(self._colours, np.uint8).reshape(-1, COLOURS)[near]
        mine = np.frombuffer(fingerprint.colours, np.uint8).astype(np.int16)
        near = near[np.abs(colours - mine).sum(axis=1) <= _MAX_DISTANCE]
        return [*same_pixels, *np.frombuffer(self._numbers, np.int64)[near].tolist()]


def _sums_of(fingerprint: Fingerprint) -> Sequence[int]:
    """The sums of the red, the green and the blue of a picture's fields."""
    return [sum(fingerprint.colours[channel::_CHANNELS]) for channel in range(_CHANNELS)]
