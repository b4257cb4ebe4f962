"""What models that users trained find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.utils.seeded_random import Chance
from rekognition_async.emulator.vision.geometry import corners

_NAMES: Final = (
    *("bolt", "crack", "dent", "label-missing", "logo", "package", "pallet", "rust", "scratch"),
    *("screw", "valve", "weld"),
)
_MOST_FOUND: Final = 4


def detected_custom_labels(
    seed: int, model: str, trained: Mapping[str, bool] | None = None
) -> list[JsonObject]:
    """The CustomLabels of a picture, the surest first.

    Args:
        seed: That of the picture.
        model: The version of a project.
        trained: The labels that it was trained with, and whether it tells where such things are
            or only what the whole picture shows. With none it knows a few made-up labels, and
            half of such models tell where.
    """
    known = trained or _made_up(model)
    chance = Chance(seed, model)
    names = chance.some(sorted(known), chance.count(1, min(len(known), _MOST_FOUND)))
    found = [
        {"Name": name, "Confidence": chance.number(20, 99.9)}
        | ({"Geometry": _geometry(chance)} if known[name] else {})
        for name in names
    ]
    return sorted(found, key=lambda label: -label["Confidence"])


def _made_up(model: str) -> dict[str, bool]:
    chance = Chance(model, "classes")
    known = chance.some(_NAMES, _MOST_FOUND)
    return dict.fromkeys(known, chance.happens(0.5))


def _geometry(chance: Chance) -> JsonObject:
    box = chance.box((0.05, 0.4), (0.05, 0.4))
    return {"BoundingBox": box, "Polygon": corners(box)}
