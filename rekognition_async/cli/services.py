"""One call, one listing, one wait, or faces by their ids, as a command: its way from end to end."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Iterable
from contextlib import AbstractContextManager, aclosing, nullcontext
from typing import Any

import click
from rich.console import Console

from rekognition_async.cli.client import CommandClient
from rekognition_async.cli.output import WRITERS, write_one
from rekognition_async.cli.tables import Row
from rekognition_async.cli.target import Target


def run_call(
    target: Target,
    call: Callable[[CommandClient], Awaitable[Any]],
    output_format: str,
    rows: Callable[[Any], Iterable[Row]] | None = None,
) -> Any:
    """Makes one call, writes its answer, and gives it.

    Args:
        target: The service.
        call: Makes it.
        output_format: How the answer is written.
        rows: The rows of the answer's table; None writes its members below each other.
    """

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
    row: Callable[[Any], Row],
) -> None:
    """Goes through a listing, and writes its items as pages come.

    Args:
        target: The service.
        listing: Gives it.
        output_format: How items are written.
        row: The row of an item in a table.
    """

    async def run() -> None:
        async with target.running() as running, running.client() as client:
            with WRITERS[output_format](sys.stdout) as writer:
                async for item in listing(client):
                    if output_format == "table":
                        writer.write(row(item))
                    else:
                        writer.write(item.model_dump(mode="json", by_alias=True))

    asyncio.run(run())


def run_wait(target: Target, wait: Callable[[CommandClient], Awaitable[object]], told: str) -> None:
    """Waits for something, and shows on stderr that it does, where that is a terminal.

    Args:
        target: The service.
        wait: Waits for it.
        told: What is waited for.
    """
    shown: AbstractContextManager[object] = nullcontext()
    if sys.stderr.isatty():
        shown = Console(stderr=True, markup=False).status(f"waiting for {told}")

    async def run() -> None:
        async with target.running() as running, running.client() as client:
            await wait(client)

    with shown:
        asyncio.run(run())


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
    name = "face_id" if output_format == "table" else "FaceId"

    async def run() -> int:
        code = 0
        async with target.running() as running, running.client() as client:
            with WRITERS[output_format](sys.stdout) as writer:
                async with aclosing(bulk(client)) as outcomes:
                    async for outcome in outcomes:
                        refused = set(outcome.unsuccessful_face_ids)
                        for face_id in outcome.face_ids:
                            if face_id in refused:
                                code = 1
                                reason = _reason(outcome, face_id)
                                click.echo(f"rekognition-async: {face_id}: {reason}", err=True)
                            else:
                                writer.write({name: face_id})
        return code

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
