from collections.abc import Mapping
from typing import Any

from botocore.model import OperationModel, Shape

class Serializer:
    def __init__(self, timestamp_precision: str = ...) -> None: ...
    def serialize_to_request(
        self, parameters: Mapping[str, Any], operation_model: OperationModel
    ) -> dict[str, Any]: ...

class JSONSerializer(Serializer):
    def _serialize(
        self,
        serialized: dict[str, Any],
        value: Any,
        shape: Shape,
        key: str | None = None,
    ) -> None: ...
