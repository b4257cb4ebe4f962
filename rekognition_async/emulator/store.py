"""The emulator's state in SQLite: in memory, or in a file that outlives the process."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

_VERSION: Final = 1
_KEY_LENGTH: Final = 32

_SCHEMA: Final = """
CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE collections (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id TEXT NOT NULL,
    region_name TEXT NOT NULL,
    collection_id TEXT NOT NULL,
    face_model_version TEXT NOT NULL,
    created_at REAL NOT NULL,
    tags TEXT NOT NULL,
    UNIQUE (account_id, region_name, collection_id)
) STRICT;
CREATE INDEX collections_in_order ON collections (account_id, region_name, sequence);
"""


class Store:
    """A connection to the state; what a statement changed outlives a kill -9 once it returns."""

    def __init__(self, path: str | os.PathLike[str] | None) -> None:
        """Opens the state.

        Args:
            path: The file, made where there is none; None keeps the state in memory.

        Raises:
            ValueError: The file is in use by another emulator, or is not an emulator's state.
        """
        self._connection = sqlite3.connect(
            ":memory:" if path is None else Path(path), isolation_level=None, timeout=0
        )
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            self._connection.close()
            busy = isinstance(error, sqlite3.OperationalError)
            reason = "cannot be opened, or is in use" if busy else "is not an emulator's state"
            raise ValueError(
                f"the state file {os.fspath(path or '')!r} {reason}: {error}"
            ) from error
        except ValueError:
            self._connection.close()
            raise
        self.token_key: bytes = self.row("SELECT value FROM secrets WHERE name = 'tokens'")[0]

    def _prepare(self) -> None:
        # One process at a time: page tokens, quotas and clocks are its own.
        self.execute("PRAGMA locking_mode = EXCLUSIVE")
        self.execute("PRAGMA journal_mode = WAL")
        # In WAL mode this outlives a killed process; only a power cut can take the last changes.
        self.execute("PRAGMA synchronous = NORMAL")
        self.execute("BEGIN IMMEDIATE")
        (version,) = self.row("PRAGMA user_version")
        if version == 0:
            if self.row("SELECT count(*) FROM sqlite_schema")[0]:
                raise ValueError("the state file is another program's database")
            for statement in _SCHEMA.split(";\n"):
                self.execute(statement)
            self.execute("INSERT INTO secrets VALUES ('tokens', ?)", os.urandom(_KEY_LENGTH))
            self.execute(f"PRAGMA user_version = {_VERSION}")
        elif version != _VERSION:
            raise ValueError(
                f"the state file is of version {version}, this emulator's is {_VERSION}"
            )
        self.execute("COMMIT")

    def close(self) -> None:
        """Closes the state; what is in memory is gone."""
        self._connection.close()

    def execute(self, statement: str, *values: object) -> int:
        """Runs a statement, and tells how many rows it changed."""
        return self._connection.execute(statement, values).rowcount

    def execute_many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Runs a statement for each row, all of them or none."""
        with self._connection:
            self.execute("BEGIN IMMEDIATE")
            self._connection.executemany(statement, rows)

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
