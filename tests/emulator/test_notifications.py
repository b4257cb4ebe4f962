"""What the emulator publishes when a video job is done, with moto's SNS and SQS."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto_server import moto_server
from support import loaded_by

from rekognition_async import RekognitionClient, SqsCompletions
from rekognition_async.emulator import AnswerRule, ManualClock, RekognitionEmulator
from rekognition_async.errors import JobFailedError
from rekognition_async.models import NotificationChannel, S3Object, Video

VIDEO = Video(s3_object=S3Object(bucket="films", name="market.mp4"))
ROLE = "arn:aws:iam::123456789012:role/publishes"


@dataclass
class Topic:
    """A topic of moto's, and a queue that is subscribed to it."""

    endpoint_url: str
    channel: NotificationChannel
    queue_url: str
    sqs: Any

    def completions(self) -> SqsCompletions:
        return SqsCompletions(
            self.queue_url, region_name="us-east-1", endpoint_url=self.endpoint_url
        )

    def left(self) -> list[str]:
        """How many messages the queue has, to be received or held by somebody."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = self.sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=names)
        return [told["Attributes"][name] for name in names]


@pytest.fixture(params=["raw", "in an envelope"])
def topic(request: pytest.FixtureRequest) -> Iterator[Topic]:
    """A topic whose messages are delivered raw, or in SNS's envelope."""
    with moto_server() as url:
        options: dict[str, str] = {"region_name": "us-east-1", "endpoint_url": url}
        sns: Any = boto3.client("sns", **options)
        sqs: Any = boto3.client("sqs", **options)
        arn = sns.create_topic(Name="AmazonRekognition-done")["TopicArn"]
        queue = sqs.create_queue(QueueName="done")["QueueUrl"]
        told = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        sns.subscribe(
            TopicArn=arn,
            Protocol="sqs",
            Endpoint=told["Attributes"]["QueueArn"],
            Attributes={"RawMessageDelivery": "true" if request.param == "raw" else "false"},
        )
        yield Topic(url, NotificationChannel(sns_topic_arn=arn, role_arn=ROLE), queue, sqs)
        for client in (sns, sqs):
            client.close()


async def test_a_wait_ends_by_the_message(topic: Topic) -> None:
    """From the start of the job to its results through topic and queue, with one poll."""
    clock = ManualClock()
    async with RekognitionEmulator(
        clock=clock, durations={"video": 60}, notifications=topic.endpoint_url
    ) as emulator:
        async with RekognitionClient(**emulator.client_options) as client:
            started = await client.start_label_detection(
                video=VIDEO, notification_channel=topic.channel, job_tag="night"
            )
            waiting = asyncio.create_task(
                client.wait_for_label_detection(
                    job_id=str(started.job_id), completions=topic.completions()
                )
            )
            while len(emulator.requests) < 2:
                await asyncio.sleep(0)
            assert not emulator.notifications
            clock.advance(60)
            listing = await waiting
            polls = len(emulator.requests)
            assert await listing.collect()
        assert polls == 2
        (told,) = emulator.notifications
        assert told.error is None
        assert told.topic_arn == topic.channel.sns_topic_arn
        assert dict(told.message) == {
            "JobId": started.job_id,
            "Status": "SUCCEEDED",
            "API": "StartLabelDetection",
            "JobTag": "night",
            "Timestamp": int(clock.time() * 1000),
            "Video": {"S3ObjectName": "market.mp4", "S3Bucket": "films"},
        }
    assert await asyncio.to_thread(topic.left) == ["0", "0"]


async def test_a_job_that_failed_is_told_with_its_reason(topic: Topic) -> None:
    """The message says FAILED, and the wait asks why."""
    rules = [AnswerRule("GetFaceDetection", {"JobStatus": "FAILED", "StatusMessage": "no video"})]
    clock = ManualClock()
    async with RekognitionEmulator(
        clock=clock, answers=rules, notifications=topic.endpoint_url
    ) as emulator:
        async with RekognitionClient(**emulator.client_options) as client:
            started = await client.start_face_detection(
                video=VIDEO, notification_channel=topic.channel
            )
            async with topic.completions() as completions:
                clock.advance(1)
                with pytest.raises(JobFailedError, match="no video"):
                    await client.wait_for_face_detection(
                        job_id=str(started.job_id), completions=completions
                    )


async def until_told(emulator: RekognitionEmulator) -> None:
    """Returns when something was published, or failed to be."""
    while not emulator.notifications:
        await asyncio.sleep(0.001)


async def test_what_cannot_be_published_is_told_and_kept(caplog: pytest.LogCaptureFixture) -> None:
    """One line of the log and one record, and the job itself is none the worse."""
    arn = "arn:aws:sns:us-east-1:123456789012:AmazonRekognition-gone"
    channel = NotificationChannel(sns_topic_arn=arn, role_arn=ROLE)
    async with RekognitionEmulator(
        durations={"video": 0}, notifications="http://127.0.0.1:9"
    ) as emulator:
        async with RekognitionClient(**emulator.client_options) as client:
            started = await client.start_text_detection(video=VIDEO, notification_channel=channel)
            await until_told(emulator)
            found = await client.get_text_detection(job_id=str(started.job_id))
            assert found.job_status == "SUCCEEDED"
        (told,) = emulator.notifications
        assert told.error is not None
        assert "127.0.0.1:9" in told.error
        emulator.reset()
        assert not emulator.notifications
    (line,) = [each.getMessage() for each in caplog.records if arn in each.getMessage()]
    assert "\n" not in line


async def test_polls_that_end_a_job_publish_it_once() -> None:
    """It is told when a poll sees the end, and not again when its time is over by the clock."""
    arn = "arn:aws:sns:us-east-1:123456789012:AmazonRekognition-gone"
    channel = NotificationChannel(sns_topic_arn=arn, role_arn=ROLE)
    clock = ManualClock()
    async with RekognitionEmulator(
        clock=clock,
        durations={"video": 60},
        polls_until_done=1,
        notifications="http://127.0.0.1:9",
    ) as emulator:
        async with RekognitionClient(**emulator.client_options) as client:
            first = await client.start_text_detection(video=VIDEO, notification_channel=channel)
            await client.start_text_detection(video=VIDEO)
            for _ in range(2):
                await client.get_text_detection(job_id=str(first.job_id))
            await until_told(emulator)
            clock.advance(3600)
            await client.get_text_detection(job_id=str(first.job_id))
        assert [each.message["JobId"] for each in emulator.notifications] == [first.job_id]


async def test_jobs_of_an_earlier_emulator_are_told_of(tmp_path: Path) -> None:
    """Those that a state file holds under way are published when they are done."""
    arn = "arn:aws:sns:us-east-1:123456789012:AmazonRekognition-gone"
    channel = NotificationChannel(sns_topic_arn=arn, role_arn=ROLE)
    clock = ManualClock()
    settings: dict[str, Any] = {
        "clock": clock,
        "state": tmp_path / "state.db",
        "notifications": "http://127.0.0.1:9",
    }
    async with RekognitionEmulator(**settings) as emulator:
        async with RekognitionClient(**emulator.client_options) as client:
            started = await client.start_text_detection(video=VIDEO, notification_channel=channel)
    async with RekognitionEmulator(**settings) as emulator:
        clock.advance(60)
        await until_told(emulator)
        assert json.loads(json.dumps(emulator.notifications[0].message))["JobId"] == started.job_id


def test_an_endpoint_is_a_url() -> None:
    """Anything else is refused when the emulator is made."""
    with pytest.raises(ValueError, match=r"notifications must be the URL .*'localhost:4566'"):
        RekognitionEmulator(notifications="localhost:4566")


def test_an_emulator_that_publishes_loads_aiobotocore_late() -> None:
    """Making one with an endpoint loads no aiobotocore; the first message does."""
    loaded = loaded_by(
        """
        from rekognition_async.emulator import RekognitionEmulator
        with RekognitionEmulator(notifications="http://127.0.0.1:9"):
            pass
        """
    )
    assert "aiobotocore" not in loaded
