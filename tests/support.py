"""What several tests are made of."""

import asyncio
import inspect
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any, Final

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from rekognition_async import RekognitionClient, RetryPolicy
from rekognition_async.emulator import FaultRule, ManualClock, RekognitionEmulator
from rekognition_async.rate_limiting.queues import QuotasSetting


class FakeClock:
    """Time that passes only by being slept, and deadlines that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []
        self._timeouts: list[asyncio.Timeout] = []

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    @asynccontextmanager
    async def timeout(self, seconds: float | None) -> AsyncGenerator[None]:
        async with asyncio.timeout(None) as timeout:
            self._timeouts.append(timeout)
            try:
                yield
            finally:
                self._timeouts.remove(timeout)

    def pass_deadlines(self) -> None:
        for timeout in self._timeouts:
            timeout.reschedule(asyncio.get_running_loop().time())


class LinkedClock(FakeClock):
    """A client's time, which takes that of the emulator along."""

    def __init__(self, emulated: ManualClock) -> None:
        super().__init__()
        self._emulated = emulated

    async def sleep(self, seconds: float) -> None:
        self._emulated.advance(seconds)
        await super().sleep(seconds)


def patient(clock: FakeClock, max_attempts: int = 8, **settings: object) -> RetryPolicy:
    """A policy that waits on a fake clock, and always the longest it may."""
    return RetryPolicy(max_attempts, clock=clock, random=lambda: 1.0, **settings)  # type: ignore[arg-type] # any setting may be handed in


@asynccontextmanager
async def emulated(
    faults: Iterable[FaultRule] = (),
    *,
    collections: int | Sequence[str] = (),
    page_size: int = 1000,
    page_sizes: Sequence[int] = (),
    retry: RetryPolicy | None = None,
    quotas: QuotasSetting | None = "learned",
    make_client: Callable[..., RekognitionClient] = RekognitionClient,
) -> AsyncGenerator[tuple[RekognitionEmulator, RekognitionClient]]:
    """An emulator that holds collections, and a client of it."""
    async with RekognitionEmulator(
        faults=faults, page_size=page_size, page_sizes=page_sizes
    ) as emulator:
        emulator.seed(collections=collections)
        policy = patient(FakeClock()) if retry is None else retry
        async with make_client(**emulator.client_options, retry=policy, quotas=quotas) as client:
            yield emulator, client


@asynccontextmanager
async def working(
    **settings: Any,
) -> AsyncGenerator[tuple[RekognitionEmulator, RekognitionClient, ManualClock]]:
    """An emulator whose work ends when a test, or a wait of its client, lets time pass."""
    clock = ManualClock()
    async with RekognitionEmulator(clock=clock, **settings) as emulator:
        policy = patient(LinkedClock(clock))
        async with RekognitionClient(**emulator.client_options, retry=policy) as client:
            yield emulator, client, clock


needs_aiobotocore_3 = pytest.mark.skipif(
    version("aiobotocore").startswith("2."),
    reason="aiobotocore 2 ends with an AttributeError where a token of SSO is not there",
)

TOOLS: Final = frozenset({"aioboto3", "chromium", "node", "pyodide", "rapidocr", "redis", "taskiq"})
"""What some tests need, and not every machine has."""


def need(tool: str, path: object, missing: str) -> None:
    """Skips a test whose tool is missing; REKOGNITION_TESTS_REQUIRE makes it fail for those named.

    Args:
        tool: One of `TOOLS`.
        path: Where it was found, or whatever else is true if it was.
        missing: Why there is none.
    """
    required = {name for name in os.environ.get("REKOGNITION_TESTS_REQUIRE", "").split(",") if name}
    assert tool in TOOLS
    assert required <= TOOLS, f"REKOGNITION_TESTS_REQUIRE takes {', '.join(sorted(TOOLS))}"
    if not path:
        (pytest.fail if tool in required else pytest.skip)(missing)


async def run(
    *command: str | os.PathLike[str], environment: Mapping[str, str] | None = None
) -> bytes:
    """What a command writes, which has to end well; in this environment with more."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env=os.environ | dict(environment or {}),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    process._transport.close()  # type: ignore[attr-defined] # asyncio offers no other way
    assert process.returncode == 0, errors.decode(errors="replace")
    return output


def names(count: int) -> list[str]:
    """So many ids of collections, in order."""
    return [f"collection-{number:05}" for number in range(count)]


class RefusalError(Exception):
    """An error that a scripted service answers with."""

    def __init__(self, code: str, message: str = "no", status: int = 400, **members: str) -> None:
        super().__init__(code)
        self.status = status
        self.document = {"__type": code, "Code": code, "Message": message, **members}


Asked = list[tuple[str, dict[str, Any]]]


@asynccontextmanager
async def scripted(
    answer: Callable[[str, dict[str, Any]], object],
    *,
    retry: RetryPolicy | None = None,
    quotas: QuotasSetting | None = "learned",
    max_open_jobs: int | None = None,
) -> AsyncGenerator[tuple[Asked, RekognitionClient]]:
    """A service that answers as a test says, and a client of it.

    Args:
        answer: Gives the document for an operation and its parameters, may be awaited for it, and
            may raise a RefusalError.
        retry: The client's policy; by default a patient one.
        quotas: The quotas that the client keeps to.
        max_open_jobs: How many video jobs it has open at once.
    """
    asked: Asked = []

    async def handle(request: web.BaseRequest) -> web.Response:
        operation = request.headers["X-Amz-Target"].rpartition(".")[2]
        asked.append((operation, json.loads(await request.read())))
        try:
            document = answer(*asked[-1])
            document = await document if inspect.isawaitable(document) else document
        except RefusalError as refusal:
            return web.json_response(refusal.document, status=refusal.status)
        return web.json_response(document)

    async with RawTestServer(handle) as server:
        client = RekognitionClient(
            "us-east-1",
            endpoint_url=str(server.make_url("/")),
            aws_access_key_id="AKIDTESTS",
            aws_secret_access_key="not-a-secret",
            retry=retry or patient(FakeClock()),
            quotas=quotas,
            max_open_jobs=max_open_jobs,
        )
        async with client:
            yield asked, client


@asynccontextmanager
async def served(handle: Callable[[web.BaseRequest], Any]) -> AsyncGenerator[str]:
    """The address of a server that answers each request as a test says."""
    async with RawTestServer(handle) as server:
        yield str(server.make_url("/"))


def options_for(url: str, **settings: Any) -> dict[str, Any]:
    """Arguments of a client, ours or aiobotocore's, that sends to an address."""
    return {
        "region_name": "us-east-1",
        "endpoint_url": url,
        "aws_access_key_id": "AKIDTESTS",
        "aws_secret_access_key": "not-a-secret",
        "aws_session_token": "session-token-of-tests",
        **settings,
    }


def loaded_by(code: str, **environment: str) -> set[str]:
    """The modules that a program loads in a process of its own, whatever it prints to stdout."""
    program = f"import sys\n{textwrap.dedent(code)}\nprint(*sys.modules, file=sys.stderr)"
    finished = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
    return set(finished.stderr.split())
