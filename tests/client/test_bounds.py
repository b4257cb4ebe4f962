"""No answer takes more memory, or more time, than it may; no checkpoint asks for more."""

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from aiobotocore.session import get_session
from aiohttp import web
from support import FakeClock, options_for, patient, served

from rekognition_async import RekognitionClient, RequestValidationError, TransportError
from rekognition_async.emulator import RekognitionEmulator

LISTING = {"CollectionIds": ["here"], "FaceModelVersions": ["7.0"]}
MakeClient = Callable[..., RekognitionClient]


@pytest.mark.parametrize("length_is_told", [True, False])
@pytest.mark.parametrize("status", [200, 400, 503])
async def test_an_answer_is_read_up_to_the_limit(status: int, *, length_is_told: bool) -> None:
    """Of a larger answer the rest is not read, the error names the limit, and it is not retried."""
    asked: list[str] = []
    written: list[int] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(request.method)
        response = web.StreamResponse(status=status)
        if length_is_told:
            response.content_length = 200 * 2**20
        await response.prepare(request)
        try:
            for _ in range(200):
                await response.write(b" " * 2**20)
                written.append(2**20)
        except ConnectionError:
            pass
        return response

    async with served(answer) as url:
        async with RekognitionClient(
            **options_for(url), retry=patient(FakeClock()), max_response_bytes=2**20
        ) as client:
            with pytest.raises(TransportError, match="max_response_bytes, 1048576 bytes") as raised:
                await client.list_collections()
    assert asked == ["POST"]
    assert raised.value.attempts == 1
    assert sum(written) < 100 * 2**20


async def test_an_answer_of_just_the_limit_is_taken() -> None:
    """The limit itself is within it, and the connection is used again behind it."""
    body = json.dumps(LISTING).encode()
    ports: set[int] = set()

    async def answer(request: web.BaseRequest) -> web.Response:
        assert request.transport is not None
        ports.add(request.transport.get_extra_info("peername")[1])
        return web.Response(body=body)

    async with served(answer) as url:
        settings: dict[str, Any] = {**options_for(url), "retry": patient(FakeClock())}
        async with RekognitionClient(**settings, max_response_bytes=len(body)) as client:
            for _ in range(2):
                assert (await client.list_collections()).collection_ids == ("here",)
        assert len(ports) == 1
        async with RekognitionClient(**settings, max_response_bytes=len(body) - 1) as client:
            with pytest.raises(TransportError, match="max_response_bytes"):
                await client.list_collections()


async def test_a_wrapped_client_has_the_limit_for_our_calls() -> None:
    """from_aiobotocore takes the limit, and the owner's own calls have none."""

    async def answer(_: web.BaseRequest) -> web.Response:
        return web.json_response(LISTING)

    async with served(answer) as url:
        async with get_session().create_client("rekognition", **options_for(url)) as raw:
            client = RekognitionClient.from_aiobotocore(raw, max_response_bytes=10)
            with pytest.raises(TransportError, match="max_response_bytes, 10 bytes"):
                await client.list_collections()
            assert (await raw.list_collections())["CollectionIds"] == ["here"]


@pytest.mark.parametrize("part", ["head", "body"])
async def test_a_drip_ends_with_the_attempt(part: str) -> None:
    """An answer that comes a byte at a time is given up at the attempt's timeout, and retried."""
    clock = FakeClock()
    attempts: list[int] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        attempts.append(len(attempts))
        if len(attempts) == 1:
            writer.write(b"HTTP/1.1 200 OK\r\n" + (b"\r\n" if part == "body" else b"X-Drip: "))
            for _ in range(100):
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0)
            clock.pass_deadlines()
            await reader.read()
        else:
            body = json.dumps(LISTING).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        async with RekognitionClient(
            **options_for(f"http://127.0.0.1:{port}"), retry=patient(clock), attempt_timeout=7
        ) as client:
            page = await client.list_collections()
    assert page.collection_ids == ("here",)
    assert page.metadata.retry_attempts == 1


@pytest.mark.parametrize(("given", "told"), [(7.5, "7.5 s"), (None, "100 s")])
async def test_an_attempt_that_takes_too_long_names_its_limit(
    given: float | None, told: str
) -> None:
    """The error says attempt_timeout and its seconds: five read timeouts where none were given."""
    clock = FakeClock()

    async def answer(_: web.BaseRequest) -> web.Response:
        clock.pass_deadlines()
        await asyncio.Event().wait()
        raise AssertionError

    async with served(answer) as url:
        async with RekognitionClient(
            **options_for(url), retry=patient(clock, 1), read_timeout=20, attempt_timeout=given
        ) as client:
            with pytest.raises(TransportError, match=f"attempt_timeout, {told}"):
                await client.list_collections()


async def test_waiting_for_a_connection_is_no_part_of_an_attempt() -> None:
    """A call that waits for one of the connections does not time out while it waits."""
    clock = FakeClock()
    arrived, go_on = asyncio.Event(), asyncio.Event()
    asked: list[int] = []

    async def answer(_: web.BaseRequest) -> web.Response:
        asked.append(len(asked))
        if len(asked) == 1:
            arrived.set()
            await go_on.wait()
        return web.json_response(LISTING)

    async with served(answer) as url:
        async with RekognitionClient(
            **options_for(url), retry=patient(clock, 1), max_pool_connections=1
        ) as client:
            first = asyncio.create_task(client.list_collections())
            await arrived.wait()
            second = asyncio.create_task(client.list_collections())
            for _ in range(5):
                await asyncio.sleep(0)
            clock.pass_deadlines()
            with pytest.raises(TransportError, match="attempt_timeout"):
                await first
            go_on.set()
            assert (await second).collection_ids == ("here",)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"attempt_timeout": 0}, "attempt_timeout must be more than 0"),
        ({"attempt_timeout": float("inf")}, "attempt_timeout must be more than 0"),
        ({"max_response_bytes": 0}, "max_response_bytes must be at least 1"),
        ({"max_response_bytes": 1.5}, "max_response_bytes must be an int"),
    ],
)
async def test_a_limit_is_a_number_that_can_be_kept(
    settings: dict[str, Any], problem: str, emulator: RekognitionEmulator
) -> None:
    """A limit of nothing, or of no end, is an error of both ways to make a client."""
    with pytest.raises((ValueError, TypeError), match=problem):
        RekognitionClient(**settings)
    async with get_session().create_client("rekognition", **emulator.client_options) as raw:
        with pytest.raises((ValueError, TypeError), match=problem):
            RekognitionClient.from_aiobotocore(raw, **settings)


def checkpoint_with(checkpoint: str, **changes: object) -> str:
    """A checkpoint with other contents."""
    prefix, _, text = checkpoint.partition(".")
    document = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    altered = json.dumps({**document, **changes}).encode()
    return f"{prefix}.{base64.urlsafe_b64encode(altered).decode().rstrip('=')}"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"page_size": -5}, r"take: page size \(.*greater than or equal to 0, got -5\)"),
        ({"page_size": 10**9}, r"take: page size \(.*equal to 4096, got 1000000000\)"),
        ({"token": "t" * 10_000_000}, r"13\d{6} characters, and a checkpoint has at most 8192"),
        ({"token": "t" * 4_000}, r"take: page token \(.*255 characters, got str of length 4000\)"),
        ({"handed_out": ["0" * 16] * 17}, "no checkpoint of this package"),
    ],
)
async def test_a_checkpoint_is_checked_before_anything_is_sent(
    changes: dict[str, object], problem: str, emulator: RekognitionEmulator
) -> None:
    """What no listing would have written is refused, by name and limit, and not sent."""
    emulator.seed(collections=3)
    async with RekognitionClient(**emulator.client_options) as client:
        listing = client.iter_collections(page_size=2)
        await anext(listing)
        changed = checkpoint_with(listing.checkpoint, **changes)
        emulator.requests.clear()
        with pytest.raises(RequestValidationError, match=problem) as refused:
            client.iter_collections(page_size=2, resume=changed)
    assert list(refused.value.problems) == ["resume"]
    assert "tttt" not in str(refused.value)
    assert len(emulator.requests) == 0
