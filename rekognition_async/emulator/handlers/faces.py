"""IndexFaces, ListFaces, DeleteFaces, SearchFaces, SearchFacesByImage."""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

from rekognition_async.emulator.handlers.base import Call, Handler, paged
from rekognition_async.emulator.handlers.collections import (
    COLLECTION,
    DELETED_BEFORE,
    FACE,
    FORGOTTEN_FACE,
    count_up,
    counted,
    find_collection,
)
from rekognition_async.emulator.handlers.face_search import box_of, identity_of
from rekognition_async.emulator.protocol.caller import Caller
from rekognition_async.emulator.protocol.messages import EmulatedError
from rekognition_async.emulator.state.store import Order, Record, Shelf, Store
from rekognition_async.emulator.utils.floats import read_back, read_back_all, single
from rekognition_async.emulator.utils.identifiers import uuid_of, uuids_of
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.vision.face_details import shown
from rekognition_async.emulator.vision.identities import Identity
from rekognition_async.emulator.vision.people import (
    MAX_FACES,
    SeenFace,
    image_id_of_digest,
)

MAX_FACES_A_COLLECTION: Final = 20_000_000
MAX_MATCHES: Final = 4096
"""How many faces a search answers with, where MaxFaces does not say; AWS keeps its number quiet."""

_NAMES: Final = ("ImageId", "ExternalImageId")
_SHOWN_WHEN_INDEXED: Final[tuple[str, ...]] = ("BoundingBox", *_NAMES, "Confidence")
_SHOWN_WHEN_LISTED: Final[tuple[str, ...]] = (*_NAMES, "IndexFacesModelVersion", "UserId")

_SOURCE: Final = ("ImageId", "ExternalImageId", "Person", "Place")

_MATCH_THRESHOLD: Final = 80.0
_SEEDED_CONFIDENCE: Final = single(99.9)


async def index_faces(call: Call) -> JsonObject:
    """Adds the good faces of a picture, the largest first; what is there already stays as it is."""
    picture = await call.picture()
    faces = await call.faces_on(picture)
    collection = find_collection(call)
    attributes = call.parameters.get("DetectionAttributes", ())
    most = min(call.parameters.get("MaxFaces", MAX_FACES), MAX_FACES)
    quality_filter = call.parameters.get("QualityFilter", "AUTO")
    taken: list[SeenFace] = []
    left: list[JsonObject] = []
    for face in faces:
        reasons = face.flaws(quality_filter)
        if not reasons and len(taken) == most:
            reasons = ["EXCEEDS_MAX_FACES"]
        if reasons:
            left.append({"Reasons": reasons, "FaceDetail": shown(face.detail, attributes)})
        else:
            taken.append(face)
    with call.backend.store.transaction():
        records = [
            {
                "Face": _indexed(call, collection, face),
                "FaceDetail": shown(face.detail, attributes),
            }
            for face in taken
        ]
    return {
        "FaceRecords": records,
        "FaceModelVersion": collection.document["FaceModelVersion"],
        "UnindexedFaces": left,
    }


def list_faces(call: Call) -> JsonObject:
    """A page of the faces, by their ids: all, or those of a user, or those named."""
    collection = find_collection(call)
    user_id, face_ids = call.parameters.get("UserId"), call.parameters.get("FaceIds")
    named = None if face_ids is None else frozenset(face_ids)

    def is_listed(record: Record) -> bool:
        return (named is None or record.name in named) and (
            user_id is None or record.document.get("UserId") == user_id
        )

    scope = hashlib.sha256(" ".join(sorted(named or ())).encode()).hexdigest()
    shelf = call.shelf(FACE, collection.name)
    is_narrowed = user_id is not None or named is not None
    records, next_token = call.page(
        shelf,
        user_id or "",
        scope,
        order=Order.BY_NAME,
        keep=is_listed if is_narrowed else None,
    )
    page = {
        "Faces": [listed(record) for record in records],
        "FaceModelVersion": collection.document["FaceModelVersion"],
    }
    return paged(page, next_token)


def delete_faces(call: Call) -> JsonObject:
    """Removes faces, but for those that belong to a user."""
    shelf, forgotten = (
        call.shelf(kind, find_collection(call).name) for kind in (FACE, FORGOTTEN_FACE)
    )
    deleted: list[str] = []
    refused: list[JsonObject] = []
    with call.backend.store.transaction():
        for face_id in dict.fromkeys(call.parameters["FaceIds"]):
            found = shelf.find(face_id)
            if found is None:
                refused.append({"FaceId": face_id, "Reasons": ["FACE_NOT_FOUND"]})
            elif user_id := found.document.get("UserId"):
                reasons = ["ASSOCIATED_TO_AN_EXISTING_USER"]
                refused.append({"FaceId": face_id, "UserId": user_id, "Reasons": reasons})
            else:
                shelf.remove(face_id)
                # The same face gets another id when it comes back.
                count_up(forgotten, _source_of(found.document), at=call.time)
                deleted.append(face_id)
    return {"DeletedFaces": deleted, "UnsuccessfulFaceDeletions": refused}


async def search_faces(call: Call) -> JsonObject:
    """The faces that are like one of the collection, without that one."""
    collection = find_collection(call)
    shelf = call.shelf(FACE, collection.name)
    searched = find_face(shelf, call.parameters["FaceId"])
    return {
        "SearchedFaceId": searched.name,
        "FaceMatches": await _matches(call, shelf, identity_of(searched), without=searched.name),
        "FaceModelVersion": collection.document["FaceModelVersion"],
    }


async def search_faces_by_image(call: Call) -> JsonObject:
    """The faces that are like the largest of a picture."""
    faces = await call.faces_on(await call.picture())
    collection = find_collection(call)
    quality_filter = call.parameters.get("QualityFilter", "NONE")
    searched = next((face for face in faces if not face.flaws(quality_filter)), None)
    if searched is None:
        raise EmulatedError(
            "InvalidParameterException",
            "There are no faces in the image. Should be at least 1.",
        )
    return {
        "SearchedFaceBoundingBox": searched.detail["BoundingBox"],
        "SearchedFaceConfidence": searched.detail["Confidence"],
        "FaceMatches": await _matches(call, call.shelf(FACE, collection.name), searched.identity),
        "FaceModelVersion": collection.document["FaceModelVersion"],
    }


HANDLERS: Final[Mapping[str, Handler]] = {
    "DeleteFaces": delete_faces,
    "IndexFaces": index_faces,
    "ListFaces": list_faces,
    "SearchFaces": search_faces,
    "SearchFacesByImage": search_faces_by_image,
}


def find_face(shelf: Shelf, face_id: str) -> Record:
    """The face of a collection that a search is for.

    Raises:
        EmulatedError: InvalidParameterException.
    """
    found = shelf.find(face_id)
    if found is None:
        raise EmulatedError("InvalidParameterException", "faceId was not found in the collection.")
    return found


def listed(record: Record) -> JsonObject:
    """A face as listings and matches show it."""
    document = record.document
    return {
        "FaceId": record.name,
        "BoundingBox": read_back_all(box_of(record)),
        "Confidence": read_back(document["Confidence"]),
        **{name: document[name] for name in _SHOWN_WHEN_LISTED if name in document},
    }


def seed_faces(
    store: Store, caller: Caller, collection_id: str, count: int, *, time: float
) -> None:
    """Adds so many faces to a collection, of a person each, within a transaction of the caller's.

    Raises:
        ValueError: The number is negative.
    """
    if count < 0:
        raise ValueError(f"faces must have at least 0 of {collection_id}, got {count!r}")
    collection = store.shelf(caller, COLLECTION).find(collection_id)
    version = "" if collection is None else collection.document["FaceModelVersion"]

    face_id = uuids_of("face", *caller, collection_id)
    rest = json.dumps({"Confidence": _SEEDED_CONFIDENCE, "IndexFacesModelVersion": version})[1:]

    def rows() -> Iterator[tuple[str, str, bool, str]]:
        # A hundred thousand take long: nothing is made up, or made JSON, that can wait or is known.
        for number in range(count):
            name = f"person-{number:05}"
            image = image_id_of_digest(name)
            yield (
                face_id(f'["{image}", "{name}", "{name}", null]'),
                name,
                False,
                f'{{"ImageId":"{image}","ExternalImageId":"{name}","Person":"{name}",{rest}',
            )

    store.shelf(caller, FACE, collection_id).add_encoded(rows(), at=time)


def _indexed(call: Call, collection: Record, face: SeenFace) -> JsonObject:
    """The Face of a face that is kept now, or was before."""
    external_image_id = call.parameters.get("ExternalImageId")
    identity, detail = face
    shelf = call.shelf(FACE, collection.name)
    document = _document(
        identity,
        detail["BoundingBox"],
        detail["Confidence"],
        collection.document["FaceModelVersion"],
        external_image_id,
    )
    source = _source_of(document)
    before = collection.document.get(DELETED_BEFORE, 0)
    times = counted(call.shelf(FORGOTTEN_FACE, collection.name), source)
    face_id = _face_id(call.caller, collection.name, source, before, times)
    found = shelf.find(face_id)
    if found is not None:
        document = found.document
    elif shelf.count() >= MAX_FACES_A_COLLECTION:
        raise EmulatedError(
            "ServiceQuotaExceededException",
            f"The collection id: {collection.name} has {MAX_FACES_A_COLLECTION} faces already",
        )
    else:
        shelf.add(face_id, document, at=call.time)
    shown_now = {name: document[name] for name in _SHOWN_WHEN_INDEXED if name in document}
    return {"FaceId": face_id, **shown_now}


def _source_of(document: JsonObject) -> str:
    """What a face is the same by when it is indexed again: image, ExternalImageId, and whose."""
    return json.dumps([document.get(name) for name in _SOURCE])


def _face_id(caller: Caller, collection_id: str, source: str, *deletions: int) -> str:
    """The FaceId of a face, another one after the collection or the face was deleted."""
    return uuid_of("face", *caller, collection_id, source, *deletions)


def _document(
    identity: Identity,
    box: Mapping[str, float],
    confidence: float,
    version: str,
    external_image_id: str | None,
) -> JsonObject:
    document = {
        "BoundingBox": dict(box),
        "ImageId": identity.image_id,
        "ExternalImageId": external_image_id,
        "Confidence": confidence,
        "IndexFacesModelVersion": version,
        "Person": identity.person,
        "Seed": identity.seed,
        "Fingerprint": identity.fingerprint,
        "Place": identity.place or None,
        "Vector": identity.vector,
    }
    return {name: value for name, value in document.items() if value is not None}


async def _matches(
    call: Call, shelf: Shelf, searched: Identity, *, without: str | None = None
) -> list[JsonObject]:
    """FaceMatches, the most alike first."""
    threshold = call.parameters.get("FaceMatchThreshold", _MATCH_THRESHOLD)
    most = call.parameters.get("MaxFaces", MAX_MATCHES)
    best: list[tuple[float, str]] = []
    async for faces in call.backend.face_search.alike(shelf, [searched], threshold):
        alike = ((-face.similarity, face.face_id) for face in faces if face.face_id != without)
        best = heapq.nsmallest(most, chain(best, alike))
    return [
        {"Similarity": -negative, "Face": listed(found)}
        for negative, face_id in best
        if (found := shelf.find(face_id)) is not None
    ]
