"""Bulk analysis of images: jobs that go through stages, and their listing."""

from pathlib import Path
from typing import Any

import pytest
from support import working
from wire import call

from rekognition_async import RekognitionClient
from rekognition_async.emulator import AnswerRule, RekognitionEmulator
from rekognition_async.errors import (
    InvalidManifestException,
    InvalidPaginationTokenException,
    InvalidParameterException,
    InvalidS3ObjectException,
    JobFailedError,
    ResourceNotFoundException,
)
from rekognition_async.models.common import S3Object
from rekognition_async.models.media_analysis import (
    MediaAnalysisDetectModerationLabelsConfig,
    MediaAnalysisInput,
    MediaAnalysisOperationsConfig,
    MediaAnalysisOutputConfig,
)

MODERATION = MediaAnalysisOperationsConfig(
    detect_moderation_labels=MediaAnalysisDetectModerationLabelsConfig(min_confidence=60.0)
)
MANIFEST = MediaAnalysisInput(s3_object=S3Object(bucket="pictures", name="all.jsonl"))
OUTPUT = MediaAnalysisOutputConfig(s3_bucket="results", s3_key_prefix="night/")


async def begin(client: RekognitionClient, **parameters: Any) -> str:
    """Starts a job, and gives its id."""
    given: dict[str, Any] = {
        "operations_config": MODERATION,
        "input": MANIFEST,
        "output_config": OUTPUT,
    }
    response = await client.start_media_analysis_job(**given | parameters)
    assert response.job_id is not None
    return response.job_id


async def statuses(client: RekognitionClient, job_id: str, count: int) -> list[str | None]:
    """What so many polls tell."""
    return [(await client.get_media_analysis_job(job_id=job_id)).status for _ in range(count)]


async def test_a_job_goes_through_its_stages() -> None:
    """CREATED, QUEUED and IN_PROGRESS take a third of the time each."""
    async with working(durations={"media_analysis": 90}) as (_, client, clock):
        begun = clock.time()
        job_id = await begin(client, job_name="night", kms_key_id="key")
        told = []
        for _ in range(7):
            told.append((await client.get_media_analysis_job(job_id=job_id)).status)
            clock.advance(15)
        job = await client.get_media_analysis_job(job_id=job_id)
    assert told == [*("CREATED", "CREATED", "QUEUED", "QUEUED"), *["IN_PROGRESS"] * 2, "SUCCEEDED"]
    assert job.creation_timestamp is not None
    assert job.completion_timestamp is not None
    assert job.creation_timestamp.timestamp() == pytest.approx(begun, abs=0.001)
    assert (job.completion_timestamp - job.creation_timestamp).total_seconds() == 90
    assert (job.job_id, job.job_name, job.kms_key_id) == (job_id, "night", "key")
    assert (job.operations_config, job.input, job.output_config) == (MODERATION, MANIFEST, OUTPUT)
    assert job.failure_details is None
    assert job.results is not None
    assert job.results.s3_object is not None
    assert job.results.s3_object.bucket == "results"
    assert job.results.s3_object.name == f"night/{job_id}/results.jsonl"
    assert job.results.model_versions is not None
    assert job.results.model_versions.moderation == "7.0"
    assert job.manifest_summary is not None
    assert job.manifest_summary.s3_object is not None
    assert job.manifest_summary.s3_object.name == f"night/{job_id}/manifest-summary.json"


@pytest.mark.parametrize(
    ("polls", "told"),
    [
        (0, ["SUCCEEDED", "SUCCEEDED"]),
        (1, ["CREATED", "SUCCEEDED"]),
        (2, ["CREATED", "QUEUED", "SUCCEEDED"]),
        (3, ["CREATED", "QUEUED", "IN_PROGRESS", "SUCCEEDED"]),
    ],
)
async def test_polls_take_a_job_through_its_stages(polls: int, told: list[str]) -> None:
    """With polls_until_done the stages share the polls."""
    async with working(durations=1e9, polls_until_done=polls) as (_, client, _):
        assert await statuses(client, await begin(client), len(told)) == told


async def test_a_wait_ends_with_the_job() -> None:
    """wait_for_media_analysis_job polls until the results are there."""
    async with working(durations={"media_analysis": 100}) as (emulator, client, _):
        job_id = await begin(client)
        job = await client.wait_for_media_analysis_job(job_id=job_id, jitter=0)
    assert job.status == "SUCCEEDED"
    # After 0, 30, 60, 90 and 120 seconds.
    assert len(emulator.requests) == 6


async def test_a_declared_failure_says_why() -> None:
    """A rule for the manifest's name makes the job fail; others do not see it."""
    details = {"Code": "ACCESS_DENIED", "Message": "No access to the pictures"}
    rule = AnswerRule(
        "GetMediaAnalysisJob",
        {"Status": "FAILED", "FailureDetails": details},
        name="pictures/*.jsonl",
    )
    async with working(answers=[rule], durations={"media_analysis": 9}) as (_, client, _):
        job_id = await begin(client)
        assert await statuses(client, job_id, 1) == ["CREATED"]
        with pytest.raises(JobFailedError, match="ACCESS_DENIED: No access to the pictures"):
            await client.wait_for_media_analysis_job(job_id=job_id)
        job = await client.get_media_analysis_job(job_id=job_id)
        assert job.completion_timestamp is not None
        assert (job.results, job.manifest_summary) == (None, None)
        other = MediaAnalysisInput(s3_object=S3Object(bucket="pictures", name="others"))
        job = await client.wait_for_media_analysis_job(job_id=await begin(client, input=other))
        assert job.status == "SUCCEEDED"


@pytest.mark.parametrize(
    "content",
    [b"", b"not json\n", b"[1]\n", b'{"source": "s3://a/b"}\n', b'{"source-ref": 1}\n', b"\xff\n"],
)
async def test_a_manifest_names_images(tmp_path: Path, content: bytes) -> None:
    """A file of which no line names an image is refused; one with such a line will do."""
    (tmp_path / "pictures").mkdir()
    manifest = tmp_path / "pictures" / "all.jsonl"
    manifest.write_bytes(content)
    async with working(s3=tmp_path) as (_, client, _):
        with pytest.raises(InvalidManifestException, match="must name images"):
            await begin(client)
        manifest.write_bytes(content + b'{"source-ref": "s3://pictures/1.jpg"}')
        await begin(client)
        manifest.unlink()
        with pytest.raises(InvalidS3ObjectException):
            await begin(client)


async def test_a_job_has_something_to_do() -> None:
    """Without an operation there is no job; without an id there is none to be found."""
    async with working() as (_, client, _):
        with pytest.raises(InvalidParameterException, match="OperationsConfig"):
            await begin(client, operations_config=MediaAnalysisOperationsConfig())
        with pytest.raises(ResourceNotFoundException, match="unknown"):
            await client.get_media_analysis_job(job_id="unknown")


async def test_an_adapter_must_be_there() -> None:
    """A version of a project that does not exist cannot moderate."""
    arn = "arn:aws:rekognition:us-east-1:123456789012:project/safe/version/1/1690000000000"
    adapted = MediaAnalysisDetectModerationLabelsConfig(project_version=arn)
    config = MediaAnalysisOperationsConfig(detect_moderation_labels=adapted)
    async with working() as (_, client, _):
        with pytest.raises(ResourceNotFoundException, match="version/1"):
            await begin(client, operations_config=config)


async def test_the_newest_job_is_listed_first() -> None:
    """Pages go back in time, 100 jobs each, and a list is no poll."""
    async with working(durations=1e9, polls_until_done=1) as (_, client, clock):
        ids = [await begin(client) for _ in range(230)]
        listing = client.iter_media_analysis_jobs()
        pages = [page async for page in listing.pages()]
        assert [len(page.media_analysis_jobs) for page in pages] == [100, 100, 30]
        listed = [job for page in pages for job in page.media_analysis_jobs]
        assert [job.job_id for job in listed] == ids[::-1]
        assert {job.status for job in listed} == {"CREATED"}
        few = await client.list_media_analysis_jobs(max_results=3)
        assert [job.job_id for job in few.media_analysis_jobs] == ids[:-4:-1]
        with pytest.raises(InvalidPaginationTokenException):
            await client.list_media_analysis_jobs(next_token="made-up")
        clock.advance(365 * 86_400)
        assert not (await client.list_media_analysis_jobs()).media_analysis_jobs
        with pytest.raises(ResourceNotFoundException):
            await client.get_media_analysis_job(job_id=ids[0])


async def test_more_than_100_a_page_is_an_invalid_parameter(emulator: RekognitionEmulator) -> None:
    """The operation itself refuses what other operations leave to the check of the input."""
    body = b'{"MaxResults": 101}'
    reply = await call(emulator, body, operation="ListMediaAnalysisJobs")
    assert (reply.status, reply.document["Code"]) == (400, "InvalidParameterException")
    reply = await call(emulator, b'{"MaxResults": 0}', operation="ListMediaAnalysisJobs")
    assert reply.document["__type"] == "ValidationException"
