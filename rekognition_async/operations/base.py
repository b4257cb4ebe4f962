"""What the operations of every domain are made of."""

from __future__ import annotations

from abc import ABC, abstractmethod

from rekognition_async.operation import PagedRequest, R, Request, T
from rekognition_async.pagination import Paginator


class Operations(ABC):
    """Turns requests into answers; the client gives it a way to the network."""

    @abstractmethod
    async def send(self, request: Request[R]) -> R:
        """Sends one request and gives its validated answer."""

    @abstractmethod
    def _paginate(
        self,
        request: PagedRequest[R, T],
        *,
        max_items: int | None,
        resume: str | None,
        prefetch: int,
    ) -> Paginator[R, T]:
        """A listing that begins with this request."""
