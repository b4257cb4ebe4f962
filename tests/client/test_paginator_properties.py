"""What comes out of a listing is what is there, in order, once: whatever happens on the way."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import FakeClock, emulated, names, patient

from rekognition_async import (
    PaginationError,
    RekognitionClient,
    RekognitionError,
    ServiceError,
    TransportError,
)
from rekognition_async.emulator import Fault, FaultRule

FAULTS: dict[str, Callable[[], Fault]] = {
    "throttle": Fault.throttle,
    "denied": lambda: Fault.error("AccessDeniedException", "for a moment"),
    "429": lambda: Fault.http(429, body="<html>busy</html>"),
    "503": lambda: Fault.http(503, body=""),
    "reset": Fault.reset,
    "truncate": Fault.truncate,
    "html": lambda: Fault.http(200, body="<html>"),
    "bad token": lambda: Fault.error("InvalidPaginationTokenException", "for a moment"),
}


@dataclass(frozen=True)
class Story:
    """One listing, and all that befalls it."""

    count: int
    page_sizes: list[int]
    faults: dict[int, str]
    prefetch: int
    page_size: int | None
    attempts: int
    steps: list[str]
    """What the consumer does before each item: go on, resume from the checkpoint, be cancelled."""


stories = st.builds(
    Story,
    count=st.integers(0, 25),
    page_sizes=st.lists(st.integers(0, 6), max_size=12),
    faults=st.dictionaries(st.integers(1, 20), st.sampled_from(sorted(FAULTS)), max_size=8),
    prefetch=st.integers(0, 4),
    page_size=st.none() | st.integers(1, 7),
    attempts=st.integers(1, 3),
    steps=st.lists(st.sampled_from(["go on", "resume", "cancel", "break"]), max_size=25),
)


def runs(test: Callable[[Story], Awaitable[None]]) -> Callable[[Story], None]:
    """Each example gets an event loop of its own, and must leave nothing in it."""

    def run(story: Story) -> None:
        async def alone() -> None:
            before = asyncio.all_tasks()
            await test(story)
            for _ in range(10):
                await asyncio.sleep(0)
            assert asyncio.all_tasks() == before

        asyncio.run(alone())

    run.__doc__ = test.__doc__
    run.__name__ = test.__name__
    return run


class Consumer:
    """Takes items, in spite of errors, cancellations and changes of process."""

    def __init__(self, client: RekognitionClient, story: Story) -> None:
        self.options: dict[str, Any] = {"prefetch": story.prefetch, "page_size": story.page_size}
        self.client = client
        self.paginator = client.iter_collections(**self.options)
        self.seen: list[str] = []
        self.finished = False

    async def resume(self) -> None:
        checkpoint = self.paginator.checkpoint
        await self.paginator.aclose()
        self.paginator = self.client.iter_collections(resume=checkpoint, **self.options)

    async def take(self) -> bool:
        """Takes the next item; False at the end of the list."""
        while True:
            try:
                item = await anext(self.paginator)
            except StopAsyncIteration:
                self.finished = True
                return False
            except PaginationError:
                raise
            except RekognitionError as error:
                assert error.checkpoint == self.paginator.checkpoint  # noqa: PT017 - any of many
            else:
                self.seen.append(item.collection_id)
                return True

    async def take_in_a_loop(self) -> None:
        """Leaves a loop after its first item; over a finished listing, a loop would list anew."""
        if self.finished:
            return
        with suppress(ServiceError, TransportError):
            async for item in self.paginator:
                self.seen.append(item.collection_id)
                return
            self.finished = True

    async def take_cancelled(self) -> None:
        """Is cancelled while the next item is on its way."""
        task = asyncio.ensure_future(self.paginator.__anext__())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        try:
            item = await task
        except StopAsyncIteration:
            self.finished = True
            return
        except (asyncio.CancelledError, RekognitionError):
            return
        self.seen.append(item.collection_id)


@given(story=stories)
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@runs
async def test_what_comes_out_is_what_is_there_in_order_once(story: Story) -> None:
    """Through random pages, faults, cancellations and resumes nothing is lost, doubled or moved."""
    rules = [
        FaultRule("ListCollections", FAULTS[kind](), calls=call)
        for call, kind in story.faults.items()
    ]
    async with emulated(
        rules,
        collections=names(story.count),
        page_sizes=story.page_sizes,
        page_size=5,
        retry=patient(FakeClock(), story.attempts),
    ) as (_, client):
        consumer = Consumer(client, story)
        for step in story.steps:
            if step == "resume":
                await consumer.resume()
            elif step == "cancel":
                await consumer.take_cancelled()
            elif step == "break":
                await consumer.take_in_a_loop()
            else:
                await consumer.take()
        while await consumer.take():
            pass
        await consumer.paginator.aclose()
        assert consumer.seen == names(story.count)
