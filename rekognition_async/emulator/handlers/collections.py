"""CreateCollection, DescribeCollection, ListCollections, DeleteCollection."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from rekognition_async.emulator.handlers.base import Call, Handler
from rekognition_async.emulator.protocol import EmulatedError, JsonObject, service_model
from rekognition_async.emulator.signature import Caller
from rekognition_async.emulator.store import Store
from rekognition_async.emulator.validation import matches

FACE_MODEL_VERSION: Final = "7.0"

_INSERT: Final = """
INSERT OR IGNORE INTO collections
    (account_id, region_name, collection_id, face_model_version, created_at, tags)
VALUES (?, ?, ?, ?, ?, ?)
"""


def create_collection(call: Call) -> JsonObject:
    """Adds a collection; its ARN comes without the prefix that ARNs have elsewhere."""
    collection_id = call.parameters["CollectionId"]
    tags = json.dumps(call.parameters.get("Tags", {}))
    row = (*call.caller, collection_id, FACE_MODEL_VERSION, call.time, tags)
    if not call.store.execute(_INSERT, *row):
        raise EmulatedError(
            "ResourceAlreadyExistsException", f"The collection id: {collection_id} already exists"
        )
    return {
        "StatusCode": 200,
        "CollectionArn": _resource_name(call.caller, collection_id),
        "FaceModelVersion": FACE_MODEL_VERSION,
    }


def describe_collection(call: Call) -> JsonObject:
    """Tells what is stored of a collection."""
    collection_id = call.parameters["CollectionId"]
    found = call.store.find(
        "SELECT face_model_version, created_at FROM collections"
        " WHERE (account_id, region_name, collection_id) = (?, ?, ?)",
        *call.caller,
        collection_id,
    )
    if found is None:
        raise EmulatedError("ResourceNotFoundException", f"Collection:{collection_id} not found!")
    face_model_version, created_at = found
    return {
        "FaceCount": 0,
        "UserCount": 0,
        "FaceModelVersion": face_model_version,
        "CollectionARN": f"arn:{_resource_name(call.caller, collection_id)}",
        "CreationTimestamp": round(created_at, 3),
    }


def list_collections(call: Call) -> JsonObject:
    """A page of the collections, in the order they were created."""

    def fetch(after: int, count: int) -> list[tuple[Any, ...]]:
        return call.store.rows(
            "SELECT sequence, collection_id, face_model_version FROM collections"
            " WHERE account_id = ? AND region_name = ? AND sequence > ?"
            " ORDER BY sequence LIMIT ?",
            *call.caller,
            after,
            count,
        )

    rows, next_token = call.page(fetch)
    page: JsonObject = {
        "CollectionIds": [collection_id for _, collection_id, _ in rows],
        "FaceModelVersions": [version for _, _, version in rows],
    }
    return page if next_token is None else {**page, "NextToken": next_token}


def delete_collection(call: Call) -> JsonObject:
    """Removes a collection."""
    collection_id = call.parameters["CollectionId"]
    if not call.store.execute(
        "DELETE FROM collections WHERE (account_id, region_name, collection_id) = (?, ?, ?)",
        *call.caller,
        collection_id,
    ):
        raise EmulatedError(
            "ResourceNotFoundException", f"The collection id: {collection_id} does not exist"
        )
    return {"StatusCode": 200}


HANDLERS: Final[Mapping[str, Handler]] = {
    "CreateCollection": create_collection,
    "DeleteCollection": delete_collection,
    "DescribeCollection": describe_collection,
    "ListCollections": list_collections,
}


def seed(
    store: Store,
    caller: Caller,
    collection_ids: Iterable[str],
    *,
    face_model_version: str,
    time: float,
) -> None:
    """Adds the collections that are not there yet.

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
    rows = ((*caller, collection_id, face_model_version, time, "{}") for collection_id in ids)
    store.execute_many(_INSERT, rows)


def _resource_name(caller: Caller, collection_id: str) -> str:
    return f"aws:rekognition:{caller.region_name}:{caller.account_id}:collection/{collection_id}"
