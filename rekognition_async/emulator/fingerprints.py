"""Looks into pictures, with the libraries of the extra ``emulator``; imported when first needed."""

from __future__ import annotations

import io
from typing import Final, NamedTuple

import imagehash
from PIL import Image

# A picture beyond this many pixels is an attack on whoever decodes it.
_MOST_PIXELS: Final = 100_000_000


class Look(NamedTuple):
    """What a look into a picture tells: its size in pixels, and a perceptual hash of 64 bits."""

    width: int
    height: int
    fingerprint: int


def look(content: bytes) -> Look:
    """Decodes a picture.

    Raises:
        ValueError: It is no PNG or JPEG, or broken.
    """
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise ValueError("the picture has too many pixels")
            image.load()
            return Look(image.width, image.height, int(str(imagehash.phash(image)), 16))
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError("the picture cannot be decoded") from error
