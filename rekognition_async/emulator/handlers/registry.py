"""`HANDLERS`: the function of each operation, by AWS's name; loaded with the first request."""

from collections.abc import Mapping
from typing import Final

from rekognition_async.emulator.handlers import (
    collections,
    datasets,
    face_analysis,
    faces,
    images,
    liveness,
    media_analysis,
    projects,
    streams,
    tags,
    users,
    versions,
    video,
)
from rekognition_async.emulator.handlers.base import Handler

__all__ = ["HANDLERS"]

HANDLERS: Final[Mapping[str, Handler]] = {
    **collections.HANDLERS,
    **datasets.HANDLERS,
    **face_analysis.HANDLERS,
    **faces.HANDLERS,
    **images.HANDLERS,
    **liveness.HANDLERS,
    **media_analysis.HANDLERS,
    **projects.HANDLERS,
    **streams.HANDLERS,
    **tags.HANDLERS,
    **users.HANDLERS,
    **versions.HANDLERS,
    **video.HANDLERS,
}
"""The handler of each operation that the emulator offers."""
