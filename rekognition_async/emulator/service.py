"""Answers requests for operations of Rekognition; `Service.answer` is called once for each.

The order of a request:

1. It is recorded, for ``emulator.requests`` and the request log.
2. The next fault that is planned for its operation and region is chosen, if there is one.
3. Its body is read, and its signature is checked, which tells account and region. A caller that is
   not let in is told so in step 7.
4. The body of a caller that is let in is parsed, and recorded. JSON that is not valid is refused in
   step 9, with the parameters.
5. The fault's pause and the latency of the operation are waited for. A fault that sends no answer
   ends here.
6. A fault that has an answer of its own gives it, and the operation is not done.
7. A caller that is not let in is refused.
8. The quota of the operation is checked.
9. The parameters are checked by the service model.
10. An earlier answer to the same ClientRequestToken is given again; or else the answer that the
    user declared for the call, in place of the operation; or else that of the operation's handler.
11. The answer is sent, in part where the fault says so.
"""

from __future__ import annotations

import logging
import re
import socket
import struct
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from aiohttp import web

from rekognition_async.emulator.admin.observations import Observations
from rekognition_async.emulator.handlers import Backend, Call, ExpiredError, do
from rekognition_async.emulator.handlers.idempotency import Idempotency
from rekognition_async.emulator.http.listener import Connection
from rekognition_async.emulator.http.recorded_requests import (
    RecordedRequest,
    RecordedRequests,
    without_secrets,
)
from rekognition_async.emulator.http.request_log_writer import RequestLogWriter
from rekognition_async.emulator.protocol.caller import Caller
from rekognition_async.emulator.protocol.messages import (
    TARGET_PREFIX,
    EmulatedError,
    FrameworkError,
    HttpResponse,
    parse,
    service_model,
)
from rekognition_async.emulator.protocol.signature import Authenticator, SignedRequest
from rekognition_async.emulator.protocol.validation import validate
from rekognition_async.emulator.rules.faults import (
    THROTTLED_MESSAGE,
    Delivery,
    Fault,
    FaultPlan,
    never,
)
from rekognition_async.emulator.rules.quotas import RateLimiter
from rekognition_async.emulator.utils.clock import Clock
from rekognition_async.emulator.utils.json_types import JsonObject

logger: Final = logging.getLogger("rekognition_async.emulator")

_REGION_OF_CLAIM: Final = re.compile(r"Credential=[^/\s,]*/\d{8}/([^/\s,]+)/")
_NOT_FOUND: Final = frozenset({"ResourceNotFoundException", "SessionNotFoundException"})
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


@dataclass(kw_only=True)
class Behaviour:
    """How the service behaves, which may change while it runs.

    Attributes:
        faults: The planned faults.
        rate_limiter: Keeps the quotas.
        latency: Seconds before each answer by operation, ``"*"`` for those that are not named.
        clock: The time of the state, latencies and quotas.
        random: Makes request ids.
    """

    faults: FaultPlan
    rate_limiter: RateLimiter
    latency: Mapping[str, float]
    clock: Clock
    random: Random


@dataclass(frozen=True, kw_only=True)
class Service:
    """Answers requests for operations.

    Attributes:
        backend: What all calls share.
        authenticator: Tells who calls, by the signature.
        behaviour: How it behaves.
        requests: Keeps what arrives.
        log_writer: Is told how it was answered.
        observations: Is told what was seen and answered, for the page.
    """

    backend: Backend
    authenticator: Authenticator
    behaviour: Behaviour
    requests: RecordedRequests
    log_writer: RequestLogWriter
    observations: Observations
    _idempotency: Idempotency = field(default_factory=Idempotency)

    async def answer(self, request: web.BaseRequest, connection: Connection) -> web.StreamResponse:
        """Answers a request, or does to it what a fault says."""
        recorded = self._recorded(request, connection)
        self.requests.add(recorded)
        region = _REGION_OF_CLAIM.search(request.headers.get("Authorization", ""))
        fault = self.behaviour.faults.next_fault(recorded.operation, region[1] if region else None)
        recorded.fault = fault.name if fault else None
        try:
            return await self._answer(request, connection, recorded, fault)
        finally:
            recorded.duration = self.behaviour.clock.time() - recorded.time
            self.log_writer.write(recorded)

    def _recorded(self, request: web.BaseRequest, connection: Connection) -> RecordedRequest:
        target = request.headers.get("X-Amz-Target", "")
        return RecordedRequest(
            operation=target.removeprefix(TARGET_PREFIX)
            if target.startswith(TARGET_PREFIX)
            else "",
            headers=without_secrets(request.headers),
            connection_id=connection.number,
            time=self.behaviour.clock.time(),
        )

    async def _answer(
        self,
        request: web.BaseRequest,
        connection: Connection,
        recorded: RecordedRequest,
        fault: Fault | None,
    ) -> web.StreamResponse:
        clock = self.behaviour.clock
        delivery = Delivery.WHOLE if fault is None else fault.delivery
        received = await self._receive(request, connection, recorded)
        if fault is not None:
            await fault.pause(clock)
        if delivery is Delivery.NEVER:
            await never()
        if not delivery.answers:
            return _cut(request, reset=delivery is Delivery.RESET)
        latency = self.behaviour.latency
        seconds = latency.get(recorded.operation, latency.get("*", 0.0))
        if seconds > 0:
            await clock.sleep(seconds)
        answer = await self._done(received, recorded, fault)
        recorded.status, recorded.error_code = answer.status, answer.error_code
        recorded.request_id = self._uuid()
        self.observations.keep_answer(recorded.number, answer.body)
        headers = {
            "x-amzn-RequestId": recorded.request_id,
            "Content-Type": answer.content_type,
            **answer.headers,
        }
        if delivery is Delivery.WHOLE:
            return web.Response(status=answer.status, body=answer.body, headers=headers)
        return await _broken_off(
            request, answer, headers, chunked=delivery is Delivery.TRUNCATED_CHUNKED
        )

    async def _receive(
        self, request: web.BaseRequest, connection: Connection, recorded: RecordedRequest
    ) -> _Received:
        """Reads a request; nothing of its body is parsed or kept before its caller is let in."""
        try:
            body: bytes | FrameworkError = await connection.body_of(request)
        except FrameworkError as error:
            body = error
        try:
            caller, content = self._authenticate(request, body, recorded.operation)
        except FrameworkError as refusal:
            return _Received(refusal)
        try:
            document = parse(content)
        except FrameworkError as problem:
            return _Received(caller, problem)
        self.requests.keep_parameters(recorded, document)
        return _Received(caller, document)

    def _authenticate(
        self, request: web.BaseRequest, body: bytes | FrameworkError, operation: str
    ) -> tuple[Caller, bytes]:
        if request.method != "POST" or operation not in service_model().operation_names:
            raise FrameworkError("UnknownOperationException", "")
        _check_headers(request)
        if isinstance(body, FrameworkError):
            raise body
        url = f"http://{request.headers.get('Host', '')}{request.raw_path}"
        signed = SignedRequest(request.method, url, request.headers, body)
        return self.authenticator.authenticate(signed, self.behaviour.clock.time()), body

    async def _done(
        self, received: _Received, recorded: RecordedRequest, fault: Fault | None
    ) -> HttpResponse:
        try:
            planned = fault.answer if fault is not None else None
            if isinstance(planned, HttpResponse):
                return planned
            if planned is not None:
                return planned.answer(self._uuid())
            return HttpResponse.of(await self._do(received, recorded))
        except EmulatedError as error:
            return error.answer(self._uuid())
        except Exception:
            logger.exception("%s failed inside the emulator", recorded.operation)
            failed = EmulatedError("InternalServerError", "The emulator failed; its log says how")
            return failed.answer(self._uuid())

    async def _do(self, received: _Received, recorded: RecordedRequest) -> JsonObject:
        operation = recorded.operation
        caller, document = received.caller, received.document
        if isinstance(caller, FrameworkError):
            raise caller
        recorded.account_id, recorded.region_name = caller
        if not self.behaviour.rate_limiter.try_acquire(operation, caller):
            raise EmulatedError("ProvisionedThroughputExceededException", THROTTLED_MESSAGE)
        if isinstance(document, FrameworkError):
            raise document
        shape = service_model().operation_model(operation).input_shape
        parameters = validate(shape, document)
        call = Call(operation, caller, parameters, self.backend, self.behaviour.clock.time())
        try:
            return await self._idempotency.answer(call, _declared_or_done)
        finally:
            sight = call.sight
            self.observations.keep_sight(
                recorded.number, sight.pictures, sight.faces, is_declared=sight.is_declared
            )

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self.behaviour.random.getrandbits(128), version=4))


async def _declared_or_done(call: Call) -> JsonObject:
    """The answer that is declared for a call, and else what its handler answers."""
    # All operations at once, with the first request: an emulator that starts needs none.
    from rekognition_async.emulator.handlers.registry import HANDLERS, READ_DECLARED

    if call.operation not in READ_DECLARED:
        declared = await _declared(call)
        return await do(call, HANDLERS[call.operation]) if declared is None else declared
    try:
        return await do(call, HANDLERS[call.operation])
    except ExpiredError:
        raise
    except EmulatedError as error:
        # Whoever declares what was recorded elsewhere asks for ids that are known there.
        declared = await _declared(call) if error.code in _NOT_FOUND else None
        if declared is None:
            raise
        return declared


async def _declared(call: Call) -> JsonObject | None:
    if not call.backend.answers.has(call.operation):
        return None
    pictures = await call.pictures()
    for picture in pictures:
        declared = call.declared(picture)
        if declared is not None:
            return declared
    return None if pictures else call.declared()


@dataclass(frozen=True)
class _Received:
    """Who sent a request, and what; or what is wrong with either, which is told in its turn."""

    caller: Caller | FrameworkError
    document: JsonObject | FrameworkError = field(default_factory=dict)


def _check_headers(request: web.BaseRequest) -> None:
    """Refuses headers that no text of the state may be made of."""
    try:
        b"\n".join(value for _, value in request.raw_headers).decode()
    except UnicodeDecodeError:
        raise FrameworkError(
            "MalformedHttpRequestException", "The headers are not in UTF-8"
        ) from None


async def _broken_off(
    request: web.BaseRequest, answer: HttpResponse, headers: Mapping[str, str], *, chunked: bool
) -> web.StreamResponse:
    """Sends half of an answer, and ends the connection."""
    response = web.StreamResponse(status=answer.status, headers=headers)
    if chunked:
        response.enable_chunked_encoding()
    else:
        response.content_length = len(answer.body)
    await response.prepare(request)
    await response.write(answer.body[: len(answer.body) // 2])
    _cut(request)
    return response


def _cut(request: web.BaseRequest, *, reset: bool = False) -> web.Response:
    """Ends the connection here and now."""
    transport = request.transport
    if transport is not None:
        if reset:
            connection: socket.socket = transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            transport.abort()
        else:
            transport.close()
    return web.Response()
