"""Events: those of our own sessions, without a coroutine for each handler; and who listens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import isawaitable
from typing import Any

from aiobotocore.client import AioBaseClient
from aiobotocore.hooks import AioHierarchicalEmitter


class Emitter(AioHierarchicalEmitter):
    """Calls handlers as aiobotocore does, and awaits only what one of them returns.

    A call emits ten events to nineteen handlers, most of which return None: aiobotocore makes and
    awaits a coroutine for each, which takes 2 % of a call.
    """

    async def _emit(
        self,
        event_name: str,
        kwargs: dict[str, Any],
        stop_on_response: bool = False,
    ) -> list[tuple[Any, Any]]:
        handlers = self._lookup_cache.get(event_name)
        if handlers is None:
            handlers = self._lookup_cache[event_name] = self._handlers.prefix_search(event_name)
        kwargs["event_name"] = event_name
        responses = []
        for handler in handlers:
            response = handler(**kwargs)
            if response is not None and isawaitable(response):
                response = await response
            responses.append((handler, response))
            if stop_on_response and response is not None:
                break
        return responses


def listeners(client: AioBaseClient, event_name: str) -> Sequence[Callable[..., Any]]:
    """The handlers that a client calls for an event."""
    # botocore has no public way to ask who listens.
    return client.meta.events._emitter._handlers.prefix_search(event_name)
