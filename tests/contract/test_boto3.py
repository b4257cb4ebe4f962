"""boto3, with its own paginators and waiters, against the emulator."""

import asyncio
from contextlib import closing
from typing import Any

import boto3
import pytest
from botocore.exceptions import WaiterError
from support import names

from rekognition_async.emulator import AnswerRule, Fault, FaultRule, RekognitionEmulator


async def with_boto3(emulator: RekognitionEmulator, use: Any) -> Any:
    """Lets boto3 work in a thread, while the emulator serves from the event loop."""

    def work() -> Any:
        with closing(boto3.client("rekognition", **emulator.client_options)) as client:
            return use(client)

    return await asyncio.to_thread(work)


async def test_boto3_lists_through_its_own_paginator(emulator: RekognitionEmulator) -> None:
    """boto3 pages through thousands of collections, through throttling."""
    emulator.seed(collections=names(3000))
    emulator.faults.add(FaultRule("ListCollections", Fault.throttle(), calls=2))

    def use(client: Any) -> list[tuple[str, str]]:
        pages = client.get_paginator("list_collections").paginate(
            PaginationConfig={"PageSize": 700}
        )
        return [
            pair
            for page in pages
            for pair in zip(page["CollectionIds"], page["FaceModelVersions"], strict=True)
        ]

    assert await with_boto3(emulator, use) == [(name, "7.0") for name in names(3000)]
    assert [request.status for request in emulator.requests] == [200, 400, 200, 200, 200, 200]


async def test_boto3_sees_a_training_fail() -> None:
    """boto3's waiter ends with an error where the training was declared to fail."""

    def use(client: Any) -> None:
        project_arn = client.create_project(ProjectName="birds")["ProjectArn"]
        for kind in ("TRAIN", "TEST"):
            client.create_dataset(ProjectArn=project_arn, DatasetType=kind)
        client.create_project_version(
            ProjectArn=project_arn, VersionName="unlucky", OutputConfig={"S3Bucket": "results"}
        )
        waiter = client.get_waiter("project_version_training_completed")
        with pytest.raises(WaiterError, match="terminal failure"):
            waiter.wait(ProjectArn=project_arn, WaiterConfig={"Delay": 0, "MaxAttempts": 5})

    failed = {"ProjectVersionDescriptions": [{"Status": "TRAINING_FAILED"}]}
    async with RekognitionEmulator(
        durations={"training": 60},
        polls_until_done=1,
        answers=[AnswerRule("DescribeProjectVersions", failed)],
    ) as emulator:
        await with_boto3(emulator, use)
