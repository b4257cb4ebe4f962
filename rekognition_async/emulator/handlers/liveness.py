"""CreateFaceLivenessSession, GetFaceLivenessSessionResults."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Final

from rekognition_async.emulator.handlers.base import Call, ExpiredError, Handler
from rekognition_async.emulator.protocol.messages import EmulatedError
from rekognition_async.emulator.samples.selfies import selfie
from rekognition_async.emulator.state.progress import refresh
from rekognition_async.emulator.state.store import Record
from rekognition_async.emulator.utils.identifiers import seed_of, uuid_of
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.utils.seeded_random import SeededRandom

LIVENESS_SESSION: Final = "liveness_session"
"""The kind of the records of sessions, which are named by SessionId."""

_LIFETIME: Final = 180.0
# How long after its end a session that nobody used still says that it has expired: a guess.
_EXPIRY_TOLD: Final = 180.0

_CHALLENGE_VERSIONS: Final = {
    "FaceMovementAndLightChallenge": "2.0.0",
    "FaceMovementChallenge": "1.0.0",
}


def create_face_liveness_session(call: Call) -> JsonObject:
    """Adds a session; whoever it is for is checked after a while, since no camera is there."""
    sessions = call.shelf(LIVENESS_SESSION)
    # Sessions stay on their shelf for good, so that each has a number of its own.
    session_id = uuid_of(*call.caller, call.operation, sessions.count())
    declared = call.declared(operation="GetFaceLivenessSessionResults") or {}
    on_done = {"Status": declared.get("Status", "SUCCEEDED")}
    under_way = call.backend.durations.begin(
        "liveness", call.time, on_done, stages=({"Status": "IN_PROGRESS"},), Status="CREATED"
    )
    document = {"Settings": call.parameters.get("Settings", {}), "Declared": declared}
    sessions.add(session_id, {**document, **under_way}, at=call.time)
    return {"SessionId": session_id}


def get_face_liveness_session_results(call: Call) -> JsonObject:
    """Tells how far a session is and, for as long as it lives, what the check gave."""
    session_id = call.parameters["SessionId"]
    session = call.shelf(LIVENESS_SESSION).find(session_id)
    if session is None:
        raise _missing(session_id)
    status = _status(call, session)
    answer: JsonObject = {"SessionId": session_id, "Status": status}
    if status == "SUCCEEDED":
        answer = {**_results(session), **answer}
    elif status == "FAILED":
        answer = {**session.document["Declared"], **answer}
    return answer


def _status(call: Call, session: Record) -> str:
    """How far a session is.

    Raises:
        EmulatedError: SessionNotFoundException, where its time is over.
    """
    end = session.created_at + _LIFETIME
    lives = call.time < end
    # What was not over at the end of the session never will be.
    now = refresh(call.shelf(LIVENESS_SESSION), session, min(call.time, end), polled=lives)
    status: str = (now or session).document["Status"]
    if lives:
        return status
    if status in {"SUCCEEDED", "FAILED"} or call.time >= end + _EXPIRY_TOLD:
        raise _missing(session.name, ExpiredError)
    return "EXPIRED"


def _results(session: Record) -> JsonObject:
    """What the check of a session gave: what is declared, and else what is made up."""
    settings: JsonObject = session.document["Settings"]
    rng = SeededRandom(seed_of("liveness", session.name))
    most = settings.get("AuditImagesLimit", 0)
    # Whoever sits before a camera sits still.
    box = rng.box((0.3, 0.45), (0.45, 0.6))
    images = [_image(session, box, number) for number in range(most + 1)]
    results: JsonObject = {
        "Confidence": rng.number(90, 99.9),
        "ReferenceImage": images[0],
        "AuditImages": images[1:],
        "Challenge": _challenge(settings),
        "Feedback": [],
        **session.document["Declared"],
    }
    return {**results, "AuditImages": results["AuditImages"][:most]}


def _image(session: Record, box: JsonObject, number: int) -> JsonObject:
    """The reference image, which has the number 0, or an audit image."""
    output = session.document["Settings"].get("OutputConfig")
    if output is None:
        content = selfie(seed_of("selfie", session.name), box, number)
        return {"Bytes": base64.b64encode(content).decode(), "BoundingBox": box}
    name = f"audit-image-{number}.png" if number else "reference-image.png"
    prefix = output.get("S3KeyPrefix", "").rstrip("/")
    folder = f"{prefix}/{session.name}" if prefix else session.name
    place = {"Bucket": output["S3Bucket"], "Name": f"{folder}/{name}"}
    return {"S3Object": place, "BoundingBox": box}


def _challenge(settings: JsonObject) -> JsonObject:
    """The challenge that is preferred, in the newest version that is."""
    preferences = settings.get("ChallengePreferences") or [{}]
    kind = preferences[0].get("Type", "FaceMovementAndLightChallenge")
    versions = preferences[0].get("Versions", {})
    default = versions.get("Minimum", _CHALLENGE_VERSIONS[kind])
    return {"Type": kind, "Version": versions.get("Maximum", default)}


def _missing(session_id: str, error: type[EmulatedError] = EmulatedError) -> EmulatedError:
    return error("SessionNotFoundException", f"The session {session_id} does not exist")


HANDLERS: Final[Mapping[str, Handler]] = {
    "CreateFaceLivenessSession": create_face_liveness_session,
    "GetFaceLivenessSessionResults": get_face_liveness_session_results,
}
