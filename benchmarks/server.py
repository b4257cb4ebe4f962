"""The service of all runs: one process, no signature checks, as little work as can be.

The path of a request says how many pages a list has and how many milliseconds an answer takes,
as in ``/100/0``; the rest is in the request as the service has it. A list that is asked for by
one item a page ends with the first: something to warm up on. Standard library only.

The arguments are the page sizes to have ready before the first request.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from typing import Final, cast

from benchmarks import answers

_PREFIX: Final = "RekognitionService."
_HEAD_END: Final = b"\r\n\r\n"
_ANSWER_HEAD: Final = (
    "HTTP/1.1 200 OK\r\n"
    "Content-Type: application/x-amz-json-1.1\r\n"
    "x-amzn-RequestId: 6f0c6a3e-5d0f-4d7e-9c58-0d4c1a4b7f11\r\n"
    "Content-Length: {length}\r\n"
    "\r\n"
)


class _Service(asyncio.Protocol):
    """One connection, kept alive: a request, its answer, the next request."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._calls = itertools.count()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the way back."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answers as soon as a request is whole."""
        self._received += data
        while (head_end := self._received.find(_HEAD_END)) >= 0:
            path, headers = _parsed_head(self._received[:head_end])
            body_start = head_end + len(_HEAD_END)
            body_end = body_start + int(headers.get("content-length", "0"))
            if len(self._received) < body_end:
                return
            body = bytes(self._received[body_start:body_end])
            del self._received[:body_end]
            self._answer(path, headers["x-amz-target"].removeprefix(_PREFIX), body)

    def _answer(self, path: str, operation: str, body: bytes) -> None:
        pages, delay_ms = (int(part) for part in path.strip("/").split("/"))
        document = self._document(operation, body, pages)
        whole = _ANSWER_HEAD.format(length=len(document)).encode() + document
        if delay_ms:
            asyncio.get_running_loop().call_later(delay_ms / 1000, self._transport.write, whole)
        else:
            self._transport.write(whole)

    def _document(self, operation: str, body: bytes, pages: int) -> bytes:
        match operation:
            case "DetectLabels":
                return answers.labels(next(self._calls) % answers.LABEL_ANSWERS)
            case "DescribeCollection":
                return answers.description()
            case "ListCollections":
                make = answers.collections_page
            case "ListFaces":
                make = answers.faces_page
            case _:
                raise NotImplementedError(operation)
        asked = json.loads(body)
        page_size: int = asked["MaxResults"]
        page = answers.page_of(asked.get("NextToken"))
        return make(page_size, page, pages if page_size > 1 else 1)


def _parsed_head(head: bytearray) -> tuple[str, dict[str, str]]:
    request_line, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return request_line.split(" ")[1], {name.lower(): value.strip() for name, _, value in pairs}


async def _serve(page_sizes: list[int]) -> None:
    for page_size in page_sizes:
        answers.build(page_size)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Service, "127.0.0.1", 0, backlog=512)
    port: int = server.sockets[0].getsockname()[1]
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    # Whoever started this holds the other end: it closes when they end, in whatever way.
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(_serve([int(argument) for argument in sys.argv[1:]]))
