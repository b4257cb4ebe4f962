"""``rekognition-async collections``: list, create, describe, delete."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from rekognition_async.cli.target import Target, target_options

if TYPE_CHECKING:
    from rekognition_async import RekognitionClient
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
    type=click.Choice(["json", "ndjson", "table"]),
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
    import asyncio

    from rekognition_async.cli.listing import ListSettings, list_collections

    chosen = tuple(dict.fromkeys(regions))
    settings = ListSettings(page_size, max_items, prefetch, output_format)
    checkpoints = _checkpoints(resumes, chosen, all_regions=all_regions)
    return asyncio.run(list_collections(target, chosen, all_regions, checkpoints, settings))


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
    import asyncio

    from rekognition_async.cli.output import write_one

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
