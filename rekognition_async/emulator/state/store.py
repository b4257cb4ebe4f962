"""The emulator's state in SQLite: in memory, or in a file that outlives the process.

Everything is a `Record`: a document under a name, on the `Shelf` of its kind. Handlers know shelves
and no SQL. How many records a shelf has is kept with it. Of the kinds in `_KEYS` a column has what
records are looked up by, and of those in `_TRAITS` whether they have what they are compared by.
"""

from __future__ import annotations

import enum
import json
import os
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

from rekognition_async.emulator.protocol.caller import Caller
from rekognition_async.emulator.utils.json_types import JsonObject

_VERSION: Final = 3
_KEY_LENGTH: Final = 32

_SCHEMA: Final = """
CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE shelves (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id TEXT NOT NULL,
    region_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    parent TEXT NOT NULL,
    record_count INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account_id, region_name, kind, parent)
) STRICT;
CREATE TABLE records (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    shelf INTEGER NOT NULL,
    name TEXT NOT NULL,
    created_at REAL NOT NULL,
    key TEXT,
    has_traits INTEGER,
    document TEXT NOT NULL,
    UNIQUE (shelf, name)
) STRICT;
CREATE INDEX records_in_order ON records (shelf, sequence);
CREATE INDEX records_by_key ON records (shelf, key) WHERE key IS NOT NULL;
CREATE INDEX records_with_traits ON records (shelf, sequence) WHERE has_traits;
"""

_KEYS: Final[Mapping[str, Sequence[str]]] = {"face": ("Person", "ImageId")}
"""By kind, the members of a document of which the first that is there is the record's key."""

_TRAITS: Final[Mapping[str, Sequence[str]]] = {"face": ("Fingerprint", "Vector")}
"""By kind, the members of a document, strings, that a record is compared with others by."""

_ROWS_A_STATEMENT: Final = 100

_REASONS: Final = {
    sqlite3.SQLITE_BUSY: "is in use",
    sqlite3.SQLITE_LOCKED: "is in use",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened",
    sqlite3.SQLITE_READONLY: "cannot be written to",
    sqlite3.SQLITE_FULL: "cannot be written to",
    sqlite3.SQLITE_IOERR: "cannot be read",
}

_PLACE: Final = "(account_id, region_name, kind, parent) = (?, ?, ?, ?)"
_SHELF: Final = f"shelf = (SELECT id FROM shelves WHERE {_PLACE})"


class Store:
    """A connection to the state; what a statement changed outlives a kill -9 once it returns."""

    def __init__(self, path: str | os.PathLike[str] | None) -> None:
        """Opens the state.

        Args:
            path: The file, made where there is none, for its owner alone to read; None keeps the
                state in memory.

        Raises:
            ValueError: The file cannot be, is in use by another emulator, or is not an emulator's
                state.
        """
        name = os.fspath(path or "")
        try:
            if path is not None:
                _make_private(Path(path))
            self._connection = sqlite3.connect(
                ":memory:" if path is None else Path(path), isolation_level=None, timeout=0
            )
        except (OSError, ValueError, sqlite3.Error) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise ValueError(f"the state file {name!r} cannot be opened: {reason}") from error
        try:
            self._prepare()
            self.token_key = self._token_key()
        except sqlite3.Error as error:
            self._connection.close()
            reason = _REASONS.get(error.sqlite_errorcode & 0xFF, "is not an emulator's state")
            raise ValueError(f"the state file {name!r} {reason}: {error}") from error
        except ValueError as error:
            self._connection.close()
            raise ValueError(f"the state file {name!r} {error}") from None

    def _token_key(self) -> bytes:
        # A file that lost a table is told now, and not by the first call that needs it.
        self.rows("SELECT document FROM records LIMIT 1")
        found = self.find("SELECT value FROM secrets WHERE name = 'tokens'")
        if found is None:
            raise ValueError("is not an emulator's state: its secrets are missing")
        key: bytes = found[0]
        return key

    def _prepare(self) -> None:
        # Records are small and many: a file that is new gets pages that hold some more of them.
        self.execute("PRAGMA page_size = 16384")
        # One process at a time: page tokens, quotas and clocks are its own.
        self.execute("PRAGMA locking_mode = EXCLUSIVE")
        self.execute("PRAGMA journal_mode = WAL")
        # In WAL mode this outlives a killed process; only a power cut can take the last changes.
        self.execute("PRAGMA synchronous = NORMAL")
        self.execute("BEGIN IMMEDIATE")
        (version,) = self.row("PRAGMA user_version")
        if version == 0:
            if self.row("SELECT count(*) FROM sqlite_schema")[0]:
                raise ValueError("is another program's database")
            for statement in _SCHEMA.split(";\n"):
                self.execute(statement)
            self.execute("INSERT INTO secrets VALUES ('tokens', ?)", os.urandom(_KEY_LENGTH))
            self.execute(f"PRAGMA user_version = {_VERSION}")
        elif version != _VERSION:
            raise ValueError(f"is of version {version}, this emulator's is {_VERSION}")
        self.execute("COMMIT")

    def close(self) -> None:
        """Closes the state; what is in memory is gone."""
        self._connection.close()

    def shelf(self, caller: Caller, kind: str, parent: str = "") -> Shelf:
        """The records of one kind.

        Args:
            caller: Whose they are, and in which region.
            kind: What they are, as in ``"collection"``.
            parent: The name of what they belong to, where they belong to something.
        """
        return Shelf(self, caller, kind, parent)

    def transaction(self) -> AbstractContextManager[object]:
        """All changes within are made, or none; nothing within may await."""
        self.execute("BEGIN IMMEDIATE")
        return self._connection

    @contextmanager
    def change(self) -> Generator[None]:
        """Several statements that are all done, or none, within a transaction or without one."""
        self.execute("SAVEPOINT change")
        try:
            yield
        except BaseException:
            self.execute("ROLLBACK TO change")
            raise
        finally:
            self.execute("RELEASE change")

    def everything(self) -> Iterator[Entry]:
        """All records of all callers, in the order they were stored; change none meanwhile."""
        rows = self.each(
            "SELECT account_id, region_name, kind, parent, sequence, name, created_at, document"
            " FROM records JOIN shelves ON shelves.id = shelf ORDER BY sequence"
        )
        return (Entry(Caller(*row[:2]), row[2], row[3], _record(row[4:])) for row in rows)

    def replace_everything(self, entries: Iterable[Entry]) -> None:
        """Keeps these records, and no others; sequences stay as they are.

        Raises:
            ValueError: Two have the same sequence, or the same name in one place; nothing changes.
        """
        try:
            with self.transaction():
                self.execute("DELETE FROM records")
                # New ones have new ids, so that nothing that is known of a shelf outlives it.
                self.execute("DELETE FROM shelves")
                self._connection.executemany(
                    "INSERT INTO records"
                    " (shelf, sequence, name, created_at, key, has_traits, document)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    self._rows_of(entries),
                )
                self.execute(
                    "UPDATE shelves SET record_count ="
                    " (SELECT count(*) FROM records WHERE shelf = shelves.id)"
                )
        except sqlite3.IntegrityError as error:
            raise ValueError("two records have the same sequence, or the same place") from error

    def _rows_of(self, entries: Iterable[Entry]) -> Iterator[tuple[Any, ...]]:
        ids: dict[tuple[str, ...], int] = {}
        for entry in entries:
            place = (*entry.caller, entry.kind, entry.parent)
            if place not in ids:
                ids[place] = self.shelf_id(*place)
            record = entry.record
            derived = _derived(entry.kind, record.document)
            text = _encoded(record.document)
            yield ids[place], record.sequence, record.name, record.created_at, *derived, text

    def shelf_id(self, *place: str) -> int:
        """The number of a shelf, which is made where there is none; no other ever gets it.

        Args:
            place: Account, region, kind and parent.
        """
        query = f"SELECT id FROM shelves WHERE {_PLACE}"
        found = self.find(query, *place)
        if found is None:
            self.execute(
                "INSERT INTO shelves (account_id, region_name, kind, parent) VALUES (?, ?, ?, ?)",
                *place,
            )
            found = self.row(query, *place)
        number: int = found[0]
        return number

    def has_shelf(self, number: int) -> bool:
        """Whether there is still a shelf with a number; see `Shelf.number`."""
        return self.find("SELECT id FROM shelves WHERE id = ?", number) is not None

    def counts(self) -> list[tuple[Caller, str, str, int]]:
        """How many records there are: by caller, kind and parent, oldest first."""
        rows = self.rows(
            "SELECT account_id, region_name, kind, parent, record_count FROM shelves"
            " WHERE record_count > 0"
            " ORDER BY (SELECT min(sequence) FROM records WHERE shelf = shelves.id)"
        )
        return [(Caller(*row[:2]), *row[2:]) for row in rows]

    def latest(self, caller: Caller, kind: str, most: int) -> list[Entry]:
        """The last records of a kind that were stored, of all parents, newest first."""
        # They are on those shelves whose own last records are the latest, and the last there.
        shelves = self.rows(
            "SELECT id, parent FROM shelves WHERE (account_id, region_name, kind) = (?, ?, ?)"
            " ORDER BY (SELECT max(sequence) FROM records WHERE shelf = shelves.id) DESC LIMIT ?",
            *(*caller, kind, most),
        )
        found = [
            Entry(caller, kind, parent, _record(row))
            for number, parent in shelves
            for row in self.each(
                "SELECT sequence, name, created_at, document FROM records WHERE shelf = ?"
                " ORDER BY sequence DESC LIMIT ?",
                *(number, most),
            )
        ]
        return sorted(found, key=lambda entry: -entry.record.sequence)[:most]

    def execute(self, statement: str, *values: object) -> int:
        """Runs a statement, and tells how many rows it changed."""
        return self._connection.execute(statement, values).rowcount

    def row(self, query: str, *values: object) -> tuple[Any, ...]:
        """The one row of a query that always has one."""
        return self.rows(query, *values)[0]

    def find(self, query: str, *values: object) -> tuple[Any, ...] | None:
        """The first row of a query, if there is one."""
        found: tuple[Any, ...] | None = self._connection.execute(query, values).fetchone()
        return found

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self._connection.execute(query, values).fetchall()

    def each(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, read as they are needed."""
        return iter(self._connection.execute(query, values))


@dataclass(frozen=True, slots=True)
class Record:
    """Something the emulator keeps.

    Attributes:
        sequence: The number it was stored under, which no other record ever gets.
        name: Its name, unique on its shelf.
        created_at: When it was stored, in seconds since the epoch.
        document: What is known of it.
    """

    sequence: int
    name: str
    created_at: float
    document: JsonObject


@dataclass(frozen=True, slots=True)
class Entry:
    """A record and where it is.

    Attributes:
        caller: Whose it is, and in which region.
        kind: What it is.
        parent: The name of what it belongs to, or nothing.
        record: The record.
    """

    caller: Caller
    kind: str
    parent: str
    record: Record


class Order(enum.Enum):
    """In which order a listing goes."""

    OLDEST_FIRST = ("sequence", ">", "ASC")
    NEWEST_FIRST = ("sequence", "<", "DESC")
    BY_NAME = ("name", ">", "ASC")

    def key(self, record: Record) -> str:
        """What a page token remembers of the last record of a page."""
        return record.name if self is Order.BY_NAME else str(record.sequence)


@dataclass(frozen=True, slots=True)
class Shelf:
    """All records of one kind that belong to one thing, in one account and region."""

    store: Store
    caller: Caller
    kind: str
    parent: str = ""

    @property
    def _place(self) -> tuple[str, str, str, str]:
        return (self.caller.account_id, self.caller.region_name, self.kind, self.parent)

    def add(self, name: str, document: JsonObject, *, at: float) -> Record | None:
        """Stores something new.

        Args:
            name: Its name.
            document: What is known of it.
            at: Seconds since the epoch.

        Returns:
            The record; None where there is one of this name already, which stays as it is.
        """
        if not self.add_all([(name, document)], at=at):
            return None
        return self.find(name)

    def add_all(self, entries: Iterable[tuple[str, JsonObject]], *, at: float) -> int:
        """Stores names with documents, and tells how many were new; those that exist stay."""
        rows = (
            (name, *_derived(self.kind, document), _encoded(document)) for name, document in entries
        )
        return self.add_encoded(rows, at=at)

    def add_encoded(self, rows: Iterable[tuple[str, str | None, bool, str]], *, at: float) -> int:
        """Does what `add_all` does, with a very large number of records.

        Args:
            rows: Names, keys, whether there are traits, and documents that are JSON already.
            at: Seconds since the epoch.

        Returns:
            How many were new.
        """
        rows, added = iter(rows), 0
        with self.store.change():
            number = self.store.shelf_id(*self._place)
            while chunk := list(islice(rows, _ROWS_A_STATEMENT)):
                values = chain.from_iterable(chunk)
                added += self.store.execute(_insertion(len(chunk)), number, at, *values)
            self._count(added)
        return added

    def _count(self, change: int) -> None:
        self.store.execute(
            f"UPDATE shelves SET record_count = record_count + ? WHERE {_PLACE}",
            *(change, *self._place),
        )

    def find(self, name: str) -> Record | None:
        """The record of a name."""
        found = self.store.find(
            f"SELECT sequence, name, created_at, document FROM records WHERE {_SHELF} AND name = ?",
            *self._place,
            name,
        )
        return None if found is None else _record(found)

    def save(self, record: Record, **changes: object) -> Record:
        """Stores a record anew, with changes to its document.

        Args:
            record: What there was.
            changes: Members that are other than before; None takes one away.

        Returns:
            What there is now.
        """
        document = {**record.document, **changes}
        document = {key: value for key, value in document.items() if value is not None}
        self.store.execute(
            "UPDATE records SET document = ? WHERE sequence = ?",
            _encoded(document),
            record.sequence,
        )
        return replace(record, document=document)

    def remove(self, name: str) -> bool:
        """Takes a record away; tells whether there was one."""
        with self.store.change():
            removed = self.store.execute(
                f"DELETE FROM records WHERE {_SHELF} AND name = ?", *self._place, name
            )
            self._count(-removed)
        return bool(removed)

    def clear(self) -> int:
        """Takes all records away, and tells how many there were."""
        with self.store.change():
            removed = self.store.execute(f"DELETE FROM records WHERE {_SHELF}", *self._place)
            self.store.execute(f"DELETE FROM shelves WHERE {_PLACE}", *self._place)
        return removed

    def count(self) -> int:
        """How many records there are."""
        found = self.store.find(f"SELECT record_count FROM shelves WHERE {_PLACE}", *self._place)
        return 0 if found is None else int(found[0])

    def all(
        self, order: Order = Order.OLDEST_FIRST, *, after: str | None = None
    ) -> Iterator[Record]:
        """The records in order, read as they are needed: change none of the shelf meanwhile.

        Args:
            order: The order.
            after: Begins behind the record of which `Order.key` said so.
        """
        column, comparison, direction = order.value
        values: list[object] = [*self._place]
        behind = ""
        if after is not None:
            behind = f" AND {column} {comparison} ?"
            values.append(after if order is Order.BY_NAME else int(after))
        rows = self.store.each(
            f"SELECT sequence, name, created_at, document FROM records"
            f" WHERE {_SHELF}{behind} ORDER BY {column} {direction}",
            *values,
        )
        return map(_record, rows)

    @property
    def number(self) -> int | None:
        """A number that no other shelf ever gets, not even one that is made in its place.

        It is None before there is anything on the shelf.
        """
        found = self.store.find(f"SELECT id FROM shelves WHERE {_PLACE}", *self._place)
        return None if found is None else int(found[0])

    def some(self, most: int, *, after: int = 0, key: str | None = None) -> list[Record]:
        """So many of the records, oldest first.

        Args:
            most: How many there are at most.
            after: The sequence behind which they begin.
            key: The key that they have, of a kind that has keys; None takes all.
        """
        keyed, values = ("", []) if key is None else (" AND key = ?", [key])
        rows = self.store.rows(
            f"SELECT sequence, name, created_at, document FROM records"
            f" WHERE {_SHELF}{keyed} AND sequence > ? ORDER BY sequence LIMIT ?",
            *(*self._place, *values, after, most),
        )
        return [_record(row) for row in rows]

    def with_traits(self, most: int, *, after: int = 0) -> list[Record]:
        """So many of the records that have what they are compared by, oldest first.

        Args:
            most: How many there are at most.
            after: The sequence behind which they begin.
        """
        rows = self.store.rows(
            f"SELECT sequence, name, created_at, document FROM records"
            f" WHERE {_SHELF} AND has_traits AND sequence > ? ORDER BY sequence LIMIT ?",
            *(*self._place, after, most),
        )
        return [_record(row) for row in rows]

    def at(self, sequences: Iterable[int]) -> list[Record]:
        """The records that were stored under these sequences, without those that are gone."""
        query = (
            f"SELECT sequence, name, created_at, document FROM records"
            f" WHERE sequence = ? AND {_SHELF}"
        )
        rows = (self.store.find(query, number, *self._place) for number in sequences)
        return [_record(row) for row in rows if row is not None]


def _make_private(path: Path) -> None:
    """Makes a file that only its owner may read; SQLite gives its companions the same mode."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


@lru_cache(maxsize=_ROWS_A_STATEMENT)
def _insertion(count: int) -> str:
    """The statement that adds so many rows: one for many takes half as long as one for each."""
    return (
        "INSERT OR IGNORE INTO records (shelf, created_at, name, key, has_traits, document)"
        " SELECT ?, ?, column1, column2, column3, column4"
        f" FROM (VALUES {', '.join(['(?, ?, ?, ?)'] * count)})"
    )


def _derived(kind: str, document: JsonObject) -> tuple[str | None, bool]:
    """The key of a document, and whether it has traits."""
    keys = (_text(document, member) for member in _KEYS.get(kind, ()))
    traits = (_text(document, member) for member in _TRAITS.get(kind, ()))
    return next(filter(None, keys), None), any(traits)


def _text(document: JsonObject, member: str) -> str | None:
    """A member that is a string, which nothing but an imported document needs to be asked."""
    value = document.get(member)
    return value if isinstance(value, str) else None


def _encoded(document: JsonObject) -> str:
    return json.dumps(document, separators=(",", ":"))


def _record(row: tuple[Any, ...]) -> Record:
    sequence, name, created_at, document = row
    return Record(sequence, name, created_at, json.loads(document))
