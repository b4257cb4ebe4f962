"""What the operations of every domain are made of."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from rekognition_async.operation import PagedRequest, R, Request, T
from rekognition_async.waiting import PollSettings, WaitCondition

if TYPE_CHECKING:
    from rekognition_async._botocore.s3 import ListedObject
    from rekognition_async.bulk.engine import BulkCaller
    from rekognition_async.completions import SqsCompletions
    from rekognition_async.pagination import Paginator

_T = TypeVar("_T")


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

    @abstractmethod
    async def _wait_until(self, condition: WaitCondition[R], polling: PollSettings) -> R:
        """Polls until something is done, and gives the answer that said so."""

    @abstractmethod
    async def _wait_until_told(
        self,
        condition: WaitCondition[Any],
        polling: PollSettings,
        *,
        job_id: str,
        completions: SqsCompletions,
    ) -> None:
        """Waits until a queue, or a poll, tells that a job is done."""

    @abstractmethod
    def _spawn(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        """Starts a task that does not outlive the client."""

    @abstractmethod
    def _bulk_caller(self) -> BulkCaller:
        """What a bulk needs of the client, which has to be open."""

    @abstractmethod
    def _list_s3(
        self, bucket: str, prefix: str, endpoint_url: str | None
    ) -> AsyncGenerator[ListedObject]:
        """Lists objects in S3 with the client's credentials."""

    async def _wait_for_job(
        self,
        request: Request[Any],
        polling: PollSettings,
        *,
        job_id: str,
        completions: SqsCompletions | None,
    ) -> None:
        """Waits until a job on a stored video has succeeded."""
        condition = WaitCondition(
            request,
            lambda page: page.job_status,
            done=frozenset({"SUCCEEDED"}),
            failed=frozenset({"FAILED"}),
            reason_of=lambda page: page.status_message,
        )
        if completions is None:
            await self._wait_until(condition, polling)
        else:
            from rekognition_async.completions import check_completions

            check_completions(completions)
            await self._wait_until_told(condition, polling, job_id=job_id, completions=completions)
