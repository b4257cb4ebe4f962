"""The pace of calls, against simulated services and in simulated time."""

import asyncio
import random
from collections import Counter, deque
from collections.abc import Callable
from typing import Any, Protocol

import pytest
from virtual_time import VirtualClock, in_virtual_time

from rekognition_async import RateLimitError
from rekognition_async.rate_limiting import RateLimiter
from rekognition_async.rate_limiting.fixed import FixedRates
from rekognition_async.rate_limiting.learned import LearnedRate
from rekognition_async.rate_limiting.pacing import LimiterPacing, Pacing
from rekognition_async.rate_limiting.queue import CallQueue, InFlight, Outcome, Ticket
from rekognition_async.rate_limiting.quotas import Quotas

PLACE = "ListCollections", "eu-central-1"


class Quota(Protocol):
    """How a service counts."""

    def take(self, now: float) -> bool: ...


class TokenBucket:
    """A burst may come at once; it refills at the rate."""

    def __init__(self, rate: float, burst: float | None = None) -> None:
        self.rate = rate
        self.burst = burst or rate
        self._left = self.burst
        self._since: float | None = None

    def take(self, now: float) -> bool:
        since = now if self._since is None else self._since
        self._left = min(self.burst, self._left + (now - since) * self.rate)
        self._since = now
        if self._left < 1 - 1e-9:
            return False
        self._left -= 1
        return True


class FixedWindow:
    """So many in each whole second."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._taken = Counter[int]()

    def take(self, now: float) -> bool:
        if self._taken[int(now)] >= self._rate:
            return False
        self._taken[int(now)] += 1
        return True


class SlidingWindow:
    """So many in any second."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._taken = deque[float]()

    def take(self, now: float) -> bool:
        while self._taken and self._taken[0] <= now - 1:
            self._taken.popleft()
        if len(self._taken) >= self._rate:
            return False
        self._taken.append(now)
        return True


class Service:
    """Answers within milliseconds, and refuses what goes over its quota."""

    def __init__(self, quota: Quota, *, seed: int = 0, latency: float = 0.01) -> None:
        self._quota = quota
        self._random = random.Random(seed)
        self._latency = latency
        self.taken: list[tuple[float, int]] = []
        self.refused: list[float] = []

    async def answers(self, process: int) -> bool:
        await asyncio.sleep(self._latency * self._random.uniform(0.2, 0.8))
        now = VirtualClock().monotonic()
        is_taken = self._quota.take(now)
        if is_taken:
            self.taken.append((now, process))
        else:
            self.refused.append(now)
        await asyncio.sleep(self._latency * self._random.uniform(0.2, 0.8))
        return is_taken

    def requests(self, since: float = 0.0) -> int:
        return self.answered(since) + sum(at >= since for at in self.refused)

    def answered(self, since: float = 0.0) -> int:
        return sum(at >= since for at, _ in self.taken)

    def refused_part(self, since: float = 0.0) -> float:
        return 1 - self.answered(since) / self.requests(since)


class Process:
    """Sends calls as the client does; a call that is refused goes back to its queue."""

    def __init__(
        self, service: Service, pacing: Pacing, *, number: int = 0, connections: int = 50
    ) -> None:
        self.service = service
        self.queue = CallQueue(PLACE[0], pacing, VirtualClock())
        self.in_flight = InFlight(connections)
        self._number = number

    async def call(self, deadline: float | None = None) -> int:
        """Makes a call; returns how often it was sent."""
        ticket = self.queue.ticket(in_bulk=False)
        attempts = 0
        while True:
            sent, _ = await self.queue.enter(ticket, self.in_flight, deadline)
            outcome = Outcome.UNKNOWN
            attempts += 1
            try:
                is_taken = await self.service.answers(self._number)
                outcome = Outcome.ACCEPTED if is_taken else Outcome.REFUSED
            finally:
                self.queue.leave(self.in_flight, outcome, sent=sent)
            if is_taken:
                return attempts


def learned(service: Service, **settings: Any) -> Process:
    """A process that knows nothing of the quota."""
    return Process(service, LearnedRate(5), **settings)


def fixed(service: Service, **settings: Any) -> Process:
    """A process that was told of AWS's default quotas."""
    return Process(service, pacing_of(FixedRates(Quotas("aws"), VirtualClock().monotonic)))


def pacing_of(limiter: RateLimiter) -> LimiterPacing:
    """The pace of a limiter in the one place of these tests."""
    return LimiterPacing(limiter, *PLACE, VirtualClock().monotonic)


async def at_once(process: Process, count: int) -> tuple[list[int], float]:
    """Calls so many times together; returns the attempts of each, and the seconds it took."""
    begin = VirtualClock().monotonic()
    attempts = await asyncio.gather(*(process.call() for _ in range(count)))
    return attempts, VirtualClock().monotonic() - begin


async def for_seconds(seconds: float, processes: list[Process], *, tasks: int) -> None:
    """Has tasks of each process call one after the other for so long."""

    async def calls(process: Process) -> None:
        while True:
            await process.call()

    running = [asyncio.create_task(calls(process)) for process in processes for _ in range(tasks)]
    await asyncio.sleep(seconds)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


LATENCIES = [0.004, 0.01, 0.05, 0.2]


@pytest.mark.parametrize("latency", LATENCIES)
def test_a_burst_learns_its_pace(latency: float) -> None:
    """150 calls at once against 5 a second, with nothing told, have few refusals."""
    service = Service(TokenBucket(5), latency=latency)
    _, seconds = in_virtual_time(at_once(learned(service), 150))
    assert service.answered() == 150
    assert service.requests() <= 170
    assert seconds <= 35


def test_a_burst_at_a_known_quota_is_not_refused() -> None:
    """150 calls at once at the quota of 5 a second are sent 150 times, as fast as it bears."""
    service = Service(TokenBucket(5))
    _, seconds = in_virtual_time(at_once(fixed(service), 150))
    assert service.requests() <= 151
    assert seconds <= 31


@pytest.mark.parametrize("latency", LATENCIES[:3])
def test_a_raised_quota_is_used(latency: float) -> None:
    """400 calls against ten times AWS's default take not much longer than they must."""
    service = Service(TokenBucket(50), latency=latency)
    _, seconds = in_virtual_time(at_once(learned(service), 400))
    assert service.requests() <= 460
    assert seconds <= 9


@pytest.mark.parametrize("seed", range(3))
def test_a_quota_that_is_raised_meanwhile_is_found(seed: int) -> None:
    """When the quota goes from 5 to 50, 40 a second come within 16 s, with few refusals."""
    quota = TokenBucket(5)
    service = Service(quota, seed=seed)

    async def story() -> float:
        process = learned(service)
        work = asyncio.create_task(for_seconds(70, [process], tasks=60))
        await asyncio.sleep(30)
        quota.rate = quota.burst = 50
        raised = VirtualClock().monotonic()
        await work
        return raised

    raised = in_virtual_time(story())
    in_16_s = [at - raised for at, _ in service.taken if 15 <= at - raised < 16]
    assert len(in_16_s) >= 40
    refused = sum(raised <= at < raised + 16 for at in service.refused)
    assert refused <= 0.03 * sum(raised <= at < raised + 16 for at, _ in service.taken)


@pytest.mark.parametrize("seed", range(3))
def test_processes_that_share_nothing_share_a_quota(seed: int) -> None:
    """Four processes of 8 tasks keep to 5 a second together, and come to even parts."""
    service = Service(TokenBucket(5), seed=seed)

    async def story() -> float:
        processes = [learned(service, number=number) for number in range(4)]
        begin = VirtualClock().monotonic()
        await for_seconds(300, processes, tasks=8)
        return begin

    begin = in_virtual_time(story())
    assert service.answered() / 300 >= 4.7
    assert service.refused_part() <= 0.12
    assert service.refused_part(since=begin + 10) <= 0.08
    parts = Counter(process for _, process in service.taken)
    assert all(0.15 <= parts[number] / service.answered() <= 0.35 for number in range(4))


@pytest.mark.parametrize(
    "quota",
    [
        lambda: TokenBucket(5, burst=1),
        lambda: TokenBucket(5, burst=50),
        lambda: FixedWindow(5),
        lambda: SlidingWindow(5),
    ],
)
@pytest.mark.parametrize("begin", [learned, fixed])
def test_however_a_service_counts_each_call_is_answered(
    quota: Callable[[], Quota], begin: Callable[[Service], Process]
) -> None:
    """Whatever window a quota has, no call of a burst is refused more than 20 times."""
    service = Service(quota())
    attempts, seconds = in_virtual_time(at_once(begin(service), 150))
    assert max(attempts) <= 20
    assert seconds <= 60


def test_calls_are_served_in_the_order_in_which_they_came() -> None:
    """First come, first served; who came back refused is before all that came later."""

    async def story() -> None:
        process = fixed(Service(TokenBucket(5)))
        served: list[int] = []

        async def call(number: int, ticket: Ticket) -> None:
            sent, _ = await process.queue.enter(ticket, process.in_flight, None)
            served.append(number)
            process.queue.leave(process.in_flight, Outcome.ACCEPTED, sent=sent)

        tickets = [process.queue.ticket(in_bulk=False) for _ in range(5)]
        async with asyncio.TaskGroup() as group:
            for number in (1, 2, 3, 4, 0):
                group.create_task(call(number, tickets[number]))
        assert served == [1, 2, 0, 3, 4]

    in_virtual_time(story())


def test_a_call_beyond_its_deadline_is_refused_at_once() -> None:
    """What would wait longer than 2.1 s at 5 a second does not wait in vain."""

    async def story() -> None:
        process = fixed(Service(TokenBucket(5)))
        begin = VirtualClock().monotonic()

        async def call() -> float:
            try:
                await process.call(deadline=2.1)
            except RateLimitError as error:
                assert VirtualClock().monotonic() == begin
                return error.retry_after
            return 0.0

        waits = await asyncio.gather(*(call() for _ in range(30)))
        assert waits[:11] == [0.0] * 11
        assert waits[11:] == [pytest.approx(2.2)] * 19

    in_virtual_time(story())


class FarAwayLimiter:
    """A limiter whose first slot is later than all that happens in a test."""

    async def reserve(self, operation: str, region_name: str) -> float:
        return 1000.0

    def refused(self, operation: str, region_name: str) -> None:
        """Is told of none."""

    def rate(self, operation: str, region_name: str) -> float:
        return 4.0


@pytest.mark.parametrize("seed", range(5))
def test_the_seconds_to_a_turn_count_all_that_wait_before_it(seed: int) -> None:
    """Whatever came and was cancelled, a call waits for the slot and for those before it."""
    rng = random.Random(seed)

    async def story() -> None:
        clock = VirtualClock()
        queue, in_flight = CallQueue(PLACE[0], pacing_of(FarAwayLimiter()), clock), InFlight(50)
        slot = 0.0
        calls: dict[Ticket, asyncio.Task[Any]] = {}
        head: Ticket | None = None
        compared = 0
        async with asyncio.TaskGroup() as group:
            for _ in range(60):
                for _ in range(rng.randrange(4)):
                    ticket = queue.ticket(in_bulk=rng.choice([False, True]))
                    calls[ticket] = group.create_task(queue.enter(ticket, in_flight, None))
                    head = head or ticket
                    slot = slot or clock.monotonic() + 1000
                await asyncio.sleep(rng.choice([0.001, 0.3]))
                for ticket in rng.sample(sorted(calls), len(calls) // 9):
                    calls.pop(ticket).cancel()
                await asyncio.sleep(0.001)
                if head not in calls:
                    head = min(calls, default=None)
                waiting = sorted({*calls} - {head})
                come = [queue.ticket(in_bulk=in_bulk) for in_bulk in (False, True)]
                for ticket in [*waiting, *come] if head else []:
                    ahead = sum(other < ticket for other in waiting)
                    expected = slot - clock.monotonic() + (1 + ahead) / 4
                    assert queue.seconds_to_turn(ticket) == pytest.approx(expected, abs=1e-6)
                    compared += 1
            for call in calls.values():
                call.cancel()
        assert compared > 100
        assert queue.seconds_to_turn(queue.ticket(in_bulk=True)) == 0

    in_virtual_time(story())


class CountingLimiter:
    """A limiter of somebody's own, with three methods."""

    def __init__(self) -> None:
        self.reserved = 0
        self.refusals = 0

    async def reserve(self, operation: str, region_name: str) -> float:
        assert (operation, region_name) == PLACE
        self.reserved += 1
        return 0.2

    def refused(self, operation: str, region_name: str) -> None:
        self.refusals += 1

    def rate(self, operation: str, region_name: str) -> float | None:
        return None


def test_only_the_head_of_a_queue_asks_the_limiter() -> None:
    """A gather of 150 that is cancelled has taken one slot, which the next call uses."""

    async def story() -> None:
        limiter = CountingLimiter()
        process = Process(Service(TokenBucket(500)), pacing_of(limiter))
        begin = VirtualClock().monotonic()
        crowd = [asyncio.create_task(process.call()) for _ in range(150)]
        await asyncio.sleep(0.1)
        for task in crowd:
            task.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)
        await process.call()
        assert limiter.reserved == 1
        assert VirtualClock().monotonic() - begin <= 0.25

    in_virtual_time(story())


def test_a_limiter_is_told_of_refusals() -> None:
    """Each refused attempt is told, and its call goes on."""

    async def story() -> None:
        limiter = CountingLimiter()
        service = Service(TokenBucket(1))
        process = Process(service, pacing_of(limiter))
        await asyncio.gather(*(process.call() for _ in range(3)))
        assert limiter.refusals == len(service.refused) > 0

    in_virtual_time(story())


@pytest.mark.parametrize("waited", [0.0, 0.05, 0.1, 0.2, 0.3])
def test_cancelled_calls_give_their_places_back(waited: float) -> None:
    """Whenever calls are cancelled, waiting or under way, all connections come back."""

    async def story() -> None:
        process = learned(Service(TokenBucket(5), latency=0.1), connections=3)
        crowd = [asyncio.create_task(process.call()) for _ in range(20)]
        await asyncio.sleep(waited)
        for task in crowd:
            task.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)
        for _ in range(3):
            assert not process.in_flight.is_full
            await process.in_flight.acquire()
        assert process.in_flight.is_full
        for _ in range(3):
            process.in_flight.release()
        assert await process.call() >= 1

    in_virtual_time(story())


def test_no_more_is_in_flight_than_connections() -> None:
    """Calls wait in the queue, not for a connection of the pool."""

    async def story() -> None:
        process = learned(Service(TokenBucket(1000), latency=1), connections=7)
        busy = most = 0

        async def call() -> None:
            nonlocal busy, most
            sent, _ = await process.queue.enter(
                process.queue.ticket(in_bulk=False), process.in_flight, None
            )
            busy += 1
            most = max(most, busy)
            await asyncio.sleep(1)
            busy -= 1
            process.queue.leave(process.in_flight, Outcome.ACCEPTED, sent=sent)

        await asyncio.gather(*(call() for _ in range(40)))
        assert most == 7

    in_virtual_time(story())


def test_calls_that_hang_do_not_hold_back_others() -> None:
    """Where no answer comes, 5 a second are sent nevertheless."""

    async def story() -> None:
        process = learned(Service(TokenBucket(5), latency=1000))
        crowd = [asyncio.create_task(process.call()) for _ in range(50)]
        await asyncio.sleep(5.1)
        assert process.queue._in_flight == 2 + 25
        for task in crowd:
            task.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)

    in_virtual_time(story())


def test_a_pause_that_the_service_asks_for_is_kept() -> None:
    """Nothing is sent before Retry-After is over, by no call of the operation."""

    async def story() -> None:
        process = learned(Service(TokenBucket(100)))
        queue = process.queue
        sent, _ = await queue.enter(queue.ticket(in_bulk=False), process.in_flight, None)
        queue.leave(process.in_flight, Outcome.REFUSED, sent=sent, pause=7.0)
        begin = VirtualClock().monotonic()
        await process.call()
        assert VirtualClock().monotonic() - begin >= 7

    in_virtual_time(story())


def test_a_quiet_minute_makes_a_queue_new() -> None:
    """What was learnt in a bad moment does not slow down a burst an hour later."""

    async def story() -> None:
        quota = TokenBucket(0.1, burst=1)
        service = Service(quota)
        process = learned(service)
        await asyncio.gather(*(process.call() for _ in range(5)))
        quota.rate = quota.burst = 50
        await asyncio.sleep(61)
        _, seconds = await at_once(process, 40)
        assert seconds < 1

    in_virtual_time(story())


@pytest.mark.parametrize(
    ("quotas", "error", "text"),
    [
        ("learned", ValueError, "quotas must be 'aws' or a mapping, got 'learned'"),
        (5, TypeError, "quotas must be 'aws' or a mapping, got int"),
        ({"IndexFace": 5}, ValueError, "quotas name 'IndexFace', which is no operation"),
        ({"IndexFaces": 0}, ValueError, r"quotas\['IndexFaces'\] must be above 0 .* got 0"),
        ({"*": float("inf")}, ValueError, r"quotas\['\*'\] must be above 0 .* got inf"),
        ({"IndexFaces": "all"}, TypeError, r"quotas\['IndexFaces'\] must be a number or 'aws'"),
        ({"IndexFaces": True}, TypeError, r"quotas\['IndexFaces'\] must be a number or 'aws'"),
    ],
)
def test_quotas_that_cannot_be_are_refused(quotas: Any, error: type[Exception], text: str) -> None:
    """Quotas of no operation, or that nothing could pass, are told by field, value and limit."""
    with pytest.raises(error, match=text):
        Quotas(quotas)


def test_quotas_of_an_account_count_before_those_of_aws() -> None:
    """An operation's own quota counts first, then the one for all others, then AWS's default."""
    quotas = Quotas({"IndexFaces": 200, "*": "aws", "ListFaces": "aws"})
    assert quotas.of("IndexFaces", "eu-west-1") == 200
    assert quotas.of("ListFaces", "eu-west-1") == 50
    assert quotas.of("ListFaces", "eu-central-1") == 5
    assert Quotas({"*": 4.75}).of("ListFaces", "eu-west-1") == 4.75
    assert Quotas({"IndexFaces": 200}).of("ListFaces", "eu-west-1") == 50
