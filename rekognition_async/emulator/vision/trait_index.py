"""Finds what may be alike, among very many pictures or faces, without comparing it with each.

An index keeps what they are compared by under numbers of the caller's; whoever asks it compares the
few that it names. `FingerprintIndex` is the one of pictures, `VectorIndex` that of faces. Both need
numpy to be fast, which is there wherever pictures can be decoded; without, they name all that they
have.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from rekognition_async.emulator.vision.fingerprints import (
    COLOURS,
    MAX_COLOUR_DIFFERENCE,
    Fingerprint,
)
from rekognition_async.emulator.vision.identities import least_cosine, vector_bytes

_CHANNELS: Final = 3
# Colours that are so far apart on average are so far apart in sum.
_MAX_DISTANCE: Final = int(MAX_COLOUR_DIFFERENCE * COLOURS)
# A block is gone through in about a millisecond.
_BLOCK_BYTES: Final = 4 * 1024 * 1024
# What single precision may take from a cosine, of the longest vectors, and more.
_MAX_COSINE_ERROR: Final = 1e-3


class FingerprintIndex:
    """Finds fingerprints, as `Fingerprint.encoded` writes them, that may match one."""

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


class _Block(NamedTuple):
    """Vectors of one length, one behind the other, and their numbers."""

    numbers: array[int]
    vectors: bytearray


class VectorIndex:
    """Finds vectors, as `encode_vector` writes them, that may be as alike as is asked for."""

    def __init__(self) -> None:
        """Begins empty."""
        # By the bytes of a vector, since only those of one length are compared.
        self._blocks: dict[int, list[_Block]] = {}

    def add(self, number: int, vector: str) -> None:
        """Adds a vector under a number."""
        content = vector_bytes(vector)
        blocks = self._blocks.setdefault(len(content), [])
        if not blocks or len(blocks[-1].vectors) + len(content) > _BLOCK_BYTES:
            blocks.append(_Block(array("q"), bytearray()))
        blocks[-1].numbers.append(number)
        blocks[-1].vectors.extend(content)

    def candidates(self, vector: str, least: float) -> Iterator[Sequence[int]]:
        """The numbers of all vectors that are so much like one, and perhaps of some that are less.

        Args:
            vector: The one.
            least: The least similarity, in percent.

        Yields:
            Those of some of the vectors, after about a millisecond each.
        """
        content = vector_bytes(vector)
        blocks = self._blocks.get(len(content), ())
        try:
            import numpy as np  # noqa: PLC0415 - it takes long to load
        except ImportError:
            yield from (block.numbers for block in blocks)
            return
        mine = np.frombuffer(content, "<f4")
        limit = least_cosine(least) - _MAX_COSINE_ERROR
        for block in blocks:
            # No view of a block outlives a turn: it could not grow meanwhile.
            cosines = np.frombuffer(block.vectors, "<f4").reshape(-1, len(mine)) @ mine
            yield np.frombuffer(block.numbers, np.int64)[cosines >= limit].tolist()
