#!/usr/bin/env bash
# On Python 3.11, redis-py's asyncio client with a socket timeout loses a cancellation while it sends.
#
# A task that awaits GET is cancelled just as the command is written to an open connection. With
# socket_timeout=None the task ends as cancelled. With a socket_timeout, and with the one that this
# version sets when none is given, the GET is answered and the task goes on as if nothing had happened:
# its cancelling() is 1, and no CancelledError is raised. An asyncio.timeout() that expires at that
# moment is lost in the same way: no TimeoutError. The client sends within asyncio.wait_for, which on
# 3.11 returns the result of what is done by then instead of raising.
#
# Seen with redis 8.1.0 on Python 3.11 on 2026-11-28.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check redis==8.1.0
"$folder/venv/bin/python" - <<'PY'
import asyncio
from contextlib import suppress

from redis.asyncio import Redis


async def answer(reader, writer):
    with suppress(ConnectionError):
        while header := await reader.readline():
            words = []
            for _ in range(int(header[1:])):
                length = int((await reader.readline())[1:])
                words.append((await reader.readexactly(length + 2))[:-2])
            writer.write(b"$5\r\nvalue\r\n" if words[0] == b"GET" else b"+OK\r\n")
    writer.close()


async def cancelled(client):
    task = asyncio.create_task(client.get("key"))
    await asyncio.sleep(0)  # the task runs until its command is being sent
    task.cancel()
    await asyncio.wait([task], timeout=10)
    return "cancelled" if task.cancelled() else (task.result(), task.cancelling())


async def timed_out(client):
    try:
        async with asyncio.timeout(10) as deadline:
            # Runs when the command is being sent, and lets the deadline pass then.
            asyncio.get_running_loop().call_soon(deadline.reschedule, 0)
            return await client.get("key"), deadline.expired()
    except TimeoutError:
        return "timed out"


async def main(**options):
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    client = Redis(port=server.sockets[0].getsockname()[1], protocol=2, **options)
    await client.get("key")  # opens the connection
    seen = [await cancelled(client)]
    await client.get("key")  # opens it again where the cancelled call has closed it
    seen.append(await timed_out(client))
    await client.aclose()
    server.close()
    return seen


without = asyncio.run(main(socket_timeout=None))
with_timeout = asyncio.run(main(socket_timeout=5))
unset = asyncio.run(main())
print("without:", without, "with a timeout:", with_timeout, "unset:", unset)
assert without == ["cancelled", "timed out"]
assert with_timeout == unset == [(b"value", 1), (b"value", True)]
PY
