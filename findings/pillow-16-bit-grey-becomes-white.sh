#!/usr/bin/env bash
# Pillow's convert("L") and convert("RGB") clip a 16-bit greyscale PNG instead of scaling it.
#
# A PNG with a smooth ramp of 16-bit grey (0 to 65535) opens with mode "I;16". convert("L") keeps the
# numbers 0 to 255 and turns every brighter one into 255: all but 1/256 of the ramp is white. Two
# different 16-bit photos so become the same white picture, without an error or a warning. Scaling
# is the caller's: point(lambda value: value / 256) and then convert.
#
# Seen with Pillow 13.0.0 on 2026-11-28.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pillow==13.0.0
"$folder/venv/bin/python" - <<'PY'
import io
import struct
import zlib

from PIL import Image


def png_of_16_bit_grey(width, height, value):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(
        b"\0" + b"".join(struct.pack(">H", value(x, y)) for x in range(width)) for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 16, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )


ramp = Image.open(io.BytesIO(png_of_16_bit_grey(256, 4, lambda x, y: x * 257)))
grey = ramp.convert("L")
print(ramp.mode, [grey.getpixel((x, 0)) for x in (0, 1, 2, 64, 128, 255)])
assert ramp.mode == "I;16"
assert [grey.getpixel((x, 0)) for x in (0, 1, 2, 64, 128, 255)] == [0, 255, 255, 255, 255, 255]
PY
