"""What kind of shape of botocore's one is, told by its type name.

``isinstance`` would have every emulator that starts import botocore, which it first needs for a
request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape


def is_structure(shape: Shape | None) -> TypeGuard[StructureShape]:
    """Whether it is a JSON object with members of known names."""
    return shape is not None and shape.type_name == "structure"


def is_list(shape: Shape | None) -> TypeGuard[ListShape]:
    """Whether it is a JSON array."""
    return shape is not None and shape.type_name == "list"


def is_map(shape: Shape | None) -> TypeGuard[MapShape]:
    """Whether it is a JSON object with members of any name."""
    return shape is not None and shape.type_name == "map"


def is_string(shape: Shape | None) -> TypeGuard[StringShape]:
    """Whether it is a string."""
    return shape is not None and shape.type_name == "string"
