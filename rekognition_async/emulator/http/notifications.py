"""What the emulator publishes to SNS topics, and what is kept of it for tests.

A handler that has something to tell calls `Notifier.publish`, and `Notifier.at` has it look again
when the emulator's clock says so. Both return at once; nothing here holds up an answer.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, overload
from urllib.parse import urlsplit

from rekognition_async.emulator.utils.clock import Clock
from rekognition_async.loopback import is_loopback

logger: Final = logging.getLogger("rekognition_async.emulator")

_MAX_KEPT: Final = 10_000


@dataclass(frozen=True, slots=True)
class Notification:
    """One message that was to be published.

    Attributes:
        topic_arn: The topic that the caller of a Start operation named.
        message: What was published, by AWS's names.
        time: When, in seconds since the epoch, by the emulator's clock.
        error: Why it was not published; None where it was.
    """

    topic_arn: str
    message: Mapping[str, Any]
    time: float
    error: str | None = None


class Notifications(Sequence[Notification]):
    """The last 10,000 notifications, oldest first."""

    def __init__(self) -> None:
        """Begins with none."""
        self._kept: deque[Notification] = deque(maxlen=_MAX_KEPT)

    def __len__(self) -> int:
        return len(self._kept)

    @overload
    def __getitem__(self, index: int) -> Notification: ...

    @overload
    def __getitem__(self, index: slice) -> list[Notification]: ...

    def __getitem__(self, index: int | slice) -> Notification | list[Notification]:
        kept = list(self._kept)
        return kept[index]

    def __iter__(self) -> Iterator[Notification]:
        return iter(list(self._kept))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} of them)"

    def add(self, notification: Notification) -> None:
        """Keeps one more."""
        self._kept.append(notification)

    def clear(self) -> None:
        """Forgets all."""
        self._kept.clear()


class Notifier:
    """Publishes through an endpoint that speaks SNS, in the background, until it is closed."""

    def __init__(self, endpoint_url: str, clock: Clock, kept: Notifications) -> None:
        """Takes the endpoint, the emulator's time, and what keeps the notifications."""
        self._endpoint_url = endpoint_url
        self._clock = clock
        self._kept = kept
        self._session: Any = None
        self._tasks: set[asyncio.Task[None]] = set()

    def at(self, time: float, look: Callable[[], object]) -> None:
        """Calls a function when the emulator's clock has come so far."""
        self._spawn(self._call_at(time, look))

    def publish(self, topic_arn: str, message: Mapping[str, Any]) -> None:
        """Publishes a message as JSON; the log tells where that fails."""
        self._spawn(self._publish(topic_arn, message))

    async def aclose(self) -> None:
        """Ends what is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _call_at(self, time: float, look: Callable[[], object]) -> None:
        while (left := time - self._clock.time()) > 0:
            await self._clock.sleep(left)
        look()

    async def _publish(self, topic_arn: str, message: Mapping[str, Any]) -> None:
        # Most emulators publish nothing, and aiobotocore is half of what they would load to start.
        from botocore.exceptions import BotoCoreError, ClientError

        error = None
        try:
            await self._send(topic_arn, json.dumps(message))
        except (BotoCoreError, ClientError, ValueError) as raised:
            error = " ".join(f"{type(raised).__name__}: {raised}".split())
            logger.warning("nothing was published to %s: %s", topic_arn, error)
        self._kept.add(Notification(topic_arn, message, self._clock.time(), error))

    async def _send(self, topic_arn: str, message: str) -> None:
        from aiobotocore.config import AioConfig
        from aiobotocore.session import get_session

        if self._session is None:
            self._session = get_session()
        config = AioConfig(retries={"mode": "standard", "total_max_attempts": 1})
        if is_loopback(urlsplit(self._endpoint_url).hostname or ""):
            config = config.merge(AioConfig(proxies={}))
        async with self._session.create_client(
            "sns",
            # arn:aws:sns:eu-west-1:123456789012:topic
            region_name=topic_arn.split(":")[3],
            endpoint_url=self._endpoint_url,
            aws_access_key_id="emulator",
            aws_secret_access_key="emulator",  # noqa: S106 - of no account
            config=config,
        ) as client:
            await client.publish(TopicArn=topic_arn, Message=message)


def check_endpoint(url: str | None) -> str | None:
    """The URL of an endpoint, as it was given.

    Raises:
        ValueError: It is no URL.
    """
    if url is not None and not url.startswith(("http://", "https://")):
        raise ValueError(f"notifications must be the URL of an endpoint of SNS, got {url!r}")
    return url
