from typing import Any, Self

from aiobotocore.endpoint import AioEndpoint
from botocore.client import BaseClient
from botocore.serialize import Serializer

class AioBaseClient(BaseClient):
    _endpoint: AioEndpoint
    _ruleset_resolver: Any
    _serializer: Serializer
    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None: ...
    async def close(self) -> None: ...
    # The methods of a service's operations, and its classes of exceptions, are made at run time.
    def __getattr__(self, item: str) -> Any: ...
