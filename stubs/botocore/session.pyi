from collections.abc import Callable, Sequence
from typing import Any

class Session:
    def __init__(
        self,
        session_vars: Any = None,
        event_hooks: Any = None,
        include_builtin_handlers: bool = True,
        profile: str | None = None,
    ) -> None: ...
    @property
    def profile(self) -> str | None: ...
    def register(
        self,
        event_name: str,
        handler: Callable[..., Any],
        unique_id: str | None = None,
        unique_id_uses_count: bool = False,
    ) -> None: ...
    def set_credentials(
        self,
        access_key: str,
        secret_key: str,
        token: str | None = None,
        account_id: str | None = None,
    ) -> None: ...
    def set_config_variable(self, logical_name: str, value: object) -> None: ...
    def get_component(self, name: str) -> Any: ...
    def register_component(self, name: str, component: object) -> None: ...
    def get_config_variable(
        self, logical_name: str, methods: Sequence[str] | None = None
    ) -> Any: ...
    def get_default_client_config(self) -> Any: ...
    def set_default_client_config(self, client_config: Any) -> None: ...
