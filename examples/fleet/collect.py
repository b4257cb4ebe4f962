"""The collector: writes what became of each picture to a SQLite database, until all are there.

python collect.py results.db

Started again, it goes on where it stopped: a result and its place in the stream are written in one
transaction.
"""

import asyncio
import json
import sqlite3
import sys
from contextlib import closing
from typing import cast

from redis.asyncio import Redis
from settings import PRODUCED, QUEUE, REDIS_URL, RESULTS
from tasks import broker, wake_up

SCHEMA = """
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS results (
    key TEXT PRIMARY KEY, face_ids TEXT, code TEXT, message TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS place (id TEXT);
"""
RECORD = "INSERT INTO results VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
RESULTS_AT_ONCE = 1_000
WAIT_MS = 1_000

Entries = list[tuple[str, dict[str, str]]]


async def collect(path: str) -> None:
    await broker.startup()
    with closing(sqlite3.connect(path)) as database:
        database.executescript(SCHEMA)
        async with Redis.from_url(REDIS_URL, decode_responses=True) as redis:
            while not await is_complete(redis, database):
                entries = await next_results(redis, database)
                if entries:
                    record(database, entries)
                    await redis.xdel(RESULTS, *(entry_id for entry_id, _ in entries))
                else:
                    await look_for_lost(redis)
        total, failed = database.execute("SELECT count(*), count(code) FROM results").fetchone()
    await broker.shutdown()
    print(total, "pictures,", failed, "failed")


async def is_complete(redis: Redis, database: sqlite3.Connection) -> bool:
    produced = await redis.get(PRODUCED)
    (recorded,) = database.execute("SELECT count(*) FROM results").fetchone()
    return produced is not None and recorded >= int(produced)


async def next_results(redis: Redis, database: sqlite3.Connection) -> Entries:
    (place,) = database.execute("SELECT max(id) FROM place").fetchone()
    found = await redis.xread({RESULTS: place or "0"}, RESULTS_AT_ONCE, block=WAIT_MS)
    # Of one stream; redis-py's type is of all that any server answers.
    return cast("list[tuple[str, Entries]]", found)[0][1] if found else []


def record(database: sqlite3.Connection, entries: Entries) -> None:
    with database:
        for _, entry in entries:
            result = json.loads(entry["result"])
            face_ids = json.dumps(result["face_ids"]) if "face_ids" in result else None
            row = entry["key"], face_ids, result.get("code"), result.get("message")
            database.execute(RECORD, row)
        database.execute("DELETE FROM place")
        database.execute("INSERT INTO place VALUES (?)", [entries[-1][0]])


async def look_for_lost(redis: Redis) -> None:
    """Has a worker look for messages that another one took, and never acknowledged.

    RedisStreamBroker looks for them each time that it has read a new message: behind the last one
    it would never do so.
    """
    queue = await redis.xinfo_stream(QUEUE)
    (group,) = await redis.xinfo_groups(QUEUE)
    if group["pending"] and group["last-delivered-id"] == queue["last-generated-id"]:
        await wake_up.kiq()


if __name__ == "__main__":
    asyncio.run(collect(sys.argv[1]))
