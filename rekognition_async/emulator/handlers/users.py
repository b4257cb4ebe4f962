"""The operations on users: their faces, and searches for them."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from typing import Final

from rekognition_async.emulator.handlers.base import Call, Handler, paged
from rekognition_async.emulator.handlers.collections import FACE, USER, find_collection
from rekognition_async.emulator.handlers.face_search import identity_of
from rekognition_async.emulator.handlers.faces import find_face
from rekognition_async.emulator.protocol.messages import EmulatedError
from rekognition_async.emulator.state.progress import refresh
from rekognition_async.emulator.state.store import Record, Shelf
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.vision.face_details import shown
from rekognition_async.emulator.vision.identities import Identity, likeness
from rekognition_async.emulator.vision.people import SeenFace

MAX_USERS_A_COLLECTION: Final = 10_000_000
MAX_FACES_A_USER: Final = 100
MAX_MATCHES: Final = 500
"""How many users a search answers with, where MaxUsers does not say, and a page has at most."""

_UPDATE: Final = "user_update"
_ASSOCIATE_THRESHOLD: Final = 75.0
_SEARCH_THRESHOLD: Final = 80.0


def create_user(call: Call) -> JsonObject:
    """Adds a user without faces."""
    shelf = _users(call)
    user_id = call.parameters["UserId"]
    if shelf.count() >= MAX_USERS_A_COLLECTION:
        raise EmulatedError(
            "ServiceQuotaExceededException",
            f"The collection id: {shelf.parent} has {MAX_USERS_A_COLLECTION} users already",
        )
    if shelf.add(user_id, {"UserStatus": "CREATED", "FaceIds": []}, at=call.time) is None:
        raise EmulatedError("ConflictException", f"The user id: {user_id} already exists")
    return {}


def delete_user(call: Call) -> JsonObject:
    """Removes a user; the faces stay, and are nobody's."""
    users = _users(call)
    user = _find_user(call, users)
    faces = call.shelf(FACE, users.parent)
    with call.backend.store.transaction():
        for face in _faces_of(user, faces):
            faces.save(face, UserId=None)
        users.remove(user.name)
    return {}


def list_users(call: Call) -> JsonObject:
    """A page of the users, in the order they were created."""
    users = _users(call)
    records, next_token = call.page(users, most=MAX_MATCHES)
    # No other operation tells the status of a user, so this is how one waits for it.
    users_now = [_as_of_now(call, users, record, polled=True) for record in records]
    page = {"Users": [_shown(user) for user in users_now]}
    return paged(page, next_token)


def associate_faces(call: Call) -> JsonObject:
    """Gives faces to a user, where they are like those that the user has."""
    users = _users(call)
    user = _find_user(call, users)
    faces = call.shelf(FACE, users.parent)
    threshold = call.parameters.get("UserMatchThreshold", _ASSOCIATE_THRESHOLD)
    known = [identity_of(face) for face in _faces_of(user, faces)]
    room = MAX_FACES_A_USER - len(known)
    taken: list[Record] = []
    refused: list[JsonObject] = []
    for face_id in dict.fromkeys(call.parameters["FaceIds"]):
        face = faces.find(face_id)
        if face is None:
            refused.append({"FaceId": face_id, "Reasons": ["FACE_NOT_FOUND"]})
        elif (owner := face.document.get("UserId")) is not None:
            if owner != user.name:
                refused.append(_of_another_user(face_id, owner))
        elif known and (confidence := likeness(known, identity_of(face))) < threshold:
            reasons = ["LOW_MATCH_CONFIDENCE"]
            refused.append({"FaceId": face_id, "Confidence": confidence, "Reasons": reasons})
        elif room == 0:
            raise EmulatedError(
                "ServiceQuotaExceededException",
                f"The user id: {user.name} has {MAX_FACES_A_USER} faces already",
            )
        elif len(taken) == room:
            # AWS documents that these come back among the refused, and has no reason for it.
            refused.append({"FaceId": face_id, "Reasons": []})
        else:
            taken.append(face)
    face_ids = [*user.document["FaceIds"], *(face.name for face in taken)]
    return {
        "AssociatedFaces": [{"FaceId": face.name} for face in taken],
        "UnsuccessfulFaceAssociations": refused,
        "UserStatus": _changed(call, user, taken, owner=user.name, face_ids=face_ids),
    }


def disassociate_faces(call: Call) -> JsonObject:
    """Takes faces away from a user; those that are nobody's are passed over."""
    users = _users(call)
    user = _find_user(call, users)
    faces = call.shelf(FACE, users.parent)
    taken: list[Record] = []
    refused: list[JsonObject] = []
    for face_id in dict.fromkeys(call.parameters["FaceIds"]):
        face = faces.find(face_id)
        owner = None if face is None else face.document.get("UserId")
        if face is None:
            refused.append({"FaceId": face_id, "Reasons": ["FACE_NOT_FOUND"]})
        elif owner == user.name:
            taken.append(face)
        elif owner is not None:
            refused.append(_of_another_user(face_id, owner))
    gone = {face.name for face in taken}
    face_ids = [face_id for face_id in user.document["FaceIds"] if face_id not in gone]
    return {
        "DisassociatedFaces": [{"FaceId": face.name} for face in taken],
        "UnsuccessfulFaceDisassociations": refused,
        "UserStatus": _changed(call, user, taken, owner=None, face_ids=face_ids),
    }


async def search_users(call: Call) -> JsonObject:
    """The users that are like a face, or like another user."""
    collection = find_collection(call)
    user_id, face_id = call.parameters.get("UserId"), call.parameters.get("FaceId")
    if (user_id is None) is (face_id is None):
        raise EmulatedError(
            "InvalidParameterException", "The request must have either a FaceId or a UserId"
        )
    faces = call.shelf(FACE, collection.name)
    answer: JsonObject = {"FaceModelVersion": collection.document["FaceModelVersion"]}
    if face_id is not None:
        searched = [identity_of(find_face(faces, face_id))]
        answer["SearchedFace"] = {"FaceId": face_id}
    else:
        user = _find_user(call, _users(call))
        searched = [identity_of(face) for face in _faces_of(user, faces)]
        answer["SearchedUser"] = {"UserId": user_id}
    return {**answer, "UserMatches": await _matches(call, searched, without=user_id)}


async def search_users_by_image(call: Call) -> JsonObject:
    """The users that are like the largest face of a picture."""
    faces = await call.faces_on(await call.picture())
    collection = find_collection(call)
    quality_filter = call.parameters.get("QualityFilter", "NONE")
    searched: SeenFace | None = None
    others: list[JsonObject] = []
    for face in faces:
        reasons = face.flaws(quality_filter)
        if not reasons and searched is None:
            searched = face
        else:
            reasons = reasons or ["FACE_NOT_LARGEST"]
            others.append({"FaceDetails": shown(face.detail, ()), "Reasons": reasons})
    answer: JsonObject = {
        "UserMatches": [] if searched is None else await _matches(call, [searched.identity]),
        "FaceModelVersion": collection.document["FaceModelVersion"],
        "UnsearchedFaces": others,
    }
    if searched is not None:
        answer["SearchedFace"] = {"FaceDetail": shown(searched.detail, ())}
    return answer


HANDLERS: Final[Mapping[str, Handler]] = {
    "AssociateFaces": associate_faces,
    "CreateUser": create_user,
    "DeleteUser": delete_user,
    "DisassociateFaces": disassociate_faces,
    "ListUsers": list_users,
    "SearchUsers": search_users,
    "SearchUsersByImage": search_users_by_image,
}


def _users(call: Call) -> Shelf:
    """The users of the collection that a call is about."""
    return call.shelf(USER, find_collection(call).name)


def _find_user(call: Call, users: Shelf) -> Record:
    user_id = call.parameters["UserId"]
    found = users.find(user_id)
    if found is None:
        raise EmulatedError("ResourceNotFoundException", f"The user id: {user_id} does not exist")
    return found


def _faces_of(user: Record, faces: Shelf) -> list[Record]:
    found = map(faces.find, user.document["FaceIds"])
    return [face for face in found if face is not None]


def _of_another_user(face_id: str, user_id: str) -> JsonObject:
    return {
        "FaceId": face_id,
        "UserId": user_id,
        "Reasons": ["ASSOCIATED_TO_A_DIFFERENT_USER"],
    }


def _changed(
    call: Call, user: Record, changed: Sequence[Record], *, owner: str | None, face_ids: list[str]
) -> str:
    """Stores whose the changed faces are now, and tells the user's status."""
    users, faces = _users(call), call.shelf(FACE, call.parameters["CollectionId"])
    if changed:
        with call.backend.store.transaction():
            for face in changed:
                faces.save(face, UserId=owner)
            on_done = {"UserStatus": "ACTIVE" if face_ids else "CREATED"}
            progress = call.backend.durations.begin(
                _UPDATE, call.time, on_done, UserStatus="UPDATING"
            )
            user = users.save(user, FaceIds=face_ids, **progress)
    else:
        user = _as_of_now(call, users, user)
    status: str = user.document["UserStatus"]
    return status


def _as_of_now(call: Call, users: Shelf, user: Record, *, polled: bool = False) -> Record:
    # A user's update ends with a status, and never takes the user away.
    return refresh(users, user, call.time, polled=polled) or user


def _shown(user: Record) -> JsonObject:
    """A user as listings and searches show one."""
    return {"UserId": user.name, "UserStatus": user.document["UserStatus"]}


async def _matches(
    call: Call, searched: Sequence[Identity], *, without: str | None = None
) -> list[JsonObject]:
    """UserMatches, the most alike first; a user is as alike as the best of the faces."""
    users = _users(call)
    faces = call.shelf(FACE, users.parent)
    threshold = call.parameters.get("UserMatchThreshold", _SEARCH_THRESHOLD)
    best: dict[str, float] = {}
    async for found in call.backend.face_search.alike(faces, searched, threshold):
        for _, user_id, similarity in found:
            if user_id is not None and user_id != without:
                best[user_id] = max(best.get(user_id, 0.0), similarity)
    similar = ((-similarity, user_id) for user_id, similarity in best.items())
    most = call.parameters.get("MaxUsers", MAX_MATCHES)
    return [
        {"Similarity": -negative, "User": _shown(_as_of_now(call, users, user))}
        for negative, user_id in heapq.nsmallest(most, similar)
        if (user := users.find(user_id)) is not None
    ]
