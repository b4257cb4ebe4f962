"""Waits that a queue ends: one reader, others' messages, lost messages, and queues in trouble."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from botocore import xform_name
from sqs_queue import FakeQueue, fake_queue
from support import FakeClock, RefusalError, patient, scripted

from rekognition_async import (
    ClientClosedError,
    JobFailedError,
    RekognitionClient,
    RetryPolicy,
    ServiceError,
    SqsCompletions,
    WaitTimeoutError,
    completions,
)

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


class StillClock(FakeClock):
    """Time that never comes, so that nothing is polled a second time."""

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.Event().wait()


def done(job_id: str, status: str = "SUCCEEDED") -> dict[str, Any]:
    """What Rekognition publishes."""
    return {
        "JobId": job_id,
        "Status": status,
        "API": "StartLabelDetection",
        "Timestamp": 1_800_000_000_000,
        "Video": {"S3ObjectName": "market.mp4", "S3Bucket": "films"},
    }


def in_envelope(message: object) -> dict[str, Any]:
    """What SNS makes of a message, unless it is told to deliver it raw."""
    return {"Type": "Notification", "TopicArn": "arn", "Message": json.dumps(message)}


def in_progress(_: str, __: dict[str, Any]) -> dict[str, Any]:
    """The answer of a service whose jobs never end."""
    return {"JobStatus": "IN_PROGRESS"}


@pytest.fixture
async def queue() -> AsyncIterator[FakeQueue]:
    """A queue without messages."""
    async with fake_queue() as running:
        yield running


def reading(queue: FakeQueue, **settings: Any) -> SqsCompletions:
    """What tells waits of the messages of a queue."""
    url = queue.url.removesuffix("/123456789012/video-jobs")
    options: dict[str, Any] = {"region_name": "us-east-1", "endpoint_url": url, **settings}
    return SqsCompletions(queue.url, **options)


def still() -> RetryPolicy:
    """A policy on whose clock no wait polls twice."""
    return patient(StillClock())


async def labels(client: RekognitionClient, job_id: str, told: Any, **options: Any) -> Any:
    """Waits for a job."""
    return await client.wait_for_label_detection(job_id=job_id, completions=told, **options)


@pytest.mark.parametrize("operation", VIDEO_JOBS)
@pytest.mark.parametrize("packed", [lambda message: message, in_envelope])
async def test_a_message_ends_the_wait_for_each_kind_of_job(
    queue: FakeQueue, operation: str, packed: Callable[[object], dict[str, Any]]
) -> None:
    """It ends without another poll, raw or in SNS's envelope, and the message is gone by then."""
    wait = xform_name(operation).replace("get_", "wait_for_", 1)
    async with scripted(in_progress, retry=still()) as (asked, client):
        waiting = asyncio.create_task(
            getattr(client, wait)(job_id="j1", completions=reading(queue))
        )
        await queue.until(lambda: queue.readers)
        queue.send(packed(done("j1")))
        await waiting
        assert len(queue.deleted) == 1
        assert not queue.put_back
        assert asked in ([], [(operation, {"JobId": "j1", "MaxResults": 1})])


async def test_all_waits_on_a_queue_have_one_reader(queue: FakeQueue) -> None:
    """Thirty waits, each with an object of its own, never have two requests for messages open."""
    jobs = [f"j{number}" for number in range(30)]
    async with scripted(in_progress, retry=still(), quotas=None) as (_, client):
        async with asyncio.TaskGroup() as waits:
            for job_id in jobs:
                waits.create_task(labels(client, job_id, reading(queue)))
            for job_id in reversed(jobs):
                queue.send(done(job_id))
    assert queue.most_readers == 1
    assert len(queue.deleted) == 30


async def test_two_waits_for_one_job_both_end(queue: FakeQueue) -> None:
    """One message is enough for all who wait for its job."""
    told = reading(queue)
    async with scripted(in_progress, retry=still()) as (_, client):
        both = [asyncio.create_task(labels(client, "j1", told)) for _ in range(2)]
        await queue.until(lambda: queue.readers)
        queue.send(done("j1"))
        await asyncio.gather(*both)
    assert len(queue.deleted) == 1


async def test_a_job_that_was_done_before_its_wait_needs_no_message(queue: FakeQueue) -> None:
    """The first poll ends the wait, and its message is deleted when it comes to the next reader."""
    told = reading(queue)

    def answer(_: str, parameters: dict[str, Any]) -> dict[str, Any]:
        return {"JobStatus": "SUCCEEDED" if parameters["JobId"] == "j1" else "IN_PROGRESS"}

    async with scripted(answer, retry=still()) as (asked, client):
        await labels(client, "j1", told)
        assert len(asked) == 1
        queue.send(done("j1"))
        queue.send(done("j2"))
        await labels(client, "j2", told)
    assert [json.loads(body)["JobId"] for body in queue.deleted] == ["j1", "j2"]


@pytest.mark.parametrize("status", ["FAILED", "ERROR"])
async def test_a_failed_job_is_asked_for_the_reason(queue: FakeQueue, status: str) -> None:
    """The message has no reason, so one more answer is asked for, which tells it."""
    failed = {"JobStatus": "FAILED", "StatusMessage": "codec unknown"}
    answers = [{"JobStatus": "IN_PROGRESS"}, failed]
    async with scripted(lambda *_: answers.pop(0), retry=still()) as (asked, client):
        waiting = asyncio.create_task(labels(client, "j1", reading(queue)))
        while not asked:
            await asyncio.sleep(0)
        await queue.until(lambda: queue.readers)
        queue.send(done("j1", status))
        with pytest.raises(JobFailedError, match="codec unknown"):
            await waiting
    assert len(queue.deleted) == 1


async def test_a_failure_without_a_reason_is_a_failure(queue: FakeQueue) -> None:
    """Where the service does not tell of it yet, the status of the message counts."""
    async with scripted(in_progress, retry=still()) as (_, client):
        queue.send(done("j1", "ERROR"))
        with pytest.raises(JobFailedError, match="ERROR") as raised:
            await labels(client, "j1", reading(queue))
    assert raised.value.status == "ERROR"


NOT_OURS: list[str | dict[str, Any]] = [
    "not JSON",
    "[1, 2]",
    "[" * 100_000,
    "null",
    {"JobId": 3, "Status": "SUCCEEDED"},
    {"JobId": "j1"},
    {"JobId": "j1", "Status": None},
    {"JobId": "j1", "Status": "IN_PROGRESS"},
    {"Type": "SubscriptionConfirmation", "Message": "You have chosen to subscribe"},
    in_envelope(["j1"]),
    done("somebody-elses"),
]


async def test_others_messages_are_given_back(queue: FakeQueue) -> None:
    """What is no completion, or of a job nobody here waits for, is not deleted and ends no wait."""
    async with scripted(in_progress, retry=still()) as (_, client):
        for message in NOT_OURS:
            queue.send(message)
        queue.send(done("j1"))
        await labels(client, "j1", reading(queue))
    texts = [each if isinstance(each, str) else json.dumps(each) for each in NOT_OURS]
    assert queue.put_back == [(text, 0) for text in texts]
    assert queue.deleted == [json.dumps(done("j1"))]


async def test_a_message_nobody_wants_comes_less_and_less_often(queue: FakeQueue) -> None:
    """The first time others can have it at once, then after seconds that double, up to 900."""
    counts = [1, 2, 3, 4, 11, 12, 13, 5_000]
    async with scripted(in_progress, retry=still()) as (_, client):
        for count in counts:
            queue.send(done("somebody-elses"), receive_count=count)
        queue.send(done("j1"))
        await labels(client, "j1", reading(queue))
    assert [seconds for _, seconds in queue.put_back] == [0, 1, 2, 4, 512, 900, 900, 900]


async def test_a_message_that_comes_before_its_wait_is_remembered(queue: FakeQueue) -> None:
    """While the object is entered; the message itself is deleted when it comes again."""
    async with scripted(in_progress, retry=still()) as (asked, client):
        async with reading(queue) as told:
            queue.send(done("j1"))
            await queue.until(lambda: queue.put_back)
            await labels(client, "j1", told)
            assert asked == []
            queue.send(done("j1"), receive_count=2)
            await queue.until(lambda: queue.deleted)
    assert len(queue.put_back) == 1


async def test_no_more_than_the_last_jobs_are_remembered(
    queue: FakeQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest is forgotten, so that memory has a bound, and its wait asks the service."""
    monkeypatch.setattr(completions, "_MAX_REMEMBERED", 2)
    async with scripted(lambda *_: {"JobStatus": "SUCCEEDED"}, retry=still()) as (asked, client):
        async with reading(queue) as told:
            for job_id in ("j1", "j2", "j3"):
                queue.send(done(job_id))
            await queue.until(lambda: len(queue.put_back) == 3)
            for job_id in ("j1", "j2", "j3"):
                await labels(client, job_id, told)
    assert [parameters["JobId"] for _, parameters in asked] == ["j1"]


async def test_a_lost_message_is_found_by_rare_polls(queue: FakeQueue) -> None:
    """A wait asks once a minute, or once an interval of its own where that is longer."""
    for interval, seldom in ((10, 60), (600, 600)):
        clock = FakeClock()
        answers = [{"JobStatus": "IN_PROGRESS"}] * 3 + [{"JobStatus": "SUCCEEDED"}]
        async with scripted(lambda *_, left=answers: left.pop(0), retry=patient(clock)) as (
            asked,
            client,
        ):
            told = reading(queue)
            await labels(client, "j1", told, poll_interval=interval, jitter=0)
        assert clock.slept == [seldom] * 3
        assert len(asked) == 4


async def test_a_wait_that_takes_too_long_is_given_up(queue: FakeQueue) -> None:
    """The timeout holds whether a queue is read or not."""
    async with scripted(in_progress, retry=patient(FakeClock())) as (_, client):
        with pytest.raises(WaitTimeoutError, match="IN_PROGRESS"):
            await labels(client, "j1", reading(queue), timeout=300)


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "QueueDoesNotExist"), (403, "AccessDeniedException"), (403, "InvalidClientTokenId")],
)
async def test_a_wrong_queue_ends_all_waits(queue: FakeQueue, status: int, code: str) -> None:
    """Its error names the queue, and a wait that comes later tries again."""
    queue.refusals["ReceiveMessage"] = [(status, code)]
    told = reading(queue)
    async with scripted(in_progress, retry=still()) as (_, client):
        waits = [asyncio.create_task(labels(client, f"j{n}", told)) for n in range(2)]
        for ended in await asyncio.gather(*waits, return_exceptions=True):
            assert isinstance(ended, ServiceError)
            assert (ended.code, ended.operation) == (code, "ReceiveMessage")
            assert any(queue.url in note for note in ended.__notes__)
        queue.send(done("j3"))
        await labels(client, "j3", told)


async def test_what_may_not_be_deleted_is_an_error(queue: FakeQueue) -> None:
    """Waits that go on are told that the queue cannot be worked with."""
    queue.refusals["DeleteMessageBatch"] = [(403, "AccessDeniedException")]
    told = reading(queue)
    async with scripted(in_progress, retry=still()) as (_, client):
        first, second = (asyncio.create_task(labels(client, f"j{n}", told)) for n in range(2))
        await queue.until(lambda: queue.readers)
        queue.send(done("j0"))
        await first
        with pytest.raises(ServiceError, match="DeleteMessageBatch"):
            await second


async def test_a_queue_in_trouble_is_read_again(
    queue: FakeQueue, caplog: pytest.LogCaptureFixture
) -> None:
    """Waits go on, the log tells once of each outage, and pauses double on the clock handed in."""
    queue.refusals["ReceiveMessage"] = [(503, "ServiceUnavailable"), (400, "ThrottlingException")]
    clock = FakeClock()
    async with scripted(in_progress, retry=still()) as (_, client):
        queue.send(done("j1"))
        await labels(client, "j1", reading(queue, clock=clock))
    assert clock.slept == [1, 2]
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert [queue.url in record.getMessage() for record in warnings] == [True]


async def test_a_queue_out_of_reach_leaves_the_polls() -> None:
    """Nothing listens there: the wait ends by its own polls."""
    answers = [{"JobStatus": "IN_PROGRESS"}] * 3 + [{"JobStatus": "SUCCEEDED"}]
    told = SqsCompletions(
        "http://127.0.0.1:9/1/q",
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:9",
        clock=StillClock(),
    )
    retry = patient(FakeClock())
    async with scripted(lambda *_: answers.pop(0), retry=retry) as (asked, client):
        await labels(client, "j1", told)
    assert len(asked) == 4


async def test_a_poll_that_is_refused_ends_the_wait(queue: FakeQueue) -> None:
    """A job that is not there is told at once, whatever the queue says later."""

    def answer(*_: object) -> object:
        raise RefusalError("ResourceNotFoundException")

    async with scripted(answer, retry=still()) as (_, client):
        with pytest.raises(ServiceError, match="ResourceNotFoundException"):
            await labels(client, "j1", reading(queue))


async def test_a_cancelled_wait_leaves_the_others_their_reader(queue: FakeQueue) -> None:
    """The reader ends with the last wait; what nobody waits for any more is given back."""
    told = reading(queue)
    async with scripted(in_progress, retry=still()) as (_, client):
        gone, stays = (asyncio.create_task(labels(client, f"j{n}", told)) for n in range(2))
        await queue.until(lambda: queue.readers)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        queue.send(done("j0"))
        queue.send(done("j1"))
        await stays
        assert queue.put_back == [(json.dumps(done("j0")), 0)]
        stays = asyncio.create_task(labels(client, "j2", told))
        await queue.until(lambda: queue.readers)
        stays.cancel()
        await queue.until(lambda: not queue.readers)


async def test_closing_it_ends_its_waits(queue: FakeQueue) -> None:
    """They end with an error that says so; those with an object of their own go on."""
    async with scripted(in_progress, retry=still()) as (_, client):
        async with reading(queue) as told:
            closed = asyncio.create_task(labels(client, "j1", told))
            stays = asyncio.create_task(labels(client, "j2", reading(queue)))
            await queue.until(lambda: queue.readers)
        with pytest.raises(ClientClosedError, match=r"reader of .*video-jobs was closed"):
            await closed
        assert not stays.done()
        queue.send(done("j2"))
        await stays
        await told.aclose()


async def test_a_client_that_closes_ends_its_waits(queue: FakeQueue) -> None:
    """The error is the client's, and the queue is no longer read."""
    async with scripted(in_progress, retry=still()) as (_, client):
        waiting = asyncio.create_task(labels(client, "j1", reading(queue)))
        await queue.until(lambda: queue.readers)
        await client.aclose()
        with pytest.raises(ClientClosedError, match="closed during"):
            await waiting
        await queue.until(lambda: not queue.readers)


async def test_one_object_serves_one_event_loop_after_the_other(queue: FakeQueue) -> None:
    """What another loop used before is as good as new, also while this loop uses it."""
    told = reading(queue)

    async with scripted(in_progress, retry=still()) as (_, client), told:
        await queue.until(lambda: queue.readers)
        url = client._connection.transport()._client.meta.endpoint_url

        async def elsewhere() -> None:
            other = RekognitionClient("us-east-1", endpoint_url=url, retry=still())
            async with other:
                await labels(other, "there", told)

        for _ in range(2):
            running = asyncio.create_task(asyncio.to_thread(asyncio.run, elsewhere()))
            while not running.done():
                queue.send(done("there"), receive_count=9)
                received = queue.received
                await queue.until(lambda received=received: queue.received > received)
            await running


async def test_the_region_is_that_of_the_queues_url(queue: FakeQueue) -> None:
    """Requests are signed for it, whatever region is configured, unless one is named."""
    url = queue.url.removesuffix("/123456789012/video-jobs")
    for host, named, region in (
        ("sqs.eu-west-1.amazonaws.com", None, "eu-west-1"),
        ("sqs-fips.us-gov-west-1.amazonaws.com", None, "us-gov-west-1"),
        ("sqs.eu-west-1.amazonaws.com", "eu-west-3", "eu-west-3"),
    ):
        queue.regions.clear()
        told = SqsCompletions(f"https://{host}/1/q", region_name=named, endpoint_url=url)
        async with told:
            await queue.until(lambda: queue.regions)
        assert queue.regions == {region}


@pytest.mark.parametrize(
    ("settings", "error", "text"),
    [
        ({"queue_url": "video-jobs"}, ValueError, "queue_url must be .*'video-jobs'"),
        ({"queue_url": "https://sqs.eu-west-1.amazonaws.com/"}, ValueError, "queue_url"),
        ({"queue_url": None}, TypeError, "queue_url must be a str, got NoneType"),
        ({"poll_interval": 0}, ValueError, "poll_interval must be more than 0"),
        ({"aws_access_key_id": "AKID"}, ValueError, "aws_secret_access_key is missing"),
    ],
)
def test_wrong_settings_are_told_when_it_is_made(
    settings: dict[str, Any], error: type[Exception], text: str
) -> None:
    """The message names the setting and its value."""
    url = "https://sqs.eu-west-1.amazonaws.com/1/q"
    options: dict[str, Any] = {"queue_url": url, **settings}
    with pytest.raises(error, match=text):
        SqsCompletions(**options)


async def test_a_url_alone_is_no_completions() -> None:
    """The error names the parameter, and nothing is sent."""
    async with scripted(in_progress, retry=still()) as (asked, client):
        with pytest.raises(TypeError, match="completions must be SqsCompletions or None, got str"):
            await labels(client, "j1", "https://sqs.eu-west-1.amazonaws.com/1/q")
    assert asked == []


def test_its_text_has_no_secret() -> None:
    """The queue is named, and no key."""
    url = "https://sqs.eu-west-1.amazonaws.com/1/q"
    told = SqsCompletions(url, aws_access_key_id="AKID", aws_secret_access_key="hidden")
    assert repr(told) == f"SqsCompletions({url!r})"
