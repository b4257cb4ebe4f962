"""The story as the AWS CLI tells it; the argument is the folder with its files."""

import io
import json
import os
import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from awscli.clidriver import create_clidriver  # type: ignore[import-untyped] # it has no types
from contract.story import observed
from contract.story.observed import CROWD, GUESTS, Document, crowd_of, labels_of

# The CLI has no option for how long a waiter waits, but takes what botocore reads from here.
os.environ["AWS_DATA_PATH"] += f"{os.pathsep}{Path(__file__).with_name('models')}"


class CommandError(Exception):
    """A command failed, and wrote this."""


def aws(command: str, **options: Any) -> Document:
    """Runs ``aws rekognition``, and reads what it writes.

    Args:
        command: The command, with its words after it.
        options: Those of the command, in Python's spelling; documents are given as JSON.
    """
    words = ["rekognition", *command.split(), "--output", "json"]
    for name, value in options.items():
        words.append(f"--{name.replace('_', '-')}")
        values = value if isinstance(value, list) else [value]
        words += [json.dumps(one) if isinstance(one, dict) else str(one) for one in values]
    # A process a command would spend a second on imports, forty times.
    written, complaints = io.StringIO(), io.StringIO()
    with redirect_stdout(written), redirect_stderr(complaints):
        code = create_clidriver().main(words)
    if code != 0:
        raise CommandError(complaints.getvalue())
    document: Document = json.loads(written.getvalue() or "{}")
    return document


def people(folder: Path) -> observed.People:
    """Tells of the people."""
    created = aws("create-collection", collection_id=GUESTS)
    described = aws("describe-collection", collection_id=GUESTS)
    indexed = aws(
        "index-faces",
        collection_id=GUESTS,
        image_bytes=f"fileb://{folder / observed.GROUP_PICTURE}",
        external_image_id="party",
    )
    faces = [record["Face"] for record in indexed["FaceRecords"]]
    ids = [face["FaceId"] for face in faces]
    faces_found = aws(
        "search-faces-by-image",
        collection_id=GUESTS,
        image_bytes=f"fileb://{folder / observed.SMALLER_PICTURE}",
    )

    aws("create-user", collection_id=GUESTS, user_id="ann")
    associated = aws(
        "associate-faces",
        collection_id=GUESTS,
        user_id="ann",
        face_ids=[ids[0], observed.UNKNOWN_FACE],
    )
    users = aws("list-users", collection_id=GUESTS)["Users"]
    users_found = aws("search-users", collection_id=GUESTS, face_id=ids[0])

    taken = aws("disassociate-faces", collection_id=GUESTS, user_id="ann", face_ids=ids[:1])
    aws("delete-user", collection_id=GUESTS, user_id="ann")
    deleted = aws("delete-faces", collection_id=GUESTS, face_ids=ids)
    status = aws("delete-collection", collection_id=GUESTS)["StatusCode"]
    return {
        "collection_arn": created["CollectionArn"],
        "created_at": described["CreationTimestamp"],
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


def crowd() -> observed.Crowd:
    """Tells of the crowd."""
    faces = aws("list-faces", collection_id=CROWD, page_size=observed.PAGE_SIZES["list_faces"])
    deleted = aws("delete-collection", collection_id=CROWD)
    return crowd_of(faces["Faces"], deleted["StatusCode"])


def film() -> observed.Film:
    """Tells of the film."""
    job_id = aws("start-label-detection", video=observed.FILM)["JobId"]
    statuses: list[str] = []
    while True:
        page = aws("get-label-detection", job_id=job_id, max_results=2)
        statuses.append(page["JobStatus"])
        if page["JobStatus"] != "IN_PROGRESS":
            break
    pages = [labels_of(page)]
    while token := page.get("NextToken"):
        page = aws("get-label-detection", job_id=job_id, max_results=2, next_token=token)
        pages.append(labels_of(page))
    return {"job_id": job_id, "statuses": statuses, "pages": pages}


def model(folder: Path) -> observed.Model:
    """Tells of the model."""
    project_arn = aws("create-project", project_name="birds", tags={"team": "vision", "cost": "7"})[
        "ProjectArn"
    ]
    tags = [aws("list-tags-for-resource", resource_arn=project_arn)["Tags"]]
    aws("untag-resource", resource_arn=project_arn, tag_keys="cost")
    tags.append(aws("list-tags-for-resource", resource_arn=project_arn)["Tags"])

    manifest = (folder / observed.MANIFEST).read_text()
    datasets: list[str] = []
    for kind in ("TRAIN", "TEST"):
        dataset = aws("create-dataset", project_arn=project_arn, dataset_type=kind)["DatasetArn"]
        aws("update-dataset-entries", dataset_arn=dataset, changes={"GroundTruth": manifest})
        datasets.append(dataset)
    entries = aws(
        "list-dataset-entries",
        dataset_arn=datasets[0],
        page_size=observed.PAGE_SIZES["list_dataset_entries"],
    )

    version_arn = aws(
        "create-project-version",
        project_arn=project_arn,
        version_name="v1",
        output_config={"S3Bucket": "results"},
    )["ProjectVersionArn"]
    statuses: list[str] = []

    def wait(waiter: str) -> None:
        aws(f"wait {waiter}", project_arn=project_arn, version_names="v1")
        described = aws("describe-project-versions", project_arn=project_arn, version_names="v1")
        (found,) = described["ProjectVersionDescriptions"]
        statuses.append(found["Status"])

    wait("project-version-training-completed")
    aws("start-project-version", project_version_arn=version_arn, min_inference_units=1)
    wait("project-version-running")
    labels = aws(
        "detect-custom-labels",
        project_version_arn=version_arn,
        image=observed.BIRD,
        min_confidence=0,
    )["CustomLabels"]

    stopped = aws("stop-project-version", project_version_arn=version_arn)["Status"]
    version_status = aws("delete-project-version", project_version_arn=version_arn)["Status"]
    for dataset in datasets:
        aws("delete-dataset", dataset_arn=dataset)
    project_status = aws("delete-project", project_arn=project_arn)["Status"]
    return {
        "version_arn": version_arn,
        "images": [json.loads(entry)["source-ref"] for entry in entries["DatasetEntries"]],
        "tags": tags,
        "statuses": statuses,
        "labels": labels,
        "deleted": [stopped, version_status, project_status],
    }


def nobody() -> observed.Nobody:
    """Tells of nobody."""
    try:
        aws("describe-collection", collection_id="nobody")
    except CommandError as error:
        told = re.search(
            r"\((\w+)\) when calling the DescribeCollection operation: (.*)", str(error)
        )
        if told is None:
            raise
        return {"code": told[1], "message": told[2]}
    raise AssertionError("somebody")


def left() -> observed.Left:
    """Tells what is left."""
    return {
        "collections": aws("list-collections")["CollectionIds"],
        "projects": aws("describe-projects")["ProjectDescriptions"],
    }


def story(folder: Path) -> observed.Observed:
    """Tells the story."""
    return {
        "people": people(folder),
        "crowd": crowd(),
        "film": film(),
        "model": model(folder),
        "nobody": nobody(),
        "left": left(),
    }


if __name__ == "__main__":
    json.dump(story(Path(sys.argv[1])), sys.stdout)
