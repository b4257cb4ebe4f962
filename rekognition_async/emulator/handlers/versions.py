"""Model versions of projects: trained or copied, then started and stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from rekognition_async.emulator.handlers.base import Call, Handler, paged
from rekognition_async.emulator.handlers.datasets import READY
from rekognition_async.emulator.handlers.policies import may_copy
from rekognition_async.emulator.handlers.projects import PROJECT_POLICY
from rekognition_async.emulator.handlers.resources import (
    CUSTOM_LABELS,
    DATASET_LABEL,
    LABELS,
    PROJECT_VERSION,
    arn_of,
    datasets_of,
    find_project,
    find_version,
    in_use,
    invalid,
    limit_exceeded,
    manifest_of,
    milliseconds,
    missing,
    new_tags,
    refresh_version,
    versions_of,
)
from rekognition_async.emulator.protocol.caller import Caller
from rekognition_async.emulator.protocol.messages import EmulatedError
from rekognition_async.emulator.state.store import Order, Record
from rekognition_async.emulator.utils.identifiers import seed_of
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.utils.seeded_random import SeededRandom

MAX_VERSIONS: Final = 100
MAX_TRAININGS: Final = 2
MAX_RUNNING: Final = 2
MAX_INFERENCE_UNITS: Final = 5

_PAGE: Final = 100
_BASE_MODEL_VERSION: Final = "7.0"
_DESCRIBED: Final = (
    "MinInferenceUnits",
    "MaxInferenceUnits",
    "Status",
    "StatusMessage",
    "BillableTrainingTimeInSeconds",
    "TrainingEndTimestamp",
    "OutputConfig",
    "TrainingDataResult",
    "TestingDataResult",
    "EvaluationResult",
    "ManifestSummary",
    "KmsKeyId",
    "SourceProjectVersionArn",
    "VersionDescription",
    "Feature",
    "BaseModelVersion",
    "FeatureConfig",
)
_STARTABLE: Final = frozenset({"TRAINING_COMPLETED", "COPYING_COMPLETED", "STOPPED", "FAILED"})
_BUSY: Final = frozenset(
    {
        "TRAINING_IN_PROGRESS",
        "COPYING_IN_PROGRESS",
        "STARTING",
        "RUNNING",
        "STOPPING",
        "DELETING",
    }
)


async def create_project_version(call: Call) -> JsonObject:
    """Begins to train a version, on the project's datasets or on manifests in S3."""
    labels, problem = await _manifests(call)
    project = find_project(call, call.parameters["ProjectArn"])
    _check_training(call, project)
    name = call.parameters["VersionName"]
    arn = _new_arn(call, project, name)
    training = sum(
        version.document["Status"] == "TRAINING_IN_PROGRESS" for version in versions_of(call)
    )
    if training >= MAX_TRAININGS:
        raise limit_exceeded(f"{MAX_TRAININGS} trainings at a time")
    document: JsonObject = {
        "ProjectArn": project.document["Arn"],
        "VersionName": name,
        "Feature": project.document["Feature"],
        LABELS: labels | _labels_of_datasets(call, project),
        "Tags": new_tags(call),
        **_given(call, "OutputConfig", "KmsKeyId", "VersionDescription", "FeatureConfig"),
    }
    if project.document["Feature"] != CUSTOM_LABELS:
        document["BaseModelVersion"] = _BASE_MODEL_VERSION
    result = {
        **_places(call, project.name, name),
        "EvaluationResult": _evaluation(call, project.name, name, seed_of(arn)),
        "Status": "TRAINING_COMPLETED",
        "StatusMessage": "The model is ready to run.",
    }
    on_done = _outcome(call, document, result, "TRAINING_FAILED", problem)
    progress = call.backend.durations.begin(
        "training", call.time, on_done, Status="TRAINING_IN_PROGRESS"
    )
    call.shelf(PROJECT_VERSION).add(arn, {**document, **progress}, at=call.time)
    return {"ProjectVersionArn": arn}


def describe_project_versions(call: Call) -> JsonObject:
    """A page of the versions of a project, newest first."""
    project = find_project(call, call.parameters["ProjectArn"])
    names = call.parameters.get("VersionNames")
    # What was deleted meanwhile is gone before the page is made.
    versions_of(call)
    shelf, arn = call.shelf(PROJECT_VERSION), project.document["Arn"]
    records, next_token = call.page(
        shelf,
        arn,
        *sorted(names or ()),
        order=Order.NEWEST_FIRST,
        keep=lambda record: (
            record.document["ProjectArn"] == arn
            and (names is None or record.document["VersionName"] in names)
        ),
        most=_PAGE,
    )
    for record in records:
        refresh_version(shelf, record, call.time, polled=True)
    page = {"ProjectVersionDescriptions": [_described(record) for record in records]}
    return paged(page, next_token)


def delete_project_version(call: Call) -> JsonObject:
    """Begins to delete a version that neither trains nor runs."""
    arn = call.parameters["ProjectVersionArn"]
    version = find_version(call, arn)
    if version.document["Status"] in _BUSY:
        raise _wrong_status(version)
    progress = call.backend.durations.begin("version_deletion", call.time, None, Status="DELETING")
    call.shelf(PROJECT_VERSION).save(version, **progress)
    return {"Status": "DELETING"}


def start_project_version(call: Call) -> JsonObject:
    """Begins to start a version that is trained or copied, and does not run."""
    least = call.parameters["MinInferenceUnits"]
    most = call.parameters.get("MaxInferenceUnits")
    if most is not None and most < least:
        raise invalid("MaxInferenceUnits must be at least MinInferenceUnits")
    version = _custom_labels_version(call)
    if version.document["Status"] not in _STARTABLE:
        raise _wrong_status(version)
    if max(least, most or 0) > MAX_INFERENCE_UNITS:
        raise limit_exceeded(f"{MAX_INFERENCE_UNITS} inference units for a model")
    running = sum(
        other.document["Status"] in {"STARTING", "RUNNING"} for other in versions_of(call)
    )
    if running >= MAX_RUNNING:
        raise limit_exceeded(f"{MAX_RUNNING} running models at a time")
    on_done = _outcome(call, version.document, {"Status": "RUNNING"}, "FAILED")
    progress = call.backend.durations.begin("model_start", call.time, on_done, Status="STARTING")
    call.shelf(PROJECT_VERSION).save(
        version,
        **progress,
        StatusMessage=None,
        MinInferenceUnits=least,
        MaxInferenceUnits=most,
    )
    return {"Status": "STARTING"}


def stop_project_version(call: Call) -> JsonObject:
    """Begins to stop a version that runs."""
    version = _custom_labels_version(call)
    if version.document["Status"] != "RUNNING":
        raise _wrong_status(version)
    on_done = {"Status": "STOPPED"}
    progress = call.backend.durations.begin("model_stop", call.time, on_done, Status="STOPPING")
    call.shelf(PROJECT_VERSION).save(version, **progress, StatusMessage=None)
    return {"Status": "STOPPING"}


def copy_project_version(call: Call) -> JsonObject:
    """Begins to copy a trained version into a project of the caller's, if its policies allow it."""
    source = _source_of_copy(call)
    project = find_project(call, call.parameters["DestinationProjectArn"], custom_labels=True)
    _check_output(call)
    name = call.parameters["VersionName"]
    arn = _new_arn(call, project, name)
    document: JsonObject = {
        "ProjectArn": project.document["Arn"],
        "VersionName": name,
        "SourceProjectVersionArn": source.name,
        LABELS: source.document.get(LABELS, {}),
        "Tags": new_tags(call),
        **_given(call, "OutputConfig", "KmsKeyId"),
    }
    for member in ("Feature", "TrainingEndTimestamp", "BillableTrainingTimeInSeconds"):
        document[member] = source.document[member]
    evaluation = _evaluation(call, project.name, name, 0)
    evaluation["F1Score"] = source.document["EvaluationResult"].get("F1Score")
    result = {
        **_places(call, project.name, name),
        "EvaluationResult": evaluation,
        "Status": "COPYING_COMPLETED",
    }
    on_done = _outcome(call, document, result, "COPYING_FAILED")
    progress = call.backend.durations.begin(
        "model_copy", call.time, on_done, Status="COPYING_IN_PROGRESS"
    )
    call.shelf(PROJECT_VERSION).add(arn, {**document, **progress}, at=call.time)
    return {"ProjectVersionArn": arn}


HANDLERS: Final[Mapping[str, Handler]] = {
    "CopyProjectVersion": copy_project_version,
    "CreateProjectVersion": create_project_version,
    "DeleteProjectVersion": delete_project_version,
    "DescribeProjectVersions": describe_project_versions,
    "StartProjectVersion": start_project_version,
    "StopProjectVersion": stop_project_version,
}


async def _manifests(call: Call) -> tuple[dict[str, bool], str | None]:
    """The labels of the manifests that are given, and why they cannot be trained with.

    That fails the training only. Of each label it is told whether it has boxes.
    """
    boxes: Counter[str] = Counter()
    for data in ("TrainingData", "TestingData"):
        for asset in call.parameters.get(data, {}).get("Assets", ()):
            try:
                manifest = await manifest_of(call, asset.get("GroundTruthManifest", {}))
            except EmulatedError as error:
                return {}, error.message
            if manifest.problem is not None:
                return {}, manifest.problem
            if data == "TrainingData":
                for entry in manifest.entries.values():
                    boxes.update(entry["Labels"])
    return {name: count > 0 for name, count in boxes.items()}, None


def _labels_of_datasets(call: Call, project: Record) -> dict[str, bool]:
    """The labels of a project's training dataset, and whether they have boxes."""
    return {
        label.name: label.document["BoundingBoxCount"] > 0
        for dataset in datasets_of(call, project)
        if dataset.name == "TRAIN"
        for label in call.shelf(DATASET_LABEL, dataset.document["Arn"]).all()
    }


def _check_training(call: Call, project: Record) -> None:
    """Holds what is to be trained with against what the project has.

    Raises:
        EmulatedError: InvalidParameterException, or ResourceInUseException.
    """
    _check_output(call)
    datasets = {dataset.name: dataset for dataset in datasets_of(call, project)}
    given = call.parameters.keys() & {"TrainingData", "TestingData"}
    if project.document["Feature"] == CUSTOM_LABELS:
        if "FeatureConfig" in call.parameters:
            raise invalid("FeatureConfig does not match the feature of the project")
        if len(given) == 1:
            raise invalid("TrainingData and TestingData must be given together")
    if given and datasets:
        raise invalid("TrainingData and TestingData need a project without datasets")
    if given:
        _check_manifests(call)
    else:
        _check_datasets(datasets)


def _check_manifests(call: Call) -> None:
    if not call.parameters.get("TrainingData", {}).get("Assets"):
        raise invalid("TrainingData must have a manifest")
    testing = call.parameters.get("TestingData")
    if testing is not None and not (testing.get("Assets") or testing.get("AutoCreate")):
        raise invalid("TestingData must have a manifest, or AutoCreate")


def _check_datasets(datasets: Mapping[str, Record]) -> None:
    if set(datasets) != {"TRAIN", "TEST"}:
        raise invalid("The project must have a training and a test dataset")
    for dataset in datasets.values():
        arn, status = dataset.document["Arn"], dataset.document["Status"]
        if status.endswith("_IN_PROGRESS"):
            raise in_use(f"The dataset {arn} is in status {status}")
        if status not in READY:
            raise invalid(f"The dataset {arn} was not created")


def _check_output(call: Call) -> None:
    if "S3Bucket" not in call.parameters["OutputConfig"]:
        raise invalid("OutputConfig must have an S3Bucket")


def _new_arn(call: Call, project: Record, name: str) -> str:
    """The ARN of a new version of a project.

    Raises:
        EmulatedError: ResourceInUseException, or LimitExceededException.
    """
    versions = versions_of(call, project)
    if any(version.document["VersionName"] == name for version in versions):
        raise in_use(f"The project already has a version with the name {name}")
    if len(versions) >= MAX_VERSIONS:
        raise limit_exceeded(f"{MAX_VERSIONS} models in a project")
    return arn_of(call.caller, "project", project.name, "version", name, milliseconds(call.time))


def _source_of_copy(call: Call) -> Record:
    """The version that is to be copied.

    Raises:
        EmulatedError: AccessDeniedException, InvalidParameterException,
            ResourceNotFoundException, or ResourceInUseException.
    """
    arn, project_arn = (
        call.parameters[name] for name in ("SourceProjectVersionArn", "SourceProjectArn")
    )
    region_name, account_id = arn.split(":")[3:5]
    if region_name != call.caller.region_name:
        raise invalid("The source must be in the region of the destination")
    owner = Caller(account_id, region_name)
    policies = call.backend.store.shelf(owner, PROJECT_POLICY, project_arn).all()
    texts = [policy.document["Text"] for policy in policies]
    allowed = may_copy(texts, arn, call.caller.account_id)
    if allowed is None:
        # Within an account, a policy is needed only to forbid.
        allowed = owner == call.caller
    if not allowed:
        raise EmulatedError(
            "AccessDeniedException",
            f"User: arn:aws:iam::{call.caller.account_id}:root is not authorized to perform: "
            f"rekognition:CopyProjectVersion on resource: {arn}",
        )
    shelf = call.backend.store.shelf(owner, PROJECT_VERSION)
    found = shelf.find(arn)
    version = None if found is None else refresh_version(shelf, found, call.time)
    if version is None or version.document["ProjectArn"] != project_arn:
        raise missing("project version", arn)
    if version.document["Feature"] != CUSTOM_LABELS:
        raise invalid("Only models of Custom Labels can be copied")
    if "EvaluationResult" not in version.document or version.document["Status"] == "DELETING":
        raise _wrong_status(version)
    return version


def _custom_labels_version(call: Call) -> Record:
    version = find_version(call, call.parameters["ProjectVersionArn"])
    if version.document["Feature"] != CUSTOM_LABELS:
        raise invalid(f"{call.operation} applies only to models of Custom Labels")
    return version


def _wrong_status(version: Record) -> EmulatedError:
    return in_use(f"The version {version.name} is in status {version.document['Status']}")


def _given(call: Call, *members: str) -> JsonObject:
    return {name: call.parameters[name] for name in members if name in call.parameters}


def _outcome(
    call: Call,
    version: JsonObject,
    result: JsonObject,
    failed: str,
    problem: str | None = None,
) -> JsonObject:
    """The members of a version when what is begun with it is over.

    Args:
        call: The call that begins it.
        version: What is known of the version.
        result: The members when it ends well.
        failed: The status when it fails.
        problem: Why it has to fail.
    """
    parameters = {"ProjectArn": version["ProjectArn"], "VersionNames": [version["VersionName"]]}
    answer = call.backend.answers.find("DescribeProjectVersions", parameters) or {}
    declared: JsonObject = next(iter(answer.get("ProjectVersionDescriptions", ())), {})
    status = declared.get("Status", result["Status"])
    if problem is None and status == result["Status"]:
        return {**result, **declared}
    if problem is None and status != failed:
        # Declared of other work than this.
        return result
    reason = problem or declared.get("StatusMessage", "The work is declared to fail.")
    kept = {name: value for name, value in result.items() if name != "EvaluationResult"}
    return {**kept, "Status": failed, "StatusMessage": reason}


def _evaluation(call: Call, project: str, version: str, seed: int) -> JsonObject:
    return {
        "F1Score": round(SeededRandom(seed).number(0.8, 1.0), 3),
        "Summary": _place(call, "EvaluationResultSummary", project, version),
    }


def _places(call: Call, project: str, version: str) -> JsonObject:
    """Where the service puts what comes out of a training; the emulator puts nothing there."""

    def assets(noun: str) -> JsonObject:
        return {"Assets": [{"GroundTruthManifest": _place(call, noun, project, version)}]}

    testing = call.parameters.get("TestingData", {})
    auto_create = testing.get("AutoCreate", False)
    return {
        "ManifestSummary": _place(call, "ManifestSummary", project, version),
        "TrainingDataResult": {
            "Input": call.parameters.get("TrainingData", {}),
            "Output": assets("TrainingGroundTruth"),
            "Validation": assets("TrainingManifestWithValidation"),
        },
        "TestingDataResult": {
            "Input": {**testing, "AutoCreate": auto_create},
            "Output": {**assets("TestingGroundTruth"), "AutoCreate": auto_create},
            "Validation": assets("TestingManifestWithValidation"),
        },
    }


def _place(call: Call, noun: str, project: str, version: str) -> JsonObject:
    output = call.parameters["OutputConfig"]
    prefix = output.get("S3KeyPrefix", "").rstrip("/")
    name = f"{noun}-{project}-{version}.json"
    return {
        "S3Object": {"Bucket": output["S3Bucket"], "Name": f"{prefix}/{name}" if prefix else name}
    }


def _described(version: Record) -> JsonObject:
    document = version.document
    description: JsonObject = {name: document[name] for name in _DESCRIBED if name in document}
    if "EvaluationResult" not in document:
        # Only what was trained is billed.
        description.pop("BillableTrainingTimeInSeconds", None)
    return {
        "ProjectVersionArn": version.name,
        "CreationTimestamp": round(version.created_at, 3),
        **description,
    }
