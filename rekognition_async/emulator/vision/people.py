"""Who is on an image: the people a test declares with `People.add`.

`eyes.sources` asks `People.faces_on` first for the faces of an image.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, cast

from rekognition_async.emulator.protocol.declared_values import check_answer
from rekognition_async.emulator.protocol.messages import EmulatedError, service_model
from rekognition_async.emulator.protocol.validation import validate
from rekognition_async.emulator.utils.floats import single
from rekognition_async.emulator.utils.identifiers import uuids_of
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.utils.seeded_random import SeededRandom
from rekognition_async.emulator.vision.declarations import declare_from, source_in_file
from rekognition_async.emulator.vision.face_details import face_detail, flaws
from rekognition_async.emulator.vision.identities import Identity
from rekognition_async.emulator.vision.images import Picture, read_picture
from rekognition_async.emulator.vision.picture_index import Found, PictureIndex

if TYPE_CHECKING:
    from botocore.model import StructureShape

MAX_FACES: Final = 100
"""How many faces the service sees on a picture: the largest."""

Box: TypeAlias = Mapping[str, float] | Sequence[float]
"""Where a face is, in parts of the picture's width and height. It is a mapping with ``Left``,
``Top``, ``Width`` and ``Height``, or the four in this order."""

image_id_of_digest: Final = uuids_of("image", version=3)
"""The ImageId of whatever has a digest."""

_SIDES: Final = ("Left", "Top", "Width", "Height")


@dataclass(frozen=True)
class Person:
    """How a person is to be seen on a picture.

    Attributes:
        box: Where the face is; None makes a place up. Each side is 0 to 1.
        attributes: Members of a FaceDetail that are other than made up, such as
            ``{"AgeRange": {"Low": 30, "High": 38}, "Quality": {"Sharpness": 3.5}}``. They decide
            whether a QualityFilter lets the face through: low quality or confidence, a turned head,
            an occluded face.
    """

    box: Box | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Checks what could not be a face.

        Raises:
            ValueError: The box is none, or a member of a FaceDetail does not exist or is out of
                its limits; the message names it.
        """
        if self.box is not None:
            bounding_box(self.box)
        if "BoundingBox" in self.attributes:
            raise ValueError("the place of a face is its box, and not among its attributes")
        if not self.attributes:
            return
        shape = service_model().shape_for("FaceDetail")
        check_answer(shape, self.attributes, "attributes")
        try:
            validate(cast("StructureShape", shape), dict(self.attributes))
        except EmulatedError as error:
            raise ValueError(f"attributes of a face are not valid: {error.message}") from None


Who: TypeAlias = Mapping[str, Person | Box | None] | Iterable[str]
"""The people on a picture by their names, each as a `Person`, a box, or None for a made-up place;
or just their names."""


class SeenFace(NamedTuple):
    """A face on a picture.

    Attributes:
        identity: Whose it is.
        detail: Its FaceDetail, with all members.
    """

    identity: Identity
    detail: JsonObject

    @property
    def size(self) -> float:
        """The part of the picture that it takes up."""
        box = self.detail["BoundingBox"]
        area: float = box["Width"] * box["Height"]
        return area

    def flaws(self, quality_filter: str) -> list[str]:
        """Why a QualityFilter holds it back; empty where it does not."""
        return flaws(self.detail, quality_filter)


DeclaredPicture: TypeAlias = Found[Mapping[str, Person]]
"""A picture of which somebody declared who is on it, by their names."""


class People:
    """Who is declared to be on which picture."""

    def __init__(self) -> None:
        """Begins with nothing declared."""
        self._declared: PictureIndex[Mapping[str, Person]] = PictureIndex()

    def add(self, picture: bytes | str | os.PathLike[str], who: Who | None) -> None:
        """Declares who is on a picture, and on its scaled or compressed copies.

        A picture of which nothing is declared shows one face, which is that of no other picture:
        it is found again on copies of this picture, and nowhere else. Pictures that differ in
        small detail only, such as a few letters, are told apart where they are PNGs of one size,
        and otherwise pass for copies: declare those.

        Args:
            picture: Its bytes, its file, or ``"s3://bucket/key"`` for whatever has this name.
            who: The people by their names, each with a `Person`, a box, or None for a made-up
                place; or a list of their names. Empty for a picture without faces; None takes
                back what was declared. A box is ``(left, top, width, height)`` in parts of the
                picture, 0 to 1, or a mapping as BoundingBox is.

        Raises:
            ValueError: The picture is no PNG or JPEG, or a name or a box is not valid.
            OSError: The file cannot be read.
        """
        self.extend([(picture, who)])

    def __call__(self, picture: bytes | str | os.PathLike[str], who: Who | None) -> None:
        """Does what `add` does."""
        self.add(picture, who)

    def __len__(self) -> int:
        """Of how many pictures something is declared."""
        return len(self._declared)

    def extend(
        self, declarations: Iterable[tuple[bytes | str | os.PathLike[str], Who | None]]
    ) -> None:
        """Declares who is on pictures: on all of them, or none.

        Raises:
            ValueError: A picture is no PNG or JPEG, or a name or a box is not valid.
            OSError: A file cannot be read.
        """
        read = [
            (read_picture(source), None if who is None else _people(who))
            for source, who in declarations
        ]
        for picture, people in read:
            if people is None:
                self._declared.discard(picture)
            else:
                self._declared.set(picture, people)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Declares what a JSON file says, behind what is declared; see `parse_people`.

        Raises:
            ValueError: The file holds no such declarations; the message says which, and why.
            OSError: The file, or that of an image, cannot be read.
        """
        declare_from(path, "people", lambda read, folder: self.extend(parse_people(read, folder)))

    def clear(self) -> None:
        """Takes back all that was declared."""
        self._declared.clear()

    @property
    def declared(self) -> Sequence[DeclaredPicture]:
        """All declared pictures, in the order in which they were declared."""
        return self._declared.all()

    def faces_on(self, picture: Picture) -> list[SeenFace] | None:
        """The faces of the people on a picture; None where nothing is declared of it."""
        image_id = image_id_of(picture)
        declared = self._declared.find(picture)
        if declared is None:
            return None
        # What a copy shows is in every detail what the picture shows.
        original_id = image_id_of(declared.picture)
        faces: list[SeenFace] = []
        for place, (name, person) in enumerate(declared.value.items()):
            if person.box is None:
                box = made_up_box(name, place, len(declared.value))
            else:
                box = bounding_box(person.box)
            detail = face_detail(name, original_id, box, dict(person.attributes))
            faces.append(SeenFace(Identity.of(name, image_id, None), detail))
        return faces


def parse_people(
    document: object, folder: str | os.PathLike[str] | None = None
) -> list[tuple[bytes | str | Path, Who]]:
    """Reads who is on which picture from a JSON document, for users of whatever language.

    It is a list of objects with an ``image`` and its ``people``: their names, or an object that
    has for each name a box, null for a made-up place, or an object with ``box`` and ``attributes``
    as `Person` has them::

        [{"image": "team.jpg", "people": {"Ann": [0.1, 0.2, 0.3, 0.4], "Bob": null}}]

    Args:
        document: The document.
        folder: Where the paths of images start from; without one there are none, and an image is
            ``"s3://bucket/key"`` or a ``"data:image/png;base64,…"`` that holds it.

    Returns:
        The pictures with their people, in order.

    Raises:
        ValueError: An entry cannot be read; the message has its number, counted from 0.
    """
    if not isinstance(document, list):
        raise ValueError(f"the people must be a list, got {type(document).__name__}")
    found: list[tuple[bytes | str | Path, Who]] = []
    for number, entry in enumerate(cast("list[object]", document)):
        try:
            found.append(_parsed(entry, folder))
        except ValueError as error:
            raise ValueError(f"[{number}]: {error}") from error
    return found


def _parsed(entry: object, folder: str | os.PathLike[str] | None) -> tuple[bytes | str | Path, Who]:
    if not isinstance(entry, dict) or entry.keys() != {"image", "people"}:
        raise ValueError("an entry must be an object with 'image' and 'people'")
    image, people = cast("tuple[object, object]", (entry["image"], entry["people"]))
    if not isinstance(image, str):
        raise ValueError(f"image must be text, got {type(image).__name__}")
    source = source_in_file(image, folder)
    if isinstance(people, list):
        return source, _people(cast("list[str]", people))
    if not isinstance(people, dict):
        raise ValueError(f"people must be an object or a list, got {type(people).__name__}")
    return source, {name: _person(how) for name, how in cast("dict[str, Any]", people).items()}


def _person(how: Any) -> Person:
    if isinstance(how, dict) and how.keys() <= {"box", "attributes"}:
        return Person(how.get("box"), how.get("attributes", {}))
    if how is None or isinstance(how, dict | list):
        return Person(how)
    raise ValueError(f"a box must be an object, a list or null, got {type(how).__name__}")


def image_id_of(picture: Picture) -> str:
    """The ImageId that the service gives a picture; only the same bytes have the same one."""
    return image_id_of_digest(picture.digest)


def _people(who: Who) -> dict[str, Person]:
    if isinstance(who, str):
        raise ValueError(f"who must be names, or a mapping of names to boxes, got {who!r}")
    names: list[Any] = list(who)
    for name in names:
        if not isinstance(name, str) or not name:
            raise ValueError(f"a person must have a name, got {name!r}")
    if len(set(names)) < len(names):
        raise ValueError(f"a person is on a picture once, got {names!r}")
    if not isinstance(who, Mapping):
        return {name: Person() for name in names}
    return {name: how if isinstance(how, Person) else Person(box=how) for name, how in who.items()}


def bounding_box(box: Box) -> dict[str, float]:
    """A box as the service has it.

    Raises:
        ValueError: It is no box, or a side is out of its limits; the message names it.
    """
    if isinstance(box, Mapping):
        if set(box) != set(_SIDES):
            raise ValueError(f"a box must have {', '.join(_SIDES)}, got {', '.join(map(str, box))}")
        sides = {name: box[name] for name in _SIDES}
    else:
        if len(box) != len(_SIDES):
            raise ValueError(f"a box must be (left, top, width, height), got {box!r}")
        sides = dict(zip(_SIDES, box, strict=True))
    for name, value in sides.items():
        is_length = name in {"Width", "Height"}
        if not 0 <= value <= 1 or (is_length and value == 0):
            least = "more than 0" if is_length else "0"
            raise ValueError(
                f"{name} of a box must be {least} to 1, in parts of the picture, got {value!r}"
            )
    return {name: single(value) for name, value in sides.items()}


def made_up_box(who: str, place: int = 0, count: int = 1) -> dict[str, float]:
    """A box in a field of its own, so that the faces of a picture do not overlap.

    Args:
        who: Whose face it is.
        place: The number of the face on the picture, from 0.
        count: How many faces there are.
    """
    rng = SeededRandom("box", who)
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    width, height = (rng.number(0.55, 0.8) / fields for fields in (columns, rows))
    left = (place % columns + 0.5) / columns - width / 2
    top = (place // columns + 0.5) / rows - height / 2
    sides = zip(_SIDES, (left, top, width, height), strict=True)
    return {name: single(value) for name, value in sides}
