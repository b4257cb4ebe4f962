"""One call through an aiobotocore client: request model in, response model or error out.

`connection` makes a `Transport` for a client, and each method of ours ends in `Transport.call`.
What happens between, attempt by attempt, is in `events`.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any, cast

from aiobotocore.client import AioBaseClient
from botocore.exceptions import BotoCoreError, ClientError, StubResponseError
from pydantic import BaseModel, ValidationError

from rekognition_async._botocore.events import Call, CallOptions, EventHandlers, logger
from rekognition_async._botocore.failures import (
    error_from_deadline,
    error_from_exception,
    short_name,
)
from rekognition_async.config import RetryPolicy
from rekognition_async.errors import (
    RekognitionError,
    ResponseValidationError,
    TransportError,
)
from rekognition_async.operation import R, Request, Response, ResponseMetadata


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

    def event_loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop that the client's connections belong to, where it has any."""
        sessions: dict[Any, Any] = getattr(self._client._endpoint.http_session, "_sessions", {})
        for session in (sessions or {}).values():
            return cast("asyncio.AbstractEventLoop | None", getattr(session, "_loop", None))
        return None

    async def call(self, request: Request[R], options: CallOptions) -> R:
        """Sends a request and reads its answer.

        Args:
            request: A request model.
            options: The settings for this call.

        Returns:
            The validated response, with its metadata.

        Raises:
            ServiceError: The service answered with an error, past the policy.
            TransportError: No usable answer came, past the policy or the deadline.
            ResponseValidationError: The answer contradicts its schema.
            ConfigurationError: There are no credentials to sign with.
        """
        if options.has_default_retry:
            options = replace(options, retry=self._default_retry)
        clock = options.retry.clock
        call = Call(
            self._handlers,
            request.operation,
            request.response_type,
            options,
            clock.monotonic(),
        )
        parameters = cast("BaseModel", request).model_dump(by_alias=True)
        error: RekognitionError | None = None
        response: Response | None = None
        try:
            with call.entered():
                if options.deadline is None:
                    parsed = await getattr(self._client, request.method)(**parameters)
                else:
                    async with clock.timeout(options.deadline):
                        parsed = await getattr(self._client, request.method)(**parameters)
            response = _received(call, parsed)
        except RekognitionError as raised:
            error = raised
        except (BotoCoreError, ClientError) as raised:
            if isinstance(raised, StubResponseError):
                raise
            error = error_from_exception(
                raised, call.failure, call.operation, attempts=call.attempts
            )
        except TimeoutError as raised:
            if options.deadline is None:
                raise
            error = error_from_deadline(
                raised,
                call.failure,
                call.operation,
                attempts=call.attempts,
                deadline=options.deadline,
            )
        _log_call(call, response, error)
        if response is None:
            raise error or TransportError("no answer", call.operation)
        return cast("R", response)


def _received(call: Call, parsed: dict[str, Any]) -> Response:
    if call.failure is not None:
        raise call.failure.cause
    metadata = parsed.get("ResponseMetadata") or {}
    if call.response is None:
        # Nothing was sent: a stub or a hook of the user's gave botocore's dict.
        try:
            call.response = call.response_type.model_validate(parsed)
        except ValidationError as invalid:
            raise ResponseValidationError.from_validation(call.operation, invalid) from None
    call.response.attach_metadata(
        ResponseMetadata(
            request_id=metadata.get("RequestId"),
            http_status_code=metadata.get("HTTPStatusCode"),
            retry_attempts=metadata.get("RetryAttempts", 0),
        )
    )
    call.options.budget.refund(call.retry_cost)
    return call.response


def _log_call(call: Call, response: Response | None, error: RekognitionError | None) -> None:
    if not logger.isEnabledFor(logging.DEBUG):
        return
    elapsed = (call.options.retry.clock.monotonic() - call.started) * 1000
    request_id = (
        response.metadata.request_id if response is not None else getattr(error, "request_id", None)
    )
    logger.debug(
        "%s %s after %d attempt(s), %.1f ms, request id %s",
        call.operation,
        "succeeded" if error is None else f"failed with {short_name(error)}",
        call.attempts,
        elapsed,
        request_id,
    )
