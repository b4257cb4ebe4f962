from collections.abc import Iterator, Mapping, MutableMapping
from typing import IO, Any

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
    def prepare(self) -> AWSPreparedRequest: ...

class _HeaderKey:
    def __init__(self, key: str) -> None: ...

class HeadersDict(MutableMapping[str, str | bytes]):
    _dict: dict[_HeaderKey, str | bytes]
    def __init__(self, *args: Any, **kwargs: str | bytes) -> None: ...
    def __setitem__(self, key: str, value: str | bytes) -> None: ...
    def __getitem__(self, key: str) -> str | bytes: ...
    def __delitem__(self, key: str) -> None: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...

class AWSPreparedRequest:
    method: str
    url: str
    headers: HeadersDict
    body: bytes | IO[bytes] | None

class AWSResponse:
    def __init__(
        self, url: str, status_code: int, headers: Mapping[str, str], raw: Any
    ) -> None: ...
