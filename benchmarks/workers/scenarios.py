"""What each case does, whoever does it."""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Final

from benchmarks.workers.peer import REGION, Peer

Figures = dict[str, float]
Sizes = Mapping[str, int]

# The page size by which the server has a list of one page.
_WARM_UP: Final = 1
_FIRST_PAGE: Final = 10
# Real ones: clients look up what they know of a region.
_REGIONS: Final = (
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "eu-west-1",
    "eu-west-2",
    "eu-central-1",
    "ap-south-1",
    "ap-northeast-1",
    "ap-southeast-2",
)


def peak_memory() -> int:
    """The most memory this process has held so far, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


class Stopwatch:
    """CPU and wall-clock time since it was made."""

    def __init__(self) -> None:
        self._cpu, self._wall = time.process_time(), time.perf_counter()

    def read(self) -> Figures:
        """What has passed, and the peak of memory."""
        return {
            "cpu": time.process_time() - self._cpu,
            "wall": time.perf_counter() - self._wall,
            "peak": peak_memory(),
        }


class WrongCountError(Exception):
    """A peer did not read what there was."""


def _expect(read: int, there: int) -> None:
    if read != there:
        raise WrongCountError(f"{read} read, {there} expected")


async def _collections(peer: Peer, server: str, sizes: Sizes) -> Figures:
    pages, page_size = sizes["pages"], sizes["page_size"]
    async with peer.open(f"{server}/{pages}/0", REGION) as client:
        await peer.list_collections(client, _WARM_UP)
        await peer.first_page(client, page_size)
        settled = peak_memory()
        watch = Stopwatch()
        read = await peer.list_collections(client, page_size)
        figures = watch.read()
    _expect(read, pages * page_size)
    return {**figures, "growth": figures["peak"] - settled}


def _listing(method: str) -> Callable[[Peer, str, Sizes], Awaitable[Figures]]:
    """Reads all collections by a method of the peer."""

    async def listed(peer: Peer, server: str, sizes: Sizes) -> Figures:
        pages, page_size = sizes["pages"], sizes["page_size"]
        read_all: Callable[[object, int], Awaitable[int]] = getattr(peer, method)
        async with peer.open(f"{server}/{pages}/0", REGION) as client:
            await read_all(client, _WARM_UP)
            watch = Stopwatch()
            read = await read_all(client, page_size)
            figures = watch.read()
        _expect(read, pages * page_size)
        return figures

    return listed


async def _faces(peer: Peer, server: str, sizes: Sizes) -> Figures:
    pages, page_size = sizes["pages"], sizes["page_size"]
    async with peer.open(f"{server}/{pages}/0", REGION) as client:
        await peer.list_faces(client, _WARM_UP)
        watch = Stopwatch()
        read = await peer.list_faces(client, page_size)
        figures = watch.read()
    _expect(read, pages * page_size)
    return figures


async def _labels(peer: Peer, server: str, sizes: Sizes) -> Figures:
    image = bytes(range(256)) * (sizes["image_bytes"] // 256)
    async with peer.open(f"{server}/1/0", REGION) as client:
        once = await peer.detect_labels(client, image)
        watch = Stopwatch()
        read = 0
        for _ in range(sizes["calls"]):
            read += await peer.detect_labels(client, image)
        figures = watch.read()
    _expect(read, sizes["calls"] * once)
    return figures


async def _prefetch(peer: Peer, server: str, sizes: Sizes) -> Figures:
    delay = sizes["delay_ms"]
    async with peer.open(f"{server}/{sizes['pages']}/{delay}", REGION) as client:
        await peer.first_page(client, sizes["page_size"])
        watch = Stopwatch()
        read = 0
        async for _ in peer.pages(client, sizes["page_size"]):
            await asyncio.sleep(delay / 1000)
            read += 1
        figures = watch.read()
    _expect(read, sizes["pages"])
    return figures


async def _descriptions(peer: Peer, server: str, sizes: Sizes) -> Figures:
    async with peer.open(f"{server}/1/0", REGION) as client:
        once = await peer.describe_collection(client)
        watch = Stopwatch()
        read = 0
        for _ in range(sizes["rounds"]):
            calls = (peer.describe_collection(client) for _ in range(sizes["at_once"]))
            read += sum(await asyncio.gather(*calls))
        figures = watch.read()
    called = sizes["rounds"] * sizes["at_once"]
    _expect(read, called * once)
    return {**figures, "rate": called / figures["cpu"]}


async def _one_by_one(peer: Peer, server: str, sizes: Sizes) -> Figures:
    async with peer.open(f"{server}/1/0", REGION) as client:
        once = await peer.describe_collection(client)
        watch = Stopwatch()
        read = 0
        for _ in range(sizes["calls"]):
            read += await peer.describe_collection(client)
        figures = watch.read()
    _expect(read, sizes["calls"] * once)
    return {**figures, "rate": sizes["calls"] / figures["cpu"]}


async def _more_clients(peer: Peer, server: str, sizes: Sizes) -> Figures:
    first, *others = _REGIONS[: sizes["clients"]]
    async with AsyncExitStack() as clients:
        await clients.enter_async_context(peer.open(f"{server}/1/0", first))
        watch = Stopwatch()
        for region in others:
            await clients.enter_async_context(peer.open(f"{server}/1/0", region))
        return watch.read()


async def _client_churn(peer: Peer, server: str, sizes: Sizes) -> Figures:
    settled = 0
    watch = Stopwatch()
    for number in range(1, sizes["clients"] + 1):
        async with peer.open(f"{server}/1/0", REGION):
            pass
        if number == sizes["settled"]:
            settled = peak_memory()
    figures = watch.read()
    return {**figures, "growth": figures["peak"] - settled}


async def _retry_decision(peer: Peer, server: str, sizes: Sizes) -> Figures:
    # It knows what our retries are made of, which no other environment has.
    from benchmarks.workers import retry_decision  # noqa: PLC0415

    return {"share": await retry_decision.share(peer, f"{server}/1/0", sizes)}


async def _first_labels(peer: Peer, client: object) -> int:
    return await peer.detect_labels(client, bytes(20_000))


async def _first_collections(peer: Peer, client: object) -> int:
    return await peer.first_page(client, _FIRST_PAGE)


FIRST_CALLS: Final[Mapping[str, Callable[[Peer, object], Awaitable[int]]]] = {
    "first-labels": _first_labels,
    "first-collections": _first_collections,
}


async def first_call(case: str, peer: Peer, server: str, started: float) -> Figures:
    """Opens a client, calls once, and tells what the whole process has taken since its start.

    Args:
        case: One of `FIRST_CALLS`.
        peer: The peer, just imported.
        server: Where the server is.
        started: What the starter's ``time.monotonic`` said; the clock is the machine's.
    """
    async with peer.open(f"{server}/1/0", REGION) as client:
        await FIRST_CALLS[case](peer, client)
        return {
            "wall": time.monotonic() - started,
            "cpu": time.process_time(),
            "peak": peak_memory(),
        }


SCENARIOS: Final[Mapping[str, Callable[[Peer, str, Sizes], Awaitable[Figures]]]] = {
    "collections-large": _collections,
    "collections-small": _collections,
    "pages-zipped": _listing("zip_pages"),
    "pages-records": _listing("record_pages"),
    "records": _listing("records"),
    "faces": _faces,
    "labels": _labels,
    "prefetch": _prefetch,
    "describe-1": _one_by_one,
    "describe-50": _descriptions,
    "describe-1000": _descriptions,
    "memory": _collections,
    "more-clients": _more_clients,
    "client-churn": _client_churn,
    "retry-decision": _retry_decision,
}
