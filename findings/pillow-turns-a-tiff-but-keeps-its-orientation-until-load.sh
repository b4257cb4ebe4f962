#!/usr/bin/env bash
# Pillow turns a TIFF upright by itself, yet gives its orientation as still to be applied.
#
# A picture of 40 by 20 with orientation 6 is saved as TIFF, JPEG, PNG, WebP and AVIF. Pillow opens
# all but the TIFF as 40 by 20 and leaves the turn to the caller. The TIFF is 20 by 40 from open() on,
# and load() turns its pixels; getexif() says 6 before load() and nothing after. So code that reads
# the orientation, and then turns the picture itself, turns TIFFs twice: they lie on their side
# again. ImageOps.exif_transpose does not: it loads a TIFF before it looks.
#
# Seen with Pillow 13.0.0 on 2026-11-28.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pillow==13.0.0
"$folder/venv/bin/python" - <<'PY'
import io

from PIL import ExifTags, Image, ImageOps

ORIENTATION = ExifTags.Base.Orientation
# Stored, the left half is black; upright, the upper half.
stored = Image.new("RGB", (40, 20), "white")
stored.paste("black", (0, 0, 20, 20))


def opened(kind):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    content = io.BytesIO()
    stored.save(content, kind, exif=exif)
    return Image.open(content)


def is_upright(image):
    upper_right = image.convert("L").getpixel((image.width - 3, 2))
    return image.height > image.width and upper_right < 128


def by_hand(image):
    if image.getexif().get(ORIENTATION) == 6:
        return image.transpose(Image.Transpose.ROTATE_270)
    return image


def seen(kind):
    image = opened(kind)
    at_open = image.size, image.getexif().get(ORIENTATION)
    image.load()
    loaded = is_upright(image), image.getexif().get(ORIENTATION)
    turned = is_upright(by_hand(opened(kind))), is_upright(ImageOps.exif_transpose(opened(kind)))
    return at_open, loaded, turned


for kind in ("JPEG", "PNG", "WEBP", "AVIF"):
    print(kind, seen(kind))
    assert seen(kind) == (((40, 20), 6), (False, 6), (True, True))
print("TIFF", seen("TIFF"))
assert seen("TIFF") == (((20, 40), 6), (True, None), (False, True))
PY
