"""``rekognition-async images``: what is to be seen on pictures, one or a million."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from rekognition_async.cli.pictures import PictureOptions, picture_options

_confidence_option = click.option(
    "--min-confidence",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Leave out what is less sure.",
)


@click.group()
def images() -> None:
    """Detect what is to be seen on pictures.

    SOURCE is a picture, a folder, a glob in quotes, s3://bucket/key, s3://bucket/prefix, or - for
    the standard input with one of them a line.
    """


@images.command()
@picture_options()
@_confidence_option
@click.option("--max-labels", type=click.IntRange(min=0), metavar="N", help="So many at most.")
def labels(pictures: PictureOptions, **parameters: Any) -> int:
    """Detect objects, scenes and actions (DetectLabels)."""
    return pictures.run(
        "DetectLabels", lambda client: partial(client.detect_labels_in_bulk, **parameters)
    )


@images.command()
@picture_options()
@click.option(
    "--attribute",
    "attributes",
    multiple=True,
    metavar="NAME",
    help="Tell of this besides the default, as in ALL, AGE_RANGE or EMOTIONS; repeatable.",
)
def faces(pictures: PictureOptions, *, attributes: Any) -> int:
    """Detect faces (DetectFaces)."""
    return pictures.run(
        "DetectFaces",
        lambda client: partial(client.detect_faces_in_bulk, attributes=attributes or None),
    )


@images.command()
@picture_options()
def text(pictures: PictureOptions) -> int:
    """Detect lines and words (DetectText)."""
    return pictures.run("DetectText", lambda client: client.detect_text_in_bulk)


@images.command()
@picture_options()
@_confidence_option
def moderation(pictures: PictureOptions, **parameters: Any) -> int:
    """Detect unsafe content (DetectModerationLabels)."""
    return pictures.run(
        "DetectModerationLabels",
        lambda client: partial(client.detect_moderation_labels_in_bulk, **parameters),
    )


@images.command()
@picture_options()
def celebrities(pictures: PictureOptions) -> int:
    """Find celebrities (RecognizeCelebrities)."""
    return pictures.run("RecognizeCelebrities", lambda client: client.recognize_celebrities_in_bulk)


@images.command()
@picture_options()
def equipment(pictures: PictureOptions) -> int:
    """Detect protective equipment (DetectProtectiveEquipment)."""
    return pictures.run(
        "DetectProtectiveEquipment",
        lambda client: client.detect_protective_equipment_in_bulk,
    )
