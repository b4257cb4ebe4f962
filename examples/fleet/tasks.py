"""The worker: indexes the faces of one picture at a time, each picture once.

taskiq delivers a message again when the worker that had it is gone. So a picture is marked before
it is sent. One that is marked already is looked for in the collection before it is sent again.
"""

import json

from redis.asyncio import Redis
from settings import (
    COLLECTION,
    DONE,
    LOST_AFTER,
    MAX_WORKERS,
    QUEUE,
    QUOTAS,
    REDIS_URL,
    RESULTS,
    SENT,
    STATES,
)
from taskiq import Context, TaskiqDepends, TaskiqEvents, TaskiqState
from taskiq_redis import RedisStreamBroker

from rekognition_async import RedisRateLimiter, RekognitionClient, external_image_id
from rekognition_async.errors import ClientClosedError, ServiceError

broker = RedisStreamBroker(
    REDIS_URL,
    queue_name=QUEUE,
    # From the first message, whoever starts first.
    consumer_id="0",
    # What a worker has fetched, others cannot take: no more than it is about to do.
    xread_count=1,
    unacknowledged_batch_size=10,
    idle_timeout=round(LOST_AFTER * 1_000),
)


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def open_client(state: TaskiqState) -> None:
    state.redis = Redis.from_url(REDIS_URL, decode_responses=True)
    state.limiter = RedisRateLimiter(REDIS_URL, workers=MAX_WORKERS, quotas=QUOTAS)
    state.client = RekognitionClient(quotas=state.limiter)
    await state.client.open()


@broker.on_event(TaskiqEvents.WORKER_SHUTDOWN)
async def close_client(state: TaskiqState) -> None:
    await state.client.aclose()
    await state.limiter.aclose()
    await state.redis.aclose()


# Acknowledged when the result is written. After an exception, as of Redis, the picture's turn comes
# again, as if the worker was gone.
@broker.task(f"{QUEUE}:index_picture", ack_type="manual")
async def index_picture(
    key: str,
    picture: str,
    context: Context = TaskiqDepends(),  # noqa: B008 - as taskiq's type of kiq wants it
) -> None:
    redis: Redis = context.state.redis
    state = await redis.hget(STATES, key)
    if state != DONE:
        result = await index(context.state.client, redis, key, picture, was_sent=state == SENT)
        # Both or none: a worker may be killed at any moment.
        async with redis.pipeline(transaction=True) as commands:
            commands.hset(STATES, key, DONE)
            commands.xadd(RESULTS, {"key": key, "result": json.dumps(result)})
            await commands.execute()
    await context.ack()


async def index(
    client: RekognitionClient, redis: Redis, key: str, picture: str, *, was_sent: bool
) -> dict[str, object]:
    """The result: the ids of the faces, or what went wrong."""
    if was_sent:
        face_ids = await indexed_before(client, key)
        if face_ids:
            return {"face_ids": face_ids}
    await redis.hset(STATES, key, SENT)
    # A bulk of one picture: it is read and prepared, its ExternalImageId is made of the key, and a
    # failure is an outcome.
    bulk = client.index_faces_in_bulk({key: picture}, collection_id=COLLECTION)
    (outcome,) = [outcome async for outcome in bulk]
    match outcome.error:
        case None:
            records = outcome.result().face_records or ()
            return {"face_ids": [record.face.face_id for record in records if record.face]}
        case ClientClosedError():
            raise outcome.error
        case ServiceError(code=code):
            return {"code": code, "message": str(outcome.error)}
        case error:
            return {"code": type(error).__name__, "message": str(error)}


async def indexed_before(client: RekognitionClient, key: str) -> list[str | None]:
    wanted = external_image_id(key)
    faces = client.iter_faces(collection_id=COLLECTION)
    return [face.face_id async for face in faces if face.external_image_id == wanted]


@broker.task(f"{QUEUE}:wake_up")
async def wake_up() -> None:
    """Does nothing: that a message arrives is all. See collect.py."""
