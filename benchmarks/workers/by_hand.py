"""aiobotocore, with Pydantic models as one writes them for a service of one's own."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from aiobotocore.session import get_session
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_pascal

from benchmarks.workers.dicts import Dicts
from benchmarks.workers.peer import Peer


class _Answer(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_pascal, populate_by_name=True, protected_namespaces=()
    )


class _Collection(_Answer):
    collection_id: str
    face_model_version: str


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
    external_image_id: str | None = None
    confidence: float
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
    collection_arn: str = Field(alias="CollectionARN")
    creation_timestamp: datetime
    face_count: int
    face_model_version: str
    user_count: int


class _ByHand(Dicts):
    def read_collections(self, page: dict[str, Any]) -> int:
        checked = _CollectionsPage.model_validate(page)
        read = 0
        for collection_id, version in zip(
            checked.collection_ids, checked.face_model_versions, strict=True
        ):
            collection = _Collection(collection_id=collection_id, face_model_version=version)
            _ = collection.collection_id, collection.face_model_version
            read += 1
        return read

    def records_of(self, page: dict[str, Any]) -> list[Any]:
        checked = _CollectionsPage.model_validate(page)
        return [
            _Collection(collection_id=collection_id, face_model_version=version)
            for collection_id, version in zip(
                checked.collection_ids, checked.face_model_versions, strict=True
            )
        ]

    def read_faces(self, page: dict[str, Any]) -> int:
        read = 0
        for face in _FacesPage.model_validate(page).faces:
            box = face.bounding_box
            _ = face.face_id, face.confidence, box.left, box.top
            read += 1
        return read

    def read_labels(self, answer: dict[str, Any]) -> int:
        read = 0
        for label in _Labels.model_validate(answer).labels:
            _ = label.name, label.confidence
            for instance in label.instances:
                _ = instance.bounding_box, instance.confidence
            read += 1
        return read

    def read_description(self, answer: dict[str, Any]) -> int:
        return _Description.model_validate(answer).face_count


PEER: Final[Peer] = _ByHand(get_session().create_client)
