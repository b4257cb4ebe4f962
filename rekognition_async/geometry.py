"""Boxes and points of answers in pixels: what the generated models of them have by hand.

A picture of 640 by 480 pixels has lines from 0 to 640 and from 0 to 480 between its pixels. Edges
and points are told as the nearest of these, so that ``left`` to ``right`` is a slice as Python and
Pillow take it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, Protocol

from rekognition_async.pictures.extra import images_extra

if TYPE_CHECKING:
    import PIL.Image

    from rekognition_async.pictures.sources import PictureSource

    class _Box(Protocol):
        @property
        def left(self) -> float | None: ...
        @property
        def top(self) -> float | None: ...
        @property
        def width(self) -> float | None: ...
        @property
        def height(self) -> float | None: ...

    class _Point(Protocol):
        @property
        def x(self) -> float | None: ...
        @property
        def y(self) -> float | None: ...


__all__ = ["BoxGeometry", "PixelBox", "PixelPoint", "PointGeometry"]


class PixelBox(NamedTuple):
    """A rectangle on a picture, in whole pixels; Pillow's methods take it as a box.

    Attributes:
        left: The first column inside.
        top: The first row inside.
        right: The first column after it.
        bottom: The first row after it.
    """

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Columns inside; 0 where it is empty."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Rows inside; 0 where it is empty."""
        return self.bottom - self.top


class PixelPoint(NamedTuple):
    """A place on a picture, in whole pixels.

    Attributes:
        x: From the left edge.
        y: From the upper edge.
    """

    x: int
    y: int


class BoxGeometry:
    """What a ``BoundingBox`` does beside having its members."""

    def pixels(self: _Box, width: int, height: int, *, clip: bool = True) -> PixelBox:
        """The box on a picture of a certain size.

        Each edge is rounded to the nearest pixel. A box that is smaller than a pixel has one.

        Args:
            width: The picture's width in pixels. At least 1.
            height: The picture's height in pixels. At least 1.
            clip: Whether what lies beyond the picture is cut off; a box that lies beyond it as a
                whole is then empty.

        Raises:
            ValueError: The box lacks a member, or the size is no size.
        """
        return _box_pixels(self, width, height, clip=clip)

    def crop(self: _Box, image: PictureSource, *, margin: float = 0.0) -> PIL.Image.Image:
        """The part of a picture that the box shows. It needs the extra ``images``.

        Args:
            image: The picture: a `PreparedImage`, bytes, the path of a file, a binary file, or an
                image of Pillow's. It is turned upright as its EXIF orientation says, which is how
                the service sees it.
            margin: How much more to show on each side, as a ratio of the box's width and height.
                At least 0. It ends with the picture.

        Returns:
            An image of its own, in Pillow's form.

        Raises:
            ValueError: The box lacks a member or lies beyond the picture, ``margin`` is below 0, or
                the picture cannot be read.
            OSError: The file cannot be read.
            ModuleNotFoundError: The extra ``images`` is not installed.
        """
        if not margin >= 0:
            raise ValueError(f"margin should be at least 0, not {margin}")
        with images_extra():
            from rekognition_async.pictures.sources import displayed  # noqa: PLC0415 - Pillow
        whole = displayed(image)
        left, top, right, bottom = _box_pixels(self, *whole.size, clip=False)
        across, down = round((right - left) * margin), round((bottom - top) * margin)
        part = _clipped(
            PixelBox(left - across, top - down, right + across, bottom + down), *whole.size
        )
        if not part.width or not part.height:
            raise ValueError("the box lies beyond the picture")
        return whole.crop(part)


class PointGeometry:
    """What a ``Point`` and a ``Landmark`` do beside having their members."""

    def pixels(self: _Point, width: int, height: int, *, clip: bool = True) -> PixelPoint:
        """The point on a picture of a certain size, rounded to the nearest pixel.

        Args:
            width: The picture's width in pixels. At least 1.
            height: The picture's height in pixels. At least 1.
            clip: Whether a point beyond the picture is moved to its edge.

        Raises:
            ValueError: The point lacks a member, or the size is no size.
        """
        _check_size(width, height)
        x, y = _nearest(_member(self.x, "x") * width), _nearest(_member(self.y, "y") * height)
        return PixelPoint(_within(x, width), _within(y, height)) if clip else PixelPoint(x, y)


def _box_pixels(box: _Box, width: int, height: int, *, clip: bool) -> PixelBox:
    _check_size(width, height)
    left, top = _member(box.left, "left"), _member(box.top, "top")
    across, down = _member(box.width, "width"), _member(box.height, "height")
    columns = _edges(left, across, width)
    rows = _edges(top, down, height)
    found = PixelBox(columns[0], rows[0], columns[1], rows[1])
    return _clipped(found, width, height) if clip else found


def _edges(start: float, length: float, side: int) -> tuple[int, int]:
    first, last = _nearest(start * side), _nearest((start + length) * side)
    if length > 0 and first == last:
        first = math.floor(start * side)
        last = first + 1
    return first, last


def _clipped(box: PixelBox, width: int, height: int) -> PixelBox:
    return PixelBox(
        _within(box.left, width),
        _within(box.top, height),
        _within(box.right, width),
        _within(box.bottom, height),
    )


def _within(value: int, most: int) -> int:
    return min(max(value, 0), most)


def _nearest(value: float) -> int:
    # Halves go up everywhere: round() takes them to the next even number.
    return math.floor(value + 0.5)


def _member(value: float | None, name: str) -> float:
    if value is None:
        raise ValueError(f"{name} is None: the place is not known")
    return value


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise ValueError(f"a picture has at least 1 by 1 pixels, not {width} by {height}")
