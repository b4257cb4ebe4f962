"""A file of outcomes, by which a bulk goes on where it stopped: a database of SQLite.

`Journal` says where it is. A bulk opens it as an `OpenJournal`, which nobody else can have open
at the same time: SQLite's own lock on the file, which the operating system takes back from a
process that was killed. What is written together is committed together, in a thread.
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from pydantic import BaseModel

from rekognition_async.bulk.outcomes import Outcome
from rekognition_async.errors import ConfigurationError, ServiceError

_APPLICATION_ID: Final = 0x52656B6F  # "Reko"
_FORMAT: Final = 1
_ROWS_AT_ONCE: Final = 500
_SENT: Final = "sent"
_SUCCEEDED: Final = "succeeded"
_FAILED: Final = "failed"

_SCHEMA: Final = f"""
BEGIN;
CREATE TABLE bound (operation TEXT NOT NULL, parameters TEXT NOT NULL);
CREATE TABLE outcomes (
    key PRIMARY KEY NOT NULL,
    state TEXT NOT NULL,
    request TEXT,
    response TEXT,
    code TEXT,
    message TEXT,
    attempts INTEGER,
    seconds REAL,
    recorded_at REAL
);
CREATE INDEX in_doubt ON outcomes (key) WHERE state = 'sent';
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {_FORMAT};
COMMIT;
"""

_T = TypeVar("_T")
_Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class RecordedOutcome:
    """An outcome as a journal has it.

    Attributes:
        key: The key of the request.
        response: The answer as a document under AWS's names, for ``model_validate`` of the
            response's class; None where the request failed.
        code: AWS's code of the error, or the name of its class where it was no error of the
            service's; None where there was none.
        message: The text of the error.
        attempts: How often the request was sent.
        seconds: How long it took.
        recorded_at: When it was recorded.
    """

    key: str
    response: dict[str, Any] | None
    code: str | None
    message: str | None
    attempts: int
    seconds: float
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class JournalCounts:
    """How many requests a journal knows.

    Attributes:
        succeeded: Those that were answered.
        failed: Those that failed.
        in_doubt: Those that were sent, when the process ended before they were answered.
    """

    succeeded: int
    failed: int
    in_doubt: int


@dataclass(frozen=True, slots=True)
class Journal:
    """A file in which a bulk records what became of each key, to go on from another time.

    Hand it, or its path, to the same call again: keys that are recorded are passed over, and what
    was left out is done. One bulk at a time can use it, and it serves for one operation with the
    same parameters.

    Attributes:
        path: Where the file is, or is to be made. It is a database of SQLite; files beside it
            that end in ``-wal`` belong to it.
        retry_failed: Whether keys that are recorded as failed are tried again.
    """

    path: str | os.PathLike[str]
    retry_failed: bool = False

    async def outcomes(self) -> AsyncGenerator[RecordedOutcome]:
        """What is recorded, in the order in which it was; not while a bulk uses the journal.

        Raises:
            ConfigurationError: There is no such file, it is no journal, or it is in use.
        """
        last = 0
        while rows := await asyncio.to_thread(self._read, _SOME_OUTCOMES, (last, _ROWS_AT_ONCE)):
            for _, key, response, code, message, attempts, seconds, recorded_at in rows:
                yield RecordedOutcome(
                    _from_column(key),
                    None if response is None else json.loads(response),
                    code,
                    message,
                    attempts,
                    seconds,
                    datetime.fromtimestamp(recorded_at, UTC),
                )
            last = rows[-1][0]

    async def counts(self) -> JournalCounts:
        """How many requests are recorded; not while a bulk uses the journal.

        Raises:
            ConfigurationError: There is no such file, it is no journal, or it is in use.
        """
        counts = dict(await asyncio.to_thread(self._read, _COUNTS, ()))
        return JournalCounts(
            counts.get(_SUCCEEDED, 0), counts.get(_FAILED, 0), counts.get(_SENT, 0)
        )

    def _read(self, statement: str, parameters: _Row) -> list[Any]:
        if not Path(self.path).is_file():
            raise ConfigurationError(f"there is no journal {os.fspath(self.path)!r}")
        with closing(_connect(self.path)) as connection:
            return connection.execute(statement, parameters).fetchall()


def _dumped(value: Any) -> Any:
    """A parameter that is a model, such as settings and filters, as the mapping it stands for."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    raise TypeError(f"no parameter of an operation is a {type(value).__name__}")


class OpenJournal:
    """A journal while a bulk uses it.

    Attributes:
        keys_in_doubt: The keys of requests that an earlier run sent, and recorded no outcome of.
        looking_up: Held while somebody looks up what became of them.
    """

    def __init__(self, journal: Journal, operation: str, parameters: Mapping[str, Any]) -> None:
        """Takes the journal, and what it is used for."""
        self._journal = journal
        self._bound = operation, json.dumps(parameters, default=_dumped, sort_keys=True)
        self._retry_failed = journal.retry_failed
        self._thread = ThreadPoolExecutor(1, "rekognition-journal")
        self._connection: sqlite3.Connection
        self._to_write: list[tuple[_Row, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self.keys_in_doubt: frozenset[str] = frozenset()
        self.looking_up = asyncio.Lock()

    async def __aenter__(self) -> Self:
        try:
            await self._run(self._open)
        except BaseException:
            self._thread.shutdown(wait=False)
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            if self._writing is not None:
                await asyncio.wait({self._writing})
            await self._run(self._connection.close)
        finally:
            self._thread.shutdown(wait=False)

    def is_in_doubt(self, key: str) -> bool:
        """Whether an earlier run sent a request for the key, and recorded no outcome of it."""
        return key in self.keys_in_doubt

    async def has(self, key: str, digest: str | None) -> bool:
        """Whether there is nothing to do for a key.

        Args:
            key: The key.
            digest: What tells its request from another one.

        Raises:
            ConfigurationError: The journal has another request under this key.
        """
        found = await self._run(
            lambda: self._connection.execute(_ONE_STATE, (_as_column(key),)).fetchone()
        )
        if found is None:
            return False
        state, recorded = found
        if recorded != digest:
            raise ConfigurationError(
                f"the journal {self._path!r} has another request under the key {key!r}: "
                "take another journal, or keys that differ"
            )
        return state == _SUCCEEDED or (state == _FAILED and not self._retry_failed)

    async def mark(self, key: str, digest: str | None) -> None:
        """Records that a request is about to be sent; returns when that is on disk."""
        await self._write((_as_column(key), _SENT, digest, *(None,) * 6))

    async def record(self, outcome: Outcome[Any], digest: str | None) -> None:
        """Records what became of a request; returns when that is on disk."""
        error, response = outcome.error, outcome.response
        await self._write(
            (
                _as_column(outcome.key),
                _FAILED if response is None else _SUCCEEDED,
                digest,
                None if response is None else response.model_dump_json(by_alias=True),
                None if error is None else _code_of(error),
                None if error is None else str(error),
                outcome.attempts,
                outcome.seconds,
                time.time(),
            )
        )

    @property
    def _path(self) -> str:
        return os.fspath(self._journal.path)

    async def _run(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _open(self) -> None:
        self._connection = _connect(self._path)
        try:
            bound = self._connection.execute(_BOUND).fetchone()
            if bound is None:
                self._connection.execute(_BIND, self._bound)
            else:
                _check_use(self._path, bound, self._bound)
            in_doubt = self._connection.execute(_IN_DOUBT).fetchall()
            self.keys_in_doubt = frozenset(_from_column(key) for (key,) in in_doubt)
        except BaseException:
            self._connection.close()
            raise

    async def _write(self, row: _Row) -> None:
        written = asyncio.get_running_loop().create_future()
        self._to_write.append((row, written))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        await written

    async def _write_all(self) -> None:
        while self._to_write:
            batch, self._to_write = self._to_write, []
            rows = [row for row, _ in batch]
            failure: Exception | None = None
            try:
                await self._run(functools.partial(self._commit, rows))
            except sqlite3.Error as error:
                failure = ConfigurationError(
                    f"the journal {self._path!r} cannot be written: {error}"
                )
                failure.__cause__ = error
            for _, written in batch:
                if written.done():
                    continue
                if failure is None:
                    written.set_result(None)
                else:
                    written.set_exception(failure)

    def _commit(self, rows: list[_Row]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.executemany(_WRITE, rows)
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise


_BOUND: Final = "SELECT operation, parameters FROM bound"
_BIND: Final = "INSERT INTO bound VALUES (?, ?)"
_ONE_STATE: Final = "SELECT state, request FROM outcomes WHERE key = ?"
_IN_DOUBT: Final = "SELECT key FROM outcomes WHERE state = 'sent'"
_WRITE: Final = "INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_COUNTS: Final = "SELECT state, count(*) FROM outcomes GROUP BY state"
_SOME_OUTCOMES: Final = """
SELECT rowid, key, response, code, message, attempts, seconds, recorded_at FROM outcomes
WHERE rowid > ? AND state != 'sent' ORDER BY rowid LIMIT ?
"""


def _connect(path: str | os.PathLike[str]) -> sqlite3.Connection:
    """Opens a journal, or makes it, and locks it for as long as it is open.

    Raises:
        ConfigurationError: It cannot be opened, is no journal, or is in use.
    """
    name = os.fspath(path)
    try:
        connection = sqlite3.connect(name, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            # The lock is taken with the first transaction.
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("COMMIT")
            (kind,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            if tables:
                _check_kind(name, kind, version)
            else:
                connection.executescript(_SCHEMA)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        if error.sqlite_errorname in {"SQLITE_BUSY", "SQLITE_LOCKED"}:
            problem = f"the journal {name!r} is in use: one bulk at a time can have it"
        else:
            problem = f"the journal {name!r} cannot be used: {error}"
        raise ConfigurationError(problem) from error
    return connection


def _check_kind(name: str, kind: int, version: int) -> None:
    if kind != _APPLICATION_ID:
        raise ConfigurationError(f"{name!r} is no journal, but another database")
    if version != _FORMAT:
        raise ConfigurationError(
            f"the journal {name!r} is of format {version}, and this version reads {_FORMAT}"
        )


def _check_use(path: str, bound: tuple[str, str], wanted: tuple[str, str]) -> None:
    if bound == wanted:
        return
    if bound[0] != wanted[0]:
        difference = f"is of {bound[0]}, not of {wanted[0]}"
    else:
        before, now = json.loads(bound[1]), json.loads(wanted[1])
        names = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
        told = (f"{name}={before.get(name)!r}, not {now.get(name)!r}" for name in names)
        difference = f"is of {bound[0]} with {', '.join(told)}"
    raise ConfigurationError(f"the journal {path!r} {difference}: take another journal")


def _code_of(error: Exception) -> str:
    return error.code if isinstance(error, ServiceError) else type(error).__name__


def _as_column(key: str) -> str | bytes:
    """A key as SQLite takes it: names of files may be no Unicode."""
    try:
        key.encode()
    except UnicodeEncodeError:
        return key.encode("utf-8", "surrogateescape")
    return key


def _from_column(key: str | bytes) -> str:
    return key if isinstance(key, str) else key.decode("utf-8", "surrogateescape")
