from collections.abc import Mapping
from typing import Any

import aiohttp
from botocore.httpsession import ProxyConfiguration

class AIOHTTPSession:
    _proxy_config: ProxyConfiguration
    def __init__(
        self,
        verify: bool = True,
        proxies: Mapping[str, str] | None = None,
        timeout: Any = None,
        max_pool_connections: int = 10,
        socket_options: Any = None,
        client_cert: Any = None,
        proxies_config: Any = None,
        connector_args: Any = None,
    ) -> None: ...
    async def _get_session(self, proxy_url: str | None) -> aiohttp.ClientSession: ...
    async def send(self, request: Any) -> Any: ...
