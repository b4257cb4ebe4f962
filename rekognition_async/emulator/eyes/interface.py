"""`Eyes`: what users hand to the emulator, so that it sees what is on their images.

`OwnEyes` asks them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import Protocol

from rekognition_async.emulator.eyes.results import (
    DetectedFace,
    DetectedModerationLabel,
    DetectedText,
)


class Eyes(Protocol):
    """Sees what is on an image, such as with a model of the user's own.

    A subclass has those of the methods that it needs; what it does not have sees nothing. Each is
    given the file of an image, a PNG or JPEG, and returns all that it sees, which may be nothing.
    With None the next eyes are asked, and in the end the answer is made up. Places are in parts of
    the image as it is displayed: EXIF's orientation is the eyes' to apply.

    A method may be async. One that is not runs in a thread beside the event loop; each eyes have
    one such thread, so no two of its methods run at once. An image is looked at once: what was seen
    is kept for the last 1,000 images.

    What eyes raise, and what they return that is none of this, is told in the log, and answered
    with InternalServerError: a made-up answer would hide it.
    """

    def faces(
        self, image: bytes, /
    ) -> Iterable[DetectedFace] | Awaitable[Iterable[DetectedFace] | None] | None:
        """The faces on an image.

        They answer DetectFaces, IndexFaces, CompareFaces, SearchFacesByImage, SearchUsersByImage,
        RecognizeCelebrities and DetectProtectiveEquipment.

        Args:
            image: The file, as it was sent.
        """
        return None

    def text(
        self, image: bytes, /
    ) -> Iterable[DetectedText] | Awaitable[Iterable[DetectedText] | None] | None:
        """The lines of text on an image, from top to bottom, for DetectText.

        Args:
            image: The file, as it was sent.
        """
        return None

    def unsafe_content(
        self, image: bytes, /
    ) -> (
        Iterable[DetectedModerationLabel]
        | Awaitable[Iterable[DetectedModerationLabel] | None]
        | None
    ):
        """The unsafe content of an image, for DetectModerationLabels.

        Args:
            image: The file, as it was sent.
        """
        return None
