from collections.abc import Mapping
from typing import Any

from botocore.model import OperationModel

class Serializer:
    def __init__(self, timestamp_precision: str = ...) -> None: ...
    def serialize_to_request(
        self, parameters: Mapping[str, Any], operation_model: OperationModel
    ) -> dict[str, Any]: ...

class JSONSerializer(Serializer): ...
