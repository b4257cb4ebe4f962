"""A line of a dataset's manifest, taken apart: what ListDatasetEntries gives as JSON text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Self

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from rekognition_async.operation import Model

__all__ = ["DatasetEntry", "DatasetEntryBox", "DatasetEntryError", "DatasetEntryLabel"]

_METADATA = "-metadata"
_WHEN: TypeAdapter[AwareDatetime | None] = TypeAdapter(AwareDatetime | None)


class DatasetEntryLabel(Model, frozen=True):
    """A label of a whole image.

    Attributes:
        name: The label.
        attribute: The key of the line that says it.
        confidence: How sure it is, 0 to 1; None where the line does not say.
        human_annotated: Whether people said it; None where the line does not say.
        creation_date: When it was said; None where the line does not say, or not with a zone.
    """

    name: str
    attribute: str
    confidence: float | None = None
    human_annotated: bool | None = None
    creation_date: AwareDatetime | None = None


class DatasetEntryBox(DatasetEntryLabel, frozen=True):
    """A label of a part of an image.

    Attributes:
        name: The label.
        attribute: The key of the line that says it.
        confidence: How sure it is, 0 to 1; None where the line does not say.
        human_annotated: Whether people said it; None where the line does not say.
        creation_date: When it was said; None where the line does not say, or not with a zone.
        left: Pixels from the image's left edge.
        top: Pixels from the image's upper edge.
        width: Pixels.
        height: Pixels.
    """

    left: float
    top: float
    width: float
    height: float


class DatasetEntryError(Model, frozen=True):
    """Something wrong with a line, which did not fail the dataset.

    Attributes:
        code: The kind of error, as in ``"ERROR_NO_VALID_IMAGE"``.
        message: The error in words; None where there are none.
    """

    code: str
    message: str | None = None


class DatasetEntry(Model, frozen=True):
    """An image of a dataset, with its labels.

    Attributes:
        source_ref: The image, as in ``"s3://bucket/key"``.
        labels: The labels of the whole image.
        boxes: The labels of parts of it.
        is_labeled: Whether the service counts the image as labelled; None where it does not say.
        errors: What is wrong with the line.
        document: The whole line, for what is not taken apart here.
    """

    source_ref: str
    labels: tuple[DatasetEntryLabel, ...] = ()
    boxes: tuple[DatasetEntryBox, ...] = ()
    is_labeled: bool | None = None
    errors: tuple[DatasetEntryError, ...] = ()
    document: Mapping[str, Any]

    @classmethod
    def parse(cls, line: str | bytes) -> Self:
        """Reads a JSON Line, as ``iter_dataset_entries`` gives it.

        Args:
            line: The line, in SageMaker Ground Truth's format.

        Raises:
            ValueError: It is no JSON object, or one that names no image.
        """
        document = json.loads(line)
        if not isinstance(document, dict):
            raise ValueError("a dataset entry must be a JSON object")  # noqa: TRY004 - of the text
        if not isinstance(document.get("source-ref"), str):
            raise ValueError("a dataset entry must name its image, in 'source-ref'")  # noqa: TRY004
        flags, errors = _mapping(document.get("cl-metadata")), document.get("errors")
        attributes = [name for name in document if f"{name}{_METADATA}" in document]
        return cls(
            source_ref=document["source-ref"],
            labels=tuple(label for name in attributes for label in _labels(document, name)),
            boxes=tuple(box for name in attributes for box in _boxes(document, name)),
            is_labeled=flags.get("is_labeled"),
            errors=tuple(_errors(errors if isinstance(errors, list) else [])),
            document=document,
        )


def _labels(document: Mapping[str, Any], name: str) -> Iterator[DatasetEntryLabel]:
    metadata = _mapping(document[f"{name}{_METADATA}"])
    label, confidence = metadata.get("class-name"), metadata.get("confidence")
    if isinstance(label, str):
        yield DatasetEntryLabel(
            name=label,
            attribute=name,
            confidence=confidence if isinstance(confidence, int | float) else None,
            **_origin(metadata),
        )


def _boxes(document: Mapping[str, Any], name: str) -> Iterator[DatasetEntryBox]:
    metadata = _mapping(document[f"{name}{_METADATA}"])
    names, objects = _mapping(metadata.get("class-map")), metadata.get("objects") or []
    for number, place in enumerate(_mapping(document[name]).get("annotations") or []):
        label = str(place.get("class_id"))
        yield DatasetEntryBox(
            name=str(names.get(label, label)),
            attribute=name,
            confidence=objects[number].get("confidence") if number < len(objects) else None,
            left=place["left"],
            top=place["top"],
            width=place["width"],
            height=place["height"],
            **_origin(metadata),
        )


def _origin(metadata: Mapping[str, Any]) -> dict[str, Any]:
    said = metadata.get("human-annotated")
    try:
        when = _WHEN.validate_python(metadata.get("creation-date"))
    except ValidationError:
        # Ground Truth itself writes local times.
        when = None
    return {
        "human_annotated": None if said is None else said == "yes",
        "creation_date": when,
    }


def _errors(entries: list[Any]) -> Iterator[DatasetEntryError]:
    for entry in entries:
        if isinstance(entry, str):
            yield DatasetEntryError(code=entry)
        elif isinstance(entry, dict):
            yield DatasetEntryError(code=str(entry.get("code")), message=entry.get("message"))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
