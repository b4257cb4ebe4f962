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
from aiobotocore.parsers import AioResponseParser, AioResponseParserFactory
from botocore.awsrequest import AWSRequest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    ReadTimeoutError,
    StubResponseError,
)
from botocore.hooks import EventAliaser
from botocore.model import OperationModel, Shape
from pydantic import BaseModel, ValidationError

from rekognition_async.config import RetryDetails, RetryPolicy
from rekognition_async.errors import (
    HTTP_LAYER_ERRORS,
    ClientClosedError,
    ConfigurationError,
    RateLimitError,
    RekognitionError,
    ResponseValidationError,
    TransportError,
    service_error,
)
from rekognition_async.operation import R, Request, Response, ResponseMetadata
from rekognition_async.rate_limiting.queue import InFlight, Outcome, Turns
from rekognition_async.rate_limiting.queues import CallQueues
from rekognition_async.reading import read
from rekognition_async.retry import Failure, RetryBudget, asked_delay, decide

logger: Final = logging.getLogger("rekognition_async")

_FIRST_ERROR_STATUS: Final = 300
_RETRY_HANDLER_ID: Final = "retry-config-rekognition"
_MOST_REFUSALS: Final = 50
"""How often a call may be refused for its pace; a deadline ends it sooner."""
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
        queues: Where calls wait for their turns; None sends them at once.
        deadline: Seconds for the call, with all attempts and waits; None for no limit.
    """

    retry: RetryPolicy
    budget: RetryBudget
    queues: CallQueues | None = None
    deadline: float | None = None


@dataclass(slots=True, eq=False)
class _Call:
    """What is known of a call while it is under way."""

    transport: Transport
    operation: str
    response_type: type[Response]
    options: CallOptions
    started: float
    turns: Turns | None
    attempts: int = 1
    refusals: int = 0
    """How many of the attempts were refused for their pace, and went back to the queue."""
    failure: Failure | None = None
    response: Response | None = None
    unusable: RekognitionError | None = None
    """Why the last answer, of a good status, cannot be used."""
    foreign_body: str = ""
    """What the last error answer looked like, where it was no JSON document of AWS's."""
    retry_cost: int = 0

    @property
    def most_attempts(self) -> int:
        """How many attempts the policy allows, with those that do not count for it."""
        return self.options.retry.max_attempts + self.refusals

    @property
    def waited(self) -> float:
        return 0.0 if self.turns is None else self.turns.waited

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
        # A borrowed client has its own number of connections.
        self._in_flight = InFlight(client.meta.config.max_pool_connections)
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
        """Ends the retrying of calls that are under way, and all waiting for turns."""
        self._closed = True
        self._in_flight.close()

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
            RateLimitError: The call's turn comes later than its deadline.
            ResponseValidationError: The answer contradicts its schema.
            ConfigurationError: There are no credentials to sign with.
            ClientClosedError: The client was closed meanwhile.
        """
        clock = options.retry.clock
        call = _Call(
            self,
            request.operation,
            request.response_type,
            options,
            clock.monotonic(),
            self._turns(request.operation, options),
        )
        parameters = cast("BaseModel", request).model_dump(by_alias=True)
        error: RekognitionError | None = None
        response: Response | None = None
        under_way = _UnderWay(call)
        scope = _under_way.set(under_way)
        try:
            if options.deadline is None:
                parsed = await self._send(call, request.method, parameters)
            else:
                async with clock.timeout(options.deadline):
                    parsed = await self._send(call, request.method, parameters)
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
            # Where a call was cancelled, or a hook of the user's raised, no event told its end.
            if call.turns is not None:
                call.turns.end()
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

    def _turns(self, operation: str, options: CallOptions) -> Turns | None:
        if options.queues is None:
            return None
        return Turns(options.queues.of(operation, self.region_name), self._in_flight)

    async def _send(self, call: _Call, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if call.turns is not None:
            await call.turns.take(call.remaining())
        parsed: dict[str, Any] = await getattr(self._client, method)(**parameters)
        return parsed

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
            retries["max"] = call.most_attempts
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
        if call.turns is not None:
            call.turns.end(_outcome_of(failure), pause=_pause_after(failure, call.options.retry))
        if failure is None or self._is_closed():
            return None
        if failure.throttled and call.turns is not None:
            return await self._back_to_the_queue(call, failure, call.turns)
        return await self._after_a_wait(call, failure)

    async def _after_a_wait(self, call: _Call, failure: Failure) -> float | None:
        retry = call.options.retry
        attempt = call.attempts - call.refusals
        delay = decide(retry, attempt, failure, remaining=call.remaining())
        if delay is None:
            return None
        cost = call.options.budget.withdraw(failure)
        if cost is None:
            logger.info("%s not retried: the retry budget is used up", call.operation)
            return None
        call.retry_cost = cost
        _announce(call, failure, delay)
        await retry.clock.sleep(delay)
        return await self._next_turn(call)

    async def _back_to_the_queue(self, call: _Call, failure: Failure, turns: Turns) -> float | None:
        call.refusals += 1
        if call.refusals > _MOST_REFUSALS:
            return None
        _announce(call, failure, turns.seconds_to_next())
        return await self._next_turn(call)

    async def _next_turn(self, call: _Call) -> float | None:
        """Waits until another attempt may be sent; tells aiobotocore whether to send it."""
        if self._is_closed():
            return None
        if call.turns is not None:
            try:
                await call.turns.take(call.remaining())
            except RateLimitError as late:
                error = _rate_limited(call, late.retry_after)
                call.failure = Failure(error, retryable=False)
                return None
            except ClientClosedError as closed:
                call.failure = Failure(closed, retryable=False)
                return None
        # aiobotocore would sleep for what is returned; the wait above is already over. False
        # and None would both end the loop, so it is the number.
        return 0


def _for_calls(method: Callable[..., None]) -> Callable[..., None]:
    def handler(**event: Any) -> None:
        call = _current_call()
        if call is not None:
            method(call.transport, **event)

    return handler


class Parsers(AioResponseParserFactory):
    """aiobotocore's parsers for a session of our own, made once and not for each answer."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, _Parser] = {}

    def create_parser(self, protocol_name: str) -> _Parser:
        """The parser of a protocol."""
        parser = self._made.get(protocol_name)
        if parser is None:
            parser = self._made[protocol_name] = _Parser(super().create_parser(protocol_name))
        return parser


class _Parser:
    """Leaves out the body of an answer that has been read already."""

    def __init__(self, parser: AioResponseParser) -> None:
        self._parser = parser

    async def parse(self, response: Mapping[str, Any], shape: Shape | None) -> Any:
        call = _call_of(response["context"]["operation_name"])
        is_read = call is not None and call.response is not None
        return await self._parser.parse(response, None if is_read else shape)


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
        throttled=error.throttled and error.retryable,
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


def _outcome_of(failure: Failure | None) -> Outcome:
    if failure is None:
        return Outcome.ACCEPTED
    if failure.throttled:
        return Outcome.REFUSED
    # Where the service is in trouble, or was not reached, nothing is learnt of its pace.
    return Outcome.UNKNOWN if failure.retryable else Outcome.ACCEPTED


def _pause_after(failure: Failure | None, retry: RetryPolicy) -> float:
    if failure is None or not failure.throttled:
        return 0.0
    return min(failure.least_delay, retry.max_delay)


def _rate_limited(call: _Call, retry_after: float) -> RateLimitError:
    attempts = 0 if call.failure is None else call.attempts
    error = RateLimitError(call.operation, retry_after=retry_after, attempts=attempts)
    if call.failure is not None:
        error.__cause__ = call.failure.cause
    return error


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
    if call.turns is not None and call.turns.is_waiting:
        return _rate_limited(call, call.turns.seconds_to_next())
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
        waited=call.waited,
    )
    logger.info(
        "%s attempt %d of %d failed with %s (request id %s); the next in %.3f s",
        call.operation,
        call.attempts,
        call.most_attempts,
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
        "%s %s after %d attempt(s), %.1f ms, of which %.1f ms for its turn, request id %s",
        call.operation,
        "succeeded" if error is None else f"failed with {_short(error)}",
        call.attempts,
        elapsed,
        call.waited * 1000,
        request_id,
    )
