"""Values for the shapes of botocore's service model, made without the generator's code."""

import base64
import re
from functools import cache
from typing import Any

from botocore.loaders import create_loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StringShape, StructureShape
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st

from rekognition_async.emulator.protocol.validation import compiled

QUICK = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
    ],
)


@cache
def service_model() -> ServiceModel:
    """Botocore's service model of Rekognition."""
    return ServiceModel(create_loader().load_service_model("rekognition", "service-2"))


def valid(shape: Shape, *, wire: bool) -> st.SearchStrategy[Any]:
    """Values that keep all limits of a shape; blobs are base64 on the wire."""
    if isinstance(shape, StructureShape):
        required = {name: valid(shape.members[name], wire=wire) for name in shape.required_members}
        optional = {
            name: valid(member, wire=wire)
            for name, member in shape.members.items()
            if name not in required
        }
        return st.fixed_dictionaries(required, optional=optional)
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if isinstance(shape, ListShape):
        items = valid(shape.member, wire=wire)
        return st.lists(items, min_size=least or 0, max_size=min(most or 3, max(least or 0, 3)))
    if isinstance(shape, MapShape):
        return st.dictionaries(
            valid(shape.key, wire=wire), valid(shape.value, wire=wire), max_size=2
        )
    if isinstance(shape, StringShape):
        return _texts(shape, least or 0, most)
    return _scalars(shape, least, most, wire=wire)


@cache
def required(operation: str) -> dict[str, Any]:
    """Some value for each member that an operation requires."""
    shape = service_model().operation_model(operation).input_shape
    needed = {name: valid(shape.members[name], wire=False) for name in shape.required_members}
    some = settings(phases=[Phase.generate], database=None, derandomize=True)
    return find(st.fixed_dictionaries(needed), lambda _: True, settings=some)


def _scalars(shape: Shape, least: Any, most: Any, *, wire: bool) -> st.SearchStrategy[Any]:
    if shape.type_name == "boolean":
        return st.booleans()
    if shape.type_name in {"integer", "long"}:
        return st.integers(least or 0, most if most is not None else 2**31 - 1)
    if shape.type_name in {"float", "double"}:
        return st.floats(
            0.0 if least is None else least, 1e6 if most is None else most, width=32
        ).map(float)
    if shape.type_name == "timestamp":
        return st.integers(1_000_000_000_000, 1_900_000_000_000).map(lambda number: number / 1000)
    blobs = st.binary(min_size=least or 0, max_size=max(least or 0, 12))
    return blobs.map(lambda content: base64.b64encode(content).decode()) if wire else blobs


def _texts(shape: StringShape, least: int, most: int | None) -> st.SearchStrategy[str]:
    if shape.enum:
        return st.sampled_from(shape.enum)
    pattern = shape.metadata.get("pattern")
    if pattern is None:
        return st.text(
            st.characters(codec="utf-8"), min_size=least, max_size=min(most or 20, least + 20)
        )
    kept = re.compile(compiled(pattern).pattern, re.ASCII)
    return st.from_regex(kept, fullmatch=True).filter(
        lambda text: least <= len(text) <= (most or 10_000) and "\n" not in text
    )


def specimen(shape: Shape, number: int) -> Any:
    """The wire's form of a value with all of its members, another one for each number."""
    if isinstance(shape, StructureShape):
        return {name: specimen(member, number) for name, member in shape.members.items()}
    if isinstance(shape, ListShape):
        return [specimen(shape.member, number)]
    if isinstance(shape, MapShape):
        return {specimen(shape.key, number): specimen(shape.value, number)}
    if isinstance(shape, StringShape) and shape.enum:
        return shape.enum[number % len(shape.enum)]
    scalars: dict[str, Any] = {
        "boolean": number % 2 == 0,
        "integer": number,
        "long": number,
        "float": number + 0.5,
        "double": number + 0.5,
        "timestamp": 1_700_000_000.5 + number,
        "blob": base64.b64encode(bytes([number])).decode(),
        "string": f"text-{number}",
    }
    return scalars[shape.type_name]
