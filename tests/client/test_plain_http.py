"""What is asked is what is sent: aiohttp's conveniences are none for signed requests."""

import gzip
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.httpsession import AIOHTTPSession
from aiobotocore.session import get_session
from aiohttp import web
from support import FakeClock, options_for, patient, served

from rekognition_async import RekognitionClient, TransportError
from rekognition_async.errors import UnmodeledServiceError

LISTING = {"CollectionIds": ["here"], "FaceModelVersions": ["7.0"]}
MakeClient = Callable[..., AbstractAsyncContextManager[RekognitionClient]]


class OwnHttpSession(AIOHTTPSession):
    """A session that a user has derived from aiobotocore's."""


@asynccontextmanager
async def owned(url: str, **settings: Any) -> AsyncGenerator[RekognitionClient]:
    """A client that opens its own connections."""
    async with RekognitionClient(**options_for(url), **settings) as client:
        yield client


@asynccontextmanager
async def owned_over_own_sessions(url: str, **settings: Any) -> AsyncGenerator[RekognitionClient]:
    """A client whose connections are of a class that a user has derived."""
    config = AioConfig(http_session_cls=OwnHttpSession)
    async with RekognitionClient(**options_for(url), config=config, **settings) as client:
        yield client


@asynccontextmanager
async def borrowed(url: str, **settings: Any) -> AsyncGenerator[RekognitionClient]:
    """A client over one that a service already has."""
    async with get_session().create_client("rekognition", **options_for(url)) as raw:
        yield RekognitionClient.from_aiobotocore(raw, **settings)


every_client = pytest.mark.parametrize("make_client", [owned, owned_over_own_sessions, borrowed])


@every_client
@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 307, 308])
async def test_no_redirect_is_followed(make_client: MakeClient, status: int) -> None:
    """A 3xx is the error that it is, sent once, and nothing goes to where it points."""
    followed: list[str] = []
    asked: list[str] = []

    async def elsewhere(request: web.BaseRequest) -> web.Response:
        followed.append(request.method)
        return web.json_response({**LISTING, "CollectionIds": ["from-elsewhere"]})

    async with served(elsewhere) as target:

        async def redirect(request: web.BaseRequest) -> web.Response:
            asked.append(request.method)
            return web.Response(status=status, headers={"Location": target})

        async with served(redirect) as url, make_client(url) as client:
            with pytest.raises(UnmodeledServiceError) as raised:
                await client.list_collections()
    assert (asked, followed) == (["POST"], [])
    assert (raised.value.http_status_code, raised.value.code) == (status, str(status))
    assert not raised.value.retryable


async def test_the_owner_of_a_client_keeps_its_redirects() -> None:
    """Calls of a wrapped client's owner are as they were: aiobotocore's follow redirects."""

    async def elsewhere(_: web.BaseRequest) -> web.Response:
        return web.json_response(LISTING)

    async with served(elsewhere) as target:

        async def redirect(_: web.BaseRequest) -> web.Response:
            return web.Response(status=307, headers={"Location": target})

        async with served(redirect) as url:
            async with get_session().create_client("rekognition", **options_for(url)) as raw:
                client = RekognitionClient.from_aiobotocore(raw)
                with pytest.raises(UnmodeledServiceError):
                    await client.list_collections()
                assert (await raw.list_collections())["CollectionIds"] == ["here"]


@every_client
async def test_no_cookie_is_kept(make_client: MakeClient) -> None:
    """A cookie that an answer sets does not go out with the next request."""
    cookies: list[str | None] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        cookies.append(request.headers.get("Cookie"))
        return web.json_response(LISTING, headers={"Set-Cookie": "seen=1; Path=/"})

    async with served(answer) as url:
        # Cookies of an address that is a number are not kept anyway.
        async with make_client(url.replace("127.0.0.1", "localhost")) as client:
            for _ in range(2):
                await client.list_collections()
    assert cookies == [None, None]


@every_client
async def test_netrc_is_not_asked(
    make_client: MakeClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A .netrc with a password for the host changes nothing about a request."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login somebody password netrc-password\n")
    monkeypatch.setenv("NETRC", str(netrc))
    sent: list[str] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        sent.append(request.headers["Authorization"])
        return web.json_response(LISTING)

    async with served(answer) as url:
        async with make_client(url.replace("127.0.0.1", "localhost")) as client:
            await client.list_collections()
    assert [authorization.partition(" ")[0] for authorization in sent] == ["AWS4-HMAC-SHA256"]


@every_client
async def test_a_compressed_answer_is_not_unpacked(make_client: MakeClient) -> None:
    """Compression was not asked for: a small answer cannot become a large one."""

    async def answer(_: web.BaseRequest) -> web.Response:
        body = gzip.compress(b" " * 10_000_000)
        return web.Response(body=body, headers={"Content-Encoding": "gzip"})

    async with served(answer) as url:
        async with make_client(url, retry=patient(FakeClock(), 1)) as client:
            with pytest.raises(TransportError, match=r"not JSON but gzip \(.*, 9\d{3} bytes\)"):
                await client.list_collections()
