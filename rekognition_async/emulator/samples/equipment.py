"""DetectProtectiveEquipment: persons, their body parts, and the equipment on these.

The handler calls `equipped_persons`, and sums up what it gives with `filters.equipment_summary`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.utils.seeded_random import SeededRandom
from rekognition_async.emulator.vision.geometry import part_of

EQUIPMENT_MODEL_VERSION: Final = "1.0"

_MAX_PERSONS: Final = 4

# For each part of a body, in the service's order: what covers it, and where it is in the box of
# the body.
_PARTS: Final = {
    "FACE": ("FACE_COVER", (0.36, 0.07, 0.28, 0.1)),
    "LEFT_HAND": ("HAND_COVER", (0.78, 0.5, 0.18, 0.08)),
    "RIGHT_HAND": ("HAND_COVER", (0.04, 0.5, 0.18, 0.08)),
    "HEAD": ("HEAD_COVER", (0.33, 0.01, 0.34, 0.09)),
}


def equipped_persons(seed: int) -> list[JsonObject]:
    """The Persons of a picture, with the parts of each that are seen and what is worn on them."""
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
        for number, box in enumerate(_bodies(rng, rng.count(1, _MAX_PERSONS)))
    ]


def _bodies(rng: SeededRandom, count: int) -> Sequence[JsonObject]:
    return [rng.box((0.12, 0.25), (0.5, 0.9)) for _ in range(count)]


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
