from typing import Any, Self

class UserAgentString:
    def __init__(
        self,
        platform_name: str | None,
        platform_version: str | None,
        platform_machine: str | None,
        python_version: str | None,
        python_implementation: str | None,
        execution_env: str | None,
        crt_version: str | None = None,
    ) -> None: ...
    @classmethod
    def from_environment(cls) -> Self: ...
    def with_client_config(self, client_config: Any) -> Self: ...
    def to_string(self) -> str: ...

def register_feature_id(feature_id: str) -> None: ...
