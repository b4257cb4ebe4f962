"""An event loop in a thread of its own.

``with RekognitionEmulator()`` runs in one, for code that has no event loop, such as tests with
boto3.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

_T = TypeVar("_T")


class BackgroundLoop:
    """Runs coroutines for other threads until it is closed."""

    def __init__(self, name: str) -> None:
        """Starts the thread, under a name that shows in stacks."""
        self._runner = asyncio.Runner()
        self._loop = self._runner.get_loop()
        self._closing = self._loop.create_future()
        # A process that forgets to close it can end all the same.
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with self._runner:
            self._runner.run(_awaited(self._closing))

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Runs a coroutine there, and waits here for its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        """Ends the thread and its loop."""
        self._loop.call_soon_threadsafe(self._closing.set_result, None)
        self._thread.join()


async def _awaited(closing: Awaitable[None]) -> None:
    await closing


def call_on(loop: asyncio.AbstractEventLoop, function: Callable[[], _T]) -> _T:
    """Calls a function on a loop's thread, and waits here for its result."""
    try:
        if asyncio.get_running_loop() is loop:
            return function()
    except RuntimeError:
        pass  # this thread has no loop of its own
    done: Future[_T] = Future()

    def call() -> None:
        try:
            done.set_result(function())
        except BaseException as error:  # noqa: BLE001 - it is raised where it was asked for
            done.set_exception(error)

    loop.call_soon_threadsafe(call)
    return done.result()
