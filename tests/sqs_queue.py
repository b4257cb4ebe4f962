"""A queue of SQS that does what a test says, over a socket."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import RawTestServer

QUEUE_PATH = "/123456789012/video-jobs"


class FakeQueue:
    """Gives each message once, as a long poll: a request waits until there is one.

    Attributes:
        url: The queue's URL.
        deleted: The bodies of the messages that were deleted.
        put_back: The body and the seconds of each message that was given back.
        refusals: Status and code of the answers to the next requests, by operation.
        regions: The regions that requests were signed for.
        readers: How many requests wait for a message now.
        most_readers: How many did at a time at most.
        received: How many requests for messages came.
    """

    def __init__(self) -> None:
        self.url = ""
        self.deleted: list[str] = []
        self.put_back: list[tuple[str, int]] = []
        self.refusals: dict[str, list[tuple[int, str]]] = {}
        self.regions: set[str] = set()
        self.readers = self.most_readers = self.received = 0
        self._messages: asyncio.Queue[tuple[str, int]] = asyncio.Queue()
        self._given: dict[str, str] = {}
        self._changed = asyncio.Condition()

    def send(self, body: str | dict[str, Any], receive_count: int = 1) -> None:
        """Puts a message into the queue."""
        text = body if isinstance(body, str) else json.dumps(body)
        self._messages.put_nowait((text, receive_count))

    async def until(self, condition: Any) -> None:
        """Returns when something is so, which is looked at after each request."""
        async with self._changed:
            await self._changed.wait_for(condition)

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Answers one request of SQS's JSON protocol."""
        operation = request.headers["X-Amz-Target"].removeprefix("AmazonSQS.")
        self.regions.add(request.headers["Authorization"].split("/")[2])
        parameters = json.loads(await request.read())
        try:
            return await self._answer(operation, parameters)
        finally:
            async with self._changed:
                self._changed.notify_all()

    async def _answer(self, operation: str, parameters: dict[str, Any]) -> web.Response:
        refusals = self.refusals.get(operation, [])
        if refusals:
            status, code = refusals.pop(0)
            return web.json_response(
                {"__type": f"com.amazonaws.sqs#{code}", "message": "no"}, status=status
            )
        if operation == "ReceiveMessage":
            assert (parameters["WaitTimeSeconds"], parameters["MaxNumberOfMessages"]) == (20, 10)
            return web.json_response({"Messages": [await self._receive()]})
        for entry in parameters["Entries"]:
            body = self._given[entry["ReceiptHandle"]]
            if operation == "DeleteMessageBatch":
                self.deleted.append(body)
            else:
                self.put_back.append((body, entry["VisibilityTimeout"]))
        done = [{"Id": entry["Id"]} for entry in parameters["Entries"]]
        return web.json_response({"Successful": done, "Failed": []})

    async def _receive(self) -> dict[str, Any]:
        self.received += 1
        self.readers += 1
        self.most_readers = max(self.most_readers, self.readers)
        async with self._changed:
            self._changed.notify_all()
        try:
            body, count = await self._messages.get()
        finally:
            self.readers -= 1
        handle = f"handle-{len(self._given)}"
        self._given[handle] = body
        return {
            "MessageId": handle,
            "ReceiptHandle": handle,
            "Body": body,
            "Attributes": {"ApproximateReceiveCount": str(count)},
        }


@asynccontextmanager
async def fake_queue() -> AsyncGenerator[FakeQueue]:
    """A queue that is there for a test."""
    queue = FakeQueue()
    # A reader that goes away stops waiting, as SQS sees it, too.
    async with RawTestServer(queue.answer, handler_cancellation=True) as server:
        queue.url = str(server.make_url(QUEUE_PATH))
        yield queue
