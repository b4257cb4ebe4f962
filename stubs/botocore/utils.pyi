from collections.abc import Mapping
from typing import Any

class ContainerMetadataFetcher:
    SLEEP_TIME: int
    def __init__(self, session: Any = None, sleep: Any = ...) -> None: ...

def lowercase_dict(original: Mapping[str, str]) -> dict[str, str]: ...
