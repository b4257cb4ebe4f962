"""The gate for open jobs: starts beyond the limit wait in order, and nothing holds it for ever."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from support import FakeClock, LinkedClock, RefusalError, patient, scripted

from rekognition_async import ClientClosedError, RateLimitError, RekognitionClient, RetryPolicy
from rekognition_async.emulator import ManualClock, RekognitionEmulator
from rekognition_async.errors import InvalidS3ObjectException, LimitExceededException
from rekognition_async.models import S3Object, Video


def film(number: int = 0) -> Video:
    """A stored video."""
    return Video(s3_object=S3Object(bucket="films", name=f"{number}.mp4"))


@asynccontextmanager
async def gated(
    limit: int | None, retry: RetryPolicy | None = None
) -> AsyncGenerator[tuple[RekognitionEmulator, RekognitionClient, ManualClock]]:
    """An emulator that refuses the 21st open job, and a client with a gate."""
    clock = ManualClock()
    async with RekognitionEmulator(clock=clock, durations={"video": 60}) as emulator:
        policy = retry or patient(LinkedClock(clock))
        async with RekognitionClient(
            **emulator.client_options, retry=policy, max_open_jobs=limit
        ) as client:
            yield emulator, client, clock


class StillClock(FakeClock):
    """Time that never comes."""

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.Event().wait()


async def start(client: RekognitionClient, number: int = 0) -> str:
    """Starts a job."""
    return str((await client.start_label_detection(video=film(number))).job_id)


async def rounds() -> None:
    """Lets tasks that need no network go as far as they can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_sixty_jobs_go_through_a_limit_of_twenty() -> None:
    """Each is started and waited for, and none is refused; without the gate some are."""

    async def whole(client: RekognitionClient, number: int) -> None:
        await client.wait_for_label_detection(job_id=await start(client, number))

    async with gated(20) as (emulator, client, _):
        await asyncio.gather(*(whole(client, number) for number in range(60)))
        codes = [request.error_code for request in emulator.requests]
        assert "LimitExceededException" not in codes
    async with gated(None, patient(StillClock())) as (_, client, _):
        with pytest.raises(LimitExceededException):
            await asyncio.gather(*(start(client, number) for number in range(21)))


async def test_jobs_nobody_waits_for_are_asked_for() -> None:
    """Started and forgotten, they make place all the same, once the gate has looked."""
    async with gated(2) as (emulator, client, _):
        async with asyncio.timeout(60):
            await asyncio.gather(*(start(client, number) for number in range(6)))
        gets = [each for each in emulator.requests if each.operation == "GetLabelDetection"]
        assert gets
        assert all(each.parameters == {**(each.parameters or {}), "MaxResults": 1} for each in gets)


async def test_an_answer_that_tells_the_end_makes_place() -> None:
    """A Get of a view, with whatever method, frees the place for the first who waits."""
    async with gated(1, patient(StillClock())) as (_, client, clock):
        job_id = await start(client)
        waiting = [asyncio.create_task(start(client, number)) for number in (1, 2)]
        await client.get_label_detection(job_id=job_id)
        await rounds()
        assert not any(each.done() for each in waiting)
        clock.advance(60)
        await client.with_options(deadline=60).get_label_detection(job_id=job_id)
        second = await waiting[0]
        await rounds()
        assert not waiting[1].done()
        clock.advance(60)
        await client.get_label_detection(job_id=second)
        await waiting[1]


async def test_a_start_that_fails_gives_its_place_back() -> None:
    """Refused, it holds nothing up, nor does one that was cancelled before its turn or after."""
    left: list[Any] = [
        RefusalError("InvalidS3ObjectException"),
        {"JobId": "j1"},
        {"JobStatus": "FAILED"},
        {"JobId": "j2"},
    ]

    def answer(*_: object) -> object:
        given = left.pop(0)
        if isinstance(given, RefusalError):
            raise given
        return given

    retry = patient(StillClock())
    async with scripted(answer, retry=retry, max_open_jobs=1) as (asked, client):
        with pytest.raises(InvalidS3ObjectException):
            await start(client)
        assert await start(client) == "j1"
        gone, last = asyncio.create_task(start(client)), asyncio.create_task(start(client))
        await rounds()
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        await client.get_label_detection(job_id="j1")
        assert await last == "j2"
        assert len(asked) == 4


async def test_a_place_given_to_who_is_cancelled_goes_to_the_next() -> None:
    """Between the place and the start no place is lost."""
    left = [{"JobId": "j1"}, {"JobStatus": "SUCCEEDED"}, {"JobId": "j2"}]
    retry = patient(StillClock())
    async with scripted(lambda *_: left.pop(0), retry=retry, max_open_jobs=1) as (_, client):
        await start(client)
        gone, last = asyncio.create_task(start(client)), asyncio.create_task(start(client))
        await rounds()
        assert client._open_jobs is not None
        await client.get_label_detection(job_id="j1")
        gone.cancel()
        assert await last == "j2"


async def test_a_job_that_is_gone_holds_no_place() -> None:
    """What cannot be asked for is left to the service to count."""

    def answer(operation: str, _: object) -> object:
        if operation.startswith("Get"):
            raise RefusalError("ResourceNotFoundException")
        return {"JobId": "j1"}

    async with scripted(answer, max_open_jobs=1) as (_, client):
        assert [await start(client) for _ in range(3)] == ["j1"] * 3


async def test_a_start_without_a_job_holds_no_place() -> None:
    """An answer that names no job is given as it is, and nothing is asked about it."""
    async with scripted(lambda *_: {}, max_open_jobs=1) as (asked, client):
        for _ in range(2):
            assert (await client.start_label_detection(video=film())).job_id is None
        assert len(asked) == 2


async def test_a_deadline_counts_for_the_place() -> None:
    """A start that has none in time was not sent, and the error says so."""
    clock = StillClock()
    answers = lambda *_: {"JobId": "j1"}  # noqa: E731 - one line of an answer
    async with scripted(answers, retry=patient(clock), max_open_jobs=1) as (asked, client):
        await start(client)
        late = asyncio.create_task(start(client.with_options(deadline=5)))
        await rounds()
        clock.pass_deadlines()
        with pytest.raises(RateLimitError, match="StartLabelDetection not sent"):
            await late
        assert len(asked) == 1


async def test_a_client_that_closes_ends_the_wait_for_a_place() -> None:
    """Whoever waits is told, and the gate leaves no task behind."""
    async with gated(1, patient(StillClock())) as (_, client, _):
        await start(client)
        waiting = asyncio.create_task(start(client))
        await rounds()
        await client.aclose()
        with pytest.raises(ClientClosedError, match="StartLabelDetection"):
            await waiting


@pytest.mark.parametrize(("limit", "error"), [(0, ValueError), (True, TypeError), (2.5, TypeError)])
def test_a_wrong_limit_is_refused(limit: Any, error: type[Exception]) -> None:
    """The message names the setting."""
    with pytest.raises(error, match="max_open_jobs"):
        RekognitionClient("eu-west-1", max_open_jobs=limit)
