"""The story as boto3 tells it; the argument is the folder with its files."""

import json
import sys
from pathlib import Path
from typing import Any

import boto3
from contract.story import observed
from contract.story.observed import CROWD, FILM, GUESTS, PAGE_SIZES, crowd_of, labels_of

WAITING = {"Delay": 0, "MaxAttempts": 5}


def people(client: Any, folder: Path) -> observed.People:
    """Tells of the people."""
    created = client.create_collection(CollectionId=GUESTS)
    described = client.describe_collection(CollectionId=GUESTS)
    picture = (folder / observed.GROUP_PICTURE).read_bytes()
    smaller = (folder / observed.SMALLER_PICTURE).read_bytes()
    indexed = client.index_faces(
        CollectionId=GUESTS, Image={"Bytes": picture}, ExternalImageId="party"
    )
    faces = [record["Face"] for record in indexed["FaceRecords"]]
    ids = [face["FaceId"] for face in faces]
    faces_found = client.search_faces_by_image(CollectionId=GUESTS, Image={"Bytes": smaller})

    client.create_user(CollectionId=GUESTS, UserId="ann")
    associated = client.associate_faces(
        CollectionId=GUESTS, UserId="ann", FaceIds=[ids[0], observed.UNKNOWN_FACE]
    )
    users = listed(client, "list_users", "Users", CollectionId=GUESTS)
    users_found = client.search_users(CollectionId=GUESTS, FaceId=ids[0])

    taken = client.disassociate_faces(CollectionId=GUESTS, UserId="ann", FaceIds=ids[:1])
    client.delete_user(CollectionId=GUESTS, UserId="ann")
    deleted = client.delete_faces(CollectionId=GUESTS, FaceIds=ids)
    status = client.delete_collection(CollectionId=GUESTS)["StatusCode"]
    return {
        "collection_arn": created["CollectionArn"],
        "created_at": described["CreationTimestamp"].timestamp(),
        "faces": faces,
        "faces_found": [
            [match["Face"]["FaceId"], match["Similarity"]] for match in faces_found["FaceMatches"]
        ],
        "association": [
            associated["AssociatedFaces"],
            associated["UnsuccessfulFaceAssociations"],
            associated["UserStatus"],
        ],
        "users": users,
        "users_found": [
            [match["User"]["UserId"], match["Similarity"]] for match in users_found["UserMatches"]
        ],
        "deleted": [taken["DisassociatedFaces"], deleted["DeletedFaces"], status],
    }


def crowd(client: Any) -> observed.Crowd:
    """Tells of the crowd."""
    faces = listed(client, "list_faces", "Faces", CollectionId=CROWD)
    return crowd_of(faces, client.delete_collection(CollectionId=CROWD)["StatusCode"])


def film(client: Any) -> observed.Film:
    """Tells of the film."""
    job_id = client.start_label_detection(Video=FILM)["JobId"]
    statuses: list[str] = []
    while True:
        page = client.get_label_detection(JobId=job_id, MaxResults=2)
        statuses.append(page["JobStatus"])
        if page["JobStatus"] != "IN_PROGRESS":
            break
    pages = [labels_of(page)]
    while token := page.get("NextToken"):
        page = client.get_label_detection(JobId=job_id, MaxResults=2, NextToken=token)
        pages.append(labels_of(page))
    return {"job_id": job_id, "statuses": statuses, "pages": pages}


def model(client: Any, folder: Path) -> observed.Model:
    """Tells of the model."""
    project = client.create_project(ProjectName="birds", Tags={"team": "vision", "cost": "7"})
    project_arn = project["ProjectArn"]
    tags = [client.list_tags_for_resource(ResourceArn=project_arn)["Tags"]]
    client.untag_resource(ResourceArn=project_arn, TagKeys=["cost"])
    tags.append(client.list_tags_for_resource(ResourceArn=project_arn)["Tags"])

    manifest = (folder / observed.MANIFEST).read_bytes()
    datasets: list[str] = []
    for kind in ("TRAIN", "TEST"):
        dataset = client.create_dataset(ProjectArn=project_arn, DatasetType=kind)["DatasetArn"]
        client.update_dataset_entries(DatasetArn=dataset, Changes={"GroundTruth": manifest})
        datasets.append(dataset)
    entries = listed(client, "list_dataset_entries", "DatasetEntries", DatasetArn=datasets[0])
    version_arn = client.create_project_version(
        ProjectArn=project_arn, VersionName="v1", OutputConfig={"S3Bucket": "results"}
    )["ProjectVersionArn"]
    version = {"ProjectArn": project_arn, "VersionNames": ["v1"]}
    statuses: list[str] = []

    def wait(waiter: str) -> None:
        client.get_waiter(waiter).wait(**version, WaiterConfig=WAITING)
        (found,) = listed(
            client, "describe_project_versions", "ProjectVersionDescriptions", **version
        )
        statuses.append(found["Status"])

    wait("project_version_training_completed")
    client.start_project_version(ProjectVersionArn=version_arn, MinInferenceUnits=1)
    wait("project_version_running")
    labels = client.detect_custom_labels(
        ProjectVersionArn=version_arn, Image=observed.BIRD, MinConfidence=0
    )["CustomLabels"]

    stopped = client.stop_project_version(ProjectVersionArn=version_arn)["Status"]
    version_status = client.delete_project_version(ProjectVersionArn=version_arn)["Status"]
    for dataset in datasets:
        client.delete_dataset(DatasetArn=dataset)
    project_status = client.delete_project(ProjectArn=project_arn)["Status"]
    return {
        "version_arn": version_arn,
        "images": [json.loads(entry)["source-ref"] for entry in entries],
        "tags": tags,
        "statuses": statuses,
        "labels": labels,
        "deleted": [stopped, version_status, project_status],
    }


def nobody(client: Any) -> observed.Nobody:
    """Tells of nobody."""
    try:
        client.describe_collection(CollectionId="nobody")
    except client.exceptions.ResourceNotFoundException as error:
        return {
            "code": error.response["Error"]["Code"],
            "message": error.response["Error"]["Message"],
        }
    raise AssertionError("somebody")


def left(client: Any) -> observed.Left:
    """Tells what is left."""
    return {
        "collections": listed(client, "list_collections", "CollectionIds"),
        "projects": listed(client, "describe_projects", "ProjectDescriptions"),
    }


def listed(client: Any, operation: str, items: str, **parameters: Any) -> list[Any]:
    """All that boto3's paginator of an operation gives."""
    pages = client.get_paginator(operation).paginate(
        **parameters, PaginationConfig={"PageSize": PAGE_SIZES.get(operation)}
    )
    return [item for page in pages for item in page[items]]


def story(folder: Path) -> observed.Observed:
    """Tells the story."""
    client = boto3.client("rekognition")
    return {
        "people": people(client, folder),
        "crowd": crowd(client),
        "film": film(client),
        "model": model(client, folder),
        "nobody": nobody(client),
        "left": left(client),
    }


if __name__ == "__main__":
    json.dump(story(Path(sys.argv[1])), sys.stdout)
