"""What eyes see on an image: `DetectedFace`, `DetectedText`, `DetectedModerationLabel`.

Users' own `Eyes` make them, and each is checked as it is made. Places are in parts of the width and
height of the image as it is displayed, so after EXIF's orientation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rekognition_async.emulator.utils.floats import single
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.vision.geometry import corners
from rekognition_async.emulator.vision.identities import encode_vector
from rekognition_async.emulator.vision.people import Box, Person, bounding_box

_FEWEST_CORNERS: Final = 3
_CONFIDENCE: Final = 99.0


@dataclass(frozen=True)
class DetectedFace:
    """A face on an image.

    Attributes:
        box: Where it is, each side 0 to 1: ``(left, top, width, height)``, or a mapping as
            BoundingBox is.
        vector: What a model of faces makes of it (an embedding), of at most 4,096 numbers. Two
            faces that both have one, of one length, are compared by the cosine between them; all
            others by their names, or by the images they are on.
        person: Whose face it is, where that is known: as the names that `People` declares.
        confidence: How sure it is that it is a face, 0 to 100; None makes that up.
        attributes: Members of a FaceDetail that are other than made up, such as ``{"Landmarks":
            [{"Type": "eyeLeft", "X": 0.4, "Y": 0.3}], "Smile": {"Value": True}}``.
    """

    box: Box
    vector: Iterable[float] | None = field(default=None, repr=False)
    person: str | None = None
    confidence: float | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Checks what could not be a face.

        Raises:
            ValueError: The box is none, the vector has no direction or too many numbers, the name
                is empty, or a member of a FaceDetail does not exist or is out of its limits; the
                message names it.
        """
        if self.confidence is not None:
            given = {"Confidence": _valid_confidence(self.confidence)}
            object.__setattr__(self, "attributes", {**self.attributes, **given})
        bounding_box(self.box)
        Person(attributes=self.attributes)
        if self.person is not None:
            _check_name("person", self.person)
        if self.vector is not None:
            vector = tuple(map(float, self.vector))
            encode_vector(vector)
            object.__setattr__(self, "vector", vector)


@dataclass(frozen=True)
class DetectedText:
    """A line of text on an image, or a word of it.

    Attributes:
        text: What is written there.
        box: Where it is, each side 0 to 1: ``(left, top, width, height)``, or a mapping as
            BoundingBox is.
        polygon: Where it is, instead of a box: at least three corners as ``(x, y)``, 0 to 1,
            clockwise from where the text begins at its top.
        confidence: How sure that is, 0 to 100.
        words: The words of a line; with none a line is split at its spaces.
    """

    text: str
    box: Box | None = None
    polygon: Sequence[Sequence[float]] | None = None
    confidence: float = _CONFIDENCE
    words: Sequence[DetectedText] = ()

    def __post_init__(self) -> None:
        """Checks what could not be text on an image.

        Raises:
            ValueError: There is no text, no place or two of them, a word is no `DetectedText`, or
                a place or a confidence is out of its limits; the message names it.
        """
        _check_name("text", self.text)
        if (self.box is None) is (self.polygon is None):
            raise ValueError("text must have either a box or a polygon")
        _valid_confidence(self.confidence)
        geometry_of(self)
        words: list[Any] = list(self.words)
        for word in words:
            if not isinstance(word, DetectedText):
                raise ValueError(f"a word must be a DetectedText, got {type(word).__name__}")


@dataclass(frozen=True)
class DetectedModerationLabel:
    """Unsafe content on an image.

    Attributes:
        name: What it is, such as ``"Weapons"``.
        confidence: How sure that is, 0 to 100.
        parents: The names above it, the next one first. With none they are those that the emulator
            knows of AWS's own labels; a name that it does not know stands at the top.
    """

    name: str
    confidence: float = _CONFIDENCE
    parents: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Checks what could not be a label.

        Raises:
            ValueError: A name is empty, or the confidence is out of its limits.
        """
        if isinstance(self.parents, str):
            raise ValueError(f"parents must be a list of names, got {self.parents!r}")
        for name in (self.name, *self.parents):
            _check_name("the name of a label", name)
        _valid_confidence(self.confidence)


def geometry_of(text: DetectedText) -> JsonObject:
    """The place of the text as a Geometry of the service."""
    if text.box is not None:
        box: JsonObject = bounding_box(text.box)
        return {"BoundingBox": box, "Polygon": corners(box)}
    points = _valid_polygon(text.polygon or ())
    left, top = (min(sides) for sides in zip(*points, strict=True))
    right, bottom = (max(sides) for sides in zip(*points, strict=True))
    return {
        "BoundingBox": {
            "Width": single(right - left),
            "Height": single(bottom - top),
            "Left": left,
            "Top": top,
        },
        "Polygon": [{"X": x, "Y": y} for x, y in points],
    }


def words_of(line: DetectedText) -> Sequence[DetectedText]:
    """The words: those that are given, or else what stands between spaces, in its share."""
    if line.words:
        return line.words
    points = [(point["X"], point["Y"]) for point in geometry_of(line)["Polygon"]]
    if len(points) != 4:  # noqa: PLR2004 - the corners of anything else have no opposites
        (left, top), (right, bottom) = (
            tuple(choose(side) for side in zip(*points, strict=True)) for choose in (min, max)
        )
        points = [(left, top), (right, top), (right, bottom), (left, bottom)]
    top_left, top_right, bottom_right, bottom_left = points
    words: list[DetectedText] = []
    begin = 0
    for word in line.text.split():
        begin = line.text.index(word, begin)
        shares = (begin / len(line.text), (begin + len(word)) / len(line.text))
        upper = [_between(top_left, top_right, share) for share in shares]
        lower = [_between(bottom_left, bottom_right, share) for share in reversed(shares)]
        words.append(DetectedText(word, polygon=[*upper, *lower], confidence=line.confidence))
        begin += len(word)
    return words


def _check_name(what: str, name: Any) -> None:
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"{what} must be a text that is not blank, got {name!r}")


def _valid_confidence(confidence: float) -> float:
    if not 0 <= confidence <= 100:  # noqa: PLR2004 - percent
        raise ValueError(f"confidence must be 0 to 100, got {confidence!r}")
    return single(confidence)


def _valid_polygon(polygon: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    if len(polygon) < _FEWEST_CORNERS:
        raise ValueError(
            f"a polygon must have at least {_FEWEST_CORNERS} corners, got {len(polygon)}"
        )
    points: list[tuple[float, float]] = []
    for point in polygon:
        if len(point) != 2:  # noqa: PLR2004 - x and y
            raise ValueError(f"a corner must be (x, y), got {point!r}")
        for value in point:
            if not 0 <= value <= 1:
                raise ValueError(f"a corner must be 0 to 1, in parts of the picture, got {value!r}")
        points.append((single(point[0]), single(point[1])))
    return points


def _between(
    begin: tuple[float, float], end: tuple[float, float], share: float
) -> tuple[float, float]:
    """A point on a line, on the picture even where a box hangs over its edge."""
    x, y = (start + (stop - start) * share for start, stop in zip(begin, end, strict=True))
    return min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)
