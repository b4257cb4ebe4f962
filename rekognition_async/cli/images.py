"""``rekognition-async images``: what is to be seen on pictures, one or a million."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

import click

from rekognition_async.cli.pictures import PictureOptions, picture_options

_IMAGE_PROPERTIES: Final = "IMAGE_PROPERTIES"

_Command = TypeVar("_Command", bound=Callable[..., Any])

_confidence_option = click.option(
    "--min-confidence",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Leave out what is less sure.",
)


def _filter_option(name: str, parameter: str, text: str) -> Callable[[_Command], _Command]:
    return click.option(name, parameter, multiple=True, metavar="NAME", help=f"{text}; repeatable.")


def _size_option(name: str, side: str) -> Callable[[_Command], _Command]:
    return click.option(
        name,
        type=click.FloatRange(0, 100),
        metavar="PERCENT",
        help=f"Leave out words of less than this part of the picture's {side}.",
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
@_filter_option("--include-label", "label_inclusion_filters", "Give labels of this name alone")
@_filter_option("--exclude-label", "label_exclusion_filters", "Leave out labels of this name")
@_filter_option(
    "--include-category",
    "label_category_inclusion_filters",
    "Give labels of this category alone, as in 'Animals and Pets'",
)
@_filter_option(
    "--exclude-category", "label_category_exclusion_filters", "Leave out labels of this category"
)
@click.option(
    "--feature",
    "features",
    multiple=True,
    type=click.Choice(["GENERAL_LABELS", _IMAGE_PROPERTIES]),
    help="Labels, as by default, or the picture's quality and colours, which no table shows; "
    "repeatable.",
)
@click.option(
    "--max-colors",
    "max_dominant_colors",
    type=click.IntRange(0, 20),
    metavar="N",
    help=f"So many dominant colours at most; with --feature {_IMAGE_PROPERTIES}.",
)
def labels(
    pictures: PictureOptions,
    *,
    features: tuple[str, ...],
    min_confidence: float | None,
    max_labels: int | None,
    max_dominant_colors: int | None,
    **filters: tuple[str, ...],
) -> int:
    """Detect objects, scenes and actions (DetectLabels)."""
    if max_dominant_colors is not None and _IMAGE_PROPERTIES not in features:
        raise click.UsageError(f"--max-colors needs --feature {_IMAGE_PROPERTIES}")
    settings = {
        "general_labels": {name: values for name, values in filters.items() if values},
        "image_properties": {}
        if max_dominant_colors is None
        else {"max_dominant_colors": max_dominant_colors},
    }
    parameters: dict[str, Any] = {
        "features": features or None,
        "min_confidence": min_confidence,
        "max_labels": max_labels,
        "settings": {name: values for name, values in settings.items() if values} or None,
    }
    return pictures.run(
        "DetectLabels", lambda client: partial(client.detect_labels_in_bulk, **parameters)
    )


@images.command("custom-labels")
@picture_options()
@click.option(
    "--model",
    "project_version_arn",
    required=True,
    metavar="ARN",
    help="The version of a Custom Labels project, which has to be running.",
)
@_confidence_option
@click.option("--max-results", type=click.IntRange(min=0), metavar="N", help="So many at most.")
def custom_labels(pictures: PictureOptions, **parameters: Any) -> int:
    """Detect what a model of your own was trained for (DetectCustomLabels)."""
    return pictures.run(
        "DetectCustomLabels",
        lambda client: partial(client.detect_custom_labels_in_bulk, **parameters),
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
@_confidence_option
@_size_option("--min-height", "height")
@_size_option("--min-width", "width")
def text(
    pictures: PictureOptions,
    *,
    min_confidence: float | None,
    min_height: float | None,
    min_width: float | None,
) -> int:
    """Detect lines and words (DetectText)."""
    word_filter = {
        "min_confidence": min_confidence,
        "min_bounding_box_height": None if min_height is None else min_height / 100,
        "min_bounding_box_width": None if min_width is None else min_width / 100,
    }
    given = {name: value for name, value in word_filter.items() if value is not None}
    filters: Any = {"word_filter": given} if given else None
    return pictures.run(
        "DetectText", lambda client: partial(client.detect_text_in_bulk, filters=filters)
    )


@images.command()
@picture_options()
@_confidence_option
@click.option(
    "--adapter",
    "project_version",
    metavar="ARN",
    help="Detect with a custom adapter: the version of its project.",
)
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
@click.option(
    "--require",
    "required_equipment_types",
    multiple=True,
    type=click.Choice(["FACE_COVER", "HAND_COVER", "HEAD_COVER"]),
    help="Sum up who wears this, which no table shows; repeatable.",
)
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="How sure what is summed up has to be; with --require.",
)
def equipment(
    pictures: PictureOptions,
    *,
    required_equipment_types: tuple[str, ...],
    min_confidence: float | None,
) -> int:
    """Detect protective equipment (DetectProtectiveEquipment)."""
    if bool(required_equipment_types) != (min_confidence is not None):
        raise click.UsageError("--require and --min-confidence need each other")
    summary: Any = None
    if required_equipment_types:
        summary = {
            "min_confidence": min_confidence,
            "required_equipment_types": required_equipment_types,
        }
    return pictures.run(
        "DetectProtectiveEquipment",
        lambda client: partial(
            client.detect_protective_equipment_in_bulk, summarization_attributes=summary
        ),
    )
