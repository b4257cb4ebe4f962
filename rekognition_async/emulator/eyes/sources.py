"""Asks one source after the other what is on an image: declared, the user's own eyes, made up.

Handlers ask `Sources`, which goes on to the next where a `Source` answers None.
"""

from __future__ import annotations

from collections.abc import Sequence

from rekognition_async.emulator.eyes.made_up import MadeUp
from rekognition_async.emulator.eyes.source import Source
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.vision.images import Picture
from rekognition_async.emulator.vision.people import MAX_FACES, People, SeenFace


class Declared(Source):
    """The people whom the user declares; other answers are declared for calls, not for images."""

    def __init__(self, people: People) -> None:
        """Takes the declarations, which may change."""
        self._people = people

    async def faces(self, picture: Picture) -> list[SeenFace] | None:
        """The faces of the declared people."""
        return self._people.faces_on(picture)


class Sources:
    """All that can tell what is on an image, in the order in which they are asked."""

    def __init__(self, sources: Sequence[Source]) -> None:
        """Takes the sources that may know; what none of them knows is made up."""
        self._sources = sources
        self._made_up = MadeUp()

    async def faces(self, picture: Picture) -> list[SeenFace]:
        """The faces on an image, the largest first."""
        found = await self.known_faces(picture)
        return await self._made_up.faces(picture) if found is None else found

    async def known_faces(self, picture: Picture) -> list[SeenFace] | None:
        """The faces on an image, the largest first; None where they would have to be made up."""
        for source in self._sources:
            found = await source.faces(picture)
            if found is not None:
                return sorted(found, key=lambda face: -face.size)[:MAX_FACES]
        return None

    async def text(self, picture: Picture) -> list[JsonObject]:
        """The TextDetections of an image: its lines, then their words."""
        for source in self._sources:
            found = await source.text(picture)
            if found is not None:
                return found
        return await self._made_up.text(picture)

    async def unsafe_content(self, picture: Picture) -> JsonObject:
        """The ModerationLabels and ContentTypes of an image."""
        for source in self._sources:
            found = await source.unsafe_content(picture)
            if found is not None:
                return found
        return await self._made_up.unsafe_content(picture)
