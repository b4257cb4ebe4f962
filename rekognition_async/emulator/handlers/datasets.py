"""Datasets of Custom Labels: the images with their labels that models are trained and tested on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Final

from rekognition_async.emulator.handlers.base import Call, Handler, paged
from rekognition_async.emulator.handlers.manifest import (
    MAX_ENTRIES,
    Manifest,
    read_manifest,
    stats_of,
)
from rekognition_async.emulator.handlers.resources import (
    DATASET_LABEL,
    arn_of,
    dataset_shelf,
    datasets_of,
    find_dataset,
    find_project,
    in_use,
    invalid,
    limit_exceeded,
    manifest_of,
    milliseconds,
    new_tags,
    versions_of,
)
from rekognition_async.emulator.protocol.messages import EmulatedError
from rekognition_async.emulator.state.store import Order, Record, Shelf
from rekognition_async.emulator.utils.identifiers import seed_of
from rekognition_async.emulator.utils.json_types import JsonObject

DATASET_ENTRY: Final = "dataset_entry"
"""Under the ARN of their dataset, by their images; see `Manifest.entries`."""

READY: Final = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_FAILED"})
"""The statuses of a dataset whose entries can be read and changed."""

_PAGE: Final = 100
_TEST_PART: Final = 5


async def create_dataset(call: Call) -> JsonObject:
    """Begins to create a dataset: from a manifest in S3, as a copy of another one, or empty."""
    source = call.parameters.get("DatasetSource")
    if source is not None and len(source) != 1:
        raise invalid("A DatasetSource must have one of GroundTruthManifest and DatasetArn")
    manifest = Manifest()
    if source is not None and "GroundTruthManifest" in source:
        manifest = await manifest_of(call, source["GroundTruthManifest"])
    kind = call.parameters["DatasetType"]
    project = find_project(call, call.parameters["ProjectArn"], custom_labels=True)
    if kind in (dataset.name for dataset in datasets_of(call, project)):
        raise EmulatedError(
            "ResourceAlreadyExistsException", f"The project already has a dataset of type {kind}"
        )
    if source is not None and "DatasetArn" in source:
        manifest = _copied(call, source["DatasetArn"])
    arn = arn_of(
        call.caller, "project", project.name, "dataset", kind.lower(), milliseconds(call.time)
    )
    document = {"Arn": arn, "Tags": new_tags(call), "LastUpdatedTimestamp": round(call.time, 3)}
    on_done = _outcome(call, arn, manifest.problem, "CREATE")
    with call.backend.store.transaction():
        if on_done["Status"] == "CREATE_COMPLETE":
            call.shelf(DATASET_ENTRY, arn).add_all(manifest.entries.items(), at=call.time)
        on_done["DatasetStats"] = _counted_anew(call, arn)
        progress = call.backend.durations.begin(
            "dataset", call.time, on_done, Status="CREATE_IN_PROGRESS"
        )
        dataset_shelf(call, arn).add(kind, {**document, **progress}, at=call.time)
    return {"DatasetArn": arn}


def describe_dataset(call: Call) -> JsonObject:
    """Tells how a dataset stands; its numbers are those of before until a change is done."""
    dataset = find_dataset(call, call.parameters["DatasetArn"], polled=True)
    members = ("Status", "StatusMessage", "StatusMessageCode", "DatasetStats")
    description = {
        "CreationTimestamp": round(dataset.created_at, 3),
        "LastUpdatedTimestamp": dataset.document["LastUpdatedTimestamp"],
        **{name: dataset.document[name] for name in members if name in dataset.document},
    }
    return {"DatasetDescription": description}


def list_dataset_entries(call: Call) -> JsonObject:
    """A page of the entries that pass all filters, in the order they were added."""
    arn = _readable(call)
    wanted = {
        name: value
        for name, value in call.parameters.items()
        if name in {"ContainsLabels", "HasErrors", "Labeled", "SourceRefContains"}
    }

    def passes(record: Record) -> bool:
        entry = record.document
        labels, part = wanted.get("ContainsLabels"), wanted.get("SourceRefContains")
        return (
            wanted.get("Labeled", entry["Labeled"]) == entry["Labeled"]
            and wanted.get("HasErrors", entry["Errors"]) == entry["Errors"]
            and (labels is None or not entry["Labels"].keys().isdisjoint(labels))
            and (part is None or part in str(entry["Line"].get("source-ref", "")))
        )

    records, next_token = call.page(
        call.shelf(DATASET_ENTRY, arn),
        json.dumps(wanted, sort_keys=True),
        keep=passes,
        most=_PAGE,
    )
    lines = [
        json.dumps(record.document["Line"], separators=(",", ":"), ensure_ascii=False)
        for record in records
    ]
    return paged({"DatasetEntries": lines}, next_token)


def list_dataset_labels(call: Call) -> JsonObject:
    """A page of the labels, by name, with the number of their images and boxes."""
    arn = _readable(call)
    records, next_token = call.page(call.shelf(DATASET_LABEL, arn), order=Order.BY_NAME, most=_PAGE)
    labels = [{"LabelName": record.name, "LabelStats": record.document} for record in records]
    return paged({"DatasetLabelDescriptions": labels}, next_token)


async def update_dataset_entries(call: Call) -> JsonObject:
    """Begins to add entries, and to replace those about the same images."""
    changes: bytes = call.parameters["Changes"]["GroundTruth"]
    manifest = await asyncio.to_thread(read_manifest, changes)
    arn = call.parameters["DatasetArn"]
    dataset = _changeable(call, arn)
    entries = call.shelf(DATASET_ENTRY, arn)
    on_done = _outcome(call, arn, manifest.problem, "UPDATE")
    with call.backend.store.transaction():
        if on_done["Status"] == "UPDATE_COMPLETE":
            _put(entries, manifest.entries, call.time)
        if entries.count() > MAX_ENTRIES:
            raise limit_exceeded(f"{MAX_ENTRIES} images in a dataset")
        _begin_update(call, dataset, on_done)
    return {}


def distribute_dataset_entries(call: Call) -> JsonObject:
    """Begins to move a fifth of a training dataset's images to the empty test dataset."""
    arns = [dataset["Arn"] for dataset in call.parameters["Datasets"]]
    datasets = {dataset.name: dataset for dataset in (find_dataset(call, arn) for arn in arns)}
    if datasets.keys() != {"TRAIN", "TEST"} or len({arn.split("/")[1] for arn in arns}) != 1:
        raise invalid("Datasets must be the training and the test dataset of one project")
    for dataset in datasets.values():
        if dataset.document["Status"] not in READY:
            raise _not_ready(dataset)
    train, test = (
        call.shelf(DATASET_ENTRY, datasets[kind].document["Arn"]) for kind in ("TRAIN", "TEST")
    )
    if test.count():
        raise invalid("The test dataset must be empty")
    # Which images go is as good as drawn by lot, and the same each time.
    entries = sorted(train.all(), key=lambda entry: seed_of(entry.name))
    if not entries:
        raise invalid("The training dataset must have images to distribute")
    moved = sorted(entries[: round(len(entries) / _TEST_PART)], key=lambda entry: entry.sequence)
    outcomes = {
        kind: _outcome(call, dataset.document["Arn"], None, "UPDATE")
        for kind, dataset in datasets.items()
    }
    with call.backend.store.transaction():
        if all(on_done["Status"] == "UPDATE_COMPLETE" for on_done in outcomes.values()):
            for entry in moved:
                train.remove(entry.name)
            test.add_all(((entry.name, entry.document) for entry in moved), at=call.time)
        for kind, on_done in outcomes.items():
            _begin_update(call, datasets[kind], on_done)
    return {}


def delete_dataset(call: Call) -> JsonObject:
    """Begins to delete a dataset that nothing is done with; its entries go at once."""
    arn = call.parameters["DatasetArn"]
    dataset = find_dataset(call, arn)
    status = dataset.document["Status"]
    if status.endswith("_IN_PROGRESS"):
        raise in_use(f"The dataset {arn} is in status {status}")
    for version in versions_of(call):
        if (
            version.document["Status"] == "TRAINING_IN_PROGRESS"
            and version.name.split("/")[1] == arn.split("/")[1]
        ):
            raise in_use(f"The dataset {arn} is used by the training of {version.name}")
    progress = call.backend.durations.begin(
        "dataset_deletion", call.time, None, Status="DELETE_IN_PROGRESS"
    )
    with call.backend.store.transaction():
        call.shelf(DATASET_ENTRY, arn).clear()
        call.shelf(DATASET_LABEL, arn).clear()
        dataset_shelf(call, arn).save(
            dataset, **progress, StatusMessage=None, StatusMessageCode=None
        )
    return {}


HANDLERS: Final[Mapping[str, Handler]] = {
    "CreateDataset": create_dataset,
    "DeleteDataset": delete_dataset,
    "DescribeDataset": describe_dataset,
    "DistributeDatasetEntries": distribute_dataset_entries,
    "ListDatasetEntries": list_dataset_entries,
    "ListDatasetLabels": list_dataset_labels,
    "UpdateDatasetEntries": update_dataset_entries,
}


def _copied(call: Call, arn: str) -> Manifest:
    dataset = find_dataset(call, arn)
    if dataset.document["Status"] not in READY:
        raise invalid(f"The dataset {arn} is in status {dataset.document['Status']}")
    records = call.shelf(DATASET_ENTRY, arn).all()
    return Manifest({record.name: record.document for record in records})


def _readable(call: Call) -> str:
    """The ARN of a dataset whose entries may be listed."""
    arn: str = call.parameters["DatasetArn"]
    dataset = find_dataset(call, arn)
    status = dataset.document["Status"]
    if status in {"UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"}:
        raise in_use(f"The dataset {arn} is in status {status}")
    if status not in READY:
        raise _not_ready(dataset)
    return arn


def _changeable(call: Call, arn: str) -> Record:
    dataset = find_dataset(call, arn)
    status = dataset.document["Status"]
    if status == "CREATE_FAILED":
        raise invalid(f"The dataset {arn} was not created")
    if status not in READY:
        raise in_use(f"The dataset {arn} is in status {status}")
    return dataset


def _not_ready(dataset: Record) -> EmulatedError:
    return EmulatedError(
        "ResourceNotReadyException",
        f"The dataset {dataset.document['Arn']} is in status {dataset.document['Status']}",
    )


def _put(entries: Shelf, changes: Mapping[str, JsonObject], time: float) -> None:
    new: list[tuple[str, JsonObject]] = []
    for name, entry in changes.items():
        found = entries.find(name)
        if found is None:
            new.append((name, entry))
        else:
            entries.save(found, **entry)
    entries.add_all(new, at=time)


def _outcome(call: Call, arn: str, problem: str | None, verb: str) -> JsonObject:
    """The status with which a change ends: well, unless it cannot, or is declared to fail."""
    failed = {"Status": f"{verb}_FAILED", "StatusMessageCode": "CLIENT_ERROR"}
    if problem is not None:
        return {**failed, "StatusMessage": problem}
    answer = call.backend.answers.find("DescribeDataset", {"DatasetArn": arn}) or {}
    declared = answer.get("DatasetDescription", {})
    if declared.get("Status") == failed["Status"]:
        said = {name: declared[name] for name in declared if name.startswith("StatusMessage")}
        return {**failed, "StatusMessage": "The dataset is declared to fail.", **said}
    return {
        "Status": f"{verb}_COMPLETE",
        "StatusMessage": f"The dataset was successfully {verb.lower()}d.",
        "StatusMessageCode": "SUCCESS",
    }


def _begin_update(call: Call, dataset: Record, on_done: JsonObject) -> None:
    arn = dataset.document["Arn"]
    on_done["DatasetStats"] = _counted_anew(call, arn)
    progress = call.backend.durations.begin(
        "dataset", call.time, on_done, Status="UPDATE_IN_PROGRESS"
    )
    dataset_shelf(call, arn).save(dataset, **progress, StatusMessage=None, StatusMessageCode=None)


def _counted_anew(call: Call, arn: str) -> JsonObject:
    """Counts the labels of a dataset's entries anew, and gives its DatasetStats."""
    entries: Iterable[Record] = call.shelf(DATASET_ENTRY, arn).all()
    stats, labels = stats_of(entry.document for entry in entries)
    shelf = call.shelf(DATASET_LABEL, arn)
    shelf.clear()
    shelf.add_all(labels.items(), at=call.time)
    return stats
