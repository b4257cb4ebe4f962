#!/usr/bin/env bash
# pillow-heif keeps a picture's turn when EXIF is given as bytes, and loses it when given as an object.
#
# A JPEG of 400 by 200 with orientation 6 is saved as HEIF. With exif= left out, or given as bytes, the
# turn goes into the container, and the file opens as 200 by 400, upright. With exif=image.getexif(),
# which Pillow's own encoders take just as well, the container gets no turn; on opening the EXIF
# orientation is set to 1 all the same. So the picture lies on its side, and exif_transpose() finds
# nothing to do. (The number itself is left in info["original_orientation"], in both cases.)
#
# Seen with pillow-heif 1.8.1 and Pillow 13.0.0 on 2026-11-28.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pillow-heif==1.8.1 pillow==13.0.0
"$folder/venv/bin/python" - <<'PY'
import io

import pillow_heif
from PIL import ExifTags, Image, ImageOps

pillow_heif.register_heif_opener()
exif = Image.Exif()
exif[ExifTags.Base.Orientation] = 6
jpeg = io.BytesIO()
Image.new("RGB", (400, 200), "white").save(jpeg, "JPEG", exif=exif)


def saved(kind, given):
    image = Image.open(jpeg)
    content = io.BytesIO()
    image.save(content, kind, **given(image))
    again = Image.open(content)
    return ImageOps.exif_transpose(again).size, again.info.get("original_orientation")


left_out = saved("HEIF", lambda image: {})
as_bytes = saved("HEIF", lambda image: {"exif": image.getexif().tobytes()})
as_object = saved("HEIF", lambda image: {"exif": image.getexif()})
webp = saved("WEBP", lambda image: {"exif": image.getexif()})
print("left out:", left_out, "bytes:", as_bytes, "object:", as_object, "WebP, object:", webp)
assert left_out == as_bytes == ((200, 400), 6)
assert as_object == ((400, 200), 6)
assert webp == ((200, 400), None)
PY
