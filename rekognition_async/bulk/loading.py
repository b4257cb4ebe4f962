"""A picture, from wherever it is, as what a request takes for its Image.

Every picture of a bulk comes through here: this is the place to prepare pictures.
"""

from __future__ import annotations

from typing import Any

from rekognition_async.errors import RequestValidationError
from rekognition_async.images import ImageSource, load_image


def check_prepare(operation: str, *, prepare: bool | None) -> None:
    """Refuses a setting that cannot be had, before the first picture.

    Args:
        operation: The operation that the pictures are meant for.
        prepare: What a helper was told.

    Raises:
        RequestValidationError: Pictures cannot be prepared.
    """
    if prepare:
        raise RequestValidationError(
            operation, {"prepare": "input should be False or None: pictures are sent as they are"}
        )


async def load_picture(
    source: ImageSource,
    operation: str,
    most: int,
    *,
    prepare: bool | None,  # noqa: ARG001 - refused where it is true
) -> Any:
    """Reads a picture off the event loop; one in S3 stays there.

    Args:
        source: The picture.
        operation: The operation that it is meant for.
        most: How many bytes the operation takes.
        prepare: Whether it is made into what the service takes.

    Raises:
        RequestValidationError: It cannot be read, or is larger than the operation takes.
    """
    return await load_image(source, "image", operation, most)
