from collections.abc import Mapping
from typing import Any

from botocore.compat import HTTPHeaders

class AWSRequest:
    method: str | None
    url: str | None
    headers: HTTPHeaders
    data: bytes | str | None
    params: Mapping[str, str]
    context: dict[str, Any]
    def __init__(
        self,
        method: str | None = None,
        url: str | None = None,
        headers: Mapping[str, str] | None = None,
        data: bytes | str | None = None,
        params: Mapping[str, str] | None = None,
        auth_path: str | None = None,
        stream_output: bool = False,
    ) -> None: ...

class AWSPreparedRequest:
    method: str
    url: str
    headers: HTTPHeaders

class AWSResponse:
    def __init__(
        self, url: str, status_code: int, headers: Mapping[str, str], raw: Any
    ) -> None: ...
