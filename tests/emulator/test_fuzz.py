"""Whatever is sent, the emulator answers as AWS does, and goes on."""

import asyncio
import base64
import json
import math
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from model_strategies import service_model, valid
from wire import call, signed_headers

from rekognition_async.emulator import Limits, ManualClock, RekognitionEmulator

OPERATIONS = list(service_model().operation_names)

Send = Callable[[bytes], bytes]
Call = Callable[[str, bytes, dict[str, str]], tuple[int, dict[str, Any]]]


@contextmanager
def running(**emulator_settings: Any) -> Generator[tuple[Send, Call]]:
    """An emulator for many examples: one that takes bytes, and one that takes requests."""
    with asyncio.Runner() as runner:
        clock = ManualClock()
        emulator = RekognitionEmulator(limits=Limits(clock=clock), **emulator_settings)
        runner.run(emulator.start())
        session = aiohttp.ClientSession(loop=runner.get_loop())
        address = urlsplit(emulator.url)

        async def send(noise: bytes) -> bytes:
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.write(noise)
            assert (await call(emulator)).status == 200
            received = asyncio.create_task(reader.read())
            # What is still waited for is given up, so that there is always an end.
            while not received.done():
                clock.advance(60)
                await asyncio.sleep(0)
            writer.close()
            return await received

        async def request(
            operation: str, body: bytes, headers: dict[str, str]
        ) -> tuple[int, dict[str, Any]]:
            options = emulator.client_options
            signed = signed_headers(
                f"{emulator.url}/",
                body,
                operation=operation,
                key_id=options["aws_access_key_id"],
                secret=options["aws_secret_access_key"],
            )
            async with session.post(emulator.url, data=body, headers=signed | headers) as response:
                content = await response.read()
                assert response.headers["Content-Type"] == "application/x-amz-json-1.1"
                return response.status, json.loads(content)

        try:
            yield (
                lambda noise: runner.run(send(noise)),
                lambda *parts: runner.run(request(*parts)),
            )
        finally:
            runner.run(session.close())
            runner.run(emulator.stop())


def check_answers(received: bytes) -> None:
    """Everything that came back is whole answers of AWS's form, none of them a 500."""
    while received:
        head, _, rest = received.partition(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        version, status, *_ = status_line.split(" ")
        assert version in {"HTTP/1.1", "HTTP/1.0"}
        if status == "100":
            received = rest
            continue
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
        }
        length = int(headers.get("content-length", "0"))
        assert int(status) < 500
        body, received = rest[:length], rest[length:]
        # An answer to HEAD has the length of a body, and none.
        if body.startswith(b"{"):
            assert status == "200" or json.loads(body)["__type"]
        elif body:
            received = body + received


heads = st.lists(
    st.sampled_from(
        [
            b"POST / HTTP/1.1",
            b"HEAD / HTTP/1.1",
            b"GET /_emulator/health HTTP/1.1",
            b"CONNECT a:1 HTTP/1.1",
            b"POST / HTTP/1.0",
            b"Host: localhost",
            b"Host: [",
            b"Content-Length: 7",
            b"Content-Length: 99999999999999999999",
            b"Transfer-Encoding: chunked",
            b"Transfer-Encoding: gzip, chunked",
            b"Content-Encoding: gzip",
            b"Connection: upgrade",
            b"Connection: close",
            b"Upgrade: websocket",
            b"Expect: 100-continue",
            b"Authorization: AWS4-HMAC-SHA256 Credential=\xff/20260101/\xfe/rekognition/x",
            b"X-Amz-Target: RekognitionService.ListFaces",
            b"X-Amz-Target: \xff\xfe\xed\xa0\x80",
            b"\x00",
            b"",
            b"5",
            b"0",
            b"{}",
        ]
    )
    | st.binary(max_size=20),
    max_size=12,
).map(b"\r\n".join)


def test_any_bytes_get_an_answer_or_an_end() -> None:
    """Bytes of every kind, and the pieces of HTTP in every order: no 500, and no end of serving."""
    with running(verify_signatures=False) as (send, _):

        @given(noise=st.binary(max_size=400) | heads)
        @settings(max_examples=300, deadline=None)
        def check(noise: bytes) -> None:
            received = send(noise)
            assert received or len(noise) == 0
            check_answers(received)

        check()


def test_headers_that_are_no_text_are_refused() -> None:
    """A region in bytes of no encoding becomes neither a state nor a 500."""
    body = b'{"CollectionId":"a"}'
    with running(verify_signatures=False) as (send, _):
        received = send(
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n"
            b"X-Amz-Target: RekognitionService.CreateCollection\r\n"
            b"Authorization: AWS4-HMAC-SHA256 Credential=a/20260101/\xff/rekognition/aws4_request, "
            b"SignedHeaders=host, Signature=%s\r\n\r\n%s" % (len(body), b"0" * 64, body)
        )
        assert received.startswith(b"HTTP/1.1 400 ")
        assert b"MalformedHttpRequestException" in received
        check_answers(received)


texts = st.text(max_size=30).filter(lambda text: text.isprintable() and text.isascii())
some_headers = st.dictionaries(
    st.sampled_from(
        ["Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-SHA256", "Host"]
    )
    | st.just("X-Amz-Target"),
    texts
    | st.sampled_from(
        [
            "AWS4-HMAC-SHA256 Credential=a/20260101/r/rekognition/aws4_request, "
            f"SignedHeaders=host;;x, Signature={'0' * 64}",
            "20260101T000000Z",
            "[",
            "RekognitionService.",
            "Rekognitionservice.ListFaces",
        ]
    ),
    max_size=3,
)
HOSTILE_BODIES = [
    b'{"CollectionId":"\\ud800"}',
    b'{"CollectionId":"\xed\xa0\x80"}',
    b'{"\\udfff":1}',
    b'{"MaxResults":NaN}',
    b'{"MaxResults":-Infinity}',
    b'{"MaxResults":1e999}',
    b'{"FaceMatchThreshold":1e999}',
    b'{"MaxResults":' + b"9" * 4000 + b"}",
    b'{"FaceMatchThreshold":' + b"9" * 4000 + b"}",
    b'{"MaxResults":' + b"9" * 5000 + b"}",
    b'{"a":' * 900 + b"1" + b"}" * 900,
    b'{"FaceIds":[' + b'"",' * 50_000 + b'""]}',
    b"[" * 200_000,
    b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{}",
    b"null",
    b'"text"',
    b'{"Image":{"Bytes":"%%%"}}',
    b'{"CollectionId":null,"CollectionId":[]}',
]


def test_any_request_gets_an_answer_of_awss_form() -> None:
    """Valid HTTP with any body, any operation and any headers is answered, and never with 500."""
    with running() as (_, request):

        @given(
            operation=st.sampled_from(OPERATIONS) | texts,
            body=st.binary(max_size=60) | st.sampled_from(HOSTILE_BODIES),
            headers=some_headers,
        )
        @example("ListFaces", b"{}", {"Host": "["})
        @example("ListFaces", b"{}", {"Host": "localhost:99999999"})
        @settings(max_examples=300, deadline=None)
        def check(operation: str, body: bytes, headers: dict[str, str]) -> None:
            status, document = request(operation, body, headers)
            assert status in {200, 400, 403, 413}
            assert status == 200 or document["__type"]

        check()


def test_hostile_documents_are_refused_by_every_operation() -> None:
    """What Python's JSON takes and nothing else does, or not for long, is a 400 everywhere."""
    with running() as (_, request):
        for operation in OPERATIONS:
            for body in HOSTILE_BODIES:
                status, document = request(operation, body, {})
                assert status == 200 or document["__type"], (operation, body)
                assert status in {200, 400}, (operation, body)


strange_values: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        2**31,
        2**63,
        10**400,
        0.5,
        -0.0,
        1e308,
        "",
        "\u0000",
        "\ud800",
        "../../etc/passwd",
        "x" * 3000,
        "\U0001f600",
        "<script>",
        "'; DROP TABLE records; --",
        [],
        [None],
        [[]],
        {},
        {"": {}},
        base64.b64encode(b"\x89PNG\r\n\x1a\n").decode(),
        "arn:aws:rekognition:us-east-1:123456789012:project/a/1",
    ]
)


def mutated(document: Any) -> st.SearchStrategy[Any]:
    """A document with one value, anywhere in it, left out, doubled or replaced."""
    places = list(_places(document, ()))
    if not places:
        return st.just(document)
    return st.tuples(st.sampled_from(places), st.none() | strange_values, st.booleans()).map(
        lambda chosen: _changed(document, *chosen)
    )


def _places(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for key in value:
            yield from _places(value[key], (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _places(item, (*path, number))


def _changed(document: Any, path: tuple[Any, ...], value: Any, is_removed: bool) -> Any:
    copy = json.loads(json.dumps(document))
    inner = copy
    for step in path[:-1]:
        inner = inner[step]
    if is_removed:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return copy


@pytest.mark.parametrize("operation", OPERATIONS)
def test_any_near_miss_gets_an_answer_of_awss_form(operation: str) -> None:
    """A valid document of an operation with one thing wrong is answered, and never with 500."""
    shape = service_model().operation_model(operation).input_shape
    with running() as (_, request):

        @given(data=st.data())
        @settings(max_examples=15, deadline=None)
        def check(data: st.DataObject) -> None:
            document = data.draw(valid(shape, wire=True))
            for sent in (document, data.draw(mutated(document))):
                status, answer = request(operation, json.dumps(sent).encode(), {})
                assert status in {200, 400}
                assert status == 200 or answer["__type"]
                assert all(
                    math.isfinite(number) for number in answer.values() if isinstance(number, float)
                )

        check()
