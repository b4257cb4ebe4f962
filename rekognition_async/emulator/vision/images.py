"""Images of requests: their bytes or S3 object, digest, size and fingerprint, as a `Picture`.

Handlers get one from `picture_of`; images that users declare something about come from
`read_picture`.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rekognition_async.emulator.protocol.messages import EmulatedError
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.vision.fingerprints import Fingerprint
from rekognition_async.emulator.vision.s3 import Objects, name_of, read_object

MAX_S3_BYTES: Final = 15_728_640

_MIN_SIDE: Final = 80
# Operations with limits of their own, in pixels a side.
_MIN_SIDES: Final = {"DetectProtectiveEquipment": 64}
_MAX_SIDES: Final = {
    "DetectLabels": 10_000,
    "DetectModerationLabels": 10_000,
    "DetectProtectiveEquipment": 4096,
}
# Each needs up to a gigabyte for a picture of the largest size.
_MAX_DECODED_AT_ONCE: Final = 2
_DECODERS: Final = ThreadPoolExecutor(_MAX_DECODED_AT_ONCE, "rekognition-decoder")

_MAGIC: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture.

    Attributes:
        digest: Tells its bytes from others; of an object in name only, its name.
        name: ``bucket/key`` where it came from S3.
        width: Pixels; 0 where they are not known.
        height: Pixels; 0 where they are not known.
        fingerprint: What it is known by again when it was scaled or compressed anew; None without
            the extra ``emulator``, and for an object in name only.
    """

    digest: str
    name: str | None = None
    width: int = 0
    height: int = 0
    fingerprint: Fingerprint | None = None

    def is_same_as(self, other: Picture) -> bool:
        """Whether one is the other, perhaps scaled or compressed anew."""
        if self.digest == other.digest or (self.name is not None and self.name == other.name):
            return True
        if self.fingerprint is None or other.fingerprint is None:
            return False
        return self.fingerprint.matches(other.fingerprint)


async def picture_of(
    image: JsonObject, objects: Objects, *, keep: Callable[[str, bytes], object] | None = None
) -> Picture:
    """The picture that an Image of a request holds or names.

    Args:
        image: The Image.
        objects: The objects in S3.
        keep: Is given the digest and the bytes of a picture that could be decoded.

    Raises:
        EmulatedError: There is none, it is too large, or no PNG or JPEG.
    """
    content: bytes | None = image.get("Bytes")
    name = None
    # Where both are there, AWS documents that the bytes count.
    if content is None:
        if "S3Object" not in image:
            raise EmulatedError("InvalidParameterException", "Request has invalid parameters")
        name = name_of(image["S3Object"])
        content = await read_object(objects, image["S3Object"], MAX_S3_BYTES)
        if content is None:
            return Picture(_digest_of_name(name), name)
        if len(content) > MAX_S3_BYTES:
            raise _too_large()
    loop = asyncio.get_running_loop()
    picture = await loop.run_in_executor(_DECODERS, image_from_bytes, content, name)
    if keep is not None:
        keep(picture.digest, content)
    return picture


def check_sides(picture: Picture, operation: str) -> None:
    """Holds a picture against the limits of an operation, where its size is known.

    Raises:
        EmulatedError: ImageTooLargeException; or InvalidParameterException where it is too small.
    """
    sides = (picture.width, picture.height)
    if not all(sides):
        return
    if max(sides) > _MAX_SIDES.get(operation, max(sides)):
        raise EmulatedError("ImageTooLargeException", "Image size is too large")
    if min(sides) < _MIN_SIDES.get(operation, _MIN_SIDE):
        raise EmulatedError("InvalidParameterException", "Request has invalid parameters")


def read_picture(source: bytes | str | os.PathLike[str]) -> Picture:
    """A picture that the user declares something about.

    Args:
        source: Its bytes, its file, or ``"s3://bucket/key"`` for an object in name only.

    Raises:
        ValueError: It is no PNG or JPEG.
        OSError: The file cannot be read.
    """
    if isinstance(source, str) and source.startswith("s3://"):
        name = source.removeprefix("s3://")
        return Picture(_digest_of_name(name), name)
    content = source if isinstance(source, bytes) else Path(source).read_bytes()
    try:
        return image_from_bytes(content, None)
    except EmulatedError as error:
        raise ValueError(f"a picture must be a PNG or JPEG: {error.message}") from None


def image_from_bytes(content: bytes, name: str | None) -> Picture:
    """What is to be known of an encoded picture.

    Raises:
        EmulatedError: InvalidImageFormatException, or ImageTooLargeException where there is no
            memory to decode it.
    """
    if not content.startswith(_MAGIC):
        raise _wrong_format()
    digest = digest_of(content)
    try:
        # Pillow and numpy take longer to load than all else, and are in the extra "emulator".
        from rekognition_async.emulator.vision.decoding import decode  # noqa: PLC0415
    except ImportError:
        return Picture(digest, name)
    try:
        return Picture(digest, name, *decode(content))
    except ValueError as error:
        raise _wrong_format() from error
    except MemoryError:
        raise _too_large() from None


def digest_of(content: bytes) -> str:
    """A digest in 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _digest_of_name(name: str) -> str:
    # JSON may hold half of a surrogate pair.
    return digest_of(name.encode(errors="surrogatepass"))


def _too_large() -> EmulatedError:
    return EmulatedError("ImageTooLargeException", "Image size is too large")


def _wrong_format() -> EmulatedError:
    return EmulatedError("InvalidImageFormatException", "Request has invalid image format")
