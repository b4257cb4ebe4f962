"""The request log: a JSON line a request."""

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from wire import call

from rekognition_async.emulator import Fault, FaultRule, ManualClock, RekognitionEmulator


def lines_of(path: Path) -> list[dict[str, Any]]:
    """The lines of a log."""
    return [json.loads(line) for line in path.read_text().splitlines()]


async def test_a_line_says_what_was_asked_and_how_it_ended(tmp_path: Path) -> None:
    """Operation, caller, outcome, fault and duration are told, by the emulator's clock."""
    path = tmp_path / "requests.jsonl"
    clock = ManualClock(1_800_000_000)
    async with RekognitionEmulator(
        request_log=path, clock=clock, faults=[FaultRule("ListFaces", Fault.delay(2.5))]
    ) as emulator:
        served = await call(emulator)
        refused = asyncio.create_task(call(emulator, b'{"CollectionId":"x y"}', "ListFaces"))
        while len(emulator.requests) < 2:
            await asyncio.sleep(0)
        # The fault sleeps once the body is there.
        while emulator.requests[1].parameters is None:
            await asyncio.sleep(0)
        clock.advance(2.5)
        await refused
    assert lines_of(path) == [
        {
            "time": "2027-01-15T08:00:00.000Z",
            "operation": "ListCollections",
            "account_id": "123456789012",
            "region_name": "us-east-1",
            "status": 200,
            "error_code": None,
            "fault": None,
            "duration_ms": 0.0,
            "request_id": served.headers["x-amzn-RequestId"],
            "connection_id": 1,
        },
        {
            "time": "2027-01-15T08:00:00.000Z",
            "operation": "ListFaces",
            "account_id": "123456789012",
            "region_name": "us-east-1",
            "status": 400,
            "error_code": "ValidationException",
            "fault": "delay",
            "duration_ms": 2500.0,
            "request_id": refused.result().headers["x-amzn-RequestId"],
            "connection_id": 2,
        },
    ]


async def test_a_log_holds_nothing_that_was_sent(tmp_path: Path) -> None:
    """Neither tokens nor images nor secrets come into it."""
    path = tmp_path / "requests.jsonl"
    async with RekognitionEmulator(request_log=path) as emulator:
        await call(emulator, b'{"NextToken":"hush","Image":{"Bytes":"aHVzaA=="}}', token="hush")
        secret = emulator.client_options["aws_secret_access_key"]
    text = path.read_text()
    assert len(lines_of(path)) == 1
    assert "hush" not in text
    assert "aHVzaA" not in text
    assert secret not in text


async def test_a_request_that_got_no_answer_has_a_line(tmp_path: Path) -> None:
    """A client that gives up on an emulator that hangs is in the log, without a status."""
    path = tmp_path / "requests.jsonl"
    async with RekognitionEmulator(
        request_log=path, faults=[FaultRule("*", Fault.hang())]
    ) as emulator:
        waiting = asyncio.create_task(call(emulator))
        while not emulator.requests:
            await asyncio.sleep(0)
        waiting.cancel()
        while not path.read_text():
            await asyncio.sleep(0)
    (line,) = lines_of(path)
    assert (line["status"], line["fault"], line["request_id"]) == (None, "hang", None)


async def test_a_log_is_added_to(tmp_path: Path) -> None:
    """Another run goes on behind what is there, and health checks are no requests."""
    path = tmp_path / "requests.jsonl"
    for _ in range(2):
        async with RekognitionEmulator(request_log=path) as emulator:
            await call(emulator)
            await call(emulator, operation="Nonsense")
    assert [line["operation"] for line in lines_of(path)] == ["ListCollections", "Nonsense"] * 2


async def test_a_log_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    """It is told at the start, and leaves nothing open."""
    emulator = RekognitionEmulator(
        request_log=tmp_path / "no" / "such.jsonl", state=tmp_path / "state.db"
    )
    with pytest.raises(FileNotFoundError):
        await emulator.start()
    async with RekognitionEmulator(state=tmp_path / "state.db"):
        pass


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
async def test_a_log_that_fails_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    """A full disk ends the log, with a warning, and not the serving."""
    async with RekognitionEmulator(request_log="/dev/full") as emulator:
        with caplog.at_level(logging.WARNING, "rekognition_async.emulator"):
            assert (await call(emulator)).status == 200
            assert (await call(emulator)).status == 200
    assert [record.getMessage() for record in caplog.records] == [
        "the request log ends here: [Errno 28] No space left on device"
    ]
