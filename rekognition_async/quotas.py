"""AWS's default quotas of Rekognition, in transactions a second."""

from __future__ import annotations

from typing import Final

LARGE_REGIONS: Final = frozenset({"us-east-1", "us-west-2", "eu-west-1"})
_LIVENESS_REGIONS: Final = frozenset({"us-east-1", "us-west-2"})

# Operations by name, or by how their names begin; the first line that fits counts.
# (in large regions, in the others); liveness has large regions of its own.
_DEFAULTS: Final = (
    (("CompareFaces", "DetectFaces"), 100, 25),
    (("DetectProtectiveEquipment",), 5, 5),
    (("DetectCustomLabels",), 50, 50),
    (("GetCelebrityInfo",), 50, 5),
    (("GetFaceLivenessSessionResults", "CreateFaceLivenessSession"), 25, 5),
    (("Detect", "RecognizeCelebrities", "IndexFaces", "ListFaces", "Search"), 50, 5),
    (("TagResource", "UntagResource", "ListTagsForResource"), 10, 10),
    (("Get",), 20, 5),
)
_REST: Final = 5


def default_quota(operation: str, region_name: str) -> float:
    """AWS's default quota of an operation, in transactions a second.

    Args:
        operation: AWS's name of the operation.
        region_name: The region; three large ones have more.
    """
    large = _LIVENESS_REGIONS if "Liveness" in operation else LARGE_REGIONS
    for names, in_large, in_others in _DEFAULTS:
        if operation.startswith(names):
            return in_large if region_name in large else in_others
    return _REST
