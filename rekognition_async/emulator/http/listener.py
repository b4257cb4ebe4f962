"""The HTTP server: accepts connections, reads requests, and holds clients to their `Limits`.

`Listener` makes a `Connection` for each client, and once a second has each of them check its
timeouts. Requests go to `Service`, or to `Routes` for ``/_emulator/``.
"""

from __future__ import annotations

import asyncio
import enum
import errno
import itertools
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final, TypeAlias, cast

from aiohttp import web

from rekognition_async.emulator.http.limits import Limits
from rekognition_async.emulator.protocol.messages import FrameworkError, HttpResponse

logger: Final = logging.getLogger("rekognition_async.emulator")

_HEAD_END: Final = b"\r\n\r\n"
_OUT_OF_DESCRIPTORS: Final = frozenset({errno.EMFILE, errno.ENFILE})
_NO_HTTP: Final = "The request is not valid HTTP"
_SECONDS_BETWEEN_CHECKS: Final = 1.0
# aiohttp closes idle connections by the event loop's time; here that is the limits' business.
_NEVER: Final = 10.0 * 365 * 86_400


_LoopErrorHandler: TypeAlias = Callable[[asyncio.AbstractEventLoop, dict[str, Any]], object]


class _Request(web.BaseRequest):
    """A request, whose answer does not say what server there is."""

    async def _prepare_hook(self, response: web.StreamResponse) -> None:
        # aiohttp calls this between setting its own headers and sending them all.
        response.headers.pop("Server", None)


class _Phase(enum.Enum):
    """What a connection waits for."""

    IDLE = "a request"
    HEAD = "the rest of a request's headers"
    BODY = "the rest of a request's body"
    WORK = "the emulator"
    REPLY = "the client to take the answer"


class Connection(web.RequestHandler):
    """One client's connection.

    Attributes:
        number: Counts the connections of a listener, from 1.
    """

    def __init__(self, listener: Listener, number: int, **settings: Any) -> None:
        """Takes where it belongs, its number, and aiohttp's settings."""
        super().__init__(listener, loop=asyncio.get_running_loop(), **settings)
        self.number = number
        self._listener = listener
        self._limits = listener.limits
        self._phase = _Phase.IDLE
        self._since = 0.0
        self._head_bytes = 0
        self._head_tail: bytes | None = b""
        self._body_deadline: asyncio.Timeout | None = None
        self._is_spent = False

    def _enter(self, phase: _Phase) -> None:
        self._phase = phase
        self._since = self._limits.clock.time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Takes a client in, unless there are too many."""
        super().connection_made(transport)
        self._enter(_Phase.IDLE)
        self._listener.open.add(self)
        if len(self._listener.open) > self._limits.max_connections:
            self._reject(503, "ServiceUnavailable", "There are too many connections")

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forgets a client."""
        self._listener.open.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Takes bytes, as long as a request's headers are not too many of them."""
        if self._phase is _Phase.IDLE:
            self._enter(_Phase.HEAD)
            self._head_bytes, self._head_tail = 0, b""
        if self._phase is _Phase.HEAD and self._head_tail is not None:
            self._count_head(data)
            if self._head_bytes > self._limits.max_header_bytes:
                self._reject(
                    431,
                    "MalformedHttpRequestException",
                    f"The headers are larger than {self._limits.max_header_bytes} bytes",
                )
                return
        try:
            super().data_received(data)
        except ValueError:
            # Older versions of aiohttp let some addresses of which they can make no URL through.
            self._reject(400, "MalformedHttpRequestException", _NO_HTTP)

    def _count_head(self, data: bytes) -> None:
        tail = self._head_tail or b""
        end = (tail + data).find(_HEAD_END)
        if end < 0:
            self._head_bytes += len(data)
            self._head_tail = (tail + data)[-len(_HEAD_END) + 1 :]
        else:
            self._head_bytes += max(end - len(tail), 0)
            self._head_tail = None

    async def body_of(self, request: web.BaseRequest) -> bytes:
        """The body of a request.

        Raises:
            FrameworkError: It is too large, too slow, or not what its headers say.
        """
        self._enter(_Phase.BODY)
        try:
            async with asyncio.timeout(None) as self._body_deadline:
                body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            raise self._too_large() from None
        except TimeoutError:
            self._is_spent = True
            raise FrameworkError(
                "RequestTimeoutException", "The body did not arrive in time", status=408
            ) from None
        except ConnectionError:
            raise
        except Exception:  # noqa: BLE001 - aiohttp's errors of chunks and lengths have no common root
            self._is_spent = True
            raise FrameworkError(
                "MalformedHttpRequestException", "The body is not what its headers say"
            ) from None
        finally:
            self._body_deadline = None
            self._enter(_Phase.WORK)
        if len(body) > self._limits.max_body_bytes:
            raise self._too_large()
        return body

    def _too_large(self) -> FrameworkError:
        most = self._limits.max_body_bytes
        return FrameworkError(
            "RequestEntityTooLargeException",
            f"The request is larger than {most} bytes",
            status=413,
        )

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Sends an answer, for which the client has its time to read it."""
        self._enter(_Phase.REPLY)
        finished = await super().finish_response(request, resp, start_time)
        self._enter(_Phase.IDLE)
        if self._is_spent:
            self.force_close()
        return finished

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - aiohttp's, with bytes of the request in it
    ) -> web.StreamResponse:
        """Answers what is no HTTP as AWS would answer a request."""
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            logger.error("a request from %s failed", request.remote, exc_info=exc)
            error = FrameworkError("InternalFailure", "The emulator failed; its log says how")
        else:
            error = FrameworkError("MalformedHttpRequestException", _NO_HTTP)
        answer = error.answer("")
        response = web.Response(
            status=status, body=answer.body, headers={"Content-Type": answer.content_type}
        )
        response.force_close()
        return response

    def check_timeouts(self, now: float) -> None:
        """Ends what has taken the client too long by now."""
        limits = self._limits
        seconds = {
            _Phase.IDLE: limits.idle_timeout,
            _Phase.HEAD: limits.head_timeout,
            _Phase.BODY: limits.body_timeout,
            _Phase.REPLY: limits.reply_timeout,
        }.get(self._phase)
        if seconds is None or now - self._since < seconds:
            return
        if self._phase is _Phase.HEAD:
            self._reject(408, "RequestTimeoutException", "The headers did not arrive in time")
        elif self._phase is _Phase.IDLE:
            self.force_close()
        elif self._body_deadline is not None:
            self._body_deadline.reschedule(asyncio.get_running_loop().time())
        elif self.transport is not None:
            self.transport.abort()

    def _reject(self, status: int, code: str, message: str) -> None:
        if self.transport is not None:
            answer = FrameworkError(code, message, status=status).answer("")
            self.transport.write(_serialize(answer))
        self.force_close()


def _serialize(answer: HttpResponse) -> bytes:
    """An answer to what is no request yet."""
    head = (
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
        f"Content-Type: {answer.content_type}\r\n"
        f"Content-Length: {len(answer.body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + answer.body


class Listener(web.Server):
    """Takes connections, and looks after those that wait for their clients.

    Attributes:
        limits: What a client may use.
        open: The connections that are open.
    """

    def __init__(
        self,
        answer: Callable[[web.BaseRequest, Connection], Awaitable[web.StreamResponse]],
        limits: Limits,
    ) -> None:
        """Takes what answers requests, and the limits.

        Args:
            answer: Given a request and the connection that it came over.
            limits: What a client may use.
        """
        super().__init__(
            self._handle,
            request_factory=self._request,
            # A handler that hangs ends with its client.
            handler_cancellation=True,
        )
        self.limits = limits
        self.open: set[Connection] = set()
        self._answer = answer
        self._numbers = itertools.count(1)
        self._watch: asyncio.Task[None] | None = None
        self._handler_before: _LoopErrorHandler | None = None
        self._was_out_of_descriptors = False

    def __call__(self) -> Connection:
        """A connection for the next client."""
        return Connection(
            self,
            next(self._numbers),
            access_log=None,
            # Signatures cover what was sent, and no client of AWS sends a compressed body.
            auto_decompress=False,
            keepalive_timeout=_NEVER,
            max_line_size=self.limits.max_header_bytes,
            max_field_size=self.limits.max_header_bytes,
        )

    def start_watch(self) -> None:
        """Begins to look after the connections, and after those that cannot be taken."""
        loop = asyncio.get_running_loop()
        self._handler_before = loop.get_exception_handler()
        loop.set_exception_handler(self._handle_loop_error)
        self._watch = asyncio.get_running_loop().create_task(self._check_timeouts_repeatedly())

    async def stop_watch(self) -> None:
        """Ends looking after them."""
        if self._watch is not None:
            loop = asyncio.get_running_loop()
            if loop.get_exception_handler() == self._handle_loop_error:
                loop.set_exception_handler(self._handler_before)
            self._watch.cancel()
            await asyncio.wait([self._watch])

    def _handle_loop_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Tells once that there are no descriptors; asyncio tells it of each that it tries."""
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in _OUT_OF_DESCRIPTORS:
            if not self._was_out_of_descriptors:
                self._was_out_of_descriptors = True
                logger.warning(
                    "no more connections can be taken (%s): they wait until others end; raise the "
                    "limit of open files, or lower Limits.max_connections",
                    error.strerror,
                )
        elif self._handler_before is not None:
            self._handler_before(loop, context)
        else:
            loop.default_exception_handler(context)

    async def _check_timeouts_repeatedly(self) -> None:
        clock = self.limits.clock
        while True:
            await clock.sleep(_SECONDS_BETWEEN_CHECKS)
            now = clock.time()
            for connection in list(self.open):
                connection.check_timeouts(now)

    def _request(
        self, message: Any, payload: Any, protocol: web.RequestHandler, writer: Any, task: Any
    ) -> web.BaseRequest:
        return _Request(
            message,
            payload,
            protocol,
            writer,
            task,
            asyncio.get_running_loop(),
            # Versions of aiohttp differ on a body of just this size; the last byte is our business.
            client_max_size=self.limits.max_body_bytes + 1,
        )

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        await _continue(request)
        # Nothing else makes the protocols of this server's requests.
        return await self._answer(request, cast(Connection, request.protocol))


async def _continue(request: web.BaseRequest) -> None:
    """Tells a client that waits for it to send its body, as curl does with large ones."""
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        # What counts is whether any of the answer has been sent.
        request.writer.output_size = 0
