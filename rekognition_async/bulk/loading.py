"""A picture, from wherever it is, as what a request takes for its Image."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import Any

from pydantic import BaseModel

from rekognition_async.errors import RequestValidationError
from rekognition_async.images import ImageSource, load_image, prepare_image
from rekognition_async.pictures.limits import limits_of
from rekognition_async.values import S3_SCHEME


@cache
def can_prepare() -> bool:
    """Whether the extra ``images`` is installed."""
    return find_spec("PIL") is not None and find_spec("pillow_heif") is not None


def check_prepare(operation: str, *, prepare: bool | None) -> None:
    """Refuses a setting that cannot be had, before the first picture.

    Args:
        operation: The operation that the pictures are meant for.
        prepare: What a helper was told.

    Raises:
        RequestValidationError: Pictures cannot be prepared.
    """
    if prepare and not can_prepare():
        raise RequestValidationError(
            operation,
            {
                "prepare": "needs Pillow and pillow-heif, got True: "
                "pip install 'rekognition-async[images]'"
            },
        )


async def load_picture(source: ImageSource, operation: str, *, prepare: bool | None) -> Any:
    """Reads a picture off the event loop; one in S3 stays there.

    Args:
        source: The picture.
        operation: The operation that it is meant for.
        prepare: Whether it is made into what the service takes; None where that is installed.

    Raises:
        RequestValidationError: It cannot be read, is larger than the operation takes, or cannot be
            prepared.
    """
    if _in_s3(source) or not (can_prepare() if prepare is None else prepare):
        return await load_image(source, "image", operation, limits_of(operation).max_bytes)
    return await prepare_image(source, operation=operation)


def _in_s3(source: Any) -> bool:
    if isinstance(source, BaseModel):
        return getattr(source, "bytes", None) is None
    return isinstance(source, str) and source.startswith(S3_SCHEME)
