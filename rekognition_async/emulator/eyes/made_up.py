"""`MadeUp`: the source that knows something of every image, the same each time."""

from __future__ import annotations

from rekognition_async.emulator import samples
from rekognition_async.emulator.eyes.results import DetectedFace
from rekognition_async.emulator.eyes.source import Source, seen_faces
from rekognition_async.emulator.utils.identifiers import seed_of
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.vision.images import Picture
from rekognition_async.emulator.vision.people import SeenFace, image_id_of, made_up_box


class MadeUp(Source):
    """Makes up what is on an image, of its digest."""

    async def faces(self, picture: Picture) -> list[SeenFace]:
        """One face, which is that of no other picture."""
        return seen_faces(picture, [DetectedFace(made_up_box(image_id_of(picture)))])

    async def text(self, picture: Picture) -> list[JsonObject]:
        """A few lines of text."""
        return samples.text_detections(seed_of(picture.digest, "DetectText"))

    async def unsafe_content(self, picture: Picture) -> JsonObject:
        """A few labels, on every second picture."""
        seed = seed_of(picture.digest, "DetectModerationLabels")
        return {
            "ModerationLabels": samples.moderation_labels(seed),
            "ContentTypes": samples.content_types(seed),
        }
