"""``rekognition-async collections``: list, create, describe, delete."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from rekognition_async import Collection, Paginator, RekognitionClient, RekognitionError
from rekognition_async.cli.output import WRITERS, Record, Writer, write_one
from rekognition_async.cli.target import Target, target_options
from rekognition_async.config import RetryDetails
from rekognition_async.errors import ConfigurationError, RequestValidationError
from rekognition_async.models import ListCollectionsResponse
from rekognition_async.operation import Response

region_option = click.option("--region", "region_name", help="AWS region, as in eu-west-1.")
format_option = click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
)


@click.group(no_args_is_help=False)
def collections() -> None:
    """Collections, in which the faces and users of an application are kept."""


@collections.command("list")
@click.option(
    "--region",
    "regions",
    multiple=True,
    help="AWS region, as in eu-west-1; repeat it to list several side by side.",
)
@click.option("--all-regions", is_flag=True, help="List all regions that have Rekognition.")
@click.option(
    "--page-size", type=click.IntRange(0, 4096), help="Ask for so many on a page (MaxResults)."
)
@click.option("--max-items", type=click.IntRange(min=0), help="End after so many, in each region.")
@click.option(
    "--prefetch",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Fetch so many pages ahead.",
)
@click.option(
    "--resume",
    "resumes",
    multiple=True,
    metavar="[REGION=]CHECKPOINT",
    help="Go on from a checkpoint that an interrupted listing printed.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(sorted(WRITERS)),
    default="table",
    show_default=True,
)
@target_options
def list_(
    target: Target,
    *,
    regions: tuple[str, ...],
    all_regions: bool,
    page_size: int | None,
    max_items: int | None,
    prefetch: int,
    resumes: tuple[str, ...],
    output_format: str,
) -> int:
    """List the collections, each with the version of its face model.

    Output streams while pages arrive. A region that fails is reported at the end and stops no
    other. Ctrl-C prints a checkpoint, with which --resume goes on behind the last line printed.
    """
    if regions and all_regions:
        raise click.UsageError("--region and --all-regions exclude each other")
    chosen = tuple(dict.fromkeys(regions))
    settings = ListSettings(page_size, max_items, prefetch, output_format)
    checkpoints = _checkpoints(resumes, chosen, all_regions=all_regions)
    return asyncio.run(_list(target, chosen, all_regions, checkpoints, settings))


@collections.command()
@click.argument("collection_id")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="Put a tag on it.")
@region_option
@format_option
@target_options
def create(
    target: Target,
    *,
    collection_id: str,
    tags: tuple[str, ...],
    region_name: str | None,
    output_format: str,
) -> None:
    """Create an empty collection."""
    pairs = dict(_pair("--tag", tag) for tag in tags) or None
    _run_one(
        replace(target, region_name=region_name),
        lambda client: client.create_collection(collection_id=collection_id, tags=pairs),
        output_format,
    )


@collections.command()
@click.argument("collection_id")
@region_option
@format_option
@target_options
def describe(
    target: Target,
    *,
    collection_id: str,
    region_name: str | None,
    output_format: str,
) -> None:
    """Show a collection's size, face model version, ARN and age."""
    _run_one(
        replace(target, region_name=region_name),
        lambda client: client.describe_collection(collection_id=collection_id),
        output_format,
    )


@collections.command()
@click.argument("collection_id")
@region_option
@format_option
@target_options
def delete(
    target: Target,
    *,
    collection_id: str,
    region_name: str | None,
    output_format: str,
) -> None:
    """Delete a collection with all its faces and users."""
    _run_one(
        replace(target, region_name=region_name),
        lambda client: client.delete_collection(collection_id=collection_id),
        output_format,
    )


def _run_one(
    target: Target, call: Callable[[RekognitionClient], Awaitable[Response]], output_format: str
) -> None:
    async def run() -> Response:
        async with target.running() as running, running.client() as client:
            return await call(client)

    write_one(asyncio.run(run()).model_dump(mode="json"), output_format)


def _pair(option: str, text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator:
        raise click.UsageError(f"{option} must be KEY=VALUE, got {text!r}")
    return key, value


def _checkpoints(
    resumes: Sequence[str], regions: Sequence[str], *, all_regions: bool
) -> dict[str | None, str]:
    """The checkpoints by region; one without a region is that of the only listing."""
    checkpoints: dict[str | None, str] = {}
    for text in resumes:
        region, separator, checkpoint = text.rpartition("=")
        if not separator and (all_regions or len(regions) > 1):
            raise click.UsageError("--resume must be REGION=CHECKPOINT where regions are several")
        checkpoints[region or (regions[0] if regions else None)] = checkpoint
    return checkpoints


@dataclass(frozen=True)
class ListSettings:
    """What the options of ``collections list`` say about each listing."""

    page_size: int | None
    max_items: int | None
    prefetch: int
    output_format: str


@dataclass
class Listing:
    """The listing of one region.

    Attributes:
        region_name: The region; None is the configured one.
        count: How many collections were written.
        retries: How often a request was sent again.
        error: Why the listing did not reach its end.
        paginator: The listing itself, once it has begun.
    """

    region_name: str | None
    retries: int = 0
    count: int = 0
    error: RekognitionError | None = None
    paginator: Paginator[ListCollectionsResponse, Collection] | None = field(default=None)

    async def run(
        self,
        target: Target,
        settings: ListSettings,
        resume: str | None,
        write: Callable[[str | None, Collection], None],
    ) -> None:
        """Writes the region's collections; an error is kept, and not raised."""
        try:
            async with (
                replace(target, region_name=self.region_name).client(
                    on_retry=self._count_retry
                ) as client,
                client.iter_collections(
                    page_size=settings.page_size,
                    max_items=settings.max_items,
                    prefetch=settings.prefetch,
                    resume=resume,
                ) as self.paginator,
            ):
                async for coll in self.paginator:
                    self.count += 1
                    write(self.region_name, coll)
        except RekognitionError as error:
            self.error = error

    def _count_retry(self, _: RetryDetails) -> None:
        self.retries += 1

    def resume_option(self, *, with_region: bool) -> str | None:
        """The option that goes on where this listing stands."""
        if self.paginator is None:
            return None
        prefix = f"{self.region_name}=" if with_region else ""
        return f"--resume {prefix}{self.paginator.checkpoint}"


async def _list(
    target: Target,
    regions: Sequence[str],
    all_regions: bool,
    checkpoints: dict[str | None, str],
    settings: ListSettings,
) -> int:
    chosen: Sequence[str | None] = await target.regions() if all_regions else regions or (None,)
    strangers = [region for region in checkpoints if region not in chosen]
    if strangers:
        raise click.UsageError(f"--resume names a region that is not listed: {strangers[0]}")
    listings = [Listing(region) for region in chosen]
    several = len(listings) > 1
    async with target.running(*filter(None, chosen)) as running:
        with WRITERS[settings.output_format](sys.stdout) as writer:

            def write(region_name: str | None, coll: Collection) -> None:
                record: Record = coll.model_dump()
                writer.write({"region_name": region_name, **record} if several else record)

            try:
                async with _progress(writer):
                    await asyncio.gather(
                        *(
                            listing.run(
                                running, settings, checkpoints.get(listing.region_name), write
                            )
                            for listing in listings
                        )
                    )
            except asyncio.CancelledError:
                if writer.is_broken:
                    raise
                # What was taken from the listing counts as handed out.
                writer.flush()
                options = [listing.resume_option(with_region=several) for listing in listings]
                _say(f"interrupted; go on with {' '.join(filter(None, options))}")
                raise
        if not all(listing.error for listing in listings):
            _summarise(running, listings, writer.count)
    return _report(listings, several=several)


def _report(listings: Sequence[Listing], *, several: bool) -> int:
    """Says which listings failed, and tells the exit code."""
    failed = [listing for listing in listings if listing.error is not None]
    if not several and failed and failed[0].paginator is None:
        raise failed[0].error or RekognitionError
    for listing in failed:
        where = f"{listing.region_name}: " if several else ""
        option = listing.resume_option(with_region=several) if listing.count else None
        hint = f" (go on with {option})" if option else ""
        _say(f"{where}{' '.join(str(listing.error).split())}{hint}")
    refused = (ConfigurationError, RequestValidationError)
    if failed and all(isinstance(listing.error, refused) for listing in listings):
        return 2
    return 1 if failed else 0


def _summarise(target: Target, listings: Sequence[Listing], count: int) -> None:
    if target.emulator is not None:
        requests = target.emulator.requests
        throttled = sum(
            request.error_code == "ProvisionedThroughputExceededException" for request in requests
        )
        _say(
            f"{count:,} collections in {len(requests):,} requests to the emulator, "
            f"{throttled:,} of them throttled"
        )
    elif sys.stderr.isatty():
        retries = sum(listing.retries for listing in listings)
        _say(f"{count:,} collections, {retries:,} retries")


@asynccontextmanager
async def _progress(writer: Writer) -> AsyncGenerator[None]:
    """Shows on stderr how far it is, where that is a terminal and the output is none."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield
        return
    columns = SpinnerColumn(), TextColumn("{task.completed:,} collections"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("list", total=None)
        writer.on_flush = lambda: progress.update(task, completed=writer.count)
        yield


def _say(text: str) -> None:
    click.echo(f"rekognition-async: {text}", err=True)
