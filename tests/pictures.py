"""Pictures that nobody took, each unlike all others."""

import io
import random

from PIL import Image, ImageDraw


def picture(
    seed: int, *, size: tuple[int, int] = (320, 240), kind: str = "PNG", quality: int = 90
) -> bytes:
    """A picture of random shapes, the same for the same seed; in whatever size."""
    image = drawn(seed).resize(size)
    buffer = io.BytesIO()
    image.save(buffer, kind, quality=quality)
    return buffer.getvalue()


def noise(megabytes: float) -> bytes:
    """A PNG that nothing compresses, of about so many megabytes."""
    side = int((megabytes * 1024 * 1024 / 3) ** 0.5)
    content = random.Random(1).randbytes(side * side * 3)
    buffer = io.BytesIO()
    Image.frombytes("RGB", (side, side), content).save(buffer, "PNG", compress_level=0)
    return buffer.getvalue()


def drawn(seed: int) -> Image.Image:
    """What is on such a picture."""
    chance = random.Random(seed)
    image = Image.new("RGB", (320, 240), _color(chance))
    draw = ImageDraw.Draw(image)
    for _ in range(12):
        x, y = chance.randrange(280), chance.randrange(200)
        corner = (x + chance.randrange(20, 160), y + chance.randrange(20, 120))
        shape = chance.choice((draw.rectangle, draw.ellipse))
        shape((x, y, *corner), fill=_color(chance))
    return image


def _color(chance: random.Random) -> tuple[int, int, int]:
    return chance.randrange(256), chance.randrange(256), chance.randrange(256)
