"""What calls saw and answered, for the page: of the latest of them, within a budget.

`Service` hands in what each call saw, and its answer; both are found by `RecordedRequest.number`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.utils.sized_cache import SizedCache
from rekognition_async.emulator.vision.identities import Identity
from rekognition_async.emulator.vision.images import Picture
from rekognition_async.emulator.vision.people import SeenFace

# One answer is not to push all others out.
_MAX_SHARE: Final = 4
# What Python takes for one of them, roughly.
_OBSERVATION_BYTES: Final = 512
_FACE_BYTES: Final = 1024


class ObservedFace(NamedTuple):
    """A face that a call saw.

    Attributes:
        identity: Whose it is.
        box: Where it is on its picture.
    """

    identity: Identity
    box: Mapping[str, float]


@dataclass
class Observation:
    """What a call saw and answered.

    Attributes:
        pictures: By the parameters that hold or name them.
        faces: By the digests of their pictures, the largest first.
        is_declared: Whether the user declared the answer.
        body: The answer as it was sent; None where there is none, or it is too large.
    """

    pictures: Mapping[str, Picture] = field(default_factory=dict)
    faces: Mapping[str, Sequence[ObservedFace]] = field(default_factory=dict)
    is_declared: bool = False
    body: bytes | None = None

    @property
    def size(self) -> int:
        """How many bytes it takes, roughly."""
        faces = sum(len(seen) for seen in self.faces.values())
        return _OBSERVATION_BYTES + _FACE_BYTES * faces + len(self.body or b"")

    @property
    def answer(self) -> JsonObject:
        """The answer's document; empty where it was none."""
        try:
            document: Any = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}

    def faces_of(self, member: str) -> Sequence[ObservedFace]:
        """The faces that were seen on the picture of a parameter."""
        picture = self.pictures.get(member)
        return () if picture is None else self.faces.get(picture.digest, ())


class Observations:
    """What the latest calls saw and answered."""

    def __init__(self, max_bytes: int) -> None:
        """Keeps at most so many bytes of it; 0 keeps nothing.

        Raises:
            ValueError: The number is negative.
        """
        self._kept = SizedCache[int, Observation]("max_recorded_answer_bytes", max_bytes)

    def find(self, number: int) -> Observation:
        """What the call of a number saw and answered; nothing where nothing is kept of it."""
        return self._kept.find(number) or Observation()

    def keep_sight(
        self,
        number: int,
        pictures: Mapping[str, Picture],
        faces: Mapping[str, Sequence[SeenFace]],
        *,
        is_declared: bool,
    ) -> None:
        """Keeps what a call saw."""
        if pictures or is_declared:
            observed = {
                digest: [ObservedFace(face.identity, face.detail["BoundingBox"]) for face in seen]
                for digest, seen in faces.items()
            }
            # What is kept of pictures is counted elsewhere: as thumbnails.
            without_content = {
                member: replace(picture, content=None) for member, picture in pictures.items()
            }
            self._kept.put(number, Observation(without_content, observed, is_declared))

    def keep_answer(self, number: int, body: bytes) -> None:
        """Keeps the answer of a call, unless it is too large."""
        if len(body) <= self._kept.max_bytes // _MAX_SHARE:
            observed = self._kept.take(number) or Observation()
            observed.body = body
            self._kept.put(number, observed)

    def clear(self) -> None:
        """Forgets all of them."""
        self._kept.clear()
