"""Projects of Custom Labels, as several tests need them."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from support import FakeClock, patient

from rekognition_async import RekognitionClient
from rekognition_async.emulator import ManualClock, RekognitionEmulator
from rekognition_async.models.datasets import DatasetChanges
from rekognition_async.models.versions import OutputConfig

START = 1_700_000_000.25
OUTPUT = OutputConfig(s3_bucket="results", s3_key_prefix="training/")


@asynccontextmanager
async def labelling(
    **settings: Any,
) -> AsyncGenerator[tuple[RekognitionEmulator, RekognitionClient, ManualClock]]:
    """An emulator whose time a test moves, and a client that waits on a clock of its own."""
    clock = ManualClock(START)
    settings.setdefault("durations", 60.0)
    async with RekognitionEmulator(clock=clock, **settings) as emulator:
        async with RekognitionClient(
            **emulator.client_options, retry=patient(FakeClock())
        ) as client:
            yield emulator, client, clock


def image(name: str, label: str | None = None, *, bucket: str = "photos") -> dict[str, Any]:
    """A line about an image with a label of the whole of it, or with none."""
    line: dict[str, Any] = {"source-ref": f"s3://{bucket}/{name}"}
    if label is not None:
        line["kind"] = 1
        line["kind-metadata"] = {
            "class-name": label,
            "confidence": 1,
            "type": "groundtruth/image-classification",
            "human-annotated": "yes",
            "creation-date": "2023-07-27T09:41:24.738Z",
            "job-name": "labelling",
        }
    return line


def boxed(name: str, *labels: str) -> dict[str, Any]:
    """A line about an image with a box for each of its labels."""
    names = sorted(set(labels))
    return {
        "source-ref": f"s3://photos/{name}",
        "boxes": {
            "image_size": [{"width": 640, "height": 480, "depth": 3}],
            "annotations": [
                {"class_id": names.index(label), "left": 10, "top": 20, "width": 30, "height": 40}
                for label in labels
            ],
        },
        "boxes-metadata": {
            "objects": [{"confidence": 1} for _ in labels],
            "class-map": {str(number): label for number, label in enumerate(names)},
            "type": "groundtruth/object-detection",
            "human-annotated": "yes",
            "creation-date": "2023-07-27T09:41:24.738Z",
            "job-name": "labelling",
        },
    }


def lines(*entries: dict[str, Any] | bytes) -> bytes:
    """A manifest."""
    return b"\n".join(
        entry if isinstance(entry, bytes) else json.dumps(entry).encode() for entry in entries
    )


def changes(*entries: dict[str, Any] | bytes) -> DatasetChanges:
    """Changes of a dataset."""
    return DatasetChanges(ground_truth=lines(*entries))


def stored(folder: Path, *entries: dict[str, Any] | bytes, name: str = "train.manifest") -> str:
    """Puts a manifest into the bucket ``photos`` of a folder, and tells its key."""
    (folder / "photos").mkdir(exist_ok=True)
    (folder / "photos" / name).write_bytes(lines(*entries))
    return name


async def new_project(client: RekognitionClient, name: str = "birds") -> str:
    """Makes a project, and tells its ARN."""
    created = await client.create_project(project_name=name)
    assert created.project_arn is not None
    return created.project_arn


async def new_datasets(client: RekognitionClient, clock: ManualClock, project_arn: str) -> None:
    """Gives a project its two datasets, with an image each."""
    for kind in ("TRAIN", "TEST"):
        created = await client.create_dataset(dataset_type=kind, project_arn=project_arn)
        assert created.dataset_arn is not None
        clock.advance(60)
        await client.update_dataset_entries(
            dataset_arn=created.dataset_arn, changes=changes(image(f"{kind}.jpg", "owl"))
        )
        clock.advance(60)


async def new_version(client: RekognitionClient, project_arn: str, name: str = "v1") -> str:
    """Begins a training, and tells the version's ARN."""
    created = await client.create_project_version(
        project_arn=project_arn, version_name=name, output_config=OUTPUT
    )
    assert created.project_version_arn is not None
    return created.project_version_arn


async def status_of(client: RekognitionClient, project_arn: str, name: str = "v1") -> str | None:
    """The status of a version; None where there is none."""
    page = await client.describe_project_versions(project_arn=project_arn, version_names=[name])
    descriptions = page.project_version_descriptions
    return descriptions[0].status if descriptions else None
