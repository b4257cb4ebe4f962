"""CreateCollection, DescribeCollection, ListCollections, DeleteCollection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from rekognition_async.emulator.handlers.base import Call, Handler, paged
from rekognition_async.emulator.protocol.caller import Caller
from rekognition_async.emulator.protocol.messages import EmulatedError, service_model
from rekognition_async.emulator.protocol.validation import matches
from rekognition_async.emulator.state.progress import is_under_way, refresh
from rekognition_async.emulator.state.store import Record, Shelf, Store
from rekognition_async.emulator.utils.json_types import JsonObject

COLLECTION: Final = "collection"
FACE: Final = "face"
"""The kind of the faces in a collection, which is their shelf's parent."""

USER: Final = "user"
"""The kind of the users in a collection, which is their shelf's parent."""

FORGOTTEN_FACE: Final = "forgotten_face"
"""The kind that counts how often a face was deleted from a collection, which is its parent."""

_FORGOTTEN_COLLECTION: Final = "forgotten_collection"
"""The kind that counts how often a collection was deleted."""

FACE_MODEL_VERSION: Final = "7.0"

DELETED_BEFORE: Final = "DeletedBefore"
"""In a collection's document, how often one of its name was deleted before."""

_VISIBILITY: Final = "collection_visibility"


def create_collection(call: Call) -> JsonObject:
    """Adds a collection; its ARN comes without the prefix that ARNs have elsewhere."""
    collection_id = call.parameters["CollectionId"]
    document = {"FaceModelVersion": FACE_MODEL_VERSION, "Tags": call.parameters.get("Tags", {})}
    before = counted(call.shelf(_FORGOTTEN_COLLECTION), collection_id)
    if before:
        document[DELETED_BEFORE] = before
    if call.backend.durations.seconds(_VISIBILITY) > 0:
        document |= call.backend.durations.begin(_VISIBILITY, call.time, {})
    if call.shelf(COLLECTION).add(collection_id, document, at=call.time) is None:
        raise EmulatedError(
            "ResourceAlreadyExistsException", f"The collection id: {collection_id} already exists"
        )
    return {
        "StatusCode": 200,
        "CollectionArn": _resource_name(call.caller, collection_id),
        "FaceModelVersion": FACE_MODEL_VERSION,
    }


def describe_collection(call: Call) -> JsonObject:
    """Tells what is stored of a collection; one just created may not be found yet."""
    collection_id = call.parameters["CollectionId"]
    shelf = call.shelf(COLLECTION)
    found = shelf.find(collection_id)
    if found is not None:
        found = refresh(shelf, found, call.time, polled=True)
    if found is None or is_under_way(found):
        raise EmulatedError("ResourceNotFoundException", f"Collection:{collection_id} not found!")
    return {
        "FaceCount": call.shelf(FACE, collection_id).count(),
        "UserCount": call.shelf(USER, collection_id).count(),
        "FaceModelVersion": found.document["FaceModelVersion"],
        "CollectionARN": f"arn:{_resource_name(call.caller, collection_id)}",
        "CreationTimestamp": round(found.created_at, 3),
    }


def list_collections(call: Call) -> JsonObject:
    """A page of the collections, in the order they were created."""
    records, next_token = call.page(call.shelf(COLLECTION))
    page = {
        "CollectionIds": [record.name for record in records],
        "FaceModelVersions": [record.document["FaceModelVersion"] for record in records],
    }
    return paged(page, next_token)


def delete_collection(call: Call) -> JsonObject:
    """Removes a collection, with its faces and users."""
    collection_id = call.parameters["CollectionId"]
    with call.backend.store.transaction():
        if not call.shelf(COLLECTION).remove(collection_id):
            raise missing_collection(collection_id)
        had_faces = [call.shelf(kind, collection_id).clear() for kind in (FACE, FORGOTTEN_FACE)]
        call.shelf(USER, collection_id).clear()
        if any(had_faces):
            # They get other ids in a collection of the same name.
            count_up(call.shelf(_FORGOTTEN_COLLECTION), collection_id, at=call.time)
    return {"StatusCode": 200}


HANDLERS: Final[Mapping[str, Handler]] = {
    "CreateCollection": create_collection,
    "DeleteCollection": delete_collection,
    "DescribeCollection": describe_collection,
    "ListCollections": list_collections,
}


def find_collection(call: Call) -> Record:
    """The collection that a call is about.

    Raises:
        EmulatedError: ResourceNotFoundException.
    """
    collection_id = call.parameters["CollectionId"]
    found = call.shelf(COLLECTION).find(collection_id)
    if found is None:
        raise missing_collection(collection_id)
    return found


def counted(shelf: Shelf, name: str) -> int:
    """How often something was counted by `count_up`."""
    found = shelf.find(name)
    return 0 if found is None else int(found.document["Count"])


def count_up(shelf: Shelf, name: str, *, at: float) -> None:
    """Counts something once more."""
    found = shelf.find(name)
    if found is None:
        shelf.add(name, {"Count": 1}, at=at)
    else:
        shelf.save(found, Count=found.document["Count"] + 1)


def missing_collection(collection_id: str) -> EmulatedError:
    """The error for a collection that does not exist."""
    return EmulatedError(
        "ResourceNotFoundException", f"The collection id: {collection_id} does not exist"
    )


def seed(
    store: Store,
    caller: Caller,
    collection_ids: Iterable[str],
    *,
    face_model_version: str,
    time: float,
) -> None:
    """Adds the collections that are not there yet, within a transaction of the caller's.

    Raises:
        ValueError: An id breaks the service's rules; nothing is added.
    """
    ids = list(collection_ids)
    shape = service_model().shape_for("CollectionId")
    for collection_id in ids:
        if not matches(shape, collection_id):
            raise ValueError(
                "collections must have ids of 1 to 255 of a-z, A-Z, 0-9, '_', '.' and '-', "
                f"got {collection_id!r}"
            )
    document: JsonObject = {"FaceModelVersion": face_model_version, "Tags": {}}
    store.shelf(caller, COLLECTION).add_all(
        ((collection_id, document) for collection_id in ids), at=time
    )


def _resource_name(caller: Caller, collection_id: str) -> str:
    return f"aws:rekognition:{caller.region_name}:{caller.account_id}:collection/{collection_id}"
