"""Runs one case once, and prints its figures as JSON.

The arguments are the peer's module, the case, its sizes as JSON, the server's address, and what
the starter's monotonic clock said; or in the place of that the word ``profile``, for where the
time goes.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys

from benchmarks.workers import scenarios
from benchmarks.workers.peer import Peer


def _run(module: str, case: str, sizes: str, server: str, started: str) -> scenarios.Figures:
    peer: Peer = importlib.import_module(f"benchmarks.workers.{module}").PEER
    if started == "profile":
        from benchmarks.workers import profile  # noqa: PLC0415 - nothing that a run should import

        return profile.shares(lambda: scenarios.SCENARIOS[case](peer, server, json.loads(sizes)))

    async def measured() -> scenarios.Figures:
        if case in scenarios.FIRST_CALLS:
            return await scenarios.first_call(case, peer, server, float(started))
        return await scenarios.SCENARIOS[case](peer, server, json.loads(sizes))

    return asyncio.run(measured())


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_run(*sys.argv[1:])) + "\n")
