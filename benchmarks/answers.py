"""The service's answers, built once and sent many times."""

from __future__ import annotations

import functools
import json
import random
import struct
import uuid
from typing import Any, Final

# Parsers remember strings, Pydantic's some 16,000 of them: pages must not repeat before that many.
_COLLECTION_PAGES: Final = 16
_FACE_PAGES: Final = 8
LABEL_ANSWERS: Final = 8
_LABELS: Final = 30
_PLACED_LABELS: Final = 10
_TOKEN_FILL: Final = "Qm9yZGVycyBhcmUgb3BlbiBhdCBuaWdodCwgYW5kIHRoZSBsaWdodHMgYXJlIG9uLi4u" * 2


def build(page_size: int) -> None:
    """Builds all pages of a size ahead, so that no run waits for it."""
    for variant in range(_COLLECTION_PAGES):
        _collections(page_size, variant)
    for variant in range(_FACE_PAGES):
        _faces(page_size, variant)


def collections_page(page_size: int, page: int, pages: int) -> bytes:
    """A page of ListCollections."""
    return _linked(_collections(page_size, page % _COLLECTION_PAGES), page, pages)


def faces_page(page_size: int, page: int, pages: int) -> bytes:
    """A page of ListFaces."""
    return _linked(_faces(page_size, page % _FACE_PAGES), page, pages)


def page_of(token: str | None) -> int:
    """The number of the page that a token asks for; the first is 0."""
    return 0 if token is None else int(token.partition("-")[0])


@functools.cache
def description() -> bytes:
    """The answer to DescribeCollection."""
    return _encoded(
        {
            "CollectionARN": "arn:aws:rekognition:us-east-1:123456789012:collection/visitors",
            "CreationTimestamp": 1699963200.123,
            "FaceCount": 4096,
            "FaceModelVersion": "7.0",
            "UserCount": 12,
        }
    )


@functools.cache
def labels(variant: int) -> bytes:
    """One of `LABEL_ANSWERS` answers to DetectLabels, with the places of some of the labels."""
    chance = _chance(variant)
    names = [f"Label {number} {variant}" for number in range(_LABELS)]
    return _encoded(
        {
            "LabelModelVersion": "3.0",
            "Labels": [
                {
                    "Name": name,
                    "Confidence": _single(chance.uniform(55, 100)),
                    "Instances": [
                        {
                            "BoundingBox": _box(chance),
                            "Confidence": _single(chance.uniform(55, 100)),
                        }
                        for _ in range(chance.randint(1, 4) if number < _PLACED_LABELS else 0)
                    ],
                    "Parents": [
                        {"Name": parent} for parent in chance.sample(names, chance.randint(0, 3))
                    ],
                    "Aliases": [{"Name": f"{name} alias"}] if number % 3 == 0 else [],
                    "Categories": [{"Name": "Vehicles and Automotive"}],
                }
                for number, name in enumerate(names)
            ],
        }
    )


@functools.cache
def _collections(page_size: int, variant: int) -> bytes:
    return _encoded(
        {
            "CollectionIds": [
                f"tenant-{variant:02}-{number:05}-visitors" for number in range(page_size)
            ],
            "FaceModelVersions": [("6.0", "7.0")[number % 2] for number in range(page_size)],
        }
    )


@functools.cache
def _faces(page_size: int, variant: int) -> bytes:
    chance = _chance(variant)
    faces = [
        {
            "FaceId": _uuid(chance),
            "BoundingBox": _box(chance),
            "ImageId": _uuid(chance),
            "ExternalImageId": f"badge-{variant:02}-{number:05}.jpg",
            "Confidence": _stored(chance.uniform(90, 100)),
            "IndexFacesModelVersion": "7.0",
        }
        for number in range(page_size)
    ]
    return _encoded({"FaceModelVersion": "7.0", "Faces": faces})


def _linked(document: bytes, page: int, pages: int) -> bytes:
    """The page, with the token of the next one where there is one."""
    if page + 1 >= pages:
        return document
    return document[:-1] + f',"NextToken":"{page + 1}-{_TOKEN_FILL}"}}'.encode()


def _encoded(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def _chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - chance that a seed repeats


def _uuid(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def _box(chance: random.Random) -> dict[str, float]:
    return {side: _stored(chance.random()) for side in ("Width", "Height", "Left", "Top")}


def _single(value: float) -> float:
    """As the service computes: in single precision, written as a double."""
    (single,) = struct.unpack("f", struct.pack("f", value))
    return float(single)


def _stored(value: float) -> float:
    """As the service gives back what it keeps: cut to six significant digits before."""
    return _single(float(f"{value:.6g}"))
