"""The example of eyes that read text reads it."""

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import ExifTags, Image, ImageDraw, ImageFont
from support import need, run

EXAMPLE = Path(__file__).parents[2] / "examples" / "eyes_that_read.py"
LINES = ("MIND THE GAP", "Platform 9")


@pytest.mark.parametrize("is_held_sideways", [False, True])
async def test_what_is_written_is_answered(tmp_path: Path, is_held_sideways: bool) -> None:
    """RapidOCR's words come through the emulator to the client, of a turned photo, too."""
    is_there = find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None
    need("rapidocr", is_there, "RapidOCR is not installed: pip install rapidocr onnxruntime")
    sign = Image.new("RGB", (640, 240), "white")
    draw = ImageDraw.Draw(sign)
    for number, line in enumerate(LINES):
        place = (40, 30 + 110 * number)
        draw.text(place, line, fill="black", font=ImageFont.load_default(48))
    exif = Image.Exif()
    if is_held_sideways:
        sign = sign.transpose(Image.Transpose.ROTATE_90)
        exif[ExifTags.Base.Orientation] = 6
    sign.save(tmp_path / "sign.jpg", quality=95, exif=exif)
    printed = await run(sys.executable, EXAMPLE, tmp_path / "sign.jpg")
    assert printed.decode().splitlines() == list(LINES)
