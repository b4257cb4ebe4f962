"""Protective equipment, and who wears it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.utils.seeded_random import Chance
from rekognition_async.emulator.vision.geometry import part_of

EQUIPMENT_MODEL_VERSION: Final = "1.0"

_MOST_PERSONS: Final = 4

# For each part of a body: what covers it, and where it is in the box of the body.
_PARTS: Final = {
    "FACE": ("FACE_COVER", (0.36, 0.07, 0.28, 0.1)),
    "HEAD": ("HEAD_COVER", (0.33, 0.01, 0.34, 0.09)),
    "LEFT_HAND": ("HAND_COVER", (0.78, 0.5, 0.18, 0.08)),
    "RIGHT_HAND": ("HAND_COVER", (0.04, 0.5, 0.18, 0.08)),
}


def equipped_persons(seed: int) -> list[JsonObject]:
    """The Persons of a picture, with the parts of each that are seen and what is worn on them."""
    chance = Chance(seed, "equipment")
    return [
        {
            "BodyParts": [
                _body_part(chance, name, box)
                for name in _PARTS
                if chance.happens(0.85)  # the others are hidden
            ],
            "BoundingBox": box,
            "Confidence": chance.number(85, 99.9),
            "Id": number,
        }
        for number, box in enumerate(_bodies(chance, chance.count(1, _MOST_PERSONS)))
    ]


def _bodies(chance: Chance, count: int) -> Sequence[JsonObject]:
    return [chance.box((0.12, 0.25), (0.5, 0.9)) for _ in range(count)]


def _body_part(chance: Chance, name: str, body: JsonObject) -> JsonObject:
    kind, place = _PARTS[name]
    worn = [
        {
            "BoundingBox": part_of(body, *place),
            "Confidence": chance.number(60, 99.9),
            "Type": kind,
            # A mask may well hang below the chin.
            "CoversBodyPart": {
                "Confidence": chance.number(60, 99.9),
                "Value": chance.happens(0.85),
            },
        }
        for _ in range(chance.count(0, 1))
    ]
    return {"Name": name, "Confidence": chance.number(70, 99.9), "EquipmentDetections": worn}
