"""DetectFaces, CompareFaces: faces on pictures, of which nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rekognition_async.emulator.handlers.base import Call, Handler
from rekognition_async.emulator.protocol.messages import EmulatedError
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.vision.face_details import DEFAULT_ATTRIBUTES, shown
from rekognition_async.emulator.vision.images import Picture
from rekognition_async.emulator.vision.people import SeenFace

_SIMILARITY_THRESHOLD: Final = 80.0


async def detect_faces(call: Call) -> JsonObject:
    """The faces on a picture, the largest first, with the attributes that are asked for."""
    picture = await call.picture()
    attributes = call.parameters.get("Attributes", ())
    faces = await call.faces_on(picture)
    return {"FaceDetails": [shown(face.detail, attributes) for face in faces]}


async def compare_faces(call: Call) -> JsonObject:
    """The faces on one picture that are like the largest on another, and those that are not."""
    source = await call.picture("SourceImage")
    target = await call.picture("TargetImage")
    searched, *_ = await _good_faces(call, source)
    threshold = call.parameters.get("SimilarityThreshold", _SIMILARITY_THRESHOLD)
    matches: list[JsonObject] = []
    others: list[JsonObject] = []
    for face in await _good_faces(call, target):
        compared = {name: face.detail[name] for name in DEFAULT_ATTRIBUTES}
        compared["Landmarks"] = shown(face.detail, ())["Landmarks"]
        similarity = searched.identity.similarity(face.identity)
        if similarity >= threshold:
            matches.append({"Similarity": similarity, "Face": compared})
        else:
            others.append(compared)
    return {
        "SourceImageFace": {name: searched.detail[name] for name in ("BoundingBox", "Confidence")},
        "FaceMatches": sorted(matches, key=lambda match: -match["Similarity"]),
        "UnmatchedFaces": others,
    }


HANDLERS: Final[Mapping[str, Handler]] = {
    "CompareFaces": compare_faces,
    "DetectFaces": detect_faces,
}


async def _good_faces(call: Call, picture: Picture) -> list[SeenFace]:
    """The faces that the QualityFilter lets through.

    Raises:
        EmulatedError: InvalidParameterException, where there are none.
    """
    quality_filter = call.parameters.get("QualityFilter", "NONE")
    faces = await call.faces_on(picture)
    good = [face for face in faces if not face.flaws(quality_filter)]
    if not good:
        raise EmulatedError("InvalidParameterException", "Request has invalid parameters")
    return good
