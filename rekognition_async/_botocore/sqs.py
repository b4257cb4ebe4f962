"""A queue of SQS, read and cleared through aiobotocore's client; `open_queue` is how it begins.

Errors are ours: what stays, such as a queue that does not exist, is a ServiceError or a
ConfigurationError; what may pass is a TransportError or a ServiceError that is ``retryable``.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from aiobotocore.client import AioBaseClient
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from botocore import xform_name

from rekognition_async._botocore.connection import region_of
from rekognition_async._botocore.data_loader import cached_loader
from rekognition_async._botocore.diagnosis import HttpSettings
from rekognition_async._botocore.failures import error_from_exception, error_from_opening
from rekognition_async._version import __version__
from rekognition_async.config import ConnectionSettings
from rekognition_async.errors import RekognitionError
from rekognition_async.loopback import is_loopback

_WAIT_SECONDS: Final = 20
"""The longest that SQS holds a request for a message to come."""

_BATCH: Final = 10
"""The most messages that SQS gives, or takes, in one request."""

_RECEIVE_COUNT: Final = "ApproximateReceiveCount"
_REGION_OF_HOST: Final = re.compile(r"sqs(?:-fips)?\.([a-z]{2,}(?:-[a-z]+)+-\d+)\.")


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A message that nobody else is given for a while.

    Attributes:
        body: Its text.
        receipt_handle: What SQS knows this receipt of it by.
        receive_count: How often it was given to a reader so far, this time included.
    """

    body: str
    receipt_handle: str
    receive_count: int


class Queue:
    """One queue, through an entered client of SQS."""

    def __init__(self, client: AioBaseClient, queue_url: str) -> None:
        """Takes the client, and which queue."""
        self._client = client
        self._queue_url = queue_url

    async def receive(self) -> list[ReceivedMessage]:
        """Waits for messages, up to 20 seconds, and gives up to ten."""
        answer = await self._call(
            "ReceiveMessage",
            MaxNumberOfMessages=_BATCH,
            WaitTimeSeconds=_WAIT_SECONDS,
            MessageSystemAttributeNames=[_RECEIVE_COUNT],
        )
        return [
            ReceivedMessage(
                message["Body"],
                message["ReceiptHandle"],
                int(message.get("Attributes", {}).get(_RECEIVE_COUNT, 1)),
            )
            for message in answer.get("Messages", [])
        ]

    async def delete(self, messages: Sequence[ReceivedMessage]) -> None:
        """Deletes up to ten messages."""
        entries = [
            {"Id": str(number), "ReceiptHandle": message.receipt_handle}
            for number, message in enumerate(messages)
        ]
        await self._call("DeleteMessageBatch", Entries=entries)

    async def put_back(self, delays: Mapping[ReceivedMessage, int]) -> None:
        """Lets up to ten messages be received again, each after so many seconds."""
        entries = [
            {
                "Id": str(number),
                "ReceiptHandle": message.receipt_handle,
                "VisibilityTimeout": seconds,
            }
            for number, (message, seconds) in enumerate(delays.items())
        ]
        await self._call("ChangeMessageVisibilityBatch", Entries=entries)

    async def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        method = getattr(self._client, xform_name(operation))
        try:
            answer: dict[str, Any] = await method(QueueUrl=self._queue_url, **parameters)
        except Exception as raised:
            settings = HttpSettings.of(self._client)
            error = error_from_exception(raised, None, settings, operation, attempts=1)
            error.add_note(f"the queue is {self._queue_url}")
            raise error from raised
        return answer


@asynccontextmanager
async def open_queue(queue_url: str, settings: ConnectionSettings) -> AsyncGenerator[Queue]:
    """A queue to read, with a client of its own.

    Args:
        queue_url: The address of the queue, which tells its region where it is one of AWS's.
        settings: How to reach SQS.

    Raises:
        ConfigurationError: There are no credentials, or no such region or profile.
        TransportError: A service that gives credentials gave no usable answer.
    """
    session = settings.session
    entered = False
    try:
        if session is None:
            session = AioSession(profile=settings.profile_name)
            data_path = session.get_config_variable("data_path")
            session.register_component("data_loader", cached_loader(data_path))
        async with session.create_client(
            "sqs",
            region_name=settings.region_name
            or _region_of_queue(queue_url)
            or region_of(session, settings),
            endpoint_url=settings.endpoint_url,
            aws_access_key_id=settings.aws_access_key_id,
            aws_secret_access_key=settings.aws_secret_access_key,
            aws_session_token=settings.aws_session_token,
            config=_config(settings.endpoint_url),
        ) as client:
            entered = True
            yield Queue(client, queue_url)
    except RekognitionError:
        raise
    except Exception as error:
        if entered:
            raise
        raise error_from_opening(error, settings.endpoint_url) from error


def _region_of_queue(queue_url: str) -> str | None:
    found = _REGION_OF_HOST.match(urlsplit(queue_url).hostname or "")
    return found[1] if found else None


def _config(endpoint_url: str | None) -> AioConfig:
    # What fails for a while is repeated by the reader, on the clock that it was given.
    retries = {"mode": "standard", "total_max_attempts": 1}
    user_agent = f"rekognition-async/{__version__}"
    if endpoint_url is not None and is_loopback(urlsplit(endpoint_url).hostname or ""):
        return AioConfig(retries=retries, user_agent_extra=user_agent, proxies={})
    return AioConfig(retries=retries, user_agent_extra=user_agent)
