"""The iterators of all operations that page, over a service that is scripted page by page."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore import xform_name
from model_strategies import required, service_model, specimen
from support import Asked, RefusalError, scripted

from rekognition_async import PaginationError, Paginator, RekognitionClient, RequestValidationError
from rekognition_async.errors import AccessDeniedException, JobFailedError, JobInProgressError

MODEL = service_model()
PAGED = [
    name
    for name in MODEL.operation_names
    if "NextToken" in MODEL.operation_model(name).input_shape.members
]
ITERATORS = {
    "DescribeProjectVersions": ("iter_project_versions", "ProjectVersionDescriptions"),
    "DescribeProjects": ("iter_projects", "ProjectDescriptions"),
    "GetCelebrityRecognition": ("iter_celebrity_recognition", "Celebrities"),
    "GetContentModeration": ("iter_content_moderation", "ModerationLabels"),
    "GetFaceDetection": ("iter_face_detection", "Faces"),
    "GetFaceSearch": ("iter_face_search", "Persons"),
    "GetLabelDetection": ("iter_label_detection", "Labels"),
    "GetPersonTracking": ("iter_person_tracking", "Persons"),
    "GetSegmentDetection": ("iter_segment_detection", "Segments"),
    "GetTextDetection": ("iter_text_detection", "TextDetections"),
    "ListCollections": ("iter_collections", "CollectionIds"),
    "ListDatasetEntries": ("iter_dataset_entries", "DatasetEntries"),
    "ListDatasetLabels": ("iter_dataset_labels", "DatasetLabelDescriptions"),
    "ListFaces": ("iter_faces", "Faces"),
    "ListMediaAnalysisJobs": ("iter_media_analysis_jobs", "MediaAnalysisJobs"),
    "ListProjectPolicies": ("iter_project_policies", "ProjectPolicies"),
    "ListStreamProcessors": ("iter_stream_processors", "StreamProcessors"),
    "ListUsers": ("iter_users", "Users"),
}
JOBS = [
    name
    for name in PAGED
    if "JobStatus" in MODEL.operation_model(name).output_shape.members  # type: ignore[union-attr] # every operation has an output
]
SIZES = (2, 0, 3, 1)
TOTAL = sum(SIZES)


class Book:
    """The pages of a listing, found by their tokens."""

    def __init__(self, operation: str) -> None:
        self.operation = operation
        shape = MODEL.operation_model(operation).output_shape
        assert shape is not None
        _, member = ITERATORS[operation]
        item = shape.members[member].member  # type: ignore[attr-defined] # it is a list
        self.items = [specimen(item, number) for number in range(TOTAL)]
        self.pages: dict[str | None, dict[str, Any]] = {}
        first = 0
        for number, size in enumerate(SIZES):
            page = specimen(shape, number)
            page[member] = self.items[first : first + size]
            if operation == "ListCollections":
                page["FaceModelVersions"] = ["7.0"] * size
            if operation in JOBS:
                page["JobStatus"] = "SUCCEEDED"
            page["NextToken"] = f"token-{number + 1}"
            self.pages[f"token-{number}" if number else None] = page
            first += size
        del self.pages[f"token-{len(SIZES) - 1}"]["NextToken"]
        self.refusals: list[RefusalError | None] = []

    def answer(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """The page that is asked for, or the refusal whose turn it is."""
        assert operation == self.operation
        refusal = self.refusals.pop(0) if self.refusals else None
        if refusal is not None:
            raise refusal
        return self.pages[parameters.get("NextToken")]

    def listing(self, client: RekognitionClient, **options: Any) -> Paginator[Any, Any]:
        """The iterator of the operation."""
        method: Callable[..., Paginator[Any, Any]] = getattr(client, ITERATORS[self.operation][0])
        parameters = required(self.operation)
        return method(**{xform_name(name): value for name, value in parameters.items()}, **options)

    def read(self, item: Any) -> Any:
        """The item that a record was read from."""
        if isinstance(item, str):
            return item
        if self.operation == "ListCollections":
            assert item.face_model_version == "7.0"
            return item.collection_id
        (found,) = [
            each for each in self.items if type(item).model_validate_json(json.dumps(each)) == item
        ]
        return found


@pytest.fixture
def book(request: pytest.FixtureRequest) -> Book:
    """A listing of several pages, one of them empty."""
    return Book(request.param)


each_operation = pytest.mark.parametrize("book", PAGED, indirect=True)
each_job = pytest.mark.parametrize("book", JOBS, indirect=True)
prefetching = pytest.mark.parametrize("prefetch", [0, 2])


def tokens(asked: Asked) -> list[str | None]:
    """The tokens that were asked with."""
    return [parameters.get("NextToken") for _, parameters in asked]


def test_eighteen_operations_page() -> None:
    """Each operation that takes a token has its iterator, eight of them over a job's results."""
    assert sorted(ITERATORS) == sorted(PAGED)
    assert len(PAGED) == 18
    assert len(JOBS) == 8
    others = {name for name in dir(RekognitionClient) if name.startswith("iter_")}
    assert others == {name for name, _ in ITERATORS.values()}


@each_operation
@prefetching
async def test_all_items_come_once_and_in_order(book: Book, prefetch: int) -> None:
    """Every page is asked for once, with the same parameters and the token of the one before."""
    async with scripted(book.answer) as (asked, client):
        listing = book.listing(client, prefetch=prefetch, page_size=2)
        assert [book.read(item) async for item in listing] == book.items
        assert [book.read(item) for item in await listing.collect()] == book.items
    assert tokens(asked) == [None, "token-1", "token-2", "token-3"] * 2
    for _, parameters in asked:
        parameters.pop("NextToken", None)
        assert parameters == {**json.loads(json.dumps(required(book.operation))), "MaxResults": 2}


@each_operation
async def test_the_first_item_and_the_first_page(book: Book) -> None:
    """``first`` gives one item and ``await`` one page, for one request each."""
    async with scripted(book.answer) as (asked, client):
        assert book.read(await book.listing(client).first()) == book.items[0]
        page = await book.listing(client)
        assert page.next_token == "token-1"
    assert tokens(asked) == [None, None]


@each_operation
async def test_a_page_is_gone_through_by_its_items(book: Book) -> None:
    """The pages of each operation give their items, as the listing does."""
    async with scripted(book.answer) as (_, client):
        pages = [page async for page in book.listing(client).pages()]
    assert [[book.read(item) for item in page] for page in pages] == [
        book.items[:2],
        [],
        book.items[2:5],
        book.items[5:],
    ]


@each_operation
async def test_pages_drop_nothing(book: Book) -> None:
    """What a page has beside its items is there, on each page its own."""
    async with scripted(book.answer) as (_, client):
        pages = [page async for page in book.listing(client).pages()]
    assert len(pages) == len(SIZES)
    for page, document in zip(pages, book.pages.values(), strict=True):
        expected = type(page).model_validate_json(json.dumps(document))
        assert page == expected
        for member, value in document.items():
            held = getattr(page, xform_name(member))
            assert held or value in ([], False, 0), member
    for member in MODEL.operation_model(book.operation).output_shape.members:  # type: ignore[union-attr] # every operation has an output
        if member not in {"JobStatus", "FaceModelVersions"}:
            assert len({repr(getattr(page, xform_name(member))) for page in pages}) > 1, member


@each_operation
async def test_a_checkpoint_resumes_in_a_new_client(book: Book) -> None:
    """From any item on, another client gives the rest, and asks for no page before it."""
    async with scripted(book.answer) as (_, client):
        listing = book.listing(client)
        checkpoints = [listing.checkpoint]
        async for _ in listing:
            checkpoints.append(listing.checkpoint)  # noqa: PERF401 - where the loop is, it tells
    reached = [None, None, "token-1", "token-2", "token-2", "token-3", "the end"]
    async with scripted(book.answer) as (asked, client):
        for taken, checkpoint in enumerate(checkpoints):
            asked.clear()
            rest = await book.listing(client, resume=checkpoint).collect()
            assert [book.read(item) for item in rest] == book.items[taken:]
            assert (tokens(asked) or ["the end"])[0] == reached[taken]


@each_operation
@prefetching
async def test_after_an_error_the_same_page_is_asked_for_again(book: Book, prefetch: int) -> None:
    """An error takes nothing away: the same iterator goes on, and so does its checkpoint."""
    book.refusals = [None, None, RefusalError("AccessDeniedException")]
    async with scripted(book.answer) as (asked, client):
        listing = book.listing(client, prefetch=prefetch)
        got: list[Any] = []
        with pytest.raises(AccessDeniedException) as raised:
            while True:
                got.append(book.read(await anext(listing)))
        assert got == book.items[:2]
        assert [book.read(item) async for item in listing] == book.items[2:]
        assert tokens(asked) == [None, "token-1", "token-2", "token-2", "token-3"]
        resumed = await book.listing(client, resume=raised.value.checkpoint).collect()
    assert [book.read(item) for item in resumed] == book.items[2:]


@each_operation
@prefetching
async def test_tokens_in_a_circle_are_an_error(book: Book, prefetch: int) -> None:
    """What the service lists without end comes once, and then an error."""
    book.pages["token-3"]["NextToken"] = "token-1"
    got: list[Any] = []
    async with scripted(book.answer) as (asked, client):
        listing = book.listing(client, prefetch=prefetch)
        with pytest.raises(PaginationError, match=book.operation):
            while True:
                got.append(book.read(await anext(listing)))
        with pytest.raises(PaginationError):
            await anext(listing)
    assert got == book.items
    assert len(asked) == len(SIZES)


@each_operation
async def test_max_items_ends_the_listing(book: Book) -> None:
    """So many items and no more, with no page beyond them."""
    async with scripted(book.answer) as (asked, client):
        for prefetch in (0, 2):
            for most, requests in {0: 0, 1: 1, 2: 1, 3: 3, TOTAL: 4, 100: 4}.items():
                asked.clear()
                listing = book.listing(client, max_items=most, prefetch=prefetch)
                assert [book.read(item) for item in await listing.collect()] == book.items[:most]
                assert len(asked) == requests


@each_operation
async def test_a_starting_token_starts_behind_a_page(book: Book) -> None:
    """The way of boto to go on behind a page works, too."""
    async with scripted(book.answer) as (asked, client):
        rest = await book.listing(client, starting_token="token-2").collect()
    assert [book.read(item) for item in rest] == book.items[2:]
    assert tokens(asked) == ["token-2", "token-3"]


@each_operation
async def test_numbers_are_checked_before_sending(book: Book) -> None:
    """A number out of its range is an error that has the caller's name of it."""
    async with scripted(book.answer) as (asked, client):
        for name in ("page_size", "max_items", "prefetch"):
            with pytest.raises(RequestValidationError, match=name):
                book.listing(client, **{name: -1})
        with pytest.raises(RequestValidationError, match="resume"):
            book.listing(client, resume="rka1.bm9uc2Vuc2U")
    assert not asked


@each_job
@prefetching
async def test_a_job_that_runs_is_no_empty_list(book: Book, prefetch: int) -> None:
    """Asking while the job runs says so, and asking again later gives all that it found."""
    done = book.pages[None]
    book.pages[None] = {"JobStatus": "IN_PROGRESS"}
    async with scripted(book.answer) as (_, client):
        listing = book.listing(client, prefetch=prefetch)
        for way in (listing.collect, listing.first, lambda: listing, lambda: anext(listing)):
            with pytest.raises(JobInProgressError) as raised:
                await way()
            assert (raised.value.operation, raised.value.status) == (book.operation, "IN_PROGRESS")
        with pytest.raises(JobInProgressError):
            await anext(listing.pages())
        book.pages[None] = done
        assert [book.read(item) async for item in listing] == book.items
        resumed = await book.listing(client, resume=raised.value.checkpoint).collect()
        assert [book.read(item) for item in resumed] == book.items


@each_job
async def test_a_job_that_failed_says_why(book: Book) -> None:
    """The service's reason is in the error, which is no empty list."""
    book.pages[None] = {"JobStatus": "FAILED", "StatusMessage": "the video has no frames"}
    async with scripted(book.answer) as (_, client):
        with pytest.raises(JobFailedError, match="FAILED: the video has no frames") as raised:
            await book.listing(client).collect()
    assert raised.value.message == "the video has no frames"
