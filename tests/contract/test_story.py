"""One story, told by clients that nobody here wrote, each with its own paginators and waiters."""

import importlib.util
import json
import shutil
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from contract.story.observed import (
    CROWD,
    GROUP_PICTURE,
    GUESTS,
    MANIFEST,
    SMALLER_PICTURE,
    UNKNOWN_FACE,
    Observed,
    crowd_of,
)
from custom_labels import START, image, lines
from pictures import encoded, photo
from PIL import Image
from support import need, run

from rekognition_async import RekognitionClient
from rekognition_async.emulator import AnswerRule, ManualClock, RekognitionEmulator

TESTS = Path(__file__).parents[1]
STORY = Path(__file__).with_name("story")

LABELS = [
    (0, "Bird", 91.5),
    (0, "Owl", 91.5),
    (500, "Owl", 88.25),
    (500, "Tree", 60.0),
    (1000, "Wren", 75.5),
]

USER_AGENTS = {
    "boto3": "Boto3/",
    "aioboto3": "aiobotocore/",
    "aws_cli": "aws-cli/",
    "javascript": "aws-sdk-js/",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files that the story needs."""
    (tmp_path / GROUP_PICTURE).write_bytes(encoded(photo(1), "JPEG", quality=90))
    smaller = photo(1).resize((160, 120), Image.Resampling.BICUBIC)
    (tmp_path / SMALLER_PICTURE).write_bytes(encoded(smaller, "JPEG", quality=60))
    birds = [image(f"{bird}-{number}.jpg", bird) for bird in ("owl", "wren") for number in (1, 2)]
    (tmp_path / MANIFEST).write_bytes(lines(*birds))
    return tmp_path


@asynccontextmanager
async def stage(folder: Path) -> AsyncGenerator[RekognitionEmulator]:
    """Where the story begins: a job and a model take a poll each, and all else no time."""
    found = [
        {"Timestamp": time, "Label": {"Name": name, "Confidence": confidence}}
        # The service puts what is seen at one moment into the order of names.
        for time, name, confidence in reversed(LABELS)
    ]
    async with RekognitionEmulator(
        clock=ManualClock(START),
        durations={"video": 60, "training": 60, "model_start": 60},
        polls_until_done=1,
        answers=[AnswerRule("GetLabelDetection", {"Labels": found})],
    ) as emulator:
        emulator.seed(faces={CROWD: 10_000})
        people = {"ann": (0.1, 0.2, 0.3, 0.5), "bob": (0.6, 0.2, 0.3, 0.4)}
        emulator.people.add(folder / GROUP_PICTURE, people)
        yield emulator


async def expected(folder: Path) -> Observed:
    """What is to be told; ids and numbers that come from the pictures are those we are told."""
    async with stage(folder) as emulator:
        async with RekognitionClient(**emulator.client_options) as client:
            await client.create_collection(collection_id=GUESTS)
            indexed = await client.index_faces(
                collection_id=GUESTS,
                image=folder / GROUP_PICTURE,
                external_image_id="party",
            )
            found = await client.search_faces_by_image(
                collection_id=GUESTS, image=folder / SMALLER_PICTURE
            )
            crowd = await client.iter_faces(collection_id=CROWD).collect()
    ann, bob = (record.face for record in indexed.face_records)
    assert ann is not None
    assert bob is not None
    (match,) = found.face_matches
    assert 90 < (match.similarity or 0) < 100
    aws = "aws:rekognition:us-east-1:123456789012"
    return {
        "people": {
            "collection_arn": f"{aws}:collection/guests",
            "created_at": START,
            "faces": [face.model_dump(by_alias=True, exclude_none=True) for face in (ann, bob)],
            "faces_found": [[ann.face_id, match.similarity]],
            "association": [
                [{"FaceId": ann.face_id}],
                [{"FaceId": UNKNOWN_FACE, "Reasons": ["FACE_NOT_FOUND"]}],
                "UPDATING",
            ],
            "users": [{"UserId": "ann", "UserStatus": "ACTIVE"}],
            "users_found": [["ann", 100.0]],
            "deleted": [[{"FaceId": ann.face_id}], [ann.face_id, bob.face_id], 200],
        },
        "crowd": {
            **crowd_of([{"FaceId": face.face_id} for face in crowd], 200),
            "members": [
                *("BoundingBox", "Confidence", "ExternalImageId", "FaceId", "ImageId"),
                "IndexFacesModelVersion",
            ],
        },
        "film": {
            "job_id": "f01326df648c3ac5592e92272903d9d341cb76b393217ec4d7bf0db010482901",
            "statuses": ["IN_PROGRESS", "SUCCEEDED"],
            "pages": [[list(label) for label in LABELS[at : at + 2]] for at in (0, 2, 4)],
        },
        "model": {
            "version_arn": f"arn:{aws}:project/birds/version/v1/1700000000250",
            "images": [
                f"s3://photos/{name}.jpg" for name in ("owl-1", "owl-2", "wren-1", "wren-2")
            ],
            "tags": [{"team": "vision", "cost": "7"}, {"team": "vision"}],
            "statuses": ["TRAINING_COMPLETED", "RUNNING"],
            "labels": [{"Name": "wren", "Confidence": 66.375}],
            "deleted": ["STOPPING", "DELETING", "DELETING"],
        },
        "nobody": {
            "code": "ResourceNotFoundException",
            "message": "Collection:nobody not found!",
        },
        "left": {"collections": [], "projects": []},
    }


def command_of(client: str) -> list[str]:
    """How a client tells the story; skips the test where it is not there."""
    if client == "javascript":
        node, modules = shutil.which("node"), STORY / "javascript" / "node_modules"
        need("node", node, "there is no node on this machine")
        need("node", modules.is_dir(), "npm install has not been run in story/javascript")
        return [node or "", str(STORY / "javascript" / "story.mjs")]
    if client == "aioboto3":
        need("aioboto3", importlib.util.find_spec("aioboto3"), "aioboto3 is not installed")
    return [sys.executable, "-m", f"contract.story.{client}_story"]


@pytest.mark.parametrize("client", USER_AGENTS)
async def test_every_client_sees_the_same_story(client: str, folder: Path) -> None:
    """What a client tells is what is expected, and so what all others tell."""
    command = command_of(client)
    async with stage(folder) as emulator:
        options = emulator.client_options
        environment = {
            "AWS_ENDPOINT_URL": options["endpoint_url"],
            "AWS_ACCESS_KEY_ID": options["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": options["aws_secret_access_key"],
            "AWS_REGION": options["region_name"],
            "AWS_DEFAULT_REGION": options["region_name"],
            "PYTHONPATH": str(TESTS),
        }
        told = json.loads(await run(*command, folder, environment=environment))
        assert told == await expected(folder)
        asked = [request.operation for request in emulator.requests]
        assert asked.count("ListFaces") == 10
        agents = {request.headers["User-Agent"] for request in emulator.requests}
        assert all(USER_AGENTS[client] in agent for agent in agents)
        kept = {record["kind"] for record in emulator.export_state()["records"]}
        # Jobs and tokens are kept for some time; whatever could be deleted is gone, but for how
        # often that was, so that its ids do not come back.
        assert {kind for kind in kept if not kind.endswith(("video_job", "_results"))} == {
            "client_request_token",
            "forgotten_collection",
        }
