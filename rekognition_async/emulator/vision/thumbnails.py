"""Thumbnails of the pictures that requests came with, for the page: the latest, within a budget.

`Call.picture` hands in each picture of a caller that was let in, once it could be decoded.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Final, NamedTuple

from rekognition_async.emulator.utils.sized_cache import SizedCache

_SIDE: Final = 480
# Whole pictures are held until they are scaled down: where that takes too long, some have none.
_MAX_WAITING: Final = 8
# What is kept of a picture besides its thumbnail, roughly.
_ENTRY_BYTES: Final = 256

_SCALERS: Final = ThreadPoolExecutor(1, "rekognition-thumbnails")


class Thumbnail(NamedTuple):
    """A picture scaled down.

    Attributes:
        content: A JPEG.
        width: Its width in pixels.
        height: Its height in pixels.
    """

    content: bytes
    width: int
    height: int

    @property
    def size(self) -> int:
        """How many bytes it takes, roughly."""
        return len(self.content) + _ENTRY_BYTES


class Thumbnails:
    """Pictures scaled down to 480 pixels a side at most, by their digests.

    They are made in a thread of their own, one after the other, and need the extra ``emulator``.
    """

    def __init__(self, max_bytes: int) -> None:
        """Keeps at most so many bytes of them; 0 keeps none.

        Raises:
            ValueError: The number is negative.
        """
        self._kept = SizedCache[str, Thumbnail]("max_thumbnail_bytes", max_bytes)
        self._waiting: dict[str, Future[None]] = {}
        self._lock = Lock()

    @property
    def is_on(self) -> bool:
        """Whether any are kept."""
        return self._kept.max_bytes > 0

    def keep(self, digest: str, content: bytes) -> None:
        """Has a thumbnail made of a picture, unless there is one already."""
        with self._lock:
            if digest in self._kept:
                self._kept.renew(digest)
            elif self.is_on and digest not in self._waiting and len(self._waiting) < _MAX_WAITING:
                self._waiting[digest] = _SCALERS.submit(self._make, digest, content)

    async def find(self, digest: str) -> Thumbnail | None:
        """The thumbnail of a picture, once it is made; None where there is none."""
        with self._lock:
            waiting = self._waiting.get(digest)
        if waiting is not None:
            await asyncio.wait([asyncio.wrap_future(waiting)])
        with self._lock:
            return self._kept.find(digest)

    def digests(self) -> list[str]:
        """Of which pictures there are thumbnails, the latest last."""
        with self._lock:
            return self._kept.keys()

    def clear(self) -> None:
        """Forgets all that are made."""
        with self._lock:
            self._kept.clear()

    def _make(self, digest: str, content: bytes) -> None:
        try:
            made = _thumbnail(content)
            if made is not None:
                with self._lock:
                    self._kept.put(digest, made)
        finally:
            with self._lock:
                del self._waiting[digest]


def _thumbnail(content: bytes) -> Thumbnail | None:
    try:
        from rekognition_async.emulator.vision.decoding import thumbnail  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    try:
        return thumbnail(content, _SIDE)
    except (ValueError, MemoryError):
        return None
