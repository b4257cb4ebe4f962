"""Who hands in on_call is told of each call once, however it goes and however it ends."""

import asyncio
import functools
import pickle
from typing import Any

import pytest
from aiobotocore.session import get_session
from aiohttp import web
from botocore.stub import Stubber
from support import FakeClock, emulated, options_for, patient, scripted, served

from rekognition_async import (
    CallDetails,
    CallObserver,
    ClientClosedError,
    ConfigurationError,
    RateLimitError,
    RekognitionClient,
    RequestValidationError,
    ResponseValidationError,
    TransportError,
)
from rekognition_async.emulator import Fault, FaultRule, RekognitionEmulator
from rekognition_async.errors import ResourceNotFoundException, ThrottlingException
from rekognition_async.models import ListCollectionsRequest

DATASET = "arn:aws:rekognition:us-east-1:123456789012:project/p/dataset/train/1700000000000"


class Told:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.started: list[tuple[str, str]] = []
        self.finished: list[CallDetails] = []

    def call_started(self, operation: str, region: str) -> None:
        self.started.append((operation, region))

    def call_finished(self, details: CallDetails) -> None:
        self.finished.append(details)


async def test_a_call_is_told_of_once(emulator: RekognitionEmulator) -> None:
    """The details of a call that succeeds are those of its answer and its request."""
    emulator.seed(collections=["a"])
    told: list[CallDetails] = []
    async with RekognitionClient(**emulator.client_options, on_call=told.append) as client:
        answer = await client.send_raw(ListCollectionsRequest(max_results=10))
    (details,) = told
    assert (details.operation, details.region) == ("ListCollections", "us-east-1")
    assert (details.outcome, details.attempts, details.throttles) == ("succeeded", 1, 0)
    assert details.seconds > details.waited == 0
    assert details.bytes_sent == len('{"MaxResults":10}')
    assert details.bytes_received == len(answer.body)
    assert details.http_status_code == 200
    assert details.request_id == answer.request_id
    assert (details.error_code, details.error) == (None, None)
    assert pickle.loads(pickle.dumps(details)) == details


async def test_attempts_and_waits_add_up() -> None:
    """What was refused counts: attempts, bytes of both ways, and the seconds in the queue."""
    told: list[CallDetails] = []
    rule = FaultRule("*", Fault.throttle(), calls=(1, 2))
    clock = FakeClock()
    async with emulated([rule], retry=patient(clock)) as (emulator, client):
        await client.with_options(on_call=told.append).list_collections()
        attempts = len(emulator.requests)
    (details,) = told
    assert (details.outcome, details.attempts, details.throttles) == ("succeeded", 3, 2)
    assert details.bytes_sent == attempts * len("{}")
    assert details.bytes_received > 2 * len("ProvisionedThroughputExceededException")
    assert details.seconds == details.waited == sum(clock.slept) > 0


async def test_throttles_are_counted_without_queues_too() -> None:
    """With quotas=None a refusal is a failed attempt, and told of as a throttle all the same."""
    told: list[CallDetails] = []
    rule = FaultRule("*", Fault.throttle(), calls=(1, 2))
    async with emulated([rule], quotas=None) as (_, client):
        await client.with_options(on_call=told.append).list_collections()
    assert [(details.throttles, details.waited) for details in told] == [(2, 0)]


async def test_an_error_of_the_service_is_told() -> None:
    """Code, status and request id are those of the error that the caller catches."""
    told: list[CallDetails] = []
    async with emulated() as (_, client):
        with pytest.raises(ResourceNotFoundException) as raised:
            await client.with_options(on_call=told.append).describe_collection(collection_id="x")
    (details,) = told
    assert details.outcome == "failed"
    assert details.error is raised.value
    assert details.error_code == "ResourceNotFoundException"
    assert details.http_status_code == 400
    assert details.request_id == raised.value.request_id is not None
    assert pickle.loads(pickle.dumps(details)) == details


async def test_a_call_that_ran_out_of_attempts_is_told_with_all_of_them() -> None:
    """The last error is told, and how often the request was sent."""
    told: list[CallDetails] = []
    retry = patient(FakeClock(), 3)
    async with emulated([FaultRule("*", Fault.disconnect())], retry=retry) as (_, client):
        with pytest.raises(TransportError) as raised:
            await client.with_options(on_call=told.append).list_collections()
    (details,) = told
    assert (details.attempts, details.error) == (3, raised.value)
    known = details.http_status_code, details.error_code, details.request_id
    assert known == (None, None, None)
    assert details.bytes_received == 0 < details.bytes_sent


async def test_what_the_limiter_refuses_is_told() -> None:
    """A call that is not sent has no attempts and no bytes, and its error is RateLimitError."""
    told: list[CallDetails] = []
    async with emulated(quotas={"ListCollections": 0.001}) as (_, client):
        timely = client.with_options(deadline=60, on_call=told.append)
        await timely.list_collections()
        with pytest.raises(RateLimitError):
            await timely.list_collections()
    details = told[1]
    assert isinstance(details.error, RateLimitError)
    assert (details.outcome, details.attempts, details.bytes_sent) == ("failed", 0, 0)


async def test_a_call_without_credentials_was_not_sent(
    emulator: RekognitionEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be signed is told as failed, with no attempt."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    told: list[CallDetails] = []
    url = emulator.client_options["endpoint_url"]
    async with RekognitionClient("us-east-1", endpoint_url=url, on_call=told.append) as client:
        with pytest.raises(ConfigurationError):
            await client.list_collections()
    assert [(type(d.error), d.attempts, d.bytes_sent) for d in told] == [(ConfigurationError, 0, 0)]


async def test_an_answer_against_its_schema_is_a_failure() -> None:
    """It is told as such where send_raw gives it to the caller, too."""
    told: list[CallDetails] = []
    async with scripted(lambda *_: {"CollectionIds": 3}) as (_, client):
        watched = client.with_options(on_call=told.append)
        with pytest.raises(ResponseValidationError):
            await watched.list_collections()
        assert (await watched.send_raw(ListCollectionsRequest())).http_status_code == 200
    assert len(told) == 2
    for details in told:
        assert isinstance(details.error, ResponseValidationError)
        assert (details.outcome, details.http_status_code) == ("failed", 200)


async def test_a_parameter_out_of_its_limits_is_no_call(client: RekognitionClient) -> None:
    """What is refused before a request is made begins no call."""
    told = Told()
    with pytest.raises(RequestValidationError):
        await client.with_options(on_call=told).list_collections(max_results=-1)
    assert (told.started, told.finished) == ([], [])


async def test_a_closed_client_begins_no_call(emulator: RekognitionEmulator) -> None:
    """Neither start nor end is told of what a client refuses because it is not open."""
    told = Told()
    with pytest.raises(ClientClosedError):
        await RekognitionClient(**emulator.client_options, on_call=told).list_collections()
    assert (told.started, told.finished) == ([], [])


@pytest.mark.parametrize("how", ["cancelled", "timeout", "closed", "deadline"])
async def test_a_call_that_is_broken_off_is_told(how: str) -> None:
    """Who cancels a call is told so; a closed client and a deadline are errors."""
    told = Told()
    arrived = asyncio.Event()
    clock = FakeClock()

    async def hang(_: web.BaseRequest) -> web.Response:
        arrived.set()
        await asyncio.sleep(3600)
        return web.Response()

    async with served(hang) as url:
        client = RekognitionClient(**options_for(url), on_call=told, retry=patient(clock))
        async with client:
            view = client.with_options(deadline=5) if how == "deadline" else client
            task = asyncio.create_task(view.list_collections())
            await arrived.wait()
            assert told.started == [("ListCollections", "us-east-1")]
            assert told.finished == []
            expected: type[BaseException] = asyncio.CancelledError
            if how == "cancelled":
                task.cancel()
            elif how == "timeout":
                expected = TimeoutError
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0):
                        await task
            elif how == "closed":
                expected = ClientClosedError
                await client.aclose()
            else:
                expected = TransportError
                clock.pass_deadlines()
            if how != "timeout":
                with pytest.raises(expected):
                    await task
    (details,) = told.finished
    assert details.attempts == 1
    if issubclass(expected, Exception) and how != "timeout":
        assert details.outcome == "failed"
        assert isinstance(details.error, expected)
    else:
        assert details.outcome == "cancelled"
        assert (details.error, details.error_code) == (None, None)


async def test_a_call_that_is_cancelled_in_its_queue_tells_how_long_it_waited() -> None:
    """The seconds in the queue count where the turn never came."""
    told: list[CallDetails] = []

    class Stopped(FakeClock):
        async def sleep(self, seconds: float) -> None:
            self.now += 7
            await asyncio.sleep(3600)

    async with emulated(quotas={"*": 0.001}, retry=patient(Stopped())) as (_, client):
        watched = client.with_options(on_call=told.append)
        await watched.list_collections()
        task = asyncio.create_task(watched.list_collections())
        for _ in range(3):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert [(d.outcome, d.attempts, d.waited) for d in told] == [
        ("succeeded", 1, 0),
        ("cancelled", 0, 7),
    ]


async def test_pages_polls_and_chunks_are_calls() -> None:
    """Listings, fetched ahead or not, waits and bulk helpers tell of each of their requests."""
    told: list[CallDetails] = []
    async with emulated(collections=5, page_size=2) as (_, client):
        watched = client.with_options(on_call=told.append)
        assert len([_ async for _ in watched.iter_collections(prefetch=1)]) == 5
        assert [d.operation for d in told] == ["ListCollections"] * 3
        told.clear()
        ids = [f"00000000-0000-4000-8000-{number:012}" for number in range(3)]
        chunks = watched.delete_faces_in_bulk(
            collection_id="collection-00000", face_ids=ids, chunk_size=1
        )
        assert len([chunk async for chunk in chunks]) == 3
    assert [d.operation for d in told] == ["DeleteFaces"] * 3


async def test_polls_of_a_wait_are_calls() -> None:
    """A wait tells of each time that it asks."""
    told: list[CallDetails] = []
    statuses = iter(["CREATE_IN_PROGRESS", "CREATE_COMPLETE"])

    def answer(*_: object) -> object:
        return {"DatasetDescription": {"Status": next(statuses)}}

    async with scripted(answer) as (_, client):
        watched = client.with_options(on_call=told.append)
        await watched.wait_for_dataset_created(dataset_arn=DATASET)
    assert [d.operation for d in told] == ["DescribeDataset"] * 2


async def test_a_borrowed_client_tells_of_the_calls_through_it(
    emulator: RekognitionEmulator,
) -> None:
    """A wrapper tells of its own calls, and of none that the owner makes by itself."""
    told: list[CallDetails] = []
    async with get_session().create_client("rekognition", **emulator.client_options) as raw:
        wrapper = RekognitionClient.from_aiobotocore(raw, on_call=told.append)
        await wrapper.list_collections()
        await raw.list_collections()
    assert [(d.operation, d.attempts, d.bytes_sent) for d in told] == [("ListCollections", 1, 2)]
    assert told[0].bytes_received > 0


async def test_what_a_stub_answers_was_not_sent(emulator: RekognitionEmulator) -> None:
    """Stubbed answers and errors are told of, with no attempt and no bytes."""
    told: list[CallDetails] = []
    async with get_session().create_client("rekognition", **emulator.client_options) as raw:
        wrapper = RekognitionClient.from_aiobotocore(raw, on_call=told.append)
        with Stubber(raw) as stub:
            stub.add_response("list_collections", {"CollectionIds": ["a"]})
            stub.add_client_error("list_collections", "ThrottlingException", http_status_code=400)
            await wrapper.list_collections()
            with pytest.raises(ThrottlingException):
                await wrapper.list_collections()
    assert [(d.outcome, d.attempts, d.bytes_sent, d.bytes_received) for d in told] == [
        ("succeeded", 0, 0, 0),
        ("failed", 0, 0, 0),
    ]
    assert (told[1].error_code, told[1].http_status_code) == ("ThrottlingException", 400)


async def test_a_view_has_its_own_hook(emulator: RekognitionEmulator) -> None:
    """with_options puts another hook in the place of the client's, keeps it, or takes it off."""
    first: list[CallDetails] = []
    second: list[CallDetails] = []
    async with RekognitionClient(**emulator.client_options, on_call=first.append) as client:
        await client.with_options(on_call=second.append).list_collections()
        assert (len(first), len(second)) == (0, 1)
        await client.with_options(deadline=30).list_collections()
        assert (len(first), len(second)) == (1, 1)
        await client.with_options(on_call=None).list_collections()
        assert (len(first), len(second)) == (1, 1)


async def test_a_hook_that_raises_harms_nothing(
    emulator: RekognitionEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    """The caller gets the answer, or the error, and the log one line without the hook's text."""

    class Broken:
        def call_started(self, operation: str, region: str) -> None:
            raise LookupError("secret of the start")

        def call_finished(self, details: CallDetails) -> None:
            raise RuntimeError("secret of the end")

    async with RekognitionClient(**emulator.client_options, on_call=Broken()) as client:
        await client.list_collections()
        with pytest.raises(ResourceNotFoundException):
            await client.describe_collection(collection_id="missing")
    lines = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert [line.split(" in ")[0] for line in lines] == [
        "on_call raised LookupError",
        "on_call raised RuntimeError",
    ] * 2
    assert "test_on_call.py, line" in lines[0]
    assert "secret" not in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_coroutine_that_a_hook_returns_is_closed_and_told_of(
    emulator: RekognitionEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    """A lambda that hides a coroutine function leaves a line in the log, and no warning."""

    async def later(_: str) -> None: ...

    options = emulator.client_options
    async with RekognitionClient(**options, on_call=lambda call: later(call.outcome)) as client:
        await client.list_collections()
    assert "on_call returned a coroutine, which nothing awaits" in caplog.messages


async def _coroutine_function(_: CallDetails) -> None: ...


class _AsyncCallable:
    async def __call__(self, _: CallDetails) -> None: ...


class _AsyncObserver(Told):
    async def call_finished(self, details: CallDetails) -> None:  # type: ignore[override] # the mistake that is tested
        ...


@pytest.mark.parametrize(
    ("on_call", "told"),
    [
        (3, "on_call must be callable or a CallObserver, got 3"),
        ("changed", "on_call must be callable or a CallObserver, got 'changed'"),
        (Told, "on_call must be an instance of Told, not the class"),
        (_coroutine_function, "on_call must be a plain function: nothing awaits it"),
        (functools.partial(_coroutine_function), "nothing awaits it"),
        (_AsyncCallable(), "nothing awaits it"),
        (_AsyncObserver(), "nothing awaits it"),
    ],
)
async def test_a_hook_that_cannot_be_called_is_refused(
    client: RekognitionClient, on_call: Any, told: str
) -> None:
    """What would never run is a TypeError where the hook is handed in."""
    with pytest.raises(TypeError, match=told):
        RekognitionClient("us-east-1", on_call=on_call)
    with pytest.raises(TypeError, match=told):
        client.with_options(on_call=on_call)


def test_an_observer_is_known_by_its_methods() -> None:
    """Whatever has both methods is a CallObserver."""
    assert isinstance(Told(), CallObserver)
    assert not isinstance(print, CallObserver)


async def test_each_start_has_its_end() -> None:
    """However calls end, an observer is told as often that they ended as that they began."""
    told = Told()
    rules = [FaultRule("*", Fault.throttle(), calls=(1, 3)), FaultRule("*", Fault.disconnect())]
    async with emulated(rules, retry=patient(FakeClock(), 2)) as (_, client):
        watched = client.with_options(on_call=told)
        calls = [asyncio.create_task(watched.list_collections()) for _ in range(5)]
        await asyncio.sleep(0)
        calls[2].cancel()
        await asyncio.gather(*calls, return_exceptions=True)
    assert len(told.started) == len(told.finished) > 0
