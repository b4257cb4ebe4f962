"""ReferenceImage and AuditImages of liveness sessions: small PNGs, others for each session.

The handler calls `selfie` once for each image, since no camera takes any.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final

from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.utils.seeded_random import SeededRandom

_TILES: Final = 8
_TILE: Final = 12
_SIZE: Final = _TILES * _TILE
_FACE_TINT: Final = 30


def selfie(seed: int, box: JsonObject, number: int) -> bytes:
    """A PNG of grey tiles, with a lighter oblong where the face is.

    Args:
        seed: Whom it shows: the tiles are the same for the same seed.
        box: The BoundingBox of the face.
        number: Which picture of them it is: another file, with the same to be seen.
    """
    rng = SeededRandom(seed)
    tiles = [[rng.count(20, 200) for _ in range(_TILES)] for _ in range(_TILES)]
    left, top = round(box["Left"] * _SIZE), round(box["Top"] * _SIZE)
    right, bottom = left + round(box["Width"] * _SIZE), top + round(box["Height"] * _SIZE)
    rows = bytearray()
    for y in range(_SIZE):
        rows.append(0)
        for x in range(_SIZE):
            tint = _FACE_TINT if left <= x < right and top <= y < bottom else 0
            rows.append(tiles[y // _TILE][x // _TILE] + tint)
    header = struct.pack(">IIBBBBB", _SIZE, _SIZE, 8, 0, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"tEXt", f"Comment\0picture {number}".encode()),
            # Not compressed, so that it is the same bytes whatever zlib there is.
            _chunk(b"IDAT", zlib.compress(bytes(rows), 0)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(name: bytes, content: bytes) -> bytes:
    body = name + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))
