"""Identities of faces: whose face it is, and how similar two faces are.

An `Identity` is kept with each face of a collection, and searches compare it with others.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from rekognition_async.emulator.utils.floats import read_back
from rekognition_async.emulator.utils.identifiers import seed_of
from rekognition_async.emulator.vision.fingerprints import Fingerprint

# 48 bits are whole numbers in SQLite and in any JSON.
_SEED_BITS: Final = 48
_SPREAD: Final = 0x9E3779B97F4A7C15
_WORD: Final = (1 << 64) - 1
_STEPS: Final = 1 << 16

MAX_OF_STRANGERS: Final = 30.0
"""How alike two persons are at most, in percent."""

_decoded: Final = lru_cache(maxsize=4096)(Fingerprint.decoded)


class Identity(NamedTuple):
    """What tells a face from others; a collection keeps it with the face.

    Attributes:
        person: Who it is, where the user declared that. Otherwise the face is the picture's.
        image_id: The id of the picture it is on.
        seed: A number of 48 bits that is the face's own.
        fingerprint: `Fingerprint.encoded` of the picture, where there is one and no person.
        place: Which of the undeclared faces of the picture it is, from 0: each is somebody else's.
    """

    person: str | None
    image_id: str
    seed: int
    fingerprint: str | None = None
    place: int = 0

    @classmethod
    def of(
        cls, person: str | None, image_id: str, fingerprint: Fingerprint | None, place: int = 0
    ) -> Identity:
        """The identity of a face on a picture."""
        seed = seed_of("face", person or "", image_id, place) % (1 << _SEED_BITS)
        if person is not None or fingerprint is None:
            return cls(person, image_id, seed, place=place)
        return cls(None, image_id, seed, fingerprint.encoded(), place)

    def is_same_as(self, other: Identity) -> bool:
        """Whether both are faces of one person."""
        if self.person is not None or other.person is not None:
            return self.person == other.person
        if self.place != other.place:
            return False
        if self.image_id == other.image_id:
            return True
        if self.fingerprint is None or other.fingerprint is None:
            return False
        return _decoded(self.fingerprint).matches(_decoded(other.fingerprint))

    def similarity(self, other: Identity) -> float:
        """How alike two faces are, in percent, whichever comes first.

        Returns:
            100 for one person on one picture, 96 to 99.5 for one person on two, and 1 to 30 for
            two persons.
        """
        is_same = self.is_same_as(other)
        if is_same and self.image_id == other.image_id:
            return 100.0
        # Two seeds make a pair's own number, and not a slow one: a search makes one a face.
        spread = ((self.seed ^ other.seed) * _SPREAD & _WORD) >> 48
        share = spread / _STEPS
        return read_back(96 + 3.5 * share if is_same else 1 + (MAX_OF_STRANGERS - 1) * share)
