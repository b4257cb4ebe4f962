"""The story as aioboto3 tells it; the argument is the folder with its files."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import aioboto3
from contract.story import observed
from contract.story.observed import CROWD, FILM, GUESTS, PAGE_SIZES, crowd_of, labels_of

WAITING = {"Delay": 0, "MaxAttempts": 5}


async def people(client: Any, folder: Path) -> observed.People:
    """Tells of the people."""
    created = await client.create_collection(CollectionId=GUESTS)
    described = await client.describe_collection(CollectionId=GUESTS)
    picture = (folder / observed.GROUP_PICTURE).read_bytes()
    smaller = (folder / observed.SMALLER_PICTURE).read_bytes()
    indexed = await client.index_faces(
        CollectionId=GUESTS, Image={"Bytes": picture}, ExternalImageId="party"
    )
    faces = [record["Face"] for record in indexed["FaceRecords"]]
    ids = [face["FaceId"] for face in faces]
    faces_found = await client.search_faces_by_image(CollectionId=GUESTS, Image={"Bytes": smaller})

    await client.create_user(CollectionId=GUESTS, UserId="ann")
    associated = await client.associate_faces(
        CollectionId=GUESTS, UserId="ann", FaceIds=[ids[0], observed.UNKNOWN_FACE]
    )
    users = await listed(client, "list_users", "Users", CollectionId=GUESTS)
    users_found = await client.search_users(CollectionId=GUESTS, FaceId=ids[0])

    taken = await client.disassociate_faces(CollectionId=GUESTS, UserId="ann", FaceIds=ids[:1])
    await client.delete_user(CollectionId=GUESTS, UserId="ann")
    deleted = await client.delete_faces(CollectionId=GUESTS, FaceIds=ids)
    status = await client.delete_collection(CollectionId=GUESTS)
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
        "deleted": [taken["DisassociatedFaces"], deleted["DeletedFaces"], status["StatusCode"]],
    }


async def crowd(client: Any) -> observed.Crowd:
    """Tells of the crowd."""
    faces = await listed(client, "list_faces", "Faces", CollectionId=CROWD)
    deleted = await client.delete_collection(CollectionId=CROWD)
    return crowd_of(faces, deleted["StatusCode"])


async def film(client: Any) -> observed.Film:
    """Tells of the film."""
    started = await client.start_label_detection(Video=FILM)
    job = {"JobId": started["JobId"], "MaxResults": 2}
    statuses: list[str] = []
    while True:
        page = await client.get_label_detection(**job)
        statuses.append(page["JobStatus"])
        if page["JobStatus"] != "IN_PROGRESS":
            break
    pages = [labels_of(page)]
    while token := page.get("NextToken"):
        page = await client.get_label_detection(**job, NextToken=token)
        pages.append(labels_of(page))
    return {"job_id": started["JobId"], "statuses": statuses, "pages": pages}


async def model(client: Any, folder: Path) -> observed.Model:
    """Tells of the model."""
    project = await client.create_project(ProjectName="birds", Tags={"team": "vision", "cost": "7"})
    project_arn = project["ProjectArn"]
    tags = [await client.list_tags_for_resource(ResourceArn=project_arn)]
    await client.untag_resource(ResourceArn=project_arn, TagKeys=["cost"])
    tags.append(await client.list_tags_for_resource(ResourceArn=project_arn))

    manifest = (folder / observed.MANIFEST).read_bytes()
    datasets: list[str] = []
    for kind in ("TRAIN", "TEST"):
        dataset = await client.create_dataset(ProjectArn=project_arn, DatasetType=kind)
        datasets.append(dataset["DatasetArn"])
        await client.update_dataset_entries(
            DatasetArn=datasets[-1], Changes={"GroundTruth": manifest}
        )
    entries = await listed(client, "list_dataset_entries", "DatasetEntries", DatasetArn=datasets[0])

    created = await client.create_project_version(
        ProjectArn=project_arn, VersionName="v1", OutputConfig={"S3Bucket": "results"}
    )
    version_arn = created["ProjectVersionArn"]
    version = {"ProjectArn": project_arn, "VersionNames": ["v1"]}
    statuses: list[str] = []

    async def wait(waiter: str) -> None:
        await client.get_waiter(waiter).wait(**version, WaiterConfig=WAITING)
        (found,) = await listed(
            client, "describe_project_versions", "ProjectVersionDescriptions", **version
        )
        statuses.append(found["Status"])

    await wait("project_version_training_completed")
    await client.start_project_version(ProjectVersionArn=version_arn, MinInferenceUnits=1)
    await wait("project_version_running")
    found = await client.detect_custom_labels(
        ProjectVersionArn=version_arn, Image=observed.BIRD, MinConfidence=0
    )

    ended = [
        await client.stop_project_version(ProjectVersionArn=version_arn),
        await client.delete_project_version(ProjectVersionArn=version_arn),
    ]
    for dataset_arn in datasets:
        await client.delete_dataset(DatasetArn=dataset_arn)
    ended.append(await client.delete_project(ProjectArn=project_arn))
    return {
        "version_arn": version_arn,
        "images": [json.loads(entry)["source-ref"] for entry in entries],
        "tags": [answer["Tags"] for answer in tags],
        "statuses": statuses,
        "labels": found["CustomLabels"],
        "deleted": [answer["Status"] for answer in ended],
    }


async def nobody(client: Any) -> observed.Nobody:
    """Tells of nobody."""
    try:
        await client.describe_collection(CollectionId="nobody")
    except client.exceptions.ResourceNotFoundException as error:
        return {
            "code": error.response["Error"]["Code"],
            "message": error.response["Error"]["Message"],
        }
    raise AssertionError("somebody")


async def left(client: Any) -> observed.Left:
    """Tells what is left."""
    return {
        "collections": await listed(client, "list_collections", "CollectionIds"),
        "projects": await listed(client, "describe_projects", "ProjectDescriptions"),
    }


async def listed(client: Any, operation: str, items: str, **parameters: Any) -> list[Any]:
    """All that aioboto3's paginator of an operation gives."""
    pages = client.get_paginator(operation).paginate(
        **parameters, PaginationConfig={"PageSize": PAGE_SIZES.get(operation)}
    )
    return [item async for page in pages for item in page[items]]


async def story(folder: Path) -> observed.Observed:
    """Tells the story."""
    async with aioboto3.Session().client("rekognition") as client:
        return {
            "people": await people(client, folder),
            "crowd": await crowd(client),
            "film": await film(client),
            "model": await model(client, folder),
            "nobody": await nobody(client),
            "left": await left(client),
        }


if __name__ == "__main__":
    json.dump(asyncio.run(story(Path(sys.argv[1]))), sys.stdout)
