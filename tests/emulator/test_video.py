"""Jobs on stored video: eight kinds, one life."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support import working

from rekognition_async import RekognitionClient
from rekognition_async.emulator import AnswerRule
from rekognition_async.errors import (
    IdempotentParameterMismatchException,
    InvalidPaginationTokenException,
    InvalidParameterException,
    InvalidS3ObjectException,
    JobFailedError,
    JobInProgressError,
    LimitExceededException,
    ResourceNotFoundException,
)
from rekognition_async.models.common import S3Object
from rekognition_async.models.video import NotificationChannel, Video

VIDEO = Video(s3_object=S3Object(bucket="films", name="market.mp4"))
WEEK = 7 * 86_400


@dataclass(frozen=True)
class Kind:
    """One kind of job: its names, what it is started with, and three results."""

    name: str
    items: str
    results: tuple[dict[str, Any], ...]
    start: Mapping[str, Any] = field(default_factory=dict)

    @property
    def get_operation(self) -> str:
        return "Get" + "".join(part.capitalize() for part in self.name.split("_"))

    async def begin(self, client: RekognitionClient, **parameters: Any) -> str:
        """Starts a job, and gives its id."""
        start = getattr(client, f"start_{self.name}")
        response = await start(**{"video": VIDEO, **self.start, **parameters})
        assert response.job_id is not None
        return str(response.job_id)

    def get(self, client: RekognitionClient, job_id: str, **parameters: Any) -> Any:
        return getattr(client, f"get_{self.name}")(job_id=job_id, **parameters)

    def iterate(self, client: RekognitionClient, job_id: str, **parameters: Any) -> Any:
        return getattr(client, f"iter_{self.name}")(job_id=job_id, **parameters)

    def wait(self, client: RekognitionClient, job_id: str, **parameters: Any) -> Any:
        return getattr(client, f"wait_for_{self.name}")(job_id=job_id, **parameters)

    def declared(self, **members: Any) -> AnswerRule:
        """A rule for what its jobs find."""
        return AnswerRule(self.get_operation, {self.items: self.results, **members})


def at_times(member: str, *values: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """Results at one second, two, three."""
    return tuple(
        {"Timestamp": second * 1000, member: value} for second, value in enumerate(values, 1)
    )


LABELS = (
    {"Name": "Dog", "Confidence": 70.0},
    {"Name": "Ant", "Confidence": 60.0},
    {"Name": "Dog", "Confidence": 90.0},
)
PERSONS = (
    {"Index": 1, "Face": {"Confidence": 80.0}},
    {"Index": 0, "Face": {"Confidence": 99.0}},
    {"Index": 1, "Face": {"Confidence": 95.0}},
)
KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "celebrity_recognition",
            "Celebrities",
            at_times("Celebrity", {"Id": "b2"}, {"Id": "a1"}, {"Id": "b2"}),
        ),
        Kind("content_moderation", "ModerationLabels", at_times("ModerationLabel", *LABELS)),
        Kind("face_detection", "Faces", at_times("Face", *({"Confidence": 90.0},) * 3)),
        Kind(
            "face_search",
            "Persons",
            at_times("Person", *PERSONS),
            {"collection_id": "visitors"},
        ),
        Kind("label_detection", "Labels", at_times("Label", *LABELS)),
        Kind("person_tracking", "Persons", at_times("Person", *PERSONS)),
        Kind(
            "segment_detection",
            "Segments",
            (
                {"Type": "TECHNICAL_CUE", "StartTimestampMillis": 0},
                {"Type": "SHOT", "StartTimestampMillis": 2000},
                {"Type": "SHOT", "StartTimestampMillis": 1000},
            ),
            {"segment_types": ("TECHNICAL_CUE", "SHOT")},
        ),
        Kind(
            "text_detection",
            "TextDetections",
            at_times("TextDetection", {"DetectedText": "stop"}, {"Id": 1}, {"Id": 2}),
        ),
    )
}

each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())


def listed(kind: Kind, page: Any) -> list[Any]:
    """The results on a page."""
    return page.model_dump(by_alias=True)[kind.items]  # type: ignore[no-any-return] # by its own alias


@each_kind
async def test_a_job_ends_when_its_time_has_come(kind: Kind) -> None:
    """A job is in progress, without results, until its duration is over; then it has some."""
    async with working(durations={"video": 60}) as (emulator, client, clock):
        emulator.seed(collections=["visitors"])
        job_id = await kind.begin(client, job_tag="night")
        assert len(job_id) == 64
        assert set(job_id) <= set("0123456789abcdef")
        clock.advance(59)
        page = await kind.get(client, job_id)
        assert page.job_status == "IN_PROGRESS"
        assert not listed(kind, page)
        assert (page.job_id, page.job_tag, page.video) == (job_id, "night", VIDEO)
        assert not page.video_metadata
        with pytest.raises(JobInProgressError):
            await kind.iterate(client, job_id).collect()
        clock.advance(1)
        page = await kind.get(client, job_id)
        assert page.job_status == "SUCCEEDED"
        assert listed(kind, page)
        assert page.video_metadata
        assert (page.job_id, page.job_tag, page.video) == (job_id, "night", VIDEO)


@each_kind
async def test_a_wait_pages_through_what_was_declared(kind: Kind) -> None:
    """After polls through the job's time, all declared results come, page by page, in order."""
    async with working(durations={"video": 25}, answers=[kind.declared()]) as (emulator, client, _):
        emulator.seed(collections=["visitors"])
        job_id = await kind.begin(client)
        results = await kind.wait(client, job_id, page_size=1, poll_interval=10, jitter=0)
        pages = [page async for page in results.pages()]
    assert [len(listed(kind, page)) for page in pages] == [1, 1, 1]
    assert all(page.video_metadata for page in pages)
    sizes = [request.parameters.get("MaxResults") for request in emulator.requests]  # type: ignore[union-attr] # they were parsed
    # The polls after 0, 10, 20 and 30 seconds, and the pages.
    assert sizes[1:] == [1, 1, 1, 1, 1, 1, 1]
    if kind.name == "segment_detection":
        starts = [listed(kind, page)[0]["StartTimestampMillis"] for page in pages]
        assert starts == [0, 1000, 2000]
    else:
        assert [listed(kind, page)[0]["Timestamp"] for page in pages] == [1000, 2000, 3000]


@each_kind
async def test_a_declared_failure_fails_the_job(kind: Kind) -> None:
    """An answer that says FAILED makes the job end so, and waits and listings say why."""
    rule = AnswerRule(
        kind.get_operation, {"JobStatus": "FAILED", "StatusMessage": "The video is broken"}
    )
    async with working(answers=[rule], durations={"video": 5}) as (emulator, client, _):
        emulator.seed(collections=["visitors"])
        job_id = await kind.begin(client)
        assert (await kind.get(client, job_id)).job_status == "IN_PROGRESS"
        with pytest.raises(JobFailedError, match="The video is broken"):
            await kind.wait(client, job_id)
        with pytest.raises(JobFailedError, match="The video is broken"):
            await kind.iterate(client, job_id).collect()
        page = await kind.get(client, job_id)
        assert (page.job_status, page.status_message) == ("FAILED", "The video is broken")
        assert not listed(kind, page)


@each_kind
async def test_polls_end_a_job_with_polls_until_done(kind: Kind) -> None:
    """So many polls see the job in progress, whatever the clock says; the next one sees its end."""
    async with working(durations={"video": 1e9}, polls_until_done=2) as (emulator, client, _):
        emulator.seed(collections=["visitors"])
        job_id = await kind.begin(client)
        told = [(await kind.get(client, job_id)).job_status for _ in range(4)]
    assert told == ["IN_PROGRESS", "IN_PROGRESS", "SUCCEEDED", "SUCCEEDED"]


@each_kind
async def test_what_was_started_once_is_not_started_twice(kind: Kind) -> None:
    """A token gives the same job again; without one, each start is a job of its own."""
    async with working() as (emulator, client, _):
        emulator.seed(collections=["visitors"])
        first = await kind.begin(client, client_request_token="once", job_tag="a")
        assert await kind.begin(client, client_request_token="once", job_tag="a") == first
        with pytest.raises(IdempotentParameterMismatchException):
            await kind.begin(client, client_request_token="once", job_tag="b")
        assert len({first, await kind.begin(client), await kind.begin(client)}) == 3
        with pytest.raises(ResourceNotFoundException):
            await kind.get(client, "0" * 64)


@each_kind
async def test_results_are_the_same_each_time_and_kept_for_a_week(kind: Kind) -> None:
    """Another emulator gives the same id and the same results; after seven days they are gone."""
    told = []
    for _ in range(2):
        async with working(durations={"video": 100}) as (emulator, client, clock):
            emulator.seed(collections=["visitors"])
            job_id = await kind.begin(client)
            clock.advance(100 + WEEK - 1)
            told.append((job_id, listed(kind, await kind.get(client, job_id))))
            clock.advance(1)
            with pytest.raises(ResourceNotFoundException):
                await kind.get(client, job_id)
    assert told[0] == told[1]


@each_kind
async def test_a_job_is_found_as_what_it_is(kind: Kind) -> None:
    """The operations of other kinds do not know a job, and their polls leave it alone."""
    async with working(polls_until_done=1, durations={"video": 1e9}) as (emulator, client, _):
        emulator.seed(collections=["visitors"])
        job_id = await kind.begin(client)
        for other in KINDS.values():
            if other is not kind:
                with pytest.raises(ResourceNotFoundException):
                    await other.get(client, job_id)
        assert (await kind.get(client, job_id)).job_status == "IN_PROGRESS"


async def test_no_more_than_20_jobs_at_once() -> None:
    """The 21st job is refused, of whatever kind, until another one is over."""
    async with working(durations={"video": 60}) as (_, client, clock):
        labels, texts = KINDS["label_detection"], KINDS["text_detection"]
        for _ in range(10):
            await labels.begin(client)
        clock.advance(30)
        for _ in range(10):
            await texts.begin(client)
        for kind in (labels, texts):
            with pytest.raises(LimitExceededException, match="20"):
                await kind.begin(client)
        clock.advance(30)
        for _ in range(10):
            await labels.begin(client)
        with pytest.raises(LimitExceededException):
            await labels.begin(client)


async def test_starts_at_the_same_moment_keep_the_limit() -> None:
    """Of 30 starts at once, 20 get a job, each another one."""
    async with working(durations={"video": 60}) as (_, client, _):
        labels = KINDS["label_detection"]
        outcomes = await asyncio.gather(
            *(labels.begin(client) for _ in range(30)), return_exceptions=True
        )
    assert len({outcome for outcome in outcomes if isinstance(outcome, str)}) == 20
    refused = [outcome for outcome in outcomes if not isinstance(outcome, str)]
    assert all(isinstance(error, LimitExceededException) for error in refused)


async def test_a_face_search_needs_its_collection() -> None:
    """There is nothing to search in a collection that does not exist."""
    async with working() as (_, client, _):
        with pytest.raises(ResourceNotFoundException, match="visitors does not exist"):
            await KINDS["face_search"].begin(client)


async def test_a_face_search_finds_faces_of_its_collection() -> None:
    """Where nothing is declared, some of those in the video are in the collection."""
    async with working(durations=0) as (emulator, client, _):
        emulator.seed(faces={"visitors": 2})
        known = {face.face_id async for face in client.iter_faces(collection_id="visitors")}
        started = await client.start_face_search(
            video=Video(s3_object=S3Object(bucket="media", name="clip.mp4")),
            collection_id="visitors",
        )
        assert started.job_id is not None
        found = {
            match.face.face_id
            async for person in client.iter_face_search(job_id=started.job_id)
            for match in person.face_matches
            if match.face is not None
        }
    assert found
    assert found <= known


async def test_a_video_must_be_there(tmp_path: Path) -> None:
    """An object that is not in the folder that stands for S3 is no video."""
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "market.mp4").write_bytes(b"frames")
    async with working(s3=tmp_path) as (_, client, _):
        await KINDS["label_detection"].begin(client)
        missing = Video(s3_object=S3Object(bucket="films", name="other.mp4"))
        with pytest.raises(InvalidS3ObjectException, match="Unable to get object metadata"):
            await KINDS["label_detection"].begin(client, video=missing)


async def test_a_video_has_a_place() -> None:
    """A Video that names no object is an invalid parameter."""
    async with working() as (_, client, _):
        with pytest.raises(InvalidParameterException):
            await KINDS["label_detection"].begin(client, video=Video())


async def test_rules_see_what_a_job_was_started_with() -> None:
    """A rule may go by the name of the video, and by any parameter of the start."""
    dog = {"Labels": [{"Timestamp": 0, "Label": {"Name": "Dog"}}]}
    ant = {"Labels": [{"Timestamp": 0, "Label": {"Name": "Ant"}}]}
    rules = [
        AnswerRule("GetLabelDetection", dog, name="films/dogs-*.mp4"),
        AnswerRule("GetLabelDetection", ant, when=lambda given: given.get("JobTag") == "ants"),
    ]
    labels = KINDS["label_detection"]
    dogs = Video(s3_object=S3Object(bucket="films", name="dogs-7.mp4"))
    async with working(answers=rules, durations=0) as (_, client, _):
        found = [
            [item.label.name async for item in labels.iterate(client, job_id)]
            for job_id in (
                await labels.begin(client, video=dogs),
                await labels.begin(client, job_tag="ants"),
                await labels.begin(client),
            )
        ]
    assert found[:2] == [["Dog"], ["Ant"]]
    assert len(found[2]) > 3


@pytest.mark.parametrize(
    ("name", "sort_by", "times"),
    [
        ("celebrity_recognition", "ID", [2000, 1000, 3000]),
        ("content_moderation", "NAME", [2000, 3000, 1000]),
        ("face_search", "INDEX", [2000, 1000, 3000]),
        ("label_detection", "NAME", [2000, 3000, 1000]),
        ("person_tracking", "INDEX", [2000, 3000, 1000]),
    ],
)
async def test_sort_by_chooses_the_order(name: str, sort_by: str, times: list[int]) -> None:
    """By name or person with the surest first, by celebrity and by match in order of time."""
    kind = KINDS[name]
    async with working(answers=[kind.declared()], durations=0) as (emulator, client, _):
        emulator.seed(collections=["visitors"])
        job_id = await kind.begin(client)
        results = await kind.iterate(client, job_id, sort_by=sort_by, page_size=2).collect()
        in_time = await kind.iterate(client, job_id, sort_by="TIMESTAMP").collect()
    assert [item.timestamp for item in results] == times
    assert [item.timestamp for item in in_time] == [1000, 2000, 3000]


@pytest.mark.parametrize("name", ["content_moderation", "label_detection"])
async def test_segments_are_what_goes_on(name: str) -> None:
    """A label is one segment for as long as each moment has it, and another one after a gap."""
    kind = KINDS[name]
    member = kind.items.removesuffix("s")
    seen = [(0, "Dog"), (500, "Dog"), (500, "Ant"), (1000, "Ant"), (1500, "Dog")]
    items = [
        {"Timestamp": time, member: {"Name": label, "Confidence": 50.0 + time / 100}}
        for time, label in seen
    ]
    answer = {kind.items: items, "VideoMetadata": {"DurationMillis": 1800}}
    rule = AnswerRule(kind.get_operation, answer)
    async with working(answers=[rule], durations=0) as (_, client, _):
        job_id = await kind.begin(client)
        page = await kind.get(client, job_id, aggregate_by="SEGMENTS")
    assert [
        (
            item.get("Timestamp"),
            item["StartTimestampMillis"],
            item["EndTimestampMillis"],
            item["DurationMillis"],
            item[member]["Name"],
            item[member]["Confidence"],
        )
        for item in listed(kind, page)
    ] == [
        # Labels have no Timestamp then; unsafe content has.
        (None if member == "Label" else start, start, end, end - start, *more)
        for start, end, *more in (
            (0, 1000, "Dog", 55.0),
            (500, 1500, "Ant", 60.0),
            (1500, 1800, "Dog", 65.0),
        )
    ]
    assert page.get_request_metadata.model_dump(by_alias=True) == {
        "SortBy": "TIMESTAMP",
        "AggregateBy": "SEGMENTS",
    }


async def test_segments_have_no_boxes() -> None:
    """Instances belong to a moment; segments that were declared stay what they are."""
    boxed = {"Name": "Dog", "Instances": [{"Confidence": 90.0}]}
    whole = {"Label": {"Name": "Fog"}, "StartTimestampMillis": 5, "EndTimestampMillis": 6}
    rule = AnswerRule(
        "GetLabelDetection", {"Labels": [{"Timestamp": 0, "Label": boxed}, {**whole}]}
    )
    async with working(answers=[rule], durations=0) as (_, client, _):
        job_id = await KINDS["label_detection"].begin(client)
        moments = await client.get_label_detection(job_id=job_id)
        segments = await client.get_label_detection(job_id=job_id, aggregate_by="SEGMENTS")
    dog, fog = segments.labels
    assert dog.label is not None
    assert not dog.label.instances
    assert (fog.start_timestamp_millis, fog.end_timestamp_millis) == (5, 6)
    assert any(item.label and item.label.instances for item in moments.labels)


async def test_tokens_are_good_for_one_listing_and_a_day() -> None:
    """A token of another job, of another order, or of yesterday is refused."""
    kind = KINDS["label_detection"]
    async with working(answers=[kind.declared()], durations=0) as (_, client, clock):
        job_id, other = await kind.begin(client), await kind.begin(client)
        first = await client.get_label_detection(job_id=job_id, max_results=1)
        token = first.next_token
        for given in (
            {"job_id": other},
            {"job_id": job_id, "sort_by": "NAME"},
            {"job_id": job_id, "aggregate_by": "SEGMENTS"},
        ):
            with pytest.raises(InvalidPaginationTokenException):
                await kind.get(client, next_token=token, **given)
        clock.advance(86_400)
        second = await client.get_label_detection(job_id=job_id, next_token=token)
        assert [item.timestamp for item in second.labels] == [2000, 3000]
        clock.advance(1)
        with pytest.raises(InvalidPaginationTokenException):
            await client.get_label_detection(job_id=job_id, next_token=token)


async def test_a_page_has_at_most_1000_results() -> None:
    """Whatever MaxResults says, and whatever the emulator's own pages are."""
    items = [{"Timestamp": time, "Label": {"Name": "Dog"}} for time in range(2500)]
    # Pages have tokens of the emulator's own, whatever is declared.
    rule = AnswerRule("GetLabelDetection", {"Labels": items, "NextToken": "declared"})
    async with working(answers=[rule], durations=0, page_size=4096) as (_, client, _):
        job_id = await KINDS["label_detection"].begin(client)
        for size in (None, 1000, 4000):
            listing = client.iter_label_detection(job_id=job_id, page_size=size)
            pages = [page async for page in listing.pages()]
            assert [len(page.labels) for page in pages] == [1000, 1000, 500]
            times = [item.timestamp for page in pages for item in page.labels]
            assert times == list(range(2500))


async def test_each_page_of_segments_says_what_stands_beside_them() -> None:
    """VideoMetadata, AudioMetadata and the selected types are on every page."""
    async with working(durations=0) as (_, client, _):
        job_id = await KINDS["segment_detection"].begin(client)
        listing = client.iter_segment_detection(job_id=job_id, page_size=2)
        pages = [page async for page in listing.pages()]
        assert len(pages) > 1
        assert len({page.model_dump_json(include={"video_metadata"}) for page in pages}) == 1
        assert all(page.video_metadata and page.audio_metadata for page in pages)
        assert all(
            [info.type for info in page.selected_segment_types] == ["SHOT", "TECHNICAL_CUE"]
            for page in pages
        )
        cues, shots = [
            [item for page in pages for item in page.segments if item.type == name]
            for name in ("TECHNICAL_CUE", "SHOT")
        ]
        assert [*cues, *shots] == [item for page in pages for item in page.segments]


async def test_jobs_outlive_the_emulator(tmp_path: Path) -> None:
    """A state file keeps jobs, their results, and what was declared when they began."""
    kind, path = KINDS["text_detection"], tmp_path / "state.db"
    async with working(state=path, answers=[kind.declared()]) as (_, client, _):
        job_id = await kind.begin(client)
    async with working(state=path, polls_until_done=0) as (_, client, clock):
        clock.advance(60)
        assert len(await kind.iterate(client, job_id).collect()) == 3


async def test_a_notification_channel_is_accepted() -> None:
    """Jobs are started with a channel; nothing is published on it."""
    channel = NotificationChannel(
        sns_topic_arn="arn:aws:sns:us-east-1:123456789012:AmazonRekognitionJobs",
        role_arn="arn:aws:iam::123456789012:role/Rekognition",
    )
    async with working(durations=0) as (_, client, _):
        job_id = await KINDS["face_detection"].begin(client, notification_channel=channel)
        assert (await client.get_face_detection(job_id=job_id)).job_status == "SUCCEEDED"
