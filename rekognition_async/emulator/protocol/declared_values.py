"""Checks values that users declare against the shapes of the service model.

Answers and attributes of faces go through `check_answer` when they are declared, so that a client
can read what it is answered.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from rekognition_async.emulator.protocol.shapes import is_list, is_map, is_structure

if TYPE_CHECKING:
    from botocore.model import Shape

_JSON_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "blob": (str,),
    "boolean": (bool,),
    "double": (int, float),
    "float": (int, float),
    "integer": (int,),
    "long": (int,),
    "string": (str,),
    "timestamp": (int, float),
}
_NOUNS: Final[Mapping[type, str]] = {
    Mapping: "an object",
    bool: "true or false",
    float: "a number",
    int: "a whole number",
    str: "a string",
    tuple: "a list",
}


def check_answer(shape: Shape | None, value: object, path: str) -> Any:
    """Holds a declared answer against the service model, and copies it.

    Args:
        shape: What it has to be.
        value: What the user declared, with any mapping for an object and a tuple for a list.
        path: Where it stands, for errors.

    Returns:
        It as JSON has it.

    Raises:
        ValueError: A member does not exist, or is of another JSON type; the message names it.
    """
    if is_structure(shape):
        members = expect_type((Mapping,), value, path)
        for name in members:
            if name not in shape.members:
                known = ", ".join(shape.members) or "none"
                raise ValueError(f"{path} has no member {name!r}; it has {known}")
        return {
            name: check_answer(shape.members[name], item, f"{path}.{name}")
            for name, item in members.items()
        }
    if is_list(shape):
        items = expect_type((list, tuple), value, path)
        return [
            check_answer(shape.member, item, f"{path}[{number}]")
            for number, item in enumerate(items)
        ]
    if is_map(shape):
        entries = expect_type((Mapping,), value, path)
        return {
            expect_type((str,), key, f"a key of {path}"): check_answer(
                shape.value, item, f"{path}[{key!r}]"
            )
            for key, item in entries.items()
        }
    return _validate_scalar(shape, value, path)


def _validate_scalar(shape: Shape | None, value: object, path: str) -> Any:
    if shape is None:
        raise ValueError(f"{path} has no answer")
    kinds = _JSON_TYPES[shape.type_name]
    # In Python, but not in JSON, True is a number.
    scalar = expect_type(kinds, value, path, or_not=() if bool in kinds else (bool,))
    if isinstance(scalar, float) and not math.isfinite(scalar):
        raise ValueError(f"{path} must be a finite number, got {scalar!r}")
    return scalar


def expect_type(
    kinds: tuple[type, ...], value: Any, path: str, *, or_not: tuple[type, ...] = ()
) -> Any:
    """The value, if it is of one of the types.

    Raises:
        ValueError: It is of another; the message says where it stands, and what was expected.
    """
    if isinstance(value, kinds) and not isinstance(value, or_not):
        return value
    raise ValueError(f"{path} must be {_NOUNS[kinds[-1]]}, got {type(value).__name__}")
