"""DetectProtectiveEquipment: persons, their body parts, and the equipment on these.

The handler calls `equipped_persons`, and sums up what it gives with `filters.equipment_summary`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rekognition_async.emulator.utils.floats import single
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.utils.seeded_random import SeededRandom
from rekognition_async.emulator.vision.geometry import part_of

EQUIPMENT_MODEL_VERSION: Final = "1.0"

_MAX_PERSONS: Final = 4
# AWS documents that no more are seen.
_MAX_PERSONS_WITH_FACES: Final = 15

# For each part of a body, in the service's order: what covers it, and where it is in the box of
# the body.
_PARTS: Final = {
    "FACE": ("FACE_COVER", (0.36, 0.07, 0.28, 0.1)),
    "LEFT_HAND": ("HAND_COVER", (0.78, 0.5, 0.18, 0.08)),
    "RIGHT_HAND": ("HAND_COVER", (0.04, 0.5, 0.18, 0.08)),
    "HEAD": ("HEAD_COVER", (0.33, 0.01, 0.34, 0.09)),
}


def equipped_persons(seed: int, faces: Sequence[JsonObject] | None = None) -> list[JsonObject]:
    """The Persons of a picture, with the parts of each that are seen and what is worn on them.

    Args:
        seed: Decides what is made up.
        faces: The BoundingBoxes of the faces, where they are known: each is somebody's.
    """
    rng = SeededRandom(seed, "equipment")
    return [
        {
            "BodyParts": [
                _body_part(rng, name, box)
                for name in _PARTS
                if rng.happens(0.85)  # the others are hidden
            ],
            "BoundingBox": box,
            "Confidence": rng.number(85, 99.9),
            "Id": number,
        }
        for number, box in enumerate(_bodies(rng, faces))
    ]


def _bodies(rng: SeededRandom, faces: Sequence[JsonObject] | None) -> Sequence[JsonObject]:
    if faces is None:
        return [rng.box((0.12, 0.25), (0.5, 0.9)) for _ in range(rng.count(1, _MAX_PERSONS))]
    return [_body_of(face) for face in faces[:_MAX_PERSONS_WITH_FACES]]


def _body_of(face: JsonObject) -> JsonObject:
    """The box of the body whose face is where `_PARTS` has it, as far as the picture goes."""
    _, (left, top, width, height) = _PARTS["FACE"]
    wide, high = face["Width"] / width, face["Height"] / height
    begin = [max(0.0, face["Left"] - wide * left), max(0.0, face["Top"] - high * top)]
    end = [
        min(1.0, face["Left"] + wide * (1 - left)),
        min(1.0, face["Top"] + high * (1 - top)),
    ]
    return {
        "Width": single(end[0] - begin[0]),
        "Height": single(end[1] - begin[1]),
        "Left": single(begin[0]),
        "Top": single(begin[1]),
    }


def _body_part(rng: SeededRandom, name: str, body: JsonObject) -> JsonObject:
    kind, place = _PARTS[name]
    worn = [
        {
            "BoundingBox": part_of(body, *place),
            "Confidence": rng.number(60, 99.9),
            "Type": kind,
            # A mask may well hang below the chin.
            "CoversBodyPart": {
                "Confidence": rng.number(60, 99.9),
                "Value": rng.happens(0.85),
            },
        }
        for _ in range(rng.count(0, 1))
    ]
    return {"Name": name, "Confidence": rng.number(70, 99.9), "EquipmentDetections": worn}
