"""Waiting for what takes the service time, by clocks that the tests hand in."""

import asyncio
import inspect
import math
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore import xform_name
from botocore.loaders import create_loader
from model_strategies import service_model
from support import FakeClock, RefusalError, patient, scripted

from rekognition_async import (
    ClientClosedError,
    Paginator,
    RekognitionClient,
    RekognitionError,
    RequestValidationError,
    RetryPolicy,
)
from rekognition_async.emulator import ManualClock, RekognitionEmulator
from rekognition_async.errors import (
    AccessDeniedException,
    JobFailedError,
    JobInProgressError,
    ResourceNotFoundException,
    ThrottlingException,
    WaitTimeoutError,
)

DATASET = "arn:aws:rekognition:us-east-1:123456789012:project/p/dataset/train/1700000000000"
PROJECT = "arn:aws:rekognition:us-east-1:123456789012:project/p/1700000000000"
DocumentOf = Callable[[str, str | None], dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """A wait: how it is called, what it asks, and which statuses go on, end and fail it."""

    operation: str
    arguments: dict[str, str]
    document: DocumentOf
    going: Iterable[str]
    done: Iterable[str]
    failed: Iterable[str]
    asks: dict[str, Any] = field(default_factory=dict)


def plain(status: str, message: str | None) -> dict[str, Any]:
    """An answer with status and reason side by side."""
    return {"Status": status, "StatusMessage": message}


def version(status: str, message: str | None) -> dict[str, Any]:
    """An answer of DescribeProjectVersions; without a version where the status is NOT_FOUND."""
    found = [] if status == "NOT_FOUND" else [plain(status, message)]
    return {"ProjectVersionDescriptions": found}


def versions(going: str, done: str, failed: str) -> Case:
    """A wait for a model version."""
    return Case(
        "DescribeProjectVersions",
        {"project_arn": PROJECT, "version_name": "v1"},
        version,
        going.split(),
        done.split(),
        failed.split(),
        {"ProjectArn": PROJECT, "VersionNames": ["v1"]},
    )


def dataset(going: str, done: str, failed: str) -> Case:
    """A wait for a dataset."""
    return Case(
        "DescribeDataset",
        {"dataset_arn": DATASET},
        lambda status, message: {"DatasetDescription": plain(status, message)},
        going.split(),
        done.split(),
        failed.split(),
        {"DatasetArn": DATASET},
    )


def processor(going: str, done: str) -> Case:
    """A wait for a stream processor."""
    asks = {"Name": "cam"}
    return Case(
        "DescribeStreamProcessor",
        {"name": "cam"},
        plain,
        going.split(),
        [done],
        ["FAILED"],
        asks,
    )


def media(status: str, message: str | None) -> dict[str, Any]:
    """An answer of GetMediaAnalysisJob."""
    details = {"Code": "INVALID_MANIFEST", "Message": message}
    return {"Status": status, "FailureDetails": details if status == "FAILED" else None}


SESSION = "11111111-2222-4333-8444-555555555555"
VIDEO_JOBS = [
    "GetCelebrityRecognition",
    "GetContentModeration",
    "GetFaceDetection",
    "GetFaceSearch",
    "GetLabelDetection",
    "GetPersonTracking",
    "GetSegmentDetection",
    "GetTextDetection",
]


def wait_of(operation: str) -> str:
    """The wait for the job of a Get operation."""
    return xform_name(operation).replace("get_", "wait_for_", 1)


CASES = {
    **{
        wait_of(operation): Case(
            operation,
            {"job_id": "j1"},
            lambda status, message: {"JobStatus": status, "StatusMessage": message},
            ["IN_PROGRESS", "SOMETHING_NEW"],
            ["SUCCEEDED"],
            ["FAILED"],
            {"JobId": "j1", "MaxResults": 1},
        )
        for operation in VIDEO_JOBS
    },
    "wait_for_media_analysis_job": Case(
        "GetMediaAnalysisJob",
        {"job_id": "j1"},
        media,
        ["CREATED", "QUEUED", "IN_PROGRESS"],
        ["SUCCEEDED"],
        ["FAILED"],
        {"JobId": "j1"},
    ),
    "wait_for_face_liveness_session": Case(
        "GetFaceLivenessSessionResults",
        {"session_id": SESSION},
        plain,
        ["CREATED", "IN_PROGRESS"],
        ["SUCCEEDED"],
        ["FAILED", "EXPIRED"],
        {"SessionId": SESSION},
    ),
    "wait_for_dataset_created": dataset(
        "CREATE_IN_PROGRESS",
        "CREATE_COMPLETE UPDATE_IN_PROGRESS UPDATE_COMPLETE UPDATE_FAILED",
        "CREATE_FAILED DELETE_IN_PROGRESS",
    ),
    "wait_for_dataset_updated": dataset(
        "CREATE_IN_PROGRESS CREATE_COMPLETE UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE",
        "CREATE_FAILED UPDATE_FAILED DELETE_IN_PROGRESS",
    ),
    "wait_for_project_version_training_completed": versions(
        "NOT_FOUND TRAINING_IN_PROGRESS",
        "TRAINING_COMPLETED STARTING RUNNING STOPPING STOPPED DEPRECATED",
        "TRAINING_FAILED FAILED EXPIRED DELETING",
    ),
    "wait_for_project_version_running": versions(
        "NOT_FOUND TRAINING_COMPLETED STARTING STOPPED STOPPING",
        "RUNNING",
        "TRAINING_FAILED FAILED EXPIRED DELETING",
    ),
    "wait_for_project_version_stopped": versions(
        "NOT_FOUND RUNNING STARTING STOPPING", "STOPPED", "TRAINING_FAILED FAILED DELETING"
    ),
    "wait_for_project_version_copied": versions(
        "NOT_FOUND COPYING_IN_PROGRESS",
        "COPYING_COMPLETED STARTING RUNNING STOPPING STOPPED DEPRECATED",
        "COPYING_FAILED FAILED EXPIRED DELETING",
    ),
    "wait_for_stream_processor_running": processor("STOPPED STARTING UPDATING", "RUNNING"),
    "wait_for_stream_processor_stopped": processor("RUNNING STOPPING UPDATING", "STOPPED"),
}
each_wait = pytest.mark.parametrize("name", CASES)


def answers(case: Case, statuses: Iterable[str | RefusalError]) -> Callable[..., dict[str, Any]]:
    """The answers of a service whose work goes through these statuses; the last one stays."""
    left = list(statuses)

    def answer(_: str, __: dict[str, Any]) -> dict[str, Any]:
        status = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(status, RefusalError):
            raise status
        return case.document(status, "because of this")

    return answer


def wait(client: RekognitionClient, name: str, **options: Any) -> Any:
    """Begins a wait."""
    return getattr(client, name)(**CASES[name].arguments, **options)


def test_there_is_a_wait_for_all_that_takes_time() -> None:
    """What is tested here is every wait that there is; the one for collections stands alone."""
    waits = {name for name in dir(RekognitionClient) if name.startswith("wait_for_")}
    assert waits == {*CASES, "wait_for_collection_exists"}
    paging = {wait_of(name) for name in VIDEO_JOBS}
    assert len(paging & waits) == 8


def waiters() -> dict[str, dict[str, Any]]:
    """The waiters that botocore has."""
    found: dict[str, dict[str, Any]] = create_loader().load_service_model(
        "rekognition", "waiters-2"
    )["waiters"]
    return found


@pytest.mark.parametrize("waiter", waiters())
def test_intervals_and_timeouts_are_botocores_where_it_has_a_waiter(waiter: str) -> None:
    """The wait of the same name asks as often and as long, and reads the statuses as it does."""
    name = f"wait_for_{xform_name(waiter)}"
    theirs = waiters()[waiter]
    defaults = inspect.signature(getattr(RekognitionClient, name)).parameters
    assert defaults["poll_interval"].default == theirs["delay"]
    assert defaults["timeout"].default == theirs["delay"] * theirs["maxAttempts"]
    case = CASES[name]
    assert case.operation == theirs["operation"]
    for acceptor in theirs["acceptors"]:
        ours = case.done if acceptor["state"] == "success" else case.failed
        assert acceptor["expected"] in ours


@each_wait
def test_every_known_status_is_read_on_purpose(name: str) -> None:
    """A status belongs to one group, and each is one of the service model."""
    case = CASES[name]
    known: set[str] = set()
    for shape in service_model().shape_names:
        known.update(getattr(service_model().shape_for(shape), "enum", None) or ())
    known |= {"NOT_FOUND", "SOMETHING_NEW"}
    listed = [*case.going, *case.done, *case.failed]
    assert len(listed) == len(set(listed))
    assert set(listed) <= known


@each_wait
async def test_a_wait_ends_when_the_work_is_done(name: str) -> None:
    """It asks once an interval until then, for each status that ends it, and gives the answer."""
    case = CASES[name]
    for done in case.done:
        clock, going = FakeClock(), [*case.going]
        answer = answers(case, [*going, done])
        async with scripted(answer, retry=RetryPolicy(clock=clock, random=lambda: 0.5)) as (
            asked,
            client,
        ):
            result = await wait(client, name, poll_interval=7)
            if not isinstance(result, Paginator):
                assert result.status == done
        assert asked == [(case.operation, case.asks)] * (len(going) + 1)
        assert clock.slept == [pytest.approx(7)] * len(going)


@each_wait
async def test_failed_work_is_an_error_with_the_reason(name: str) -> None:
    """The error has the status, and the service's message where it tells one."""
    case = CASES[name]
    for failed in case.failed:
        async with scripted(answers(case, [*list(case.going)[:1], failed])) as (asked, client):
            with pytest.raises(JobFailedError, match=failed) as raised:
                await wait(client, name)
        assert (raised.value.operation, raised.value.status) == (case.operation, failed)
        if case.operation != "GetFaceLivenessSessionResults":
            assert "because of this" in str(raised.value)
        assert len(asked) == 2


async def test_the_code_of_a_failed_media_analysis_is_told() -> None:
    """Code and message of FailureDetails are the reason."""
    name = "wait_for_media_analysis_job"
    async with scripted(answers(CASES[name], ["FAILED"])) as (_, client):
        with pytest.raises(JobFailedError, match="INVALID_MANIFEST: because of this"):
            await wait(client, name)


@each_wait
async def test_a_wait_that_takes_too_long_is_given_up(name: str) -> None:
    """The last poll comes at the very end, and the error has the last status and the limit."""
    case, clock = CASES[name], FakeClock()
    (*_, going) = case.going
    begin = clock.now
    async with scripted(answers(case, [going]), retry=patient(clock)) as (asked, client):
        with pytest.raises(WaitTimeoutError) as raised:
            await wait(client, name, poll_interval=10, timeout=25, jitter=0)
    assert clock.now - begin == 25
    assert len(asked) == 4
    assert (raised.value.status, raised.value.timeout) == (going, 25)
    assert isinstance(raised.value, TimeoutError)
    assert isinstance(raised.value, JobInProgressError)
    assert "25 s" in str(raised.value)


async def test_no_timeout_waits_on_and_none_at_all_asks_once() -> None:
    """``timeout=None`` has no end, and 0 is one poll."""
    name, clock = "wait_for_dataset_created", FakeClock()
    statuses = ["CREATE_IN_PROGRESS"] * 400 + ["CREATE_COMPLETE"]
    async with scripted(answers(CASES[name], statuses), retry=patient(clock)) as (asked, client):
        assert (await wait(client, name, poll_interval=1e6, timeout=None)).status
        assert len(asked) == 401
    async with scripted(answers(CASES[name], statuses), retry=patient(clock)) as (asked, client):
        with pytest.raises(WaitTimeoutError):
            await wait(client, name, timeout=0)
        assert len(asked) == 1


async def test_a_poll_that_hangs_does_not_outlast_the_timeout() -> None:
    """A server that does not answer is given up with the last status."""
    clock, hanging = FakeClock(), asyncio.Event()
    released = asyncio.Event()

    async def answer(*_: object) -> dict[str, Any]:
        if len(asked) > 1:
            hanging.set()
            await released.wait()
        return {"Status": "STARTING"}

    async with scripted(answer, retry=patient(clock)) as (asked, client):
        waiting = asyncio.create_task(client.wait_for_stream_processor_running(name="cam"))
        await hanging.wait()
        clock.pass_deadlines()
        with pytest.raises(WaitTimeoutError, match="STARTING"):
            await waiting
        released.set()


@each_wait
async def test_what_is_not_there_is_an_error_at_once(name: str) -> None:
    """Nobody waits twelve hours for a mistyped id."""
    async with scripted(answers(CASES[name], [RefusalError("ResourceNotFoundException")])) as (
        asked,
        client,
    ):
        with pytest.raises(ResourceNotFoundException):
            await wait(client, name)
    assert len(asked) == 1


async def test_a_new_collection_is_waited_for_until_it_is_there() -> None:
    """Not found means not yet, and other errors mean what they say."""
    described = {"CollectionARN": "arn", "FaceCount": 3}
    missing = RefusalError("ResourceNotFoundException")
    left: list[Any] = [missing, missing, described]
    clock = FakeClock()

    def answer(*_: object) -> object:
        given = left.pop(0)
        if isinstance(given, RefusalError):
            raise given
        return given

    async with scripted(answer, retry=RetryPolicy(clock=clock, random=lambda: 0.5)) as (
        asked,
        client,
    ):
        found = await client.wait_for_collection_exists(collection_id="new")
        assert found.face_count == 3
        assert asked == [("DescribeCollection", {"CollectionId": "new"})] * 3
        assert clock.slept == [0.5, 0.5]
        left += [missing] * 100
        with pytest.raises(WaitTimeoutError, match="NOT_FOUND"):
            await client.wait_for_collection_exists(collection_id="new", timeout=5)
        left[:] = [RefusalError("AccessDeniedException")]
        with pytest.raises(AccessDeniedException):
            await client.wait_for_collection_exists(collection_id="new")


THROTTLED = RefusalError("ThrottlingException")


async def test_failures_that_pass_do_not_end_a_wait(caplog: pytest.LogCaptureFixture) -> None:
    """Two polls in a row may fail, again and again, and each is told in the log."""
    name = "wait_for_media_analysis_job"
    trouble = [THROTTLED, RefusalError("InternalServerError", status=500)]
    statuses: list[str | RefusalError] = [
        *trouble,
        "QUEUED",
        *trouble,
        "IN_PROGRESS",
        *trouble,
        "SUCCEEDED",
    ]
    retry = patient(FakeClock(), max_attempts=1)
    answer = answers(CASES[name], statuses)
    async with scripted(answer, retry=retry, quotas=None) as (asked, client):
        assert (await wait(client, name)).status == "SUCCEEDED"
    assert len(asked) == len(statuses)
    warnings = [record for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 6


@pytest.mark.parametrize(
    ("error", "polls", "raised"),
    [
        (THROTTLED, 3, ThrottlingException),
        (RefusalError("AccessDeniedException"), 1, AccessDeniedException),
    ],
)
async def test_failures_that_stay_end_a_wait(
    error: RefusalError, polls: int, raised: type[RekognitionError]
) -> None:
    """Three failed polls in a row are enough, and one that says that no other will do better."""
    name = "wait_for_media_analysis_job"
    retry = patient(FakeClock(), max_attempts=1)
    answer = answers(CASES[name], ["QUEUED", error])
    async with scripted(answer, retry=retry, quotas=None) as (asked, client):
        with pytest.raises(raised):
            await wait(client, name)
    assert len(asked) == 1 + polls


async def test_a_timeout_tells_of_the_trouble_at_its_end() -> None:
    """Where the last poll failed, that is the cause."""
    name = "wait_for_media_analysis_job"
    retry = patient(FakeClock(), max_attempts=1)
    answer = answers(CASES[name], ["QUEUED", THROTTLED])
    async with scripted(answer, retry=retry, quotas=None) as (_, client):
        with pytest.raises(WaitTimeoutError, match="QUEUED") as raised:
            await wait(client, name, poll_interval=10, timeout=10)
    assert isinstance(raised.value.__cause__, ThrottlingException)


@pytest.mark.parametrize(("chance", "slept"), [(0.0, 8.0), (0.25, 9.0), (0.5, 10.0), (1.0, 12.0)])
async def test_jitter_varies_the_interval_both_ways(chance: float, slept: float) -> None:
    """By its part of the interval at most, as chance has it."""
    name, clock = "wait_for_dataset_created", FakeClock()
    retry = RetryPolicy(clock=clock, random=lambda: chance)
    answer = answers(CASES[name], ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"])
    async with scripted(answer, retry=retry) as (_, client):
        await wait(client, name, poll_interval=10, jitter=0.2)
    assert clock.slept == [pytest.approx(slept)]


async def test_the_longest_jitter_keeps_within_the_quota() -> None:
    """Where chance makes the interval nothing, the quota of five polls a second still holds."""
    name, clock = "wait_for_dataset_created", FakeClock()
    retry = RetryPolicy(clock=clock, random=lambda: 0.0)
    answer = answers(CASES[name], ["CREATE_IN_PROGRESS"] * 5 + ["CREATE_COMPLETE"])
    async with scripted(answer, retry=retry, quotas="aws") as (_, client):
        await wait(client, name, jitter=1)
    assert sum(clock.slept) == pytest.approx(1.0)


WRONG: list[tuple[str, Any]] = [
    *(("poll_interval", value) for value in (0, -1, math.nan, math.inf, True, "1", None)),
    *(("timeout", value) for value in (-1, math.nan, True, "1")),
    *(("jitter", value) for value in (-0.1, 1.1, math.nan, False, "0", None)),
]


@pytest.mark.parametrize("name", [*CASES, "wait_for_collection_exists"])
async def test_wrong_numbers_are_refused_before_sending(name: str) -> None:
    """The error names the argument and its value."""
    arguments = CASES[name].arguments if name in CASES else {"collection_id": "a"}
    async with scripted(lambda *_: {}) as (asked, client):
        for argument, value in WRONG:
            with pytest.raises(RequestValidationError) as refused:
                await getattr(client, name)(**arguments, **{argument: value})
            assert list(refused.value.problems) == [argument]
            assert repr(value) in refused.value.problems[argument]
        for argument in arguments:
            with pytest.raises(RequestValidationError) as refused:
                await getattr(client, name)(**{**arguments, argument: ""})
            assert [field.split(".")[0] for field in refused.value.problems] == [argument]
    assert not asked


class SharedClock:
    """A client's clock over time that a test moves, for many waits at once."""

    def __init__(self) -> None:
        self.manual = ManualClock(start=0.0)

    def monotonic(self) -> float:
        return self.manual.time()

    async def sleep(self, seconds: float) -> None:
        await self.manual.sleep(seconds)

    def timeout(self, seconds: float | None) -> AbstractAsyncContextManager[object]:
        return asyncio.timeout(None)


async def test_all_waits_of_a_client_share_the_quota() -> None:
    """However many wait, through views too, an operation is polled five times a second."""
    clock, at = SharedClock(), list[float]()

    def answer(*_: object) -> dict[str, Any]:
        at.append(clock.manual.time())
        return {"Status": "RUNNING"}

    async with scripted(answer, retry=RetryPolicy(clock=clock), quotas="aws") as (_, client):
        view = client.with_options(deadline=1_000)
        tasks = [
            asyncio.create_task(each.wait_for_stream_processor_running(name=f"cam-{number}"))
            for number in range(6)
            for each in (client, view)
        ]
        for count in range(1, len(tasks) + 1):
            while len(at) < count:
                await asyncio.sleep(0)
            assert len(at) == count
            clock.manual.advance(0.2)
        await asyncio.gather(*tasks)
    assert at == pytest.approx([number * 0.2 for number in range(len(tasks))])


async def test_waits_for_different_things_do_not_wait_for_each_other() -> None:
    """The quota is each operation's own."""
    clock = FakeClock()

    def answer(operation: str, _: dict[str, Any]) -> dict[str, Any]:
        return CASES["wait_for_dataset_created"].document("CREATE_COMPLETE", None) | {
            "JobStatus": "SUCCEEDED",
            "Status": "RUNNING",
        }

    async with scripted(answer, retry=patient(clock)) as (asked, client):
        await wait(client, "wait_for_dataset_created")
        await wait(client, "wait_for_stream_processor_running")
        await wait(client, "wait_for_face_detection")
    assert len(asked) == 3
    assert clock.slept == []


@pytest.mark.parametrize("moment", ["between polls", "in a poll"])
async def test_a_cancelled_wait_leaves_nothing_behind(moment: str) -> None:
    """Cancelling ends it at once, and the client goes on."""
    clock, reached, never = SharedClock(), asyncio.Event(), asyncio.Event()

    async def answer(*_: object) -> dict[str, Any]:
        reached.set()
        if moment == "in a poll" and len(asked) == 1:
            await never.wait()
        return {"Status": "RUNNING" if len(asked) > 1 else "STARTING"}

    async with scripted(answer, retry=RetryPolicy(clock=clock)) as (asked, client):
        waiting = asyncio.create_task(client.wait_for_stream_processor_running(name="cam"))
        await reached.wait()
        if moment == "between polls":
            while not clock.manual._sleepers:
                await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert (await client.describe_stream_processor(name="cam")).status == "RUNNING"
        never.set()


async def test_a_wait_ends_with_its_client() -> None:
    """The next poll of a closed client is its usual error."""
    clock = SharedClock()
    async with scripted(lambda *_: {"Status": "STARTING"}, retry=RetryPolicy(clock=clock)) as (
        _,
        client,
    ):
        waiting = asyncio.create_task(client.wait_for_stream_processor_running(name="cam"))
        while not clock.manual._sleepers:
            await asyncio.sleep(0)
        await client.aclose()
        clock.manual.advance(10)
        with pytest.raises(ClientClosedError):
            await waiting
        with pytest.raises(ClientClosedError):
            await client.wait_for_stream_processor_running(name="cam")


@pytest.mark.parametrize("operation", VIDEO_JOBS)
async def test_a_finished_job_gives_its_results(operation: str) -> None:
    """A wait polls for the status alone, and then lists with what the caller asked for."""
    sorting = operation not in {"GetFaceDetection", "GetSegmentDetection", "GetTextDetection"}
    options: dict[str, Any] = {"sort_by": "TIMESTAMP"} if sorting else {}
    case = CASES[wait_of(operation)]
    answer = answers(case, ["IN_PROGRESS", "SUCCEEDED"])
    async with scripted(answer) as (asked, client):
        listing = await wait(client, wait_of(operation), page_size=50, max_items=9, **options)
        assert len(asked) == 2
        assert await listing.collect() == []
    sorted_by = {"SortBy": "TIMESTAMP"} if sorting else {}
    assert asked[2:] == [(operation, {"JobId": "j1", "MaxResults": 50, **sorted_by})]


async def test_a_timeout_comes_where_the_clocks_of_the_process_are_frozen(
    emulator: RekognitionEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where all time is frozen but the event loop's, a wait ends by what the loop has slept."""
    loop, real, frozen = asyncio.get_running_loop(), time.monotonic, time.monotonic()
    round_of_the_loop = asyncio.sleep
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await round_of_the_loop(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(loop, "time", lambda: real() + sum(slept), raising=False)
    monkeypatch.setattr(time, "monotonic", lambda: frozen)
    async with RekognitionClient(**emulator.client_options) as client:
        with pytest.raises(WaitTimeoutError):
            await client.wait_for_collection_exists(
                collection_id="missing", poll_interval=5, timeout=12
            )
    assert len(emulator.requests) <= 4
