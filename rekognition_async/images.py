"""Images from wherever a caller has them: bytes, files, or objects in S3.

`load_image` reads what the methods of the client are given, and `prepare_image` makes of any
picture what the service takes.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias, Union, cast

from pydantic import BaseModel

from rekognition_async.errors import RequestValidationError
from rekognition_async.operation import Request
from rekognition_async.pictures.extra import images_extra
from rekognition_async.pictures.limits import ANY_OPERATION, MAX_PIXELS, PictureLimits, limits_of
from rekognition_async.values import S3_SCHEME

if TYPE_CHECKING:
    import PIL.Image

    from rekognition_async.models.common import Image, S3Object
    from rekognition_async.pictures.prepared import PreparedImage

__all__ = ["ImageSource", "prepare_image"]

# A union of typing's, so that a caller's own `ImageSource | None` works where it runs.
ImageSource: TypeAlias = Union[
    "Image",
    "S3Object",
    "PreparedImage",
    bytes,
    bytearray,
    memoryview,
    str,
    os.PathLike[str],
    BinaryIO,
]
"""An image as bytes, the path of a file, a binary file, what `prepare_image` gave, an object in S3,
or ``"s3://bucket/key"``.

A string is a path unless it begins with ``s3://``. Base64 and other URLs are refused."""


_URL: Final = r"(?i)[a-z][a-z0-9+.-]*://"
# Decoding takes up to a gigabyte for the largest pictures, and an image's worth of processor time.
_MAX_DECODED_AT_ONCE: Final = min(4, os.cpu_count() or 1)
_DECODERS: Final = ThreadPoolExecutor(_MAX_DECODED_AT_ONCE, "rekognition-pictures")
# A file of the largest picture that is decoded, with two bytes for each of three colours.
_MAX_FILE_BYTES: Final = 1_200_000_000
_BASE64: Final = r"[A-Za-z0-9+/_\-\s=]{64,}"


async def prepare_image(
    source: ImageSource | PIL.Image.Image,
    *,
    operation: str | type[Request[Any]] | None = None,
    max_pixels: int = MAX_PIXELS,
) -> PreparedImage:
    """Makes of a picture what Rekognition takes: a JPEG or PNG within an operation's limits.

    It reads JPEG, PNG, HEIC, AVIF, WebP, GIF, TIFF and BMP, the first picture of those that hold
    several. The result is upright as the EXIF orientation says, in sRGB, with 8 bits a channel, and
    opaque: what is transparent stands on white. It is scaled down as far as the limits of bytes and
    pixels make it. A JPEG or PNG that is all this already is passed on byte for byte, with the
    metadata that it holds; what is made anew holds none.

    A few pictures are decoded at once, in threads, and the others wait. It needs the extra
    ``images``.

    Args:
        source: The picture: bytes, the path of a file, a binary file, an ``Image`` with bytes, an
            image of Pillow's, or one that was prepared for another operation. Objects in S3 are
            read by the service itself, and refused here.
        operation: What the picture is for, as AWS names it (``"DetectProtectiveEquipment"``), as
            the client's method is called, or the class of the request. None keeps to the limits
            that most operations have: 5,242,880 bytes and 80 to 10,000 pixels a side.
        max_pixels: How many pixels a picture may have to be decoded at all. At least 1.

    Returns:
        The picture, to be given wherever an image is taken.

    Raises:
        RequestValidationError: The picture cannot be read, is broken or in S3, has too many pixels
            to be decoded, or is too small: 80 pixels a side, and 64 for DetectProtectiveEquipment.
        ModuleNotFoundError: The extra ``images`` is not installed.
    """
    with images_extra():
        from rekognition_async.pictures import opening, preparing  # noqa: PLC0415 - load Pillow
    name, limits = _limits_for(operation)
    if max_pixels < 1:
        raise RequestValidationError(
            name, {"max_pixels": f"should be at least 1, not {max_pixels}"}
        )
    content = await _picture_in(source, name)
    loop = asyncio.get_running_loop()
    try:
        return await loop.run_in_executor(_DECODERS, preparing.prepare, content, limits, max_pixels)
    except opening.PictureError as error:
        raise RequestValidationError(name, {"source": str(error)}) from error


def _limits_for(operation: str | type[Request[Any]] | None) -> tuple[str, PictureLimits]:
    """AWS's name of an operation, and the limits that it has for pictures."""
    if operation is None:
        return "prepare_image", ANY_OPERATION
    name = operation if isinstance(operation, str) else operation.operation
    if "_" in name:
        name = "".join(word.capitalize() for word in name.split("_"))
    return name, limits_of(name)


async def _picture_in(source: Any, operation: str) -> Any:
    """What is to be decoded: bytes, an image of Pillow's, or one that was prepared."""
    if isinstance(source, BaseModel):
        source = getattr(source, "bytes", None)
    elif not isinstance(source, str) or not source.startswith(S3_SCHEME):
        source = await load_image(source, "source", operation, _MAX_FILE_BYTES)
    if source is None or isinstance(source, str):
        raise RequestValidationError(
            operation,
            {
                "source": "an object in S3 is read by the service and cannot be prepared; it is "
                "given to the operation as it is, or downloaded first"
            },
        )
    if isinstance(source, bytearray | memoryview):
        return bytes(source)
    return source


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
    if text[:5].lower() == "data:":
        raise _UnusableFileError("a data: URL should be decoded first, and its bytes given")
    if re.match(_URL, text):
        raise _UnusableFileError(
            "a URL should be 's3://bucket/key'; any other is downloaded first, and its bytes given"
        )
    try:
        return _read_path(text, most)
    except _UnusableFileError as unusable:
        cause = unusable.__cause__
        is_there = cause is None or isinstance(cause, IsADirectoryError | PermissionError)
        if is_there or (text.isprintable() and not re.fullmatch(_BASE64, text)):
            raise
    # Outside of the handler: what was caught holds the text.
    if re.fullmatch(_BASE64, text):
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
