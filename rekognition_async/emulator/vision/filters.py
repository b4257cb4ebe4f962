"""Filters of results by a request's parameters: confidence, label names, words, regions.

Handlers apply them to what was declared and to what `samples` made up alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, TypeAlias

from rekognition_async.emulator.protocol.messages import EmulatedError
from rekognition_async.emulator.utils.json_types import JsonObject

Point: TypeAlias = tuple[float, float]

_MIN_WORD_CONFIDENCE: Final = 80.0
_MIN_EQUIPMENT_CONFIDENCE: Final = 50.0
_HALF: Final = 0.5
_FEWEST_CORNERS: Final = 3
_PARTS_TO_COVER: Final = {
    "FACE_COVER": {"FACE"},
    "HAND_COVER": {"LEFT_HAND", "RIGHT_HAND"},
    "HEAD_COVER": {"HEAD"},
}


def sure_enough(items: Sequence[JsonObject], least: float) -> list[JsonObject]:
    """The items of at least this Confidence; one that has none was declared, and stays."""
    return [item for item in items if _is_sure(item, least)]


def surest(items: Sequence[JsonObject], most: int) -> list[JsonObject]:
    """At most so many items, those of the greatest Confidence, in the order they stand in."""
    ranked = sorted(range(len(items)), key=lambda index: -items[index].get("Confidence", 100.0))
    return [items[index] for index in sorted(ranked[:most])]


def chosen_labels(labels: Sequence[JsonObject], settings: JsonObject) -> list[JsonObject]:
    """The labels that a GeneralLabels of settings includes and does not exclude.

    Names and categories that are included add up; what is excluded is out even so.
    """
    names = set(settings.get("LabelInclusionFilters", ()))
    categories = set(settings.get("LabelCategoryInclusionFilters", ()))
    unwanted_names = set(settings.get("LabelExclusionFilters", ()))
    unwanted_categories = set(settings.get("LabelCategoryExclusionFilters", ()))

    def is_chosen(label: JsonObject) -> bool:
        name = label.get("Name")
        belongs_to = {category.get("Name") for category in label.get("Categories", ())}
        if name in unwanted_names or belongs_to & unwanted_categories:
            return False
        return not (names or categories) or name in names or bool(belongs_to & categories)

    return [label for label in labels if is_chosen(label)]


def chosen_text(detections: Sequence[JsonObject], filters: JsonObject) -> list[JsonObject]:
    """The words that filters let through, and the lines that have such a word, or have none at all.

    Raises:
        EmulatedError: InvalidParameterException, where a region has no shape.
    """
    regions = [_outline(region) for region in filters.get("RegionsOfInterest", ())]
    word_filter = filters.get("WordFilter")
    words = [item for item in detections if item.get("Type") == "WORD"]
    kept = {
        id(word)
        for word in words
        if (word_filter is None or _is_good_word(word, word_filter))
        and (not regions or _is_within(word, regions))
    }
    lines_with_words = {word.get("ParentId") for word in words}
    lines_left = {word.get("ParentId") for word in words if id(word) in kept}

    def stays(item: JsonObject) -> bool:
        if item.get("Type") == "WORD":
            return id(item) in kept
        if item.get("Id") in lines_with_words:
            return item.get("Id") in lines_left
        return not regions or _is_within(item, regions)

    return [item for item in detections if stays(item)]


def equipment_summary(persons: Sequence[JsonObject], attributes: JsonObject) -> JsonObject:
    """The Summary of a picture's persons: each of them is in one of its three lists.

    A person is without what is required where a part of the body is seen that nothing covers, and
    with it where all parts are covered. It cannot be told where no such part is seen.

    Args:
        persons: The Persons.
        attributes: The SummarizationAttributes: what is required, and how sure everything has to
            be; nothing less sure than 50 is ever taken into account.
    """
    least = max(attributes["MinConfidence"], _MIN_EQUIPMENT_CONFIDENCE)
    lists: dict[bool | None, list[int]] = {True: [], False: [], None: []}
    for number, person in enumerate(persons):
        verdicts = [
            _wears(person, kind, least) for kind in set(attributes["RequiredEquipmentTypes"])
        ]
        wears_all = False if False in verdicts else None if None in verdicts else True
        if not _is_sure(person, least):
            wears_all = None
        lists[wears_all].append(person.get("Id", number))
    return {
        "PersonsWithRequiredEquipment": lists[True],
        "PersonsWithoutRequiredEquipment": lists[False],
        "PersonsIndeterminate": lists[None],
    }


def _wears(person: JsonObject, kind: str, least: float) -> bool | None:
    seen = [
        part
        for part in person.get("BodyParts", ())
        if part.get("Name") in _PARTS_TO_COVER[kind] and _is_sure(part, least)
    ]
    if not seen:
        return None
    return all(
        any(_covers(item, kind, least) for item in part.get("EquipmentDetections", ()))
        for part in seen
    )


def _covers(item: JsonObject, kind: str, least: float) -> bool:
    covers = item.get("CoversBodyPart", {})
    return (
        item.get("Type") == kind
        and _is_sure(item, least)
        and covers.get("Value") is True
        and _is_sure(covers, least)
    )


def _is_sure(item: JsonObject, least: float) -> bool:
    confidence: float = item.get("Confidence", 100.0)
    return confidence >= least


def _is_good_word(word: JsonObject, wanted: Mapping[str, float]) -> bool:
    box = _box_of(word)
    sure: float = word.get("Confidence", 100.0)
    height: float = box.get("Height", 1.0)
    width: float = box.get("Width", 1.0)
    return (
        sure >= wanted.get("MinConfidence", _MIN_WORD_CONFIDENCE)
        and height >= wanted.get("MinBoundingBoxHeight", 0.0)
        and width >= wanted.get("MinBoundingBoxWidth", 0.0)
    )


def _box_of(item: JsonObject) -> JsonObject:
    box: JsonObject = item.get("Geometry", {}).get("BoundingBox", {})
    return box


def _is_within(item: JsonObject, regions: Sequence[Sequence[Point]]) -> bool:
    """Whether more than half of a thing is in one of the regions."""
    box = _box_of(item)
    whole = box.get("Width", 0.0) * box.get("Height", 0.0)
    return any(_area(_cut(region, box)) > _HALF * whole for region in regions)


def _outline(region: JsonObject) -> Sequence[Point]:
    if "Polygon" in region:
        outline = [(point.get("X", 0.0), point.get("Y", 0.0)) for point in region["Polygon"]]
    elif "BoundingBox" in region:
        left, top, right, bottom = _edges(region["BoundingBox"])
        outline = [(left, top), (right, top), (right, bottom), (left, bottom)]
    else:
        outline = []
    if len(outline) < _FEWEST_CORNERS:
        raise EmulatedError("InvalidParameterException", "Request has invalid parameters")
    return outline


def _edges(box: JsonObject) -> tuple[float, float, float, float]:
    left, top = box.get("Left", 0.0), box.get("Top", 0.0)
    return left, top, left + box.get("Width", 0.0), top + box.get("Height", 0.0)


def _cut(outline: Sequence[Point], box: JsonObject) -> Sequence[Point]:
    """What of an outline is in a box, by Sutherland's and Hodgman's way of cutting side by side."""
    left, top, right, bottom = _edges(box)
    for axis, limit, sign in ((0, left, 1), (0, right, -1), (1, top, 1), (1, bottom, -1)):
        cut: list[Point] = []
        for begin, end in pairwise([*outline, *outline[:1]]):
            inner, outer = sign * (begin[axis] - limit), sign * (end[axis] - limit)
            if inner >= 0:
                cut.append(begin)
            if (inner < 0 < outer) or (outer < 0 < inner):
                share = inner / (inner - outer)
                cut.append(
                    (
                        begin[0] + share * (end[0] - begin[0]),
                        begin[1] + share * (end[1] - begin[1]),
                    )
                )
        outline = cut
    return outline


def _area(outline: Sequence[Point]) -> float:
    around = pairwise([*outline, *outline[:1]])
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in around)) / 2
