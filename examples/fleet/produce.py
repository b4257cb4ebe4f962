"""The producer: queues each picture of folders, globs or s3://bucket/prefix.

python produce.py SOURCE...

Started again, it goes on where it stopped: keys that are queued are passed over.
"""

import asyncio
import sys
from pathlib import Path

from redis.asyncio import Redis
from settings import PRODUCED, QUEUED, REDIS_URL, STATES
from tasks import broker, index_picture

from rekognition_async import Pictures, RekognitionClient


async def produce(*sources: str) -> None:
    pictures = Pictures(*sources)
    await broker.startup()
    async with (
        RekognitionClient() as client,
        Redis.from_url(REDIS_URL, decode_responses=True) as redis,
    ):
        await redis.delete(PRODUCED)
        async for key, picture in client.keyed_pictures(pictures):
            if await redis.hexists(STATES, key):
                continue
            # The message first: a picture that is queued twice is still indexed once.
            await index_picture.kiq(key, location(key, picture))
            await redis.hsetnx(STATES, key, QUEUED)
        total = await redis.hlen(STATES)
        await redis.set(PRODUCED, total)
    await broker.shutdown()
    print(total, "pictures,", pictures.passed_over, "files are none")


def location(key: str, picture: object) -> str:
    """What any worker opens: a URL of S3, or a path, which has to be the same on all machines."""
    return key if key.startswith("s3://") else str(Path(str(picture)).absolute())


if __name__ == "__main__":
    asyncio.run(produce(*sys.argv[1:]))
