"""Items of a page that are named tuples, made of columns one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Any, TypeVar, overload

Row = TypeVar("Row", bound=tuple[Any, ...])


class Records(Sequence[Row]):
    """Items of a page that are named tuples, each made when it is asked for, of columns.

    A listing hands out thousands of items a page, one by one: none has to wait in memory. What
    the class checks when it is called has been checked as a part of the page.
    """

    def __init__(self, cls: type[Row], *columns: tuple[Any, ...]) -> None:
        """Takes the class, and the values of each of its fields."""
        self._cls = cls
        self._columns = columns

    def __len__(self) -> int:
        return len(self._columns[0])

    @overload
    def __getitem__(self, place: int) -> Row: ...

    @overload
    def __getitem__(self, place: slice) -> Records[Row]: ...

    def __getitem__(self, place: int | slice) -> Row | Records[Row]:
        if isinstance(place, slice):
            return Records(self._cls, *(column[place] for column in self._columns))
        return tuple.__new__(self._cls, (column[place] for column in self._columns))

    def __iter__(self) -> Iterator[Row]:
        return self.handed_out()[0]

    def handed_out(self) -> tuple[Iterator[Row], Iterator[object]]:
        """An iterator over the items, and one that has as many left as it has."""
        left = iter(self._columns[0])
        rows = zip(left, *self._columns[1:], strict=True)
        return map(tuple.__new__, repeat(self._cls), rows), left
