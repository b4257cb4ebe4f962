"""Identities of faces: whose face it is, and how similar two faces are.

An `Identity` is kept with each face of a collection, and searches compare it with others.
"""

from __future__ import annotations

import base64
import math
import struct
from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import mul
from typing import Final, NamedTuple

from rekognition_async.emulator.utils.floats import read_back
from rekognition_async.emulator.utils.identifiers import seed_of
from rekognition_async.emulator.vision.fingerprints import Fingerprint

# 48 bits are whole numbers in SQLite and in any JSON.
_SEED_BITS: Final = 48
_SPREAD: Final = 0x9E3779B97F4A7C15
_WORD: Final = (1 << 64) - 1
_STEPS: Final = 1 << 16

_MAX_VECTOR: Final = 4096
# Models of faces take a cosine of 0.3 to 0.5 for the least that two photos of one person have.
_SAME_PERSON_COSINE: Final = 0.4
_SAME_PERSON_SIMILARITY: Final = 80

MAX_OF_STRANGERS: Final = 30.0
"""How alike two persons are at most, in percent, whose faces have no vectors."""

_decoded: Final = lru_cache(maxsize=4096)(Fingerprint.decoded)


class Identity(NamedTuple):
    """What tells a face from others; a collection keeps it with the face.

    Attributes:
        person: Who it is, where the user declared that. Otherwise the face is the picture's.
        image_id: The id of the picture it is on.
        seed: A number of 48 bits that is the face's own.
        fingerprint: `Fingerprint.encoded` of the picture, where there is one and no person.
        place: Which of the undeclared faces of the picture it is, from 0: each is somebody else's.
        vector: `encode_vector` of what a model makes of the face, where there is one.
    """

    person: str | None
    image_id: str
    seed: int
    fingerprint: str | None = None
    place: int = 0
    vector: str | None = None

    @classmethod
    def of(
        cls,
        person: str | None,
        image_id: str,
        fingerprint: Fingerprint | None,
        place: int = 0,
        *,
        vector: Iterable[float] | None = None,
    ) -> Identity:
        """The identity of a face on a picture."""
        seed = seed_of("face", person or "", image_id, place) % (1 << _SEED_BITS)
        encoded = None if vector is None else encode_vector(tuple(vector))
        if person is not None or fingerprint is None:
            return cls(person, image_id, seed, place=place, vector=encoded)
        return cls(None, image_id, seed, fingerprint.encoded(), place, encoded)

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
            `vector_similarity` of two faces that have vectors of one length. Of others 100 for one
            person on one picture, 96 to 99.5 for one person on two, and 1 to 30 for two persons.
        """
        if self.vector is not None and other.vector is not None:
            mine, theirs = _decoded_vector(self.vector), _decoded_vector(other.vector)
            if len(mine) == len(theirs):
                return vector_similarity(sum(map(mul, mine, theirs)))
        is_same = self.is_same_as(other)
        if is_same and self.image_id == other.image_id:
            return 100.0
        # Two seeds make a pair's own number, and not a slow one: a search makes one a face.
        spread = ((self.seed ^ other.seed) * _SPREAD & _WORD) >> 48
        share = spread / _STEPS
        return read_back(96 + 3.5 * share if is_same else 1 + (MAX_OF_STRANGERS - 1) * share)


def likeness(searched: Sequence[Identity], other: Identity) -> float:
    """How much a face is like the one that it is most like, in percent."""
    return max(identity.similarity(other) for identity in searched)


def vector_similarity(cosine: float) -> float:
    """How alike two faces are, in percent, by the cosine between their vectors.

    It is 0 up to a cosine of 0, 80 at 0.4 and 100 at 1, and straight lines in between: so the
    service's usual threshold of 80 parts persons where models of faces do.
    """
    if cosine <= _SAME_PERSON_COSINE:
        return read_back(_SAME_PERSON_SIMILARITY * max(cosine, 0) / _SAME_PERSON_COSINE)
    beyond = (min(cosine, 1) - _SAME_PERSON_COSINE) / (1 - _SAME_PERSON_COSINE)
    return read_back(_SAME_PERSON_SIMILARITY + (100 - _SAME_PERSON_SIMILARITY) * beyond)


def least_cosine(similarity: float) -> float:
    """The least cosine of which `vector_similarity` is so much, in percent."""
    if similarity <= _SAME_PERSON_SIMILARITY:
        return _SAME_PERSON_COSINE * similarity / _SAME_PERSON_SIMILARITY
    beyond = (similarity - _SAME_PERSON_SIMILARITY) / (100 - _SAME_PERSON_SIMILARITY)
    return _SAME_PERSON_COSINE + (1 - _SAME_PERSON_COSINE) * beyond


def encode_vector(vector: Sequence[float]) -> str:
    """A vector as text, of which the direction counts alone: floats of length 1 in base64.

    Raises:
        ValueError: It has no numbers or too many, or one that is not finite, or no direction.
    """
    if not 0 < len(vector) <= _MAX_VECTOR:
        raise ValueError(f"a vector must have 1 to {_MAX_VECTOR} numbers, got {len(vector)}")
    length = math.hypot(*vector)
    if not math.isfinite(length):
        raise ValueError("a vector must have finite numbers")
    if length == 0:
        raise ValueError("a vector must have a number other than 0")
    floats = struct.pack(f"<{len(vector)}f", *(number / length for number in vector))
    return base64.b64encode(floats).decode()


def vector_bytes(text: str) -> bytes:
    """A vector that was made text by `encode_vector`, as floats of 4 bytes, the lowest first."""
    return base64.b64decode(text)


@lru_cache(maxsize=4096)
def _decoded_vector(text: str) -> tuple[float, ...]:
    content = vector_bytes(text)
    return struct.unpack(f"<{len(content) // 4}f", content)
