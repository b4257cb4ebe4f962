"""The argument of commands that take ids of faces: words, or lines of the standard input."""

from __future__ import annotations

import sys

import click


def _parse_ids(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """The ids, with the lines of the standard input in the place of ``-``."""
    # Read before there is an event loop, which a read would hold up.
    lines = tuple(filter(None, map(str.strip, sys.stdin))) if "-" in values else ()
    ids: list[str] = []
    for value in values:
        ids.extend(lines if value == "-" else (value,))
    return tuple(ids)


ids_argument = click.argument(
    "face_ids", metavar="FACE_ID...", nargs=-1, required=True, callback=_parse_ids
)
