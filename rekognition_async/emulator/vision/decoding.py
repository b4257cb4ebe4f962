"""Decodes images with Pillow: their size in pixels, and their perceptual fingerprint.

It needs the extra ``emulator``, and takes long to load: `images` imports it with the first image.
"""

from __future__ import annotations

import hashlib
import io
from typing import Final, NamedTuple

import imagehash
from PIL import Image

from rekognition_async.emulator.vision.fingerprints import FIELDS_A_SIDE, FLAT_RANGE, Fingerprint

# A picture beyond this many pixels is an attack on whoever decodes it.
_MAX_PIXELS: Final = 100_000_000


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
            return DecodedImage(image.width, image.height, _fingerprint(image))
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError("the picture cannot be decoded") from error


def _fingerprint(image: Image.Image) -> Fingerprint:
    # Pillow warns of a palette's transparency unless that is kept at first.
    painted = (image.convert("RGBA") if image.mode == "P" else image).convert("RGB")
    fields = painted.resize((FIELDS_A_SIDE, FIELDS_A_SIDE), Image.Resampling.BOX)
    darkest, brightest = zip(*(band.getextrema() for band in painted.split()), strict=True)
    pixels = ""
    if image.format == "PNG":
        digest = hashlib.sha256(painted.tobytes()).hexdigest()
        pixels = f"{image.width}x{image.height}:{digest[:16]}"
    return Fingerprint(
        structure=int(str(imagehash.phash(painted)), 16),
        colours=fields.tobytes(),
        is_flat=all(high - low <= FLAT_RANGE for low, high in zip(darkest, brightest, strict=True)),
        pixels=pixels,
    )
