"""Validates parameters against the service model: JSON types, and constraints such as lengths.

`validate` is called before an operation's handler, so that all operations have the same rules.
"""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from rekognition_async.emulator.protocol.blobs import EncodedBlob
from rekognition_async.emulator.protocol.messages import FrameworkError, SerializationError
from rekognition_async.emulator.protocol.shapes import is_list, is_map, is_string, is_structure
from rekognition_async.emulator.utils.json_types import JsonObject

if TYPE_CHECKING:
    from botocore.model import Shape, StructureShape

# Unicode classes that the service model's patterns name and Python's re does not know. The
# patterns allow the underscore, which \w holds beside letters and numbers.
_UNICODE_CLASSES: Final = {
    r"\p{L}": r"\w",
    r"\p{N}": r"\w",
    r"\p{Z}": "\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
}

# Shapes whose maximum an operation refuses by itself, with an InvalidParameterException.
_LEFT_TO_OPERATIONS: Final = frozenset({"ListMediaAnalysisJobsPageSize"})

_BITS: Final = {"integer": 32, "long": 64}
_MAX_PROBLEMS: Final = 100
_MAX_SHOWN: Final = 1024

_JSON_NAMES: Final = {bool: "BOOLEAN_VALUE", int: "NUMBER_VALUE", float: "NUMBER_VALUE"}


def validate(shape: StructureShape, document: JsonObject) -> JsonObject:
    """The input as the operation gets it: null and unknown members left out, blobs as bytes.

    Args:
        shape: The operation's input.
        document: The request's JSON.

    Raises:
        SerializationError: A member is of another JSON type.
        FrameworkError: ValidationException, with the constraints that are broken, up to 100.
    """
    value: JsonObject = _read(shape, document)
    problems = list(itertools.islice(_problems(shape, value, ""), _MAX_PROBLEMS))
    if problems:
        count = len(problems)
        noun = "error" if count == 1 else "errors"
        raise FrameworkError(
            "ValidationException",
            f"{count} validation {noun} detected: {'; '.join(problems)}",
        )
    return value


def matches(shape: Shape, value: str) -> bool:
    """Whether a string keeps all constraints of its shape."""
    return not any(_problems(shape, value, ""))


def _read(shape: Shape, value: Any) -> Any:
    if is_structure(shape):
        members = _typed(value, dict, "structure")
        return {
            name: _read(member, members[name])
            for name, member in shape.members.items()
            if members.get(name) is not None
        }
    if is_list(shape):
        return [
            _read(shape.member, item)
            for item in _typed(value, list, "collection")
            if item is not None
        ]
    if is_map(shape):
        entries = _typed(value, dict, "map")
        return {key: _read(shape.value, item) for key, item in entries.items() if item is not None}
    return _read_scalar(shape.type_name, value)


def _typed(value: Any, kind: type, name: str) -> Any:
    if not isinstance(value, kind):
        found = "structure or map" if isinstance(value, dict) else _json_name(value)
        raise SerializationError(f"Start of {name} expected, but found {found}.")
    return value


def _read_scalar(kind: str, value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "string" and isinstance(value, str):
        return value
    if kind == "boolean" and isinstance(value, bool):
        return value
    if kind in _BITS and isinstance(value, int) and is_number:
        most: int = 2 ** (_BITS[kind] - 1)
        if not -most <= value < most:
            raise SerializationError(f"Numeric value is out of range of {kind}")
        return value
    if kind in {"float", "double", "timestamp"} and is_number:
        if abs(value) > sys.float_info.max:
            raise SerializationError(f"Numeric value is out of range of {kind}")
        return value
    if kind == "blob" and isinstance(value, str):
        encoded = value if isinstance(value, EncodedBlob) else EncodedBlob(value)
        try:
            return encoded.decoded
        except ValueError:
            raise SerializationError("Blob is not valid base64") from None
    names = {"integer": "an Integer", "long": "a Long", "blob": "a Blob"}
    expected = names.get(kind, f"a {kind.capitalize()}")
    if isinstance(value, dict | list):
        raise SerializationError("Start of structure or map found where not expected.")
    raise SerializationError(f"{_json_name(value)} can not be converted to {expected}")


def _json_name(value: Any) -> str:
    return _JSON_NAMES.get(type(value), "STRING_VALUE")


def _problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    yield from _own_problems(shape, value, path)
    if is_structure(shape):
        for name in shape.required_members:
            if name not in value:
                yield _problem("null", _joined(path, _lower_first(name)), "must not be null")
        for name, item in value.items():
            yield from _problems(shape.members[name], item, _joined(path, _lower_first(name)))
    elif is_list(shape):
        for index, item in enumerate(value, 1):
            yield from _problems(shape.member, item, _joined(path, f"{index}.member"))
    elif is_map(shape):
        for key, item in value.items():
            yield from _problems(shape.key, key, _joined(path, "key"))
            yield from _problems(shape.value, item, _joined(path, f"{key}.member"))


def _own_problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    limits = shape.metadata
    sized = isinstance(value, str | bytes | list | dict)
    noun = "length " if sized else "value "
    size = len(value) if sized else value
    if "min" in limits and size < limits["min"]:
        must = f"must have {noun}greater than or equal to {limits['min']}"
        yield _problem(_shown(value), path, must)
    has_maximum = "max" in limits and shape.name not in _LEFT_TO_OPERATIONS
    if has_maximum and size > limits["max"]:
        must = f"must have {noun}less than or equal to {limits['max']}"
        yield _problem(_shown(value), path, must)
    if "pattern" in limits and not compiled(limits["pattern"]).fullmatch(value):
        must = f"must satisfy regular expression pattern: {limits['pattern']}"
        yield _problem(_shown(value), path, must)
    if is_string(shape) and shape.enum and value not in shape.enum:
        yield _problem(
            _shown(value), path, f"must satisfy enum value set: [{', '.join(shape.enum)}]"
        )


def _problem(shown: str, path: str, must: str) -> str:
    return f"Value {shown} at '{path}' failed to satisfy constraint: Member {must}"


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        return f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"
    text = str(value[:_MAX_SHOWN] if isinstance(value, str | list) else value)
    return f"'{text[:_MAX_SHOWN]}'"


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of the service model, in Python's dialect."""
    for unicode_class, characters in _UNICODE_CLASSES.items():
        pattern = pattern.replace(unicode_class, characters)
    return re.compile(pattern)


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
