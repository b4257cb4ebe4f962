"""Faces of nobody: where they are, and what they look like."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rekognition_async.emulator.protocol import JsonObject
from rekognition_async.emulator.samples.chance import Chance, float32

_EMOTIONS: Final = (
    *("HAPPY", "SAD", "ANGRY", "CONFUSED", "DISGUSTED", "SURPRISED", "CALM", "FEAR"),
)

# Where landmarks are in the box of a face that looks straight ahead.
_MAIN_LANDMARKS: Final = {
    "eyeLeft": (0.31, 0.38),
    "eyeRight": (0.69, 0.38),
    "mouthLeft": (0.34, 0.74),
    "mouthRight": (0.66, 0.74),
    "nose": (0.5, 0.56),
}
_OTHER_LANDMARKS: Final = {
    "leftEyeBrowLeft": (0.18, 0.3),
    "leftEyeBrowUp": (0.28, 0.26),
    "leftEyeBrowRight": (0.4, 0.3),
    "rightEyeBrowLeft": (0.6, 0.3),
    "rightEyeBrowUp": (0.72, 0.26),
    "rightEyeBrowRight": (0.82, 0.3),
    "leftEyeLeft": (0.24, 0.38),
    "leftEyeRight": (0.38, 0.39),
    "leftEyeUp": (0.31, 0.36),
    "leftEyeDown": (0.31, 0.4),
    "rightEyeLeft": (0.62, 0.39),
    "rightEyeRight": (0.76, 0.38),
    "rightEyeUp": (0.69, 0.36),
    "rightEyeDown": (0.69, 0.4),
    "noseLeft": (0.43, 0.6),
    "noseRight": (0.57, 0.6),
    "mouthUp": (0.5, 0.7),
    "mouthDown": (0.5, 0.81),
    "leftPupil": (0.31, 0.38),
    "rightPupil": (0.69, 0.38),
    "upperJawlineLeft": (0.06, 0.4),
    "midJawlineLeft": (0.14, 0.74),
    "chinBottom": (0.5, 0.97),
    "midJawlineRight": (0.86, 0.74),
    "upperJawlineRight": (0.94, 0.4),
}


def default_face(chance: Chance, box: JsonObject) -> JsonObject:
    """A FaceDetail of the default attributes."""
    return {
        "BoundingBox": box,
        "Confidence": chance.number(95, 99.99),
        "Landmarks": _landmarks(box, _MAIN_LANDMARKS.items()),
        "Pose": {
            "Roll": chance.number(-12, 12),
            "Yaw": chance.number(-25, 25),
            "Pitch": chance.number(-15, 15),
        },
        "Quality": {"Brightness": chance.number(45, 95), "Sharpness": chance.number(45, 95)},
    }


def expressive_face(chance: Chance, box: JsonObject) -> JsonObject:
    """A ComparedFace with all its attributes."""
    emotions = _emotions(chance)
    return {
        **default_face(chance, box),
        "Emotions": emotions,
        "Smile": _judged(chance, value=emotions[0]["Type"] == "HAPPY"),
    }


def full_face(chance: Chance, box: JsonObject, *, person: Chance) -> JsonObject:
    """A FaceDetail of all attributes that videos have.

    Args:
        chance: Decides what changes from one moment to the next.
        box: Where the face is.
        person: Decides what stays, such as a beard.
    """
    male, low = person.happens(0.5), person.count(15, 60)
    landmarks = {**_MAIN_LANDMARKS, **_OTHER_LANDMARKS}
    return {
        **expressive_face(chance, box),
        "Landmarks": _landmarks(box, landmarks.items()),
        "AgeRange": {"Low": low, "High": low + person.count(6, 10)},
        "Gender": {
            "Value": "Male" if male else "Female",
            "Confidence": chance.number(90, 99.99),
        },
        "Beard": _judged(chance, value=male and person.happens(0.4)),
        "Mustache": _judged(chance, value=male and person.happens(0.2)),
        "Eyeglasses": _judged(chance, value=person.happens(0.3)),
        "Sunglasses": _judged(chance, value=False),
        "EyesOpen": _judged(chance, value=chance.happens(0.9)),
        "MouthOpen": _judged(chance, value=chance.happens(0.3)),
    }


def _emotions(chance: Chance) -> list[JsonObject]:
    strongest = chance.pick(_EMOTIONS)
    weights = {name: chance.number(0.01, 1) for name in _EMOTIONS}
    weights[strongest] = chance.number(10, 100)
    whole = sum(weights.values())
    return [
        {"Type": name, "Confidence": float32(100 * weights[name] / whole)}
        for name in sorted(weights, key=lambda name: -weights[name])
    ]


def _judged(chance: Chance, *, value: bool) -> JsonObject:
    return {"Value": value, "Confidence": chance.number(80, 99.99)}


def _landmarks(
    box: JsonObject, places: Iterable[tuple[str, tuple[float, float]]]
) -> list[JsonObject]:
    return [
        {
            "Type": name,
            "X": float32(box["Left"] + box["Width"] * x),
            "Y": float32(box["Top"] + box["Height"] * y),
        }
        for name, (x, y) in places
    ]
