"""The arguments and options of every command that takes pictures.

They are declared here once; `picture_run` does what they say, and is loaded when a command runs.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import click

from rekognition_async.cli.target import Target, service_options

if TYPE_CHECKING:
    from rekognition_async.bulk.journal import Journal
    from rekognition_async.bulk.outcomes import PictureOutcome
    from rekognition_async.bulk.pictures import Pictures
    from rekognition_async.cli.client import CommandClient

_Command = TypeVar("_Command", bound=Callable[..., Any])

Bulk: TypeAlias = "Callable[..., AsyncGenerator[PictureOutcome[Any]]]"
"""A method in bulk, with the parameters of its operation: it takes pictures, and the settings."""

format_option = click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "json", "ndjson"]),
    default="table",
    show_default=True,
    help="A table for people, or documents with AWS's names: in one array, or one a line.",
)

collection_option = click.option(
    "--collection", "collection_id", required=True, metavar="ID", help="The collection."
)


@dataclass(frozen=True, kw_only=True)
class PictureOptions:
    """What the options say about the pictures of a command, and how they are gone through.

    Attributes:
        target: The service.
        sources: Where the pictures are, as `Pictures` takes it.
        s3_endpoint_url: Where S3 is listed; None is the region's endpoint.
        journal: The file in which outcomes are recorded.
        retry_failed: Whether pictures that it has as failed are tried again.
        shard: The part of the pictures to take: its index from 0, and how many parts there are.
        draw: The folder for pictures with what was found drawn on them.
        prepare: Whether pictures are made into what the service takes; None does so if it can.
        max_in_flight: How many pictures may be under way at once.
        output_format: How results are written.
    """

    target: Target
    sources: tuple[str, ...]
    s3_endpoint_url: str | None
    journal: str | None
    retry_failed: bool
    shard: tuple[int, int] | None
    draw: str | None
    prepare: bool | None
    max_in_flight: int | None
    output_format: str

    def run(
        self,
        operation: str,
        bulk: Callable[[CommandClient], Bulk],
        begin: Callable[[CommandClient], Awaitable[None]] | None = None,
    ) -> int:
        """Goes through the pictures, and tells the exit code.

        Args:
            operation: AWS's name of the operation.
            bulk: Gives a method in bulk, with the operation's own parameters.
            begin: What is awaited before the first picture.
        """
        import asyncio

        from rekognition_async.cli.picture_run import run_pictures

        return asyncio.run(run_pictures(self, operation, bulk, begin))

    def pictures(self) -> Pictures:
        """The pictures, to be gone through once.

        Raises:
            TypeError: A source cannot be one.
            ValueError: As TypeError.
        """
        from rekognition_async.bulk.pictures import Pictures

        return Pictures(*self.sources, s3_endpoint_url=self.s3_endpoint_url)

    def settings(self, pictures: Pictures, journal: Journal | None) -> dict[str, Any]:
        """What every method in bulk takes."""
        return {
            "pictures": pictures,
            "journal": journal,
            "shard": self.shard,
            "prepare": self.prepare,
            "max_in_flight": self.max_in_flight,
        }


def picture_options(*, required: bool = True) -> Callable[[_Command], _Command]:
    """Gives a command SOURCE… and the options of its `PictureOptions`, as ``pictures``.

    Args:
        required: Whether there has to be a source.
    """

    def decorate(command: _Command) -> _Command:
        @click.argument("sources", metavar="SOURCE...", nargs=-1, required=required)
        @service_options
        @click.option(
            "--s3-endpoint-url",
            metavar="URL",
            help="List s3://bucket/prefix here instead of at the region's endpoint.",
        )
        @click.option(
            "--journal",
            type=click.Path(dir_okay=False),
            metavar="FILE",
            help="Record what became of each picture; with it the same command goes on where it "
            "stopped.",
        )
        @click.option(
            "--retry-failed",
            is_flag=True,
            help="Try pictures again that the journal has as failed.",
        )
        @click.option(
            "--shard",
            metavar="I/N",
            callback=_parse_shard,
            help="Take the I-th of N parts of the pictures, from 1/N to N/N: the same ones on any "
            "machine.",
        )
        @click.option(
            "--draw",
            type=click.Path(file_okay=False),
            metavar="DIR",
            help="Write each picture with what was found drawn on it into this folder.",
        )
        @click.option(
            "--no-prepare",
            is_flag=True,
            help="Send files as they are, neither turned, converted nor scaled down.",
        )
        @click.option(
            "--max-in-flight",
            type=click.IntRange(min=1),
            metavar="N",
            help="So many pictures at once at most; by default as many as keep the quota used.",
        )
        @format_option
        @functools.wraps(command)
        def with_pictures(
            *,
            target: Target,
            sources: tuple[str, ...],
            s3_endpoint_url: str | None,
            journal: str | None,
            retry_failed: bool,
            shard: tuple[int, int] | None,
            draw: str | None,
            no_prepare: bool,
            max_in_flight: int | None,
            output_format: str,
            **others: Any,
        ) -> Any:
            if retry_failed and journal is None:
                raise click.UsageError("--retry-failed needs --journal")
            pictures = PictureOptions(
                target=target,
                sources=sources,
                s3_endpoint_url=s3_endpoint_url,
                journal=journal,
                retry_failed=retry_failed,
                shard=shard,
                draw=draw,
                prepare=False if no_prepare else None,
                max_in_flight=max_in_flight,
                output_format=output_format,
            )
            return command(pictures=pictures, **others)

        return with_pictures  # type: ignore[return-value] # as of target_options

    return decorate


def _parse_shard(_: click.Context, __: click.Parameter, text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    part, _slash, parts = text.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts)):
        raise click.BadParameter(f"it must be I/N with 1 <= I <= N, as in 3/10, got {text!r}")
    return int(part) - 1, int(parts)
