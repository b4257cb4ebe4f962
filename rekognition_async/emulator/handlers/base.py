"""What a handler is given, and the paging that all listings share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from rekognition_async.emulator.protocol import JsonObject
from rekognition_async.emulator.signature import Caller
from rekognition_async.emulator.store import Store
from rekognition_async.emulator.tokens import Position, Tokens


@dataclass(frozen=True)
class Call:
    """One call of an operation, let in and validated.

    Attributes:
        operation: AWS's name of the operation.
        caller: The account and region whose state it is about.
        parameters: The input, by the names of the service model; blobs are bytes.
        store: The state.
        tokens: Makes and reads page tokens.
        page_size: How many items a page has where MaxResults asks for no fewer.
        time: Seconds since the epoch.
    """

    operation: str
    caller: Caller
    parameters: JsonObject
    store: Store
    tokens: Tokens
    page_size: Callable[[], int]
    time: float

    def page(
        self, fetch: Callable[[int, int], Sequence[tuple[Any, ...]]], *scope: str
    ) -> tuple[Sequence[tuple[Any, ...]], str | None]:
        """A page of a listing, and the token of the next one.

        Args:
            fetch: Given a sequence number and a count, the next rows behind that number in
                order, each beginning with its own sequence number.
            scope: What the listing is narrowed to, so that its tokens are good for nothing else.

        Raises:
            EmulatedError: InvalidPaginationTokenException.
        """
        scope = (self.operation, *self.caller, *scope)
        token = self.parameters.get("NextToken")
        start = self.tokens.read(token, *scope) if token else Position()
        size = self.page_size()
        # MaxResults 0 is within the limits, and means as much as none.
        size = min(size, self.parameters.get("MaxResults") or size)
        rows = fetch(start.after, size + 1)
        if len(rows) <= size:
            return rows, None
        rows = rows[:size]
        last = rows[-1][0] if rows else start.after
        return rows, self.tokens.issue(Position(last, start.page + 1), *scope)


Handler: TypeAlias = Callable[[Call], JsonObject]
