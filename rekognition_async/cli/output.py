"""How records are written: a table for people, JSON and JSON lines for programs."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Protocol, Self

from rich.console import Console
from rich.table import Table

Record = Mapping[str, Any]
"""A record: a row of a table has text or None under each name, a document any JSON."""

# An id that is cut or folded is another id: a line too long for the terminal is wrapped by the
# terminal, which keeps it whole when it is copied.
_WIDTH = 10_000


class Stream(Protocol):
    """Where records are written."""

    def write(self, text: str, /) -> object:
        """Takes text."""

    def flush(self) -> object:
        """Hands it on."""

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        ...


class Writer:
    """Writes records as they come: what came together with one page is written together.

    Attributes:
        count: How many records were taken.
        is_broken: Whether whoever read the stream has stopped reading; the task that entered
            this writer is cancelled then.
        on_flush: Called after records were written.
    """

    def __init__(self, stream: Stream) -> None:
        """Writes to ``stream``."""
        self._stream = stream
        self._waiting: list[Record] = []
        self._owner: asyncio.Task[object] | None = None
        self.count = 0
        self.is_broken = False
        self.on_flush: Callable[[], object] = lambda: None

    def __enter__(self) -> Self:
        self._owner = asyncio.current_task()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.is_broken:
            raise BrokenPipeError
        self.flush()
        self._end()
        self._stream.flush()

    def write(self, record: Record) -> None:
        """Takes a record; it is on the stream before the event loop waits for anything."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._flush_between)
        self._waiting.append(record)
        self.count += 1

    def _flush_between(self) -> None:
        try:
            self.flush()
        except BrokenPipeError:
            # Nobody reads on, and an exception here would only reach the event loop's log.
            self.is_broken = True
            if self._owner is not None:
                self._owner.cancel()

    def flush(self) -> None:
        """Writes what was taken."""
        if self._waiting:
            records, self._waiting = self._waiting, []
            self._write(records)
            self._stream.flush()
            self.on_flush()

    def _write(self, records: list[Record]) -> None:
        for record in records:
            self._stream.write(json.dumps(record) + "\n")

    def _end(self) -> None:
        """Writes what comes behind the last record."""


class JsonWriter(Writer):
    """One JSON array, a record a line."""

    def __init__(self, stream: Stream) -> None:
        """Writes to ``stream``."""
        super().__init__(stream)
        self._before = "[\n"

    def _write(self, records: list[Record]) -> None:
        for record in records:
            self._stream.write(self._before + json.dumps(record))
            self._before = ",\n"

    def _end(self) -> None:
        self._stream.write("[]\n" if self.count == 0 else "\n]\n")


class TableWriter(Writer):
    """Columns under one header."""

    def __init__(self, stream: Stream) -> None:
        """Writes to ``stream``, in colour where it is a terminal."""
        super().__init__(stream)
        self._is_terminal = stream.isatty()
        self._widths: dict[str, int] = {}

    def _write(self, records: list[Record]) -> None:
        table = Table(box=None, pad_edge=False, show_header=not self._widths)
        # Later rows stand below earlier ones, and below no narrower ones.
        for name in records[0]:
            widest = max(len(name), *(len(record[name] or "") for record in records))
            self._widths[name] = max(widest, self._widths.get(name, 0))
            title = name.replace("_", " ").upper()
            table.add_column(title, min_width=self._widths[name], overflow="fold")
        for record in records:
            table.add_row(*(value or "-" for value in record.values()))
        self._stream.write(_rendered(table, is_terminal=self._is_terminal))


WRITERS = {"table": TableWriter, "json": JsonWriter, "ndjson": Writer}
"""The writers by the name of their format."""


def write_one(record: Mapping[str, object], output_format: str) -> None:
    """Writes one record to stdout: its fields below each other, or as JSON."""
    if output_format == "json":
        sys.stdout.write(json.dumps(record, default=str) + "\n")
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, value in record.items():
        table.add_row(name.replace("_", " "), str(value))
    sys.stdout.write(_rendered(table, is_terminal=sys.stdout.isatty()))


def _rendered(table: Table, *, is_terminal: bool) -> str:
    # Through a buffer: Rich ends the process itself where it finds a pipe broken.
    buffer = io.StringIO()
    console = Console(
        file=buffer,
        width=_WIDTH,
        force_terminal=is_terminal,
        # What the service answers is no markup.
        markup=False,
        emoji=False,
        highlight=False,
    )
    console.print(table)
    return "".join(line.rstrip() + "\n" for line in buffer.getvalue().splitlines())
