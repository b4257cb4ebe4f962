"""Answers requests for operations of Rekognition; `Service.answer` is called once for each.

The order of a request:

1. It is recorded, for ``emulator.requests`` and the request log.
2. The next fault that is planned for its operation and region is chosen, if there is one.
3. Its body is read and parsed. JSON that is not valid is refused in step 8, with the parameters.
4. The fault's pause and the latency of the operation are waited for. A fault that sends no answer
   ends here.
5. A fault that has an answer of its own gives it, and the operation is not done.
6. The signature is checked, which tells account and region.
7. The quota of the operation is checked.
8. The parameters are checked by the service model.
9. The operation's handler answers, or an earlier answer to the same ClientRequestToken is given
   again.
10. The answer is sent, in part where the fault says so.
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

from rekognition_async.emulator.handlers import Backend, Call
from rekognition_async.emulator.handlers.idempotency import Idempotency
from rekognition_async.emulator.http.listener import Connection
from rekognition_async.emulator.http.recorded_requests import (
    RecordedRequest,
    RecordedRequests,
    without_secrets,
)
from rekognition_async.emulator.http.request_log_writer import RequestLogWriter
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
    """

    backend: Backend
    authenticator: Authenticator
    behaviour: Behaviour
    requests: RecordedRequests
    log_writer: RequestLogWriter
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
            parameters=None,
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
        sent = await _Sent.of(request, connection)
        recorded.parameters = sent.document
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
        answer = await self._done(request, sent, recorded, fault)
        recorded.status, recorded.error_code = answer.status, answer.error_code
        recorded.request_id = self._uuid()
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

    async def _done(
        self,
        request: web.BaseRequest,
        sent: _Sent,
        recorded: RecordedRequest,
        fault: Fault | None,
    ) -> HttpResponse:
        try:
            planned = fault.answer if fault is not None else None
            if isinstance(planned, HttpResponse):
                return planned
            if planned is not None:
                return planned.answer(self._uuid())
            return HttpResponse.of(await self._do(request, sent, recorded))
        except EmulatedError as error:
            return error.answer(self._uuid())
        except Exception:
            logger.exception("%s failed inside the emulator", recorded.operation)
            failed = EmulatedError("InternalServerError", "The emulator failed; its log says how")
            return failed.answer(self._uuid())

    async def _do(
        self, request: web.BaseRequest, sent: _Sent, recorded: RecordedRequest
    ) -> JsonObject:
        operation = recorded.operation
        if request.method != "POST" or operation not in service_model().operation_names:
            raise FrameworkError("UnknownOperationException", "")
        _check_headers(request)
        url = f"http://{request.headers.get('Host', '')}{request.raw_path}"
        signed = SignedRequest(request.method, url, request.headers, sent.whole_body)
        caller = self.authenticator.authenticate(signed, self.behaviour.clock.time())
        recorded.account_id, recorded.region_name = caller
        if not self.behaviour.rate_limiter.try_acquire(operation, caller):
            raise EmulatedError("ProvisionedThroughputExceededException", THROTTLED_MESSAGE)
        shape = service_model().operation_model(operation).input_shape
        parameters = validate(shape, sent.input)
        call = Call(operation, caller, parameters, self.backend, self.behaviour.clock.time())
        # All operations at once, with the first request: an emulator that starts needs none.
        from rekognition_async.emulator.handlers.registry import HANDLERS

        return await self._idempotency.answer(call, HANDLERS[operation])

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self.behaviour.random.getrandbits(128), version=4))


@dataclass(frozen=True)
class _Sent:
    """What a request's body held; what is wrong with it is only told once its caller is known."""

    body: bytes | None = None
    document: JsonObject | None = None
    problem: FrameworkError | None = None

    @classmethod
    async def of(cls, request: web.BaseRequest, connection: Connection) -> _Sent:
        body = None
        try:
            body = await connection.body_of(request)
            return cls(body, parse(body))
        except FrameworkError as error:
            return cls(body, problem=error)

    @property
    def whole_body(self) -> bytes:
        if self.body is None and self.problem is not None:
            raise self.problem
        return self.body or b""

    @property
    def input(self) -> JsonObject:
        if self.problem is not None:
            raise self.problem
        return self.document or {}


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
