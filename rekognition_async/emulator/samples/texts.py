"""DetectText and GetTextDetection: lines of text, and the words they are made of, with boxes.

`text_detections` makes those of an image or of a moment of a video.
"""

from __future__ import annotations

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
    found: list[JsonObject] = []
    words: list[JsonObject] = []
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
        of_line = _words(rng, text, box, number)
        found.append(
            {
                "DetectedText": text,
                "Type": "LINE",
                "Id": number,
                "Confidence": single(sum(word["Confidence"] for word in of_line) / len(of_line)),
                "Geometry": _geometry(box),
            }
        )
        words += of_line
    for number, word in enumerate(words, len(found)):
        word["Id"] = number
    return found + words


def _words(rng: SeededRandom, text: str, box: JsonObject, line: int) -> list[JsonObject]:
    words: list[JsonObject] = []
    begin = 0
    for word in text.split(" "):
        share = len(text)
        place = part_of(box, begin / share, 0, len(word) / share, 1)
        words.append(
            {
                "DetectedText": word,
                "Type": "WORD",
                "ParentId": line,
                "Confidence": rng.number(70, 99.9),
                "Geometry": _geometry(place),
            }
        )
        begin += len(word) + 1
    return words


def _geometry(box: JsonObject) -> JsonObject:
    return {"BoundingBox": box, "Polygon": corners(box)}
