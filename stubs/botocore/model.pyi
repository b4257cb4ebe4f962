from collections.abc import Mapping
from typing import Any

class Shape:
    name: str
    type_name: str
    # botocore makes these by its CachedProperty, which is gone once it was read.
    metadata: dict[str, Any]
    def __init__(
        self, shape_name: str, shape_model: Mapping[str, Any], shape_resolver: Any = None
    ) -> None: ...

class StructureShape(Shape):
    members: dict[str, Shape]
    required_members: list[str]

class ListShape(Shape):
    member: Shape

class MapShape(Shape):
    key: Shape
    value: Shape

class StringShape(Shape):
    enum: list[str]

class ServiceModel:
    service_name: str
    operation_names: list[str]
    shape_names: list[str]
    def __init__(
        self, service_description: Mapping[str, Any], service_name: str | None = None
    ) -> None: ...
    def operation_model(self, operation_name: str) -> OperationModel: ...
    def shape_for(
        self, shape_name: str, member_traits: Mapping[str, Any] | None = None
    ) -> Shape: ...

class OperationModel:
    input_shape: StructureShape
    output_shape: StructureShape | None
    error_shapes: list[StructureShape]
    name: str
