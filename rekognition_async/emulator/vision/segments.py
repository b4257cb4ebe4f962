"""AggregateBy SEGMENTS: joins results moment by moment into stretches of the video.

The results of GetLabelDetection and GetContentModeration go through `in_segments`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from rekognition_async.emulator.utils.json_types import JsonObject


def in_segments(items: Sequence[JsonObject], label: str, end: int) -> list[JsonObject]:
    """The stretches of a video in which labels go on, in the order in which they begin.

    A label goes on from one moment to the next one at which anything was seen, and ends where it
    is missing. Items that were declared as stretches stay what they are.

    Args:
        items: What was seen, each at its Timestamp.
        label: The member of an item that says what was seen.
        end: When the video ends, in milliseconds.
    """
    stretches = [item for item in items if "StartTimestampMillis" in item]
    momentary = [item for item in items if "StartTimestampMillis" not in item]
    moments = sorted({item.get("Timestamp", 0) for item in momentary})
    following = dict(pairwise([*moments, max([end, *moments])]))
    for sightings in _by_name(momentary, label):
        stretch: list[JsonObject] = []
        for item in sightings:
            if stretch and item["Timestamp"] > following[stretch[-1]["Timestamp"]]:
                stretches.append(_stretch(stretch, label, following))
                stretch = []
            stretch.append(item)
        stretches.append(_stretch(stretch, label, following))
    return sorted(stretches, key=lambda item: item["StartTimestampMillis"])


def _by_name(items: Iterable[JsonObject], label: str) -> Iterable[list[JsonObject]]:
    found: dict[str, list[JsonObject]] = {}
    for item in sorted(items, key=lambda item: item.get("Timestamp", 0)):
        name = item.get(label, {}).get("Name", "")
        found.setdefault(name, []).append({"Timestamp": 0, **item})
    return found.values()


def _stretch(sightings: Sequence[JsonObject], label: str, following: dict[int, int]) -> JsonObject:
    """One stretch, as sure as the surest moment of it.

    Labels lose what belongs to a moment, its Timestamp and the Instances; unsafe content keeps it.
    """
    start, last = sightings[0]["Timestamp"], sightings[-1]["Timestamp"]
    surest = max(sightings, key=lambda item: item.get(label, {}).get("Confidence", 0.0))
    stretch = {
        **surest,
        "Timestamp": start,
        "StartTimestampMillis": start,
        "EndTimestampMillis": following[last],
        "DurationMillis": following[last] - start,
    }
    if label == "Label":
        del stretch["Timestamp"]
        if label in surest:
            seen: JsonObject = surest[label]
            stretch[label] = {name: value for name, value in seen.items() if name != "Instances"}
    return stretch
