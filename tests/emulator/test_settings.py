"""What may be changed while the emulator runs, and which addresses it listens on."""

import asyncio
from time import time
from types import SimpleNamespace
from typing import Any

import pytest
from wire import call

from rekognition_async import RetryPolicy
from rekognition_async.emulator import Limits, ManualClock, OffsetClock, RekognitionEmulator

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what is tested is that it is not bound to by mistake


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "", "192.0.2.1", "example.org"])
def test_other_machines_are_let_in_only_when_asked(host: str) -> None:
    """An address that others reach is refused, and the message says what would allow it."""
    with pytest.raises(ValueError, match="allow_remote"):
        RekognitionEmulator(host=host)


@pytest.mark.parametrize(
    ("host", "url"), [(EVERYWHERE, "http://127.0.0.1:"), ("::", "http://[::1]:")]
)
async def test_asked_for_all_addresses_it_names_one_that_can_be_called(host: str, url: str) -> None:
    """With allow_remote it listens everywhere, and its own clients use the loopback."""
    async with RekognitionEmulator(host=host, allow_remote=True) as emulator:
        assert emulator.url.startswith(url)
        assert (await call(emulator)).status == 200


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
async def test_the_loopback_has_several_names(host: str) -> None:
    """Each of them is this machine alone."""
    async with RekognitionEmulator(host=host) as emulator:
        assert (await call(emulator)).status == 200


@pytest.mark.parametrize(
    ("clock", "missing"),
    [
        (asyncio.sleep, "has no time\\(\\) and no sleep\\(\\)"),
        (SimpleNamespace(sleep=asyncio.sleep), "SimpleNamespace has no time\\(\\)$"),
        (SimpleNamespace(time=time), "SimpleNamespace has no sleep\\(\\)$"),
        (RetryPolicy().clock, "has no time\\(\\)$"),
    ],
)
def test_a_clock_of_another_kind_is_refused_when_it_is_made(clock: Any, missing: str) -> None:
    """What has no time or cannot sleep is refused by name, and so is the clock of retries."""
    with pytest.raises(TypeError, match=f"clock must have .*{missing}"):
        RekognitionEmulator(clock=clock)
    with pytest.raises(TypeError, match=f"clock must have .*{missing}"):
        Limits(clock=clock)


async def test_quotas_change_while_it_runs() -> None:
    """New quotas hold from the next call on, and none of them is used up."""
    async with RekognitionEmulator(clock=ManualClock()) as emulator:
        assert emulator.quotas is None
        emulator.quotas = {"ListCollections": 1}
        assert [(await call(emulator)).status for _ in range(2)] == [200, 400]
        emulator.quotas = {"*": 2}
        assert [(await call(emulator)).status for _ in range(3)] == [200, 200, 400]
        with pytest.raises(ValueError, match="Nonsense"):
            emulator.quotas = {"Nonsense": 2}
        assert emulator.quotas == {"*": 2}
        emulator.quotas = None
        assert (await call(emulator)).status == 200


async def test_latency_changes_while_it_runs() -> None:
    """A new latency holds from the next call on."""
    clock = ManualClock()
    async with RekognitionEmulator(clock=clock) as emulator:
        assert emulator.latency == {"*": 0.0}
        emulator.latency = {"ListCollections": 5}
        late = asyncio.create_task(call(emulator))
        while not emulator.requests or emulator.requests[0].parameters is None:
            await asyncio.sleep(0)
        assert not late.done()
        clock.advance(5)
        assert (await late).status == 200
        with pytest.raises(ValueError, match="at least 0"):
            emulator.latency = -1


async def test_the_machines_time_can_be_moved_on() -> None:
    """Whoever sleeps on it wakes when it is moved behind the end of the sleep, and not before."""
    clock = OffsetClock()
    before = clock.time()
    asleep = asyncio.create_task(clock.sleep(3600))
    await asyncio.sleep(0)
    clock.advance(1800)
    await asyncio.to_thread(clock.advance, 0)
    assert not asleep.done()
    await asyncio.to_thread(clock.advance, 1800)
    await asleep
    assert clock.time() >= before + 3600
    await clock.sleep(0)
    with pytest.raises(ValueError, match="at least 0"):
        clock.advance(-1)
