"""What our retry decision costs where nothing failed.

The handler is timed in its place, within a real call: run many times in a row, since a single
run is shorter than the clocks can tell.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from benchmarks.workers.peer import REGION, Peer
from rekognition_async._botocore.events import EventHandlers
from rekognition_async.retry import RetryBudget


async def share(peer: Peer, endpoint_url: str, sizes: Mapping[str, int]) -> float:
    """The part of a request's CPU time that goes into deciding that there is no retry.

    Args:
        peer: This package.
        endpoint_url: Where the server is.
        sizes: How many calls to measure, and how often to repeat the decision.

    Returns:
        A number from 0 to 1.
    """
    async with peer.open(endpoint_url, REGION) as client:
        await peer.describe_collection(client)
        started = time.process_time()
        for _ in range(sizes["calls"]):
            await peer.describe_collection(client)
        request = (time.process_time() - started) / sizes["calls"]
    return await _decision(peer, endpoint_url, sizes["repeats"]) / request


async def _decision(peer: Peer, endpoint_url: str, repeats: int) -> float:
    """The seconds of CPU time that the handler and the refund after it take."""
    decide = EventHandlers._needs_retry
    budget = RetryBudget(500)
    spent = 0.0

    async def repeated(self: EventHandlers, **event: Any) -> float | None:
        nonlocal spent
        started = time.process_time()
        for _ in range(repeats):
            await decide(self, **event)
            budget.refund(0)
        spent += time.process_time() - started
        return await decide(self, **event)

    # The client registers its bound method when it opens, so the class is what can be changed.
    setattr(EventHandlers, decide.__name__, repeated)
    async with peer.open(endpoint_url, REGION) as client:
        await peer.describe_collection(client)
    setattr(EventHandlers, decide.__name__, decide)
    return spent / repeats
