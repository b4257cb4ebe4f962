#!/usr/bin/env bash
# Closing an aiohttp session ends tasks that wait for a connection with a CancelledError that
# nobody asked for, and a TaskGroup of them ends as if all were well.
#
# With a connector of one connection, one request has it and three wait. After session.close() the
# waiting three end with CancelledError while their task.cancelling() is 0: no one cancelled them.
# asyncio.TaskGroup takes a cancelled child as one that has been ended on purpose, so the group
# ends without an exception and without results.
#
# Seen with aiohttp 3.14.5 on Python 3.11 on 2026-11-28.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check aiohttp==3.14.5
"$folder/venv/bin/python" - <<'PY'
import asyncio

import aiohttp
from aiohttp import web


async def main():
    release = asyncio.Event()
    arrived = asyncio.Event()

    async def slow(_):
        arrived.set()
        await release.wait()
        return web.Response()

    app = web.Application()
    app.router.add_get("/", slow)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = "http://127.0.0.1:%d/" % runner.addresses[0][1]
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1))
    outcomes = []

    async def call():
        try:
            async with session.get(url):
                pass
        except BaseException as error:
            outcomes.append((type(error).__name__, asyncio.current_task().cancelling()))
            raise

    holder = asyncio.create_task(call())
    await arrived.wait()
    group_error = None
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(call())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await session.close()
    except BaseException as error:
        group_error = error
    release.set()
    await asyncio.gather(holder, return_exceptions=True)
    await runner.cleanup()
    waiting = [outcome for outcome in outcomes if outcome[0] == "CancelledError"]
    print("waiting tasks:", waiting, "the group's error:", group_error)
    assert waiting == [("CancelledError", 0)] * 3 and group_error is None


asyncio.run(main())
PY
