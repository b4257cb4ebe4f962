"""One call, or one listing, as a command: its answer as a table or as AWS's own document."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rekognition_async.cli.client import CommandClient
    from rekognition_async.cli.target import Target


def run_call(
    target: Target,
    call: Callable[[CommandClient], Awaitable[Any]],
    output_format: str,
    rows: Callable[[Any], Iterable[Mapping[str, str | None]]] | None = None,
) -> Any:
    """Makes one call, writes its answer, and gives it.

    Args:
        target: The service.
        call: Makes it.
        output_format: How the answer is written.
        rows: The rows of the answer's table; None writes its members below each other.
    """
    import asyncio
    import sys

    from rekognition_async.cli.output import WRITERS, write_one

    async def run() -> Any:
        async with target.running() as running, running.client() as client:
            answer = await call(client)
            if output_format == "table" and rows is not None:
                with WRITERS["table"](sys.stdout) as writer:
                    for row in rows(answer):
                        writer.write(row)
            return answer

    answer = asyncio.run(run())
    if output_format != "table":
        write_one(answer.model_dump(mode="json", by_alias=True), "json")
    elif rows is None:
        members = answer.model_dump(mode="json")
        if members:
            write_one(members, "table")
    return answer


def run_listing(
    target: Target,
    listing: Callable[[CommandClient], AsyncIterable[Any]],
    output_format: str,
    row: Callable[[Any], Mapping[str, str | None]],
) -> None:
    """Goes through a listing, and writes its items as pages come.

    Args:
        target: The service.
        listing: Gives it.
        output_format: How items are written.
        row: The row of an item in a table.
    """
    import asyncio
    import sys

    from rekognition_async.cli.output import WRITERS

    async def run() -> None:
        async with target.running() as running, running.client() as client:
            with WRITERS[output_format](sys.stdout) as writer:
                async for item in listing(client):
                    if output_format == "table":
                        writer.write(row(item))
                    else:
                        writer.write(item.model_dump(mode="json", by_alias=True))

    asyncio.run(run())
