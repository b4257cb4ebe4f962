"""What a slow, greedy or broken client may do to the server: nothing that another one notices."""

import asyncio
import http.client
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from wire import call, signed_headers

from rekognition_async.emulator import (
    Fault,
    FaultRule,
    Limits,
    ManualClock,
    RekognitionEmulator,
)


@asynccontextmanager
async def connection_to(
    emulator: RekognitionEmulator,
) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Bytes to and from the emulator."""
    address = urlsplit(emulator.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        yield reader, writer
    finally:
        writer.close()


def reply_in(received: bytes) -> tuple[int, dict[str, Any]]:
    """The status and the document of the one answer that these bytes are."""
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


async def arrived(emulator: RekognitionEmulator) -> None:
    """What was sent before this is with the emulator: it has answered what was sent after it."""
    assert (await call(emulator)).status == 200


async def let_time_pass(clock: ManualClock, seconds: float) -> None:
    """Lets the limits' time pass, in steps in which they are looked after."""
    for _ in range(int(seconds)):
        clock.advance(1)
        await asyncio.sleep(0)
        await asyncio.sleep(0)


async def test_headers_that_never_end_are_given_up() -> None:
    """A client that sends its headers too slowly is told 408; another is served meanwhile."""
    clock = ManualClock()
    async with RekognitionEmulator(limits=Limits(head_timeout=10, clock=clock)) as emulator:
        async with connection_to(emulator) as (reader, writer):
            writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
            await arrived(emulator)
            await let_time_pass(clock, 5)
            writer.write(b"still ")
            await arrived(emulator)
            await let_time_pass(clock, 6)
            status, document = reply_in(await reader.read())
            assert (status, document["__type"]) == (408, "RequestTimeoutException")


async def test_a_body_that_never_ends_is_given_up() -> None:
    """A client that sends its body too slowly is told 408, and its connection is closed."""
    clock = ManualClock()
    async with RekognitionEmulator(limits=Limits(body_timeout=10, clock=clock)) as emulator:
        async with connection_to(emulator) as (reader, writer):
            body = b"{}".ljust(1000)
            headers = signed_headers(f"{emulator.url}/", body, key_id="AKID", secret="fake") | {
                "Host": "localhost",
                "Content-Length": "1000",
            }
            head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            writer.write(b"POST / HTTP/1.1\r\n" + head.encode() + b"\r\n{")
            await arrived(emulator)
            await let_time_pass(clock, 11)
            status, document = reply_in(await reader.read())
            assert (status, document["__type"]) == (408, "RequestTimeoutException")
            assert emulator.requests[0].error_code == "RequestTimeoutException"


async def test_a_client_that_does_not_read_is_cut_off() -> None:
    """An answer that nobody takes does not keep its connection for ever."""
    clock = ManualClock()
    body = b"x" * 50_000_000
    fault = FaultRule("ListFaces", Fault.http(200, body=body))
    async with RekognitionEmulator(
        faults=[fault], limits=Limits(reply_timeout=10, clock=clock)
    ) as emulator:
        async with connection_to(emulator) as (reader, writer):
            writer.write(
                b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n"
                b"X-Amz-Target: RekognitionService.ListFaces\r\n\r\n"
            )
            while not emulator.requests or emulator.requests[0].status is None:
                await asyncio.sleep(0)
            await arrived(emulator)
            await let_time_pass(clock, 11)
            assert len(await reader.read()) < len(body)


async def test_idle_connections_are_closed_and_busy_ones_are_not() -> None:
    """A connection without a request ends; one whose answer takes its time does not."""
    clock = ManualClock()
    goes_on = asyncio.Event()
    async with RekognitionEmulator(limits=Limits(idle_timeout=10, clock=clock)) as emulator:
        emulator.faults.add(FaultRule("ListFaces", Fault.hold(goes_on.wait)))
        busy = asyncio.create_task(call(emulator, operation="ListFaces"))
        async with connection_to(emulator) as (reader, _):
            while not emulator.requests:
                await asyncio.sleep(0)
            await arrived(emulator)
            await let_time_pass(clock, 11)
            assert await reader.read() == b""
        goes_on.set()
        assert (await busy).status == 400


async def test_the_emulators_clock_ends_no_connection() -> None:
    """A test that lets a day pass goes on over the same connection."""
    clock = ManualClock()
    async with RekognitionEmulator(clock=clock) as emulator:
        async with connection_to(emulator) as (reader, writer):
            for _ in range(2):
                writer.write(b"GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert b"200 OK" in await reader.readuntil(b"}")
                await let_time_pass(clock, 3)
                clock.advance(86_400)


@pytest.mark.parametrize(
    "headers",
    [
        b"X-Large: " + b"x" * 2000,
        b"".join(b"X-%d: y\r\n" % number for number in range(200)),
    ],
)
async def test_headers_have_a_limit(headers: bytes) -> None:
    """Headers over the limit are refused before they are read to their end."""
    async with RekognitionEmulator(limits=Limits(max_header_bytes=1500)) as emulator:
        async with connection_to(emulator) as (reader, writer):
            writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\n" + headers)
            status, document = reply_in(await reader.read())
            assert (status, document["__type"]) == (431, "MalformedHttpRequestException")
        assert (await call(emulator)).status == 200


async def test_headers_without_end_hurt_nobody(emulator: RekognitionEmulator) -> None:
    """A client that sends headers for ever is cut off, and the next one is served."""
    async with connection_to(emulator) as (_, writer):
        with pytest.raises(ConnectionError):
            while True:
                writer.write(b"X-Endless: " + b"x" * 100_000)
                await writer.drain()
    assert (await call(emulator)).status == 200


async def test_headers_within_the_limit_may_come_in_any_pieces() -> None:
    """The end of the headers counts wherever it is cut, and a large body is not counted."""
    body = b"[" + b"1," * 100_000
    request = (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body)
    )
    async with RekognitionEmulator(limits=Limits(max_header_bytes=200)) as emulator:
        for cut in range(len(request) - 5, len(request) + 1):
            async with connection_to(emulator) as (reader, writer):
                writer.write(request[:cut])
                await writer.drain()
                await asyncio.sleep(0)
                writer.write(request[cut:] + body)
                status, document = reply_in(await reader.read())
                assert (status, document["__type"]) == (400, "UnknownOperationException")


async def test_connections_have_a_limit() -> None:
    """One connection too many is told 503; when another ends, there is room again."""
    async with RekognitionEmulator(limits=Limits(max_connections=2)) as emulator:
        async with connection_to(emulator), connection_to(emulator) as (_, last):
            async with connection_to(emulator) as (reader, _):
                status, document = reply_in(await reader.read())
                assert (status, document["__type"]) == (503, "ServiceUnavailable")
            last.close()
            await last.wait_closed()
            async with connection_to(emulator) as (reader, writer):
                writer.write(b"GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert b"200 OK" in await reader.readuntil(b"}")


async def test_bodies_have_a_limit() -> None:
    """A body over the limit is 413, with its length or in chunks."""
    async with RekognitionEmulator(limits=Limits(max_body_bytes=1000)) as emulator:
        assert (await call(emulator, b"{}".ljust(1000))).status == 200
        refused = await call(emulator, b"{}".ljust(1001))
        assert (refused.status, refused.document["__type"]) == (
            413,
            "RequestEntityTooLargeException",
        )
        async with connection_to(emulator) as (reader, writer):
            writer.write(
                b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                b"X-Amz-Target: RekognitionService.ListFaces\r\nConnection: close\r\n\r\n"
                b"7d0\r\n" + b"x" * 2000 + b"\r\n0\r\n\r\n"
            )
            assert reply_in(await reader.read())[0] == 413


@pytest.mark.parametrize(
    "noise",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"FROB / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST http://[/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST / HTTP/9.9\r\nHost: localhost\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_told_so(emulator: RekognitionEmulator, noise: bytes) -> None:
    """Broken requests get an AWS-shaped 400, and their connection is closed."""
    async with connection_to(emulator) as (reader, writer):
        writer.write(noise)
        status, document = reply_in(await reader.read())
        assert (status, document["__type"]) == (400, "MalformedHttpRequestException")
    assert (await call(emulator)).status == 200


async def test_curl_may_wait_to_be_told_to_send(emulator: RekognitionEmulator) -> None:
    """A client that expects 100-continue gets it, and then its answer."""
    async with connection_to(emulator) as (reader, writer):
        writer.write(
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
            b"Expect: 100-continue\r\nConnection: close\r\n\r\n"
        )
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"{}")
        assert reply_in(await reader.read())[0] == 400


async def test_one_connection_serves_many_requests(emulator: RekognitionEmulator) -> None:
    """HTTP keep-alive: Python's own client sends a hundred requests over one connection."""
    address = urlsplit(emulator.url)
    options = emulator.client_options

    def use() -> None:
        connection = http.client.HTTPConnection(f"{address.hostname}:{address.port}")
        for number in range(100):
            body = b'{"CollectionId":"c-%d"}' % number
            headers = signed_headers(
                f"{emulator.url}/",
                body,
                operation="CreateCollection",
                key_id=options["aws_access_key_id"],
                secret=options["aws_secret_access_key"],
            )
            connection.request("POST", "/", body, headers)
            response = connection.getresponse()
            assert response.status == 200
            response.read()
        connection.close()

    await asyncio.to_thread(use)
    assert len(emulator.requests) == 100
    assert len({request.connection_id for request in emulator.requests}) == 1


@pytest.mark.parametrize(
    "limit", ["max_body_bytes", "max_header_bytes", "max_connections", "head_timeout"]
)
def test_a_limit_that_lets_nothing_in_is_refused(limit: str) -> None:
    """Limits are above 0, and the message names the one that is not."""
    with pytest.raises(ValueError, match=f"{limit} must be above 0, got 0"):
        Limits(**{limit: 0})  # type: ignore[arg-type] # the names are the table's
