"""CreateProject, DescribeProjects, DeleteProject, and the policies that projects have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rekognition_async.emulator.handlers.base import Call, Handler, paged
from rekognition_async.emulator.handlers.policies import check_policy
from rekognition_async.emulator.handlers.resources import (
    CUSTOM_LABELS,
    PROJECT,
    arn_of,
    datasets_of,
    find_project,
    in_use,
    invalid,
    limit_exceeded,
    milliseconds,
    new_tags,
    projects_of,
    versions_of,
)
from rekognition_async.emulator.protocol.messages import EmulatedError
from rekognition_async.emulator.state.progress import refresh
from rekognition_async.emulator.state.store import Record
from rekognition_async.emulator.utils.identifiers import job_id_of
from rekognition_async.emulator.utils.json_types import JsonObject

MAX_PROJECTS: Final = 100
PROJECT_POLICY: Final = "project_policy"
"""Under the ARN of their project, by their names."""

_PAGE: Final = 100
_PAGE_OF_POLICIES: Final = 5
_REVISION_LENGTH: Final = 32


def create_project(call: Call) -> JsonObject:
    """Adds a project, which is there at once."""
    name = call.parameters["ProjectName"]
    feature = call.parameters.get("Feature", CUSTOM_LABELS)
    auto_update = call.parameters.get("AutoUpdate")
    if feature != CUSTOM_LABELS and auto_update is None:
        raise invalid(f"AutoUpdate is required where Feature is {feature}")
    if feature == CUSTOM_LABELS and auto_update is not None:
        raise invalid("AutoUpdate applies only to adapters")
    taken = [project.name for project in projects_of(call)]
    if name in taken:
        raise in_use(f"A project with the name {name} already exists")
    if len(taken) >= MAX_PROJECTS:
        raise limit_exceeded(f"{MAX_PROJECTS} projects in an account")
    arn = arn_of(call.caller, "project", name, milliseconds(call.time))
    document: JsonObject = {
        "Arn": arn,
        "Status": "CREATED",
        "Feature": feature,
        "Tags": new_tags(call),
    }
    if auto_update is not None:
        document["AutoUpdate"] = auto_update
    call.shelf(PROJECT).add(name, document, at=call.time)
    return {"ProjectArn": arn}


def describe_projects(call: Call) -> JsonObject:
    """A page of the projects in the order they were created, with their datasets."""
    names = call.parameters.get("ProjectNames")
    features = call.parameters.get("Features", [CUSTOM_LABELS])
    projects_of(call)
    shelf = call.shelf(PROJECT)
    records, next_token = call.page(
        shelf,
        "names",
        *sorted(names or ()),
        "features",
        *sorted(features),
        keep=lambda record: (
            record.document["Feature"] in features and (names is None or record.name in names)
        ),
        most=_PAGE,
    )
    for record in records:
        refresh(shelf, record, call.time, polled=True)
    page = {"ProjectDescriptions": [_described(call, record) for record in records]}
    return paged(page, next_token)


def delete_project(call: Call) -> JsonObject:
    """Begins to delete a project that has no versions and no datasets; its policies go at once."""
    arn = call.parameters["ProjectArn"]
    project = find_project(call, arn, deleting=True)
    if project.document["Status"] == "DELETING":
        raise in_use(f"The project {arn} is being deleted")
    if versions_of(call, project):
        raise in_use(f"The project {arn} has model versions: delete them first")
    if datasets_of(call, project):
        raise in_use(f"The project {arn} has datasets: delete them first")
    with call.backend.store.transaction():
        call.shelf(PROJECT_POLICY, arn).clear()
        call.shelf(PROJECT).save(
            project,
            **call.backend.durations.begin("project_deletion", call.time, None, Status="DELETING"),
        )
    return {"Status": "DELETING"}


def put_project_policy(call: Call) -> JsonObject:
    """Attaches a policy, or replaces the revision that is named."""
    arn, name = call.parameters["ProjectArn"], call.parameters["PolicyName"]
    text = call.parameters["PolicyDocument"]
    find_project(call, arn, custom_labels=True)
    check_policy(text)
    shelf = call.shelf(PROJECT_POLICY, arn)
    found, revision = shelf.find(name), call.parameters.get("PolicyRevisionId")
    if found is None:
        if revision is not None:
            raise _wrong_revision()
        new = _revision(call, "")
        shelf.add(name, {"Text": text, "Revision": new, "UpdatedAt": call.time}, at=call.time)
        return {"PolicyRevisionId": new}
    if revision is None:
        raise EmulatedError(
            "ResourceAlreadyExistsException",
            f"The project has a policy named {name}: name its revision to replace it",
        )
    _check_revision(found, revision)
    new = _revision(call, found.document["Revision"])
    shelf.save(found, Text=text, Revision=new, UpdatedAt=call.time)
    return {"PolicyRevisionId": new}


def delete_project_policy(call: Call) -> JsonObject:
    """Removes a policy, in whatever revision where none is named."""
    arn, name = call.parameters["ProjectArn"], call.parameters["PolicyName"]
    find_project(call, arn, custom_labels=True)
    shelf = call.shelf(PROJECT_POLICY, arn)
    found = shelf.find(name)
    if found is None:
        raise EmulatedError("ResourceNotFoundException", f"The project has no policy named {name}")
    _check_revision(found, call.parameters.get("PolicyRevisionId"))
    shelf.remove(name)
    return {}


def list_project_policies(call: Call) -> JsonObject:
    """A page of the policies of a project, in the order they were attached."""
    arn = call.parameters["ProjectArn"]
    find_project(call, arn, custom_labels=True)
    records, next_token = call.page(call.shelf(PROJECT_POLICY, arn), most=_PAGE_OF_POLICIES)
    policies = [
        {
            "ProjectArn": arn,
            "PolicyName": record.name,
            "PolicyRevisionId": record.document["Revision"],
            "PolicyDocument": record.document["Text"],
            "CreationTimestamp": round(record.created_at, 3),
            "LastUpdatedTimestamp": round(record.document["UpdatedAt"], 3),
        }
        for record in records
    ]
    return paged({"ProjectPolicies": policies}, next_token)


HANDLERS: Final[Mapping[str, Handler]] = {
    "CreateProject": create_project,
    "DeleteProject": delete_project,
    "DeleteProjectPolicy": delete_project_policy,
    "DescribeProjects": describe_projects,
    "ListProjectPolicies": list_project_policies,
    "PutProjectPolicy": put_project_policy,
}


def _described(call: Call, project: Record) -> JsonObject:
    document = project.document
    description: JsonObject = {
        "ProjectArn": document["Arn"],
        "CreationTimestamp": round(project.created_at, 3),
        "Status": document["Status"],
        "Datasets": [_dataset_metadata(dataset) for dataset in datasets_of(call, project)],
        "Feature": document["Feature"],
    }
    if "AutoUpdate" in document:
        description["AutoUpdate"] = document["AutoUpdate"]
    return description


def _dataset_metadata(dataset: Record) -> JsonObject:
    document = dataset.document
    metadata: JsonObject = {
        "CreationTimestamp": round(dataset.created_at, 3),
        "DatasetType": dataset.name,
        "DatasetArn": document["Arn"],
        "Status": document["Status"],
    }
    for member in ("StatusMessage", "StatusMessageCode"):
        if member in document:
            metadata[member] = document[member]
    return metadata


def _check_revision(policy: Record, revision: str | None) -> None:
    if revision is not None and revision != policy.document["Revision"]:
        raise _wrong_revision()


def _wrong_revision() -> EmulatedError:
    return EmulatedError(
        "InvalidPolicyRevisionIdException",
        "The supplied revision id for the project policy is invalid.",
    )


def _revision(call: Call, before: str) -> str:
    parts = (*map(call.parameters.get, ("ProjectArn", "PolicyName", "PolicyDocument")), before)
    return job_id_of(*parts, call.time)[:_REVISION_LENGTH]
