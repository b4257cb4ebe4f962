"""A picture that was made ready for Rekognition."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, TypeVar

__all__ = ["PreparedImage"]

_Bytes: TypeAlias = bytes
_P_co = TypeVar("_P_co", covariant=True)


class Placed(Protocol[_P_co]):
    """A box or a point in ratios of a picture's sides."""

    def pixels(self, width: int, height: int) -> _P_co:
        """Where it is on a picture of this size."""


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """A JPEG or PNG that Rekognition takes, and what is known of the picture it was made of.

    The methods of the client take it wherever they take an image, and so do the fields of their
    requests. Boxes are ratios of the picture's sides, so those found on it hold for the original.

    Attributes:
        bytes: The file; the original's own bytes where those were fit to be sent.
        width: Pixels.
        height: Pixels.
        format: ``"JPEG"`` or ``"PNG"``.
        original_width: Pixels of the original as it is displayed, upright.
        original_height: Pixels of the original as it is displayed, upright.
        original_format: Pillow's name of the original's format, as in ``"HEIF"``; None for an image
            of Pillow's that came from no file.
        orientation: The EXIF orientation that was applied, 1 to 8; 1 where the original's pixels
            were upright.
    """

    bytes: _Bytes = field(repr=False)
    width: int
    height: int
    format: str
    original_width: int
    original_height: int
    original_format: str | None
    orientation: int = 1

    def pixels(self, place: Placed[_P_co]) -> _P_co:
        """Where something is on the original, in the pixels of its upright view.

        Args:
            place: A ``BoundingBox``, ``Point`` or ``Landmark`` of an answer about this picture.

        Returns:
            A `PixelBox` for a box and a `PixelPoint` for a point, clipped to the picture.

        Raises:
            ValueError: The box or point lacks a member.
        """
        return place.pixels(self.original_width, self.original_height)

    def polygon_pixels(self, polygon: Iterable[Placed[_P_co]]) -> tuple[_P_co, ...]:
        """Where the corners of a polygon are on the original, in the pixels of its upright view.

        Args:
            polygon: The points of a ``Geometry``.

        Returns:
            A `PixelPoint` for each corner, clipped to the picture.

        Raises:
            ValueError: A point lacks a member.
        """
        return tuple(self.pixels(point) for point in polygon)
