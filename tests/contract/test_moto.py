"""Eight operations that moto answers, over a socket, with our client and with boto3."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore import xform_name
from model_strategies import service_model
from moto_server import moto_server

from rekognition_async import RekognitionClient, models

S3_IMAGE = {"S3Object": {"Bucket": "my-bucket", "Name": "a.jpg"}}
VIDEO = {"S3Object": {"Bucket": "my-bucket", "Name": "a.mp4"}}
VERSION = "arn:aws:rekognition:us-east-1:123456789012:project/p/version/v/1700000000000"

ANSWERED: dict[str, dict[str, Any]] = {
    "CompareFaces": {"SourceImage": S3_IMAGE, "TargetImage": {"Bytes": b"image"}},
    "DetectLabels": {"Image": {"Bytes": b"image"}, "MaxLabels": 3},
    "DetectText": {"Image": S3_IMAGE},
    "DetectCustomLabels": {"Image": S3_IMAGE, "ProjectVersionArn": VERSION},
    "StartFaceSearch": {"Video": VIDEO, "CollectionId": "mine"},
    "GetFaceSearch": {"JobId": "j1"},
    "StartTextDetection": {"Video": VIDEO},
    "GetTextDetection": {"JobId": "j1"},
}


@pytest.fixture(scope="module")
def moto_options() -> Iterator[dict[str, str]]:
    """What points a client at moto."""
    with moto_server() as url:
        yield {
            "region_name": "us-east-1",
            "endpoint_url": url,
            "aws_access_key_id": "AKIDTESTS",
            "aws_secret_access_key": "not-a-secret",
        }


def through_boto3(options: dict[str, str], operation: str) -> dict[str, Any]:
    """The answer as boto3 gives it."""
    client: Any = boto3.client("rekognition", **options)
    try:
        answer: dict[str, Any] = getattr(client, xform_name(operation))(**ANSWERED[operation])
    finally:
        client.close()
    del answer["ResponseMetadata"]
    return answer


def without_nothing(value: Any) -> Any:
    """Lists as lists, without the empty ones, which we have where the wire has none."""
    if isinstance(value, dict):
        return {key: without_nothing(each) for key, each in value.items() if each not in ([], ())}
    if isinstance(value, list | tuple):
        return [without_nothing(each) for each in value]
    return value


@pytest.mark.parametrize("operation", ANSWERED)
async def test_moto_is_read_as_boto3_reads_it(operation: str, moto_options: dict[str, str]) -> None:
    """Method and send give what boto3 gives, over a socket."""
    theirs = await asyncio.to_thread(through_boto3, moto_options, operation)
    parameters = {xform_name(name): value for name, value in ANSWERED[operation].items()}
    async with RekognitionClient(**moto_options) as client:  # type: ignore[arg-type] # a dict of texts
        ours: Any = await getattr(client, xform_name(operation))(**parameters)
        request: Any = getattr(models, service_model().operation_model(operation).input_shape.name)
        sent: Any = await client.send(request(**ANSWERED[operation]))
    assert ours.metadata.http_status_code == 200
    if operation.startswith("Start"):
        # Each start is a job of its own.
        answers = [theirs["JobId"], ours.job_id, sent.job_id]
        assert len(set(answers)) == 3
        assert all(re.fullmatch(r"\w{64}", job_id) for job_id in answers)
        return
    assert without_nothing(ours.model_dump(by_alias=True)) == without_nothing(theirs)
    assert sent == ours
    assert len(theirs) >= 1


async def test_motos_job_is_waited_for_and_listed(moto_options: dict[str, str]) -> None:
    """A job that moto has done at once gives all its results, which end at its empty token."""
    theirs = await asyncio.to_thread(through_boto3, moto_options, "GetTextDetection")
    async with RekognitionClient(**moto_options) as client:  # type: ignore[arg-type] # a dict of texts
        started = await client.start_text_detection(
            video=models.Video(s3_object=models.S3Object(bucket="my-bucket", name="a.mp4"))
        )
        listing = await client.wait_for_text_detection(job_id=started.job_id or "")
        items = await listing.collect()
    assert [item.timestamp for item in items] == [
        item["Timestamp"] for item in theirs["TextDetections"]
    ]
    assert items
