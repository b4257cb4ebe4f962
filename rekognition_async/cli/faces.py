"""``rekognition-async faces``: the faces of a collection."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from rekognition_async.cli.ids import ids_argument
from rekognition_async.cli.pictures import (
    PictureOptions,
    collection_option,
    format_option,
    picture_options,
)
from rekognition_async.cli.target import Target, service_options

if TYPE_CHECKING:
    from rekognition_async.cli.client import CommandClient

_quality_option = click.option(
    "--quality-filter",
    type=click.Choice(["NONE", "AUTO", "LOW", "MEDIUM", "HIGH"]),
    help="How good a face must be.",
)
_max_faces_option = click.option(
    "--max-faces", type=click.IntRange(1, 4096), metavar="N", help="So many faces at most."
)
_threshold_option = click.option(
    "--threshold",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Leave out faces that resemble it less.",
)


@click.group()
def faces() -> None:
    """Faces of a collection: index, list, search, compare, delete.

    SOURCE is a picture, a folder, a glob in quotes, s3://bucket/key, s3://bucket/prefix, or - for
    the standard input with one of them a line.
    """


@faces.command()
@picture_options()
@collection_option
@click.option("--create", is_flag=True, help="Create the collection where there is none.")
@_max_faces_option
@_quality_option
@click.option(
    "--attribute",
    "attributes",
    multiple=True,
    metavar="NAME",
    help="Tell of this besides the default, as in ALL; repeatable.",
)
def index(
    pictures: PictureOptions,
    *,
    collection_id: str,
    create: bool,
    attributes: Any,
    **parameters: Any,
) -> int:
    """Add the faces on pictures to a collection (IndexFaces).

    Each face carries the key of its picture as its ExternalImageId.
    """

    async def begin(client: CommandClient) -> None:
        from rekognition_async.errors import ResourceAlreadyExistsException

        if create:
            try:
                await client.create_collection(collection_id=collection_id)
            except ResourceAlreadyExistsException:
                return
            await client.wait_for_collection_exists(collection_id=collection_id)

    return pictures.run(
        "IndexFaces",
        lambda client: partial(
            client.index_faces_in_bulk,
            collection_id=collection_id,
            detection_attributes=attributes or None,
            **parameters,
        ),
        begin,
    )


@faces.command("list")
@service_options
@collection_option
@click.option("--user", "user_id", metavar="ID", help="Only those of this user.")
@click.option("--max-items", type=click.IntRange(min=0), metavar="N", help="End after so many.")
@format_option
def list_(target: Target, *, output_format: str, **parameters: Any) -> None:
    """List the faces (ListFaces)."""
    from rekognition_async.cli.services import run_listing
    from rekognition_async.cli.tables import face_row

    run_listing(target, lambda client: client.iter_faces(**parameters), output_format, face_row)


@faces.command()
@picture_options(required=False)
@collection_option
@click.option(
    "--face", "face_id", metavar="ID", help="Search for a face of the collection instead."
)
@_threshold_option
@_max_faces_option
@_quality_option
def search(
    pictures: PictureOptions,
    *,
    face_id: str | None,
    threshold: float | None,
    quality_filter: Any,
    **parameters: Any,
) -> int:
    """Search for the largest face on each picture.

    It calls SearchFacesByImage, or SearchFaces with --face.
    """
    if bool(pictures.sources) == (face_id is not None):
        raise click.UsageError("either SOURCE or --face must be given")
    parameters["face_match_threshold"] = threshold
    if face_id is None:
        return pictures.run(
            "SearchFacesByImage",
            lambda client: partial(
                client.search_faces_by_image_in_bulk, quality_filter=quality_filter, **parameters
            ),
        )
    from rekognition_async.cli.services import run_call
    from rekognition_async.cli.tables import face_match_row

    run_call(
        pictures.target,
        lambda client: client.search_faces(face_id=face_id, **parameters),
        pictures.output_format,
        lambda answer: map(face_match_row, answer.face_matches),
    )
    return 0


@faces.command()
@click.argument("face")
@picture_options()
@_threshold_option
@_quality_option
def compare(
    pictures: PictureOptions, *, face: str, threshold: float | None, quality_filter: Any
) -> int:
    """Compare a face with those on pictures (CompareFaces).

    It is the largest one on the picture FACE.
    """
    return pictures.run(
        "CompareFaces",
        lambda client: partial(
            client.compare_faces_in_bulk,
            source=face,
            similarity_threshold=threshold,
            quality_filter=quality_filter,
        ),
    )


@faces.command()
@ids_argument
@service_options
@collection_option
@format_option
def delete(
    target: Target, *, face_ids: tuple[str, ...], collection_id: str, output_format: str
) -> int:
    """Delete faces (DeleteFaces).

    - reads ids from the standard input, one a line.
    """
    from rekognition_async.cli.services import run_ids

    def bulk(client: CommandClient) -> AsyncGenerator[Any]:
        return client.delete_faces_in_bulk(collection_id=collection_id, face_ids=face_ids)

    return run_ids(target, bulk, output_format)
