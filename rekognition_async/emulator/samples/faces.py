"""Faces for results of videos and celebrities: FaceDetail with default, expressive or all members.

Other samples call them; faces on images come from `vision.people`.
"""

from __future__ import annotations

from typing import Final

from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.utils.seeded_random import SeededRandom
from rekognition_async.emulator.vision.face_details import face_detail, shown

EXPRESSIVE: Final = ("EMOTIONS", "SMILE")
"""The attributes of faces that RecognizeCelebrities shows beside the default ones."""

_NOT_IN_VIDEOS: Final = frozenset({"FaceOccluded", "EyeDirection"})
_SEEDS: Final = 2**32


def default_face(rng: SeededRandom, box: JsonObject) -> JsonObject:
    """A FaceDetail of the default attributes."""
    return shown(_made_up(rng, box), ())


def expressive_face(rng: SeededRandom, box: JsonObject) -> JsonObject:
    """A ComparedFace with all its attributes."""
    return shown(_made_up(rng, box), EXPRESSIVE)


def full_face(rng: SeededRandom, box: JsonObject, *, person: object) -> JsonObject:
    """A FaceDetail of all attributes that videos have.

    Args:
        rng: Decides what changes from one moment to the next.
        box: Where the face is.
        person: Decides what stays, such as a beard.
    """
    detail = _made_up(rng, box, person)
    return {name: value for name, value in detail.items() if name not in _NOT_IN_VIDEOS}


def _made_up(rng: SeededRandom, box: JsonObject, person: object = None) -> JsonObject:
    look = rng.count(0, _SEEDS)
    return face_detail(look if person is None else person, look, box, {})
