"""Pictures for tests, made by Pillow from a seed."""

import io
import math
from random import Random
from typing import Any

from PIL import Image, ImageDraw


def encoded(picture: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    """The picture's file."""
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def portrait(seed: int) -> bytes:
    """A picture like no other, as a JPEG."""
    return encoded(photo(seed), "JPEG", quality=90)


def smaller(picture: bytes) -> bytes:
    """A copy at half the size, compressed harder."""
    with Image.open(io.BytesIO(picture)) as opened:
        half = opened.resize((opened.width // 2, opened.height // 2))
    return encoded(half, "JPEG", quality=60)


def photo(seed: int) -> Image.Image:
    """Soft light and fine grain, as photographs have them."""
    random = Random(seed)
    light = Image.frombytes("RGB", (8, 6), random.randbytes(144))
    grain = Image.frombytes("RGB", (80, 60), random.randbytes(14_400))
    size = (320, 240)
    soft, fine = (layer.resize(size, Image.Resampling.BICUBIC) for layer in (light, grain))
    return Image.blend(soft, fine, 0.2)


def gradient(seed: int) -> Image.Image:
    """One colour that turns into another."""
    random = Random(seed)
    angle = random.random() * 2 * math.pi
    first, last = _colour(random), _colour(random)
    width, height = 120, 90
    picture = Image.new("RGB", (width, height))
    for x in range(width):
        for y in range(height):
            along = (x / width - 0.5) * math.cos(angle) + (y / height - 0.5) * math.sin(angle)
            part = min(1.0, max(0.0, along + 0.5))
            red, green, blue = (round(a + (b - a) * part) for a, b in zip(first, last, strict=True))
            picture.putpixel((x, y), (red, green, blue))
    return picture


def shapes(seed: int) -> Image.Image:
    """Rectangles and ellipses."""
    random = Random(seed)
    picture = Image.new("RGB", (320, 240), _colour(random))
    draw = ImageDraw.Draw(picture)
    for _ in range(random.randint(3, 8)):
        x, y = random.randrange(280), random.randrange(200)
        box = (x, y, x + random.randint(30, 200), y + random.randint(30, 200))
        shape = random.choice((draw.ellipse, draw.rectangle))
        shape(box, fill=_colour(random))
    return picture


def noise(seed: int) -> Image.Image:
    """Every pixel by chance."""
    return Image.frombytes("RGB", (200, 200), Random(seed).randbytes(120_000))


def flat(seed: int) -> Image.Image:
    """One colour all over; 27 of them are clearly others."""
    red, green, blue = (seed // 3**power % 3 * 110 for power in range(3))
    return Image.new("RGB", (100, 100), (red, green, blue))


def card(text: str) -> Image.Image:
    """A few letters on white."""
    picture = Image.new("RGB", (200, 120), "white")
    ImageDraw.Draw(picture).text((20, 50), text, fill="black")
    return picture


def picture(
    seed: int, *, size: tuple[int, int] = (320, 240), kind: str = "PNG", quality: int = 90
) -> bytes:
    """A file of `shapes`, in whatever size."""
    return encoded(shapes(seed).resize(size), kind, quality=quality)


def heavy(megabytes: float) -> bytes:
    """A PNG that nothing compresses, of about so many megabytes."""
    side = int((megabytes * 1024 * 1024 / 3) ** 0.5)
    content = Random(1).randbytes(side * side * 3)
    return encoded(Image.frombytes("RGB", (side, side), content), compress_level=0)


def _colour(random: Random) -> tuple[int, int, int]:
    return random.randrange(256), random.randrange(256), random.randrange(256)
