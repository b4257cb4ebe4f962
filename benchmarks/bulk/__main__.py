"""Runs the rows, and prints their table."""

from __future__ import annotations

import argparse
import asyncio
import platform
import sys
from typing import Final

from benchmarks.bulk.rows import ROWS

_NAMES: Final = [row.name for row in ROWS]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bulk", description=__doc__)
    parser.add_argument(
        "--small", action="store_true", help="a few requests: shows only that it works"
    )
    parser.add_argument("--rows", nargs="+", choices=_NAMES, default=_NAMES, help="only these rows")
    return parser.parse_args()


async def _main() -> int:
    arguments = _arguments()
    missed = 0
    sys.stdout.write("| work | must | seen |\n|---|---|---|\n")
    for row in ROWS:
        if row.name not in arguments.rows:
            continue
        seen, is_kept = await row.measure(arguments.small)
        missed += not is_kept
        sys.stdout.write(f"| {row.work} | {row.must} | {seen if is_kept else f'**{seen}**'} |\n")
        sys.stdout.flush()
    machine = f"{platform.python_implementation()} {platform.python_version()}"
    sys.stdout.write(f"\n{machine} on {platform.system()} {platform.machine()}.\n")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
