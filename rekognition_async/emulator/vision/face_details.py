"""FaceDetail: all attributes of a face, made up, and the same each time for one person.

`People.faces_on` and the samples call `face_detail`; `shown` leaves the attributes that a request
asks for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from rekognition_async.emulator.utils.floats import single
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.utils.seeded_random import SeededRandom

DEFAULT_ATTRIBUTES: Final = ("BoundingBox", "Confidence", "Landmarks", "Pose", "Quality")
"""The members of a FaceDetail that are there whatever attributes are asked for."""

_DEFAULT_LANDMARKS: Final = ("eyeLeft", "eyeRight", "mouthLeft", "mouthRight", "nose")

# Where the landmarks are, in parts of the face's own box.
_LANDMARKS: Final = {
    "eyeLeft": (0.32, 0.40),
    "eyeRight": (0.68, 0.40),
    "mouthLeft": (0.36, 0.75),
    "mouthRight": (0.64, 0.75),
    "nose": (0.50, 0.58),
    "leftEyeBrowLeft": (0.22, 0.32),
    "leftEyeBrowRight": (0.41, 0.31),
    "leftEyeBrowUp": (0.31, 0.28),
    "rightEyeBrowLeft": (0.59, 0.31),
    "rightEyeBrowRight": (0.78, 0.32),
    "rightEyeBrowUp": (0.69, 0.28),
    "leftEyeLeft": (0.25, 0.40),
    "leftEyeRight": (0.39, 0.405),
    "leftEyeUp": (0.32, 0.385),
    "leftEyeDown": (0.32, 0.415),
    "rightEyeLeft": (0.61, 0.405),
    "rightEyeRight": (0.75, 0.40),
    "rightEyeUp": (0.68, 0.385),
    "rightEyeDown": (0.68, 0.415),
    "noseLeft": (0.44, 0.61),
    "noseRight": (0.56, 0.61),
    "mouthUp": (0.50, 0.72),
    "mouthDown": (0.50, 0.80),
    "leftPupil": (0.32, 0.40),
    "rightPupil": (0.68, 0.40),
    "upperJawlineLeft": (0.08, 0.42),
    "midJawlineLeft": (0.14, 0.72),
    "chinBottom": (0.50, 0.97),
    "midJawlineRight": (0.86, 0.72),
    "upperJawlineRight": (0.92, 0.42),
}

_EMOTIONS: Final = (
    "HAPPY",
    "SAD",
    "ANGRY",
    "CONFUSED",
    "DISGUSTED",
    "SURPRISED",
    "CALM",
    "FEAR",
)
# What was seen in recordings, in percent.
_STRONGEST_EMOTION: Final = (56, 96)
_ALL_EMOTIONS: Final = (108, 118)


def face_detail(
    person: object, picture: object, box: Mapping[str, float], declared: JsonObject
) -> JsonObject:
    """A FaceDetail with all its members.

    Args:
        person: Whose face it is: age, gender and hair are the same on all pictures.
        picture: Where it is seen: mood, pose and quality are the picture's.
        box: The BoundingBox.
        declared: Members that are other than made up, those of structures one by one.
    """
    traits, looks = SeededRandom("traits", person), SeededRandom("looks", person, picture)
    is_male = traits.happens(1 / 2)
    youngest = traits.count(4, 60)
    made_up: JsonObject = {
        "BoundingBox": dict(box),
        "AgeRange": {"Low": youngest, "High": youngest + traits.count(6, 14)},
        "Smile": _guess(looks, value=looks.happens(1 / 2)),
        "Eyeglasses": _guess(looks, value=traits.happens(1 / 3)),
        "Sunglasses": _guess(looks, value=False),
        "Gender": _guess(looks, value="Male" if is_male else "Female"),
        "Beard": _guess(looks, value=is_male and traits.happens(1 / 2)),
        "Mustache": _guess(looks, value=is_male and traits.happens(1 / 5)),
        "EyesOpen": _guess(looks, value=True),
        "MouthOpen": _guess(looks, value=looks.happens(1 / 3)),
        "Emotions": _emotions(looks),
        "Landmarks": [
            {
                "Type": name,
                "X": single(box["Left"] + x * box["Width"]),
                "Y": single(box["Top"] + y * box["Height"]),
            }
            for name, (x, y) in _LANDMARKS.items()
        ],
        "Pose": {axis: looks.number(-12, 12) for axis in ("Roll", "Yaw", "Pitch")},
        "Quality": {side: looks.number(70, 98) for side in ("Brightness", "Sharpness")},
        "Confidence": looks.number(99.5, 99.999),
        "FaceOccluded": _guess(looks, value=False),
        "EyeDirection": {
            "Yaw": looks.number(-15, 15),
            "Pitch": looks.number(-15, 15),
            "Confidence": looks.number(90, 99.99),
        },
    }
    return {**made_up, **{name: _merged(made_up[name], declared[name]) for name in declared}}


def shown(detail: JsonObject, attributes: Collection[str]) -> JsonObject:
    """The members of a FaceDetail that a caller asked for.

    Args:
        detail: All of it.
        attributes: Attributes or DetectionAttributes of the request.
    """
    if "ALL" in attributes:
        return dict(detail)
    asked = {name.title().replace("_", "") for name in attributes} | set(DEFAULT_ATTRIBUTES)
    landmarks = [mark for mark in detail["Landmarks"] if mark.get("Type") in _DEFAULT_LANDMARKS]
    kept = {name: value for name, value in detail.items() if name in asked}
    return {**kept, "Landmarks": landmarks}


@dataclass(frozen=True, slots=True)
class _Bar:
    """What a face must have to be let through: percent, degrees, and parts of the picture."""

    confidence: float
    brightness: float
    sharpness: float
    turned: float
    side: float


_LOW: Final = _Bar(confidence=75, brightness=10, sharpness=10, turned=75, side=0.01)
_BARS: Final[Mapping[str, _Bar]] = {
    "AUTO": _LOW,
    "LOW": _LOW,
    "MEDIUM": _Bar(confidence=90, brightness=25, sharpness=25, turned=60, side=0.02),
    "HIGH": _Bar(confidence=95, brightness=40, sharpness=40, turned=45, side=0.04),
}


def flaws(detail: JsonObject, quality_filter: str) -> list[str]:
    """Why a QualityFilter holds a face back; empty where it does not.

    Args:
        detail: The whole FaceDetail.
        quality_filter: ``"NONE"``, ``"AUTO"``, ``"LOW"``, ``"MEDIUM"`` or ``"HIGH"``.
    """
    bar = _BARS.get(quality_filter)
    if bar is None:
        return []
    box, pose, quality = detail["BoundingBox"], detail["Pose"], detail["Quality"]
    found = {
        "EXTREME_POSE": max(abs(pose["Yaw"]), abs(pose["Pitch"])) > bar.turned,
        "LOW_BRIGHTNESS": quality["Brightness"] < bar.brightness,
        "LOW_SHARPNESS": quality["Sharpness"] < bar.sharpness,
        "LOW_CONFIDENCE": detail["Confidence"] < bar.confidence,
        "SMALL_BOUNDING_BOX": min(box["Width"], box["Height"]) < bar.side,
        "LOW_FACE_QUALITY": bool(detail["FaceOccluded"]["Value"]),
    }
    return [reason for reason, applies in found.items() if applies]


def _guess(looks: SeededRandom, *, value: object) -> JsonObject:
    return {"Value": value, "Confidence": looks.number(85, 99.99)}


def _emotions(looks: SeededRandom) -> list[JsonObject]:
    """All emotions, the likeliest first.

    Each is a confidence of its own: together they are more than 100 percent.
    """
    strongest = looks.number(*_STRONGEST_EMOTION)
    rest = looks.number(*_ALL_EMOTIONS) - strongest
    weights = [looks.number(0.05, 1) for _ in _EMOTIONS[1:]]
    others = sorted((single(rest * weight / sum(weights)) for weight in weights), reverse=True)
    kinds = sorted(_EMOTIONS, key=lambda _: looks.number(0, 1))
    return [
        {"Type": kind, "Confidence": confidence}
        for kind, confidence in zip(kinds, (strongest, *others), strict=True)
    ]


def _merged(made_up: object, declared: object) -> object:
    if isinstance(made_up, dict) and isinstance(declared, Mapping):
        return {**made_up, **declared}
    return declared
