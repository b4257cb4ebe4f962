"""`Source`: what `Sources` asks, and how it makes faces of what was seen."""

from __future__ import annotations

from collections.abc import Iterable

from rekognition_async.emulator.eyes.results import DetectedFace
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.vision.face_details import face_detail
from rekognition_async.emulator.vision.identities import Identity
from rekognition_async.emulator.vision.images import Picture
from rekognition_async.emulator.vision.people import SeenFace, bounding_box, image_id_of


class Source:
    """May know what is on an image; None leaves it to the next one."""

    async def faces(self, picture: Picture) -> list[SeenFace] | None:
        """The faces on an image."""
        return None

    async def text(self, picture: Picture) -> list[JsonObject] | None:
        """The TextDetections of an image."""
        return None

    async def unsafe_content(self, picture: Picture) -> JsonObject | None:
        """The ModerationLabels and ContentTypes of an image."""
        return None


def seen_faces(picture: Picture, faces: Iterable[DetectedFace]) -> list[SeenFace]:
    """Faces with all that is told of them.

    Those of which nobody says whose they are, are each that of no other picture or place on it.

    Args:
        picture: What they are seen on.
        faces: What was seen, in an order that copies of the picture have, too.
    """
    image_id = image_id_of(picture)
    return [
        SeenFace(
            Identity.of(face.person, image_id, picture.fingerprint, place, vector=face.vector),
            face_detail(
                (image_id, place) if face.person is None else face.person,
                image_id,
                bounding_box(face.box),
                dict(face.attributes),
            ),
        )
        for place, face in enumerate(faces)
    ]
