"""Faces of nobody, for answers that are made up."""

from __future__ import annotations

from typing import Final

from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.utils.seeded_random import Chance
from rekognition_async.emulator.vision.face_details import face_detail, shown

_NOT_IN_VIDEOS: Final = frozenset({"FaceOccluded", "EyeDirection"})
_SEEDS: Final = 2**32


def default_face(chance: Chance, box: JsonObject) -> JsonObject:
    """A FaceDetail of the default attributes."""
    return shown(_made_up(chance, box), ())


def expressive_face(chance: Chance, box: JsonObject) -> JsonObject:
    """A ComparedFace with all its attributes."""
    return shown(_made_up(chance, box), ("EMOTIONS", "SMILE"))


def full_face(chance: Chance, box: JsonObject, *, person: object) -> JsonObject:
    """A FaceDetail of all attributes that videos have.

    Args:
        chance: Decides what changes from one moment to the next.
        box: Where the face is.
        person: Decides what stays, such as a beard.
    """
    detail = _made_up(chance, box, person)
    return {name: value for name, value in detail.items() if name not in _NOT_IN_VIDEOS}


def _made_up(chance: Chance, box: JsonObject, person: object = None) -> JsonObject:
    look = chance.count(0, _SEEDS)
    return face_detail(look if person is None else person, look, box, {})
