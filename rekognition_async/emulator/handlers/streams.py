"""Stream processors: what they are, and whether they run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rekognition_async.emulator.handlers.base import Call, Handler, paged
from rekognition_async.emulator.protocol.messages import EmulatedError, service_model
from rekognition_async.emulator.state.progress import refresh, timed
from rekognition_async.emulator.state.store import Record
from rekognition_async.emulator.utils.identifiers import uuid_of
from rekognition_async.emulator.utils.json_types import JsonObject

STREAM_PROCESSOR: Final = "stream_processor"
"""The kind of the records of stream processors, which are named by Name."""

_LABELS: Final = frozenset({"PERSON", "PET", "PACKAGE", "ALL"})
_MIN_FACE_MATCH_THRESHOLD: Final = 80.0
_MAX_POLYGON_POINTS: Final = 10
_DEFAULT_MAX_DURATION: Final = 10

_FOR_LABELS_ONLY: Final = ("NotificationChannel", "KmsKeyId", "RegionsOfInterest")
_DESCRIBED: Final[tuple[str, ...]] = (
    *("StreamProcessorArn", "Status", "StatusMessage", "LastUpdateTimestamp", "Input", "Output"),
    *("RoleArn", "Settings", "NotificationChannel", "KmsKeyId", "RegionsOfInterest"),
    "DataSharingPreference",
)


def create_stream_processor(call: Call) -> JsonObject:
    """Adds a stream processor, which does not run yet."""
    name = call.parameters["Name"]
    _check_purpose(call.parameters)
    settings = call.parameters["Settings"]
    if "FaceSearch" in settings:
        asked = settings["FaceSearch"].get("FaceMatchThreshold", 0.0)
        threshold = max(asked, _MIN_FACE_MATCH_THRESHOLD)
        settings = {"FaceSearch": {**settings["FaceSearch"], "FaceMatchThreshold": threshold}}
    region_name, account_id = call.caller.region_name, call.caller.account_id
    arn = f"arn:aws:rekognition:{region_name}:{account_id}:streamprocessor/{name}"
    document = {
        **call.parameters,
        "Settings": settings,
        "Tags": call.parameters.get("Tags", {}),
        "StreamProcessorArn": arn,
        "Status": "STOPPED",
        "LastUpdateTimestamp": round(call.time, 3),
        "Starts": 0,
    }
    if call.shelf(STREAM_PROCESSOR).add(name, document, at=call.time) is None:
        raise EmulatedError("ResourceInUseException", "Stream processor name already in use")
    return {"StreamProcessorArn": arn}


def _check_purpose(parameters: JsonObject) -> None:
    """Refuses what fits neither the search for faces nor the detection of labels.

    Raises:
        EmulatedError: InvalidParameterException.
    """
    settings, output = parameters["Settings"], parameters["Output"]
    if len(settings) != 1:
        raise _invalid("Settings must have either FaceSearch or ConnectedHome")
    if not parameters["Input"]:
        raise _invalid("Input must have a KinesisVideoStream")
    if "FaceSearch" in settings:
        if "CollectionId" not in settings["FaceSearch"]:
            raise _invalid("FaceSearch must have a CollectionId")
        if [*output] != ["KinesisDataStream"]:
            raise _invalid("Output must be a KinesisDataStream where faces are searched")
        for member in _FOR_LABELS_ONLY:
            if member in parameters:
                raise _invalid(f"{member} is for the detection of labels only")
        return
    if [*output] != ["S3Destination"]:
        raise _invalid("Output must be an S3Destination where labels are detected")
    _check_labels(settings["ConnectedHome"])
    _check_regions(parameters.get("RegionsOfInterest", []))


def _check_labels(settings: JsonObject) -> None:
    unknown = set(settings.get("Labels", ())) - _LABELS
    if unknown:
        known = ", ".join(sorted(_LABELS))
        raise _invalid(f"Labels may be {known}, not {', '.join(sorted(unknown))}")


def _check_regions(regions: list[JsonObject]) -> None:
    for region in regions:
        if len(region) != 1:
            raise _invalid("A region of interest must have either a BoundingBox or a Polygon")
        if len(region.get("Polygon", ())) > _MAX_POLYGON_POINTS:
            raise _invalid(f"A Polygon may have at most {_MAX_POLYGON_POINTS} points")


def describe_stream_processor(call: Call) -> JsonObject:
    """Tells what is stored of a stream processor, and whether it runs."""
    processor = _find(call, polled=True)
    described = {
        name: processor.document[name] for name in _DESCRIBED if name in processor.document
    }
    return {
        "Name": processor.name,
        "CreationTimestamp": round(processor.created_at, 3),
        **described,
    }


def list_stream_processors(call: Call) -> JsonObject:
    """A page of the stream processors, in the order they were created."""
    records, next_token = call.page(call.shelf(STREAM_PROCESSOR))
    listed = [
        {"Name": record.name, "Status": _refresh(call, record).document["Status"]}
        for record in records
    ]
    return paged({"StreamProcessors": listed}, next_token)


def update_stream_processor(call: Call) -> JsonObject:
    """Changes the settings of a stream processor that does not run, which takes a while."""
    processor = _find_stopped(call)
    document, parameters = processor.document, call.parameters
    home = document["Settings"].get("ConnectedHome")
    wanted = parameters.get("SettingsForUpdate", {}).get("ConnectedHomeForUpdate", {})
    regions = parameters.get("RegionsOfInterestForUpdate")
    deleted = parameters.get("ParametersToDelete", ())
    changes: JsonObject = {}
    if home is not None:
        _check_labels(wanted)
        home = {**home, **wanted}
        if "ConnectedHomeMinConfidence" in deleted:
            home.pop("MinConfidence", None)
        changes["Settings"] = {"ConnectedHome": home}
    elif wanted or regions or deleted:
        raise _invalid("A search for faces has no such parameters")
    if regions is not None:
        _check_regions(regions)
        changes["RegionsOfInterest"] = regions
    if "RegionsOfInterest" in deleted:
        changes["RegionsOfInterest"] = None
    if "DataSharingPreferenceForUpdate" in parameters:
        changes["DataSharingPreference"] = parameters["DataSharingPreferenceForUpdate"]
    on_done = {**changes, "Status": "STOPPED"}
    _begin(call, processor, "stream_update", on_done, Status="UPDATING")
    return {}


def start_stream_processor(call: Call) -> JsonObject:
    """Starts a stream processor; one that detects labels stops by itself after a while."""
    processor = _find_stopped(call)
    _check_selectors(processor, call.parameters)
    number = processor.document["Starts"] + 1
    on_done: JsonObject = {"Status": "RUNNING"}
    if "ConnectedHome" in processor.document["Settings"]:
        selector = call.parameters["StopSelector"]
        running_from = call.time + call.backend.durations.seconds("stream_start")
        seconds = selector.get("MaxDurationInSeconds", _DEFAULT_MAX_DURATION)
        on_done = timed(seconds, running_from, {"Status": "STOPPED"}, Status="RUNNING")
    declared = _declared(call, processor)
    if declared.get("Status") == "FAILED":
        message = declared.get("StatusMessage", "The stream could not be read")
        on_done = {"Status": "FAILED", "StatusMessage": message}
    _begin(
        call,
        processor,
        "stream_start",
        on_done,
        Status="STARTING",
        StatusMessage=None,
        Starts=number,
    )
    return {"SessionId": uuid_of(*call.caller, processor.name, processor.sequence, number)}


def _check_selectors(processor: Record, parameters: JsonObject) -> None:
    """Refuses a start that does not say where to begin and when to end, or need not.

    Raises:
        EmulatedError: InvalidParameterException.
    """
    detects_labels = "ConnectedHome" in processor.document["Settings"]
    for member in ("StartSelector", "StopSelector"):
        if detects_labels and member not in parameters:
            raise _invalid(f"{member} is needed where labels are detected")
        if not detects_labels and member in parameters:
            raise _invalid(f"{member} is for the detection of labels only")
    start = parameters.get("StartSelector", {}).get("KVSStreamStartSelector", {})
    if detects_labels and len(start) != 1:
        raise _invalid("StartSelector must have either a ProducerTimestamp or a FragmentNumber")


def _declared(call: Call, processor: Record) -> JsonObject:
    shape = service_model().operation_model("CreateStreamProcessor").input_shape
    document = processor.document
    created_with = {name: document[name] for name in shape.members if name in document}
    return call.backend.answers.find("DescribeStreamProcessor", created_with) or {}


def stop_stream_processor(call: Call) -> JsonObject:
    """Stops a stream processor that runs."""
    processor = _find(call)
    if processor.document["Status"] != "RUNNING":
        raise EmulatedError("ResourceInUseException", "Processor not available for stopping stream")
    _begin(call, processor, "stream_stop", {"Status": "STOPPED"}, Status="STOPPING")
    return {}


def delete_stream_processor(call: Call) -> JsonObject:
    """Removes a stream processor that does not run."""
    processor = _find_stopped(call, "Cannot delete stream processor")
    call.shelf(STREAM_PROCESSOR).remove(processor.name)
    return {}


HANDLERS: Final[Mapping[str, Handler]] = {
    "CreateStreamProcessor": create_stream_processor,
    "DeleteStreamProcessor": delete_stream_processor,
    "DescribeStreamProcessor": describe_stream_processor,
    "ListStreamProcessors": list_stream_processors,
    "StartStreamProcessor": start_stream_processor,
    "StopStreamProcessor": stop_stream_processor,
    "UpdateStreamProcessor": update_stream_processor,
}


def _find(call: Call, *, polled: bool = False) -> Record:
    """The stream processor that a call is about, as it is now.

    Raises:
        EmulatedError: ResourceNotFoundException.
    """
    name = call.parameters["Name"]
    found = call.shelf(STREAM_PROCESSOR).find(name)
    if found is None:
        raise EmulatedError(
            "ResourceNotFoundException", f"The stream processor {name} does not exist"
        )
    return _refresh(call, found, polled=polled)


def _find_stopped(call: Call, message: str = "Specified resource is in use") -> Record:
    """The stream processor that a call is about, which must not run.

    Raises:
        EmulatedError: ResourceNotFoundException, or ResourceInUseException.
    """
    processor = _find(call)
    if processor.document["Status"] not in {"STOPPED", "FAILED"}:
        raise EmulatedError("ResourceInUseException", message)
    return processor


def _refresh(call: Call, processor: Record, *, polled: bool = False) -> Record:
    now = refresh(
        call.shelf(STREAM_PROCESSOR),
        processor,
        call.time,
        polled=polled,
        at_end=lambda _, ended: {"LastUpdateTimestamp": round(ended, 3)},
    )
    # No stream processor is gone when a change is over.
    return now or processor


def _begin(
    call: Call, processor: Record, kind: str, on_done: Mapping[str, object], **changes: object
) -> None:
    """Begins a change of a stream processor."""
    under_way = call.backend.durations.begin(kind, call.time, on_done)
    now = {**changes, **under_way, "LastUpdateTimestamp": round(call.time, 3)}
    call.shelf(STREAM_PROCESSOR).save(processor, **now)


def _invalid(reason: str) -> EmulatedError:
    return EmulatedError("InvalidParameterException", reason)
