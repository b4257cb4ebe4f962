"""A gate for open video jobs: a start beyond the limit waits, in order, until a job ends.

The client's `send` takes every start and every look at a job through `OpenJobs.call`, which so
learns what begins and what has ended.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, Protocol, cast

from rekognition_async._botocore.events import CallOptions
from rekognition_async.errors import (
    RateLimitError,
    ResponseValidationError,
    ServiceError,
    TransportError,
)
from rekognition_async.operation import R, RawResponse, Request

logger: Final = logging.getLogger("rekognition_async")

_KINDS: Final = (
    "CelebrityRecognition",
    "ContentModeration",
    "FaceDetection",
    "FaceSearch",
    "LabelDetection",
    "PersonTracking",
    "SegmentDetection",
    "TextDetection",
)
_GET_OF: Final = {f"Start{kind}": f"Get{kind}" for kind in _KINDS}
_GETS: Final = frozenset(_GET_OF.values())
_ENDS: Final = frozenset({"SUCCEEDED", "FAILED"})

_POLL_INTERVAL: Final = 30.0
"""Seconds between two rounds of the gate's own polls."""


class Send(Protocol):
    """What sends a request under the settings of a call."""

    async def __call__(self, request: Request[R], options: CallOptions, /) -> RawResponse[R]:
        """Sends one request."""
        ...


class OpenJobs:
    """The video jobs that a client has started, and those that wait to be."""

    def __init__(self, limit: int) -> None:
        """Takes how many may be open at once."""
        self._limit = limit
        self._open: dict[str, Request[Any]] = {}
        self._starting = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._poller: asyncio.Task[None] | None = None

    async def call(
        self,
        request: Request[R],
        options: CallOptions,
        *,
        send: Send,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> RawResponse[R]:
        """Sends a request; the start of a job when there is a place for it.

        Args:
            request: Any request.
            options: The settings of the call. Its deadline counts for the wait as well.
            send: Sends it.
            spawn: Starts a task that does not outlive the client.

        Raises:
            RateLimitError: There was no place before the deadline.
            RekognitionError: Whatever sending raises.
        """
        if request.operation in _GET_OF:
            return await self._start(request, options, send, spawn)
        answer = await send(request, options)
        if request.operation in _GETS:
            self._note_status(cast("Any", request).job_id, answer)
        return answer

    def note_ended(self, job_id: str) -> None:
        """Gives the place of a job to the next start."""
        if self._open.pop(job_id, None) is not None:
            self._admit()

    async def _start(
        self,
        request: Request[R],
        options: CallOptions,
        send: Send,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> RawResponse[R]:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            # What another loop left behind never goes on; its jobs do.
            self._loop, self._starting, self._poller = loop, 0, None
            self._waiting.clear()
        options = await self._wait_for_place(request.operation, options, send, spawn)
        try:
            answer = await send(request, options)
            with suppress(ResponseValidationError):
                job_id: str | None = cast("Any", answer.parse()).job_id
                if job_id:
                    self._open.setdefault(job_id, _get_request(request.operation, job_id))
            return answer
        finally:
            self._leave(loop)

    async def _wait_for_place(
        self,
        operation: str,
        options: CallOptions,
        send: Send,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> CallOptions:
        """Takes a place; gives the settings with what is left of the deadline."""
        if not self._waiting and self._has_place():
            self._starting += 1
            return options
        clock, deadline = options.retry.clock, options.deadline
        begun = clock.monotonic()
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        if self._poller is None or self._poller.done():
            self._poller = spawn(self._poll(replace(options, deadline=None), send))
        try:
            async with clock.timeout(deadline):
                await place
        except BaseException as error:
            if place.done() and not place.cancelled():
                self._leave(asyncio.get_running_loop())
            if isinstance(error, TimeoutError):
                raise RateLimitError(operation, retry_after=_POLL_INTERVAL) from error
            raise
        finally:
            with suppress(ValueError):
                self._waiting.remove(place)
            if not self._waiting:
                self._poller.cancel()
        if deadline is None:
            return options
        # A call that had its place at the last moment is refused by its turn, or cut off at once.
        left = max(deadline - (clock.monotonic() - begun), 0.0)
        return replace(options, deadline=left)

    def _has_place(self) -> bool:
        return len(self._open) + self._starting < self._limit

    def _leave(self, loop: asyncio.AbstractEventLoop) -> None:
        """Ends what `_wait_for_place` began."""
        if self._loop is loop:
            self._starting -= 1
            self._admit()

    def _admit(self) -> None:
        """Lets those who wait start, first come, first served, as far as there are places."""
        while self._waiting and self._has_place():
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                self._starting += 1

    def _note_status(self, job_id: str, answer: RawResponse[Any]) -> None:
        with suppress(ResponseValidationError):
            if answer.parse().job_status in _ENDS:
                self.note_ended(job_id)

    async def _poll(self, options: CallOptions, send: Send) -> None:
        """Asks for the open jobs as long as a start waits: there may be jobs nobody waits for."""
        while True:
            await options.retry.clock.sleep(_POLL_INTERVAL)
            for job_id, request in list(self._open.items()):
                if job_id in self._open:
                    await self._look(job_id, request, options, send)

    async def _look(
        self, job_id: str, request: Request[Any], options: CallOptions, send: Send
    ) -> None:
        try:
            self._note_status(job_id, await send(request, options))
        except ServiceError as error:
            logger.debug("an open job cannot be asked for: %s", error)
            if not error.retryable:
                # A job that is gone, or may not be looked at, would keep its place for ever.
                self.note_ended(job_id)
        except (TransportError, RateLimitError) as error:
            logger.debug("an open job cannot be asked for: %s", error)


def _get_request(operation: str, job_id: str) -> Request[Any]:
    """The request for the status of a job that an operation has started."""
    from rekognition_async.models import video  # noqa: PLC0415 - loaded when it is first used

    request: type[Any] = getattr(video, f"{_GET_OF[operation]}Request")
    return cast("Request[Any]", request(job_id=job_id, max_results=1))
