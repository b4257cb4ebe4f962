"""BoundingBox and Polygon, in shares of the image's width and height.

Samples use `part_of` to put a box into another one, and `corners` for the polygon around it.
"""

from __future__ import annotations

from rekognition_async.emulator.utils.floats import single
from rekognition_async.emulator.utils.json_types import JsonObject


def part_of(box: JsonObject, left: float, top: float, width: float, height: float) -> JsonObject:
    """A BoundingBox inside another one; all numbers are shares of it."""
    return {
        "Width": single(box["Width"] * width),
        "Height": single(box["Height"] * height),
        "Left": single(box["Left"] + box["Width"] * left),
        "Top": single(box["Top"] + box["Height"] * top),
    }


def corners(box: JsonObject) -> list[JsonObject]:
    """The Polygon around a BoundingBox, clockwise from the upper left."""
    left, top = box["Left"], box["Top"]
    right, bottom = single(left + box["Width"]), single(top + box["Height"])
    return [
        {"X": left, "Y": top},
        {"X": right, "Y": top},
        {"X": right, "Y": bottom},
        {"X": left, "Y": bottom},
    ]
