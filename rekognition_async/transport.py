"""One call through an aiobotocore client: its events carry our retries and our parsing.

aiobotocore keeps doing what it does: parameters to JSON, endpoint, signature, HTTP, the retry
loop, and the events that tracers, recorders and stubs hook into. Four of those events are ours:

``before-call``      large bodies become files, which are sent in pieces
``before-parse``     the response's bytes go straight to Pydantic
``needs-retry``      our policy decides, inside aiobotocore's loop: one invocation id, one span
``request-created``  the amz-sdk-request header names our number of attempts

A context variable says which call an event belongs to. An event that belongs to none, as on a
client that a service also uses by itself, is left to whoever had it before.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, cast

from aiobotocore.client import AioBaseClient
from aiobotocore.retries.adaptive import AsyncClientRateLimiter
from aiobotocore.retries.bucket import AsyncTokenBucket
from aiobotocore.retries.bucket import Clock as BucketClock
from botocore.awsrequest import AWSRequest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    ReadTimeoutError,
    StubResponseError,
)
from botocore.hooks import EventAliaser
from botocore.model import OperationModel
from botocore.retries.adaptive import RateClocker
from botocore.retries.throttling import CubicCalculator
from pydantic import BaseModel, ValidationError

from rekognition_async.config import RetryDetails, RetryPolicy
from rekognition_async.errors import (
    HTTP_LAYER_ERRORS,
    ClientClosedError,
    ConfigurationError,
    RekognitionError,
    ResponseValidationError,
    TransportError,
    service_error,
)
from rekognition_async.operation import R, Request, Response, ResponseMetadata
from rekognition_async.reading import read
from rekognition_async.retry import Failure, RetryBudget, asked_delay, decide

logger: Final = logging.getLogger("rekognition_async")

_FIRST_ERROR_STATUS: Final = 300
_RETRY_HANDLER_ID: Final = "retry-config-rekognition"
_EMPTY_DOCUMENT: Final = b"{}"
# aiohttp warns of more than a mebibyte: written at once, it would hold up the event loop.
_LARGEST_IN_ONE_PIECE: Final = 2**18
_botocore_logger: Final = logging.getLogger("botocore.endpoint")


@dataclass(frozen=True, slots=True)
class CallOptions:
    """The settings under which a call is made.

    Attributes:
        retry: When a failed attempt is repeated.
        budget: What retries are paid from.
        deadline: Seconds for the call, with all attempts and waits; None for no limit.
    """

    retry: RetryPolicy
    budget: RetryBudget
    deadline: float | None = None


@dataclass(slots=True, eq=False)
class _Call:
    """What is known of a call while it is under way."""

    transport: Transport
    operation: str
    response_type: type[Response]
    options: CallOptions
    started: float
    attempts: int = 1
    failure: Failure | None = None
    response: Response | None = None
    unusable: RekognitionError | None = None
    """Why the last answer, of a good status, cannot be used."""
    foreign_body: str = ""
    """What the last error answer looked like, where it was no JSON document of AWS's."""
    retry_cost: int = 0

    def remaining(self) -> float | None:
        if self.options.deadline is None:
            return None
        elapsed = self.options.retry.clock.monotonic() - self.started
        return self.options.deadline - elapsed


@dataclass(slots=True, eq=False)
class _UnderWay:
    """Holds a call as long as it is under way.

    The event loop's timers keep a copy of the context they were made in, cancelled ones too, until
    their time comes: aiohttp's would keep a whole client alive for a minute after it was closed.
    """

    call: _Call | None


_under_way: ContextVar[_UnderWay] = ContextVar("rekognition_async_call")


def _current_call() -> _Call | None:
    under_way = _under_way.get(None)
    return under_way.call if under_way is not None else None


def _call_of(operation: str) -> _Call | None:
    call = _current_call()
    return call if call is not None and call.operation == operation else None


class Transport:
    """Makes calls through one aiobotocore client."""

    def __init__(self, client: AioBaseClient, *, owned: bool) -> None:
        """Hooks into the client's events.

        Args:
            client: An entered client of the service ``rekognition``.
            owned: Whether nobody else uses it, and its session has gone through
                `hook_into_session`. On a borrowed client, botocore's parsing and retrying stay
                as they are for the calls that are not ours.
        """
        self._client = client
        self._owned = owned
        self._closed = False
        self._limiter: AsyncClientRateLimiter | None = None
        events = client.meta.events
        self._inherited_retry_handler = None if owned else _retry_handler_of(client)
        events.unregister("needs-retry.rekognition", unique_id=_RETRY_HANDLER_ID)
        events.register("needs-retry.rekognition", self._needs_retry, unique_id=_RETRY_HANDLER_ID)
        if not owned:
            events.register("before-call.rekognition", self._before_call)
            events.register("before-parse.rekognition", self._before_parse)
            events.register("request-created.rekognition", self._request_created)

    @classmethod
    def hook_into_session(cls, events: EventAliaser) -> None:
        """Hooks once into what all clients of a session of our own begin with.

        botocore inspects each handler that it is given, which a client would pay for when it
        opens.
        """
        events.register("before-call.rekognition", _for_calls(cls._before_call))
        events.register("before-parse.rekognition", _for_calls(cls._before_parse))
        events.register("request-created.rekognition", _for_calls(cls._request_created))

    @property
    def region_name(self) -> str:
        """The region that requests are signed for."""
        return self._client.meta.region_name

    def close(self) -> None:
        """Ends the retrying of calls that are under way."""
        self._closed = True

    def _is_closed(self) -> bool:
        # A method, for what is awaited may change the answer.
        return self._closed

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
            ClientClosedError: The client was closed meanwhile.
        """
        clock = options.retry.clock
        call = _Call(self, request.operation, request.response_type, options, clock.monotonic())
        parameters = cast("BaseModel", request).model_dump(by_alias=True)
        error: RekognitionError | None = None
        response: Response | None = None
        under_way = _UnderWay(call)
        scope = _under_way.set(under_way)
        try:
            if options.deadline is None:
                parsed = await getattr(self._client, request.method)(**parameters)
            else:
                async with clock.timeout(options.deadline):
                    parsed = await getattr(self._client, request.method)(**parameters)
            response = self._received(call, parsed)
        except RekognitionError as raised:
            error = raised
        except (BotoCoreError, ClientError) as raised:
            if isinstance(raised, StubResponseError):
                raise
            error = _as_ours(call, raised)
        except TimeoutError as raised:
            if options.deadline is None:
                raise
            error = _past_deadline(call, raised)
        finally:
            under_way.call = None
            _under_way.reset(scope)
        if error is not None and self._is_closed() and not isinstance(error, ClientClosedError):
            closed = ClientClosedError(f"the client was closed during {call.operation}")
            closed.__cause__ = error
            error = closed
        _log_call(call, response, error)
        if response is None:
            raise error or TransportError("no answer", call.operation)
        return cast("R", response)

    def _received(self, call: _Call, parsed: dict[str, Any]) -> Response:
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

    def _own(self, operation: str) -> _Call | None:
        call = _call_of(operation)
        return call if call is not None and call.transport is self else None

    def _before_call(self, *, model: OperationModel, params: dict[str, Any], **_: Any) -> None:
        if self._own(model.name) is None:
            return
        body: bytes = params["body"]
        # botocore's debug log shows a body of bytes, with images and page tokens in it.
        if len(body) > _LARGEST_IN_ONE_PIECE or _botocore_logger.isEnabledFor(logging.DEBUG):
            params["body"] = io.BytesIO(body)

    def _request_created(self, *, request: AWSRequest, operation_name: str, **_: Any) -> None:
        if call := self._own(operation_name):
            retries = request.context["retries"]
            retries["max"] = call.options.retry.max_attempts
            call.attempts = retries["attempt"]

    def _before_parse(
        self, *, operation_model: OperationModel, response_dict: dict[str, Any], **_: Any
    ) -> None:
        """Reads the body, and leaves botocore's parser nothing that it could trip over.

        An exception in a parser would end the retry loop, so what is wrong with a body is noted
        here and judged in ``needs-retry``.
        """
        call = self._own(operation_model.name)
        if call is None:
            return
        call.response, call.unusable, call.foreign_body = None, None, ""
        body: bytes = response_dict["body"]
        headers: Mapping[str, str] = response_dict["headers"]
        if response_dict["status_code"] >= _FIRST_ERROR_STATUS:
            if not _is_error_document(body):
                call.foreign_body = _outline(body, headers)
                response_dict["body"] = b""
            return
        if not body and not call.response_type.model_fields:
            body = _EMPTY_DOCUMENT
        try:
            call.response = read(call.response_type, body)
        except ValidationError as invalid:
            call.unusable = _unusable(call, invalid, response_dict)
            response_dict["body"] = _EMPTY_DOCUMENT
        else:
            if self._owned:
                # Parsed already: botocore need not walk it again, nor log it.
                response_dict["body"] = _EMPTY_DOCUMENT

    async def _needs_retry(self, *, operation: OperationModel, **event: Any) -> float | None:
        call = self._own(operation.name)
        if call is None:
            if self._inherited_retry_handler is None:
                return None
            decision = self._inherited_retry_handler(operation=operation, **event)
            if asyncio.iscoroutine(decision):
                decision = await decision
            return cast("float | None", decision)
        call.failure = failure = _failure_of(call, event["response"], event["caught_exception"])
        retry = call.options.retry
        if retry.adaptive:
            await self._rate_limiter().on_receiving_response()
        if failure is None or self._is_closed():
            return None
        delay = decide(retry, call.attempts, failure, remaining=call.remaining())
        if delay is None:
            return None
        cost = call.options.budget.withdraw(failure)
        if cost is None:
            logger.info("%s not retried: the retry budget is used up", call.operation)
            return None
        call.retry_cost = cost
        _announce(call, failure, delay)
        await retry.clock.sleep(delay)
        # aiobotocore would sleep for what is returned; the wait above is already over. False
        # and None would both end the loop, so it is the number.
        return None if self._is_closed() else 0

    def _rate_limiter(self) -> AsyncClientRateLimiter:
        if self._limiter is None:
            clock = BucketClock()
            self._limiter = AsyncClientRateLimiter(
                rate_adjustor=CubicCalculator(starting_max_rate=0, start_time=clock.current_time()),
                rate_clocker=RateClocker(clock),
                token_bucket=AsyncTokenBucket(max_rate=1, clock=clock),
                throttling_detector=_ThrottlingDetector(),
                clock=clock,
            )
            self._client.meta.events.register("before-send.rekognition", self._before_send)
        return self._limiter

    async def _before_send(self, *, request: object, event_name: str, **_: Any) -> None:
        call = self._own(event_name.rpartition(".")[2])
        if call is not None and call.options.retry.adaptive:
            await self._rate_limiter().on_sending_request(request)


def _for_calls(method: Callable[..., None]) -> Callable[..., None]:
    def handler(**event: Any) -> None:
        call = _current_call()
        if call is not None:
            method(call.transport, **event)

    return handler


class _ThrottlingDetector:
    """Tells aiobotocore's rate limiter what we take for throttling."""

    def is_throttling_error(self, **_: Any) -> bool:
        call = _current_call()
        return call is not None and call.failure is not None and call.failure.throttled


def borrow(client: AioBaseClient) -> Transport:
    """The transport over a client that somebody else owns; one a client, however often asked."""
    handler = _retry_handler_of(client)
    # A bound method of a transport, once there is one: the client itself remembers it.
    transport = getattr(handler, "__self__", None)
    return transport if isinstance(transport, Transport) else Transport(client, owned=False)


def _retry_handler_of(client: AioBaseClient) -> Callable[..., Any] | None:
    # botocore has no public way to ask which handler is registered.
    registered = client.meta.events._emitter._unique_id_handlers.get(_RETRY_HANDLER_ID)
    return registered["handler"] if registered else None


def _failure_of(
    call: _Call, response: tuple[Any, dict[str, Any]] | None, raised: Exception | None
) -> Failure | None:
    if response is None:
        return None if raised is None else _transport_failure(call, raised)
    http_response, parsed = response
    if http_response.status_code < _FIRST_ERROR_STATUS:
        if call.unusable is None:
            return None
        return Failure(call.unusable, retryable=isinstance(call.unusable, TransportError))
    if call.foreign_body:
        parsed = {**parsed, "Error": {**parsed["Error"], "Message": call.foreign_body}}
    error = service_error(parsed, call.operation, attempts=call.attempts)
    return Failure(
        error,
        retryable=error.retryable,
        throttled=error.throttled,
        least_delay=asked_delay(http_response.headers, time.time()),
    )


def _transport_failure(call: _Call, raised: Exception) -> Failure | None:
    if not isinstance(raised, HTTP_LAYER_ERRORS):
        return None  # a hook's own exception, which is not ours to judge
    underlying = raised.kwargs.get("error")
    untrusted = isinstance(underlying, ssl.SSLCertVerificationError) or isinstance(
        getattr(underlying, "certificate_error", None), ssl.SSLCertVerificationError
    )
    error = TransportError(str(raised), call.operation, attempts=call.attempts)
    error.__cause__ = raised
    return Failure(
        error,
        # Another attempt meets the same certificate.
        retryable=not untrusted,
        timed_out=isinstance(raised, ConnectTimeoutError | ReadTimeoutError),
    )


def _unusable(
    call: _Call, invalid: ValidationError, response_dict: Mapping[str, Any]
) -> RekognitionError:
    headers = response_dict["headers"]
    request_id = headers.get("x-amzn-requestid")
    problems = invalid.errors(include_url=False, include_context=False, include_input=False)
    if all(problem["type"] != "json_invalid" for problem in problems):
        return ResponseValidationError.from_validation(
            call.operation, invalid, request_id=request_id
        )
    status = response_dict["status_code"]
    return TransportError(
        f"HTTP {status} with {_outline(response_dict['body'], headers)}",
        call.operation,
        attempts=call.attempts,
        request_id=request_id,
        http_status_code=status,
    )


def _is_error_document(body: bytes) -> bool:
    try:
        document = json.loads(body)
    except ValueError:
        return False
    return isinstance(document, dict) and isinstance(
        cast("dict[str, object]", document).get("__type", ""), str
    )


def _outline(body: bytes, headers: Mapping[str, str]) -> str:
    """What a foreign body looks like; never what it says."""
    if not body:
        return "an empty body"
    kind = headers.get("content-type", "no content type").partition(";")[0]
    return f"a body that is not JSON ({kind}, {len(body)} bytes)"


def _as_ours(call: _Call, raised: BotoCoreError | ClientError) -> RekognitionError:
    cause = call.failure.cause if call.failure is not None else None
    if isinstance(cause, RekognitionError) and not _from_elsewhere(call, raised):
        return cause
    if isinstance(raised, ClientError) and not _from_elsewhere(call, raised):
        return service_error(raised.response, call.operation, attempts=call.attempts)
    error: RekognitionError
    if isinstance(raised, HTTP_LAYER_ERRORS):
        error = TransportError(str(raised), call.operation, attempts=call.attempts)
    else:
        error = ConfigurationError(f"{call.operation} not sent: {raised}")
    error.__cause__ = raised
    return error


def _from_elsewhere(call: _Call, raised: BotoCoreError | ClientError) -> bool:
    """Whether an error arose while something else was done for this call, such as AssumeRole."""
    if isinstance(raised, ClientError):
        return raised.operation_name != call.operation
    return not isinstance(raised, HTTP_LAYER_ERRORS)


def _past_deadline(call: _Call, raised: TimeoutError) -> RekognitionError:
    if call.failure is not None and isinstance(call.failure.cause, RekognitionError):
        return call.failure.cause
    error = TransportError(
        f"no answer within the deadline of {call.options.deadline} s",
        call.operation,
        attempts=call.attempts,
    )
    error.__cause__ = raised
    return error


def _announce(call: _Call, failure: Failure, delay: float) -> None:
    retry = call.options.retry
    details = RetryDetails(
        operation=call.operation,
        attempt=call.attempts,
        delay=delay,
        cause=failure.cause,
        request_id=getattr(failure.cause, "request_id", None),
    )
    logger.info(
        "%s attempt %d of %d failed with %s (request id %s); the next in %.3f s",
        call.operation,
        call.attempts,
        retry.max_attempts,
        _short(failure.cause),
        details.request_id,
        delay,
    )
    if retry.on_retry is not None:
        try:
            retry.on_retry(details)
        except Exception:
            logger.exception("on_retry raised; the call goes on")


def _short(cause: Exception) -> str:
    code = getattr(cause, "code", None)
    name = type(cause).__name__
    return f"{name} {code}" if code is not None and code != name else name


def _log_call(call: _Call, response: Response | None, error: RekognitionError | None) -> None:
    if not logger.isEnabledFor(logging.DEBUG):
        return
    elapsed = (call.options.retry.clock.monotonic() - call.started) * 1000
    request_id = (
        response.metadata.request_id if response is not None else getattr(error, "request_id", None)
    )
    logger.debug(
        "%s %s after %d attempt(s), %.1f ms, request id %s",
        call.operation,
        "succeeded" if error is None else f"failed with {_short(error)}",
        call.attempts,
        elapsed,
        request_id,
    )
