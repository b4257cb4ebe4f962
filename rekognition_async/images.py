"""Images from wherever a caller has them: bytes, files, or objects in S3."""

from __future__ import annotations

import asyncio
import inspect
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias, Union, cast

from rekognition_async.errors import RequestValidationError

if TYPE_CHECKING:
    from rekognition_async.models.common import Image, S3Object

__all__ = ["ImageSource"]

# A union of typing's, so that a caller's own `ImageSource | None` works where it runs.
ImageSource: TypeAlias = Union[
    "Image", "S3Object", bytes, bytearray, memoryview, str, os.PathLike[str], BinaryIO
]
"""An image as bytes, a path, a binary file, an object in S3, or ``"s3://bucket/key"``."""


async def load_image(source: ImageSource, name: str, operation: str, most: int) -> Any:
    """Reads an image that is in a file, off the event loop; leaves any other as it is.

    A file is read from where it stands, to its end.

    Args:
        source: The image.
        name: The parameter it was given for.
        operation: The operation it is meant for.
        most: How many bytes the operation takes.

    Returns:
        What the request takes for its Image.

    Raises:
        RequestValidationError: The file cannot be read, is larger than the operation takes, or
            is none that gives bytes.
    """
    try:
        if isinstance(source, os.PathLike):
            return await asyncio.to_thread(_read_path, Path(source), most)
        if hasattr(source, "read"):
            return await asyncio.to_thread(_read, cast("BinaryIO", source), most)
    except _UnusableFileError as unusable:
        raise RequestValidationError(operation, {name: str(unusable)}) from None
    except OSError as error:
        problem = f"the image cannot be read: {error}"
        raise RequestValidationError(operation, {name: problem}) from error
    return source


class _UnusableFileError(Exception):
    """A file that holds no image for the operation; the text says why."""


def _read_path(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return _read(file, most)


def _read(file: BinaryIO, most: int) -> bytes:
    if inspect.iscoroutinefunction(file.read):
        raise _UnusableFileError("an asynchronous file should be read first, and its bytes given")
    content = bytearray()
    # One byte more than is taken tells that it is too large, however large it is. A pipe may give
    # fewer bytes than it is asked for.
    while len(content) <= most:
        try:
            part: Any = file.read(most + 1 - len(content))
        except UnicodeDecodeError:
            part = ""
        if part is None:
            raise _UnusableFileError("the file should block until it has bytes")
        if not isinstance(part, bytes | bytearray):
            raise _UnusableFileError("the file should be open in binary mode")
        if not part:
            return bytes(content)
        content += part
    rest = _rest_of(file)
    size = f"more than {most}" if rest is None else str(len(content) + rest)
    raise _UnusableFileError(f"the image has {size} bytes, and this operation takes at most {most}")


def _rest_of(file: BinaryIO) -> int | None:
    """How many bytes are still to be read; None where the file cannot tell."""
    try:
        here = file.tell()
        return file.seek(0, os.SEEK_END) - here
    except (AttributeError, OSError):
        return None
