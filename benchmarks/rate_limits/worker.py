"""One process of a run: ``python -m benchmarks.rate_limits.worker PLAN``, as the run starts it.

It says ``ready`` when its client is open, begins when it is told to, and prints what it saw.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Final, cast

from aiobotocore.session import get_session

from rekognition_async import RedisRateLimiter, RekognitionClient

_LOOK_EVERY: Final = 0.02
_OPERATION: Final = "ListCollections"

Call = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a process does.

    Attributes:
        options: Where the service is, as arguments of a client.
        quotas: As `RekognitionClient` takes them, where ``redis`` is None.
        redis: The arguments of a `RedisRateLimiter`.
        plain: Whether to call through aiobotocore's own client, with no settings.
        calls: So many calls at once, or None for ``seconds``.
        tasks: So many callers, of one call after the other.
        seconds: How long the callers go on.
    """

    options: dict[str, Any]
    quotas: Any = "learned"
    redis: dict[str, Any] | None = None
    plain: bool = False
    calls: int | None = None
    tasks: int = 8
    seconds: float = 20.0


@dataclass(slots=True)
class Outcome:
    """What a process saw.

    Attributes:
        answered: How many calls were answered.
        raised: How many calls raised, by the name of the error.
        elapsed: Seconds from the beginning to the last answer.
        rates: What its limiter expected, and since when, in seconds since the epoch.
    """

    answered: int = 0
    raised: dict[str, int] = field(default_factory=dict[str, int])
    elapsed: float = 0.0
    rates: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])


async def _run(plan: Plan) -> Outcome:
    outcome = Outcome()
    async with AsyncExitStack() as stack:
        limiter = None if plan.redis is None else RedisRateLimiter(**plan.redis)
        if limiter is not None:
            await stack.enter_async_context(limiter)
        call = await stack.enter_async_context(_caller(plan, limiter))
        _tell("ready")
        await asyncio.to_thread(sys.stdin.readline)
        await _work(plan, call, limiter, outcome)
    return outcome


async def _work(plan: Plan, call: Call, limiter: RedisRateLimiter | None, outcome: Outcome) -> None:
    began = time.monotonic()

    async def once() -> None:
        try:
            await call()
        except Exception as error:  # noqa: BLE001 - what is raised is what is counted
            code = _code_of(error)
            outcome.raised[code] = outcome.raised.get(code, 0) + 1
        else:
            outcome.answered += 1
            outcome.elapsed = time.monotonic() - began

    async def forever() -> None:
        while True:
            await once()

    if plan.calls is not None:
        await asyncio.gather(*(once() for _ in range(plan.calls)))
        return
    tasks = [asyncio.create_task(forever()) for _ in range(plan.tasks)]
    while time.monotonic() - began < plan.seconds:
        if limiter is not None:
            _note_rate(outcome, limiter)
        await asyncio.sleep(_LOOK_EVERY)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def _caller(plan: Plan, limiter: RedisRateLimiter | None) -> AsyncGenerator[Call]:
    if plan.plain:
        async with get_session().create_client("rekognition", **plan.options) as plain:
            yield cast("Call", plain.list_collections)
        return
    quotas = plan.quotas if limiter is None else limiter
    async with RekognitionClient(**plan.options, quotas=quotas) as client:
        yield client.list_collections


def _note_rate(outcome: Outcome, limiter: RedisRateLimiter) -> None:
    rate = limiter.rate(_OPERATION, "")
    if not outcome.rates or outcome.rates[-1][1] != rate:
        outcome.rates.append((time.time(), rate))


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _code_of(error: Exception) -> str:
    response = getattr(error, "response", None)
    code = response["Error"]["Code"] if isinstance(response, dict) else None
    return code or type(error).__name__


if __name__ == "__main__":
    _tell(json.dumps(asdict(asyncio.run(_run(Plan(**json.loads(sys.argv[1])))))))
