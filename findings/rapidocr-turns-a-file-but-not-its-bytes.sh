#!/usr/bin/env bash
# RapidOCR reads the same JPEG upright when given its path, and as stored when given its bytes.
#
# A JPEG is stored as 200 by 600 with EXIF orientation 6: upright it is 600 by 200, with two words beside
# each other. Given the path, RapidOCR applies the orientation: the words come in reading order, and
# their boxes lie in a frame of 600 by 200. Given the bytes of the file, or the image that Pillow
# opened, it does not: boxes lie in the stored frame of 200 by 600, and the words come in the order of
# that frame, the last one first. Nothing in the result says which frame it is.
#
# Seen with rapidocr 3.10.0, onnxruntime 1.32.0 and Pillow 13.0.0 on 2026-11-28.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check rapidocr==3.10.0 onnxruntime==1.32.0 \
    pillow==13.0.0 numpy==2.4.6 opencv-python-headless==5.0.0.93
"$folder/venv/bin/python" - "$folder/sign.jpg" <<'PY'
import logging
import sys
from pathlib import Path

from PIL import ExifTags, Image, ImageDraw, ImageFont
from rapidocr import RapidOCR

file = Path(sys.argv[1])
upright = Image.new("RGB", (600, 200), "white")
font = ImageFont.load_default(size=72)
ImageDraw.Draw(upright).text((40, 60), "HELLO 12345", fill="black", font=font)
exif = Image.Exif()
exif[ExifTags.Base.Orientation] = 6
upright.transpose(Image.Transpose.ROTATE_90).save(file, quality=95, exif=exif)

engine = RapidOCR()
logging.disable()


def read(content):
    result = engine(content)
    right, bottom = result.boxes.reshape(-1, 2).max(axis=0)
    return " ".join(result.txts), "wide" if right > bottom else "tall"


by_path, by_bytes, by_image = read(file), read(file.read_bytes()), read(Image.open(file))
print("path:", by_path, "bytes:", by_bytes, "image:", by_image)
assert by_path == ("HELLO 12345", "wide")
assert by_bytes == by_image == ("12345 HELLO", "tall")
PY
