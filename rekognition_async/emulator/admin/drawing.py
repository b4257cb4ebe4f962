"""Pictures with boxes drawn over them, as SVG, and the boxes that answers tell of."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rekognition_async.emulator.admin.markup import text
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.vision.thumbnails import Thumbnail

_SIDES: Final = ("Left", "Top", "Width", "Height")
_WIDTH: Final = 480
_BLANK_HEIGHT: Final = 320
# What an answer says of faces on other pictures.
_ELSEWHERE: Final = frozenset({"FaceMatches", "UserMatches"})
# Answers have six digits.
_TOLERANCE: Final = 1e-4
_NAMES: Final = ("Name", "DetectedText", "Type", "BodyPart")


@dataclass(frozen=True)
class DrawnBox:
    """A box on a picture.

    Attributes:
        label: What it is around.
        box: Where it is.
        note: What there is to say of it.
        is_chosen: Whether it is the one that the call went on with.
    """

    label: str
    box: Mapping[str, float]
    note: str = ""
    is_chosen: bool = False


def drawing(thumbnail: Thumbnail | None, boxes: Sequence[DrawnBox]) -> Iterator[str]:
    """A picture with boxes that are numbered from 1; an empty ground where it is not kept."""
    height = _BLANK_HEIGHT
    if thumbnail is not None:
        height = max(1, round(_WIDTH * thumbnail.height / thumbnail.width))
    yield f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="The picture with boxes">'
    if thumbnail is None:
        yield f'<rect class="ground" width="{_WIDTH}" height="{height}"></rect>'
    else:
        content = base64.b64encode(thumbnail.content).decode()
        yield f'<image width="{_WIDTH}" height="{height}" href="data:image/jpeg;base64,{content}">'
        yield "</image>"
    for number, drawn in enumerate(boxes, 1):
        left, top, width, tall = (float(drawn.box[side]) for side in _SIDES)
        x, y = left * _WIDTH, top * height
        place = f'x="{x:.1f}" y="{y:.1f}" width="{width * _WIDTH:.1f}" height="{tall * height:.1f}"'
        chosen = " chosen" if drawn.is_chosen else ""
        yield f'<rect class="frame" {place}></rect><rect class="edge{chosen}" {place}>'
        yield f"<title>{text(drawn.label)}</title></rect>"
        yield f'<text class="tag" x="{max(x, 0) + 6:.1f}" y="{max(y, 0) + 19:.1f}">{number}</text>'
    yield "</svg>"


def boxes_in(answer: JsonObject, member: str) -> list[DrawnBox]:
    """The boxes that an answer tells of, of things on the picture of one parameter."""
    if member == "SourceImage":
        return list(_boxes(answer.get("SourceImageFace"), ""))
    left_out = {"SourceImageFace"} if member == "TargetImage" else _ELSEWHERE
    return list(_boxes({key: answer[key] for key in answer if key not in left_out}, ""))


def _boxes(value: Any, label: str) -> Iterator[DrawnBox]:
    if isinstance(value, list):
        for item in value:
            yield from _boxes(item, label)
    if not isinstance(value, dict):
        return
    label = next((str(value[name]) for name in _NAMES if isinstance(value.get(name), str)), label)
    for key, item in value.items():
        if key.endswith("BoundingBox") and is_box(item):
            sure = value.get("Confidence")
            note = f"{sure:.1f} % sure" if isinstance(sure, int | float) else ""
            yield DrawnBox(label or "face", item, note)
        else:
            yield from _boxes(item, label)


def is_box(value: Any) -> bool:
    """Whether a value of JSON is a BoundingBox."""
    return isinstance(value, dict) and all(
        isinstance(value.get(side), int | float) for side in _SIDES
    )


def are_alike(one: Any, other: Any) -> bool:
    """Whether two boxes are the same but for the digits that answers leave off."""
    if not is_box(one) or not is_box(other):
        return False
    return all(abs(one[side] - other[side]) < _TOLERANCE for side in _SIDES)
