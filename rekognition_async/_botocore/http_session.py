"""The HTTP session: aiobotocore's over aiohttp, which sends what is asked for and nothing more.

aiohttp follows redirects and keeps cookies, and reads an answer however long it is. `HttpSession`
does none of that for the clients that `connection` makes; `use_plain_http` does the same for our
calls through a session that somebody else has made. A context variable, `attempt_limits`, says
how much an attempt of the call under way may take.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from contextvars import ContextVar
from typing import Any, Final, NamedTuple

import aiohttp
from aiobotocore.awsrequest import AioAWSResponse
from aiobotocore.httpsession import AIOHTTPSession
from aiohttp.http_exceptions import BadStatusLine
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import (
    BotoCoreError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import ProxyConfiguration
from multidict import CIMultiDict
from yarl import URL

from rekognition_async.config import RetryClock


class AttemptLimits(NamedTuple):
    """How much one attempt may take.

    Attributes:
        timeout: Seconds from the connection, or from asking for one, to the answer's last byte;
            None for no limit.
        max_response_bytes: The bytes of the answer's body.
        clock: The time that the timeout is measured by.
    """

    timeout: float | None
    max_response_bytes: int
    clock: RetryClock


attempt_limits: Final[ContextVar[AttemptLimits | None]] = ContextVar(
    "rekognition_async_attempt_limits", default=None
)
"""The limits of the call that this context belongs to; None where it belongs to none of ours."""


class AttemptTimeoutError(Exception):
    """An attempt took longer than it may."""


class ResponseTooLargeError(Exception):
    """An answer has more bytes than it may."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the answer has more than max_response_bytes, {limit} bytes")


class HttpSession(AIOHTTPSession):
    """aiobotocore's session, over plain sessions of aiohttp.

    It also does not look for a proxy before each request where there is none.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._plain = _PlainSessions()
        if not options.get("proxies"):
            self._proxy_config = _NoProxies()

    async def send(self, request: AWSPreparedRequest) -> AioAWSResponse:
        """Sends a request as aiobotocore does; one of ours in fewer steps, which spares it 4 %.

        Raises:
            BotoCoreError: There was no answer; of the class that botocore has for the reason.
        """
        if (
            attempt_limits.get() is None
            or not isinstance(self._proxy_config, _NoProxies)
            or not isinstance(request.body, bytes)
            or "read_timeout" in getattr(request, "context", ())
        ):
            answer: AioAWSResponse = await super().send(request)
            return answer
        headers = CIMultiDict(
            [
                (str(name), value.decode() if isinstance(value, bytes) else value)
                # Through its public methods, each header is looked up by itself.
                for name, value in request.headers._dict.items()
            ]
        )
        headers["Accept-Encoding"] = "identity"
        try:
            session = await self._get_session(None)
            response = await session.request(
                request.method,
                url=URL(request.url, encoded=True),
                headers=headers,
                data=request.body,
            )
            received = {
                name.decode().lower(): value.decode() for name, value in response.raw_headers
            }
        except Exception as error:
            raise _in_terms_of_botocore(error, request) from error
        return AioAWSResponse(str(response.url), response.status, received, response)

    async def _get_session(self, proxy_url: str | None) -> Any:
        return self._plain.of(await super()._get_session(proxy_url))


def _in_terms_of_botocore(error: Exception, request: AWSPreparedRequest) -> BotoCoreError:
    url = request.url
    match error:
        case aiohttp.ClientSSLError():
            return SSLError(endpoint_url=url, error=error)
        case aiohttp.ConnectionTimeoutError():
            return ConnectTimeoutError(endpoint_url=url, error=error)
        case TimeoutError():
            return ReadTimeoutError(endpoint_url=url, error=error)
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientPayloadError() | BadStatusLine():
            return ConnectionClosedError(endpoint_url=url, error=error, request=request)
        case aiohttp.ClientConnectionError() | socket.gaierror():
            return EndpointConnectionError(endpoint_url=url, error=error)
        case _:
            return HTTPClientError(error=error)


class _NoProxies(ProxyConfiguration):
    def proxy_url_for(self, url: str) -> str | None:  # noqa: ARG002 - botocore's signature
        return None

    def proxy_headers_for(self, proxy_url: str) -> dict[str, str]:  # noqa: ARG002 - likewise
        return {}


def use_plain_http(http_session: object) -> None:
    """Sends our calls, and only those, through plain sessions of aiohttp.

    Args:
        http_session: That of a client which others may use too. One that is not aiohttp's is left
            as it is: aiobotocore's over httpx follows no redirects.
    """
    if not isinstance(http_session, AIOHTTPSession) or isinstance(http_session, HttpSession):
        return
    plain = _PlainSessions()
    get_session = http_session._get_session

    async def get_plain_session(proxy_url: str | None) -> Any:
        session = await get_session(proxy_url)
        return session if attempt_limits.get() is None else plain.of(session)

    # aiobotocore offers no other way in. What is replaced belongs to this one object.
    http_session._get_session = get_plain_session  # type: ignore[method-assign]


class _PlainSessions:
    """A plain session for each of aiobotocore's, which are one a proxy."""

    def __init__(self) -> None:
        self._sessions: dict[aiohttp.ClientSession, _PlainSession] = {}

    def of(self, session: aiohttp.ClientSession) -> Any:
        plain = self._sessions.get(session)
        if plain is None:
            connector = session.connector
            if connector is None:
                return session  # It was closed meanwhile, which it tells by itself.
            plain = self._sessions[session] = _PlainSession(session, connector)
        return plain


class _PlainSession:
    """Sends a request to where it is addressed, and reads what fits into the limits.

    It has the connections of the session that it is made of, and ends with them.
    """

    def __init__(self, session: aiohttp.ClientSession, connector: aiohttp.BaseConnector) -> None:
        self._session = aiohttp.ClientSession(
            connector=connector,
            connector_owner=False,
            timeout=session.timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers={"CONTENT-TYPE"},
            auto_decompress=False,
            trust_env=False,
        )
        # So that waiting for a connection to be free is no part of an attempt.
        self._connections = asyncio.Semaphore(connector.limit or sys.maxsize)

    async def request(self, method: str, **options: Any) -> Any:
        options["allow_redirects"] = False
        limits = attempt_limits.get()
        if limits is None:
            return await self._session.request(method, **options)
        async with self._connections:
            try:
                async with limits.clock.timeout(limits.timeout):
                    response = await self._session.request(method, **options)
                    return _ReadResponse(response, await _read(response, limits.max_response_bytes))
            except aiohttp.ServerTimeoutError:
                raise  # connect_timeout or read_timeout, of which aiobotocore tells
            except TimeoutError as late:
                raise AttemptTimeoutError(
                    f"no whole answer within attempt_timeout, {limits.timeout:g} s"
                ) from late


class _ReadResponse:
    """aiohttp's response, with a body that has been read."""

    def __init__(self, response: aiohttp.ClientResponse, body: bytes) -> None:
        self._response = response
        self._body = body
        self.url = response.url
        self.status = response.status
        self.raw_headers = response.raw_headers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._response, name)

    async def read(self) -> bytes:
        return self._body


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes:
    parts: list[bytes] = []
    size = response.content_length or 0
    try:
        if size <= limit:
            size = 0
            async for part in response.content.iter_any():
                size += len(part)
                if size > limit:
                    break
                parts.append(part)
    except BaseException:
        response.close()
        raise
    if size > limit:
        # The rest is not wanted, and a connection that still brings it is of no more use.
        response.close()
        raise ResponseTooLargeError(limit)
    return b"".join(parts)
