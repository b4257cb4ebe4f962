"""Sends the requests of a bulk, and hands out what became of each.

`run` reads its source in a task of its own, and makes a task for each key: it makes the request,
sends it, and records the outcome in the journal, where there is one. Two numbers bound it: how
many keys are under way, from being read to being handed out, and how many of those are not sent
yet. The second begins small, and grows as long as requests find the quota unused when they come,
so that no more pictures are held in memory than the quota needs.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Coroutine,
    Iterable,
    Mapping,
)
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeAlias, TypeVar, cast

from rekognition_async.bulk.outcomes import Outcome, attempts_of
from rekognition_async.bulk.sharding import is_in_shard, shard_problem
from rekognition_async.errors import (
    ClientClosedError,
    RekognitionError,
    RequestValidationError,
)
from rekognition_async.operation import R, Request

if TYPE_CHECKING:
    import os

    from rekognition_async.bulk.journal import Journal, OpenJournal

_FIRST_UNSENT: Final = 2
_PASSED_OVER_AT_ONCE: Final = 100
_UNUSED_QUOTA_SECONDS: Final = 0.005
"""A request that waits less for its turn has found the quota unused."""

S = TypeVar("S")
OutcomeT = TypeVar("OutcomeT", bound=Outcome[Any])
_T = TypeVar("_T")

Keyed: TypeAlias = Mapping[str, S] | Iterable[tuple[str, S]] | AsyncIterable[tuple[str, S]]
"""Values, each under a key."""


class SendsInBulk(Protocol):
    """Sends a request that lets all others of its client go first."""

    async def __call__(self, request: Request[R], on_sent: Callable[[float], None], /) -> R:
        """Gives the answer; calls ``on_sent`` with the seconds waited when it is first sent."""
        ...


class Spawns(Protocol):
    """Starts a task that does not outlive the client."""

    def __call__(self, work: Coroutine[Any, Any, _T], /) -> asyncio.Task[_T]:
        """Starts it."""
        ...


@dataclass(frozen=True, slots=True)
class BulkCaller:
    """What a bulk needs of its client.

    Attributes:
        send: Sends a request.
        spawn: Starts a task.
        monotonic: The time.
        max_connections: How many requests may be on the wire at once.
    """

    send: SendsInBulk
    spawn: Spawns
    monotonic: Callable[[], float]
    max_connections: int


@dataclass(frozen=True, slots=True)
class BulkSettings:
    """How a bulk is run.

    Attributes:
        max_in_flight: How many keys may be under way at once; None takes what the quota needs.
        journal: Where outcomes are recorded.
        ordered: Whether outcomes come in the order of the keys.
        shard: Which part of the keys is taken: its index from 0, and how many parts there are.
    """

    max_in_flight: int | None = None
    journal: Journal | str | os.PathLike[str] | None = None
    ordered: bool = False
    shard: tuple[int, int] | None = None

    def problems(self) -> dict[str, str]:
        """What is wrong with them, by parameter."""
        problems: dict[str, str] = {}
        most: object = self.max_in_flight
        if most is not None and (type(most) is not int or most < 1):
            problems["max_in_flight"] = (
                f"input should be a whole number of at least 1 or None, got {most!r}"
            )
        shard = shard_problem(self.shard)
        if shard is not None:
            problems["shard"] = shard
        return problems


class Work(ABC, Generic[S, R, OutcomeT]):
    """What a bulk does with what stands under each key.

    Attributes:
        operation: What the journal is bound to: the operation, or the method.
        parameters: The parameters that the journal is bound to.
    """

    operation: str
    parameters: Mapping[str, Any]
    marks_sent: bool = False
    """Whether the journal remembers what was sent before it is known what became of it."""

    @abstractmethod
    async def request(self, key: str, item: S) -> Request[R]:
        """The request of a key.

        Raises:
            RekognitionError: It cannot be made.
        """

    @abstractmethod
    def outcome(self, item: S, outcome: Outcome[R]) -> OutcomeT:
        """What is handed out."""

    def digest(self, item: S) -> str | None:  # noqa: ARG002 - most have none
        """What tells the request of a key from another one under the same key, in a journal."""
        return None

    async def in_doubt(self, keys: frozenset[str]) -> Callable[[str], R | None]:
        """Looks up what became of requests that were sent, and not recorded, by an earlier run.

        Args:
            keys: Their keys.

        Returns:
            A function that gives the answer to a key; None where it has to be sent again.
        """
        del keys
        return lambda _: None


async def run(
    caller: Callable[[], BulkCaller],
    work: Work[S, R, OutcomeT],
    source: Keyed[S],
    settings: BulkSettings,
) -> AsyncGenerator[OutcomeT]:
    """Does the work for each key, and gives what became of it.

    Args:
        caller: Gives the client's part, once the bulk begins.
        work: What is done.
        source: The keys, each with what the work is done on.
        settings: How it is done.
    """
    async with _opened(settings.journal, work) as journal:
        bulk = _Bulk(caller(), work, journal, settings)
        feeding = asyncio.create_task(bulk.feed(source))
        try:
            while (outcome := await bulk.next_outcome()) is not None:
                yield outcome
            await feeding
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
            await bulk.cancel()


def _opened(
    journal: Journal | str | os.PathLike[str] | None, work: Work[Any, Any, Any]
) -> AbstractAsyncContextManager[OpenJournal | None]:
    if journal is None:
        return nullcontext()
    # SQLite is loaded by those who have a journal.
    from rekognition_async.bulk.journal import Journal, OpenJournal  # noqa: PLC0415

    if not isinstance(journal, Journal):
        journal = Journal(journal)
    return OpenJournal(journal, work.operation, work.parameters)


class _Bulk(Generic[S, R, OutcomeT]):
    def __init__(
        self,
        caller: BulkCaller,
        work: Work[S, R, OutcomeT],
        journal: OpenJournal | None,
        settings: BulkSettings,
    ) -> None:
        self._caller = caller
        self._work = work
        self._journal = journal
        self._shard = settings.shard
        self._ordered = settings.ordered
        most = caller.max_connections
        if settings.max_in_flight is not None:
            most = min(most, settings.max_in_flight)
        self._under_way = asyncio.Semaphore(most)
        self._max_unsent = most if settings.max_in_flight is not None else min(_FIRST_UNSENT, most)
        self._most = most
        self._unsent = asyncio.Semaphore(self._max_unsent)
        self._tasks: dict[asyncio.Task[OutcomeT], tuple[str, S, float]] = {}
        self._keys: set[str] = set()
        # What is handed out next: tasks in the order of their keys, or of their ends.
        self._next: asyncio.Queue[asyncio.Task[OutcomeT] | None] = asyncio.Queue()
        self._fed = False
        self._answer_in_doubt: Callable[[str], R | None] | None = None

    async def feed(self, source: Keyed[S]) -> None:
        """Starts the work for each key, as there is room; raises what the source raises."""
        try:
            async with aclosing(_entries(source)) as keyed:
                while True:
                    await self._unsent.acquire()
                    await self._under_way.acquire()
                    entry = await self._new_entry(keyed)
                    if entry is None:
                        return
                    self._start(*entry)
        finally:
            self._fed = True
            self._next.put_nowait(None)

    async def next_outcome(self) -> OutcomeT | None:
        """What is handed out next; None behind the last."""
        while not self._fed or self._tasks:
            task = await self._next.get()
            if task is None:
                continue
            # Waiting, unlike awaiting, tells the end of the client from a cancelled caller.
            await asyncio.wait({task})
            key, item, begin = self._tasks.pop(task)
            self._keys.discard(key)
            self._under_way.release()
            if not task.cancelled():
                return task.result()
            closed = ClientClosedError("the client was closed")
            return self._outcome(key, item, begin, error=closed)
        return None

    async def cancel(self) -> None:
        """Ends what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _new_entry(self, keyed: AsyncIterator[tuple[str, S]]) -> tuple[str, S] | None:
        """The next key to do something for; None at the end of the source."""
        passed_over = 0
        async for key, item in keyed:
            _check_key(key)
            if not is_in_shard(key, self._shard):
                passed_over += 1
                if passed_over % _PASSED_OVER_AT_ONCE == 0:
                    # Most sources never wait for anything, and would hold up the event loop.
                    await asyncio.sleep(0)
                continue
            if self._journal is not None:
                digest = self._work.digest(item)
                if key in self._keys or await self._journal.has(key, digest):
                    continue
            return key, item
        return None

    def _start(self, key: str, item: S) -> None:
        begin = self._caller.monotonic()
        unsent = _Unsent(self)
        task = self._caller.spawn(self._do(key, item, begin, unsent))
        self._tasks[task] = key, item, begin
        # A task that is cancelled before it begins runs no code of its own.
        task.add_done_callback(unsent.end)
        if self._journal is not None:
            self._keys.add(key)
        if self._ordered:
            self._next.put_nowait(task)
        else:
            task.add_done_callback(self._next.put_nowait)

    async def _do(self, key: str, item: S, begin: float, unsent: _Unsent) -> OutcomeT:
        request: Request[R] | None = None
        response: R | None = None
        error: RekognitionError | None = None
        in_doubt = self._journal is not None and self._journal.is_in_doubt(key)
        try:
            if self._journal is not None and in_doubt:
                response = await self._look_up(self._journal, key)
                in_doubt = False
            if response is None:
                request = await self._work.request(key, item)
                if self._journal is not None and self._work.marks_sent:
                    await self._journal.mark(key, self._work.digest(item))
                response = await self._caller.send(request, unsent.sent)
        except RekognitionError as raised:
            error = raised
        outcome = self._outcome(key, item, begin, request=request, response=response, error=error)
        # Neither the end of the client says anything of the request, nor what could not be
        # looked up: they are left to the next run.
        is_known = not (in_doubt or isinstance(error, ClientClosedError))
        if self._journal is not None and is_known:
            await self._journal.record(outcome, self._work.digest(item))
        return outcome

    async def _look_up(self, journal: OpenJournal, key: str) -> R | None:
        async with journal.looking_up:
            if self._answer_in_doubt is None:
                self._answer_in_doubt = await self._work.in_doubt(journal.keys_in_doubt)
        return self._answer_in_doubt(key)

    def _outcome(
        self,
        key: str,
        item: S,
        begin: float,
        *,
        request: Request[R] | None = None,
        response: R | None = None,
        error: RekognitionError | None = None,
    ) -> OutcomeT:
        sent = 0 if request is None else attempts_of(response, error)
        seconds = self._caller.monotonic() - begin
        return self._work.outcome(item, Outcome(key, request, response, error, sent, seconds))

    def has_sent(self, waited: float) -> None:
        """Makes room for another one that is not sent yet, or two where the quota is not used."""
        self._unsent.release()
        if waited < _UNUSED_QUOTA_SECONDS and self._max_unsent < self._most:
            self._max_unsent += 1
            self._unsent.release()


class _Unsent:
    """The place of one request among those that are not sent yet."""

    __slots__ = ("_bulk",)

    def __init__(self, bulk: _Bulk[Any, Any, Any]) -> None:
        self._bulk: _Bulk[Any, Any, Any] | None = bulk

    def sent(self, waited: float) -> None:
        """Leaves it, after so many seconds of waiting for a turn."""
        bulk, self._bulk = self._bulk, None
        if bulk is not None:
            bulk.has_sent(waited)

    def end(self, _: asyncio.Task[Any]) -> None:
        """Leaves it, where the request was never sent."""
        self.sent(_UNUSED_QUOTA_SECONDS)


async def in_turn(values: Iterable[_T] | AsyncIterable[_T]) -> AsyncGenerator[_T]:
    """Goes through any iterable or async iterable."""
    if isinstance(values, AsyncIterable):
        async for value in values:
            yield value
    else:
        for value in values:
            yield value


def _entries(source: Keyed[S]) -> AsyncGenerator[tuple[str, S]]:
    if isinstance(source, Mapping):
        return in_turn(cast("Mapping[str, S]", source).items())
    return in_turn(source)


def _check_key(key: object) -> None:
    if not isinstance(key, str) or not key:
        raise TypeError(f"a key should be text that is not empty, got {key!r}")


def check_source(operation: str, field: str, source: object, settings: BulkSettings) -> None:
    """Refuses settings out of their limits, and a source that cannot be gone through.

    Raises:
        RequestValidationError: With what is wrong.
    """
    problems = settings.problems()
    if isinstance(source, str | bytes) or not isinstance(source, Iterable | AsyncIterable):
        problems = {
            field: f"input should be an iterable or async iterable, got {type(source).__name__}",
            **problems,
        }
    if problems:
        raise RequestValidationError(operation, problems)
