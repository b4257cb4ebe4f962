"""The example of a fleet does each picture once, whatever happens to its workers."""

import asyncio
import json
import os
import signal
import sqlite3
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, closing
from importlib.util import find_spec
from pathlib import Path

import pytest
from pictures import portrait
from redis_server import RedisServer, redis_server
from support import need, run

from rekognition_async import RekognitionClient, external_image_id
from rekognition_async.emulator import DetectedFace, Eyes, RecordedRequest, RekognitionEmulator

FLEET = Path(__file__).parents[2] / "examples" / "fleet"
PICTURES = 90
QUOTA = 20
KILLED_AT = 10
"""The request of the second worker before whose answer it is killed."""
SECONDS = 60
"""A bound for what takes fifteen."""


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A server of Redis, where taskiq is installed."""
    is_there = find_spec("taskiq") is not None and find_spec("taskiq_redis") is not None
    need("taskiq", is_there, "taskiq is not installed: pip install taskiq taskiq-redis")
    with redis_server(tmp_path) as server:
        yield server


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of pictures, and a file that is none."""
    folder = tmp_path / "photos" / "2026"
    folder.mkdir(parents=True)
    (folder.parent / "notes.txt").write_text("no picture")
    for number in range(PICTURES):
        (folder / f"photo {number:03}.jpg").write_bytes(portrait(number))
    return folder.parent


class Watched(Eyes):
    """Sees a face on each picture, and tells the test of it before the answer is sent."""

    def __init__(self, on_look: Callable[[], None]) -> None:
        self._on_look = on_look

    async def faces(self, image: bytes, /) -> list[DetectedFace]:
        self._on_look()
        return [DetectedFace((0.25, 0.25, 0.5, 0.5))]


@asynccontextmanager
async def worker(name: str, environment: dict[str, str]) -> AsyncGenerator[Process]:
    """A process of its own; where it still runs, it is told to end, and has to do so in order."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        FLEET / "worker.py",
        env=os.environ | environment | {"AWS_SDK_UA_APP_ID": name},
    )
    try:
        yield process
        if process.returncode is None:
            process.terminate()
            async with asyncio.timeout(SECONDS):
                assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        process._transport.close()  # type: ignore[attr-defined] # asyncio offers no other way


def indexing(requests: Iterable[RecordedRequest], worker: str = "") -> list[RecordedRequest]:
    """The requests for IndexFaces, or those of one worker."""
    return [
        request
        for request in requests
        if request.operation == "IndexFaces" and f"app/{worker}" in request.headers["User-Agent"]
    ]


async def test_each_picture_is_done_once_though_a_worker_is_killed(
    redis: RedisServer, photos: Path, tmp_path: Path
) -> None:
    """A worker is gone with pictures on their way; the others do them, all within the quota."""
    database, quotas = tmp_path / "results.db", {"IndexFaces": QUOTA, "ListFaces": QUOTA}

    def kill() -> None:
        if len(indexing(emulator.requests, "two")) == KILLED_AT and second.returncode is None:
            second.kill()

    async with RekognitionEmulator(eyes=Watched(kill), quotas=quotas) as emulator:
        emulator.seed(collections=["visitors"])
        environment = emulator.environment | {
            "FLEET_REDIS_URL": redis.url,
            "FLEET_QUOTAS": json.dumps(quotas),
            "FLEET_MAX_WORKERS": "3",
            "FLEET_LOST_AFTER": "10",
        }
        async with (
            worker("one", environment),
            worker("two", environment) as second,
            worker("three", environment),
            asyncio.timeout(SECONDS),
        ):
            produced, collected = await asyncio.gather(
                run(sys.executable, FLEET / "produce.py", photos, environment=environment),
                run(sys.executable, FLEET / "collect.py", database, environment=environment),
            )
        requests = list(emulator.requests)
        async with RekognitionClient(**emulator.client_options) as client:
            faces = await client.iter_faces(collection_id="visitors").collect()
    assert second.returncode == -signal.SIGKILL
    assert produced.decode() == f"{PICTURES} pictures, 1 files are none\n"
    assert collected.decode() == f"{PICTURES} pictures, 0 failed\n"
    keys = sorted(f"2026/photo {number:03}.jpg" for number in range(PICTURES))
    ids = {face.external_image_id: face.face_id for face in faces}
    assert len(faces) == len(ids) == PICTURES
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT key, face_ids FROM results ORDER BY key").fetchall()
    assert rows == [(key, json.dumps([ids[external_image_id(key)]])) for key in keys]
    # The account's quota, as the service keeps it.
    assert [request.error_code for request in requests if request.error_code] == []
    # Those that the killed worker had sent were found, and not sent again.
    sent = [(request.parameters or {})["ExternalImageId"] for request in indexing(requests)]
    assert sorted(sent) == [external_image_id(key) for key in keys]
    assert any(request.operation == "ListFaces" for request in requests)
    assert all(indexing(requests, name) for name in ("one", "two", "three"))
