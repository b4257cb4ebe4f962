"""Makes a `PreparedImage` of a picture: upright, in sRGB, opaque, and within an operation's limits.

It decodes, and is called in a thread.
"""

from __future__ import annotations

import io
from dataclasses import replace
from math import sqrt
from typing import Any, Final

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from rekognition_async.pictures.colours import is_opaque, is_srgb, to_srgb
from rekognition_async.pictures.limits import PictureLimits
from rekognition_async.pictures.opening import (
    BROKEN,
    OpenedPicture,
    PictureError,
    opened,
)
from rekognition_async.pictures.orientation import UPRIGHT
from rekognition_async.pictures.prepared import PreparedImage

# Below the last of these, fewer pixels of better quality show more.
_QUALITIES: Final = (95, 90, 80)
# A picture that is smaller has room for the next size that is tried.
_CLEARANCE: Final = 0.95
# JPEG has no longer sides.
_MAX_JPEG_SIDE: Final = 65_500
# Of these, edges are sharp and colours few: PNG keeps both, where it is small enough to be tried.
_LOSSLESS: Final = frozenset({"BMP", "GIF", "PNG", "TIFF"})
_MAX_PNG_PIXELS: Final = 4_000_000
_PNG_BIT_DEPTH: Final = 24
_MAX_PNG_BITS: Final = 8
# Resizing in two steps is as good as in one from here on, and faster.
_REDUCING_GAP: Final = 3.0
_RETRIES: Final = 16


def prepare(
    source: bytes | Image.Image | PreparedImage, limits: PictureLimits, max_pixels: int
) -> PreparedImage:
    """Makes a picture ready to be sent.

    Args:
        source: The picture.
        limits: What the operation takes.
        max_pixels: Pixels of the largest picture that is decoded.

    Raises:
        PictureError: It is no picture that is read, broken, or too small or too large.
        ModuleNotFoundError: It is a HEIC, and pillow-heif is not installed.
    """
    if isinstance(source, PreparedImage):
        # It may have been made for an operation with other limits.
        again = prepare(source.bytes, limits, max_pixels)
        return replace(
            again,
            original_width=source.original_width,
            original_height=source.original_height,
            original_format=source.original_format,
            orientation=source.orientation,
        )
    picture = opened(source, max_pixels=max_pixels)
    original = picture.size
    size = _target_size(original, limits)
    try:
        if isinstance(source, bytes) and size == original and _is_fit(picture, source, limits):
            content, form = source, picture.format or ""
        else:
            content, size, form = _encoded(picture, size, limits)
    except PictureError:
        raise
    except BROKEN as error:
        raise PictureError("the picture is broken: it cannot be decoded") from error
    except MemoryError as error:
        raise PictureError("there is no memory to decode the picture") from error
    return PreparedImage(
        bytes=content,
        width=size[0],
        height=size[1],
        format=form,
        original_width=original[0],
        original_height=original[1],
        original_format=picture.format,
        orientation=picture.orientation,
    )


def _target_size(size: tuple[int, int], limits: PictureLimits) -> tuple[int, int]:
    """The size to send: the same, or as much smaller as the limit of a side makes it."""
    width, height = size
    if min(size) < limits.min_side:
        raise PictureError(
            f"the picture has {width:,} by {height:,} pixels, "
            f"and each side must have at least {limits.min_side}"
        )
    most = limits.max_side
    if most is None or max(size) <= most:
        return size
    smaller = _scaled(size, most / max(size))
    if min(smaller) < limits.min_side:
        raise PictureError(
            f"the picture has {width:,} by {height:,} pixels: scaled to the longest side of "
            f"{most:,}, its other side has {min(smaller):,}, and must have at least "
            f"{limits.min_side}"
        )
    return smaller


def _scaled(size: tuple[int, int], factor: float) -> tuple[int, int]:
    width, height = size
    return max(1, round(width * factor)), max(1, round(height * factor))


def _is_fit(picture: OpenedPicture, content: bytes, limits: PictureLimits) -> bool:
    """Whether the file may be sent as it is."""
    image = picture.image
    if (
        picture.format not in {"JPEG", "PNG"}
        or len(content) > limits.max_bytes
        or picture.orientation != UPRIGHT
        or image.mode not in {"1", "L", "P", "RGB", "RGBA", "LA"}
    ):
        return False
    if picture.format == "PNG" and content[_PNG_BIT_DEPTH] > _MAX_PNG_BITS:
        return False
    mode = "L" if image.mode in {"1", "L", "LA"} else "RGB"
    return is_srgb(image.info.get("icc_profile"), mode) and is_opaque(image)


def _encoded(
    picture: OpenedPicture, size: tuple[int, int], limits: PictureLimits
) -> tuple[bytes, tuple[int, int], str]:
    """The picture as a file that is small enough, its size and its format."""
    image = _decoded(picture, size)
    if picture.format in _LOSSLESS and size[0] * size[1] <= _MAX_PNG_PIXELS:
        content = _file_of(image, "PNG", optimize=True)
        if len(content) <= limits.max_bytes:
            return content, size, "PNG"
    if max(size) > _MAX_JPEG_SIDE:
        image = _resized(image, _scaled(size, _MAX_JPEG_SIDE / max(size)))
    for _ in range(_RETRIES):
        content = _compressed(image, limits.max_bytes)
        if len(content) <= limits.max_bytes:
            return content, image.size, "JPEG"
        smaller = _scaled(image.size, sqrt(limits.max_bytes / len(content)) * _CLEARANCE)
        if min(smaller) < limits.min_side:
            break
        image = _resized(image, smaller)
    width, height = picture.size
    raise PictureError(
        f"the picture has {width:,} by {height:,} pixels, and cannot be scaled to "
        f"{limits.max_bytes:,} bytes with at least {limits.min_side} pixels a side"
    )


def _compressed(image: Image.Image, most: int) -> bytes:
    """A JPEG of the best quality that is small enough; else of the least."""
    content = b""
    for quality in _QUALITIES:
        content = _file_of(image, "JPEG", quality=quality)
        if len(content) <= most:
            break
    return content


def _decoded(picture: OpenedPicture, size: tuple[int, int]) -> Image.Image:
    """The picture in sRGB, upright, and in a size."""
    image, stored = picture.image, picture.turned(size)
    if isinstance(image, JpegImageFile) and stored != image.size and not picture.is_borrowed:
        # libjpeg decodes to half, a quarter or an eighth in a part of the time and memory.
        image.draft(None, stored)
    image.load()
    painted = to_srgb(image)
    return picture.upright(_resized(painted, stored))


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    if image.size == size:
        return image
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=_REDUCING_GAP)


def _file_of(image: Image.Image, form: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    # Profile and orientation have been applied, and what else is told of a picture stays at home.
    image.save(buffer, form, icc_profile=None, comment=b"", **options)
    return buffer.getvalue()
