"""What is measured, how large it is, and what the project wants to see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

OURS: Final = "ours"
FLOOR: Final = "floor"
"""Not a client, but the least that one on aiobotocore can do; see `benchmarks.workers.floor`."""
_CLIENTS: Final = (OURS, "aiobotocore", "by-hand", "capo", "aioboto3")
PEERS: Final = (*_CLIENTS, FLOOR)

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
        only: The peers that can do it.
        profiled: Whether the report tells where the time goes.
    """

    name: str
    title: str
    sizes: Mapping[str, int]
    small: Mapping[str, int]
    measures: tuple[Measure, ...] = (CPU, WALL, PEAK)
    targets: tuple[Target, ...] = ()
    only: tuple[str, ...] = PEERS
    profiled: bool = False

    def sizes_of(self, *, small: bool) -> Mapping[str, int]:
        """How much is done."""
        return self.small if small else self.sizes


def _against(measure: Measure, aiobotocore: float, capo: float) -> tuple[Target, ...]:
    return Target(measure, aiobotocore, "aiobotocore"), Target(measure, capo, "capo")


CASES: Final = (
    Case(
        "collections-large",
        "ListCollections, 100 pages of 4,096, every record made and read (capo: ids alone)",
        {"pages": 100, "page_size": 4096},
        {"pages": 2, "page_size": 100},
        targets=_against(CPU, 0.60, 1.0),
        profiled=True,
    ),
    Case(
        "collections-small",
        "ListCollections, 2,000 pages of 10",
        {"pages": 2000, "page_size": 10},
        {"pages": 5, "page_size": 10},
        targets=_against(CPU, 0.75, 1.1),
        profiled=True,
    ),
    Case(
        "faces",
        "ListFaces, 25 pages of 4,096",
        {"pages": 25, "page_size": 4096},
        {"pages": 2, "page_size": 100},
        targets=_against(CPU, 0.45, 0.70),
        profiled=True,
    ),
    Case(
        "labels",
        "DetectLabels, 300 calls with 20 kB images, 30 labels each",
        {"calls": 300, "image_bytes": 20_000},
        {"calls": 3, "image_bytes": 2_000},
        targets=_against(CPU, 0.70, 1.0),
        profiled=True,
    ),
    Case(
        "prefetch",
        "20 pages, 50 ms to fetch one and 50 ms to work on it (ours with prefetch=1)",
        {"pages": 20, "page_size": 10, "delay_ms": 50},
        {"pages": 3, "page_size": 10, "delay_ms": 5},
        measures=(WALL, CPU),
        targets=_against(WALL, 0.60, 0.60),
        only=_CLIENTS,
    ),
    Case(
        "concurrent",
        "DescribeCollection, 10 times 200 calls at once over one client",
        {"rounds": 10, "calls": 200},
        {"rounds": 1, "calls": 10},
        targets=_against(CPU, 0.80, 1.1),
        profiled=True,
    ),
    Case(
        "memory",
        "1,000,000 collections: growth of peak memory after the first page",
        {"pages": 245, "page_size": 4096},
        {"pages": 3, "page_size": 100},
        measures=(GROWTH, PEAK),
        targets=(Target(GROWTH, 8.0),),
        only=_CLIENTS,
    ),
    Case(
        "first-client",
        "A fresh process, from its start until the first client is open",
        {},
        {},
        measures=(WALL, CPU, PEAK),
        targets=(Target(WALL, 1.15, "aiobotocore"), Target(CPU, 1.15, "aiobotocore")),
    ),
    Case(
        "more-clients",
        "9 more clients for other regions, after the first",
        {"clients": 10},
        {"clients": 2},
        measures=(WALL, CPU),
        targets=(Target(WALL, 1.1, "aiobotocore"), Target(CPU, 1.1, "aiobotocore")),
    ),
    Case(
        "client-churn",
        "300 clients opened and closed: growth of peak memory after the tenth",
        {"clients": 300, "settled": 10},
        {"clients": 4, "settled": 2},
        measures=(GROWTH, WALL),
        targets=(Target(GROWTH, 5.0),),
        only=_CLIENTS,
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
