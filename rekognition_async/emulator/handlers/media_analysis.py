"""StartMediaAnalysisJob, GetMediaAnalysisJob, ListMediaAnalysisJobs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Final

from rekognition_async.emulator.handlers.base import (
    Call,
    ExpiredError,
    Handler,
    new_job_id,
    paged,
)
from rekognition_async.emulator.handlers.resources import find_version
from rekognition_async.emulator.protocol.messages import EmulatedError
from rekognition_async.emulator.samples import MODERATION_MODEL_VERSION
from rekognition_async.emulator.state.progress import refresh
from rekognition_async.emulator.state.store import Order, Record
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.vision.s3 import read_object

MEDIA_ANALYSIS_JOB: Final = "media_analysis_job"
"""The kind of the records of jobs, which are named by JobId."""

_MAX_MANIFEST_BYTES: Final = 50 * 1024 * 1024
_MAX_JOBS_LISTED: Final = 100
_JOBS_KEPT: Final = 365 * 86_400.0

_ECHOED: Final[tuple[str, ...]] = (
    "JobName",
    "OperationsConfig",
    "Input",
    "OutputConfig",
    "KmsKeyId",
)
_TOLD: Final[tuple[str, ...]] = (
    "Status",
    "FailureDetails",
    "CompletionTimestamp",
    "Results",
    "ManifestSummary",
)


async def start_media_analysis_job(call: Call) -> JsonObject:
    """Starts a job, once its manifest has been looked into."""
    if not call.parameters["OperationsConfig"]:
        raise EmulatedError("InvalidParameterException", "OperationsConfig must name an operation")
    _check_adapter(call)
    manifest = call.parameters["Input"]["S3Object"]
    content = await read_object(call.backend.objects, manifest, _MAX_MANIFEST_BYTES)
    if content is not None and not await asyncio.to_thread(_is_manifest, content):
        raise EmulatedError(
            "InvalidManifestException",
            f"The manifest must name images and have at most {_MAX_MANIFEST_BYTES} bytes",
        )
    declared = call.declared(operation="GetMediaAnalysisJob")
    jobs = call.shelf(MEDIA_ANALYSIS_JOB)
    job_id = new_job_id(call, jobs)
    under_way = call.backend.durations.begin(
        "media_analysis",
        call.time,
        _end(call, job_id, declared or {}),
        stages=({"Status": "QUEUED"}, {"Status": "IN_PROGRESS"}),
        Status="CREATED",
    )
    echoed = {name: call.parameters[name] for name in _ECHOED if name in call.parameters}
    jobs.add(job_id, {**echoed, **under_way}, at=call.time)
    return {"JobId": job_id}


def _check_adapter(call: Call) -> None:
    """Refuses an adapter that is not there, or not trained.

    Raises:
        EmulatedError: ResourceNotFoundException, or ResourceNotReadyException.
    """
    moderation = call.parameters["OperationsConfig"].get("DetectModerationLabels", {})
    arn = moderation.get("ProjectVersion")
    if arn is not None:
        status = find_version(call, arn).document["Status"]
        # After an adapter has expired, the service's own model does the work.
        if status not in {"TRAINING_COMPLETED", "EXPIRED"}:
            raise EmulatedError(
                "ResourceNotReadyException", f"The project version {arn} is not ready: {status}"
            )


def _is_manifest(content: bytes) -> bool:
    """Whether a file has JSON Lines of which at least one names an image.

    Lines that name none do no harm to the others: the summary of a manifest counts them.
    """
    if len(content) > _MAX_MANIFEST_BYTES:
        return False
    return any(map(_names_image, content.splitlines()))


def _names_image(line: bytes) -> bool:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return False
    source = entry.get("source-ref") if isinstance(entry, dict) else None
    return isinstance(source, str) and source.startswith("s3://")


def _end(call: Call, job_id: str, declared: JsonObject) -> JsonObject:
    """What a job says when it is over."""
    if declared.get("Status") == "FAILED":
        details = {"Code": "INTERNAL_ERROR", "Message": "The job could not be completed"}
        return {"Status": "FAILED", "FailureDetails": declared.get("FailureDetails", details)}
    output = call.parameters["OutputConfig"]
    prefix = output.get("S3KeyPrefix", "").rstrip("/")
    folder = f"{prefix}/{job_id}" if prefix else job_id

    def written(name: str) -> JsonObject:
        return {"Bucket": output["S3Bucket"], "Name": f"{folder}/{name}"}

    results = {
        "S3Object": written("results.jsonl"),
        "ModelVersions": {"Moderation": MODERATION_MODEL_VERSION},
    }
    return {
        "Status": "SUCCEEDED",
        "Results": declared.get("Results", results),
        "ManifestSummary": declared.get(
            "ManifestSummary", {"S3Object": written("manifest-summary.json")}
        ),
    }


def get_media_analysis_job(call: Call) -> JsonObject:
    """Tells how far a job is, and where its results are."""
    job_id = call.parameters["JobId"]
    found = call.shelf(MEDIA_ANALYSIS_JOB).find(job_id)
    if found is None or not _is_kept(call, found):
        error = EmulatedError if found is None else ExpiredError
        raise error("ResourceNotFoundException", f"The job {job_id} does not exist")
    return _described(call, found, polled=True)


def list_media_analysis_jobs(call: Call) -> JsonObject:
    """A page of the jobs, the newest first."""
    if call.parameters.get("MaxResults", 0) > _MAX_JOBS_LISTED:
        raise EmulatedError(
            "InvalidParameterException", f"MaxResults must be at most {_MAX_JOBS_LISTED}"
        )
    records, next_token = call.page(
        call.shelf(MEDIA_ANALYSIS_JOB),
        order=Order.NEWEST_FIRST,
        keep=lambda job: _is_kept(call, job),
        most=_MAX_JOBS_LISTED,
    )
    jobs = [_described(call, record) for record in records]
    return paged({"MediaAnalysisJobs": jobs}, next_token)


def _is_kept(call: Call, job: Record) -> bool:
    return call.time < job.created_at + _JOBS_KEPT


def _described(call: Call, job: Record, *, polled: bool = False) -> JsonObject:
    now = refresh(
        call.shelf(MEDIA_ANALYSIS_JOB),
        job,
        call.time,
        polled=polled,
        at_end=lambda _, ended: {"CompletionTimestamp": round(ended, 3)},
    )
    # No job is gone when it is over.
    job = now or job
    told = {name: job.document[name] for name in (*_ECHOED, *_TOLD) if name in job.document}
    return {"JobId": job.name, "CreationTimestamp": round(job.created_at, 3), **told}


HANDLERS: Final[Mapping[str, Handler]] = {
    "GetMediaAnalysisJob": get_media_analysis_job,
    "ListMediaAnalysisJobs": list_media_analysis_jobs,
    "StartMediaAnalysisJob": start_media_analysis_job,
}
