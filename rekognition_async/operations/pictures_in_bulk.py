"""What the operations on images in bulk are made of."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from rekognition_async.errors import RequestValidationError
from rekognition_async.operation import R, Request
from rekognition_async.operations.base import Operations

if TYPE_CHECKING:
    from rekognition_async.bulk.engine import BulkSettings
    from rekognition_async.bulk.outcomes import PictureOutcome
    from rekognition_async.bulk.pictures import PicturesSource
    from rekognition_async.bulk.work import PicturesWork
    from rekognition_async.images import ImageSource

_ANY_IMAGE: Final = b"?"


class PicturesInBulk(Operations):
    """Sends a request for each of many pictures."""

    def keyed_pictures(self, pictures: PicturesSource) -> AsyncGenerator[tuple[str, ImageSource]]:
        """Goes through pictures as the helpers in bulk do, each with its key, and sends nothing.

        It is for work that a queue of your own hands out, as in ``examples/fleet``. A pair is what
        the helpers take::

            async for key, picture in client.keyed_pictures("s3://photos/2026"):
                await queue.put((key, picture))

        Args:
            pictures: `Pictures`, or a folder, a glob or ``"s3://bucket/prefix"`` as they take it; a
                mapping of keys to images; an iterable or async iterable of paths, objects in S3,
                or pairs of a key and an image. S3 is listed with the client's credentials.

        Returns:
            An async iterator over the keys and their pictures, which are paths, objects in S3 as
            `models.S3Object`, or what was handed in. It raises OSError for a source that is not
            there or cannot be read.

        Raises:
            RequestValidationError: ``pictures`` is none of these.
        """
        from rekognition_async.bulk.pictures import keyed_pictures

        problems = _source_problems(pictures)
        if problems:
            raise RequestValidationError("keyed_pictures", problems)
        return keyed_pictures(pictures, self._list_s3)

    def _images_in_bulk(
        self,
        operation: str,
        build: Callable[..., Request[R]],
        pictures: PicturesSource,
        settings: BulkSettings,
        *,
        parameters: Mapping[str, Any],
        prepare: bool | None,
    ) -> AsyncGenerator[PictureOutcome[R]]:
        """Sends a request of the same parameters for each picture."""
        from rekognition_async.bulk.work import PicturesWork

        def with_image(_: str, image: Any) -> Request[R]:
            return build({}, image=image, **parameters)

        # Refused at once, and not with each picture.
        with_image("", _ANY_IMAGE)
        work = PicturesWork(operation, with_image, parameters, prepare=prepare)
        return self._pictures_in_bulk(work, pictures, settings)

    def _pictures_in_bulk(
        self, work: PicturesWork[R], pictures: PicturesSource, settings: BulkSettings
    ) -> AsyncGenerator[PictureOutcome[R]]:
        from rekognition_async.bulk.engine import run
        from rekognition_async.bulk.loading import check_prepare
        from rekognition_async.bulk.pictures import keyed_pictures

        _check(work.operation, pictures, settings)
        check_prepare(work.operation, prepare=work.prepare)
        source = keyed_pictures(pictures, self._list_s3)
        return run(self._bulk_caller, work, source, settings)


def _check(operation: str, pictures: object, settings: BulkSettings) -> None:
    problems = settings.problems() | _source_problems(pictures)
    if problems:
        raise RequestValidationError(operation, problems)


def _source_problems(pictures: object) -> dict[str, str]:
    from rekognition_async.bulk.pictures import Pictures

    # Bytes are an iterable, of numbers that are no pictures.
    if isinstance(pictures, bytes | bytearray | memoryview) or not isinstance(
        pictures, Pictures | os.PathLike | Iterable | AsyncIterable
    ):
        return {
            "pictures": (
                "input should be Pictures, a folder, or an iterable or async iterable of pictures, "
                f"got {type(pictures).__name__}"
            )
        }
    return {}
