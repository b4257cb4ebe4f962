"""What the operations do, a module a domain; the names are those of the service model."""

from collections.abc import Mapping
from typing import Final

from rekognition_async.emulator.handlers import collections
from rekognition_async.emulator.handlers.base import Call, Handler

__all__ = ["HANDLERS", "Call", "Handler"]

HANDLERS: Final[Mapping[str, Handler]] = {**collections.HANDLERS}
"""The handler of each operation that the emulator offers."""
