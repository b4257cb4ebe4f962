"""What is on a picture: labels, unsafe content, text, protective equipment, celebrities.

What the user declared is answered, else what the user's own eyes see, else what `samples` makes up
for the picture. Thresholds, limits and filters apply to all of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from rekognition_async.emulator import samples
from rekognition_async.emulator.handlers.base import Call, Handler
from rekognition_async.emulator.handlers.resources import LABELS, find_version, running_version
from rekognition_async.emulator.protocol.messages import EmulatedError
from rekognition_async.emulator.utils.identifiers import seed_of
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.vision.filters import (
    chosen_labels,
    chosen_text,
    equipment_summary,
    sure_enough,
    surest,
)
from rekognition_async.emulator.vision.images import Picture

CELEBRITY: Final = "celebrity"

_MAX_LABELS: Final = 1000
_DOMINANT_COLORS: Final = 10
_MIN_LABEL_CONFIDENCE: Final = 55.0
_MIN_MODERATION_CONFIDENCE: Final = 50.0
# Models have a threshold for each of their labels; here all have this.
_ASSUMED_THRESHOLD: Final = 50.0
_OF_CELEBRITIES: Final = ("Urls", "Name", "KnownGender")
_MAX_INLINE_BYTES: Final = 4 * 1024 * 1024


async def detect_labels(call: Call) -> JsonObject:
    """Names what is on a picture, or tells its colours and quality, or both."""
    picture = await call.picture()
    declared = call.declared(picture)
    wanted, settings = call.parameters, call.parameters.get("Settings", {})
    features = wanted.get("Features") or ["GENERAL_LABELS"]
    has_properties = "IMAGE_PROPERTIES" in features
    # None asked for, as the wire has it, means as much as no limit of one's own.
    most_colors = settings.get("ImageProperties", {}).get("MaxDominantColors") or _DOMINANT_COLORS
    answer = dict(declared or {})
    if "GENERAL_LABELS" in features:
        if declared is None:
            answer["Labels"] = samples.detected_labels(_seed(call, picture), colored=has_properties)
        found = sure_enough(
            answer.get("Labels", ()), wanted.get("MinConfidence", _MIN_LABEL_CONFIDENCE)
        )
        found = chosen_labels(found, settings.get("GeneralLabels", {}))
        answer["Labels"] = surest(found, min(wanted.get("MaxLabels") or _MAX_LABELS, _MAX_LABELS))
        answer.setdefault("LabelModelVersion", samples.LABEL_MODEL_VERSION)
    else:
        answer.pop("Labels", None)
    if has_properties:
        properties = samples.image_properties(_seed(call, picture))
        answer["ImageProperties"] = _with_colors(
            answer.get("ImageProperties", properties), most_colors
        )
    else:
        answer.pop("ImageProperties", None)
    return answer


def _with_colors(properties: JsonObject, most: int) -> JsonObject:
    limited: JsonObject = {}
    for name, value in properties.items():
        if name == "DominantColors":
            limited[name] = value[:most]
        elif name in {"Foreground", "Background"}:
            limited[name] = _with_colors(value, most)
        else:
            limited[name] = value
    return limited


async def detect_moderation_labels(call: Call) -> JsonObject:
    """Names the unsafe content of a picture, and has people look at it where that is asked for."""
    adapter = _adapter_in_use(call)
    picture = await call.picture()
    answer = call.declared(picture)
    if answer is None:
        answer = await call.backend.sources.unsafe_content(picture)
    found = sure_enough(
        answer.get("ModerationLabels", ()),
        call.parameters.get("MinConfidence", _MIN_MODERATION_CONFIDENCE),
    )
    defaults: JsonObject = {
        "ModerationModelVersion": samples.MODERATION_MODEL_VERSION,
        "ContentTypes": [],
    }
    if adapter is not None:
        defaults["ProjectVersion"] = adapter
    if "HumanLoopConfig" in call.parameters:
        defaults["HumanLoopActivationOutput"] = _human_loop(call, is_needed=bool(found))
    return {**defaults, **answer, "ModerationLabels": found}


def _adapter_in_use(call: Call) -> str | None:
    """The adapter that is asked for; None where there is none, or it has expired."""
    arn: str | None = call.parameters.get("ProjectVersion")
    if arn is None:
        return None
    status = find_version(call, arn).document["Status"]
    if status == "EXPIRED":
        return None
    if status != "TRAINING_COMPLETED":
        raise EmulatedError(
            "ResourceNotReadyException", f"The project version {arn} is not ready: {status}"
        )
    return arn


def _human_loop(call: Call, *, is_needed: bool) -> JsonObject:
    conditions = [
        {"ConditionType": "ModerationLabelConfidenceCheck", "EvaluationResult": is_needed}
    ]
    output: JsonObject = {
        "HumanLoopActivationConditionsEvaluationResults": json.dumps({"Conditions": conditions})
    }
    if is_needed:
        name = call.parameters["HumanLoopConfig"]["HumanLoopName"]
        caller = call.caller
        output["HumanLoopArn"] = (
            f"arn:aws:sagemaker:{caller.region_name}:{caller.account_id}:human-loop/{name}"
        )
        output["HumanLoopActivationReasons"] = ["ConditionsEvaluation"]
    return output


async def detect_text(call: Call) -> JsonObject:
    """Reads what is written on a picture, by line and by word."""
    picture = await call.picture()
    answer = call.declared(picture)
    if answer is None:
        answer = {"TextDetections": await call.backend.sources.text(picture)}
    found = chosen_text(answer.get("TextDetections", ()), call.parameters.get("Filters", {}))
    return {
        "TextModelVersion": samples.TEXT_MODEL_VERSION,
        **answer,
        "TextDetections": found,
    }


async def detect_protective_equipment(call: Call) -> JsonObject:
    """Tells what protects the people on a picture, and who lacks what is required."""
    _refuse_large_inline(call)
    picture = await call.picture()
    answer = call.declared(picture)
    if answer is None:
        faces = await call.known_faces_on(picture)
        boxes = None if faces is None else [face.detail["BoundingBox"] for face in faces]
        answer = {"Persons": samples.equipped_persons(_seed(call, picture), boxes)}
    defaults: JsonObject = {
        "ProtectiveEquipmentModelVersion": samples.EQUIPMENT_MODEL_VERSION,
        "Persons": [],
    }
    if "SummarizationAttributes" in call.parameters:
        defaults["Summary"] = equipment_summary(
            answer.get("Persons", ()), call.parameters["SummarizationAttributes"]
        )
    return {**defaults, **answer}


async def detect_custom_labels(call: Call) -> JsonObject:
    """Names what a user's own model finds, as long as the model runs."""
    _refuse_large_inline(call)
    arn = call.parameters["ProjectVersionArn"]
    running_version(call, arn)
    picture = await call.picture()
    # It may have been stopped while the picture was read.
    version = running_version(call, arn)
    answer, least = call.declared(picture), 0.0
    if answer is None:
        least = _ASSUMED_THRESHOLD
        trained = version.document.get(LABELS)
        found = samples.detected_custom_labels(_seed(call, picture), arn, trained)
        answer = {"CustomLabels": found}
    found = answer.get("CustomLabels", [])
    found = sure_enough(found, call.parameters.get("MinConfidence", least))
    most = call.parameters.get("MaxResults") or len(found)
    return {**answer, "CustomLabels": surest(found, most)}


async def recognize_celebrities(call: Call) -> JsonObject:
    """Names the faces on a picture that everybody knows, and shows the others."""
    picture = await call.picture()
    answer = call.declared(picture)
    if answer is None:
        faces = await call.known_faces_on(picture)
        if faces is None:
            recognized, others = samples.celebrity_faces(_seed(call, picture))
        else:
            recognized, others = samples.celebrities_among(
                _seed(call, picture), [(face.identity.person, face.detail) for face in faces]
            )
        return {"CelebrityFaces": recognized, "UnrecognizedFaces": others}
    remember_celebrities(call, answer.get("CelebrityFaces", ()))
    return {"CelebrityFaces": [], "UnrecognizedFaces": [], **answer}


def remember_celebrities(call: Call, celebrities: Sequence[JsonObject]) -> None:
    """Keeps what was declared of celebrities, so that GetCelebrityInfo knows their Ids."""
    shelf = call.shelf(CELEBRITY)
    with call.backend.store.transaction():
        for celebrity in celebrities:
            if "Id" in celebrity:
                known: JsonObject = {
                    name: celebrity[name] for name in _OF_CELEBRITIES if name in celebrity
                }
                shelf.remove(celebrity["Id"])
                shelf.add(celebrity["Id"], {"Urls": [], **known}, at=call.time)


def get_celebrity_info(call: Call) -> JsonObject:
    """Tells what is known of somebody whom RecognizeCelebrities named."""
    celebrity_id = call.parameters["Id"]
    remembered = call.shelf(CELEBRITY).find(celebrity_id)
    known = remembered.document if remembered else samples.CELEBRITIES.get(celebrity_id)
    if known is None:
        raise EmulatedError(
            "ResourceNotFoundException", f"There is no celebrity with the Id {celebrity_id}"
        )
    return {name: known[name] for name in _OF_CELEBRITIES if name in known}


HANDLERS: Final[Mapping[str, Handler]] = {
    "DetectCustomLabels": detect_custom_labels,
    "DetectLabels": detect_labels,
    "DetectModerationLabels": detect_moderation_labels,
    "DetectProtectiveEquipment": detect_protective_equipment,
    "DetectText": detect_text,
    "GetCelebrityInfo": get_celebrity_info,
    "RecognizeCelebrities": recognize_celebrities,
}


def _seed(call: Call, picture: Picture) -> int:
    return seed_of(picture.digest, call.operation)


def _refuse_large_inline(call: Call) -> None:
    """Holds an inline picture against the limit of the operations that have a lower one.

    Raises:
        EmulatedError: ImageTooLargeException.
    """
    if len(call.parameters["Image"].get("Bytes", b"")) > _MAX_INLINE_BYTES:
        raise EmulatedError("ImageTooLargeException", "Image size is too large")
