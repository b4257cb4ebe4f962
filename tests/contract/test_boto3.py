"""boto3 and the AWS CLI, with their own paginators, against the emulator."""

import asyncio
import json
import os
import sys
from typing import Any

import pytest
from boto import with_boto3
from botocore.exceptions import ClientError
from support import names

from rekognition_async.emulator import Fault, FaultRule, RekognitionEmulator


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


async def test_boto3_lives_through_a_collections_life(emulator: RekognitionEmulator) -> None:
    """What boto3 parses of each answer is what AWS would have it parse."""

    def use(client: Any) -> None:
        created = client.create_collection(CollectionId="mine", Tags={"team": "vision"})
        assert created["CollectionArn"] == "aws:rekognition:us-east-1:123456789012:collection/mine"
        assert created["FaceModelVersion"] == "7.0"
        described = client.describe_collection(CollectionId="mine")
        assert described["CollectionARN"] == f"arn:{created['CollectionArn']}"
        assert described["CreationTimestamp"].tzinfo is not None
        with pytest.raises(client.exceptions.ResourceAlreadyExistsException):
            client.create_collection(CollectionId="mine")
        assert client.delete_collection(CollectionId="mine")["StatusCode"] == 200
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.delete_collection(CollectionId="mine")
        with pytest.raises(client.exceptions.InvalidPaginationTokenException):
            client.list_collections(NextToken="made-up")
        with pytest.raises(ClientError, match="ValidationException"):
            client.create_collection(CollectionId="a b")

    await with_boto3(emulator, use)


async def test_the_aws_cli_lists_through_its_own_paginator(emulator: RekognitionEmulator) -> None:
    """``aws rekognition list-collections`` gives all pages as one document."""
    emulator.seed(collections=names(2500))
    options = emulator.client_options
    environment = os.environ | {
        "AWS_ACCESS_KEY_ID": options["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": options["aws_secret_access_key"],
        "AWS_DEFAULT_REGION": options["region_name"],
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "awscli", "rekognition", "list-collections"),
        *("--endpoint-url", emulator.url, "--page-size", "600", "--output", "json"),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    process._transport.close()  # type: ignore[attr-defined] # asyncio offers no other way
    assert (process.returncode, errors) == (0, b"")
    assert json.loads(output)["CollectionIds"] == names(2500)
    assert len(emulator.requests) == 5
    assert "aws-cli" in emulator.requests[-1].headers["User-Agent"]
