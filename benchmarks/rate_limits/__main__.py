"""Runs the rows, and prints or writes their table."""

from __future__ import annotations

import argparse
import asyncio
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.rate_limits.rows import ROWS, Figure, Row
from benchmarks.rate_limits.run import has_redis

_BEGIN: Final = "<!-- measured by python -m benchmarks.rate_limits -->"
_END: Final = "<!-- end -->"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rate_limits", description=__doc__)
    parser.add_argument(
        "--small", action="store_true", help="a few calls and seconds: shows only that it works"
    )
    parser.add_argument(
        "--rows", default="", metavar="TEXT", help="only the rows whose name holds this"
    )
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="put the table between the marks of a page"
    )
    return parser.parse_args()


async def _measured(rows: Sequence[Row], *, small: bool) -> list[tuple[Row, list[Figure]]]:
    measured: list[tuple[Row, list[Figure]]] = []
    for row in rows:
        if row.needs_redis and not has_redis():
            measured.append((row, [Figure("not run: no redis-server here")]))
            continue
        figures = await row.measure(small)
        sys.stderr.write(f"{row.work}: {_shown(figures)}\n")
        measured.append((row, figures))
    return measured


def _shown(figures: Sequence[Figure]) -> str:
    """The figures of a row; what is not kept stands out."""
    return "; ".join(
        f"**{figure.text}**" if figure.is_kept is False else figure.text for figure in figures
    )


def _table(measured: Sequence[tuple[Row, Sequence[Figure]]]) -> str:
    lines = ["| work | must | seen |", "|---|---|---|"]
    lines += [f"| {row.work} | {row.must or '-'} | {_shown(seen)} |" for row, seen in measured]
    machine = f"{platform.python_implementation()} {platform.python_version()}"
    return "\n".join([*lines, "", f"{machine} on {platform.system()} {platform.machine()}."])


def _write(page: Path, table: str) -> None:
    text = page.read_text(encoding="utf-8")
    head, begin, rest = text.partition(_BEGIN)
    _, end, tail = rest.partition(_END)
    if not (begin and end):
        raise SystemExit(f"{page} has no {_BEGIN} … {_END}")
    page.write_text(f"{head}{begin}\n\n{table}\n\n{end}{tail}", encoding="utf-8")


def main() -> int:
    """Runs what was asked for; returns 1 where a figure is not what it must be."""
    arguments = _arguments()
    rows = [row for row in ROWS if arguments.rows in row.work]
    measured = asyncio.run(_measured(rows, small=arguments.small))
    table = _table(measured)
    sys.stdout.write(f"{table}\n")
    if arguments.write is not None:
        _write(arguments.write, table)
    return int(
        any(
            figure.is_kept is False
            for _, figures in measured
            for figure in figures
            if figure.counts_in_small or not arguments.small
        )
    )


if __name__ == "__main__":
    sys.exit(main())
