"""Which failures are retried, how, and what surfaces when that does not help.

What is refused for its pace is a failure as any other with ``quotas=None``, as in these tests;
test_rate_limits.py has what becomes of it otherwise.
"""

import asyncio
import functools
import gzip
import ssl
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession, get_session
from botocore.exceptions import SSLError
from support import FakeClock, patient
from support import emulated as emulated_with_quotas

from rekognition_async import (
    ConfigurationError,
    RekognitionClient,
    RekognitionError,
    RetryDetails,
    RetryPolicy,
    ServiceError,
    TransportError,
)
from rekognition_async.emulator import Fault, FaultRule, RekognitionEmulator
from rekognition_async.errors import (
    InternalServerError,
    LimitExceededException,
    ProvisionedThroughputExceededException,
    ThrottlingException,
    UnmodeledServiceError,
)

emulated = functools.partial(emulated_with_quotas, quotas=None)

HTML = "<html><body>busy</body></html>"
BODIES: dict[str, str | bytes] = {
    "empty": "",
    "html": HTML,
    "array": "[]",
    "text": '"busy"',
    "odd type": '{"__type": 7}',
    "not text": b"\xff\xfe",
    "UTF-16": '{"__type": "ThrottlingException"}'.encode("utf-16"),
    "too deep": "[" * 100_000,
}

RETRIED = {
    "ThrottlingException 400": (Fault.throttle("ThrottlingException"), ThrottlingException),
    "ThrottlingException 500": (
        Fault.error("ThrottlingException", "slow", status=500),
        ThrottlingException,
    ),
    "provisioned throughput": (
        Fault.throttle("ProvisionedThroughputExceededException"),
        ProvisionedThroughputExceededException,
    ),
    "internal": (Fault.error("InternalServerError", "sorry", status=500), InternalServerError),
    "another throttling code": (Fault.error("SlowDown", "slow"), UnmodeledServiceError),
    "RequestTimeout": (Fault.error("RequestTimeout", "late"), UnmodeledServiceError),
    **{
        f"{status} {kind}": (Fault.http(status, body=body), UnmodeledServiceError)
        for status in (429, 500, 502, 503, 504)
        for kind, body in BODIES.items()
    },
    "429 with an unknown code": (
        Fault.error("SomethingNew", "busy", status=429),
        UnmodeledServiceError,
    ),
    "reset": (Fault.reset(), TransportError),
    "disconnect": (Fault.disconnect(), TransportError),
    "broken off": (Fault.truncate(), TransportError),
    "broken off, chunked": (Fault.truncate(chunked=True), TransportError),
    "200 with html": (Fault.http(200, body=HTML), TransportError),
    "200 with broken JSON": (Fault.http(200, body='{"CollectionIds": ["a"'), TransportError),
    "200 with nothing": (Fault.http(200, body=""), TransportError),
}

FINAL = {
    "access denied": (Fault.error("AccessDeniedException", "no"), "AccessDeniedException"),
    "limit exceeded": (Fault.error("LimitExceededException", "jobs"), "LimitExceededException"),
    "not offered here": (
        Fault.respond({"__type": "AccessDeniedException"}, status=400),
        "AccessDeniedException",
    ),
    "expired token": (Fault.error("ExpiredTokenException", "old"), "ExpiredTokenException"),
    "with Retry-After": (
        Fault.error("InvalidParameterException", "no", headers={"Retry-After": "1"}),
        "InvalidParameterException",
    ),
    "404 with html": (Fault.http(404, body=HTML), "404"),
}


@pytest.mark.parametrize("kind", RETRIED)
async def test_a_passing_failure_is_retried(kind: str) -> None:
    """The failure happens once, and the caller gets the answer of the second attempt."""
    fault, _ = RETRIED[kind]
    async with emulated([FaultRule("ListCollections", fault, calls=1)], collections=["a"]) as (
        emulator,
        client,
    ):
        response = await client.list_collections()
        assert response.collection_ids == ("a",)
        assert response.metadata.retry_attempts == 1
        assert len(emulator.requests) == 2


@pytest.mark.parametrize("kind", RETRIED)
async def test_a_lasting_failure_surfaces_as_itself(kind: str) -> None:
    """Past the policy the last failure is raised under the package's root, with its attempts."""
    fault, expected = RETRIED[kind]
    async with emulated([FaultRule("ListCollections", fault)], retry=patient(FakeClock(), 3)) as (
        emulator,
        client,
    ):
        with pytest.raises(expected) as raised:
            await client.list_collections()
        assert len(emulator.requests) == 3
    assert isinstance(raised.value, RekognitionError)
    assert getattr(raised.value, "attempts", None) == 3
    assert "busy</body>" not in str(raised.value)


DOCUMENT = '{"CollectionIds": ["ä"]}'
LOOKS: dict[bytes, str] = {
    gzip.compress(DOCUMENT.encode()): "that is not JSON but gzip",
    zlib.compress(DOCUMENT.encode()): "that is not JSON but deflate",
    DOCUMENT.encode("utf-8-sig"): "that is not JSON but begins with a byte order mark",
    DOCUMENT.encode("utf-16"): "that is not JSON but looks like UTF-16",
    DOCUMENT.encode("utf-16-be"): "that is not JSON but looks like UTF-16",
    DOCUMENT.encode("utf-32"): "that is not JSON but looks like UTF-32",
    DOCUMENT.encode("latin-1"): "that is neither JSON nor UTF-8",
    f"\n {HTML}".encode(): "that is not JSON but XML or HTML",
    DOCUMENT[:-2].encode(): "that is JSON that breaks off",
    b"busy": "that is not JSON",
    b" ": "that is not JSON",
    b"": "an empty body",
}


@pytest.mark.parametrize("status", [200, 503])
@pytest.mark.parametrize(("body", "looks"), LOOKS.items(), ids=LOOKS.values())
async def test_an_error_tells_what_a_foreign_body_looks_like(
    status: int, body: bytes, looks: str
) -> None:
    """Compression, encoding, markup and size are told of a body under any status; none of it is."""
    fault = Fault.http(status, body=body, headers={"Content-Type": "text/odd; charset=x"})
    async with emulated([FaultRule("*", fault)], retry=patient(FakeClock(), 1)) as (_, client):
        with pytest.raises((TransportError, UnmodeledServiceError)) as raised:
            await client.list_collections()
    told = f"{looks} (text/odd, {len(body)} bytes)" if body else looks
    assert told in str(raised.value)
    assert "CollectionIds" not in str(raised.value)


async def test_an_error_answer_of_json_is_told_from_one_that_is_none() -> None:
    """JSON that is no error document is not called something else."""
    fault = Fault.http(503, body="[]")
    async with emulated([FaultRule("*", fault)], retry=patient(FakeClock(), 1)) as (_, client):
        with pytest.raises(UnmodeledServiceError, match="that is JSON but no answer of AWS's"):
            await client.list_collections()


@pytest.mark.parametrize("kind", FINAL)
async def test_every_other_failure_is_raised_at_once(kind: str) -> None:
    """What a retry cannot cure is sent once."""
    fault, code = FINAL[kind]
    async with emulated([FaultRule("ListCollections", fault)]) as (emulator, client):
        with pytest.raises(ServiceError) as raised:
            await client.list_collections()
        assert len(emulator.requests) == 1
    assert (raised.value.code, raised.value.attempts) == (code, 1)


async def test_a_cap_on_open_jobs_is_not_throttling() -> None:
    """LimitExceededException is raised at once, where botocore would try it again."""
    fault = Fault.error("LimitExceededException", "jobs")
    async with emulated([FaultRule("*", fault)]) as (emulator, client):
        with pytest.raises(LimitExceededException):
            await client.list_collections()
        assert len(emulator.requests) == 1


async def test_waits_grow_with_full_jitter_up_to_the_longest() -> None:
    """The waits are random below a ceiling that doubles up to max_delay."""
    clock = FakeClock()
    policy = RetryPolicy(6, base_delay=1, max_delay=5, clock=clock, random=lambda: 0.5)
    async with emulated([FaultRule("*", Fault.throttle())], retry=policy) as (_, client):
        with pytest.raises(ServiceError):
            await client.list_collections()
    assert clock.slept == [0.5, 1.0, 2.0, 2.5, 2.5]


@pytest.mark.parametrize(
    ("headers", "waited"),
    [
        ({"Retry-After": "3"}, 3),
        ({"x-amz-retry-after": "2500"}, 2.5),
        ({"Retry-After": "600"}, 20),
        ({"Retry-After": "0"}, 0.2),
    ],
)
async def test_the_service_may_ask_for_a_longer_wait(
    headers: dict[str, str], waited: float
) -> None:
    """Retry-After and x-amz-retry-after set the least wait, capped by max_delay."""
    clock = FakeClock()
    fault = Fault.error("ThrottlingException", "slow", headers=headers)
    async with emulated([FaultRule("*", fault, calls=1)], retry=patient(clock)) as (_, client):
        await client.list_collections()
    assert clock.slept == [waited]


async def test_all_attempts_have_one_invocation_id() -> None:
    """The SDK headers tell AWS which requests are the attempts of one call."""
    async with emulated([FaultRule("*", Fault.throttle(), calls=(1, 2))]) as (emulator, client):
        await client.list_collections()
        await client.list_collections()
        sent = [
            (request.headers["amz-sdk-invocation-id"], request.headers["amz-sdk-request"])
            for request in emulator.requests
        ]
    ids = [invocation for invocation, _ in sent]
    assert sorted(Counter(ids).values()) == [1, 3]
    # botocore puts the time that the caller still waits before a second attempt.
    assert [attempt.partition("Z; ")[2] or attempt for _, attempt in sent] == [
        "attempt=1; max=8",
        "attempt=2; max=8",
        "attempt=3; max=8",
        "attempt=1; max=8",
    ]


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
async def test_botocore_adds_no_retries_of_its_own(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever retry mode the environment or an AioConfig asks for, our policy alone counts."""
    monkeypatch.setenv("AWS_RETRY_MODE", mode)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "9")
    config = AioConfig(retries={"mode": mode, "total_max_attempts": 7})
    async with RekognitionEmulator(faults=[FaultRule("*", Fault.throttle())]) as emulator:
        retry = patient(FakeClock(), 2)
        async with RekognitionClient(
            **emulator.client_options, retry=retry, config=config, quotas=None
        ) as client:
            with pytest.raises(ServiceError):
                await client.list_collections()
        assert len(emulator.requests) == 2


Attempts = Callable[..., Awaitable[int]]


@pytest.fixture
def attempts_of(monkeypatch: pytest.MonkeyPatch) -> Attempts:
    """Opens a client of a service that only throttles, and counts how often it sends a call."""
    sleep = asyncio.sleep
    # A client that is given no policy waits on the system's clock.
    monkeypatch.setattr(asyncio, "sleep", lambda _: sleep(0))

    async def count(
        *, of: Callable[[RekognitionClient], RekognitionClient] = lambda it: it, **settings: Any
    ) -> int:
        async with RekognitionEmulator(faults=[FaultRule("*", Fault.throttle())]) as emulator:
            options: dict[str, Any] = {**emulator.client_options, **settings}
            async with RekognitionClient(quotas=None, **options) as client:
                with pytest.raises(ServiceError):
                    await of(client).list_collections()
            return len(emulator.requests)

    return count


async def test_aws_max_attempts_counts_where_no_policy_is_given(
    attempts_of: Attempts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The variable, before the profile, before our own 8; a policy that is given before them."""
    assert await attempts_of() == 8
    (tmp_path / "aws-config").write_text("[default]\nmax_attempts = 4\n")
    assert await attempts_of(profile_name="default") == 4
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "3")
    assert await attempts_of() == 3
    assert await attempts_of(of=lambda client: client.with_options(deadline=60)) == 3
    assert await attempts_of(retry=RetryPolicy(5)) == 5
    assert await attempts_of(retry=RetryPolicy()) == 8
    assert await attempts_of(of=lambda client: client.with_options(retry=RetryPolicy(2))) == 2


@pytest.mark.parametrize("settings", [{"total_max_attempts": 3}, {"max_attempts": 2}, None])
async def test_a_wrapped_clients_attempts_count_where_no_policy_is_given(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that its owner, or the environment, lets send three times does so through us."""
    sleep = asyncio.sleep
    monkeypatch.setattr(asyncio, "sleep", lambda _: sleep(0))
    if settings is None:
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "3")
    async with RekognitionEmulator(faults=[FaultRule("*", Fault.throttle())]) as emulator:
        async with get_session().create_client(
            "rekognition", config=AioConfig(retries=settings), **emulator.client_options
        ) as raw:
            with pytest.raises(ServiceError):
                await RekognitionClient.from_aiobotocore(raw, quotas=None).list_collections()
    assert len(emulator.requests) == 3


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("AWS_MAX_ATTEMPTS", "many", "AWS_MAX_ATTEMPTS.* must be a whole number: .*'many'"),
        ("AWS_MAX_ATTEMPTS", "0", "AWS_MAX_ATTEMPTS.* must be at least 1 .*, got 0"),
        ("AWS_RETRY_MODE", "eager", "AWS_RETRY_MODE.* legacy, standard, adaptive, got 'eager'"),
    ],
)
async def test_a_wrong_setting_for_retries_is_named(
    emulator: RekognitionEmulator,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    problem: str,
) -> None:
    """A value that the variable cannot have is an error when the client opens."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=problem):
        await RekognitionClient(**emulator.client_options).open()


async def test_one_attempt_is_no_retry() -> None:
    """max_attempts=1 sends once."""
    async with emulated([FaultRule("*", Fault.throttle())], retry=patient(FakeClock(), 1)) as (
        emulator,
        client,
    ):
        with pytest.raises(ServiceError):
            await client.list_collections()
        assert len(emulator.requests) == 1


async def test_a_hook_is_told_of_each_retry() -> None:
    """on_retry gets what failed, when, and how long the wait will be."""
    told: list[RetryDetails] = []
    policy = patient(FakeClock(), on_retry=told.append)
    faults = [
        FaultRule("*", Fault.throttle("ThrottlingException"), calls=1),
        FaultRule("*", Fault.reset(), calls=2),
    ]
    async with emulated(faults, retry=policy) as (_, client):
        await client.list_collections()
    assert [(details.operation, details.attempt, details.delay) for details in told] == [
        ("ListCollections", 1, 0.2),
        ("ListCollections", 2, 0.4),
    ]
    assert isinstance(told[0].cause, ThrottlingException)
    assert told[0].request_id == told[0].cause.request_id is not None
    assert isinstance(told[1].cause, TransportError)
    assert told[1].request_id is None


async def test_a_hook_that_fails_harms_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """An exception in on_retry is logged, and the call goes on."""

    def hook(details: RetryDetails) -> None:
        raise RuntimeError("the hook's own trouble")

    policy = patient(FakeClock(), on_retry=hook)
    async with emulated([FaultRule("*", Fault.throttle(), calls=1)], retry=policy) as (_, client):
        await client.list_collections()
    assert "on_retry raised" in caplog.text


async def test_a_used_up_budget_ends_the_retrying() -> None:
    """The calls of a client share a budget; without it errors surface at once."""
    async with emulated(
        [FaultRule("*", Fault.throttle())], retry=patient(FakeClock(), 4, budget=20)
    ) as (emulator, client):
        for _ in range(3):
            with pytest.raises(ServiceError):
                await client.list_collections()
        # Four attempts, then the one retry that is left, then none.
        assert len(emulator.requests) == 4 + 2 + 1
        emulator.faults.clear()
        for _ in range(5):
            await client.list_collections()
        emulator.requests.clear()
        emulator.faults.add(FaultRule("*", Fault.throttle()))
        with pytest.raises(ServiceError):
            await client.list_collections()
        assert len(emulator.requests) == 2


async def test_a_deadline_covers_attempts_and_waits() -> None:
    """Where the next wait would pass the deadline, the last error is raised without waiting."""
    clock = FakeClock()
    policy = patient(clock, base_delay=1)
    async with emulated([FaultRule("*", Fault.throttle())], retry=policy) as (emulator, client):
        with pytest.raises(ServiceError) as raised:
            await client.with_options(deadline=4).list_collections()
        assert clock.slept == [1, 2]
        assert raised.value.attempts == len(emulator.requests) == 3


async def test_a_deadline_ends_an_attempt_that_hangs() -> None:
    """A server that never answers is left when the deadline passes."""
    clock = FakeClock()
    async with RekognitionEmulator() as emulator:
        arrived = asyncio.Event()

        async def never() -> None:
            arrived.set()
            await asyncio.Event().wait()

        emulator.faults.add(FaultRule("*", Fault.hold(never)))
        async with RekognitionClient(**emulator.client_options, retry=patient(clock)) as client:
            call = asyncio.create_task(client.with_options(deadline=9).list_collections())
            await arrived.wait()
            clock.pass_deadlines()
            with pytest.raises(TransportError, match=r"deadline of 9 s") as raised:
                await call
    assert isinstance(raised.value.__cause__, TimeoutError)


async def test_a_deadline_in_an_attempt_raises_the_last_real_error() -> None:
    """Past a failure, the deadline surfaces that failure and not a bare timeout."""
    clock = FakeClock()
    async with RekognitionEmulator(faults=[FaultRule("*", Fault.throttle(), calls=1)]) as emulator:
        arrived = asyncio.Event()

        async def never() -> None:
            arrived.set()
            await asyncio.Event().wait()

        emulator.faults.add(FaultRule("*", Fault.hold(never), calls=2))
        async with RekognitionClient(
            **emulator.client_options, retry=patient(clock), quotas=None
        ) as client:
            call = asyncio.create_task(client.with_options(deadline=9).list_collections())
            await arrived.wait()
            clock.pass_deadlines()
            with pytest.raises(ProvisionedThroughputExceededException):
                await call


async def test_a_server_that_hangs_times_out_and_is_tried_again() -> None:
    """A read timeout is a TransportError whose cause is botocore's, after all attempts."""
    async with RekognitionEmulator(faults=[FaultRule("*", Fault.hang())]) as emulator:
        async with RekognitionClient(
            **emulator.client_options, retry=patient(FakeClock(), 2), read_timeout=0.05
        ) as client:
            with pytest.raises(TransportError) as raised:
                await client.list_collections()
        assert len(emulator.requests) == 2
    assert type(raised.value.__cause__).__name__ == "ReadTimeoutError"


async def test_nobody_listening_is_a_transport_error() -> None:
    """A refused connection is retried, and surfaces under the package's root."""
    async with RekognitionEmulator() as emulator:
        options = emulator.client_options
    async with RekognitionClient(**options, retry=patient(FakeClock(), 2)) as client:
        with pytest.raises(TransportError, match="Could not connect") as raised:
            await client.list_collections()
    assert raised.value.attempts == 2
    assert type(raised.value.__cause__).__name__ == "EndpointConnectionError"


async def test_cancelling_a_wait_cancels_the_call() -> None:
    """A task that is cancelled while it waits for the next attempt ends there."""
    waiting = asyncio.Event()

    class Endless(FakeClock):
        async def sleep(self, seconds: float) -> None:
            waiting.set()
            await asyncio.Event().wait()

    async with emulated([FaultRule("*", Fault.throttle())], retry=patient(Endless())) as (
        emulator,
        client,
    ):
        call = asyncio.create_task(client.list_collections())
        await waiting.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert len(emulator.requests) == 1


async def test_a_view_has_its_own_policy() -> None:
    """with_options changes the retries of the view alone."""
    async with emulated([FaultRule("*", Fault.throttle())]) as (emulator, client):
        once = client.with_options(retry=RetryPolicy(1))
        with pytest.raises(ServiceError):
            await once.list_collections()
        assert len(emulator.requests) == 1
        with pytest.raises(ServiceError):
            await client.list_collections()
        assert len(emulator.requests) == 1 + 8


async def test_an_untrusted_certificate_is_not_retried() -> None:
    """Another attempt would meet the same certificate."""
    session = AioSession()
    attempts: list[object] = []

    def untrusted(request: object, **_: object) -> None:
        attempts.append(request)
        raise SSLError(
            endpoint_url="https://x", error=ssl.SSLCertVerificationError("self-signed certificate")
        )

    session.register("before-send.rekognition", untrusted)
    async with RekognitionEmulator() as emulator:
        async with RekognitionClient(**emulator.client_options, session=session) as client:
            with pytest.raises(TransportError, match="self-signed"):
                await client.list_collections()
    assert len(attempts) == 1
