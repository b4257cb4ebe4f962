"""What the operations do, a module a domain; the names are those of the service model."""

from collections.abc import Mapping
from typing import Final

from rekognition_async.emulator.handlers import collections, images
from rekognition_async.emulator.handlers.base import Call, Handler, World

__all__ = ["HANDLERS", "Call", "Handler", "World"]

HANDLERS: Final[Mapping[str, Handler]] = {
    **collections.HANDLERS,
    **images.HANDLERS,
}
"""The handler of each operation that the emulator offers."""
