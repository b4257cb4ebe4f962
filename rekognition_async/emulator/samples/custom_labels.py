"""What models that users trained find."""

from __future__ import annotations

from typing import Final

from rekognition_async.emulator.chance import Chance, corners
from rekognition_async.emulator.protocol import JsonObject

_NAMES: Final = (
    *("bolt", "crack", "dent", "label-missing", "logo", "package", "pallet", "rust", "scratch"),
    *("screw", "valve", "weld"),
)


def detected_custom_labels(seed: int, model: str) -> list[JsonObject]:
    """The CustomLabels of a picture, the surest first.

    Args:
        seed: That of the picture.
        model: The version of a project, each of which knows a few labels of its own. Half of them
            tell where things are, the others what the whole picture shows.
    """
    model_chance = Chance(model, "classes")
    known = model_chance.some(_NAMES, 4)
    locates = model_chance.happens(0.5)
    chance = Chance(seed, model)
    names = chance.some(known, chance.count(1, len(known)))
    found = [
        {"Name": name, "Confidence": chance.number(20, 99.9)}
        | ({"Geometry": _geometry(chance)} if locates else {})
        for name in names
    ]
    return sorted(found, key=lambda label: -label["Confidence"])


def _geometry(chance: Chance) -> JsonObject:
    box = chance.box((0.05, 0.4), (0.05, 0.4))
    return {"BoundingBox": box, "Polygon": corners(box)}
