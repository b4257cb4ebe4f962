"""Decodes images with Pillow: their size in pixels, and their perceptual fingerprint.

It needs the extra ``emulator``, and takes long to load: `images` imports it with the first image.
"""

from __future__ import annotations

import hashlib
import io
from typing import Final, NamedTuple

import imagehash
from PIL import ExifTags, Image

from rekognition_async.emulator.vision.fingerprints import FIELDS_A_SIDE, FLAT_RANGE, Fingerprint

# A picture beyond this many pixels is an attack on whoever decodes it.
_MAX_PIXELS: Final = 100_000_000

# By EXIF's orientation, for all that is not upright already.
_UPRIGHT: Final = 1
_OPAQUE: Final = 255
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class DecodedImage(NamedTuple):
    """The size of an image in pixels, and what it is known by again."""

    width: int
    height: int
    fingerprint: Fingerprint


def decode(content: bytes) -> DecodedImage:
    """Decodes a picture.

    Raises:
        ValueError: It is no PNG or JPEG, or broken.
    """
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as image:
            if image.width * image.height > _MAX_PIXELS:
                raise ValueError("the picture has too many pixels")
            image.load()
            upright = _upright(image)
            return DecodedImage(
                upright.width, upright.height, _fingerprint(upright, is_png=image.format == "PNG")
            )
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError("the picture cannot be decoded") from error


def _upright(image: Image.Image) -> Image.Image:
    """An image as it is displayed, turned as its EXIF orientation says."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, _UPRIGHT)
    except Exception:  # noqa: BLE001 - broken EXIF has errors of many kinds, and does no harm
        return image
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def _painted(image: Image.Image) -> Image.Image:
    """An image in RGB, with all that is to be seen on it."""
    if image.mode.startswith("I"):
        # Pillow clips what has 16 bits when it converts it: scale that to 8.
        return image.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    # The colours of what cannot be seen say nothing, and drawings may be made of opacity alone.
    drawn = image.convert("RGBA")
    least, most = drawn.getchannel("A").getextrema()
    if least == _OPAQUE or most == 0:
        return drawn.convert("RGB")
    for ground in ("white", "black"):
        painted = Image.new("RGBA", drawn.size, ground)
        painted.alpha_composite(drawn)
        # A white drawing is seen on black.
        if painted.convert("RGB").getcolors(1) is None:
            break
    return painted.convert("RGB")


def _fingerprint(image: Image.Image, *, is_png: bool) -> Fingerprint:
    painted = _painted(image)
    fields = painted.resize((FIELDS_A_SIDE, FIELDS_A_SIDE), Image.Resampling.BOX)
    darkest, brightest = zip(*(band.getextrema() for band in painted.split()), strict=True)
    pixels = ""
    if is_png:
        digest = hashlib.sha256(painted.tobytes()).hexdigest()
        pixels = f"{image.width}x{image.height}:{digest[:16]}"
    return Fingerprint(
        structure=int(str(imagehash.phash(painted)), 16),
        colours=fields.tobytes(),
        is_flat=all(high - low <= FLAT_RANGE for low, high in zip(darkest, brightest, strict=True)),
        pixels=pixels,
    )
