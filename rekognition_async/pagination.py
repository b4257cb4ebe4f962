"""Paginators: iterators over all items, or all pages, of an operation that answers in pages.

Each ``iter_...`` method of the client gives a `Paginator`: ``async for`` takes items from it,
its ``pages`` gives whole answers, and its checkpoint continues it in another process. It is an
object with a position, and not a generator: an exception leaves the position where it is, so that
asking again asks for the same page again, where a generator would be finished and look like the
end of the list.
"""

from __future__ import annotations

import asyncio
import base64
import copy
import hashlib
import json
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator, Sequence
from operator import length_hint
from typing import Annotated, Any, Final, Generic, NamedTuple, Self, cast

from pydantic import BaseModel, ConfigDict, Field

from rekognition_async.errors import PaginationError, RekognitionError, RequestValidationError
from rekognition_async.operation import PagedRequest, R, RequestModel, T
from rekognition_async.records import Records

_CHECKPOINT_PREFIX: Final = "rka1."
_MAX_CHECKPOINT_LENGTH: Final = 8192
"""More than any listing writes: with the longest page token, 1,024 characters, it is 2,000."""
_REMEMBERED_ITEMS: Final = 16
_DIGEST_BYTES: Final = 8


class _Position(BaseModel):
    """Where a listing stands; a checkpoint is this, in text.

    Attributes:
        operation: The operation that lists.
        parameters: A digest of what is listed: the request without page size and token.
        token: Asks for the page that the position is on; None for the first page.
        page_size: The page size that this page was asked for with.
        offset: How many items of the page have been handed out.
        handed_out: Digests of the last few of those, the latest last.
        finished: Whether the service's end of the list has been reached.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    operation: str
    parameters: str
    token: str | None = None
    page_size: int | None = None
    offset: Annotated[int, Field(ge=0)] = 0
    handed_out: Annotated[tuple[str, ...], Field(max_length=_REMEMBERED_ITEMS)] = ()
    finished: bool = False

    def encode(self) -> str:
        document = self.model_dump_json(exclude_defaults=True)
        text = base64.urlsafe_b64encode(document.encode()).decode().rstrip("=")
        return _CHECKPOINT_PREFIX + text

    @classmethod
    def decode(cls, checkpoint: object) -> Self:
        """Reads what `encode` wrote; raises ValueError for anything else."""
        if not isinstance(checkpoint, str) or not checkpoint.startswith(_CHECKPOINT_PREFIX):
            raise ValueError("no checkpoint of this package")
        text = checkpoint.removeprefix(_CHECKPOINT_PREFIX)
        document = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return cls.model_validate_json(document)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()


class _Page(NamedTuple, Generic[R]):
    """A response, with how it was asked for."""

    response: R
    items: Sequence[Any]
    token: str | None
    page_size: int | None
    next_token: str | None


Send = Callable[[PagedRequest[R, T]], Awaitable[R]]
Spawn = Callable[[Coroutine[Any, Any, _Page[R]]], "asyncio.Task[_Page[R]]"]


class _PageSource(Generic[R, T]):
    """Fetches page after page; where fetching fails, it stays on the page."""

    def __init__(
        self, send: Send[R, T], request: PagedRequest[R, T], start: _Position, limit: int | None
    ) -> None:
        self._send = send
        self._request = request
        self._limit = limit
        self._token = start.token
        # A page that was left half-way is asked for as it was then, or it may not hold the place.
        self._next_page_size = (
            start.page_size if start.offset else getattr(request, request.page_size_field)
        )
        self._seen_tokens = set[str]() if start.token is None else {_digest(start.token)}
        self._circular = False
        self._fetched_items = 0
        self.finished = start.finished

    @property
    def exhausted(self) -> bool:
        """Whether no page behind this one will be needed."""
        return self.finished or (self._limit is not None and self._fetched_items >= self._limit)

    async def next(self) -> _Page[R]:
        request = self._request
        if self._circular:
            raise PaginationError(
                "the service gave a page token again that it had given before; following it "
                "would list the same pages without end",
                request.operation,
            )
        page_size = self._next_page_size
        asked = cast("BaseModel", request).model_copy(
            update={request.token_field: self._token, request.page_size_field: page_size}
        )
        response = await self._send(cast("PagedRequest[R, T]", asked))
        # An empty token ends the list, as a missing one does.
        next_token = cast("str | None", getattr(response, request.token_field)) or None
        # Before the place moves: a job that still runs has no items, and is asked again.
        items = request.items_of(response)
        page = _Page(response, items, self._token, page_size, next_token)
        self._token = next_token
        self._next_page_size = getattr(request, request.page_size_field)
        if self._limit is not None:
            self._fetched_items += len(items)
        if next_token is None:
            self.finished = True
        else:
            digest = _digest(next_token)
            self._circular = digest in self._seen_tokens
            self._seen_tokens.add(digest)
        return page


class _Prefetcher(Generic[R, T]):
    """Keeps up to ``depth`` pages ready ahead of the one in use."""

    def __init__(self, source: _PageSource[R, T], spawn: Spawn[R], depth: int) -> None:
        self._source = source
        self._spawn = spawn
        self._depth = depth
        self._ready: deque[_Page[R]] = deque()
        self._failure: BaseException | None = None
        self._task: asyncio.Task[_Page[R]] | None = None
        self._cancelled = False

    async def next(self) -> _Page[R]:
        while not self._ready:
            if self._failure is not None:
                failure, self._failure = self._failure, None
                raise failure
            # Waiting, unlike awaiting, leaves the fetch alone when the consumer is cancelled.
            await asyncio.wait({self._task or self._start()})
        page = self._ready.popleft()
        self._continue()
        return page

    def _start(self) -> asyncio.Task[_Page[R]]:
        self._task = task = self._spawn(self._source.next())
        task.add_done_callback(self._harvest)
        return task

    def _continue(self) -> None:
        if (
            self._task is None
            and self._failure is None
            and len(self._ready) < self._depth
            and not self._source.exhausted
        ):
            self._start()

    def _harvest(self, task: asyncio.Task[_Page[R]]) -> None:
        self._task = None
        if task.cancelled():
            # By the end of the client, which the next fetch will report in its own words.
            return
        self._failure = task.exception()
        if self._failure is None and not self._cancelled:
            self._ready.append(task.result())
            self._continue()

    def cancel(self) -> None:
        """Ends the fetching ahead; the task ends in the event loop's next rounds."""
        self._cancelled = True
        if self._task is not None and not self._task.get_loop().is_closed():
            self._task.cancel()

    async def aclose(self) -> None:
        """Ends the fetching ahead, and returns when its task has ended."""
        self.cancel()
        if self._task is not None:
            await asyncio.wait({self._task})


class _Place(Generic[R, T]):
    """Finds the place of a checkpoint in a list that may have changed since.

    The latest of the remembered items that is still there marks the place. The service may cut
    its pages otherwise than before, so the mark may be pages away. With all marks gone, the place
    is the beginning of the page: items may come a second time, and none is lost.
    """

    def __init__(self, request: PagedRequest[R, T], start: _Position) -> None:
        self._key_of = request.key_of
        self._ranks = {digest: rank for rank, digest in enumerate(start.handed_out, start=1)}
        # Items that were added since may have moved the marks away.
        self._offset = start.offset
        self._to_look_at = start.offset + _REMEMBERED_ITEMS
        self._best_rank = 0
        self._pages = 0
        self.is_settled = False
        self.page = 0
        self.offset = 0

    def look_at(self, items: Sequence[T], *, last: bool) -> None:
        """Takes the next page of the list into account."""
        for offset, item in enumerate(items, start=1):
            rank = self._ranks.get(_digest(self._key_of(item)), 0)
            # Of items that are the same, the one at the place where it was is meant.
            was_here = self._pages == 0 and offset <= self._offset
            if rank > self._best_rank or (was_here and rank and rank == self._best_rank):
                self._best_rank, self.page, self.offset = rank, self._pages, offset
        self._pages += 1
        self._to_look_at -= len(items)
        found_latest = self._best_rank == len(self._ranks)
        self.is_settled = found_latest or last or self._to_look_at <= 0


class _Cursor(Generic[R, T]):
    """Goes through a list page by page, and knows its place in it."""

    def __init__(
        self,
        source: _PageSource[R, T],
        request: PagedRequest[R, T],
        start: _Position,
        prefetcher: _Prefetcher[R, T] | None,
    ) -> None:
        self._source = source
        self._request = request
        self._start = start
        self._prefetcher = prefetcher
        self._page: _Page[R] | None = None
        self._busy = False
        self._place = _Place(request, start) if start.offset else None
        self._fetched: deque[_Page[R]] = deque()
        self.items: Sequence[T] = ()
        self.rest: Iterator[T] = iter(())
        """What is to be handed out of the page."""
        self._left: Iterator[object] = self.rest
        """Has as many items left as that."""
        self._end = 0

    def __del__(self) -> None:
        # A loop that is left early drops its iterator without a word.
        if self._prefetcher is not None:
            self._prefetcher.cancel()

    async def aclose(self) -> None:
        if self._prefetcher is not None:
            await self._prefetcher.aclose()

    @property
    def offset(self) -> int:
        """How many items of the page have been handed out."""
        return self._end - length_hint(self._left)

    def move_to(self, offset: int) -> None:
        """Puts the place there, with nothing to be handed out."""
        self.rest = iter(())
        self._left = self.rest
        self._end = offset

    def hand_out(self, most: int | None = None) -> int:
        """Makes the items behind the place those to be handed out; returns how many they are."""
        offset = self.offset
        rest = self.items[offset:] if most is None else self.items[offset : offset + most]
        if isinstance(rest, Records):
            self.rest, self._left = rest.handed_out()
        else:
            self.rest = iter(rest)
            self._left = self.rest
        self._end = offset + len(rest)
        return len(rest)

    async def advance(self) -> R | None:
        """Takes up the next page; None at the service's end of the list."""
        if self._busy:
            raise PaginationError(
                "the iterator is in use by another task; give each task its own",
                self._request.operation,
                checkpoint=self.checkpoint(),
            )
        if self._start.finished if self._page is None else self._page.next_token is None:
            return None
        self._busy = True
        try:
            offset = await self._find_place() if self._place is not None else 0
            page = self._fetched.popleft() if self._fetched else await self._fetch()
        except RekognitionError as error:
            error.checkpoint = self.checkpoint()
            raise
        finally:
            self._busy = False
        self._page = page
        self.items = page.items
        self.move_to(offset)
        return page.response

    async def _fetch(self) -> _Page[R]:
        return await (self._prefetcher or self._source).next()

    async def _find_place(self) -> int:
        """Fetches up to the place of the checkpoint, and tells its offset on its page."""
        place = cast("_Place[R, T]", self._place)
        while not place.is_settled:
            page = await self._fetch()
            self._fetched.append(page)
            place.look_at(page.items, last=page.next_token is None)
        for _ in range(place.page):
            self._fetched.popleft()
        self._place = None
        return place.offset

    def checkpoint(self) -> str:
        page = self._page
        if page is None:
            return self._start.encode()
        offset = self.offset
        if offset >= len(self.items):
            place: dict[str, Any] = {"token": page.next_token, "finished": page.next_token is None}
        elif offset == 0:
            place = {"token": page.token}
        else:
            recent = self.items[max(0, offset - _REMEMBERED_ITEMS) : offset]
            place = {
                "token": page.token,
                "page_size": page.page_size,
                "offset": offset,
                "handed_out": tuple(_digest(self._request.key_of(item)) for item in recent),
            }
        position = _Position(
            operation=self._start.operation, parameters=self._start.parameters, **place
        )
        return position.encode()


class Pages(Generic[R, T]):
    """The responses of a listing, one after the other.

    After an exception, asking again asks for the same page again.
    """

    def __init__(self, cursor: _Cursor[R, T], max_items: int | None) -> None:
        self._cursor = cursor
        self._remaining = max_items

    @property
    def checkpoint(self) -> str:
        """The place behind the last page that was handed out, for ``resume=``."""
        return self._cursor.checkpoint()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> R:
        if self._remaining is not None and self._remaining <= 0:
            raise StopAsyncIteration
        page = await self._cursor.advance()
        if page is None:
            raise StopAsyncIteration
        items = len(self._cursor.items)
        self._cursor.move_to(items)
        if self._remaining is not None:
            self._remaining -= items
        return page

    async def aclose(self) -> None:
        """Ends the fetching ahead, where there is any."""
        await self._cursor.aclose()


class Paginator(Generic[R, T]):
    """A listing: its items with ``async for``, its pages, its first page, or all at once.

    ``async for`` moves this object along the list. It goes on where it stopped: after a
    ``break``, and after an exception, which leaves it before the page that failed. At the end of
    the list it is finished, and another ``async for`` lists anew. ``await``, `pages`, `collect`
    and `first` each list anew from the starting point, and do not move it.

    One iteration belongs to one task at a time. With ``prefetch``, leaving a loop early ends the
    fetching ahead as soon as the paginator is dropped; ``async with`` or `aclose` ends it at once.
    """

    def __init__(
        self,
        send: Send[R, T],
        spawn: Spawn[R],
        request: PagedRequest[R, T],
        *,
        max_items: int | None = None,
        resume: str | None = None,
        prefetch: int = 0,
    ) -> None:
        """Prepares a listing; nothing is sent yet.

        Args:
            send: Sends one request.
            spawn: Starts a task that ends with the client.
            request: Asks for the first page.
            max_items: Ends the listing after so many items.
            resume: A checkpoint to go on from.
            prefetch: How many pages to fetch ahead.

        Raises:
            RequestValidationError: A number is negative, or the checkpoint is of another listing.
        """
        _check_count(request.operation, "max_items", max_items)
        _check_count(request.operation, "prefetch", prefetch)
        self._send = send
        self._spawn = spawn
        self._request = request
        self._max_items = max_items
        self._prefetch = prefetch
        self._start = _start_of(request, resume)
        self._rewind()

    def _rewind(self) -> None:
        self._cursor = self._new_cursor(self._max_items)
        self._rest = self._cursor.rest
        self._remaining = self._max_items
        self._finished = False

    def _new_cursor(self, limit: int | None) -> _Cursor[R, T]:
        source = _PageSource(self._send, self._request, self._start, limit)
        ahead = _Prefetcher(source, self._spawn, self._prefetch) if self._prefetch else None
        return _Cursor(source, self._request, self._start, ahead)

    @property
    def checkpoint(self) -> str:
        """The place behind the last item that ``async for`` handed out.

        Text that is safe in JSON and on a command line, less than a kilobyte long. Passed as
        ``resume=`` to the same listing, in this process or another, it goes on exactly there. It
        holds the service's page token, which Rekognition may let expire.

        Where the list changes meanwhile, the place is found by the last 16 items handed out.
        """
        return self._cursor.checkpoint()

    def __aiter__(self) -> Self:
        if self._finished:
            self._rewind()
        return self

    async def __anext__(self) -> T:
        # Run for each item, so what is usual comes first, and is little.
        for item in self._rest:
            return item
        return await self._first_of_next_page()

    async def _first_of_next_page(self) -> T:
        cursor = self._cursor
        while not self._finished:
            if self._remaining == 0 or await cursor.advance() is None:
                self._finished = True
                break
            taken = cursor.hand_out(self._remaining)
            if self._remaining is not None:
                self._remaining -= taken
            self._rest = cursor.rest
            for item in self._rest:
                return item
        raise StopAsyncIteration

    def __await__(self) -> Generator[Any, Any, R]:
        """The first page.

        Raises:
            PaginationError: The checkpoint resumed from is at the end of the list.
        """
        return self._first_page().__await__()

    async def _first_page(self) -> R:
        async for page in self.pages():
            return page
        raise PaginationError(
            "there is no page: the listing starts at the end of the list, or max_items is 0",
            self._request.operation,
            checkpoint=self._start.encode(),
        )

    def pages(self) -> Pages[R, T]:
        """The listing as responses, which hold all that a page tells beside its items.

        Pages are whole: ``max_items`` ends the listing behind the page that reaches it, and a
        checkpoint within a page resumes with all of that page.
        """
        return Pages(self._new_cursor(self._max_items), self._max_items)

    async def collect(self) -> list[T]:
        """All items in a list."""
        return [item async for item in self._anew(self._max_items)]

    async def first(self) -> T | None:
        """The first item, or None where there is none."""
        async for item in self._anew(1 if self._max_items is None else min(1, self._max_items)):
            return item
        return None

    def _anew(self, max_items: int | None) -> Paginator[R, T]:
        other = copy.copy(self)
        other._max_items = max_items
        other._rewind()
        return other

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Ends the fetching ahead, where there is any; the position stays."""
        await self._cursor.aclose()


def _check_count(operation: str, name: str, value: int | None) -> None:
    if value is None:
        return
    if type(value) is not int or value < 0:
        problem = f"input should be a whole number of at least 0, got {value!r}"
        raise RequestValidationError(operation, {name: problem})


def _start_of(request: PagedRequest[R, T], resume: object) -> _Position:
    token = getattr(request, request.token_field)
    start = _Position(operation=request.operation, parameters=_parameters_of(request), token=token)
    if resume is None:
        return start
    problem = None
    if token is not None:
        problem = "excludes starting_token: a checkpoint has a token of its own"
    elif isinstance(resume, str) and len(resume) > _MAX_CHECKPOINT_LENGTH:
        problem = (
            f"is no checkpoint of this package: it has {len(resume)} characters, and a checkpoint "
            f"has at most {_MAX_CHECKPOINT_LENGTH}"
        )
    else:
        try:
            start = _Position.decode(resume)
        except ValueError:
            # Not quoted: a damaged checkpoint still holds most of a page token.
            problem = f"is no checkpoint of this package, got {type(resume).__name__}"
        else:
            if start.operation != request.operation:
                problem = f"is a checkpoint of {start.operation}, not of {request.operation}"
            elif start.parameters != _parameters_of(request):
                problem = "is a checkpoint of a listing with other parameters"
            else:
                problem = _problem_with(start, request)
    if problem is not None:
        raise RequestValidationError(request.operation, {"resume": problem})
    return start


def _problem_with(start: _Position, request: PagedRequest[R, T]) -> str | None:
    """Why a page cannot be asked for as a checkpoint says; None where it can."""
    names = {request.token_field: "page token", request.page_size_field: "page size"}
    parameters = {**vars(request), request.token_field: start.token}
    if start.page_size is not None:
        parameters[request.page_size_field] = start.page_size
    try:
        cast("RequestModel", request).build(names, **parameters)
    except RequestValidationError as refused:
        listed = (f"{name} ({problem})" for name, problem in refused.problems.items())
        return f"holds what the operation does not take: {', '.join(listed)}"
    return None


def _parameters_of(request: PagedRequest[R, T]) -> str:
    passing = {request.token_field, request.page_size_field}
    parameters = cast("BaseModel", request).model_dump(mode="json", exclude=passing)
    return _digest(json.dumps(parameters, sort_keys=True))
