"""Stored video: the eight kinds of job, which differ in what they find and how it is ordered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, Final, TypeAlias

from rekognition_async.emulator.handlers.base import (
    Backend,
    Call,
    ExpiredError,
    Handler,
    new_job_id,
    paged,
    user_arn,
)
from rekognition_async.emulator.handlers.collections import FACE, find_collection
from rekognition_async.emulator.handlers.faces import listed
from rekognition_async.emulator.protocol.caller import Caller
from rekognition_async.emulator.protocol.messages import EmulatedError
from rekognition_async.emulator.samples import video_results
from rekognition_async.emulator.state.progress import due_time, is_under_way, refresh
from rekognition_async.emulator.state.store import Record
from rekognition_async.emulator.utils.identifiers import seed_of
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.vision.s3 import name_of, read_object
from rekognition_async.emulator.vision.segments import in_segments

VIDEO_JOB: Final = "video_job"
"""The kind of the records of jobs, which are named by JobId."""

_RUNNING: Final = "running_video_job"
_RESULTS: Final = "video_results"

_MAX_JOBS: Final = 20
_MAX_RESULTS: Final = 1000
_MAX_KNOWN_FACES: Final = 5
_RESULTS_KEPT: Final = 7 * 86_400.0

SortKey: TypeAlias = Callable[[JsonObject], Any]


def _by_time(item: JsonObject) -> Any:
    return item.get("Timestamp", 0)


def _by_time_and_name(member: str) -> SortKey:
    """By the moment, or the one at which a segment begins, and then by the name of a label."""
    return lambda item: (
        item.get("Timestamp", item.get("StartTimestampMillis", 0)),
        item.get(member, {}).get("Name", ""),
    )


def _by_name(member: str) -> SortKey:
    """By the name of a label, and where it is the same, the surest first."""
    return lambda item: (
        item.get(member, {}).get("Name", ""),
        -item.get(member, {}).get("Confidence", 0.0),
    )


def _by_person(item: JsonObject) -> Any:
    return item.get("Person", {}).get("Index", 0), _by_time(item)


def _by_person_and_confidence(item: JsonObject) -> Any:
    person = item.get("Person", {})
    return person.get("Index", 0), -person.get("Face", {}).get("Confidence", 0.0)


def _by_celebrity(item: JsonObject) -> Any:
    return item.get("Celebrity", {}).get("Id", ""), _by_time(item)


@dataclass(frozen=True)
class Kind:
    """One kind of job.

    Attributes:
        name: What follows Start and Get in the names of its operations.
        items: The member of an answer that lists what was found.
        orders: The orders that SortBy may ask for beside TIMESTAMP.
        label: The member of an item that AggregateBy puts together; None where there is no such
            parameter.
    """

    name: str
    items: str
    orders: Mapping[str, SortKey] = field(default_factory=dict)
    label: str | None = None


KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind("CelebrityRecognition", "Celebrities", {"ID": _by_celebrity}),
        Kind(
            "ContentModeration",
            "ModerationLabels",
            {"NAME": _by_name("ModerationLabel")},
            label="ModerationLabel",
        ),
        Kind("FaceDetection", "Faces"),
        Kind("FaceSearch", "Persons", {"INDEX": _by_person}),
        Kind("LabelDetection", "Labels", {"NAME": _by_name("Label")}, label="Label"),
        Kind("PersonTracking", "Persons", {"INDEX": _by_person_and_confidence}),
        Kind("SegmentDetection", "Segments"),
        Kind("TextDetection", "TextDetections"),
    )
}
"""The kinds, by their names."""


async def _start(kind: Kind, call: Call) -> JsonObject:
    """Starts a job, whose results are known from here on."""
    video = call.parameters["Video"].get("S3Object")
    if video is None:
        raise EmulatedError("InvalidParameterException", "Request has invalid parameters")
    # A video may have gigabytes: that it can be read is all that is to be known.
    await read_object(call.backend.objects, video, 0)
    known_faces = _faces_of_collection(call) if "CollectionId" in call.parameters else []
    get = f"Get{kind.name}"
    results = video_results(get, seed_of(name_of(video)), call.parameters, known_faces=known_faces)
    declared = call.declared(operation=get)
    if declared is not None:
        # What stands beside the results, such as VideoMetadata, need not be declared.
        results = {**results, kind.items: [], **declared}
        results.pop("NextToken", None)
    running = _running_jobs(call)
    if running >= _MAX_JOBS:
        raise EmulatedError(
            "LimitExceededException",
            f"{running} open Jobs for User {user_arn(call)} Maximum limit: {_MAX_JOBS}",
        )
    return {"JobId": _add_job(kind, call, results)}


def _faces_of_collection(call: Call) -> list[JsonObject]:
    """Faces that may be found in a video; it shows a few people, and so many are enough.

    Raises:
        EmulatedError: ResourceNotFoundException.
    """
    faces = call.shelf(FACE, find_collection(call).name)
    return [listed(record) for record in islice(faces.all(), _MAX_KNOWN_FACES)]


def _add_job(kind: Kind, call: Call, results: JsonObject) -> str:
    jobs = call.shelf(VIDEO_JOB)
    on_done: JsonObject = {"JobStatus": "SUCCEEDED"}
    if results.pop("JobStatus", None) == "FAILED":
        message = results.pop("StatusMessage", "The video could not be analyzed")
        on_done = {"JobStatus": "FAILED", "StatusMessage": message}
    job_id = new_job_id(call, jobs)
    under_way = call.backend.durations.begin("video", call.time, on_done, JobStatus="IN_PROGRESS")
    document = {"Kind": kind.name, "Parameters": call.parameters, **under_way}
    with call.backend.store.transaction():
        jobs.add(job_id, document, at=call.time)
        call.shelf(_RUNNING).add(job_id, {}, at=call.time)
        call.shelf(_RESULTS).add(job_id, results, at=call.time)
    if "NotificationChannel" in call.parameters:
        _look_when_due(call.backend, call.caller, job_id)
    return job_id


def _running_jobs(call: Call) -> int:
    """How many jobs are in progress."""
    jobs, running = call.shelf(VIDEO_JOB), call.shelf(_RUNNING)
    for name in [record.name for record in running.all()]:
        job = jobs.find(name)
        if job is None or not is_under_way(_refresh(call, job)):
            running.remove(name)
    return running.count()


def _refresh(call: Call, job: Record, *, polled: bool = False) -> Record:
    return _refresh_at(call.backend, call.caller, job, call.time, polled=polled)


def _refresh_at(
    backend: Backend, caller: Caller, job: Record, time: float, *, polled: bool = False
) -> Record:
    """Writes what has become of a job, and publishes its end."""
    now = refresh(
        backend.store.shelf(caller, VIDEO_JOB),
        job,
        time,
        polled=polled,
        at_end=lambda _, ended: {"EndedAt": ended},
    )
    if now is None:
        return job  # no job is gone when it is over
    channel = now.document["Parameters"].get("NotificationChannel")
    ended = is_under_way(job) and not is_under_way(now)
    if ended and channel is not None and backend.notifier is not None:
        backend.notifier.publish(channel["SNSTopicArn"], completion_message(now))
    return now


def completion_message(job: Record) -> JsonObject:
    """What Rekognition publishes when a job is done."""
    started_with = job.document["Parameters"]
    video = started_with["Video"]["S3Object"]
    message: JsonObject = {
        "JobId": job.name,
        "Status": job.document["JobStatus"],
        "API": f"Start{job.document['Kind']}",
        "Timestamp": int(job.document["EndedAt"] * 1000),
        "Video": {"S3ObjectName": video["Name"], "S3Bucket": video["Bucket"]},
    }
    if "JobTag" in started_with:
        message["JobTag"] = started_with["JobTag"]
    return message


def look_at_running_jobs(backend: Backend) -> None:
    """Has the end of each job that runs published, such as those of an earlier emulator."""
    for caller, kind, _, _ in backend.store.counts():
        if kind == _RUNNING:
            for name in [record.name for record in backend.store.shelf(caller, _RUNNING).all()]:
                _look_when_due(backend, caller, name)


def _look_when_due(backend: Backend, caller: Caller, job_id: str) -> None:
    """Looks at a job when it is done by the clock, should nobody ask for it."""
    if backend.notifier is None:
        return
    jobs = backend.store.shelf(caller, VIDEO_JOB)

    def running() -> tuple[Record, float] | None:
        job = jobs.find(job_id)
        due = None if job is None else due_time(job)
        return None if job is None or due is None else (job, due)

    def look() -> None:
        if found := running():
            _refresh_at(backend, caller, *found)

    if found := running():
        backend.notifier.at(found[1], look)


def _get(kind: Kind, call: Call) -> JsonObject:
    """The status of a job; of one that succeeded, a page of its results."""
    job = _find_job(kind, call)
    status, started_with = job.document["JobStatus"], job.document["Parameters"]
    answer: JsonObject = {"JobStatus": status, "JobId": job.name}
    for member in ("Video", "JobTag"):
        if member in started_with:
            answer[member] = started_with[member]
    if status == "FAILED":
        answer["StatusMessage"] = job.document["StatusMessage"]
    if status != "SUCCEEDED":
        return answer
    page, next_token = _page_of_results(kind, call, job)
    return paged({**page, **answer}, next_token)


def _page_of_results(kind: Kind, call: Call, job: Record) -> tuple[JsonObject, str | None]:
    """A page of what a job found, with what stands beside it on each page.

    Raises:
        EmulatedError: InvalidPaginationTokenException; ResourceNotFoundException where the results
            are gone.
    """
    found = call.shelf(_RESULTS).find(job.name)
    if found is None:
        raise _missing(ExpiredError)
    sort_by = call.parameters.get("SortBy", "TIMESTAMP")
    aggregate_by = call.parameters.get("AggregateBy", "TIMESTAMPS")
    results = arranged(kind, found.document, job.document["Parameters"], sort_by, aggregate_by)
    page, next_token = call.page_of(
        results[kind.items], job.name, sort_by, aggregate_by, most=_MAX_RESULTS
    )
    return {**results, kind.items: page}, next_token


def arranged(
    kind: Kind, results: JsonObject, started_with: JsonObject, sort_by: str, aggregate_by: str
) -> JsonObject:
    """All results of a job, put together and in the order that is asked for.

    Args:
        kind: The kind of the job.
        results: What it found, in the order of time.
        started_with: The parameters that it was started with.
        sort_by: ``"TIMESTAMP"`` where the kind has no other order.
        aggregate_by: ``"TIMESTAMPS"`` where nothing can be put together.
    """
    items, metadata = results[kind.items], {}
    if kind.label is not None:
        metadata["GetRequestMetadata"] = {"SortBy": sort_by, "AggregateBy": aggregate_by}
        if aggregate_by == "SEGMENTS":
            duration = results["VideoMetadata"].get("DurationMillis", 0)
            items = in_segments(items, kind.label, duration)
    items = sorted(items, key=_sort_key(kind, sort_by, started_with))
    return {**results, **metadata, kind.items: items}


def _sort_key(kind: Kind, sort_by: str, started_with: JsonObject) -> SortKey:
    types: list[str] | None = started_with.get("SegmentTypes")
    if types is None:
        by_time = _by_time if kind.label is None else _by_time_and_name(kind.label)
        return kind.orders.get(sort_by, by_time)
    wanted = types

    def by_type_and_time(segment: JsonObject) -> Any:
        name = segment.get("Type")
        place = wanted.index(name) if name in wanted else len(wanted)
        return place, segment.get("StartTimestampMillis", 0)

    return by_type_and_time


def _find_job(kind: Kind, call: Call) -> Record:
    """The job that a call asks for.

    Raises:
        EmulatedError: ResourceNotFoundException, also for a job of another kind, and where its
            results are no longer kept.
    """
    job_id = call.parameters["JobId"]
    job = call.shelf(VIDEO_JOB).find(job_id)
    if job is not None and job.document["Kind"] == kind.name:
        job = _refresh(call, job, polled=True)
        ended = job.document.get("EndedAt")
        if ended is None or call.time < ended + _RESULTS_KEPT:
            return job
        call.shelf(_RESULTS).remove(job_id)
        raise _missing(ExpiredError)
    raise _missing()


def _missing(error: type[EmulatedError] = EmulatedError) -> EmulatedError:
    return error("ResourceNotFoundException", "Could not find JobId")


HANDLERS: Final[Mapping[str, Handler]] = {
    **{f"Start{kind.name}": partial(_start, kind) for kind in KINDS.values()},
    **{f"Get{kind.name}": partial(_get, kind) for kind in KINDS.values()},
}
