"""Pictures from wherever a caller has them, for what works on their pixels."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO, TypeAlias

from PIL import Image

from rekognition_async.pictures.colours import to_srgb
from rekognition_async.pictures.opening import BROKEN, PictureError, opened
from rekognition_async.pictures.prepared import PreparedImage

PictureSource: TypeAlias = (
    PreparedImage | Image.Image | bytes | bytearray | memoryview | str | os.PathLike[str] | BinaryIO
)
"""A picture that was prepared, one of Pillow's, bytes, the path of a file, or a binary file."""


def displayed(source: PictureSource) -> Image.Image:
    """A picture as it is displayed: upright, in sRGB, opaque.

    Raises:
        PictureError: It is no picture that is read, or broken, or an object in S3.
        OSError: The file cannot be read.
        ModuleNotFoundError: It is a HEIC, and pillow-heif is not installed.
    """
    picture = opened(_content(source))
    try:
        picture.image.load()
        return picture.upright(to_srgb(picture.image))
    except BROKEN as error:
        raise PictureError("the picture is broken: it cannot be decoded") from error


def _content(source: PictureSource) -> bytes | Image.Image:
    if isinstance(source, Image.Image | bytes):
        return source
    if isinstance(source, PreparedImage):
        return source.bytes
    if isinstance(source, bytearray | memoryview):
        return bytes(source)
    if isinstance(source, str) and source.startswith("s3://"):
        raise PictureError("an object in S3 is downloaded first, and its bytes given")
    if isinstance(source, str | os.PathLike):
        return Path(source).read_bytes()
    return source.read()
