"""Requests as JSON: botocore's serializer, with the text written by Pydantic's core."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiobotocore.client import AioBaseClient
from botocore.model import OperationModel
from botocore.serialize import JSONSerializer
from pydantic_core import to_json


class Serializer(JSONSerializer):
    """Makes what botocore makes; of a picture's base64 in half the time, and without a copy."""

    def serialize_to_request(
        self, parameters: Mapping[str, Any], operation_model: OperationModel
    ) -> dict[str, Any]:
        """The parts of the HTTP request, of which the body is JSON."""
        request = super().serialize_to_request({}, operation_model)
        document: dict[str, Any] = {}
        self._serialize(document, parameters, operation_model.input_shape)
        request["body"] = to_json(document)
        return request


def use_serializer(client: AioBaseClient) -> None:
    """Has a client of our own, whose parameters are validated before, serialize them by this."""
    if type(client._serializer) is JSONSerializer:
        client._serializer = Serializer()
