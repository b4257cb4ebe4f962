"""Runs the rows, and prints their table. All figures but those of health are CPU time."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.emulator.rows import ROWS, Figure, Settings


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.emulator", description=__doc__)
    parser.add_argument(
        "--small", action="store_true", help="tiny sizes, one round: shows only that it works"
    )
    parser.add_argument(
        "--base", type=Path, metavar="TREE", help="a checkout of another build to compare with"
    )
    parser.add_argument(
        "--rows", default="", metavar="TEXT", help="only the rows whose name holds this"
    )
    return parser.parse_args()


def _shown(figure: Figure) -> str:
    """A figure; one that is not kept stands out."""
    return f"**{figure.text}**" if figure.is_kept is False else figure.text


def main() -> int:
    """Runs what was asked for; returns 1 where a figure is not what it must be."""
    arguments = _arguments()
    sys.stdout.write("| work | must | seen |\n|---|---|---|\n")
    is_missed = False
    with TemporaryDirectory() as folder:
        base = None if arguments.base is None else arguments.base.resolve()
        settings = Settings(base, arguments.small, Path(folder))
        for row in ROWS:
            if arguments.rows not in row.work:
                continue
            figures = row.measure(settings)
            is_missed |= any(figure.is_kept is False for figure in figures)
            shown = "; ".join(_shown(figure) for figure in figures)
            sys.stdout.write(f"| {row.work} | {row.must} | {shown} |\n")
            sys.stdout.flush()
    return int(is_missed and not arguments.small)


if __name__ == "__main__":
    sys.exit(main())
