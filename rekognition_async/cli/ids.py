"""Commands that take ids of faces: as arguments, or as lines of the standard input."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rekognition_async.cli.client import CommandClient
    from rekognition_async.cli.target import Target


def _parse_ids(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """The ids of the arguments, with the lines of the standard input in the place of ``-``."""
    import sys

    # Read before there is an event loop, which a read would hold up.
    lines = tuple(filter(None, map(str.strip, sys.stdin))) if "-" in values else ()
    ids: list[str] = []
    for value in values:
        ids.extend(lines if value == "-" else (value,))
    return tuple(ids)


ids_argument = click.argument(
    "face_ids", metavar="FACE_ID...", nargs=-1, required=True, callback=_parse_ids
)


def run_ids(
    target: Target,
    bulk: Callable[[CommandClient], AsyncGenerator[Any]],
    output_format: str,
) -> int:
    """Goes through faces, writes for which it was done, and tells the exit code.

    Args:
        target: The service.
        bulk: Gives the outcomes.
        output_format: How they are written.
    """
    import asyncio
    import sys
    from contextlib import aclosing

    from rekognition_async.cli.output import WRITERS

    async def run() -> int:
        failed = False
        async with target.running() as running, running.client() as client:
            with WRITERS[output_format](sys.stdout) as writer:
                async with aclosing(bulk(client)) as outcomes:
                    async for outcome in outcomes:
                        refused = set(outcome.unsuccessful_face_ids)
                        for face_id in outcome.face_ids:
                            if face_id not in refused:
                                writer.write(
                                    {"face_id" if output_format == "table" else "FaceId": face_id}
                                )
                            else:
                                failed = True
                                click.echo(
                                    f"rekognition-async: {face_id}: {_reason(outcome, face_id)}",
                                    err=True,
                                )
        return 1 if failed else 0

    return asyncio.run(run())


def _reason(outcome: Any, face_id: str) -> str:
    """Why it was not done for a face."""
    if outcome.error is not None:
        return " ".join(str(outcome.error).split())
    answer = outcome.response
    for name in ("unsuccessful_face_deletions", "unsuccessful_face_associations"):
        for face in getattr(answer, name, ()):
            if face.face_id == face_id:
                return ", ".join(map(str, face.reasons))
    return "the service did not do it"
