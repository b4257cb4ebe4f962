"""What is measured of a bulk, and what it must be."""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from rekognition_async import RekognitionClient
from rekognition_async.emulator import RekognitionEmulator
from rekognition_async.models import DetectLabelsRequest, DetectLabelsResponse
from rekognition_async.operation import R, Request

ROOT: Final = Path(__file__).parents[2]
_QUOTA: Final = 50
_MAX_TIME: Final = 1.03
_MAX_REFUSED: Final = 0.005
_MAX_CPU: Final = 1.15
_MAX_GROWTH_MB: Final = 8
_STATM: Final = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is measured.

    Attributes:
        name: What it is called on the command line.
        work: What is done.
        must: What must come of it.
        measure: Does it, in small or not; gives what was seen, and whether that is what must be.
    """

    name: str
    work: str
    must: str
    measure: Callable[[bool], Awaitable[tuple[str, bool]]]


def _requests(count: int) -> Iterator[tuple[str, DetectLabelsRequest]]:
    for number in range(count):
        image = f"s3://bucket/{number}.jpg"
        yield image, DetectLabelsRequest.model_validate({"image": image})


async def _quota(small: bool) -> tuple[str, bool]:
    count = 100 if small else 10_000
    async with RekognitionEmulator(quotas={"DetectLabels": _QUOTA}) as emulator:
        options = emulator.client_options
        async with RekognitionClient(**options, quotas={"DetectLabels": _QUOTA}) as client:
            begin, failed = time.monotonic(), 0
            pictures = ((key, key) for key, _ in _requests(count))
            async for outcome in client.detect_labels_in_bulk(pictures):
                failed += outcome.error is not None
            seconds = time.monotonic() - begin
        refused = sum(each.error_code is not None for each in emulator.requests)
        sent = len(emulator.requests)
    ratio, share = seconds / (count / _QUOTA), refused / sent
    seen = f"{ratio:.3f} of {count / _QUOTA:.0f} s, {share:.2%} refused, {failed} failed"
    return seen, not failed and share <= _MAX_REFUSED and (small or ratio <= _MAX_TIME)


@asynccontextmanager
async def _service() -> AsyncGenerator[str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.server", stdin=PIPE, stdout=PIPE, cwd=ROOT
    )
    assert process.stdout is not None  # noqa: S101 - it was asked for
    try:
        port = (await process.stdout.readline()).decode().strip()
        yield f"http://127.0.0.1:{port}/1/0"
    finally:
        assert process.stdin is not None  # noqa: S101 - it was asked for
        process.stdin.close()
        await process.wait()


def _client(url: str) -> RekognitionClient:
    return RekognitionClient(
        region_name="eu-west-1",
        endpoint_url=url,
        aws_access_key_id="AKIDBENCHMARKS",
        aws_secret_access_key="not-a-secret",  # noqa: S106 - of a service without signatures
        quotas=None,
    )


async def _cpu(small: bool) -> tuple[str, bool]:
    count, rounds = (200, 1) if small else (4_000, 7)

    async def gather(client: RekognitionClient) -> None:
        await asyncio.gather(*(client.send(request) for _, request in _requests(count)))

    async def bulk(client: RekognitionClient) -> None:
        async for outcome in client.send_in_bulk(_requests(count)):
            outcome.result()

    ratios: list[float] = []
    async with _service() as url, _client(url) as client:
        await bulk(client)
        for _ in range(rounds):
            seconds: list[float] = []
            for work in (gather, bulk):
                gc.collect()
                begin = time.process_time()
                await work(client)
                seconds.append(time.process_time() - begin)
            ratios.append(seconds[1] / seconds[0])
    ratio = statistics.median(ratios)
    seen = f"{ratio:.2f} ({min(ratios):.2f}..{max(ratios):.2f})"
    return seen, small or ratio <= _MAX_CPU


class _Answered(RekognitionClient):
    """Answers by itself: what is measured is the bulk alone."""

    answer = DetectLabelsResponse()

    async def send(self, request: Request[R]) -> R:
        """Answers in the next round of the event loop."""
        del request
        on_sent = self._options.on_sent
        assert on_sent is not None  # noqa: S101 - of a bulk
        on_sent(0.0)
        await asyncio.sleep(0)
        return cast("R", self.answer)


def _resident() -> int:
    pages = int(_STATM.read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def _memory(small: bool) -> tuple[str, bool]:
    few, many = (100, 1_000) if small else (10**4, 10**6)
    before = after = number = 0
    async with _Answered(
        region_name="eu-west-1",
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="AKIDBENCHMARKS",
        aws_secret_access_key="not-a-secret",  # noqa: S106 - nothing is sent
    ) as client:
        async for _ in client.send_in_bulk(_requests(many)):
            number += 1
            if number == few:
                before = _resident()
            elif number == many:
                after = _resident()
    grown = (after - before) / 2**20
    return f"{grown:.1f} MB", small or grown <= _MAX_GROWTH_MB


ROWS: Final[Sequence[Row]] = (
    Row(
        "quota",
        "10,000 pictures at a quota of 50 a second, from the first request to the last outcome",
        "≤ 1.03 of 200 s, ≤ 0.5 % refused",
        _quota,
    ),
    Row(
        "cpu",
        "CPU of a bulk without a quota, to that of a bare gather over the same calls",
        "≤ 1.15",
        _cpu,
    ),
    Row(
        "memory",
        "what the process grows by from 10⁴ to 10⁶ keys, over a client that answers by itself",
        "≤ 8 MB",
        _memory,
    ),
)
