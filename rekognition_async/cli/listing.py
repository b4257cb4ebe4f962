"""What ``rekognition-async collections list`` does: a listing for each region, side by side.

`list_collections` writes all of them to stdout, and how each ended to stderr.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from rekognition_async import Collection, Paginator, RekognitionError
from rekognition_async.cli.output import WRITERS, Record, Writer
from rekognition_async.cli.target import Target
from rekognition_async.errors import ConfigurationError, RequestValidationError
from rekognition_async.models import ListCollectionsResponse
from rekognition_async.observers import RetryDetails


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


async def list_collections(
    target: Target,
    regions: Sequence[str],
    all_regions: bool,
    checkpoints: dict[str | None, str],
    settings: ListSettings,
) -> int:
    """Lists the collections of one or several regions side by side, and tells the exit code.

    Args:
        target: The service.
        regions: The regions; none is the configured one.
        all_regions: Whether to list all that have Rekognition instead.
        checkpoints: Where listings go on, by region.
        settings: What holds for each of them.
    """
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
