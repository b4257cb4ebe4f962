"""ClientRequestToken: a request that was sent before is answered as before, and not done again.

`Service` has each handler called by `Idempotency.answer`.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import Final
from weakref import WeakValueDictionary

from rekognition_async.emulator.handlers.base import REQUEST_TOKEN, Call, Handler, do
from rekognition_async.emulator.protocol.messages import EmulatedError
from rekognition_async.emulator.utils.json_types import JsonObject

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
        token = call.parameters.get(REQUEST_TOKEN)
        if token is None:
            return await do(call, handler)
        place = (*call.caller, call.operation, token)
        lock = self._under_way.setdefault(place, asyncio.Lock())
        async with lock:
            shelf = call.shelf(_KIND, call.operation)
            asked = hashlib.sha256(call.asked.encode()).hexdigest()
            before = shelf.find(token)
            if before is None:
                answer = await do(call, handler)
                shelf.add(token, {"Asked": asked, "Answer": answer}, at=call.time)
                return answer
            if before.document["Asked"] != asked:
                raise EmulatedError(
                    "IdempotentParameterMismatchException",
                    f"The ClientRequestToken: {token} you have supplied is already in use",
                )
            answered: JsonObject = before.document["Answer"]
            return answered
