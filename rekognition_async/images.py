"""Images from wherever a caller has them: bytes, files, or objects in S3."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias, cast

from rekognition_async.errors import RequestValidationError

if TYPE_CHECKING:
    from rekognition_async.models.common import Image, S3Object

__all__ = ["ImageSource"]

ImageSource: TypeAlias = (
    "Image | S3Object | bytes | bytearray | memoryview | str | os.PathLike[str] | BinaryIO"
)
"""An image as bytes, a path, a binary file, an object in S3, or ``"s3://bucket/key"``."""


async def load_image(source: ImageSource, name: str, operation: str, most: int) -> Any:
    """Reads an image that is in a file, off the event loop; leaves any other as it is.

    Args:
        source: The image.
        name: The parameter it was given for.
        operation: The operation it is meant for.
        most: How many bytes the operation takes.

    Returns:
        What the request takes for its Image.

    Raises:
        RequestValidationError: The file is larger than the operation takes.
        OSError: The file cannot be read.
    """
    content: object
    if isinstance(source, os.PathLike):
        content = await asyncio.to_thread(_read_path, Path(source), most)
    elif hasattr(source, "read"):
        content = await asyncio.to_thread(cast("Any", source).read, most + 1)
    else:
        return source
    if not isinstance(content, bytes):
        problem = "the file should be open in binary mode"
        raise RequestValidationError(operation, {name: problem})
    if len(content) > most:
        problem = f"the file should have at most {most} bytes, and has more"
        raise RequestValidationError(operation, {name: problem})
    return content


def _read_path(path: Path, most: int) -> bytes:
    # One byte more than is taken tells that it is too large, however large it is.
    with path.open("rb") as file:
        return file.read(most + 1)
