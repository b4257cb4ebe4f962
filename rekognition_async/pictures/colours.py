"""Turns an image of any of Pillow's modes into the colours that one sees, in sRGB."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Final, Literal

from PIL import Image, ImageCms

_OPAQUE: Final = 255
_EIGHT_BITS: Final = 257
"""What 65,535 is divided by to be 255."""
# A profile that changes none of these by more is sRGB, whatever it is called.
_MAX_CHANGE: Final = 4
_STEPS: Final = (0, 64, 128, 192, 255)


def to_srgb(image: Image.Image) -> Image.Image:
    """An image in RGB or in grey of 8 bits, opaque, in sRGB."""
    profile: bytes | None = image.info.get("icc_profile")
    painted = flattened(in_eight_bits(image))
    if painted.mode == "LAB":
        # Pillow converts Lab by profiles alone.
        return _converted(painted, _standard("LAB")) or painted.convert("L")
    if profile and painted.mode in {"L", "RGB", "CMYK"}:
        source = _profile(profile)
        if source is not None and (converted := _converted(painted, source)) is not None:
            return converted
    return painted if painted.mode in {"L", "RGB"} else painted.convert("RGB")


def in_eight_bits(image: Image.Image) -> Image.Image:
    """An image whose channels have eight bits; Pillow would clip what is above 255."""
    if image.mode.startswith("I;16"):
        grey = image.convert("I").point(lambda value: value / _EIGHT_BITS).convert("L")
        # The grey that is transparent; one between two of eight bits would hide others with it.
        key = grey.info.pop("transparency", None)
        if key is not None and key % _EIGHT_BITS == 0:
            grey.info["transparency"] = key // _EIGHT_BITS
        return grey
    if image.mode in {"I", "F"}:
        least, most = _extremes(image)
        if least >= 0 and most <= 1 and image.mode == "F":
            least, most = 0.0, 1.0
        elif least >= 0 and most <= 255:  # noqa: PLR2004 - the greatest value of eight bits
            least, most = 0.0, 255.0
        elif least >= 0 and most <= 65_535 and image.mode == "I":  # noqa: PLR2004 - of sixteen
            least, most = 0.0, 65_535.0
        scale = 255 / ((most - least) or 1)
        # Of all functions, Pillow takes a scale and an offset alone for these modes.
        return image.point(lambda value: value * scale - least * scale).convert("L")
    return image


def _extremes(image: Image.Image) -> tuple[float, float]:
    least, most = image.getextrema()
    if not isinstance(least, int | float) or not isinstance(most, int | float):
        raise TypeError("an image of one channel has one least value")
    return float(least), float(most)


def is_opaque(image: Image.Image) -> bool:
    """Whether nothing shines through an image."""
    if not image.has_transparency_data:
        return True
    least, _ = _as_drawn(image).getchannel("A").getextrema()
    return least == _OPAQUE


def flattened(image: Image.Image) -> Image.Image:
    """An image with all that is to be seen on it, on white; a white drawing on black."""
    if image.mode == "P" and not image.has_transparency_data:
        return image.convert("RGB")
    if not image.has_transparency_data:
        return image
    # The colours of what cannot be seen say nothing, and drawings may be made of opacity alone.
    drawn = _as_drawn(image)
    least, most = drawn.getchannel("A").getextrema()
    if least == _OPAQUE or most == 0:
        return drawn.convert("RGB")
    painted = drawn
    for ground in ("white", "black"):
        painted = Image.new("RGBA", drawn.size, ground)
        painted.alpha_composite(drawn)
        # A white drawing is seen on black.
        if painted.convert("RGB").getcolors(1) is None:
            break
    return painted.convert("RGB")


def _as_drawn(image: Image.Image) -> Image.Image:
    return image if image.mode == "RGBA" else image.convert("RGBA")


def is_srgb(profile: bytes | None, mode: str) -> bool:
    """Whether colours of a profile look as those of sRGB."""
    if not profile:
        return True
    source = _profile(profile)
    if source is None:
        return True
    samples = _samples(mode)
    converted = _converted(samples, source)
    if converted is None:
        return True
    before, after = samples.convert("RGB").tobytes(), converted.convert("RGB").tobytes()
    return max(abs(a - b) for a, b in zip(before, after, strict=True)) <= _MAX_CHANGE


def _samples(mode: str) -> Image.Image:
    steps = bytes(
        value
        for red in _STEPS
        for green in _STEPS
        for blue in _STEPS
        for value in (red, green, blue)
    )
    image = Image.frombytes("RGB", (len(steps) // 3, 1), steps)
    return image.convert("L") if mode == "L" else image


def _profile(content: bytes) -> ImageCms.ImageCmsProfile | None:
    """A profile; None for one that is broken, as every viewer takes it."""
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(content))
    except (OSError, TypeError, ValueError):
        return None


@lru_cache(2)
def _standard(name: Literal["LAB", "sRGB"]) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name))


def _converted(image: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image | None:
    """An image in sRGB; None where the profile is for colours of another kind."""
    try:
        return ImageCms.profileToProfile(image, source, _standard("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, ValueError):
        return None
