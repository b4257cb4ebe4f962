import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from botocore.credentials import Credentials, ReadOnlyCredentials, RefreshableCredentials

class AioCredentials(Credentials):
    async def get_frozen_credentials(self) -> ReadOnlyCredentials: ...

class AioRefreshableCredentials(RefreshableCredentials):
    _refresh_lock: asyncio.Lock
    async def _protected_refresh(self, is_mandatory: bool) -> None: ...
    async def get_frozen_credentials(self) -> ReadOnlyCredentials: ...

class AioProcessProvider:
    _popen: Callable[..., Any]
    def __init__(self, *args: Any, popen: Callable[..., Any] = ..., **kwargs: Any) -> None: ...

class AioAssumeRoleProvider:
    _prompter: Callable[[str], str]
    _profile_provider_builder: Any

class AioCredentialResolver:
    providers: Sequence[object]
    async def load_credentials(
        self,
    ) -> AioCredentials | AioRefreshableCredentials | None: ...
