"""aiobotocore, with bodies parsed and checked by msgspec, into structs written by hand."""

from __future__ import annotations

from typing import Any, Final

import msgspec  # type: ignore[import-not-found]  # in its own environment only
from aiobotocore.session import get_session

from benchmarks.workers.bodies import Bodies
from benchmarks.workers.peer import Peer, Record


class _Answer(msgspec.Struct, rename="pascal"):  # type: ignore[misc,call-arg]  # mypy knows no base
    """The names that the service gives, here in Python's spelling."""


class _CollectionsPage(_Answer):
    collection_ids: list[str]
    face_model_versions: list[str]
    next_token: str | None = None


class _BoundingBox(_Answer):
    width: float
    height: float
    left: float
    top: float


class _Face(_Answer):
    face_id: str
    bounding_box: _BoundingBox
    image_id: str
    confidence: float
    external_image_id: str | None = None
    index_faces_model_version: str | None = None


class _FacesPage(_Answer):
    faces: list[_Face]
    face_model_version: str
    next_token: str | None = None


class _Name(_Answer):
    name: str


class _Instance(_Answer):
    bounding_box: _BoundingBox
    confidence: float


class _Label(_Answer):
    name: str
    confidence: float
    instances: list[_Instance]
    parents: list[_Name]
    aliases: list[_Name]
    categories: list[_Name]


class _Labels(_Answer):
    labels: list[_Label]
    label_model_version: str


class _Description(_Answer):
    collection_arn: str = msgspec.field(name="CollectionARN")
    creation_timestamp: float
    face_count: int
    face_model_version: str
    user_count: int


class _WithMsgspec(Bodies):
    def next_token(self, page: Any) -> str | None:
        token: str | None = page.next_token
        return token

    def read_collections(self, page: Any) -> int:
        read = 0
        for collection_id, version in zip(
            page.collection_ids, page.face_model_versions, strict=True
        ):
            _ = collection_id, version
            read += 1
        return read

    def records_of(self, page: Any) -> list[Record]:
        return list(map(Record, page.collection_ids, page.face_model_versions))

    def read_faces(self, page: Any) -> int:
        read = 0
        for face in page.faces:
            box = face.bounding_box
            _ = face.face_id, face.confidence, box.left, box.top
            read += 1
        return read

    def read_labels(self, answer: Any) -> int:
        read = 0
        for label in answer.labels:
            _ = label.name, label.confidence
            for instance in label.instances:
                _ = instance.bounding_box, instance.confidence
            read += 1
        return read

    def read_description(self, answer: Any) -> int:
        return int(answer.face_count)


_STRUCTS: Final = {
    "list_collections": _CollectionsPage,
    "list_faces": _FacesPage,
    "detect_labels": _Labels,
    "describe_collection": _Description,
}
PEER: Final[Peer] = _WithMsgspec(
    get_session(),
    {method: msgspec.json.Decoder(struct).decode for method, struct in _STRUCTS.items()},
)
