"""Manifests of datasets: JSON Lines in SageMaker Ground Truth's format, an image a line.

What is wrong with a line stands in the line itself, as in the lines that the service lists; what is
wrong with all of a manifest fails the dataset.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.vision.images import digest_of

MAX_MANIFEST_BYTES: Final = 1024**3
MAX_ENTRIES: Final = 250_000

_MAX_LINE_CHARACTERS: Final = 100_000
_MAX_BOXES: Final = 50
_MAX_LABEL_CHARACTERS: Final = 255
_SOURCE: Final = "source-ref"
_METADATA: Final = "-metadata"
_FLAGS: Final = "cl-metadata"
_ERRORS: Final = "cl-errors"
_IMAGE: Final = re.compile(r"s3://(?P<bucket>[^/]+)/.+", re.IGNORECASE | re.DOTALL)
_SIDES: Final = ("left", "top", "width", "height")

_MESSAGES: Final[Mapping[str, str]] = {
    "ERROR_INVALID_BOUNDING_BOX": "The bounding box has off frame values.",
    "ERROR_INVALID_JSON_LINE": "The JSON Line has an invalid format.",
    "ERROR_INVALID_LABEL_ATTRIBUTE_FORMAT": "The format of the label attribute {} is invalid.",
    "ERROR_INVALID_LABEL_ATTRIBUTE_METADATA_FORMAT": (
        "The format of the label attribute metadata is invalid."
    ),
    "ERROR_INVALID_LABEL_NAME_LENGTH": "The label name is empty or too long.",
    "ERROR_INVALID_SOURCE_REF_FORMAT": "The format of the source-ref value is invalid.",
    "ERROR_MISSING_BOUNDING_BOX_CONFIDENCE": (
        "One or more bounding boxes has a missing confidence value."
    ),
    "ERROR_MISSING_CLASS_MAP_ID": "One or more class ids is missing from the class map.",
    "ERROR_MISSING_SOURCE_REF": "The source-ref key is missing.",
    "ERROR_NO_LABEL_ATTRIBUTES": "No label attributes found.",
    "ERROR_NO_VALID_LABEL_ATTRIBUTES": "No valid label attributes found.",
    "ERROR_TOO_MANY_BOUNDING_BOXES": ("There are more bounding boxes than the allowed maximum."),
    "ERROR_UNSUPPORTED_USE_CASE_TYPE": (
        "The use case type of the {}-metadata label attribute metadata is unsupported. "
        "Check the type field."
    ),
}


@dataclass(frozen=True)
class Manifest:
    """What a manifest holds.

    Attributes:
        entries: What is kept of each line, by its image: the ``Line`` as it is listed, its
            ``Labels`` with the number of boxes that each has on the image, and whether it is
            ``Labeled`` and has ``Errors``.
        problem: Why the service takes none of it; None where it takes it.
    """

    entries: Mapping[str, JsonObject] = field(default_factory=dict)
    problem: str | None = None


def read_manifest(content: bytes) -> Manifest:
    """Reads JSON Lines; of two lines about an image, the latter counts.

    Args:
        content: The lines, in UTF-8.
    """
    if len(content) > MAX_MANIFEST_BYTES:
        return Manifest(problem="The manifest file size exceeds the maximum supported size.")
    entries: dict[str, JsonObject] = {}
    buckets: set[str] = set()
    for line in content.splitlines():
        if not line.strip():
            continue
        document = _parsed(line)
        source = None if document is None else document.get(_SOURCE)
        found = _IMAGE.fullmatch(source) if isinstance(source, str) else None
        if found is not None:
            buckets.add(found["bucket"])
        # A line that names no image is still listed, with what is wrong with it.
        name = source if isinstance(source, str) else f"line {digest_of(line)}"
        entries[name] = _entry(document, is_image=found is not None)
    return Manifest(entries, _problem(entries, buckets))


def stats_of(entries: Iterable[JsonObject]) -> tuple[JsonObject, dict[str, JsonObject]]:
    """The DatasetStats of entries, and the LabelStats of each of their labels."""
    total = labeled = wrong = 0
    images: Counter[str] = Counter()
    boxes: Counter[str] = Counter()
    for entry in entries:
        total += 1
        labeled += entry["Labeled"]
        wrong += entry["Errors"]
        images.update(entry["Labels"].keys())
        boxes.update(entry["Labels"])
    stats = {
        "LabeledEntries": labeled,
        "TotalEntries": total,
        "TotalLabels": len(images),
        "ErrorEntries": wrong,
    }
    labels = {
        name: {"EntryCount": count, "BoundingBoxCount": boxes[name]}
        for name, count in images.items()
    }
    return stats, labels


def _problem(entries: Mapping[str, JsonObject], buckets: set[str]) -> str | None:
    if not entries:
        return "The manifest file is empty."
    if not buckets:
        return "The manifest file contains no valid JSON lines."
    if len(buckets) > 1:
        return "The manifest file contains images from multiple S3 buckets."
    if len(entries) > MAX_ENTRIES:
        return "The manifest file has too many rows."
    return None


def _parsed(line: bytes) -> JsonObject | None:
    try:
        document = json.loads(line, parse_constant=_refuse_constant)
        # Half a surrogate pair is no text, and 1e999 no number, though JSON can spell them.
        text = json.dumps(document, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or len(text) > _MAX_LINE_CHARACTERS:
        return None
    # The service's own remarks, in a line that it listed before, are made anew.
    return {name: value for name, value in document.items() if name not in {_FLAGS, _ERRORS}}


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _entry(document: JsonObject | None, *, is_image: bool) -> JsonObject:
    if document is None:
        return _kept({}, {}, [_error("ERROR_INVALID_JSON_LINE")], is_labeled=False)
    errors: list[JsonObject] = []
    if _SOURCE not in document:
        errors.append(_error("ERROR_MISSING_SOURCE_REF"))
    elif not is_image:
        errors.append(_error("ERROR_INVALID_SOURCE_REF_FORMAT"))
    names = [name for name in document if f"{name}{_METADATA}" in document]
    said = document.keys() - {_SOURCE, *names, *(f"{name}{_METADATA}" for name in names)}
    if said and not names:
        errors.append(_error("ERROR_NO_LABEL_ATTRIBUTES"))
    labels: Counter[str] = Counter()
    wrong = 0
    for name in names:
        try:
            labels.update(_labels_of(document[name], document[f"{name}{_METADATA}"]))
        except _WrongAttributeError as error:
            wrong += 1
            errors.append(_error(str(error), name))
    if names and wrong == len(names):
        errors.append(_error("ERROR_NO_VALID_LABEL_ATTRIBUTES"))
    return _kept(document, labels, errors, is_labeled=bool(labels) or wrong > 0)


def _kept(
    document: JsonObject,
    labels: Mapping[str, int],
    errors: list[JsonObject],
    *,
    is_labeled: bool,
) -> JsonObject:
    line = {**document, _FLAGS: {"is_labeled": is_labeled}}
    if errors:
        line[_ERRORS] = errors
    return {
        "Line": line,
        "Labels": dict(labels),
        "Labeled": is_labeled,
        "Errors": bool(errors),
    }


def _error(code: str, attribute: str = "") -> JsonObject:
    return {"code": code, "message": _MESSAGES[code].format(attribute)}


class _WrongAttributeError(Exception):
    """Takes the code of what is wrong with a label attribute."""


def _labels_of(value: Any, metadata: Any) -> Mapping[str, int]:
    """The labels that an attribute gives, with the number of their boxes.

    Raises:
        _WrongAttributeError: It gives none, for it is wrong.
    """
    kind = metadata.get("type") if isinstance(metadata, dict) else None
    if kind is None:
        raise _WrongAttributeError("ERROR_INVALID_LABEL_ATTRIBUTE_METADATA_FORMAT")
    if kind == "groundtruth/image-classification":
        return {_label(metadata.get("class-name")): 0}
    if kind == "groundtruth/object-detection":
        return Counter(_labels_of_boxes(value, metadata))
    raise _WrongAttributeError("ERROR_UNSUPPORTED_USE_CASE_TYPE")


def _label(name: Any) -> str:
    if not isinstance(name, str) or "".join(name.splitlines()) != name:
        raise _WrongAttributeError("ERROR_INVALID_LABEL_ATTRIBUTE_METADATA_FORMAT")
    if not 0 < len(name) <= _MAX_LABEL_CHARACTERS:
        raise _WrongAttributeError("ERROR_INVALID_LABEL_NAME_LENGTH")
    return name


def _labels_of_boxes(value: Any, metadata: JsonObject) -> Iterator[str]:
    boxes = value.get("annotations") if isinstance(value, dict) else None
    if not isinstance(boxes, list) or not all(map(_is_box, boxes)):
        raise _WrongAttributeError("ERROR_INVALID_LABEL_ATTRIBUTE_FORMAT")
    names, objects = metadata.get("class-map"), metadata.get("objects")
    if not isinstance(names, dict) or not isinstance(objects, list):
        raise _WrongAttributeError("ERROR_INVALID_LABEL_ATTRIBUTE_METADATA_FORMAT")
    if len(boxes) > _MAX_BOXES:
        raise _WrongAttributeError("ERROR_TOO_MANY_BOUNDING_BOXES")
    sure = [place for place in objects if isinstance(place, dict) and "confidence" in place]
    if len(sure) < len(boxes):
        raise _WrongAttributeError("ERROR_MISSING_BOUNDING_BOX_CONFIDENCE")
    for box in boxes:
        number = str(box["class_id"])
        if number not in names:
            raise _WrongAttributeError("ERROR_MISSING_CLASS_MAP_ID")
        if not _is_on_frame(box, value.get("image_size")):
            raise _WrongAttributeError("ERROR_INVALID_BOUNDING_BOX")
        yield _label(names[number])


def _is_box(box: Any) -> bool:
    return (
        isinstance(box, dict)
        and "class_id" in box
        and all(_is_number(box.get(side)) for side in _SIDES)
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_on_frame(box: JsonObject, sizes: Any) -> bool:
    size = sizes[0] if isinstance(sizes, list) and sizes else None
    if not isinstance(size, dict):
        size = {}
    width, height = size.get("width"), size.get("height")
    return (
        all(box[side] >= 0 for side in _SIDES)
        and not (_is_number(width) and box["left"] + box["width"] > width)
        and not (_is_number(height) and box["top"] + box["height"] > height)
    )
