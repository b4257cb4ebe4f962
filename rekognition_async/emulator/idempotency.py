"""Calls that carry a ClientRequestToken: what is asked twice is done once."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import json
from typing import Final
from weakref import WeakValueDictionary

from rekognition_async.emulator.handlers.base import Call, Handler
from rekognition_async.emulator.protocol import EmulatedError, JsonObject

_TOKEN: Final = "ClientRequestToken"  # noqa: S105 - the name of a member
_KIND: Final = "client_request_token"


class Idempotency:
    """Does a call, unless it was done before."""

    def __init__(self) -> None:
        """Begins with no call under way."""
        self._under_way: WeakValueDictionary[tuple[str, ...], asyncio.Lock] = WeakValueDictionary()

    async def answer(self, call: Call, handler: Handler) -> JsonObject:
        """The answer of a handler, or the one that it gave to the same token before.

        Raises:
            EmulatedError: The handler's own; IdempotentParameterMismatchException where the token
                came with other parameters before.
        """
        token = call.parameters.get(_TOKEN)
        if token is None:
            return await _done(call, handler)
        place = (*call.caller, call.operation, token)
        lock = self._under_way.setdefault(place, asyncio.Lock())
        async with lock:
            shelf = call.shelf(_KIND, call.operation)
            asked = _digest(call.parameters)
            before = shelf.find(token)
            if before is None:
                answer = await _done(call, handler)
                shelf.add(token, {"Asked": asked, "Answer": answer}, at=call.time)
                return answer
            if before.document["Asked"] != asked:
                raise EmulatedError(
                    "IdempotentParameterMismatchException",
                    "A ClientRequestToken was reused with other parameters",
                )
            answered: JsonObject = before.document["Answer"]
            return answered


async def _done(call: Call, handler: Handler) -> JsonObject:
    answer = handler(call)
    return await answer if inspect.isawaitable(answer) else answer


def _digest(parameters: JsonObject) -> str:
    rest = {name: value for name, value in parameters.items() if name != _TOKEN}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
