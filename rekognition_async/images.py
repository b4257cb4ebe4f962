"""Images from wherever a caller has them: bytes, files, or objects in S3."""

from __future__ import annotations

import asyncio
import inspect
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias, Union, cast

from rekognition_async.errors import RequestValidationError
from rekognition_async.values import S3_SCHEME

if TYPE_CHECKING:
    from rekognition_async.models.common import Image, S3Object

__all__ = ["ImageSource"]

# A union of typing's, so that a caller's own `ImageSource | None` works where it runs.
ImageSource: TypeAlias = Union[
    "Image", "S3Object", bytes, bytearray, memoryview, str, os.PathLike[str], BinaryIO
]
"""An image as bytes, the path of a file, a binary file, an object in S3, or ``"s3://bucket/key"``.

A string is a path unless it begins with ``s3://``. Base64 and other URLs are refused."""


_DATA_URL: Final = re.compile(r"data:", re.IGNORECASE)
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_\-\s]{64,}={0,2}\s*")


async def load_image(source: ImageSource, name: str, operation: str, most: int) -> Any:
    """Reads an image that is in a file, off the event loop; leaves any other as it is.

    An open file is read from where it stands, to its end.

    Args:
        source: The image.
        name: The parameter it was given for.
        operation: The operation it is meant for.
        most: How many bytes the operation takes.

    Returns:
        What the request takes for its Image.

    Raises:
        RequestValidationError: The file cannot be read, is larger than the operation takes, or is
            none that gives bytes; or text is neither a path nor ``"s3://bucket/key"``.
    """
    try:
        if isinstance(source, str):
            if source.startswith(S3_SCHEME):
                return source
            return await asyncio.to_thread(_read_text, source, most)
        if isinstance(source, os.PathLike):
            return await asyncio.to_thread(_read_path, source, most)
        if hasattr(source, "read"):
            return await asyncio.to_thread(_read, cast("BinaryIO", source), most)
    except _UnusableFileError as unusable:
        problem, cause = str(unusable), unusable.__cause__
    except (OSError, ValueError) as error:
        problem, cause = f"the file cannot be read: {error}", error
    else:
        return source
    raise RequestValidationError(operation, {name: problem}) from cause


class _UnusableFileError(Exception):
    """What gives no image for the operation; the text says why."""


def _read_text(text: str, most: int) -> bytes:
    """Reads the file at a path. What is no path may be an image, or a secret: it is not quoted."""
    if _DATA_URL.match(text):
        raise _UnusableFileError("a data: URL should be decoded first, and its bytes given")
    if _URL.match(text):
        raise _UnusableFileError(
            "a URL should be 's3://bucket/key'; any other is downloaded first, and its bytes given"
        )
    try:
        return _read_path(text, most)
    except _UnusableFileError as unusable:
        cause = unusable.__cause__
        is_there = cause is None or isinstance(cause, IsADirectoryError | PermissionError)
        if is_there or (text.isprintable() and not _BASE64.fullmatch(text)):
            raise
    # Outside of the handler: what was caught holds the text.
    if _BASE64.fullmatch(text):
        raise _UnusableFileError(
            "it is no path of a file; base64 should be decoded first, and its bytes given"
        )
    raise _UnusableFileError("text should be the path of a file or 's3://bucket/key'")


def _read_path(path: str | os.PathLike[str], most: int) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return _read(file, most)
    except OSError as error:
        problem = f"cannot read {os.fspath(path)!r}: {error.strerror or error}"
        raise _UnusableFileError(problem) from error
    except ValueError as error:  # a null character
        raise _UnusableFileError(f"cannot read {os.fspath(path)!r}: {error}") from error


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
