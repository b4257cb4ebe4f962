"""Opens pictures of any format that people have, by their headers, and tells how they lie.

Nothing is decoded before the size in the header has been looked at.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import Any, Final

from PIL import Image
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from rekognition_async.pictures.extra import images_extra
from rekognition_async.pictures.limits import MAX_PIXELS
from rekognition_async.pictures.orientation import SIDEWAYS, TURNS, UPRIGHT

READ_FORMATS: Final = "JPEG, PNG, HEIC, AVIF, WebP, GIF, TIFF and BMP"

_ORIENTATION_TAG: Final = 0x0112
_SHORT: Final = 3
_IFD_ENTRY_BYTES: Final = 12
# TIFF's types of values by their numbers, where one takes more than a byte.
_TYPE_BYTES: Final = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_INLINE_BYTES: Final = 4

# What goes beyond these is an attack on whoever decodes it. A progressive JPEG is gone through once
# for each of its scans, of which it usually has ten; deflate makes at most 1,032 bytes of one.
_MAX_SCANNED_PIXELS: Final = 100 * 100_000_000
_START_OF_SCAN: Final = b"\xff\xda"
_MAX_DEFLATE_RATIO: Final = 1032
_MAX_JPEG_RATIO: Final = 512

_OPENERS: Final = (
    ((b"\xff\xd8\xff",), JpegImageFile),
    ((b"\x89PNG\r\n\x1a\n",), PngImageFile),
    ((b"GIF87a", b"GIF89a"), GifImageFile),
    ((b"II*\0", b"MM\0*"), TiffImageFile),
    ((b"BM",), BmpImageFile),
)
_HEIF_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1"})
_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})


BROKEN: Final = (OSError, SyntaxError, ValueError, LookupError, EOFError, struct.error)
"""What Pillow raises where a file is not what its format says."""


class PictureError(ValueError):
    """What is no picture, or none that can be used; the text says why."""


@dataclass(frozen=True, slots=True)
class OpenedPicture:
    """A picture of which the header has been read.

    Attributes:
        image: Pillow's image, as it is stored.
        format: Pillow's name of the format; None for an image that came from no file.
        orientation: The EXIF orientation, 1 to 8.
        is_borrowed: Whether the image is the caller's, and may not be changed.
    """

    image: Image.Image
    format: str | None
    orientation: int
    is_borrowed: bool

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as displayed, in pixels."""
        return self.turned(self.image.size)

    def turned(self, size: tuple[int, int]) -> tuple[int, int]:
        """A size as it is stored, as displayed; or the other way round."""
        width, height = size
        return (height, width) if self._turn in SIDEWAYS else size

    def upright(self, image: Image.Image) -> Image.Image:
        """What was made of the image, as displayed."""
        return image if self._turn is None else image.transpose(self._turn)

    @property
    def _turn(self) -> Image.Transpose | None:
        # Pillow turns a TIFF upright by itself when it is decoded, and tells its size so before.
        return None if isinstance(self.image, TiffImageFile) else TURNS.get(self.orientation)


def opened(source: bytes | Image.Image, *, max_pixels: int = MAX_PIXELS) -> OpenedPicture:
    """Opens a picture, by its header.

    Raises:
        PictureError: It is no picture of a format that is read, or has too many pixels.
        ModuleNotFoundError: It is a HEIC, and pillow-heif is not installed.
    """
    if isinstance(source, Image.Image):
        image, form = source, source.format
    else:
        image, form = _from_bytes(source)
    pixels = image.width * image.height
    if pixels > max_pixels:
        raise PictureError(
            f"the picture has {image.width:,} by {image.height:,} pixels, "
            f"and at most {max_pixels:,} are decoded"
        )
    if isinstance(source, bytes):
        check_plausible(image, source)
    return OpenedPicture(image, form, orientation_of(image), is_borrowed=image is source)


def _from_bytes(content: bytes) -> tuple[Image.Image, str]:
    # Image.open would warn on stderr of large sizes, read formats that start other programs, and
    # know HEIC only where it is registered for the whole process.
    opener = _opener_of(content)
    if opener is None:
        raise PictureError(f"the file is no picture; {READ_FORMATS} are read")
    if opener is TiffImageFile and not _is_whole_tiff(content):
        raise PictureError("the picture is broken: it names parts beyond its end")
    try:
        image = opener(io.BytesIO(content))
    except (
        OSError,
        SyntaxError,
        ValueError,
        struct.error,
        EOFError,
        IndexError,
        KeyError,
    ) as error:
        raise PictureError("the picture is broken: its header cannot be read") from error
    form = image.format or ""
    # Several pictures in one file, such as a panorama's; the first is the one that is displayed.
    is_multiple = form == "JPEG" and "mp" in image.info
    return image, "MPO" if is_multiple else form


def _opener_of(content: bytes) -> Any:
    for beginnings, opener in _OPENERS:
        if content.startswith(beginnings):
            return opener
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return WebPImageFile
    if content[4:8] == b"ftyp":
        return _opener_of_container(content)
    return None


def _opener_of_container(content: bytes) -> Any:
    """HEIC and AVIF are files of one kind, and told apart by the brands that they name."""
    length = int.from_bytes(content[:4])
    brands = {content[at : at + 4] for at in (8, *range(16, min(length, 256), 4))}
    with images_extra():
        if brands & _AVIF_BRANDS:
            from PIL.AvifImagePlugin import AvifImageFile  # noqa: PLC0415 - new in Pillow 11.3

            return AvifImageFile
        if brands & _HEIF_BRANDS:
            from pillow_heif import HeifImageFile  # noqa: PLC0415 - loads libheif

            return HeifImageFile
    return None


def _is_whole_tiff(content: bytes) -> bool:
    """Whether the tags of the first picture lie within the file; Pillow warns on stderr if not."""
    order = "<" if content.startswith(b"II") else ">"
    try:
        (start,) = struct.unpack_from(f"{order}I", content, 4)
        (entries,) = struct.unpack_from(f"{order}H", content, start)
        for index in range(entries):
            _, kind, count, place = struct.unpack_from(
                f"{order}HHII", content, start + 2 + index * _IFD_ENTRY_BYTES
            )
            size = count * _TYPE_BYTES.get(kind, 1)
            if size > _INLINE_BYTES and place + size > len(content):
                return False
        struct.unpack_from(f"{order}I", content, start + 2 + entries * _IFD_ENTRY_BYTES)
    except struct.error:
        return False
    return True


def check_plausible(image: Image.Image, content: bytes) -> None:
    """Refuses what claims more pixels than its bytes can hold, before they are unpacked.

    Raises:
        PictureError: It does.
    """
    pixels = image.width * image.height
    if isinstance(image, JpegImageFile):
        if content.count(_START_OF_SCAN) * pixels > _MAX_SCANNED_PIXELS:
            raise PictureError("the picture has too many scans")
        # Huffman's codes make at most 64 pixels of a bit.
        most = len(content) * _MAX_JPEG_RATIO
    elif isinstance(image, PngImageFile):
        # Greys and palettes may have a bit a pixel, whatever the mode that they are decoded to.
        bits = 1 if image.mode in {"1", "L", "P"} else 8 * len(image.getbands())
        most = len(content) * _MAX_DEFLATE_RATIO * 8 // bits
    else:
        return
    if pixels > most:
        raise PictureError("the picture is broken: it has too few bytes for its size")


def orientation_of(image: Image.Image) -> int:
    """The EXIF orientation of an image, 1 to 8; 1 where it tells none."""
    # Pillow's own reader warns on stderr of EXIF that is broken, which does no harm here.
    if isinstance(image, TiffImageFile):
        value = image.tag_v2.get(_ORIENTATION_TAG, UPRIGHT)
    else:
        value = _orientation_in(image.info.get("exif") or b"")
    return value if value in TURNS else UPRIGHT


def _orientation_in(exif: bytes) -> int:
    tiff = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return UPRIGHT
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, start)
        for index in range(entries):
            tag, kind, _, value = struct.unpack_from(
                f"{order}HHIH", tiff, start + 2 + index * _IFD_ENTRY_BYTES
            )
            if tag == _ORIENTATION_TAG and kind == _SHORT:
                return int(value)
    except struct.error:
        pass
    return UPRIGHT
