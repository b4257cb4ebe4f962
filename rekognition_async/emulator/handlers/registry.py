"""`HANDLERS`: the function of each operation, by AWS's name; loaded with the first request.

`READ_DECLARED` has those that read what the user declared themselves.
"""

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

__all__ = ["HANDLERS", "READ_DECLARED"]

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

READ_DECLARED: Final = frozenset(
    {
        # Thresholds and limits of the call hold for what is declared.
        "DetectCustomLabels",
        "DetectLabels",
        "DetectModerationLabels",
        "DetectProtectiveEquipment",
        "DetectText",
        "RecognizeCelebrities",
        # It is declared how work ends, and known when the work begins.
        "DescribeDataset",
        "DescribeProjectVersions",
        "DescribeStreamProcessor",
        "GetFaceLivenessSessionResults",
        "GetMediaAnalysisJob",
        *(f"Get{kind}" for kind in video.KINDS),
    }
)
"""The operations whose declared answers the handlers read; all others are answered without one."""
