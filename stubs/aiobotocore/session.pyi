from contextlib import AbstractAsyncContextManager
from typing import Any

from aiobotocore.client import AioBaseClient
from aiobotocore.config import AioConfig
from aiobotocore.credentials import (
    AioCredentialResolver,
    AioCredentials,
    AioRefreshableCredentials,
)
from botocore.session import Session

class AioSession(Session):
    def __init__(
        self,
        session_vars: Any = None,
        event_hooks: Any = None,
        include_builtin_handlers: bool = True,
        profile: str | None = None,
    ) -> None: ...
    def _create_credential_resolver(self) -> AioCredentialResolver: ...
    async def get_credentials(self) -> AioCredentials | AioRefreshableCredentials | None: ...
    async def get_available_regions(
        self, service_name: str, partition_name: str = "aws", allow_non_regional: bool = False
    ) -> list[str]: ...
    def create_client(
        self, *args: Any, **kwargs: Any
    ) -> AbstractAsyncContextManager[AioBaseClient]: ...

def get_session(env_vars: Any = None) -> AioSession: ...
