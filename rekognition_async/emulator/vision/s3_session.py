"""The HTTP session of the client that `s3` reads an S3 endpoint with."""

from __future__ import annotations

from typing import Any

import aiohttp
from aiobotocore.httpsession import AIOHTTPSession


class S3HttpSession(AIOHTTPSession):
    """aiobotocore's, without the following of redirects, which no client of boto's does."""

    async def _get_session(self, proxy_url: str | None) -> Any:
        return _NoRedirects(await super()._get_session(proxy_url))


class _NoRedirects:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def request(self, method: str, **options: Any) -> aiohttp.ClientResponse:
        response = await self._session.request(method, **options, allow_redirects=False)
        # S3 itself tells a bucket's region so, which botocore then asks: without a Location.
        if response.status // 100 == 3 and "Location" in response.headers:  # noqa: PLR2004 - 3xx
            response.close()
            raise RedirectError(f"HTTP {response.status}: no redirect is followed")
        return response


class RedirectError(Exception):
    """The endpoint sends its clients elsewhere."""
