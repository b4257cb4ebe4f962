"""The error where the extra ``images`` is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_PACKAGES: Final = {"PIL", "pillow_heif"}


@contextmanager
def images_extra() -> Iterator[None]:
    """Says how Pillow and pillow-heif are installed where an import of them fails.

    Raises:
        ModuleNotFoundError: One of them is not there.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in _PACKAGES:
            raise
        raise ModuleNotFoundError(
            f"pictures are read with {missing}: pip install 'rekognition-async[images]'",
            name=missing,
        ) from error
