"""``draw``: what was found, on the picture it was found on."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel

from rekognition_async.pictures.extra import images_extra

if TYPE_CHECKING:
    from rekognition_async.drawing.painting import Drawing
    from rekognition_async.pictures.sources import PictureSource

__all__ = ["draw"]


def draw(
    image: PictureSource,
    response: BaseModel | Iterable[BaseModel],
    *,
    compared: Literal["source", "target"] = "target",
    font: str | os.PathLike[str] | None = None,
) -> Drawing:
    """Draws on a picture what was found on it. It needs the extra ``images``.

    Boxes, polygons and landmarks stand where they are, with names and confidences; labels without a
    place are listed in a corner. Of a search by image, the face that was searched for is drawn,
    under the name of its best match: the boxes of the matches are those of other pictures.

    Args:
        image: The picture: a `PreparedImage`, bytes, the path of a file, a binary file, or an image
            of Pillow's, which is not changed.
        response: An answer about the picture, or any part of one, or several.
        compared: Which of the two pictures of CompareFaces this is.
        font: A TrueType or OpenType file; None takes Pillow's own font, which has the letters of
            ASCII: accents are left out then, and other letters are question marks.

    Returns:
        The drawing, as large as the picture.

    Raises:
        ValueError: The picture cannot be read.
        OSError: The file of the picture or of the font cannot be read.
        ModuleNotFoundError: The extra ``images`` is not installed.
    """
    with images_extra():
        from rekognition_async.drawing.painting import paint  # noqa: PLC0415 - loads Pillow
    return paint(image, response, compared=compared, font=font)
