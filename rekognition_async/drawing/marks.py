"""What an answer tells of places on a picture: boxes, polygons and points with their captions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from pydantic import BaseModel

from rekognition_async.models.common import (
    BoundingBox,
    Face,
    FaceDetail,
    FaceMatch,
    Geometry,
    Label,
    Landmark,
    ModerationLabel,
    TextDetection,
)
from rekognition_async.models.faces import FaceRecord, SearchFacesByImageResponse, UnindexedFace
from rekognition_async.models.images import (
    Celebrity,
    ComparedFace,
    CompareFacesMatch,
    CompareFacesResponse,
    CustomLabel,
    EquipmentDetection,
    ProtectiveEquipmentPerson,
)
from rekognition_async.models.users import (
    SearchUsersByImageResponse,
    UnsearchedFace,
)

Tone: TypeAlias = Literal["good", "poor", "minor"]
Corner: TypeAlias = tuple[float, float]

_ID_DIGITS: Final = 8


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing on a picture.

    Attributes:
        corners: The corners of its outline, in ratios of the picture's sides.
        caption: What is written beside it; empty for nothing.
        subject: What decides on its colour: marks of one subject have one.
        tone: ``good`` and ``poor`` have colours of their own; ``minor`` is grey and thin.
        points: Landmarks, in ratios of the picture's sides.
    """

    corners: tuple[Corner, ...]
    caption: str
    subject: str
    tone: Tone | None = None
    points: tuple[Corner, ...] = ()


@dataclass(slots=True)
class Findings:
    """All that is to be drawn.

    Attributes:
        marks: What has a place, in the answer's order.
        notes: What has none, a line each.
    """

    marks: list[Mark] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(
        self,
        place: BoundingBox | Geometry | None,
        caption: str,
        subject: str,
        *,
        tone: Tone | None = None,
        landmarks: Iterable[Landmark] = (),
    ) -> None:
        """Adds a thing, where its place is told."""
        corners = _corners(place)
        if corners:
            points = tuple(
                (point.x, point.y)
                for point in landmarks
                if point.x is not None and point.y is not None
            )
            self.marks.append(Mark(corners, caption, subject, tone, points))


def findings_of(
    answer: BaseModel | Iterable[BaseModel], picture: Literal["source", "target"] = "target"
) -> Findings:
    """What an answer, or parts of one, tell of a picture."""
    found = Findings()
    _visit(answer, found, picture)
    return found


def _visit(node: object, found: Findings, picture: Literal["source", "target"]) -> None:
    """Finds what has a place, at whatever depth of an answer."""
    if isinstance(node, CompareFacesResponse):
        _add_comparison(node, found, picture)
    elif isinstance(node, SearchFacesByImageResponse | SearchUsersByImageResponse):
        _add_search(node, found, picture)
    elif isinstance(node, FaceMatch):
        # Its box is that of the picture it was indexed from.
        return
    elif isinstance(node, BaseModel):
        if not _add(node, found):
            for name in type(node).model_fields:
                _visit(getattr(node, name), found, picture)
    elif isinstance(node, Iterable) and not isinstance(node, str | bytes):
        for part in node:
            _visit(part, found, picture)


def _add(node: BaseModel, found: Findings) -> bool:  # noqa: C901, PLR0912, PLR0915 - a case a model
    """Adds what a model of a kind that is known tells; says whether it is one."""
    match node:
        case FaceRecord(face=face, face_detail=detail):
            place = (detail and detail.bounding_box) or (face and face.bounding_box)
            landmarks = detail.landmarks if detail else ()
            name = _face_name(face)
            score = face.confidence if face else None
            found.add(place or None, _told(name, score), "face", landmarks=landmarks)
        case UnindexedFace(reasons=reasons, face_detail=detail) if detail:
            caption = ", ".join(["not indexed", *map(_words, reasons)])
            found.add(detail.bounding_box, caption, "unindexed", tone="minor")
        case UnsearchedFace(reasons=reasons, face_details=detail) if detail:
            caption = ", ".join(["not searched", *map(_words, reasons)])
            found.add(detail.bounding_box, caption, "unsearched", tone="minor")
        case CompareFacesMatch(similarity=similarity, face=ComparedFace() as face):
            caption = _told("match", similarity)
            found.add(face.bounding_box, caption, "", tone="good", landmarks=face.landmarks)
        case Celebrity(name=name, face=ComparedFace() as face):
            caption = _told(name or "celebrity", node.match_confidence)
            found.add(face.bounding_box, caption, name or "", landmarks=face.landmarks)
        case FaceDetail():
            found.add(node.bounding_box, _face_caption(node), "face", landmarks=node.landmarks)
        case ComparedFace():
            caption = _told("face", node.confidence)
            found.add(node.bounding_box, caption, "face", tone="minor", landmarks=node.landmarks)
        case Face():
            found.add(node.bounding_box, _told(_face_name(node), node.confidence), "face")
        case Label(name=name):
            for instance in node.instances:
                score = instance.confidence
                found.add(instance.bounding_box, _told(name or "label", score), name or "")
            if not node.instances:
                found.notes.append(_told(name or "label", node.confidence))
        case ModerationLabel(name=name, parent_name=parent):
            told = f"{parent} / {name}" if parent else name or "label"
            found.notes.append(_told(told, node.confidence))
        case CustomLabel(name=name, geometry=geometry):
            caption = _told(name or "label", node.confidence)
            if geometry is None:
                found.notes.append(caption)
            else:
                found.add(geometry, caption, name or "")
        case TextDetection(type="WORD"):
            found.add(node.geometry, "", "word", tone="minor")
        case TextDetection():
            found.add(node.geometry, _told(node.detected_text or "", node.confidence), "text")
        case ProtectiveEquipmentPerson():
            _add_person(node, found)
        case EquipmentDetection():
            _add_equipment(node, found)
        case BoundingBox() | Geometry():
            found.add(node, "", "place")
        case _ if isinstance(box := getattr(node, "bounding_box", None), BoundingBox):
            found.add(box, _told(type(node).__name__, getattr(node, "confidence", None)), "thing")
        case _:
            return False
    return True


def _add_person(person: ProtectiveEquipmentPerson, found: Findings) -> None:
    bare = [_words(part.name) for part in person.body_parts if not part.equipment_detections]
    number = "" if person.id is None else f" {person.id}"
    caption = _told(f"person{number}", person.confidence)
    if bare:
        caption += f", bare: {', '.join(bare)}"
    found.add(person.bounding_box, caption, "person")
    for part in person.body_parts:
        for item in part.equipment_detections:
            _add_equipment(item, found)


def _add_equipment(item: EquipmentDetection, found: Findings) -> None:
    covers = item.covers_body_part is not None and bool(item.covers_body_part.value)
    caption = _told(_words(item.type or "equipment"), item.confidence)
    if not covers:
        caption += ", does not cover"
    found.add(item.bounding_box, caption, "", tone="good" if covers else "poor")


def _add_comparison(
    answer: CompareFacesResponse, found: Findings, picture: Literal["source", "target"]
) -> None:
    """The faces of one of the two pictures."""
    if picture == "target":
        _visit((answer.face_matches, answer.unmatched_faces), found, picture)
    elif (face := answer.source_image_face) is not None:
        found.add(face.bounding_box, _told("face", face.confidence), "face")


def _add_search(
    answer: SearchFacesByImageResponse | SearchUsersByImageResponse,
    found: Findings,
    picture: Literal["source", "target"],
) -> None:
    """The face that was searched for, under the name of the best match."""
    if isinstance(answer, SearchFacesByImageResponse):
        place = answer.searched_face_bounding_box
        names = [(_face_name(match.face), match.similarity) for match in answer.face_matches]
    else:
        detail = answer.searched_face.face_detail if answer.searched_face else None
        place = detail.bounding_box if detail else None
        names = [
            ((match.user and match.user.user_id) or "user", match.similarity)
            for match in answer.user_matches
        ]
    caption = _told(*names[0]) if names else "no match"
    if len(names) > 1:
        caption += f", {len(names) - 1} more"
    found.add(place, caption, "", tone="good" if names else "poor")
    if isinstance(answer, SearchUsersByImageResponse):
        _visit(answer.unsearched_faces, found, picture)


def _face_name(face: Face | None) -> str:
    if face is None:
        return "face"
    return face.external_image_id or face.user_id or (face.face_id or "face")[:_ID_DIGITS]


def _face_caption(face: FaceDetail) -> str:
    told = [_told("face", face.confidence)]
    if face.age_range is not None:
        told.append(f"age {face.age_range.low}-{face.age_range.high}")
    if face.emotions:
        likeliest = max(face.emotions, key=lambda emotion: emotion.confidence or 0)
        told.append(_words(likeliest.type or ""))
    return ", ".join(told)


def _told(name: str, score: float | None) -> str:
    return name if score is None else f"{name} {score:.1f} %"


def _words(value: str | None) -> str:
    return (value or "").replace("_", " ").lower()


def _corners(place: BoundingBox | Geometry | None) -> tuple[Corner, ...]:
    if isinstance(place, Geometry):
        polygon = tuple(
            (point.x, point.y)
            for point in place.polygon
            if point.x is not None and point.y is not None
        )
        return polygon if len(polygon) > 2 else _corners(place.bounding_box)  # noqa: PLR2004 - an area
    if place is None:
        return ()
    left, top, width, height = place.left, place.top, place.width, place.height
    if left is None or top is None or width is None or height is None:
        return ()
    right, bottom = left + width, top + height
    return ((left, top), (right, top), (right, bottom), (left, bottom))
