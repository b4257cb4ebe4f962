"""What is measured, how large it is, and what the project wants to see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

OURS: Final = "ours"
AGAIN: Final = "ours again"
"""The same code in the same environment: what it differs by from ours is the machine's doing."""
LEAST: Final = "least"
"""Not a client, but the least that goes through aiobotocore's; see `benchmarks.workers.least`."""
BASE: Final = "base"
"""This package at another commit, to tell what a change has brought."""
_OUTSIDE: Final = ("aiobotocore", "orjson", "msgspec", "by-hand", "capo", "aioboto3")
PEERS: Final = (OURS, AGAIN, *_OUTSIDE, LEAST)
_CLIENTS: Final = (OURS, AGAIN, "aiobotocore", "capo")
# aiobotocore as it is and as people make it faster, and the client to catch up with.
_FAST: Final = (OURS, AGAIN, "aiobotocore", "orjson", "msgspec", "capo", LEAST)

MAX_DIFFERENCE: Final = 0.08
"""How far from 1 the ratio of ours to ours again may be in a run whose figures are written."""

MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of a run.

    Attributes:
        key: Its name in what a worker prints.
        title: Its name in the report.
        unit: What it is shown in.
        scale: How much of what the worker prints makes one unit.
        as_ratio: Whether peers are shown as ours/peer; else each with its own value.
    """

    key: str
    title: str
    unit: str
    scale: float = 1.0
    as_ratio: bool = True


CPU: Final = Measure("cpu", "CPU", "s")
WALL: Final = Measure("wall", "wall", "s")
PEAK: Final = Measure("peak", "peak memory", "MB", MEGABYTE)
GROWTH: Final = Measure("growth", "growth", "MB", MEGABYTE, as_ratio=False)
RATE: Final = Measure("rate", "requests", "a CPU-second", as_ratio=False)
SHARE: Final = Measure("share", "share of CPU", "%", 0.01, as_ratio=False)


@dataclass(frozen=True, slots=True)
class Target:
    """What a measure should not exceed.

    Attributes:
        measure: The measure that is meant.
        limit: The most, as a ratio, or in the measure's unit where there is no peer.
        peer: The peer that the ratio is to; None for a limit to our own value.
    """

    measure: Measure
    limit: float
    peer: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that all peers do.

    Attributes:
        name: What it is called on the command line.
        title: What it is called in the report.
        sizes: How much of it is done.
        small: How much is done where only the benchmark itself is tried.
        measures: What the report shows of it.
        targets: What the project wants to see.
        only: The peers that do it.
        repeats: How often each peer runs it in a round's place; more than 1 where a run is so
            short that chance weighs much.
        profiled: Whether the report tells where the time goes.
    """

    name: str
    title: str
    sizes: Mapping[str, int]
    small: Mapping[str, int]
    measures: tuple[Measure, ...] = (CPU, WALL, PEAK)
    targets: tuple[Target, ...] = ()
    only: tuple[str, ...] = _FAST
    repeats: int = 1
    profiled: bool = False

    def sizes_of(self, *, small: bool) -> Mapping[str, int]:
        """How much is done."""
        return self.small if small else self.sizes


def _against(measure: Measure, aiobotocore: float, capo: float) -> tuple[Target, ...]:
    return Target(measure, aiobotocore, "aiobotocore"), Target(measure, capo, "capo")


CASES: Final = (
    Case(
        "collections-large",
        "ListCollections, 100 pages of 4,096, item by item (aiobotocore: by page; capo: ids alone)",
        {"pages": 100, "page_size": 4096},
        {"pages": 2, "page_size": 100},
        targets=_against(CPU, 0.60, 1.0),
        only=PEERS,
        profiled=True,
    ),
    Case(
        "pages-zipped",
        "The same page by page: zip(page.collection_ids, page.face_model_versions)",
        {"pages": 100, "page_size": 4096},
        {"pages": 2, "page_size": 100},
        measures=(CPU, WALL),
        targets=(Target(CPU, 0.95, "capo"),),
    ),
    Case(
        "pages-records",
        "The same page by page: page.collections (others: their two lists, zipped)",
        {"pages": 100, "page_size": 4096},
        {"pages": 2, "page_size": 100},
        measures=(CPU, WALL),
        targets=(Target(CPU, 1.35, "capo"),),
    ),
    Case(
        "records",
        "The same item by item, a record each (others: a user's own async generator of records)",
        {"pages": 100, "page_size": 4096},
        {"pages": 2, "page_size": 100},
        measures=(CPU, WALL),
        targets=_against(CPU, 0.44, 0.82),
        only=(*_FAST, "by-hand"),
    ),
    Case(
        "collections-small",
        "ListCollections, 1,000 pages of 10",
        {"pages": 1000, "page_size": 10},
        {"pages": 5, "page_size": 10},
        targets=_against(CPU, 0.75, 1.1),
        profiled=True,
    ),
    Case(
        "faces",
        "ListFaces, 25 pages of 4,096",
        {"pages": 25, "page_size": 4096},
        {"pages": 2, "page_size": 100},
        targets=_against(CPU, 0.46, 0.90),
        only=(*_FAST, "by-hand"),
        profiled=True,
    ),
    Case(
        "labels",
        "DetectLabels, 300 calls with 20 kB images, 30 labels each",
        {"calls": 300, "image_bytes": 20_000},
        {"calls": 3, "image_bytes": 2_000},
        targets=_against(CPU, 0.64, 1.0),
        only=(*_FAST, "by-hand"),
        profiled=True,
    ),
    Case(
        "describe-1",
        "DescribeCollection, 1,000 calls one by one",
        {"calls": 1000},
        {"calls": 10},
        measures=(CPU, WALL, RATE),
        targets=(Target(CPU, 0.68, "aiobotocore"),),
        profiled=True,
    ),
    Case(
        "describe-50",
        "DescribeCollection, 20 times 50 calls at once over one client",
        {"rounds": 20, "at_once": 50},
        {"rounds": 1, "at_once": 10},
        measures=(CPU, WALL, RATE),
        targets=_against(CPU, 0.80, 1.1),
    ),
    Case(
        "describe-1000",
        "DescribeCollection, 2 times 1,000 calls at once over one client",
        {"rounds": 2, "at_once": 1000},
        {"rounds": 1, "at_once": 20},
        measures=(CPU, WALL, RATE),
        targets=_against(CPU, 0.80, 1.1),
    ),
    Case(
        "prefetch",
        "20 pages, 50 ms to fetch one and 50 ms to work on it (ours with prefetch=1)",
        {"pages": 20, "page_size": 10, "delay_ms": 50},
        {"pages": 3, "page_size": 10, "delay_ms": 5},
        measures=(WALL,),
        targets=_against(WALL, 0.60, 0.60),
        only=_CLIENTS,
    ),
    Case(
        "memory",
        "A process that lists 1,000,000 collections; growth: after the first page",
        {"pages": 245, "page_size": 4096},
        {"pages": 3, "page_size": 100},
        measures=(PEAK, GROWTH),
        targets=(Target(PEAK, 1.05, "aiobotocore"), Target(GROWTH, 8.0)),
        only=_CLIENTS,
    ),
    Case(
        "first-labels",
        "A fresh process, from its start until the first DetectLabels is answered",
        {},
        {},
        measures=(CPU, WALL, PEAK),
        targets=(Target(CPU, 1.10, "aiobotocore"),),
        only=(*_FAST, "by-hand", "aioboto3"),
        repeats=2,
    ),
    Case(
        "first-collections",
        "A fresh process, from its start until the first ListCollections is answered",
        {},
        {},
        measures=(CPU, WALL, PEAK),
        targets=(Target(CPU, 1.08, "aiobotocore"),),
        only=(*_FAST, "by-hand", "aioboto3"),
        repeats=2,
    ),
    Case(
        "more-clients",
        "9 more clients for other regions, after the first",
        {"clients": 10},
        {"clients": 2},
        measures=(CPU, WALL),
        targets=(Target(CPU, 1.1, "aiobotocore"), Target(WALL, 1.1, "aiobotocore")),
        only=(*_CLIENTS, LEAST),
        repeats=3,
    ),
    # Without capo, which takes 40 seconds a run.
    Case(
        "client-churn",
        "300 clients opened and closed: growth of peak memory after the tenth",
        {"clients": 300, "settled": 10},
        {"clients": 4, "settled": 2},
        measures=(CPU, GROWTH),
        targets=(Target(GROWTH, 5.0),),
        only=(OURS, AGAIN, "aiobotocore"),
    ),
    Case(
        "retry-decision",
        "The retry decision where nothing failed",
        {"calls": 1000, "repeats": 100_000},
        {"calls": 10, "repeats": 100},
        measures=(SHARE,),
        targets=(Target(SHARE, 3.0),),
        only=(OURS,),
    ),
)
