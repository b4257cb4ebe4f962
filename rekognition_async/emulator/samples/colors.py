"""DetectLabels's ImageProperties: dominant colours, brightness, sharpness and contrast.

`image_properties` makes them for an image, `dominant_colors` for an object on it.
"""

from __future__ import annotations

from typing import Final

from rekognition_async.emulator.utils.floats import single
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.utils.seeded_random import SeededRandom

# CSS's name and value of a colour, and which of the service's twelve simple ones it is.
_COLORS: Final = (
    ("black", 0x000000, "black"),
    ("brown", 0xA52A2A, "brown"),
    ("darkgreen", 0x006400, "green"),
    ("darkorange", 0xFF8C00, "orange"),
    ("darkslateblue", 0x483D8B, "purple"),
    ("dimgrey", 0x696969, "grey"),
    ("firebrick", 0xB22222, "red"),
    ("gold", 0xFFD700, "yellow"),
    ("hotpink", 0xFF69B4, "pink"),
    ("lightgrey", 0xD3D3D3, "grey"),
    ("navy", 0x000080, "blue"),
    ("olivedrab", 0x6B8E23, "green"),
    ("orangered", 0xFF4500, "orange"),
    ("saddlebrown", 0x8B4513, "brown"),
    ("silver", 0xC0C0C0, "grey"),
    ("skyblue", 0x87CEEB, "blue"),
    ("steelblue", 0x4682B4, "blue"),
    ("tan", 0xD2B48C, "brown"),
    ("teal", 0x008080, "cyan"),
    ("whitesmoke", 0xF5F5F5, "white"),
)


def image_properties(seed: int) -> JsonObject:
    """An ImageProperties, with all the colours that there may be."""
    rng = SeededRandom(seed, "properties")
    return {
        **_properties(rng),
        "Foreground": _properties(rng),
        "Background": _properties(rng),
    }


def dominant_colors(rng: SeededRandom, count: int) -> list[JsonObject]:
    """So many DominantColors, those of most pixels first; together they have at most all pixels."""
    chosen = rng.some(_COLORS, count)
    weights = sorted((rng.number(1, 20) for _ in chosen), reverse=True)
    # Some pixels are of no dominant colour.
    whole = sum(weights) * rng.number(1.02, 1.3)
    return [
        {
            "Red": value >> 16,
            "Green": value >> 8 & 0xFF,
            "Blue": value & 0xFF,
            "HexCode": f"#{value:06x}",
            "CSSColor": name,
            "SimplifiedColor": simple,
            "PixelPercent": single(100 * weight / whole),
        }
        for (name, value, simple), weight in zip(chosen, weights, strict=True)
    ]


def _properties(rng: SeededRandom) -> JsonObject:
    return {
        "Quality": {
            "Brightness": rng.number(30, 95),
            "Sharpness": rng.number(30, 95),
            "Contrast": rng.number(30, 95),
        },
        "DominantColors": dominant_colors(rng, len(_COLORS)),
    }
