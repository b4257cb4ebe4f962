"""A worker process: does pictures until it is told to end (SIGTERM, Ctrl-C).

python worker.py

What it has begun it ends. taskiq's own command would do as well, but for this: told to end while
its queue is empty, it waits for one more message.
"""

import asyncio
import signal

from taskiq.receiver import Receiver
from tasks import broker

PICTURES_AT_ONCE = 4
"""More of them are of use only where the quota allows more than this many for each worker."""


async def work() -> None:
    broker.is_worker_process = True
    ending = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    try:
        # Opens the client, by the startup event.
        await Receiver(broker, max_async_tasks=PICTURES_AT_ONCE).listen(ending)
    finally:
        await broker.shutdown()


if __name__ == "__main__":
    asyncio.run(work())
