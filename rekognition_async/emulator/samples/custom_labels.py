"""DetectCustomLabels: labels from those that a model was trained with, some of them with boxes.

The handler calls `detected_custom_labels` with the labels of the model's training data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rekognition_async.emulator.utils.floats import single
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.utils.seeded_random import SeededRandom

_NAMES: Final = (
    *("bolt", "crack", "dent", "label-missing", "logo", "package", "pallet", "rust", "scratch"),
    *("screw", "valve", "weld"),
)
_MAX_FOUND: Final = 4

# The service rounds here, and nowhere else.
_CONFIDENCE_DECIMALS: Final = 3
_BOX_DECIMALS: Final = 5


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
    rng = SeededRandom(seed, model)
    names = rng.some(sorted(known), rng.count(1, min(len(known), _MAX_FOUND)))
    found = [
        {"Name": name, "Confidence": _rounded(rng.number(20, 99.9), _CONFIDENCE_DECIMALS)}
        | ({"Geometry": _geometry(rng)} if known[name] else {})
        for name in names
    ]
    return sorted(found, key=lambda label: -label["Confidence"])


def _made_up(model: str) -> dict[str, bool]:
    rng = SeededRandom(model, "classes")
    known = rng.some(_NAMES, _MAX_FOUND)
    return dict.fromkeys(known, rng.happens(0.5))


def _geometry(rng: SeededRandom) -> JsonObject:
    box = rng.box((0.05, 0.4), (0.05, 0.4))
    return {"BoundingBox": {side: _rounded(box[side], _BOX_DECIMALS) for side in box}}


def _rounded(number: float, decimals: int) -> float:
    return single(round(number, decimals))
