"""What the operations do, a module a domain; the names are those of the service model."""

from collections.abc import Mapping
from typing import Final

from rekognition_async.emulator.handlers import collections, face_analysis, faces, users
from rekognition_async.emulator.handlers.base import Call, Handler, World

__all__ = ["HANDLERS", "Call", "Handler", "World"]

HANDLERS: Final[Mapping[str, Handler]] = {
    **collections.HANDLERS,
    **face_analysis.HANDLERS,
    **faces.HANDLERS,
    **users.HANDLERS,
}
"""The handler of each operation that the emulator offers."""
