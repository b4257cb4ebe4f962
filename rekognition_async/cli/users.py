"""``rekognition-async users``: the users of a collection, each with some of its faces."""

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

_threshold_option = click.option(
    "--threshold",
    "user_match_threshold",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="How much faces must resemble each other.",
)


@click.group()
def users() -> None:
    """Users of a collection, and the faces that they have."""


@users.command()
@click.argument("user_id")
@service_options
@collection_option
@format_option
def create(target: Target, *, output_format: str, **parameters: Any) -> None:
    """Create a user without faces (CreateUser)."""
    from rekognition_async.cli.services import run_call

    run_call(target, lambda client: client.create_user(**parameters), output_format)


@users.command("list")
@service_options
@collection_option
@click.option("--max-items", type=click.IntRange(min=0), metavar="N", help="End after so many.")
@format_option
def list_(target: Target, *, output_format: str, **parameters: Any) -> None:
    """List the users (ListUsers)."""
    from rekognition_async.cli.services import run_listing
    from rekognition_async.cli.tables import user_row

    run_listing(target, lambda client: client.iter_users(**parameters), output_format, user_row)


@users.command()
@click.argument("user_id")
@service_options
@collection_option
@format_option
def delete(target: Target, *, output_format: str, **parameters: Any) -> None:
    """Delete a user, and none of its faces (DeleteUser)."""
    from rekognition_async.cli.services import run_call

    run_call(target, lambda client: client.delete_user(**parameters), output_format)


@users.command()
@click.argument("user_id")
@ids_argument
@service_options
@collection_option
@_threshold_option
@format_option
def associate(
    target: Target, *, face_ids: tuple[str, ...], output_format: str, **parameters: Any
) -> int:
    """Give a user faces (AssociateFaces).

    - reads ids from the standard input, one a line.
    """
    from rekognition_async.cli.services import run_ids

    def bulk(client: CommandClient) -> AsyncGenerator[Any]:
        return client.associate_faces_in_bulk(face_ids=face_ids, max_in_flight=1, **parameters)

    return run_ids(target, bulk, output_format)


@users.command()
@click.argument("user_id")
@ids_argument
@service_options
@collection_option
@format_option
def disassociate(
    target: Target, *, face_ids: tuple[str, ...], output_format: str, **parameters: Any
) -> int:
    """Take faces from a user (DisassociateFaces).

    - reads ids from the standard input, one a line.
    """
    from rekognition_async.cli.services import run_call

    def rows(answer: Any) -> list[dict[str, str | None]]:
        return [{"face_id": face.face_id} for face in answer.disassociated_faces]

    answer = run_call(
        target,
        lambda client: client.disassociate_faces(face_ids=face_ids, **parameters),
        output_format,
        rows,
    )
    for face in answer.unsuccessful_face_disassociations:
        reasons = ", ".join(map(str, face.reasons))
        click.echo(f"rekognition-async: {face.face_id}: {reasons}", err=True)
    return 1 if answer.unsuccessful_face_disassociations else 0


@users.command()
@picture_options(required=False)
@collection_option
@click.option("--face", "face_id", metavar="ID", help="Search by a face of the collection instead.")
@click.option("--user", "user_id", metavar="ID", help="Search by a user's faces instead.")
@_threshold_option
@click.option("--max-users", type=click.IntRange(1, 500), metavar="N", help="So many at most.")
def search(
    pictures: PictureOptions, *, face_id: str | None, user_id: str | None, **parameters: Any
) -> int:
    """Search for users by the largest face on pictures.

    It calls SearchUsersByImage, or SearchUsers with --face or --user.
    """
    if bool(pictures.sources) + (face_id is not None) + (user_id is not None) != 1:
        raise click.UsageError("one of SOURCE, --face and --user must be given")
    if pictures.sources:
        return pictures.run(
            "SearchUsersByImage",
            lambda client: partial(client.search_users_by_image_in_bulk, **parameters),
        )
    from rekognition_async.cli.services import run_call
    from rekognition_async.cli.tables import user_match_row

    run_call(
        pictures.target,
        lambda client: client.search_users(face_id=face_id, user_id=user_id, **parameters),
        pictures.output_format,
        lambda answer: map(user_match_row, answer.user_matches),
    )
    return 0
