"""What people see of an answer: rows of a table, for pictures, videos and listings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

Row: TypeAlias = Mapping[str, str | None]
"""A row: text, or None, under the name of each column."""


def picture_rows(operation: str, key: str, response: Any) -> list[Row]:
    """The rows of a picture, one for each thing that was found, and one where nothing was.

    Args:
        operation: AWS's name of the operation.
        key: The picture's key.
        response: The answer.
    """
    columns, found = _OF_PICTURES[operation]
    # The name of a file may be no Unicode.
    key = key.encode("utf-8", "backslashreplace").decode()
    rows = [{"key": key, **dict(zip(columns, values, strict=True))} for values in found(response)]
    return [*rows] or [{"key": key, **dict.fromkeys(columns)}]


def video_row(item: Any) -> Row:
    """The row of something that was found in a video, at its millisecond.

    Args:
        item: An item of the results of a job.
    """
    at = getattr(item, "timestamp", None)
    if at is None:
        at = item.start_timestamp_millis
    return {"milliseconds": _text(at), "found": _IN_VIDEOS[type(item).__name__](item)}


def face_row(face: Any) -> Row:
    """The row of a face of a collection."""
    return {
        "face_id": face.face_id,
        "external_image_id": face.external_image_id,
        "user_id": face.user_id,
        "confidence": _percent(face.confidence),
    }


def user_row(user: Any) -> Row:
    """The row of a user of a collection."""
    return {"user_id": user.user_id, "user_status": _text(user.user_status)}


def face_match_row(match: Any) -> Row:
    """The row of a face that resembles another one."""
    face = match.face
    return {
        "face_id": face and face.face_id,
        "external_image_id": face and face.external_image_id,
        "user_id": face and face.user_id,
        "similarity": _percent(match.similarity),
    }


def user_match_row(match: Any) -> Row:
    """The row of a user whose faces resemble another one."""
    return {
        "user_id": match.user and match.user.user_id,
        "similarity": _percent(match.similarity),
    }


_Values: TypeAlias = Iterable[tuple[str | None, ...]]


def _indexed(response: Any) -> _Values:
    for record in response.face_records:
        face = record.face
        yield face.face_id, face.external_image_id, _percent(face.confidence), None
    for unindexed in response.unindexed_faces:
        yield None, None, None, ", ".join(map(str, unindexed.reasons))


def _face_matches(response: Any) -> _Values:
    for match in response.face_matches:
        yield tuple(face_match_row(match).values())


def _user_matches(response: Any) -> _Values:
    for match in response.user_matches:
        yield tuple(user_match_row(match).values())


def _compared(response: Any) -> _Values:
    for match in response.face_matches:
        yield _percent(match.similarity), _box(match.face.bounding_box)


def _labels(response: Any) -> _Values:
    for label in response.labels:
        parents = ", ".join(parent.name or "" for parent in label.parents)
        yield label.name, _percent(label.confidence), str(len(label.instances)), parents or None


def _custom_labels(response: Any) -> _Values:
    for label in response.custom_labels:
        box = label.geometry and label.geometry.bounding_box
        yield label.name, _percent(label.confidence), _box(box)


def _faces(response: Any) -> _Values:
    for face in response.face_details:
        yield _percent(face.confidence), _box(face.bounding_box), *_person(face)


def _person(face: Any) -> tuple[str | None, str | None, str | None]:
    """Age, gender and the strongest emotion, where they were asked for."""
    age = face.age_range and f"{face.age_range.low}-{face.age_range.high}"
    gender = face.gender and _text(face.gender.value)
    strongest = max(face.emotions, key=lambda emotion: emotion.confidence or 0.0, default=None)
    return age, gender, strongest and _text(strongest.type)


def _texts(response: Any) -> _Values:
    for text in response.text_detections:
        yield text.detected_text, _text(text.type), _percent(text.confidence)


def _moderation(response: Any) -> _Values:
    for label in response.moderation_labels:
        yield label.name, label.parent_name or None, _percent(label.confidence)


def _celebrities(response: Any) -> _Values:
    for celebrity in response.celebrity_faces:
        yield celebrity.name, celebrity.id, _percent(celebrity.match_confidence)


def _equipment(response: Any) -> _Values:
    for person in response.persons:
        worn = [
            f"{_text(found.type)} {_percent(found.confidence)}"
            for part in person.body_parts
            for found in part.equipment_detections
        ]
        yield _text(person.id), _box(person.bounding_box), ", ".join(worn) or None


_MATCH: Final = ("face_id", "external_image_id", "user_id", "similarity")

_OF_PICTURES: Final[Mapping[str, tuple[tuple[str, ...], Callable[[Any], _Values]]]] = {
    "CompareFaces": (("similarity", "box"), _compared),
    "DetectCustomLabels": (("label", "confidence", "box"), _custom_labels),
    "DetectFaces": (("confidence", "box", "age", "gender", "emotion"), _faces),
    "DetectLabels": (("label", "confidence", "instances", "parents"), _labels),
    "DetectModerationLabels": (("label", "parent", "confidence"), _moderation),
    "DetectProtectiveEquipment": (("person", "box", "worn"), _equipment),
    "DetectText": (("text", "type", "confidence"), _texts),
    "IndexFaces": (("face_id", "external_image_id", "confidence", "not_indexed"), _indexed),
    "RecognizeCelebrities": (("name", "id", "confidence"), _celebrities),
    "SearchFacesByImage": (_MATCH, _face_matches),
    "SearchUsersByImage": (("user_id", "similarity"), _user_matches),
}
"""By AWS's name of the operation: the columns behind the key, and what makes their values."""


def _text_in_video(item: Any) -> str | None:
    text = item.text_detection
    return text and f"{text.detected_text} {_percent(text.confidence)}"


def _face_in_video(item: Any) -> str | None:
    return item.face and " ".join(filter(None, ("face", *_person(item.face))))


def _segment_of_video(item: Any) -> str | None:
    cue = item.technical_cue_segment
    return f"{_text(cue.type if cue else item.type)} to {item.end_timestamp_millis}"


def _person_in_video(item: Any) -> str | None:
    matches = [
        f"{match.face.external_image_id or match.face.face_id} {_percent(match.similarity)}"
        for match in getattr(item, "face_matches", ())
        if match.face
    ]
    return " ".join((f"person {item.person.index if item.person else '?'}", *matches))


def _named(thing: Any) -> str | None:
    return thing and f"{thing.name} {_percent(thing.confidence)}"


_IN_VIDEOS: Final[Mapping[str, Callable[[Any], str | None]]] = {
    "CelebrityRecognition": lambda item: _named(item.celebrity),
    "ContentModerationDetection": lambda item: _named(item.moderation_label),
    "FaceDetection": _face_in_video,
    "LabelDetection": lambda item: _named(item.label),
    "PersonDetection": _person_in_video,
    "PersonMatch": _person_in_video,
    "SegmentDetection": _segment_of_video,
    "TextDetectionResult": _text_in_video,
}
"""By the class of an item of a job's results: what tells of it."""


def _percent(value: float | None) -> str | None:
    return None if value is None else f"{value:.1f}"


def _box(box: Any) -> str | None:
    """Left, top, width and height in percent of the picture."""
    if box is None:
        return None
    sides = (box.left, box.top, box.width, box.height)
    return " ".join(f"{(side or 0.0) * 100:.0f}%" for side in sides)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
