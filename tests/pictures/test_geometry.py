"""Boxes and points of answers in pixels."""

import io

import pytest
from PIL import Image

from rekognition_async import PixelBox, PixelPoint, prepare_image
from rekognition_async.models import BoundingBox, Landmark, Point


def box(left: float, top: float, width: float, height: float) -> BoundingBox:
    """A box of an answer."""
    return BoundingBox(left=left, top=top, width=width, height=height)


def test_edges_are_rounded_to_the_nearest_pixel() -> None:
    """A box made of pixels gives the same pixels, for all that floats lose on the way."""
    for left in range(0, 640, 7):
        for width in range(1, 640 - left, 53):
            found = box(left / 640, 0.25, width / 640, 0.5).pixels(640, 480)
            assert found == PixelBox(left, 120, left + width, 360)
            assert (found.width, found.height) == (width, 240)


def test_a_box_is_clipped_unless_asked_otherwise() -> None:
    """What reaches beyond the picture is cut off; what lies beyond it is empty."""
    beyond = box(-0.1, 0.5, 0.4, 1.0)
    assert beyond.pixels(100, 100) == (0, 50, 30, 100)
    assert beyond.pixels(100, 100, clip=False) == (-10, 50, 30, 150)
    assert box(1.2, 0, 0.1, 1).pixels(100, 100).width == 0


def test_the_smallest_box_has_a_pixel() -> None:
    """A thing that is smaller than a pixel is in one."""
    assert box(0.501, 0.501, 0.001, 0.001).pixels(100, 100) == (50, 50, 51, 51)


def test_points_are_pixels() -> None:
    """Points and landmarks are told as boxes are."""
    assert Point(x=0.5, y=0.25).pixels(640, 480) == PixelPoint(320, 120)
    assert Landmark(x=1.5, y=-1.0).pixels(640, 480) == (640, 0)
    assert Point(x=1.5, y=0.5).pixels(100, 100, clip=False) == (150, 50)


def test_what_is_not_known_is_told() -> None:
    """A member that is missing and a size that is none are errors that name them."""
    with pytest.raises(ValueError, match="width is None"):
        BoundingBox(left=0.1, top=0.1, height=0.1).pixels(100, 100)
    with pytest.raises(ValueError, match="0 by 100"):
        box(0, 0, 1, 1).pixels(0, 100)


def test_a_box_is_cut_out_with_a_margin() -> None:
    """The part is as large as the box and its margin, and ends with the picture."""
    image = Image.new("RGB", (200, 100), "white")
    image.paste("red", (50, 25, 100, 75))
    found = box(0.25, 0.25, 0.25, 0.5)
    assert found.crop(image).getcolors() == [(2500, (255, 0, 0))]
    assert found.crop(image, margin=0.2).size == (70, 70)
    assert found.crop(image, margin=9).size == (200, 100)
    with pytest.raises(ValueError, match="beyond the picture"):
        box(2, 2, 0.1, 0.1).crop(image)
    with pytest.raises(ValueError, match="at least 0, not -1"):
        found.crop(image, margin=-1)


async def test_boxes_come_out_in_the_pixels_of_the_original() -> None:
    """They are those of the upright view, however small the picture was made to be sent."""
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (6000, 3000)).save(buffer, "JPEG", exif=exif.tobytes())
    prepared = await prepare_image(buffer.getvalue(), operation="DetectProtectiveEquipment")
    assert (prepared.width, prepared.height) == (2048, 4096)
    assert prepared.pixels(box(0.5, 0.5, 0.25, 0.25)) == PixelBox(1500, 3000, 2250, 4500)
    assert prepared.polygon_pixels([Point(x=0.1, y=0.1)]) == (PixelPoint(300, 600),)
    assert box(0, 0, 0.5, 0.5).crop(prepared).size == (1024, 2048)
