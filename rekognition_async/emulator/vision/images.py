"""Images of requests: their bytes or S3 object, digest, size and fingerprint, as a `Picture`.

Handlers get one from `picture_of`; images that users declare something about come from
`read_picture`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from rekognition_async.emulator.protocol.blobs import Blob
from rekognition_async.emulator.protocol.messages import EmulatedError
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.vision.fingerprints import Fingerprint
from rekognition_async.emulator.vision.s3 import Objects, name_of, read_object
from rekognition_async.pictures.limits import limits_of

if TYPE_CHECKING:
    from rekognition_async.emulator.vision.decoding import DecodedImage

MAX_S3_BYTES: Final = 15_728_640

# Each needs up to a gigabyte for a picture of the largest size.
_MAX_DECODED_AT_ONCE: Final = 2
_DECODERS: Final = ThreadPoolExecutor(_MAX_DECODED_AT_ONCE, "rekognition-decoder")

# The digest of so many takes less than a millisecond.
_MAX_BYTES_AT_ONCE: Final = 512 * 1024

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
        content: The file, of a picture that a request is about; None for an object in name only.
    """

    digest: str
    name: str | None = None
    width: int = 0
    height: int = 0
    fingerprint: Fingerprint | None = None
    content: bytes | None = field(default=None, repr=False, compare=False)

    def is_same_as(self, other: Picture) -> bool:
        """Whether one is the other, perhaps scaled or compressed anew."""
        if self.digest == other.digest or (self.name is not None and self.name == other.name):
            return True
        if self.fingerprint is None or other.fingerprint is None:
            return False
        return self.fingerprint.matches(other.fingerprint)


class _DecodedImages:
    """What was seen of the latest pictures: tests send the same ones again and again."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: dict[str, DecodedImage] = {}
        # Several threads decode, of several emulators.
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._found)

    def find(self, digest: str) -> DecodedImage | None:
        """What was seen of a picture."""
        with self._lock:
            found = self._found.pop(digest, None)
            if found is not None:
                self._found[digest] = found
            return found

    def keep(self, digest: str, decoded: DecodedImage) -> None:
        """Remembers what was seen of a picture, in place of what was not asked for longest."""
        with self._lock:
            self._found[digest] = decoded
            if len(self._found) > self._most:
                del self._found[next(iter(self._found))]


_DECODED: Final = _DecodedImages(most=10_000)


async def picture_of(image: JsonObject, objects: Objects) -> Picture:
    """The picture that an Image of a request holds or names.

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
            return Picture(digest_of_name(name), name)
        if len(content) > MAX_S3_BYTES:
            raise _too_large()
    if len(content) <= _MAX_BYTES_AT_ONCE and _DECODED:
        # It needs no thread; and where one was decoded, what decodes is loaded already.
        known = _known_image(digest_of(content), name)
        if known is not None:
            return replace(known, content=content)
    loop = asyncio.get_running_loop()
    picture = await loop.run_in_executor(_DECODERS, image_from_bytes, content, name)
    return replace(picture, content=content)


def check_sides(picture: Picture, operation: str) -> None:
    """Holds a picture against the limits of an operation, where its size is known.

    Raises:
        EmulatedError: ImageTooLargeException; or InvalidParameterException where it is too small.
    """
    sides = (picture.width, picture.height)
    if not all(sides):
        return
    limits = limits_of(operation)
    if limits.max_side is not None and max(sides) > limits.max_side:
        raise EmulatedError("ImageTooLargeException", "Image size is too large")
    if min(sides) < limits.min_side:
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
        return Picture(digest_of_name(name), name)
    content = source if isinstance(source, bytes) else Path(source).read_bytes()
    try:
        return image_from_bytes(content, None)
    except EmulatedError as error:
        raise ValueError(f"a picture must be a PNG or JPEG: {error.message}") from None


def _known_image(digest: str, name: str | None) -> Picture | None:
    """An image that was decoded before."""
    decoded = _DECODED.find(digest)
    if decoded is None or _decoder() is None:
        return None
    return Picture(digest, name, *decoded)


def _decoder() -> Callable[[bytes], DecodedImage] | None:
    try:
        # Pillow and numpy take longer to load than all else, and are in the extra "emulator".
        from rekognition_async.emulator.vision.decoding import decode  # noqa: PLC0415
    except ImportError:
        return None
    return decode


def image_from_bytes(content: bytes, name: str | None) -> Picture:
    """What is to be known of an encoded picture.

    Raises:
        EmulatedError: InvalidImageFormatException, or ImageTooLargeException where there is no
            memory to decode it.
    """
    if not content.startswith(_MAGIC):
        raise _wrong_format()
    digest = digest_of(content)
    decode = _decoder()
    if decode is None:
        return Picture(digest, name)
    known = _known_image(digest, name)
    if known is not None:
        return known
    try:
        decoded = decode(content)
    except ValueError as error:
        raise _wrong_format() from error
    except MemoryError:
        raise _too_large() from None
    _DECODED.keep(digest, decoded)
    return Picture(digest, name, *decoded)


def digest_of(content: bytes) -> str:
    """A digest in 64 hexadecimal digits."""
    return content.digest if isinstance(content, Blob) else Blob(content).digest


def digest_of_name(name: str) -> str:
    """The digest of an object of which nothing but the name is known, as ``bucket/key``."""
    # JSON may hold half of a surrogate pair.
    return digest_of(name.encode(errors="surrogatepass"))


def _too_large() -> EmulatedError:
    return EmulatedError("ImageTooLargeException", "Image size is too large")


def _wrong_format() -> EmulatedError:
    return EmulatedError("InvalidImageFormatException", "Request has invalid image format")
