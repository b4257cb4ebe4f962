"""DetectText and GetTextDetection: lines of text, and the words they are made of, with boxes.

`text_detections` makes those of an image or of a moment of a video.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rekognition_async.emulator.utils.floats import single
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.utils.seeded_random import SeededRandom
from rekognition_async.emulator.vision.geometry import corners, part_of

TEXT_MODEL_VERSION: Final = "3.0"

_LINES: Final = (
    "CAUTION WET FLOOR",
    "EXIT",
    "FRESH COFFEE",
    "GATE 12",
    "IT'S MONDAY",
    "KEEP LEFT",
    "MAIN STREET",
    "MIND THE STEP",
    "NO PARKING",
    "OPEN 24 HOURS",
    "PLATFORM 3",
    "SALE 50% OFF",
    "SPEED LIMIT 30",
    "but keep",
    "please knock",
)


def text_detections(seed: int) -> list[JsonObject]:
    """The TextDetections of a picture: its lines from top to bottom, then the words of each."""
    rng = SeededRandom(seed, "text")
    lines = rng.some(_LINES, rng.count(1, 4))
    read: list[tuple[JsonObject, list[JsonObject]]] = []
    for number, text in enumerate(lines):
        # Each line has a stripe of the picture of its own.
        stripe = {"Left": 0.05, "Width": 0.9, "Top": number / len(lines), "Height": 1 / len(lines)}
        box = part_of(
            stripe,
            rng.number(0, 0.3),
            rng.number(0.1, 0.4),
            rng.number(0.4, 0.7),
            rng.number(0.2, 0.5),
        )
        words = _words(rng, text, box)
        line = {
            "DetectedText": text,
            "Confidence": single(sum(word["Confidence"] for word in words) / len(words)),
            "Geometry": _geometry(box),
        }
        read.append((line, words))
    return numbered_text(read)


def numbered_text(lines: Sequence[tuple[JsonObject, Sequence[JsonObject]]]) -> list[JsonObject]:
    """The TextDetections of lines with the words of each: all lines, and then all words.

    Args:
        lines: They and their words, without Type, Id and ParentId.
    """
    words = [
        {**word, "Type": "WORD", "ParentId": number}
        for number, (_, of_line) in enumerate(lines)
        for word in of_line
    ]
    found = [{**line, "Type": "LINE"} for line, _ in lines] + words
    return [{**text, "Id": number} for number, text in enumerate(found)]


def _words(rng: SeededRandom, text: str, box: JsonObject) -> list[JsonObject]:
    words: list[JsonObject] = []
    begin = 0
    for word in text.split(" "):
        share = len(text)
        place = part_of(box, begin / share, 0, len(word) / share, 1)
        words.append(
            {
                "DetectedText": word,
                "Confidence": rng.number(70, 99.9),
                "Geometry": _geometry(place),
            }
        )
        begin += len(word) + 1
    return words


def _geometry(box: JsonObject) -> JsonObject:
    return {"BoundingBox": box, "Polygon": corners(box)}
