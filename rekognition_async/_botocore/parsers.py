"""aiobotocore's response parsers, without what has been read before them.

`connection` registers `CachingParserFactory` with each session of our own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiobotocore.parsers import AioResponseParser, AioResponseParserFactory
from botocore.model import Shape

from rekognition_async._botocore.events import call_of


class CachingParserFactory(AioResponseParserFactory):
    """aiobotocore's parsers for a session of our own, made once and not for each answer."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, _Parser] = {}

    def create_parser(self, protocol_name: str) -> _Parser:
        """The parser of a protocol."""
        parser = self._made.get(protocol_name)
        if parser is None:
            parser = self._made[protocol_name] = _Parser(super().create_parser(protocol_name))
        return parser


class _Parser:
    """Leaves out the body of an answer that has been read already."""

    def __init__(self, parser: AioResponseParser) -> None:
        self._parser = parser

    async def parse(self, response: Mapping[str, Any], shape: Shape | None) -> Any:
        call = call_of(response["context"]["operation_name"])
        is_read = call is not None and call.response is not None
        return await self._parser.parse(response, None if is_read else shape)
