"""The HTTP session: aiobotocore's over aiohttp, without looking for a proxy that is not there.

`connection` gives `HttpSession` to a client as ``AioConfig.http_session_cls``, unless the caller
has set one.
"""

from __future__ import annotations

from typing import Any

from aiobotocore.httpsession import AIOHTTPSession
from botocore.httpsession import ProxyConfiguration


class HttpSession(AIOHTTPSession):
    """Does not look for a proxy before each request where there is none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        if not options.get("proxies"):
            self._proxy_config = _NoProxies()


class _NoProxies(ProxyConfiguration):
    def proxy_url_for(self, url: str) -> str | None:  # noqa: ARG002 - botocore's signature
        return None

    def proxy_headers_for(self, proxy_url: str) -> dict[str, str]:  # noqa: ARG002 - likewise
        return {}
