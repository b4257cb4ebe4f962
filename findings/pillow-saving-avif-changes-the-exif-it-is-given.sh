#!/usr/bin/env bash
# Pillow's AVIF encoder takes the orientation out of the Exif object that it is given.
#
# An open JPEG with orientation 6 is saved in several formats with exif=image.getexif(), the image's
# own object. Saving as JPEG, PNG, WebP or TIFF leaves the object as it was. Saving as AVIF removes the
# orientation from it, since AVIF keeps the turn in the container. From then on the open image has no
# orientation: exif_transpose() does not turn it any more, and a WebP saved next lies on its side.
# Bytes (exif=image.getexif().tobytes()) are not changed.
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


def photo():
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    content = io.BytesIO()
    Image.new("RGB", (40, 20), "white").save(content, "JPEG", exif=exif)
    return Image.open(content)


def saved(image, kind, exif):
    content = io.BytesIO()
    image.save(content, kind, exif=exif)
    return ImageOps.exif_transpose(Image.open(content)).size


def upright_sizes(first):
    image = photo()
    return (
        saved(image, first, image.getexif()),
        saved(image, "WEBP", image.getexif()),
        ImageOps.exif_transpose(image).size,
    )


for first in ("JPEG", "PNG", "WEBP", "TIFF"):
    print(first, upright_sizes(first))
    assert upright_sizes(first) == ((20, 40), (20, 40), (20, 40))
print("AVIF", upright_sizes("AVIF"))
assert upright_sizes("AVIF") == ((20, 40), (40, 20), (40, 20))

image = photo()
saved(image, "AVIF", image.getexif().tobytes())
assert ImageOps.exif_transpose(image).size == (20, 40)
PY
