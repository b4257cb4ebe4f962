"""Projects, datasets and model versions: how they are kept, and how a call finds them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from rekognition_async.emulator.handlers.base import Call
from rekognition_async.emulator.handlers.manifest import (
    MAX_MANIFEST_BYTES,
    Manifest,
    read_manifest,
)
from rekognition_async.emulator.protocol.caller import Caller
from rekognition_async.emulator.protocol.messages import EmulatedError
from rekognition_async.emulator.state.progress import refresh
from rekognition_async.emulator.state.store import Record, Shelf
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.vision.s3 import read_object

PROJECT: Final = "project"
"""By their names; the document has the ``Arn``."""

DATASET: Final = "dataset"
"""Under the name of their project, by their types; the document has the ``Arn``."""

PROJECT_VERSION: Final = "project_version"
"""By their ARNs; the document has the ``ProjectArn``, the ``VersionName`` and `LABELS`."""

LABELS: Final = "Labels"
"""The labels that a version was trained with, and whether each tells where things are."""

DATASET_LABEL: Final = "dataset_label"
"""Under the ARN of their dataset, by their names; the documents are LabelStats."""

CUSTOM_LABELS: Final = "CUSTOM_LABELS"
MAX_TAGS: Final = 50

_AtEnd: TypeAlias = Callable[[Record, float], Mapping[str, object]]


def arn_of(caller: Caller, *path: str) -> str:
    """The ARN of something of the caller's."""
    return ":".join(("arn:aws:rekognition", caller.region_name, caller.account_id, "/".join(path)))


def milliseconds(seconds: float) -> str:
    """A time as it stands at the end of ARNs."""
    return str(round(seconds * 1000))


def find_project(
    call: Call, arn: str, *, custom_labels: bool = False, deleting: bool = False
) -> Record:
    """A project.

    Args:
        call: The call.
        arn: The project's ARN.
        custom_labels: Whether the operation is for projects of Custom Labels alone.
        deleting: Whether one that is being deleted counts as there.

    Raises:
        EmulatedError: ResourceNotFoundException, or InvalidParameterException.
    """
    shelf = call.shelf(PROJECT)
    found = shelf.find(arn.split("/")[1])
    project = None if found is None else refresh(shelf, found, call.time)
    if project is None or project.document["Arn"] != arn:
        raise missing("project", arn)
    if project.document["Status"] == "DELETING" and not deleting:
        raise missing("project", arn)
    if custom_labels and project.document["Feature"] != CUSTOM_LABELS:
        raise invalid(f"{call.operation} applies only to projects of Custom Labels")
    return project


def projects_of(call: Call) -> list[Record]:
    """All projects of the caller's, oldest first."""
    return _refresh_all(call.shelf(PROJECT), call.time)


def find_dataset(call: Call, arn: str, *, polled: bool = False) -> Record:
    """A dataset.

    Args:
        call: The call.
        arn: The dataset's ARN.
        polled: Whether its status is asked for.

    Raises:
        EmulatedError: ResourceNotFoundException.
    """
    shelf = dataset_shelf(call, arn)
    found = shelf.find(arn.split("/")[3].upper())
    dataset = (
        None
        if found is None
        else refresh(shelf, found, call.time, polled=polled, at_end=_updated_at)
    )
    if dataset is None or dataset.document["Arn"] != arn:
        raise missing("dataset", arn)
    return dataset


def dataset_shelf(call: Call, arn: str) -> Shelf:
    """The datasets of the project that an ARN of a project or a dataset names."""
    return call.shelf(DATASET, arn.split("/")[1])


def datasets_of(call: Call, project: Record) -> list[Record]:
    """The datasets of a project, oldest first."""
    return _refresh_all(dataset_shelf(call, project.document["Arn"]), call.time, _updated_at)


def find_version(call: Call, arn: str) -> Record:
    """A model version of the caller's, in the status that it has by now.

    Raises:
        EmulatedError: ResourceNotFoundException.
    """
    shelf = call.shelf(PROJECT_VERSION)
    found = shelf.find(arn)
    version = None if found is None else refresh_version(shelf, found, call.time)
    if version is None:
        raise missing("project version", arn)
    return version


def running_version(call: Call, arn: str) -> Record:
    """A version of a project that can be used.

    Raises:
        EmulatedError: ResourceNotFoundException, or ResourceNotReadyException where it is not
            running.
    """
    version = find_version(call, arn)
    status = version.document["Status"]
    if status != "RUNNING":
        raise EmulatedError(
            "ResourceNotReadyException", f"The project version {arn} is not running: {status}"
        )
    return version


def refresh_version(
    shelf: Shelf, version: Record, now: float, *, polled: bool = False
) -> Record | None:
    """What has become of a model version by now; see `refresh`."""
    return refresh(shelf, version, now, polled=polled, at_end=_trained_at)


def versions_of(call: Call, project: Record | None = None) -> list[Record]:
    """The model versions of a project, or of all the caller's projects, oldest first."""
    versions = _refresh_all(call.shelf(PROJECT_VERSION), call.time, _trained_at)
    if project is None:
        return versions
    arn = project.document["Arn"]
    return [version for version in versions if version.document["ProjectArn"] == arn]


async def manifest_of(call: Call, ground_truth: JsonObject) -> Manifest:
    """What the object in S3 of a GroundTruthManifest holds; nothing, where it is a name only.

    Raises:
        EmulatedError: InvalidS3ObjectException.
    """
    content = await read_object(
        call.backend.objects, ground_truth.get("S3Object", {}), MAX_MANIFEST_BYTES
    )
    if content is None:
        return Manifest()
    return await asyncio.to_thread(read_manifest, content)


def new_tags(call: Call) -> JsonObject:
    """The tags that something is created with.

    Raises:
        EmulatedError: LimitExceededException.
    """
    tags: JsonObject = call.parameters.get("Tags", {})
    if len(tags) > MAX_TAGS:
        raise limit_exceeded(f"{MAX_TAGS} tags on a resource")
    return tags


def missing(noun: str, arn: str) -> EmulatedError:
    """The error for what does not exist."""
    return EmulatedError("ResourceNotFoundException", f"The {noun} {arn} does not exist")


def in_use(message: str) -> EmulatedError:
    """The error for what is in a state that does not allow it."""
    return EmulatedError("ResourceInUseException", message)


def invalid(message: str) -> EmulatedError:
    """The error for parameters that do not go together."""
    return EmulatedError("InvalidParameterException", message)


def limit_exceeded(limit: str) -> EmulatedError:
    """The error for one more than the account may have."""
    return EmulatedError("LimitExceededException", f"The limit is {limit}")


def _refresh_all(shelf: Shelf, now: float, at_end: _AtEnd | None = None) -> list[Record]:
    # Read to the end first: settling changes the shelf.
    records = (refresh(shelf, record, now, at_end=at_end) for record in list(shelf.all()))
    return [record for record in records if record is not None]


def _updated_at(_: Record, time: float) -> JsonObject:
    return {"LastUpdatedTimestamp": round(time, 3)}


def _trained_at(version: Record, time: float) -> JsonObject:
    if version.document["Status"] != "TRAINING_IN_PROGRESS":
        return {}
    return {
        "TrainingEndTimestamp": round(time, 3),
        "BillableTrainingTimeInSeconds": max(0, round(time - version.created_at)),
    }
