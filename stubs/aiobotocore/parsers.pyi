from collections.abc import Mapping
from typing import Any

from botocore.model import Shape
from botocore.parsers import ResponseParserFactory

class AioResponseParser:
    async def parse(self, response: Mapping[str, Any], shape: Shape | None) -> Any: ...

class AioResponseParserFactory(ResponseParserFactory):
    def create_parser(self, protocol_name: str) -> Any: ...
