"""Where the time of a case goes, by package."""

from __future__ import annotations

import asyncio
import cProfile
import pstats
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import PurePath
from typing import Any, Final, cast

_CLOCKS: Final = ("method 'poll'", "built-in method time.")

_Place = tuple[str, int, str]


def shares(run: Callable[[], Awaitable[object]]) -> dict[str, float]:
    """The part of each package in the time that a coroutine takes, from 0 to 1.

    What is written in C counts as its caller's, but for the core of Pydantic. Waiting for the
    network is left out.
    """
    profile = cProfile.Profile()

    async def profiled() -> None:
        profile.enable()
        await run()
        profile.disable()

    asyncio.run(profiled())
    # What typeshed does not know: by place, the calls, the own time and the callers.
    table = cast("dict[_Place, Any]", vars(pstats.Stats(profile))["stats"])
    spent: Counter[str] = Counter()
    for place, (_, _, own, _, callers) in table.items():
        if place[0] != "~":
            spent[_package_of(place)] += own
        elif "pydantic_core" in place[2]:
            spent["pydantic-core"] += own
        elif not any(clock in place[2] for clock in _CLOCKS):
            for caller, (_, _, own_by_caller, _) in callers.items():
                spent[_package_of(caller)] += own_by_caller
    total = spent.total()
    return {name: seconds / total for name, seconds in spent.most_common()}


def _package_of(place: _Place) -> str:
    parts = PurePath(place[0]).parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1].removesuffix(".py")
    return "benchmarks" if "benchmarks" in parts else "Python"
