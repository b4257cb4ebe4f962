"""EXIF's orientations, as the turns that make a picture upright."""

from __future__ import annotations

from typing import Final

from PIL import Image

UPRIGHT: Final = 1
# By EXIF's orientation, for all that is not upright already.
TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS: Final = frozenset(TURNS[orientation] for orientation in (5, 6, 7, 8))
"""The turns that swap width and height."""
