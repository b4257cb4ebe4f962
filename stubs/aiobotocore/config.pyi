from typing import Any, Self

from botocore.config import Config

class AioConfig(Config):
    connector_args: dict[str, Any]
    http_session_cls: type[Any]
    # botocore makes its options attributes at run time.
    def __init__(self, **kwargs: Any) -> None: ...
    def merge(self, other_config: Config) -> Self: ...
