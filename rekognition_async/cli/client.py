"""The client of the commands: what the public one has, and what only commands need."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Any

from rekognition_async import RekognitionClient
from rekognition_async.bulk.engine import BulkSettings
from rekognition_async.bulk.loading import load_picture
from rekognition_async.bulk.outcomes import PictureOutcome
from rekognition_async.bulk.pictures import PicturesSource
from rekognition_async.operation import PagedRequest, R, Request, T
from rekognition_async.pagination import Paginator

if TYPE_CHECKING:
    from rekognition_async.bulk.journal import Journal
    from rekognition_async.models.images import CompareFacesResponse


class CommandClient(RekognitionClient):
    """A client that counts what waits, pages through any request, and compares many pictures.

    Attributes:
        waiting: How many requests of a bulk wait for their turn.
    """

    waiting: int = 0

    def paginate(self, request: PagedRequest[R, T]) -> Paginator[R, T]:
        """Pages through a listing."""
        return self._paginate(request, max_items=None, resume=None, prefetch=1)

    async def compare_faces_in_bulk(
        self,
        pictures: PicturesSource,
        *,
        source: str,
        similarity_threshold: float | None,
        quality_filter: Any,
        max_in_flight: int | None,
        journal: Journal | str | os.PathLike[str] | None,
        shard: tuple[int, int] | None,
        prepare: bool | None,
    ) -> AsyncGenerator[PictureOutcome[CompareFacesResponse]]:
        """Compares the largest face on one picture with the faces on each of many (CompareFaces).

        Args:
            pictures: The pictures to find it on.
            source: The path or URL of the picture with the face.
            similarity_threshold: Leaves out faces that resemble it less, in percent.
            quality_filter: How good a face must be to be compared.
            max_in_flight: As for `send_in_bulk`.
            journal: As for `send_in_bulk`.
            shard: As for `send_in_bulk`.
            prepare: As for `index_faces_in_bulk`.
        """
        from rekognition_async.models.images import CompareFacesRequest  # noqa: PLC0415 - as methods

        sent = await load_picture(source, "CompareFaces", prepare=prepare)
        parameters = {
            "similarity_threshold": similarity_threshold,
            "quality_filter": quality_filter,
        }

        def build(names: dict[str, str], *, image: Any, **_: Any) -> Request[CompareFacesResponse]:
            return CompareFacesRequest.build(
                names, source_image=sent, target_image=image, **parameters
            )

        async for outcome in self._images_in_bulk(
            "CompareFaces",
            build,
            pictures,
            BulkSettings(max_in_flight, journal, shard=shard),
            parameters={"source_image": source, **parameters},
            prepare=prepare,
        ):
            yield outcome

    async def _send_in_bulk(self, request: Request[R], on_sent: Callable[[float], None]) -> R:
        is_waiting = True

        def sent(waited: float) -> None:
            nonlocal is_waiting
            if is_waiting:
                is_waiting = False
                self.waiting -= 1
            on_sent(waited)

        self.waiting += 1
        try:
            return await super()._send_in_bulk(request, sent)
        finally:
            if is_waiting:
                self.waiting -= 1
