"""`SqsCompletions`: a queue that tells which video jobs are done, so that waits need not poll.

Rekognition publishes the end of a job to the SNS topic of its NotificationChannel, and a queue that
is subscribed to the topic gets it. One reader a queue, whatever waits there are, tells each of them
of its job. A message is known by its JobId and Status alone.
"""

from __future__ import annotations

import asyncio
import copy
import json
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import Context
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self, TypeAlias, cast
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from aiobotocore.session import AioSession

from rekognition_async._botocore.sqs import Queue, ReceivedMessage, open_queue
from rekognition_async.config import SYSTEM_CLOCK, ConnectionSettings, RetryClock, check_seconds
from rekognition_async.errors import (
    ClientClosedError,
    JobFailedError,
    RateLimitError,
    RekognitionError,
    ServiceError,
    TransportError,
    WaitTimeoutError,
)
from rekognition_async.operation import R, Request
from rekognition_async.waiting import PollSettings, WaitCondition, wait_until

__all__ = ["SqsCompletions"]

logger: Final = logging.getLogger("rekognition_async")

DEFAULT_POLL_INTERVAL: Final = 60.0

_SUCCEEDED: Final = "SUCCEEDED"
_ENDS: Final = frozenset({_SUCCEEDED, "FAILED", "ERROR"})

_MAX_REMEMBERED: Final = 10_000
"""Jobs; so many may end before anybody waits for them."""

_MAX_PUT_BACK: Final = 900
"""Seconds after which a message of somebody else's is looked at again, at the latest."""

_FIRST_PAUSE: Final = 1.0
_MAX_PAUSE: Final = 60.0
"""Seconds before a queue that could not be read is read again."""

_LAST_DELETION: Final = 5.0
"""Seconds for which the end of a reader waits for what was used to be deleted."""

_Outcome: TypeAlias = str | RekognitionError
"""The status of a job that is done, or why the queue tells none."""


class SqsCompletions:
    """Ends waits for video jobs by the messages of an SQS queue instead of by polling.

    Pass it as ``completions=`` to any ``wait_for_...`` of a video job. The queue has to be
    subscribed to the SNS topic that the job was started with, as its ``notification_channel``;
    with or without raw message delivery.

    All waits on a queue in an event loop share one reader, also those that were given another
    `SqsCompletions` with the same settings. It begins with the first wait, or with ``async with``,
    and ends with the last one. While it lives, a message that comes before its wait is remembered;
    so enter it before jobs are started.

    Only messages that ended a wait, or that tell of a job whose wait has ended, are deleted. Any
    other is given back: at once when it is received for the first time, then after 1, 2, 4, … up
    to 900 seconds, so that others can have it and nobody reads it over and over. SQS gives each
    message to one reader, so each process does best with a queue of its own.

    Where the queue does not exist, or may not be read, waits end with that error. While it cannot
    be read for a reason that may pass, they go on by their polls, and the log tells once.
    """

    def __init__(
        self,
        queue_url: str,
        *,
        region_name: str | None = None,
        endpoint_url: str | None = None,
        profile_name: str | None = None,
        aws_access_key_id: str | None = None,
        aws_secret_access_key: str | None = None,
        aws_session_token: str | None = None,
        session: AioSession | None = None,
        poll_interval: float = DEFAULT_POLL_INTERVAL,
        clock: RetryClock = SYSTEM_CLOCK,
    ) -> None:
        """Checks the settings; nothing is opened or looked up yet.

        Args:
            queue_url: The queue's URL, as SQS gives it, as in
                ``"https://sqs.eu-west-1.amazonaws.com/123456789012/video-jobs"``.
            region_name: The region of the queue; None is the one that its URL names, and where it
                names none the configured one.
            endpoint_url: Where to send requests instead of the region's endpoint.
            profile_name: The profile of the AWS configuration files to use.
            aws_access_key_id: An access key id, together with its secret.
            aws_secret_access_key: The secret of the access key.
            aws_session_token: The token of temporary credentials.
            session: An aiobotocore session whose credentials and configuration to use.
            poll_interval: Seconds between two polls of a wait, in case a message is lost. A longer
                ``poll_interval`` of the wait itself counts before it.
            clock: The time to wait by before a queue that could not be read is read again.

        Raises:
            ValueError: A setting is out of its range, or two exclude each other.
            TypeError: A setting is of another type.
        """
        _check_url(queue_url)
        check_seconds("poll_interval", poll_interval, above_zero=True)
        self.poll_interval = poll_interval
        settings = ConnectionSettings(
            region_name=region_name,
            endpoint_url=endpoint_url,
            profile_name=profile_name,
            aws_access_key_id=aws_access_key_id,
            aws_secret_access_key=aws_secret_access_key,
            aws_session_token=aws_session_token,
            session=session,
        )
        self._source = _Source(queue_url, settings, clock)
        self._entered: WeakKeyDictionary[asyncio.AbstractEventLoop, _Reader] = WeakKeyDictionary()
        self._waits: set[asyncio.Future[_Outcome]] = set()

    def __repr__(self) -> str:
        return f"SqsCompletions({self._source.queue_url!r})"

    async def __aenter__(self) -> Self:
        """Begins to read the queue, in the running event loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._entered:
            self._entered[loop] = reader = _reader_of(self._source)
            reader.hold()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Ends the reading that ``async with`` began, and the waits that were given this object.

        They end with `ClientClosedError`. Waits in other event loops, and those that share the
        queue's reader through another `SqsCompletions`, go on.
        """
        loop = asyncio.get_running_loop()
        for told in self._waits:
            if told.get_loop() is loop and not told.done():
                told.set_result(
                    ClientClosedError(
                        f"the reader of {self._source.queue_url} was closed during a wait",
                        hint="close it after its waits",
                    )
                )
        reader = self._entered.pop(loop, None)
        if reader is not None:
            await reader.release()

    @asynccontextmanager
    async def _told_of(self, job_id: str) -> AsyncGenerator[asyncio.Future[_Outcome]]:
        reader = _reader_of(self._source)
        reader.hold()
        told = reader.watch(job_id)
        self._waits.add(told)
        try:
            yield told
        except JobFailedError:
            reader.note_used(job_id)
            raise
        else:
            reader.note_used(job_id)
        finally:
            self._waits.discard(told)
            reader.forget(job_id, told)
            await reader.release()

    async def wait_until_done(
        self,
        condition: WaitCondition[R],
        polling: PollSettings,
        *,
        job_id: str,
        send: Callable[[Request[R]], Awaitable[R]],
        clock: RetryClock,
        random: Callable[[], float],
    ) -> None:
        """Waits until a job has succeeded, by its message or by a poll, whichever is first.

        Args:
            condition: What is waited for.
            polling: How often and how long to ask, where the queue tells nothing.
            job_id: The id of the job.
            send: Sends one poll.
            clock: The time to wait by.
            random: Gives numbers from 0 to 1, for the jitter.

        Raises:
            JobFailedError: The job has failed.
            WaitTimeoutError: The job was not done in time.
            ClientClosedError: `aclose` was called meanwhile.
            RekognitionError: The queue cannot be read, or polls failed as in `wait_until`.
        """
        polling.check(condition.request.operation)
        interval = max(polling.poll_interval, self.poll_interval)
        polling = polling._replace(poll_interval=interval)

        async def poll(polling: PollSettings) -> None:
            await wait_until(condition, polling, send=send, clock=clock, random=random)

        async with self._told_of(job_id) as told:
            if not told.done():
                await _first_of(poll(polling), told)
            if told.done():
                await _act_on(told.result(), condition, lambda: poll(polling._replace(timeout=0.0)))


def _check_url(queue_url: object) -> None:
    if not isinstance(queue_url, str):
        raise TypeError(f"queue_url must be a str, got {type(queue_url).__name__}")
    parts = urlsplit(queue_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or len(parts.path) <= 1:
        raise ValueError(f"queue_url must be the URL of a queue, got {queue_url!r}")


def check_completions(completions: object) -> None:
    """Refuses what a wait cannot be told by, such as the URL of a queue alone.

    Raises:
        TypeError: It is of another type.
    """
    if not isinstance(completions, SqsCompletions):
        given = type(completions).__name__
        raise TypeError(f"completions must be SqsCompletions or None, got {given}")


async def _first_of(work: Awaitable[None], told: asyncio.Future[_Outcome]) -> None:
    """Does work until it is done, or a future is; no exception of work counts beside the latter."""
    doing = asyncio.ensure_future(work)
    try:
        both: set[asyncio.Future[Any]] = {doing, told}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if not told.done():
            await doing
    finally:
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)


async def _act_on(
    outcome: _Outcome, condition: WaitCondition[Any], poll: Callable[[], Awaitable[None]]
) -> None:
    if isinstance(outcome, RekognitionError):
        raise outcome
    if outcome == _SUCCEEDED:
        return
    try:
        # The message has no reason for a failure.
        await poll()
    except (WaitTimeoutError, ServiceError, TransportError, RateLimitError) as error:
        raise JobFailedError(condition.request.operation, outcome) from error


@dataclass(frozen=True)
class _Source:
    """What readers are told apart by."""

    queue_url: str
    settings: ConnectionSettings
    clock: RetryClock


def _reader_of(source: _Source) -> _Reader:
    """The one reader of a queue in the running event loop."""
    readers = _readers.setdefault(asyncio.get_running_loop(), {})
    reader = readers.get(source)
    if reader is None:
        reader = readers[source] = _Reader(source)
    return reader


class _Reader:
    """Reads a queue as long as somebody holds it, and remembers what it has read."""

    def __init__(self, source: _Source) -> None:
        self._source = source
        self._holders = 0
        self._task: asyncio.Task[None] | None = None
        self._watched: dict[str, set[asyncio.Future[_Outcome]]] = {}
        self._statuses = _Recent()
        self._used = _Recent()

    def hold(self) -> None:
        """Reads on until `release`."""
        self._holders += 1
        if self._task is None or self._task.done():
            # Not in the context, such as a span, of the wait that happens to be the first.
            self._task = asyncio.get_running_loop().create_task(self._read(), context=Context())

    async def release(self) -> None:
        """Ends the reading where nobody else holds it."""
        self._holders -= 1
        if self._holders == 0 and self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def watch(self, job_id: str) -> asyncio.Future[_Outcome]:
        """What is told the status of a job when it is done; at once where it is known already."""
        told: asyncio.Future[_Outcome] = asyncio.get_running_loop().create_future()
        status = self._statuses.get(job_id)
        if status is None:
            self._watched.setdefault(job_id, set()).add(told)
        else:
            told.set_result(status)
        return told

    def forget(self, job_id: str, told: asyncio.Future[_Outcome]) -> None:
        """Tells no more of a job."""
        watching = self._watched.get(job_id, set())
        watching.discard(told)
        if not watching:
            self._watched.pop(job_id, None)

    def note_used(self, job_id: str) -> None:
        """Lets messages of a job be deleted, for nobody needs them any more."""
        self._used.put(job_id, "")

    async def _read(self) -> None:
        pauses = 0
        while True:
            try:
                async with open_queue(self._source.queue_url, self._source.settings) as queue:
                    while True:
                        messages = await queue.receive()
                        pauses = 0
                        await self._take_to_the_end(queue, messages)
            except RekognitionError as error:
                if not _may_pass(error):
                    self._fail(error)
                    return
                if not pauses:
                    url = self._source.queue_url
                    logger.warning("%s cannot be read, waits poll meanwhile: %s", url, error)
            await self._source.clock.sleep(min(_FIRST_PAUSE * 2**pauses, _MAX_PAUSE))
            pauses += 1

    def _fail(self, error: RekognitionError) -> None:
        """Ends all waits."""
        for watching in self._watched.values():
            for told in watching:
                if not told.done():
                    # Each is raised in a task of its own.
                    told.set_result(copy.copy(error))

    async def _take_to_the_end(self, queue: Queue, messages: list[ReceivedMessage]) -> None:
        """Takes messages; what was used is deleted even where the reader is to end meanwhile."""
        taking = asyncio.ensure_future(self._take(queue, messages))
        try:
            await asyncio.shield(taking)
        except asyncio.CancelledError:
            with suppress(TimeoutError, RekognitionError):
                async with self._source.clock.timeout(_LAST_DELETION):
                    await taking
            raise

    async def _take(self, queue: Queue, messages: list[ReceivedMessage]) -> None:
        used: list[ReceivedMessage] = []
        others: list[ReceivedMessage] = []
        for message in messages:
            (used if self._tell(message) else others).append(message)
        if used:
            await queue.delete(used)
        if others:
            await queue.put_back({message: _delay(message) for message in others})

    def _tell(self, message: ReceivedMessage) -> bool:
        """Ends the waits that a message is for; tells whether it is of no more use to anybody."""
        completion = _completion_of(message.body)
        if completion is None:
            return False
        job_id, status = completion
        self._statuses.put(job_id, status)
        for told in self._watched.get(job_id, ()):
            self.note_used(job_id)
            if not told.done():
                told.set_result(status)
        return self._used.get(job_id) is not None


# Those that nobody holds stay, for what they remember: a message may outlast its wait.
_readers: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, dict[_Source, _Reader]]] = (
    WeakKeyDictionary()
)


class _Recent:
    """The values of the keys that came last."""

    def __init__(self) -> None:
        self._values: OrderedDict[str, str] = OrderedDict()

    def get(self, key: str) -> str | None:
        return self._values.get(key)

    def put(self, key: str, value: str) -> None:
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > _MAX_REMEMBERED:
            self._values.popitem(last=False)


def _may_pass(error: RekognitionError) -> bool:
    return isinstance(error, TransportError) or (
        isinstance(error, ServiceError) and error.retryable
    )


def _delay(message: ReceivedMessage) -> int:
    """The seconds after which a message of somebody else's may be received again."""
    times = message.receive_count
    return 0 if times <= 1 else min(2 ** min(times - 2, 10), _MAX_PUT_BACK)


def _completion_of(body: str) -> tuple[str, str] | None:
    """JobId and Status of a message, as it came or in SNS's envelope; None where it has none."""
    document = _document(body)
    message = document.get("Message")
    if "JobId" not in document and isinstance(message, str):
        document = _document(message)
    job_id, status = document.get("JobId"), document.get("Status")
    if isinstance(job_id, str) and isinstance(status, str) and status in _ENDS:
        return job_id, status
    return None


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", document) if isinstance(document, dict) else {}
