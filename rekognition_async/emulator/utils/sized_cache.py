"""What is kept of the latest, within so many bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    """What knows how many bytes it takes, roughly."""

    @property
    def size(self) -> int:
        """The bytes."""
        ...


_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V", bound=Sized)


class SizedCache(Generic[_K, _V]):
    """Values by their keys; where they take too many bytes, the oldest go."""

    def __init__(self, setting: str, max_bytes: int) -> None:
        """Keeps at most so many bytes; 0 keeps nothing.

        Args:
            setting: What the user calls the number.
            max_bytes: The number.

        Raises:
            ValueError: The number is negative.
        """
        if max_bytes < 0:
            raise ValueError(f"{setting} must be at least 0, got {max_bytes!r}")
        self.max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[_K, _V] = OrderedDict()

    def __contains__(self, key: _K) -> bool:
        return key in self._kept

    def keys(self) -> list[_K]:
        """The keys, the latest last."""
        return list(self._kept)

    def find(self, key: _K) -> _V | None:
        """The value of a key."""
        return self._kept.get(key)

    def renew(self, key: _K) -> None:
        """Makes the value of a key, which has to be there, the latest."""
        self._kept.move_to_end(key)

    def take(self, key: _K) -> _V | None:
        """The value of a key, which is kept no more."""
        value = self._kept.pop(key, None)
        if value is not None:
            self._bytes -= value.size
        return value

    def put(self, key: _K, value: _V) -> None:
        """Keeps a value, whose size stays as it is, under a key that has none."""
        self._kept[key] = value
        self._bytes += value.size
        while self._bytes > self.max_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= oldest.size

    def clear(self) -> None:
        """Forgets all of them."""
        self._kept.clear()
        self._bytes = 0
