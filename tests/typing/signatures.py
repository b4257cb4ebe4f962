"""What type checkers infer; read by mypy and pyright, never run."""

from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import BinaryIO, assert_type

from rekognition_async import (
    Collection,
    FacesOutcome,
    ImageSource,
    JobError,
    Outcome,
    Pages,
    Paginator,
    PictureOutcome,
    RateLimiter,
    RateLimitError,
    RawResponse,
    RekognitionClient,
    RekognitionError,
    ResponseMetadata,
    SqsCompletions,
)
from rekognition_async.emulator import ClientOptions, RekognitionEmulator
from rekognition_async.models import (
    AssociateFacesResponse,
    CreateCollectionRequest,
    CreateCollectionResponse,
    DatasetDescription,
    DatasetEntry,
    DeleteCollectionRequest,
    DeleteCollectionResponse,
    DeleteFacesResponse,
    DescribeCollectionRequest,
    DescribeCollectionResponse,
    DescribeStreamProcessorResponse,
    DetectLabelsResponse,
    Face,
    FaceDetection,
    GetFaceDetectionResponse,
    GetFaceLivenessSessionResultsResponse,
    GetMediaAnalysisJobResponse,
    GetSegmentDetectionResponse,
    Image,
    ListCollectionsRequest,
    ListCollectionsResponse,
    ProjectVersionDescription,
    S3Object,
    SegmentDetection,
)


async def send_infers_the_response(client: RekognitionClient) -> None:
    """A request's class decides the response's."""
    listed = await client.send(ListCollectionsRequest(max_results=10))
    assert_type(listed, ListCollectionsResponse)
    created = await client.send(CreateCollectionRequest(collection_id="a"))
    assert_type(created, CreateCollectionResponse)
    described = await client.send(DescribeCollectionRequest(collection_id="a"))
    assert_type(described, DescribeCollectionResponse)
    deleted = await client.send(DeleteCollectionRequest(collection_id="a"))
    assert_type(deleted, DeleteCollectionResponse)
    raw = await client.send_raw(ListCollectionsRequest())
    assert_type(raw, RawResponse[ListCollectionsResponse])
    assert_type(raw.parse(), ListCollectionsResponse)
    assert_type(raw.body, bytes)
    assert_type(raw.http_status_code, int | None)


async def methods_tell_their_response(client: RekognitionClient) -> None:
    """Each operation's method, and what a record holds."""
    listed = await client.list_collections(max_results=5, next_token=None)
    assert_type(listed, ListCollectionsResponse)
    assert_type(listed.collections, tuple[Collection, ...])
    assert_type(listed.collection_ids, tuple[str, ...])
    assert_type(listed.next_token, str | None)
    assert_type(listed.metadata, ResponseMetadata)
    assert_type(listed.collections[0].collection_id, str)
    assert_type(listed.collections[0].face_model_version, str | None)
    assert_type(await client.create_collection(collection_id="a"), CreateCollectionResponse)
    assert_type(await client.describe_collection(collection_id="a"), DescribeCollectionResponse)
    assert_type(await client.delete_collection(collection_id="a"), DeleteCollectionResponse)


async def listings_tell_their_items(client: RekognitionClient) -> None:
    """All ways of going through a listing."""
    listing = client.iter_collections(page_size=10, max_items=5, prefetch=1)
    assert_type(listing, Paginator[ListCollectionsResponse, Collection])
    async for coll in listing:
        assert_type(coll, Collection)
    assert_type(await listing, ListCollectionsResponse)
    assert_type(listing.pages(), Pages[ListCollectionsResponse, Collection])
    async for page in listing.pages():
        assert_type(page, ListCollectionsResponse)
        assert_type([coll for coll in page], list[Collection])  # noqa: C416 - how it is gone through
    assert_type(list(await client.list_faces(collection_id="a")), list[Face])
    assert_type(await listing.collect(), list[Collection])
    assert_type(await listing.first(), Collection | None)
    assert_type(listing.checkpoint, str)
    iterator: AsyncIterator[Collection] = listing
    assert_type(await anext(iterator), Collection)


async def images_come_from_anywhere(
    client: RekognitionClient, path: Path, file: BinaryIO, source: ImageSource | None
) -> None:
    """All kinds of image are the same parameter."""
    assert_type(await client.detect_labels(image=b"image"), DetectLabelsResponse)
    await client.detect_labels(image=bytearray(b"image"))
    await client.detect_labels(image=memoryview(b"image"))
    await client.detect_labels(image=path)
    await client.detect_labels(image=file)
    await client.detect_labels(image="s3://bucket/key")
    await client.detect_labels(image=S3Object(bucket="bucket", name="key"))
    await client.detect_labels(image=Image(bytes=b"image"))
    if source is not None:
        await client.compare_faces(source_image=source, target_image=source)
    await client.detect_labels(image=7)  # type: ignore[arg-type] # a number is no image


async def iterators_of_every_kind(client: RekognitionClient) -> None:
    """Records, lines and a job's results, each in its listing."""
    async for face in client.iter_faces(collection_id="a"):
        assert_type(face, Face)
    async for line in client.iter_dataset_entries(dataset_arn="arn"):
        assert_type(line, str)
        assert_type(DatasetEntry.parse(line), DatasetEntry)
    segments = client.iter_segment_detection(job_id="j")
    assert_type(segments, Paginator[GetSegmentDetectionResponse, SegmentDetection])


async def waits_tell_what_they_bring(client: RekognitionClient) -> None:
    """A listing of results, or the description of what is done."""
    found = await client.wait_for_face_detection(job_id="j", poll_interval=5, timeout=None)
    told = SqsCompletions("https://sqs.eu-west-1.amazonaws.com/123456789012/q", poll_interval=300)
    assert_type(found, Paginator[GetFaceDetectionResponse, FaceDetection])
    found = await client.wait_for_face_detection(job_id="j", completions=told)
    assert_type(found, Paginator[GetFaceDetectionResponse, FaceDetection])
    job = await client.wait_for_media_analysis_job(job_id="j")
    assert_type(job, GetMediaAnalysisJobResponse)
    session = await client.wait_for_face_liveness_session(session_id="s")
    assert_type(session, GetFaceLivenessSessionResultsResponse)
    collection = await client.wait_for_collection_exists(collection_id="a")
    assert_type(collection, DescribeCollectionResponse)
    assert_type(await client.wait_for_dataset_created(dataset_arn="d"), DatasetDescription)
    assert_type(await client.wait_for_dataset_updated(dataset_arn="d"), DatasetDescription)
    for wait_for_version in (
        client.wait_for_project_version_training_completed,
        client.wait_for_project_version_running,
        client.wait_for_project_version_stopped,
        client.wait_for_project_version_copied,
    ):
        version = await wait_for_version(project_arn="p", version_name="v")
        assert_type(version, ProjectVersionDescription)
    for wait_for_processor in (
        client.wait_for_stream_processor_running,
        client.wait_for_stream_processor_stopped,
    ):
        assert_type(await wait_for_processor(name="n"), DescribeStreamProcessorResponse)


async def bulk_helpers_give_chunks(client: RekognitionClient, face_ids: AsyncIterator[str]) -> None:
    """Outcomes know the response of their operation."""
    deleted = client.delete_faces_in_bulk(collection_id="a", face_ids=["x"])
    assert_type(deleted, AsyncGenerator[FacesOutcome[DeleteFacesResponse], None])
    async for chunk in deleted:
        assert_type(chunk.response, DeleteFacesResponse | None)
        assert_type(chunk.error, RekognitionError | None)
        assert_type(chunk.unsuccessful_face_ids, tuple[str, ...])
        assert_type(chunk.result(), DeleteFacesResponse)
    associated = client.associate_faces_in_bulk(collection_id="a", user_id="u", face_ids=face_ids)
    assert_type(associated, AsyncGenerator[FacesOutcome[AssociateFacesResponse], None])


def a_job_error_tells_its_status(error: JobError) -> None:
    """Status and reason are text."""
    assert_type((error.operation, error.status, error.message), tuple[str, str, str])


async def a_view_is_a_client(client: RekognitionClient) -> None:
    """Options keep the type, of a subclass too."""

    class Mine(RekognitionClient):
        pass

    assert_type(client.with_options(deadline=3), RekognitionClient)
    assert_type(Mine().with_options(deadline=3), Mine)
    assert_type(client.with_options(quotas=None), RekognitionClient)
    assert_type(Mine(quotas={"IndexFaces": 200, "*": "aws"}), Mine)


class Mirror:
    """A rate limiter by its methods alone."""

    async def reserve(self, operation: str, region_name: str) -> float:
        return 0.0

    def refused(self, operation: str, region_name: str) -> None: ...

    def rate(self, operation: str, region_name: str) -> float | None:
        return None


def limiters_and_quotas_are_told_apart(error: RateLimitError) -> None:
    """What ``quotas`` takes is checked, and a misspelt word is an error."""
    limiter: RateLimiter = Mirror()
    RekognitionClient(quotas=limiter)
    RekognitionClient(quotas="learned")
    RekognitionClient(quotas="learnt")  # type: ignore[arg-type] # misspelt
    assert_type(error.retry_after, float)


async def a_client_opens_as_itself() -> None:
    """Entering a subclass gives the subclass."""

    class Mine(RekognitionClient):
        pass

    async with Mine() as opened:
        assert_type(opened, Mine)


async def an_emulator_opens_a_client(emulator: RekognitionEmulator) -> None:
    """The emulator's options are arguments of the client."""
    assert_type(emulator.client_options, ClientOptions)
    assert_type(RekognitionClient(**emulator.client_options), RekognitionClient)


def a_record_is_a_value(one: Collection, listed: ListCollectionsResponse) -> None:
    """Records are hashable for type checkers, too."""
    assert_type({one: 1}, dict[Collection, int])
    assert_type({listed}, set[ListCollectionsResponse])


async def mistakes_are_found(client: RekognitionClient, one: Collection) -> None:
    """What must not pass a type checker: each ignored line fails the check if it passes."""
    await client.create_collection()  # type: ignore[call-arg] # collection_id is required
    await client.create_collection("a")  # type: ignore[call-arg] # keywords only
    await client.list_collections(max_results="5")  # type: ignore[arg-type] # it is a number
    one.collection_id = "b"  # type: ignore[misc] # records are frozen
    ListCollectionsRequest(MaxItems=5)  # type: ignore[call-arg] # there is no such parameter


async def bulk_outcomes(client: RekognitionClient) -> None:
    """Outcomes know the response of their requests, or of their helper's operation."""
    request = DescribeCollectionRequest(collection_id="a")
    sent = client.send_in_bulk({"a": request})
    assert_type(sent, AsyncGenerator[Outcome[DescribeCollectionResponse], None])
    labels = client.detect_labels_in_bulk("photos")
    assert_type(labels, AsyncGenerator[PictureOutcome[DetectLabelsResponse], None])
    async for outcome in labels:
        assert_type(outcome.result(), DetectLabelsResponse)
