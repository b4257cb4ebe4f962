"""How far a command is with its pictures, on stderr while that is a terminal."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

_SECONDS_BETWEEN_LINES = 30.0
_REFRESHES_PER_SECOND = 8


@dataclass
class Counts:
    """How far it is.

    Attributes:
        total: How many pictures there are; None where that is not known.
        before: How many of them an earlier run did.
        succeeded: How many were answered.
        failed: How many failed.
    """

    total: int | None = None
    before: int = 0
    succeeded: int = 0
    failed: int = 0

    @property
    def done(self) -> int:
        """How many are over in this run."""
        return self.succeeded + self.failed


class Reporter:
    """Tells on stderr how far it is, and says what is to be said without spoiling that.

    Attributes:
        stdout: The standard output, for results.
    """

    def __init__(self, counts: Counts, waiting: Callable[[], int]) -> None:
        """Takes what is told.

        Args:
            counts: How far it is.
            waiting: How many requests wait for their turn.
        """
        self._counts = counts
        self._waiting = waiting
        self._progress: Progress | None = None
        self.stdout = _Stdout()
        self._told_at = 0.0

    @contextmanager
    def shown(self) -> Generator[None]:
        """Shows a bar where stderr is a terminal, and elsewhere a line now and then."""
        self._told_at = asyncio.get_running_loop().time()
        if not sys.stderr.isatty():
            yield
            return
        progress = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=12),
            _CountsColumn(self._counts, self._waiting),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True, markup=False, highlight=False),
            transient=True,
            refresh_per_second=_REFRESHES_PER_SECOND,
            redirect_stdout=False,
        )
        self._task = progress.add_task("pictures", total=None, completed=self._counts.before)
        try:
            with progress:
                self._progress = self.stdout.progress = progress
                yield
        finally:
            self._progress = self.stdout.progress = None

    def update(self) -> None:
        """Tells how far it is now."""
        counts = self._counts
        done = counts.before + counts.done
        if self._progress is not None:
            total = None if counts.total is None else max(counts.total, done)
            self._progress.update(self._task, completed=done, total=total)
            return
        now = asyncio.get_running_loop().time()
        if not sys.stderr.isatty() and now - self._told_at >= _SECONDS_BETWEEN_LINES:
            self._told_at = now
            of_all = "" if counts.total is None else f" of {counts.total:,}"
            self.say(f"{done:,}{of_all} done, {counts.failed:,} failed")

    def say(self, text: str) -> None:
        """Says something in a line of its own."""
        click.echo(f"rekognition-async: {' '.join(text.split())}", file=sys.stderr)


class _Stdout:
    """The standard output; on a terminal that shows a bar, results are put above it.

    Attributes:
        progress: The bar that is shown.
    """

    def __init__(self) -> None:
        self.progress: Progress | None = None
        self._rest = ""

    def write(self, text: str, /) -> None:
        if self.progress is None or not sys.stdout.isatty():
            sys.stdout.write(self._rest + text)
            self._rest = ""
            return
        lines, newline, self._rest = (self._rest + text).rpartition("\n")
        if newline:
            # A line that is too long is wrapped by the terminal, which keeps it whole.
            self.progress.console.print(Text.from_ansi(lines), soft_wrap=True)

    def flush(self) -> None:
        sys.stdout.flush()

    def isatty(self) -> bool:
        return sys.stdout.isatty()


class _CountsColumn(TextColumn):
    """Done, failed, a second, and waiting for the quota."""

    def __init__(self, counts: Counts, waiting: Callable[[], int]) -> None:
        super().__init__("")
        self._counts = counts
        self._waiting = waiting

    def render(self, task: Task) -> Text:
        counts = self._counts
        done = counts.before + counts.done
        parts = [f"{done:,}" if counts.total is None else f"{done:,}/{max(counts.total, done):,}"]
        if counts.failed:
            parts.append(f"{counts.failed:,} failed")
        if task.elapsed:
            parts.append(f"{counts.done / task.elapsed:.1f}/s")
        waiting = self._waiting()
        if waiting:
            parts.append(f"{waiting:,} wait for quota")
        return Text(" · ".join(parts))
