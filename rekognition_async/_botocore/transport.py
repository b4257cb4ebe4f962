"""One call through an aiobotocore client: request model in, response model or error out.

`connection` makes a `Transport` for a client, and each method of ours ends in `Transport.begin` and
`Transport.send`. What happens between, attempt by attempt, is in `events`; `details_of` says what
became of it all.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, cast

from aiobotocore.client import AioBaseClient
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from rekognition_async._botocore.diagnosis import HttpSettings
from rekognition_async._botocore.events import Call, CallOptions, EventHandlers, logger
from rekognition_async._botocore.exception_chains import detach
from rekognition_async._botocore.failures import (
    error_from_deadline,
    error_from_exception,
    is_of_the_user,
    short_name,
)
from rekognition_async.config import RetryPolicy
from rekognition_async.errors import (
    RekognitionError,
    ResponseValidationError,
    ServiceError,
    TransportError,
)
from rekognition_async.observers import CallDetails
from rekognition_async.operation import R, RawResponse, Request, ResponseMetadata

if TYPE_CHECKING:
    from rekognition_async._botocore.s3 import ListedObject


class Transport:
    """Makes calls through one aiobotocore client."""

    def __init__(
        self, client: AioBaseClient, handlers: EventHandlers, default_retry: RetryPolicy
    ) -> None:
        """Takes an entered client, the handlers of its events, and AWS's settings for retries."""
        self._client = client
        self._handlers = handlers
        self._default_retry = default_retry

    @property
    def region_name(self) -> str:
        """The region that requests are signed for."""
        return self._client.meta.region_name

    @property
    def max_connections(self) -> int:
        """How many connections may be open at once."""
        return self._handlers.max_connections

    def list_s3(
        self, bucket: str, prefix: str, endpoint_url: str | None
    ) -> AsyncGenerator[ListedObject]:
        """Lists objects in S3 with the client's credentials, as `s3.list_s3` does."""
        from rekognition_async._botocore.s3 import list_s3  # noqa: PLC0415 - few clients list S3

        return list_s3(self._client, bucket, prefix, endpoint_url)

    def event_loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop that the client's connections belong to, where it has any."""
        sessions: dict[Any, Any] = getattr(self._client._endpoint.http_session, "_sessions", {})
        for session in (sessions or {}).values():
            return cast("asyncio.AbstractEventLoop | None", getattr(session, "_loop", None))
        return None

    def begin(self, request: Request[Any], options: CallOptions) -> Call:
        """Begins a call, which is then sent and in any case told of.

        Args:
            request: A request model.
            options: The settings for this call.
        """
        retry = self._default_retry if options.has_default_retry else options.retry
        operation, region = request.operation, self.region_name
        call = Call(
            self._handlers,
            operation,
            region,
            request.response_type,
            options,
            retry,
            retry.clock.monotonic(),
            self._handlers.turns_of(operation, region, options),
        )
        if options.hooks is not None:
            options.hooks.started(operation, region)
        return call

    async def send(self, call: Call, request: Request[R]) -> RawResponse[R]:
        """Sends a request and reads its answer.

        Args:
            call: What `begin` gave for the request.
            request: The request model.

        Returns:
            The answer, with the validated response or the ResponseValidationError it parses to.

        Raises:
            ServiceError: The service answered with an error, past the policy.
            TransportError: No usable answer came, past the policy or the deadline.
            RateLimitError: The call's turn comes later than its deadline.
            ConfigurationError: There are no credentials to sign with.
        """
        options, handled = call.options, sys.exception()
        parameters = cast("BaseModel", request).model_dump(by_alias=True)
        error: RekognitionError | None = None
        answer: RawResponse[R] | None = None
        try:
            with call.entered():
                if options.deadline is None:
                    parsed = await self._send(call, request.method, parameters)
                else:
                    async with call.retry.clock.timeout(options.deadline):
                        parsed = await self._send(call, request.method, parameters)
            answer = _received(call, parsed)
        except RekognitionError as raised:
            error = raised
        except Exception as raised:
            if is_of_the_user(raised):
                raise
            detach(raised, handled)
            if isinstance(raised, TimeoutError) and options.deadline is not None:
                error = _error_from_deadline(call, raised)
            else:
                error = error_from_exception(
                    raised,
                    call.failure,
                    HttpSettings.of(self._client),
                    call.operation,
                    attempts=call.attempts,
                )
        _log_call(call, answer, error or call.parse_error)
        if answer is None:
            raise error or TransportError("no answer", call.operation)
        return answer

    async def _send(self, call: Call, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if call.turns is not None:
            await call.turns.take(call.remaining())
        if call.options.on_sent is not None:
            call.options.on_sent(call.waited)
        parsed: dict[str, Any] = await getattr(self._client, method)(**parameters)
        return parsed


def _error_from_deadline(call: Call, raised: TimeoutError) -> RekognitionError:
    if call.turns is not None and call.turns.is_waiting:
        return call.rate_limit_error(call.turns.seconds_to_next())
    return error_from_deadline(
        raised,
        call.failure,
        call.operation,
        attempts=call.attempts,
        deadline=call.options.deadline,
    )


def _received(call: Call, parsed: dict[str, Any]) -> RawResponse[Any]:
    if call.failure is not None and not isinstance(call.parse_error, ResponseValidationError):
        raise call.failure.cause
    told = parsed.get("ResponseMetadata") or {}
    if call.response is None and call.parse_error is None:
        # Nothing was sent: a stub or a hook of the user's gave botocore's dict.
        members = {name: parsed[name] for name in parsed if name != "ResponseMetadata"}
        call.body = to_json(members, bytes_mode="base64")
        try:
            call.response = call.response_type.model_validate(parsed)
        except ValidationError as invalid:
            call.parse_error = ResponseValidationError.from_validation(call.operation, invalid)
    metadata = ResponseMetadata(
        request_id=told.get("RequestId"),
        http_status_code=told.get("HTTPStatusCode"),
        retry_attempts=told.get("RetryAttempts", 0),
    )
    outcome: Any = call.parse_error
    if call.response is not None:
        outcome = call.response
        call.response.attach_metadata(metadata)
        call.options.budget.refund(call.retry_cost)
    headers = told.get("HTTPHeaders") or {}
    return RawResponse(call.operation, metadata, headers, call.body, outcome)


def details_of(
    call: Call, answer: RawResponse[Any] | None, ended: BaseException | None
) -> CallDetails:
    """What a hook is told of a call that has ended.

    Args:
        call: The call.
        answer: Its answer, where it had one.
        ended: What was raised in place of an answer.
    """
    error = call.parse_error if ended is None else ended
    # An error knows the attempt that it came from, which may be another than the last.
    told: object = error if answer is None else answer
    return CallDetails(
        operation=call.operation,
        region=call.region,
        outcome=(
            "succeeded"
            if error is None
            else "failed"
            if isinstance(error, Exception)
            else "cancelled"
        ),
        attempts=call.sent,
        throttles=call.throttles,
        seconds=call.retry.clock.monotonic() - call.started,
        waited=call.waited,
        bytes_sent=call.sent * call.request_size,
        bytes_received=call.bytes_received,
        http_status_code=getattr(told, "http_status_code", None),
        error_code=error.code if isinstance(error, ServiceError) else None,
        request_id=getattr(told, "request_id", None),
        error=error if isinstance(error, Exception) else None,
    )


def _log_call(call: Call, answer: RawResponse[Any] | None, error: RekognitionError | None) -> None:
    if not logger.isEnabledFor(logging.DEBUG):
        return
    elapsed = (call.retry.clock.monotonic() - call.started) * 1000
    request_id = answer.request_id if answer is not None else getattr(error, "request_id", None)
    logger.debug(
        "%s %s after %d attempt(s), %.1f ms, of which %.1f ms for its turn, request id %s",
        call.operation,
        "succeeded" if error is None else f"failed with {short_name(error)}",
        call.attempts,
        elapsed,
        call.waited * 1000,
        request_id,
    )
