"""What the operations do, a module a domain; the names are those of the service model."""

from collections.abc import Mapping
from typing import Final

from rekognition_async.emulator.handlers import (
    collections,
    datasets,
    projects,
    tags,
    versions,
)
from rekognition_async.emulator.handlers.base import Call, Handler, World

__all__ = ["HANDLERS", "Call", "Handler", "World"]

HANDLERS: Final[Mapping[str, Handler]] = {
    **collections.HANDLERS,
    **datasets.HANDLERS,
    **projects.HANDLERS,
    **tags.HANDLERS,
    **versions.HANDLERS,
}
"""The handler of each operation that the emulator offers."""
