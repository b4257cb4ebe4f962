"""One quota for many processes, kept by a real redis-server."""

import asyncio
import gc
import itertools
import logging
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from redis_server import RedisServer, redis_server
from support import FakeClock

from rekognition_async import RedisRateLimiter, RekognitionClient
from rekognition_async.emulator import RekognitionEmulator
from rekognition_async.rate_limiting.limiter import RateLimiter

REGION = "eu-central-1"
SECRET = "s3cr/et:pa@ss?word"
# A slot every 100 seconds: that a test takes some milliseconds changes nothing.
SLOW = {"*": 0.01}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """A server without a password."""
    with redis_server(tmp_path) as running:
        yield running


@pytest.fixture
async def limiter(server: RedisServer) -> AsyncIterator[RedisRateLimiter]:
    """One of four processes' limiter, with a slot every 100 seconds, by a clock of its own."""
    async with limiter_of(server.url) as opened:
        yield opened


def limiter_of(url: str, **settings: Any) -> RedisRateLimiter:
    """A limiter by a clock that stands still."""
    defaults: dict[str, Any] = {"quotas": SLOW, "workers": 4, "clock": FakeClock()}
    return RedisRateLimiter(url, **(defaults | settings))


async def slots(limiter: RateLimiter, count: int, operation: str = "ListFaces") -> list[int]:
    """The next slots, counted from now in hundreds of seconds."""
    return [round(await limiter.reserve(operation, REGION) / 100) for _ in range(count)]


async def until(done: Callable[[], object]) -> None:
    """Waits for what arrives over a socket."""
    async with asyncio.timeout(30):
        while not done():
            await asyncio.sleep(0)


async def timed_out(clock: FakeClock, limiter: RedisRateLimiter) -> float:
    """The wait for a slot whose reservation is given up."""
    reserving = asyncio.create_task(limiter.reserve("ListFaces", REGION))
    await until(lambda: clock._timeouts)
    clock.pass_deadlines()
    return await reserving


async def test_processes_take_turns(server: RedisServer) -> None:
    """Limiters of several processes get different slots of one row, and each its fair part."""
    processes = [limiter_of(server.url) for _ in range(4)]
    rows: list[list[int]] = []
    for _ in range(5):
        taken = await asyncio.gather(*(slots(process, 1) for process in processes))
        rows.append(sorted(slot for (slot,) in taken))
    assert rows == [[4 * row + place for place in range(4)] for row in range(5)]
    for process in processes:
        await process.aclose()


async def test_what_has_a_quota_of_its_own(server: RedisServer) -> None:
    """Operations, regions and namespaces do not take each other's slots."""
    async with limiter_of(server.url) as ours, limiter_of(server.url, namespace="b") as theirs:
        assert isinstance(ours, RateLimiter)
        assert await slots(ours, 2) == [0, 1]
        assert await slots(ours, 1, "ListUsers") == [0]
        assert await ours.reserve("ListFaces", "eu-west-1") == 0
        assert await slots(theirs, 1) == [0]
        assert ours.rate("ListFaces", REGION) == 0.01
    with server.asked() as redis:
        assert sorted(redis.keys()) == [
            "b:eu-central-1:ListFaces",
            "rekognition:eu-central-1:ListFaces",
            "rekognition:eu-central-1:ListUsers",
            "rekognition:eu-west-1:ListFaces",
        ]


async def test_quotas_of_aws(server: RedisServer) -> None:
    """By default the quotas are AWS's, of the operation and the region."""
    async with RedisRateLimiter(server.url, workers=2) as limiter:
        assert limiter.rate("IndexFaces", "us-east-1") == 50
        assert limiter.rate("IndexFaces", REGION) == 5
        assert await limiter.reserve("IndexFaces", REGION) == 0
        assert 0 < await limiter.reserve("IndexFaces", REGION) <= 0.2


async def test_slots_are_exact(server: RedisServer) -> None:
    """No digit of the server's microseconds is lost between two slots."""
    async with limiter_of(server.url, quotas={"*": 1 / 100.000007}) as limiter:
        with server.asked() as redis:
            times: list[int] = []
            for _ in range(3):
                await limiter.reserve("ListFaces", REGION)
                times.append(int(str(redis.get(f"rekognition:{REGION}:ListFaces"))))
    assert [after - before for before, after in itertools.pairwise(times)] == [
        100_000_007,
        100_000_007,
    ]


async def test_a_refusal_costs_a_slot(limiter: RedisRateLimiter) -> None:
    """For each refusal of the service one slot is left out, of that operation alone."""
    assert await slots(limiter, 1) == [0]
    limiter.refused("ListFaces", REGION)
    limiter.refused("ListFaces", REGION)
    assert await slots(limiter, 2) == [3, 4]
    assert await slots(limiter, 1, "ListUsers") == [0]


async def test_keys_expire(server: RedisServer, limiter: RedisRateLimiter) -> None:
    """A key lives a second longer than it says anything."""
    await slots(limiter, 3)
    with server.asked() as redis:
        left = redis.pttl(f"rekognition:{REGION}:ListFaces")
    assert isinstance(left, int)
    assert 250_000 < left <= 301_000


async def test_a_clock_that_went_back(server: RedisServer, limiter: RedisRateLimiter) -> None:
    """A slot in a far future, as of a server with another clock, holds nobody up."""
    key = f"rekognition:{REGION}:ListFaces"
    await slots(limiter, 1)
    with server.asked() as redis:
        redis.set(key, int(str(redis.get(key))) + 10**14)
    assert await slots(limiter, 2) == [0, 1]


async def test_a_lost_script(
    server: RedisServer, limiter: RedisRateLimiter, caplog: pytest.LogCaptureFixture
) -> None:
    """A server that has forgotten the script, or all, is told again; it is no outage."""
    assert await slots(limiter, 2) == [0, 1]
    with server.asked() as redis:
        redis.script_flush()
    assert await slots(limiter, 1) == [2]
    server.kill()
    server.start()
    assert await slots(limiter, 2) == [0, 1]
    assert caplog.messages == []


async def test_one_connection(server: RedisServer) -> None:
    """Whatever is asked at once goes over one connection, and none is left after closing."""
    async with limiter_of(server.url) as limiter:
        taken = await asyncio.gather(*(slots(limiter, 1) for _ in range(150)))
        assert sorted(slot for (slot,) in taken) == list(range(150))
        assert server.connections() == 1
    await until(lambda: server.connections() == 0)
    assert await slots(limiter, 1) == [150]
    await limiter.aclose()
    await limiter.aclose()
    await until(lambda: server.connections() == 0)


async def test_event_loops(server: RedisServer) -> None:
    """Event loops, one after the other and at once, share a limiter and close what they opened."""
    limiter = limiter_of(server.url)

    async def several() -> list[int]:
        return await slots(limiter, 5)

    loops = [asyncio.to_thread(asyncio.run, several()) for _ in range(4)]
    taken = [slot for row in await asyncio.gather(*loops) for slot in row]
    taken += await asyncio.to_thread(asyncio.run, several())
    assert sorted(taken) == list(range(25))
    gc.collect()
    await until(lambda: server.connections() == 0)


async def test_a_cancelled_reservation(server: RedisServer, limiter: RedisRateLimiter) -> None:
    """An answer that nobody waits for any more is not taken for the next one."""
    assert await slots(limiter, 3) == [0, 1, 2]
    server.halt()
    reserving = asyncio.create_task(limiter.reserve("ListFaces", REGION))
    for _ in range(10):
        await asyncio.sleep(0)
    reserving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reserving
    server.go_on()
    assert await slots(limiter, 1, "ListUsers") == [0]
    assert (await slots(limiter, 1))[0] in {3, 4}
    assert limiter.rate("ListFaces", REGION) == 0.01


@pytest.mark.parametrize("rounds", range(8))
async def test_a_cancellation_is_never_lost(limiter: RedisRateLimiter, rounds: int) -> None:
    """Whatever a reservation is doing when it is cancelled, it ends so."""
    await slots(limiter, 1)
    reserving = asyncio.create_task(limiter.reserve("ListFaces", REGION))
    for _ in range(rounds):
        await asyncio.sleep(0)
    if reserving.cancel():
        with pytest.raises(asyncio.CancelledError):
            await reserving


async def test_closing_while_a_slot_is_reserved(server: RedisServer) -> None:
    """What is under way ends before the connection is closed, and none is opened behind it."""
    limiter = limiter_of(server.url)
    assert await slots(limiter, 1) == [0]
    server.halt()
    reserving = [asyncio.create_task(slots(limiter, 1)) for _ in range(2)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(limiter.aclose())
    for _ in range(10):
        await asyncio.sleep(0)
    server.go_on()
    assert await asyncio.gather(*reserving) == [[1], [2]]
    await closing
    await until(lambda: server.connections() == 0)


async def test_a_killed_server(server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    """Without the server a process goes on at its part, told once; and it comes back by itself."""
    caplog.set_level(logging.INFO)
    clock = FakeClock()
    async with limiter_of(server.url, clock=clock) as limiter:
        assert await slots(limiter, 2) == [0, 1]
        server.kill()
        for outage in range(2):
            # The first slot is an interval away: one of Redis's may just have been used.
            assert await slots(limiter, 3) == [4, 8, 12]
            assert await slots(limiter, 1, "ListUsers") == [4]
            assert limiter.rate("ListFaces", REGION) == 0.01 / 4
            clock.now += 0.6
            assert await slots(limiter, 1) == [16]
            assert len(caplog.messages) == 2 * outage + 1
            server.start()
            clock.now += 0.6
            assert await slots(limiter, 1) == [20]
            await until(lambda: limiter.rate("ListFaces", REGION) == 0.01)
            # The other processes may not have seen it yet: what is Redis's alone comes later.
            assert await slots(limiter, 1) == [24]
            clock.now += 1.2
            assert await slots(limiter, 2) == [1, 2]
            server.kill()
    told = [re.sub(r"\(ConnectionError.*\)", "(why)", text) for text in caplog.messages]
    once = [
        f"Redis at {server.address} gave no slot (why): "
        "calls keep to a part of the quota, 1/4, until it does",
        f"Redis at {server.address} gives slots again",
    ]
    assert told == once * 2


async def test_a_server_that_hangs(server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    """A server that does not answer holds one reservation up, and only as long as may be."""
    caplog.set_level(logging.INFO)
    clock = FakeClock()
    async with limiter_of(server.url, clock=clock) as limiter:
        assert await slots(limiter, 2) == [0, 1]
        server.halt()
        assert round(await timed_out(clock, limiter) / 100) == 4
        # Nothing passes the deadline of these: they do not wait for Redis.
        assert await slots(limiter, 2) == [8, 12]
        clock.now += 0.6
        assert await slots(limiter, 1) == [16]
        await until(lambda: clock._timeouts)
        clock.pass_deadlines()
        await until(lambda: not clock._timeouts)
        server.go_on()
        clock.now += 0.6
        assert await slots(limiter, 1) == [20]
        await until(lambda: limiter.rate("ListFaces", REGION) == 0.01)
        clock.now += 1.2
        assert 0 < (await slots(limiter, 1))[0] < 6
    assert [message.partition(" gave ")[0] for message in caplog.messages] == [
        f"Redis at {server.address}",
        f"Redis at {server.address} gives slots again",
    ]


async def test_an_outage_never_goes_over_the_quota() -> None:
    """Processes without the server send no more together than the quota, in any five seconds."""
    sent: list[float] = []
    for process in range(4):
        clock = FakeClock()
        clock.now += 0.02 * process
        async with limiter_of("redis://127.0.0.1:1", quotas={"*": 50}, clock=clock) as limiter:
            for _ in range(250):
                await clock.sleep(await limiter.reserve("ListFaces", REGION))
                sent.append(clock.now)
    sent.sort()
    worst = max(sum(start <= time < start + 5 for time in sent) for start in sent)
    assert 245 <= worst <= 255


async def test_calls_of_clients_go_through_it(
    server: RedisServer, emulator: RekognitionEmulator
) -> None:
    """Clients that share a limiter are answered through Redis, and when it is gone as well."""
    quotas = {"ListCollections": 500}
    async with RedisRateLimiter(server.url, workers=1, quotas=quotas) as limiter:
        async with (
            RekognitionClient(**emulator.client_options, quotas=limiter) as one,
            RekognitionClient(**emulator.client_options, quotas=limiter) as other,
        ):
            for _ in range(2):
                await asyncio.gather(
                    *(client.list_collections() for client in (one, other) for _ in range(15))
                )
                assert limiter.rate("ListCollections", "us-east-1") == 500
                with server.asked() as redis:
                    assert redis.exists("rekognition:us-east-1:ListCollections")
                    redis.script_flush()
            server.kill()
            await asyncio.gather(*(one.list_collections() for _ in range(15)))
    assert [request.status for request in emulator.requests] == [200] * 75


async def test_closing_while_redis_is_looked_for(server: RedisServer) -> None:
    """What looks for a server in the background ends with the limiter."""
    clock = FakeClock()
    limiter = limiter_of(server.url, clock=clock)
    server.halt()
    await timed_out(clock, limiter)
    clock.now += 0.6
    await slots(limiter, 1)
    await until(lambda: clock._timeouts)
    await limiter.aclose()
    assert clock._timeouts == []


async def test_a_password(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The password opens the server, and is told to nobody else; a wrong one is an outage."""
    with redis_server(tmp_path, password=SECRET) as server:
        async with limiter_of(server.url) as limiter:
            assert await slots(limiter, 2) == [0, 1]
            assert repr(limiter) == (
                f"RedisRateLimiter('{server.address}', workers=4, namespace='rekognition')"
            )
        async with limiter_of(server.address.replace("//", "//:wr0ng@")) as limiter:
            assert await slots(limiter, 2) == [4, 8]
    assert "(AuthenticationError)" in caplog.text
    assert "wr0ng" not in caplog.text


async def test_a_proxy_that_repeats_the_password(caplog: pytest.LogCaptureFixture) -> None:
    """An answer that quotes what was sent does not take the password into the log."""

    async def quote(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while sent := await reader.read(1000):
            said = sent.replace(b"\r\n", b" ").replace(b"\r", b" ")
            writer.write(b"-ERR unknown command, with args beginning with: " + said + b"\r\n")
        writer.close()

    async with await asyncio.start_server(quote, "127.0.0.1", 0) as proxy:
        port = proxy.sockets[0].getsockname()[1]
        async with limiter_of(f"redis://someone:h1dden@127.0.0.1:{port}") as limiter:
            assert await slots(limiter, 1) == [4]
    assert "gave no slot" in caplog.text
    assert "h1dden" not in caplog.text


async def test_tls(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """``rediss://`` takes a server with a certificate it trusts, and no other."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    trusted, certificate, key = (tmp_path / name for name in ("ca.pem", "cert.pem", "key.pem"))
    authority.cert_pem.write_to_path(trusted)
    issued.cert_chain_pems[0].write_to_path(certificate)
    issued.private_key_pem.write_to_path(key)
    options = ["--tls-cert-file", str(certificate), "--tls-key-file", str(key)]
    options += ["--tls-auth-clients", "no"]
    with redis_server(tmp_path, *options, tls=True) as server:
        async with limiter_of(f"{server.url}?ssl_ca_certs={trusted}") as limiter:
            assert await slots(limiter, 2) == [0, 1]
        assert not caplog.messages
        async with limiter_of(server.url) as limiter:
            assert await slots(limiter, 1) == [4]
    assert "SSLCertVerificationError" in caplog.text


@pytest.mark.parametrize(
    ("settings", "kind", "text"),
    [
        ({"url": 1}, TypeError, "url must be a str, got int"),
        ({"url": ""}, ValueError, "url must not be empty"),
        ({"url": "http://127.0.0.1"}, ValueError, "url must be one of Redis"),
        ({"url": "redis://:s3cr/et@127.0.0.1"}, ValueError, "url must be one of Redis"),
        ({"url": "redis://someone:12#s3cr@127.0.0.1"}, ValueError, "url must be one of Redis"),
        ({"url": "redis://:12/s3cr@127.0.0.1"}, ValueError, "url must be one of Redis"),
        ({"url": "redis://127.0.0.1?nonsense=1"}, ValueError, "url must be one of Redis"),
        ({"workers": 0}, ValueError, "workers must be at least 1, got 0"),
        ({"workers": 1.5}, TypeError, "workers must be an int, got 1.5"),
        ({"workers": True}, TypeError, "workers must be an int, got True"),
        ({"namespace": ""}, ValueError, "namespace must not be empty"),
        ({"namespace": b"a"}, TypeError, "namespace must be a str, got bytes"),
        ({"quotas": {"ListFaces": 0}}, ValueError, r"quotas\['ListFaces'\] must be above 0"),
        ({"quotas": {"ListFaecs": 5}}, ValueError, "quotas name 'ListFaecs'"),
    ],
)
def test_settings_are_checked(settings: dict[str, Any], kind: type[Exception], text: str) -> None:
    """A setting that cannot be is refused when the limiter is made, without quoting the URL."""
    with pytest.raises(kind, match=text) as refused:
        limiter_of(**({"url": "redis://127.0.0.1"} | settings))
    assert "s3cr" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_without_the_extra() -> None:
    """Without redis-py the name can be imported, and making a limiter tells what to install."""
    script = (
        "import sys; sys.modules['redis'] = None\n"
        "from rekognition_async import RedisRateLimiter\n"
        "try: RedisRateLimiter('redis://127.0.0.1', workers=1)\n"
        "except RuntimeError as error: print(error)"
    )
    told = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )
    assert told.stdout.strip() == (
        "RedisRateLimiter needs one more package: pip install 'rekognition-async[redis]'"
    )
