from typing import Any

class ContainerMetadataFetcher:
    SLEEP_TIME: int
    def __init__(self, session: Any = None, sleep: Any = ...) -> None: ...
