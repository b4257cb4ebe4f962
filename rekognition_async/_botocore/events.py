"""The handlers of botocore's events that carry our retries and our parsing.

`EventHandlers` is made for a client and serves the calls that are entered by `Call.entered`.
aiobotocore keeps doing what it does: parameters to JSON, endpoint, signature, HTTP, the retry
loop, and the events that tracers, recorders and stubs hook into. Five of those events are ours:

``before-call``      large bodies become files, which are sent in pieces
``before-parse``     the response's bytes go straight to Pydantic
``needs-retry``      our policy decides, inside aiobotocore's loop: one invocation id, one span
``request-created``  the amz-sdk-request header names our number of attempts
``before-send``      an attempt is counted, which is signed and goes out now

A context variable says which call an event belongs to. An event that belongs to none, as on a
client that a service also uses by itself, is left to whoever had it before.
"""

from __future__ import annotations

import asyncio
import io
import logging
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, cast

from aiobotocore.client import AioBaseClient
from botocore.awsrequest import AWSRequest
from botocore.hooks import EventAliaser
from botocore.model import OperationModel
from pydantic import ValidationError

from rekognition_async._botocore.body_outline import outline
from rekognition_async._botocore.credentials import (
    REFUSED_CREDENTIALS_CODES,
    CredentialsError,
    CredentialSource,
)
from rekognition_async._botocore.diagnosis import HttpSettings
from rekognition_async._botocore.emitter import listeners
from rekognition_async._botocore.failures import (
    error_from_validation,
    failure_from_credentials,
    failure_from_exception,
    failure_from_response,
    is_error_document,
    short_name,
)
from rekognition_async._botocore.http_session import (
    AttemptLimits,
    attempt_limits,
    use_plain_http,
)
from rekognition_async.config import (
    DEFAULT_MAX_RESPONSE_BYTES,
    READ_TIMEOUTS_AN_ATTEMPT,
    RetryPolicy,
)
from rekognition_async.errors import RateLimitError, RekognitionError, TransportError
from rekognition_async.observers import CallHooks, RetryDetails
from rekognition_async.operation import Response
from rekognition_async.rate_limiting.queue import InFlight, Outcome, Turns
from rekognition_async.rate_limiting.queues import CallQueues
from rekognition_async.reading import read
from rekognition_async.retry import Failure, RetryBudget, decide

logger: Final = logging.getLogger("rekognition_async")

_FIRST_ERROR_STATUS: Final = 300
_RETRY_HANDLER_ID: Final = "retry-config-rekognition"
_MAX_REFUSALS: Final = 50
"""How often a call may be refused for its pace; a deadline ends it sooner."""
_EMPTY_DOCUMENT: Final = b"{}"
_EVENTS_WITH_ANSWERS: Final = ("needs-retry", "response-received", "after-call")
# aiohttp warns of more than a mebibyte: written at once, it would hold up the event loop.
_MAX_IN_ONE_PIECE: Final = 2**18


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CallOptions:
    """The settings under which a call is made.

    Attributes:
        retry: When a failed attempt is repeated.
        budget: What retries are paid from.
        queues: Where calls wait for their turns; None sends them at once.
        deadline: Seconds for the call, with all attempts and waits; None for no limit.
        attempt_timeout: Seconds for one attempt; None is that of the client's read timeout.
        max_response_bytes: How large an answer may be.
        has_default_retry: Whether the caller gave no policy, so that AWS's settings count.
        hooks: Who is told of the call; None where nobody is.
        on_sent: For a call of a bulk, which lets all others go first: called when it is sent for
            the first time, with the seconds that it has waited for its turn.
    """

    retry: RetryPolicy
    budget: RetryBudget
    queues: CallQueues | None = None
    deadline: float | None = None
    attempt_timeout: float | None = None
    max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES
    has_default_retry: bool = False
    hooks: CallHooks | None = None
    on_sent: Callable[[float], None] | None = None


@dataclass(slots=True, eq=False, repr=False)
class Call:
    """What is known of a call while it is under way."""

    handlers: EventHandlers
    operation: str
    region: str
    response_type: type[Response]
    options: CallOptions
    retry: RetryPolicy
    """When a failed attempt is repeated, by the options or by AWS's settings."""
    started: float
    turns: Turns | None
    attempts: int = 1
    refusals: int = 0
    """How many of the attempts were refused for their pace, and went back to the queue."""
    throttles: int = 0
    """How many of the attempts were refused for their pace, with a queue or without."""
    sent: int = 0
    """How many of the attempts went out; `attempts` counts one that cannot be signed, too."""
    request_size: int = 0
    bytes_received: int = 0
    failure: Failure | None = None
    response: Response | None = None
    is_read: bool = False
    """Whether the last answer was read, so that botocore need not walk it again."""
    parse_error: RekognitionError | None = None
    """Why the last answer, of a good status, cannot be used."""
    non_json_body: str = ""
    """What the last error answer looked like, where it was no JSON document of AWS's."""
    body: bytes = b""
    """The last answer of a good status, as it came."""
    retry_cost: int = 0
    credentials_generation: int = 0
    """Which credentials of their source the last attempt was signed with."""
    credentials_renewed: bool = False

    @property
    def max_attempts(self) -> int:
        """How many attempts the policy allows, with those that do not count for it."""
        return self.retry.max_attempts + self.refusals

    @property
    def waited(self) -> float:
        """The seconds that it has waited for its turns."""
        return 0.0 if self.turns is None else self.turns.waited

    def remaining(self) -> float | None:
        """The seconds until its deadline; None where it has none."""
        if self.options.deadline is None:
            return None
        elapsed = self.retry.clock.monotonic() - self.started
        return self.options.deadline - elapsed

    def rate_limit_error(self, retry_after: float) -> RateLimitError:
        """Says that the next turn comes too late, after the last failure where there was one."""
        attempts = 0 if self.failure is None else self.attempts
        error = RateLimitError(self.operation, retry_after=retry_after, attempts=attempts)
        if self.failure is not None:
            error.__cause__ = self.failure.cause
        return error

    @contextmanager
    def entered(self) -> Generator[None]:
        """A block in which the client's events, and what it sends, belong to this call.

        Behind it the call has ended.
        """
        reference = _CallRef(self)
        token = _current.set(reference)
        limits_token = attempt_limits.set(self.handlers.attempt_limits(self))
        try:
            yield
        finally:
            # Where a call was cancelled, or a hook of the user's raised, no event told its end.
            if self.turns is not None:
                self.turns.end()
            reference.call = None
            attempt_limits.reset(limits_token)
            _current.reset(token)


@dataclass(slots=True, eq=False)
class _CallRef:
    """Refers to a call as long as it is under way.

    The event loop's timers keep a copy of the context they were made in, cancelled ones too, until
    their time comes: aiohttp's would keep a whole client alive for a minute after it was closed.
    """

    call: Call | None


_current: ContextVar[_CallRef] = ContextVar("rekognition_async_call")


def current_call() -> Call | None:
    """The call that this context belongs to, where it belongs to one of ours."""
    reference = _current.get(None)
    return reference.call if reference is not None else None


def call_of(operation: str) -> Call | None:
    """The call that this context belongs to, where it is one of the operation."""
    call = current_call()
    return call if call is not None and call.operation == operation else None


class EventHandlers:
    """What a client's events are answered with, for the calls that are ours."""

    def __init__(
        self, client: AioBaseClient, *, owned: bool, credentials: CredentialSource | None
    ) -> None:
        """Hooks into the client's events.

        Args:
            client: An entered client of the service ``rekognition``.
            credentials: Where to get others than those that the service refuses; None where
                there are no others.
            owned: Whether nobody else uses it, and its session has gone through
                `hook_into_session`. On a borrowed client, botocore's parsing and retrying stay
                as they are for the calls that are not ours.
        """
        self._client = client
        self._owned = owned
        self._credentials = credentials
        # A borrowed client has its own number of connections.
        self._in_flight = InFlight(client.meta.config.max_pool_connections)
        self._shown: dict[str, bool] = {}
        events = client.meta.events
        self._inherited_retry_handler = None if owned else _retry_handler_of(client)
        events.unregister("needs-retry.rekognition", unique_id=_RETRY_HANDLER_ID)
        events.register("needs-retry.rekognition", self._needs_retry, unique_id=_RETRY_HANDLER_ID)
        use_plain_http(client._endpoint.http_session)
        if not owned:
            events.register("before-call.rekognition", self._before_call)
            events.register("before-parse.rekognition", self._before_parse)
            events.register("request-created.rekognition", self._request_created)
            events.register("before-send.rekognition", self._before_send)

    @classmethod
    def of(cls, client: AioBaseClient) -> EventHandlers | None:
        """Those that a client has been given already."""
        # A bound method of them: the client itself remembers it.
        handlers = getattr(_retry_handler_of(client), "__self__", None)
        return handlers if isinstance(handlers, cls) else None

    @classmethod
    def hook_into_session(cls, events: EventAliaser) -> None:
        """Hooks once into what all clients of a session of our own begin with.

        botocore inspects each handler that it is given, which a client would pay for when it
        opens.
        """
        events.register("before-call.rekognition", _for_calls(cls._before_call))
        events.register("before-parse.rekognition", _for_calls(cls._before_parse))
        events.register("request-created.rekognition", _for_calls(cls._request_created))
        events.register("before-send.rekognition", _for_calls(cls._before_send))

    def attempt_limits(self, call: Call) -> AttemptLimits:
        """How much an attempt of a call may take."""
        timeout = call.options.attempt_timeout
        read_timeout = self._client.meta.config.read_timeout
        if timeout is None and read_timeout is not None:
            timeout = READ_TIMEOUTS_AN_ATTEMPT * read_timeout
        return AttemptLimits(timeout, call.options.max_response_bytes, call.retry.clock)

    @property
    def max_connections(self) -> int:
        """How many connections the client may have open at once."""
        connections: int = self._client.meta.config.max_pool_connections
        return connections

    def turns_of(self, operation: str, region_name: str, options: CallOptions) -> Turns | None:
        """A place for a call in its queue; None where there are no queues."""
        if options.queues is None:
            return None
        queue = options.queues.of(operation, region_name)
        return Turns(queue, self._in_flight, in_bulk=options.on_sent is not None)

    def _own(self, operation: str) -> Call | None:
        call = call_of(operation)
        return call if call is not None and call.handlers is self else None

    def _before_call(self, *, model: OperationModel, params: dict[str, Any], **_: Any) -> None:
        call = self._own(model.name)
        if call is None:
            return
        body: bytes = params["body"]
        call.request_size = len(body)
        if len(body) > _MAX_IN_ONE_PIECE:
            params["body"] = io.BytesIO(body)

    def _request_created(self, *, request: AWSRequest, operation_name: str, **_: Any) -> None:
        if call := self._own(operation_name):
            retries = request.context["retries"]
            retries["max"] = call.max_attempts
            call.attempts = retries["attempt"]
            if self._credentials is not None:
                call.credentials_generation = self._credentials.generation

    def _before_send(self, *, event_name: str, **_: Any) -> None:
        if call := self._own(event_name.rpartition(".")[2]):
            call.sent += 1

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
        call.response, call.parse_error, call.non_json_body = None, None, ""
        call.is_read = False
        body: bytes = response_dict["body"]
        call.bytes_received += len(body)
        headers: Mapping[str, str] = response_dict["headers"]
        if response_dict["status_code"] >= _FIRST_ERROR_STATUS:
            if not is_error_document(body):
                call.non_json_body = outline(body, headers)
                response_dict["body"] = b""
            return
        call.body = body
        if not body and not call.response_type.model_fields:
            body = _EMPTY_DOCUMENT
        try:
            call.response = read(call.response_type, body)
        except ValidationError as invalid:
            call.parse_error = error_from_validation(
                invalid, response_dict, call.operation, attempts=call.attempts
            )
            response_dict["body"] = _EMPTY_DOCUMENT
        else:
            call.is_read = self._owned and not self._is_shown(call.operation)

    def _is_shown(self, operation: str) -> bool:
        """Whether a hook of the user's is given what botocore parses of an answer."""
        shown = self._shown.get(operation)
        if shown is None:
            shown = self._shown[operation] = any(
                handler != self._needs_retry
                for event in _EVENTS_WITH_ANSWERS
                for handler in listeners(self._client, f"{event}.rekognition.{operation}")
            )
        return shown

    async def _needs_retry(self, *, operation: OperationModel, **event: Any) -> float | None:
        call = self._own(operation.name)
        if call is None:
            return await self._inherited_decision(operation=operation, **event)
        call.failure = failure = self._failure_of(
            call, event["response"], event["caught_exception"]
        )
        if call.turns is not None:
            call.turns.end(_outcome_of(failure), pause=_pause_after(failure, call.retry))
        if failure is None:
            return None
        if failure.throttled:
            call.throttles += 1
        if await self._renewed_credentials(call, failure):
            _announce(call, failure, call.attempts, 0.0)
            return await self._next_turn(call)
        if failure.throttled and call.turns is not None:
            return await self._requeue(call, failure, call.turns)
        if not await self.waited(call, failure, call.attempts - call.refusals):
            return None
        return await self._next_turn(call)

    async def _inherited_decision(self, **event: Any) -> float | None:
        if self._inherited_retry_handler is None:
            return None
        decision = self._inherited_retry_handler(**event)
        if asyncio.iscoroutine(decision):
            decision = await decision
        return cast("float | None", decision)

    async def _requeue(self, call: Call, failure: Failure, turns: Turns) -> float | None:
        call.refusals += 1
        if call.refusals > _MAX_REFUSALS:
            return None
        _announce(call, failure, call.attempts, turns.seconds_to_next())
        return await self._next_turn(call)

    async def waited(self, call: Call, failure: Failure, attempt: int) -> bool:
        """Waits for the next attempt, and says whether there is to be one.

        Args:
            call: The call that the attempt was made for.
            failure: How it failed.
            attempt: Its number, without the attempts that were refused for their pace; the first
                is 1.
        """
        retry = call.retry
        delay = decide(retry, attempt, failure, remaining=call.remaining())
        if delay is None:
            return False
        cost = call.options.budget.withdraw(failure)
        if cost is None:
            logger.info("%s not retried: the retry budget is used up", call.operation)
            return False
        call.retry_cost = cost
        _announce(call, failure, attempt + call.refusals, delay)
        await retry.clock.sleep(delay)
        return True

    async def _next_turn(self, call: Call) -> float | None:
        """Waits until another attempt may be sent; tells aiobotocore whether to send it."""
        if call.turns is not None:
            try:
                await call.turns.take(call.remaining())
            except RateLimitError as late:
                error = call.rate_limit_error(late.retry_after)
                call.failure = Failure(error, retryable=False)
                return None
        # aiobotocore would sleep for what is returned; the wait above is already over. False
        # and None would both end the loop, so it is the number.
        return 0

    async def _renewed_credentials(self, call: Call, failure: Failure) -> bool:
        """Whether an attempt whose credentials were refused is to be made with others, once."""
        if (
            self._credentials is None
            or call.credentials_renewed
            or getattr(failure.cause, "code", None) not in REFUSED_CREDENTIALS_CODES
        ):
            return False
        call.credentials_renewed = True
        try:
            renewed = await self._credentials.renew(call.credentials_generation)
        except CredentialsError as failed:
            reason = failure_from_credentials(failed, call.operation, attempts=1).cause
            raise reason from reason.__cause__
        return renewed and call.attempts < call.max_attempts

    def _failure_of(
        self, call: Call, response: tuple[Any, dict[str, Any]] | None, raised: Exception | None
    ) -> Failure | None:
        if response is None:
            if raised is None:
                return None
            settings = HttpSettings.of(self._client)
            return failure_from_exception(raised, settings, call.operation, attempts=call.attempts)
        http_response, parsed = response
        if http_response.status_code < _FIRST_ERROR_STATUS:
            if call.parse_error is None:
                return None
            return Failure(call.parse_error, retryable=isinstance(call.parse_error, TransportError))
        # botocore takes a 300 for a success, and gives it no error.
        named = parsed.get("Error") or {"Code": str(http_response.status_code)}
        message = {"Message": call.non_json_body} if call.non_json_body else {}
        parsed = {**parsed, "Error": {**named, **message}}
        return failure_from_response(
            parsed, http_response.headers, call.operation, attempts=call.attempts, now=time.time()
        )


def _for_calls(method: Callable[..., None]) -> Callable[..., None]:
    def handler(**event: Any) -> None:
        call = current_call()
        if call is not None:
            method(call.handlers, **event)

    return handler


def _retry_handler_of(client: AioBaseClient) -> Callable[..., Any] | None:
    # botocore has no public way to ask which handler is registered.
    registered = client.meta.events._emitter._unique_id_handlers.get(_RETRY_HANDLER_ID)
    return registered["handler"] if registered else None


async def repeat_or_raise(failed: CredentialsError, attempt: int) -> None:
    """Waits for the next attempt to get the credentials of the call that is under way.

    Raises:
        RekognitionError: There is to be no other attempt.
    """
    call = current_call()
    operation = "the request" if call is None else call.operation
    failure = failure_from_credentials(failed, operation, attempts=attempt)
    if call is None or not await call.handlers.waited(call, failure, attempt):
        raise failure.cause from failure.cause.__cause__


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
    return min(failure.retry_after, retry.max_delay)


def _announce(call: Call, failure: Failure, attempt: int, delay: float) -> None:
    retry = call.retry
    details = RetryDetails(
        operation=call.operation,
        attempt=attempt,
        delay=delay,
        cause=failure.cause,
        request_id=getattr(failure.cause, "request_id", None),
        waited=call.waited,
    )
    logger.info(
        "%s attempt %d of %d failed with %s (request id %s); the next in %.3f s",
        call.operation,
        attempt,
        call.max_attempts,
        short_name(failure.cause),
        details.request_id,
        delay,
    )
    if retry.on_retry is not None:
        try:
            retry.on_retry(details)
        except Exception:
            logger.exception("on_retry raised; the call goes on")
