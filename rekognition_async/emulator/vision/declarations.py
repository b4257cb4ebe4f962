"""Reads the JSON files that declare people and answers: ``--people FILE``, ``--answers FILE``.

`People.load` and `AnswerPlan.load` use it to open a file, find its images and tell its errors.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def declare_from(
    path: str | os.PathLike[str], what: str, declare: Callable[[Any, Path], None]
) -> None:
    """Declares what a file says.

    Args:
        path: The file.
        what: What it declares, for errors.
        declare: Takes the document, and the folder where the paths in it start from.

    Raises:
        ValueError: The file cannot be used; the message names it, and says why.
        OSError: The file, or that of an image, cannot be read.
    """
    path = Path(path)
    try:
        declare(json.loads(path.read_bytes()), path.parent)
    except ValueError as error:
        raise ValueError(f"the {what} in {os.fspath(path)!r} cannot be used: {error}") from error


def source_in_file(image: str, folder: str | os.PathLike[str] | None) -> bytes | str | Path:
    """A picture as a JSON document names it, for `read_picture`.

    Args:
        image: ``"s3://bucket/key"``, ``"data:image/png;base64,…"`` with its bytes, or its path.
        folder: Where paths start from; None takes no paths.

    Raises:
        ValueError: It is none of these.
    """
    if image.startswith("s3://"):
        return image
    if image.startswith("data:"):
        _, _, content = image.partition(";base64,")
        try:
            return base64.b64decode(content, validate=True)
        except ValueError:
            raise ValueError("image must be 'data:image/png;base64,' with base64 behind") from None
    if folder is None:
        raise ValueError(f"image must begin with 's3://' or 'data:' here, got {image!r}")
    path = Path(folder, image)
    if not path.is_file():
        raise ValueError(f"image names no file: {os.fspath(path)!r}")
    return path
