"""Keeps what is known of pictures, and finds it by the picture itself or a copy of it.

`People` keeps in a `PictureIndex` who is declared to be on them.
"""

from __future__ import annotations

from typing import Final, Generic, NamedTuple, TypeVar

from rekognition_async.emulator.vision.images import Picture, digest_of_name
from rekognition_async.emulator.vision.trait_index import FingerprintIndex

T = TypeVar("T")

_MIN_STALE: Final = 1000


class Found(NamedTuple, Generic[T]):
    """What is known of a picture.

    Attributes:
        picture: The picture that it was added for.
        value: What is known of it.
    """

    picture: Picture
    value: T


class PictureIndex(Generic[T]):
    """Keeps something about pictures: the latest about each."""

    def __init__(self) -> None:
        """Begins empty."""
        # By digest, the latest last, each with a number that grows.
        self._found: dict[str, tuple[int, Found[T]]] = {}
        self._digests: dict[int, str] = {}
        self._last_number = 0
        self._index = FingerprintIndex()

    def __len__(self) -> int:
        """About how many pictures something is known."""
        return len(self._found)

    def set(self, picture: Picture, value: T) -> None:
        """Keeps what is known of a picture, in place of what was."""
        self.discard(picture)
        self._last_number += 1
        self._found[picture.digest] = (self._last_number, Found(picture, value))
        self._digests[self._last_number] = picture.digest
        self._add_fingerprint(self._last_number, picture)

    def discard(self, picture: Picture) -> None:
        """Forgets what is known of a picture."""
        number, _ = self._found.pop(picture.digest, (0, None))
        self._digests.pop(number, None)
        if len(self._index) > 2 * len(self._found) + _MIN_STALE:
            self._index = FingerprintIndex()
            for number, found in self._found.values():
                self._add_fingerprint(number, found.picture)

    def clear(self) -> None:
        """Forgets all."""
        self._found.clear()
        self._digests.clear()
        self._index = FingerprintIndex()

    def all(self) -> list[Found[T]]:
        """All that is known, the latest last."""
        return [found for _, found in self._found.values()]

    def find(self, picture: Picture) -> Found[T] | None:
        """What is known of a picture, or else of the latest that it is a copy of."""
        itself = self._found.get(picture.digest)
        if itself is not None:
            return itself[1]
        numbers: list[int] = []
        if picture.name is not None:
            by_name = self._found.get(digest_of_name(picture.name))
            numbers += [] if by_name is None else [by_name[0]]
        if picture.fingerprint is not None:
            numbers += self._index.candidates(picture.fingerprint.encoded())
        for number in sorted(numbers, reverse=True):
            if number in self._digests:
                found = self._found[self._digests[number]][1]
                if found.picture.is_same_as(picture):
                    return found
        return None

    def _add_fingerprint(self, number: int, picture: Picture) -> None:
        if picture.fingerprint is not None:
            self._index.add(number, picture.fingerprint.encoded())
