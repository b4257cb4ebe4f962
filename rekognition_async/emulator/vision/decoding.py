"""Decodes images with Pillow: their size in pixels, and their perceptual fingerprint.

It needs the extra ``emulator``, and takes long to load: `images` imports it with the first image.
"""

from __future__ import annotations

import hashlib
import io
from typing import Final, NamedTuple

import imagehash
from PIL import ExifTags, Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from rekognition_async.emulator.vision.fingerprints import FIELDS_A_SIDE, FLAT_RANGE, Fingerprint
from rekognition_async.emulator.vision.thumbnails import Thumbnail
from rekognition_async.pictures.colours import flattened, in_eight_bits
from rekognition_async.pictures.orientation import SIDEWAYS, TURNS, UPRIGHT

# What goes beyond these is an attack on whoever decodes it. AWS documents 10,000 pixels a side.
_MAX_PIXELS: Final = 100_000_000
_MAX_SIDE: Final = 32_768
# A progressive JPEG is gone through once for each of its scans, of which it usually has ten.
_MAX_SCANNED_PIXELS: Final = 100 * _MAX_PIXELS
_START_OF_SCAN: Final = b"\xff\xda"
# What holds fewer bytes for its size is broken, and need not be unpacked to find that out: deflate
# makes at most 1,032 bytes of one, and JPEG's Huffman codes 64 pixels of a bit.
_MAX_DEFLATE_RATIO: Final = 1032
_MAX_JPEG_RATIO: Final = 512
# A JPEG is decoded to no fewer pixels a side, which is more than a fingerprint looks at.
_DRAFT_SIZE: Final = (512, 512)
_STRIP_BYTES: Final = 4 * 1024 * 1024
_THUMBNAIL_QUALITY: Final = 75


class DecodedImage(NamedTuple):
    """The size of an image in pixels, and what it is known by again."""

    width: int
    height: int
    fingerprint: Fingerprint


def decode(content: bytes) -> DecodedImage:
    """Decodes a picture.

    Raises:
        ValueError: It is no PNG or JPEG, or broken, or its header claims too much.
        MemoryError: There is no memory for it.
    """
    try:
        with _open(content) as image:
            width, height = image.size
            _check_header(image, content)
            image.draft("RGB", _DRAFT_SIZE)
            image.load()
            turn = _turn_of(image)
            if turn in SIDEWAYS:
                width, height = height, width
            upright = image if turn is None else image.transpose(turn)
            is_png = isinstance(image, PngImageFile)
            return DecodedImage(width, height, _fingerprint(upright, is_png=is_png))
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError("the picture cannot be decoded") from error


def thumbnail(content: bytes, side: int) -> Thumbnail:
    """A picture that `decode` could decode, upright, as a small JPEG without its metadata.

    Args:
        content: The picture.
        side: How many pixels its sides have at most.

    Raises:
        ValueError: It cannot be decoded.
        MemoryError: There is no memory for it.
    """
    try:
        with _open(content) as image:
            _check_header(image, content)
            image.draft("RGB", (side, side))
            image.load()
            turn = _turn_of(image)
            small = _painted(image)
        small.thumbnail((side, side))
        upright = small if turn is None else small.transpose(turn)
        encoded = io.BytesIO()
        upright.save(encoded, "JPEG", quality=_THUMBNAIL_QUALITY)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError("the picture cannot be decoded") from error
    return Thumbnail(encoded.getvalue(), *upright.size)


def _open(content: bytes) -> PngImageFile | JpegImageFile:
    """A picture of which only the header has been read."""
    # Image.open would warn on stderr of sizes that are refused here.
    opener = JpegImageFile if content.startswith(b"\xff") else PngImageFile
    return opener(io.BytesIO(content))


def _check_header(image: PngImageFile | JpegImageFile, content: bytes) -> None:
    pixels = image.width * image.height
    if pixels > _MAX_PIXELS or max(image.size) > _MAX_SIDE:
        raise ValueError("the picture has too many pixels")
    if isinstance(image, JpegImageFile):
        if content.count(_START_OF_SCAN) * pixels > _MAX_SCANNED_PIXELS:
            raise ValueError("the picture has too many scans")
        most = len(content) * _MAX_JPEG_RATIO
    else:
        # Greys and palettes may have a bit a pixel, whatever the mode that they are decoded to.
        bits = 1 if image.mode in {"1", "L", "P"} else 8 * len(image.getbands())
        most = len(content) * _MAX_DEFLATE_RATIO * 8 // bits
    if pixels > most:
        raise ValueError("the picture has too few bytes for its size")


def _digest(painted: Image.Image) -> str:
    """A digest of all pixels, without another copy of them."""
    digest = hashlib.sha256()
    rows = max(1, _STRIP_BYTES // (3 * painted.width))
    for top in range(0, painted.height, rows):
        bottom = min(top + rows, painted.height)
        digest.update(painted.crop((0, top, painted.width, bottom)).tobytes())
    return digest.hexdigest()


def _turn_of(image: Image.Image) -> Image.Transpose | None:
    """How an image is turned to be as it is displayed, as its EXIF orientation says."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, UPRIGHT)
    except Exception:  # noqa: BLE001 - broken EXIF has errors of many kinds, and does no harm
        return None
    return TURNS.get(orientation)


def _painted(image: Image.Image) -> Image.Image:
    """An image in RGB, with all that is to be seen on it; colour profiles are passed over."""
    painted = flattened(in_eight_bits(image))
    return painted if painted.mode == "RGB" else painted.convert("RGB")


def _fingerprint(image: Image.Image, *, is_png: bool) -> Fingerprint:
    painted = _painted(image)
    fields = painted.resize((FIELDS_A_SIDE, FIELDS_A_SIDE), Image.Resampling.BOX)
    darkest, brightest = zip(*(band.getextrema() for band in painted.split()), strict=True)
    pixels = ""
    if is_png:
        pixels = f"{image.width}x{image.height}:{_digest(painted)[:16]}"
    return Fingerprint(
        structure=int(str(imagehash.phash(painted)), 16),
        colours=fields.tobytes(),
        is_flat=all(high - low <= FLAT_RANGE for low, high in zip(darkest, brightest, strict=True)),
        pixels=pixels,
    )
