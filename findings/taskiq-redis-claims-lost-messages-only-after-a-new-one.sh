#!/usr/bin/env bash
# taskiq-redis delivers the message of a worker that died only once another message arrives.
#
# RedisStreamBroker claims messages that were not acknowledged for idle_timeout. It does so behind
# each read that brought a new message, and a read that brought none begins the next one: on a quiet
# queue the last messages of a dead worker wait for somebody to send something. A worker takes a
# message, and goes away without acknowledging it. With an idle_timeout of 0.1 s another worker gets
# nothing in 3 s of reads of 0.2 s each; when a second message is sent, it gets both.
#
# Seen with taskiq-redis 1.2.4, taskiq 0.13.0 and redis 8.1.0 on 2026-11-28. It needs redis-server.
set -euo pipefail
command -v redis-server >/dev/null || { echo "redis-server is needed" >&2; exit 2; }
folder=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
server=
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
    taskiq-redis==1.2.4 taskiq==0.13.0 redis==8.1.0
redis-server --port 0 --unixsocket "$folder/socket" --save '' --dir "$folder" >/dev/null &
server=$!
until [ -S "$folder/socket" ]; do sleep 0.1; done
"$folder/venv/bin/python" - "unix://$folder/socket" <<'PY'
import asyncio
import sys

from taskiq.message import BrokerMessage
from taskiq_redis import RedisStreamBroker


def message(name):
    return BrokerMessage(task_id=name, task_name="task", message=name.encode(), labels={})


async def worker():
    broker = RedisStreamBroker(sys.argv[1], idle_timeout=100, xread_block=200)
    await broker.startup()
    return broker


async def received(broker, count, seconds):
    got = []
    try:
        async with asyncio.timeout(seconds):
            async for delivered in broker.listen():
                got.append(delivered.data.decode())
                if len(got) == count:
                    break
    except TimeoutError:
        pass
    return got


async def main():
    lost, other = await worker(), await worker()
    await lost.kick(message("first"))
    print("the worker that dies:", taken := await received(lost, 1, 5))
    await lost.shutdown()
    print("another, on a quiet queue:", quiet := await received(other, 1, 3))
    await other.kick(message("second"))
    print("another, after a new message:", both := await received(other, 2, 5))
    await other.shutdown()
    assert (taken, quiet, both) == (["first"], [], ["second", "first"])


asyncio.run(main())
PY
