"""``rekognition-async journal``: what the journal of a command has recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rekognition_async.bulk.journal import RecordedOutcome


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--failed", is_flag=True, help="Print what failed, and why, and not the answers.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["json", "ndjson"]),
    default="ndjson",
    show_default=True,
    help="A document a line, or all in one array.",
)
def journal(*, file: str, failed: bool, output_format: str) -> None:
    """Print what a journal has recorded, also of runs before.

    Documents are those that the command printed with --format json, in the order in which they
    were recorded; with --failed they have Key, Code and Message.
    """
    import asyncio
    import sys

    from rekognition_async import Journal
    from rekognition_async.cli.output import WRITERS

    async def run() -> None:
        with WRITERS[output_format](sys.stdout) as writer:
            async for outcome in Journal(file).outcomes():
                if (outcome.response is None) == failed:
                    writer.write(_document(outcome))

    asyncio.run(run())


def _document(outcome: RecordedOutcome) -> dict[str, Any]:
    if outcome.response is None:
        return {"Key": outcome.key, "Code": outcome.code, "Message": outcome.message}
    return {"Key": outcome.key, **outcome.response}
