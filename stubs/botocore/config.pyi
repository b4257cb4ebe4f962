from typing import Any

class Config:
    region_name: str | None
    retries: dict[str, Any] | None
    proxies: dict[str, str] | None
    signature_version: Any  # the name of one, or botocore.UNSIGNED
    user_agent_extra: str | None
    connect_timeout: float
    read_timeout: float | None
    max_pool_connections: int
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    def merge(self, other_config: Any) -> Config: ...
