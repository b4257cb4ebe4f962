from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import Shape

class ResponseParser:
    def __init__(
        self,
        timestamp_parser: Callable[[Any], Any] | None = None,
        blob_parser: Callable[[Any], Any] | None = None,
    ) -> None: ...
    def parse(self, response: Mapping[str, Any], shape: Shape) -> dict[str, Any]: ...

class BaseJSONParser(ResponseParser): ...
class JSONParser(BaseJSONParser): ...
