"""Our HTTP session tells of what went wrong as aiobotocore's does."""

import socket
from typing import Any

import aiohttp
import pytest
from aiobotocore.httpsession import AIOHTTPSession
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.http_exceptions import BadStatusLine
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError

from rekognition_async._botocore.http_session import AttemptLimits, HttpSession, attempt_limits
from rekognition_async.config import SYSTEM_CLOCK

KEY = ConnectionKey(
    "example.com", 443, is_ssl=True, ssl=True, proxy=None, proxy_auth=None, proxy_headers_hash=None
)
ERRORS = [
    aiohttp.ClientConnectorCertificateError(KEY, Exception("self-signed")),
    aiohttp.ClientConnectorSSLError(KEY, OSError(1, "handshake")),
    aiohttp.ClientConnectorDNSError(KEY, socket.gaierror(-2, "unknown name")),
    aiohttp.ClientConnectorError(KEY, OSError(111, "refused")),
    aiohttp.ClientOSError(104, "reset"),
    aiohttp.ServerDisconnectedError(),
    aiohttp.ClientPayloadError("half an answer"),
    BadStatusLine("junk"),
    aiohttp.ConnectionTimeoutError("Connection timeout to host https://example.com"),
    aiohttp.SocketTimeoutError("Timeout on reading data from socket"),
    aiohttp.ServerFingerprintMismatch(b"a", b"b", "example.com", 443),
    aiohttp.InvalidURL("https://"),
    socket.gaierror(-2, "unknown name"),
    TimeoutError("late"),
    OSError(24, "too many open files"),
    ValueError("no header"),
]


class Failing:
    """A session whose requests all fail alike."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def request(self, *_: object, **__: object) -> None:
        raise self._error


async def told(
    cls: type[AIOHTTPSession], error: Exception, monkeypatch: pytest.MonkeyPatch
) -> tuple[type[Exception], str, Any]:
    """What a class of session makes of an error of aiohttp's."""
    request = AWSRequest("POST", "https://example.com/", data=b"{}").prepare()

    async def failing(_: AIOHTTPSession, __: str | None) -> Failing:
        return Failing(error)

    with monkeypatch.context() as patch, pytest.raises(BotoCoreError) as raised:
        patch.setattr(cls, "_get_session", failing)
        await cls().send(request)
    return type(raised.value), str(raised.value), raised.value.kwargs


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_an_error_is_told_in_the_terms_of_botocore(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The class, the text and the details of each are those that a hook gets from aiobotocore."""
    token = attempt_limits.set(AttemptLimits(None, 1000, SYSTEM_CLOCK))
    try:
        ours = await told(HttpSession, error, monkeypatch)
    finally:
        attempt_limits.reset(token)
    theirs = await told(AIOHTTPSession, error, monkeypatch)
    assert str(ours[2].pop("request", "")) == str(theirs[2].pop("request", ""))
    assert ours == theirs
