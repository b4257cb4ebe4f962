"""No test looks for real credentials, or leaves this machine."""

import asyncio
import gc
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from rekognition_async import RekognitionClient
from rekognition_async.emulator import RekognitionEmulator

pytest_plugins = ["pytester"]

HERE = Path(__file__).parent
QUICK = [HERE / "client", HERE / "unit"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the quick tests by their folders."""
    for item in items:
        if any(folder in item.path.parents for folder in QUICK):
            item.add_marker("quick")


@pytest.fixture(scope="module", autouse=True)
def little_to_collect() -> None:
    """Takes what is imported by now out of the garbage collector's sight: each test collects."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def aws_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Fake credentials, and nothing else of AWS's settings on this machine."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDTESTS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "aws-credentials"))
    if boto3 := sys.modules.get("boto3"):
        # Its clients share a session, which keeps the credentials of the test before.
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


@pytest.fixture(autouse=True)
async def nothing_left_behind() -> AsyncIterator[None]:
    """Fails a test that leaves a task running, or an exception that only the event loop is told."""
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    before = asyncio.all_tasks()
    yield
    gc.collect()
    # What was cancelled needs a round or two of the loop to end.
    for _ in range(5):
        await asyncio.sleep(0)
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    assert not left, f"tasks left behind: {left}"
    assert not told, f"the event loop was told: {told}"


@pytest.fixture
async def emulator() -> AsyncIterator[RekognitionEmulator]:
    """A local Rekognition."""
    async with RekognitionEmulator() as running:
        yield running


@pytest.fixture
async def client(emulator: RekognitionEmulator) -> AsyncIterator[RekognitionClient]:
    """A client of the emulator."""
    async with RekognitionClient(**emulator.client_options) as opened:
        yield opened
