"""A line of a dataset's manifest, taken apart: what ListDatasetEntries gives as JSON text."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import UnionType
from typing import Any, Self

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from rekognition_async.operation import Model

__all__ = ["DatasetEntry", "DatasetEntryBox", "DatasetEntryError", "DatasetEntryLabel"]

_METADATA = "-metadata"
_WHEN: TypeAdapter[AwareDatetime] = TypeAdapter(AwareDatetime)


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
            ValueError: It is no JSON object, or a part of it has not the format's shape; the text
                says which.
        """
        try:
            document = _Part("the entry", json.loads(line)).mapping()
        except RecursionError:
            raise ValueError("the entry is nested too deeply") from None
        attributes = [name for name in document.value if f"{name}{_METADATA}" in document.value]
        flags = document.optional("cl-metadata")
        labeled = flags.mapping().optional("is_labeled") if flags else None
        # As the service lists a line, and as its validation manifests have it.
        errors = document.optional("cl-errors") or document.optional("errors")
        return cls(
            source_ref=document.member("source-ref").text(),
            labels=tuple(label for name in attributes for label in _labels(document, name)),
            boxes=tuple(box for name in attributes for box in _boxes(document, name)),
            is_labeled=labeled.flag() if labeled else None,
            errors=tuple(map(_error, errors.items())) if errors else (),
            document=document.value,
        )


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a line, which is read as what the format has there, or refused with its place."""

    place: str
    value: Any

    def _of_type(self, kind: type | UnionType, name: str) -> Self:
        is_flag = isinstance(self.value, bool) and kind is not bool
        if is_flag or not isinstance(self.value, kind):
            found = type(self.value).__name__
            raise ValueError(
                f"a dataset entry is malformed: {self.place} should be {name}, not {found}"
            )
        return self

    def mapping(self) -> Self:
        return self._of_type(dict, "an object")

    def items(self) -> list[_Part]:
        found = self._of_type(list, "a list").value
        return [_Part(f"{self.place}[{number}]", item) for number, item in enumerate(found)]

    def text(self) -> str:
        text: str = self._of_type(str, "text").value
        return text

    def flag(self) -> bool:
        flag: bool = self._of_type(bool, "true or false").value
        return flag

    def number(self) -> float:
        try:
            number = float(self._of_type(int | float, "a number").value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise ValueError(f"a dataset entry is malformed: {self.place} is out of range")
        return number

    def whole_number(self) -> int:
        number: int = self._of_type(int, "a whole number").value
        return number

    def member(self, name: str) -> _Part:
        """A member that has to be there, of an object."""
        found = self.optional(name)
        if found is None:
            raise ValueError(f"a dataset entry is malformed: {self.place} should have {name!r}")
        return found

    def optional(self, name: str) -> _Part | None:
        """A member of an object; None where it is missing or null."""
        value = self.value.get(name)
        place = name if self.place == "the entry" else f"{self.place}.{name}"
        return None if value is None else _Part(place, value)


def _labels(document: _Part, name: str) -> Iterator[DatasetEntryLabel]:
    metadata = document.member(f"{name}{_METADATA}").mapping()
    label, confidence = metadata.optional("class-name"), metadata.optional("confidence")
    if label is not None:
        yield DatasetEntryLabel(
            name=label.text(),
            attribute=name,
            confidence=confidence.number() if confidence else None,
            **_origin(metadata),
        )


def _boxes(document: _Part, name: str) -> Iterator[DatasetEntryBox]:
    said = document.optional(name)
    places = said.optional("annotations") if said and isinstance(said.value, dict) else None
    if places is None:
        return
    metadata = document.member(f"{name}{_METADATA}").mapping()
    names, objects = metadata.optional("class-map"), metadata.optional("objects")
    details = objects.items() if objects else []
    for number, place in enumerate(places.items()):
        label = str(place.mapping().member("class_id").whole_number())
        known = names.mapping().optional(label) if names else None
        sure = details[number].mapping().optional("confidence") if number < len(details) else None
        yield DatasetEntryBox(
            name=known.text() if known else label,
            attribute=name,
            confidence=sure.number() if sure else None,
            left=place.member("left").number(),
            top=place.member("top").number(),
            width=place.member("width").number(),
            height=place.member("height").number(),
            **_origin(metadata),
        )


def _origin(metadata: _Part) -> dict[str, Any]:
    said, when = metadata.optional("human-annotated"), metadata.optional("creation-date")
    return {
        "human_annotated": said.text() == "yes" if said else None,
        "creation_date": _moment(when.text()) if when else None,
    }


def _moment(text: str) -> datetime | None:
    try:
        return _WHEN.validate_python(text)
    except ValidationError:
        # Ground Truth itself writes local times.
        return None


def _error(entry: _Part) -> DatasetEntryError:
    if isinstance(entry.value, str):
        return DatasetEntryError(code=entry.value)
    message = entry.mapping().optional("message")
    return DatasetEntryError(
        code=entry.member("code").text(), message=message.text() if message else None
    )
