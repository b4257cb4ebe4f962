"""The rows of the table: what is run, what it must reach, and how that is measured."""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final
from urllib.request import urlopen

from PIL import Image

from benchmarks.emulator.server import Server, server
from benchmarks.environments import ROOT

_FEW: Final = "few"
_MANY: Final = "many"
_MAX_WAIT: Final = 0.05


@dataclass(frozen=True, slots=True)
class Settings:
    """How the rows are run.

    Attributes:
        base: The checkout of another build to compare with, if any.
        small: Whether sizes are tiny, which shows only that all works.
        folder: A folder for pictures.
    """

    base: Path | None
    small: bool
    folder: Path

    def size(self, number: int) -> int:
        """So many, or a few where all is small."""
        return max(number // 1000, 10) if self.small else number


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a row.

    Attributes:
        text: The figure as it is shown.
        is_kept: Whether it is what it must be; None where nothing is asked of it.
    """

    text: str
    is_kept: bool | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table.

    Attributes:
        work: What is run.
        must: What it must reach.
        measure: Runs it.
    """

    work: str
    must: str
    measure: Callable[[Settings], list[Figure]]


def _picture(seed: int, size: tuple[int, int] = (320, 240)) -> bytes:
    """A JPEG like no other of another seed."""
    light = Image.frombytes("RGB", (8, 6), Random(seed).randbytes(144))  # noqa: S311 - it repeats
    content = io.BytesIO()
    light.resize(size, Image.Resampling.BICUBIC).save(content, "JPEG", quality=90)
    return content.getvalue()


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms"


def _ratio(value: float, other: float, limit: float, of: str) -> Figure:
    ratio = value / other
    return Figure(f"{ratio:.3f} of {of}", ratio <= limit)


def _search(settings: Settings) -> list[Figure]:
    few, many = settings.size(1000), settings.size(100_000)

    def measured(tree: Path, calls: int) -> tuple[float, float]:
        with server("emulator", tree) as emulator:
            emulator.tell("seed", _FEW, few)
            emulator.tell("seed", _MANY, many)
            paths = {}
            for number in range(calls + 1):
                path = settings.folder / f"{number}.jpg"
                path.write_bytes(_picture(number))
                paths[str(path)] = f"person-{number:05}"
            emulator.tell("declare_files", paths)

            def search(collection_id: str, number: int) -> None:
                found = emulator.client.search_faces_by_image(
                    CollectionId=collection_id, Image={"Bytes": _picture(number)}
                )
                if len(found["FaceMatches"]) != 1:
                    raise SystemExit(f"somebody was not found: {found}")

            return (
                emulator.cpu_of(calls, lambda number: search(_FEW, number)),
                emulator.cpu_of(calls, lambda number: search(_MANY, number)),
            )

    at_few, at_many = measured(ROOT, 5 if settings.small else 50)
    figures = [
        Figure(f"{_milliseconds(at_few)} and {_milliseconds(at_many)}"),
        _ratio(at_many, at_few, 3, f"its own at {few:,}"),
    ]
    if settings.base is not None:
        _, before = measured(settings.base, 5)
        figures.append(_ratio(at_many, before, 0.03, f"the other build's {_milliseconds(before)}"))
    return figures


def _growth(settings: Settings) -> list[Figure]:
    few, many = settings.size(1000), settings.size(1_000_000)
    calls = 5 if settings.small else 50

    def works(emulator: Server, collection_id: str) -> dict[str, Callable[[int], object]]:
        def index(number: int) -> object:
            picture = {"Bytes": _picture(number)}
            return emulator.client.index_faces(CollectionId=collection_id, Image=picture)

        def describe(_: int) -> object:
            return emulator.client.describe_collection(CollectionId=collection_id)

        def page(_: int) -> object:
            with urlopen(f"{emulator.url}/_emulator/") as answer:  # noqa: S310 - our own address
                return answer.read()

        return {"IndexFaces": index, "DescribeCollection": describe, "the page": page}

    def measured(count: int) -> dict[str, float]:
        with server("emulator", ROOT) as emulator:
            emulator.tell("seed", _MANY, count)
            return {
                name: emulator.cpu_of(calls, work) for name, work in works(emulator, _MANY).items()
            }

    at_few, at_many = measured(few), measured(many)
    return [
        figure
        for name, seconds in at_many.items()
        for figure in (
            Figure(f"{name} {_milliseconds(seconds)}"),
            _ratio(seconds, at_few[name], 2, f"its own at {few:,}"),
        )
    ]


def _paired(
    settings: Settings, limit: float, rounds: int, work: Callable[[Server], float]
) -> list[Figure]:
    """What something takes, and how much of what it takes the other build, in turns."""
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(1 if settings.small else rounds):
        with server("emulator", ROOT) as emulator:
            ours.append(work(emulator))
        if settings.base is not None:
            with server("emulator", settings.base) as other:
                theirs.append(work(other))
    figures = [Figure(_milliseconds(statistics.median(ours)))]
    if theirs:
        ratio = _median_ratio(ours, theirs)
        before = f"the other build's {_milliseconds(statistics.median(theirs))}"
        figures.append(Figure(f"{ratio:.3f} of {before}", ratio <= limit))
    return figures


def _seeding(settings: Settings) -> list[Figure]:
    count = settings.size(100_000)

    def seed(emulator: Server) -> float:
        emulator.tell("seed", _FEW, 1)
        return emulator.tell("seed", _MANY, count)

    return _paired(settings, 0.12, 3, seed)


def _declaring(settings: Settings) -> list[Figure]:
    count = settings.size(10_000)

    def declare(emulator: Server) -> float:
        emulator.tell("declare_names", "warm-up/", 1)
        return emulator.tell("declare_names", "", count)

    figures = _paired(settings, 0.05, 3, declare)
    with server("emulator", ROOT) as emulator:
        emulator.tell("declare_names", "warm-up/", 1)
        half = emulator.tell("declare_names", "half/", count // 2)
        whole = emulator.tell("declare_names", "whole/", count)
    linear = Figure(f"{whole / half:.1f} times half as many", whole <= 3 * half)
    return [*figures, linear]


def _health(settings: Settings) -> list[Figure]:
    count = settings.size(1_000_000)
    figures: list[Figure] = []
    with server("emulator", ROOT) as emulator, ThreadPoolExecutor(1) as searcher:
        emulator.tell("seed", _FEW, 1)
        emulator.tell("seed", _MANY, count)
        # The first search of all loads Pillow and numpy.
        emulator.client.search_faces_by_image(CollectionId=_FEW, Image={"Bytes": _picture(0)})
        for threshold in (80.0, 0.0):
            search = searcher.submit(
                emulator.client.search_faces_by_image,
                CollectionId=_MANY,
                Image={"Bytes": _picture(1)},
                FaceMatchThreshold=threshold,
                MaxFaces=10,
            )
            waits: list[float] = []
            began = time.monotonic()
            while not search.done() or not waits:
                before = time.monotonic()
                with urlopen(f"{emulator.url}/_emulator/health") as answer:  # noqa: S310 - ours
                    answer.read()
                waits.append(time.monotonic() - before)
            took = time.monotonic() - began
            search.result()
            text = f"{_milliseconds(max(waits))} during {_milliseconds(took)} at {threshold:.0f} %"
            figures.append(Figure(text, max(waits) <= _MAX_WAIT))
    return figures


def _detect_labels(settings: Settings) -> list[Figure]:
    picture = _picture(1, (1280, 960))
    calls = 5 if settings.small else 200
    seconds: dict[str, list[float]] = {"ours": [], "moto's": [], "the other build's": []}
    with ExitStack() as stack:
        servers = {
            "ours": stack.enter_context(server("emulator", ROOT)),
            "moto's": stack.enter_context(server("moto", ROOT)),
        }
        if settings.base is not None:
            servers["the other build's"] = stack.enter_context(server("emulator", settings.base))

        for _ in range(1 if settings.small else 5):
            for name, one in servers.items():
                seconds[name].append(one.cpu_of(calls, _detecting(one, picture)))
    figures = [Figure(_milliseconds(statistics.median(seconds["ours"])))]
    for name, limit in (("moto's", 0.6), ("the other build's", None)):
        if seconds[name]:
            ratio = _median_ratio(seconds["ours"], seconds[name])
            text = f"{ratio:.3f} of {name} {_milliseconds(statistics.median(seconds[name]))}"
            figures.append(Figure(text, None if limit is None else ratio <= limit))
    return figures


def _detecting(emulator: Server, picture: bytes) -> Callable[[int], object]:
    return lambda _: emulator.client.detect_labels(Image={"Bytes": picture})


def _median_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))


ROWS: Final = (
    Row("SearchFacesByImage at 10^5 faces", "<= 0.03, <= 3 x its own at 10^3", _search),
    Row("IndexFaces, DescribeCollection, the page at 10^6 faces", "<= 2 x at 10^3", _growth),
    Row("seeding 10^5 faces", "<= 0.12", _seeding),
    Row("declaring 10,000 pictures by their names in S3", "linear, <= 0.05", _declaring),
    Row("health while a search over 10^6 faces runs", "<= 50 ms", _health),
    Row("DetectLabels", "<= 0.6 of moto's server", _detect_labels),
)
