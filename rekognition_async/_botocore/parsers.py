"""botocore's parsers, which have nothing left to do for an answer that Pydantic has read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aiobotocore.parsers import AioResponseParserFactory
from botocore.utils import lowercase_dict

from rekognition_async._botocore.events import current_call

_REQUEST_ID: Final = "x-amzn-requestid"


class Parsers(AioResponseParserFactory):
    """Gives botocore's parsers, but for an answer that was read: that takes 3 % of a call."""

    def create_parser(self, protocol_name: str) -> Any:
        """The parser for the answer that the call under way has got."""
        call = current_call()
        if call is not None and call.is_read:
            return _METADATA_PARSER
        return super().create_parser(protocol_name)


class _MetadataParser:
    """Makes what botocore's parser makes of a JSON document without a member."""

    async def parse(self, response: Mapping[str, Any], _shape: object) -> dict[str, Any]:
        headers: dict[str, str] = lowercase_dict(response["headers"])
        metadata = {"HTTPStatusCode": response["status_code"], "HTTPHeaders": headers}
        if _REQUEST_ID in headers:
            metadata["RequestId"] = headers[_REQUEST_ID]
        return {"ResponseMetadata": metadata}


_METADATA_PARSER: Final = _MetadataParser()
