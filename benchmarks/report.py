"""Figures to tables."""

from __future__ import annotations

import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import chart
from benchmarks.cases import (
    AGAIN,
    BASE,
    CASES,
    CPU,
    LEAST,
    MAX_DIFFERENCE,
    OURS,
    PEERS,
    Case,
    Measure,
    Target,
)
from benchmarks.measure import Figures, Runs

_NOTHING: Final = "-"
_MIN_SHARE_TOLD: Final = 0.02
_THOUSAND: Final = 1000


class UnsteadyError(Exception):
    """The machine did not measure the same code alike."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Several values of one thing."""

    median: float
    lower: float
    upper: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The median and the quartiles of some values; there is at least one."""
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median, lower, upper)

    def text(self, number: Callable[[float], str] = "{:.2f}".format) -> str:
        """As in ``0.52 (0.50..0.55)``."""
        return f"{number(self.median)} ({number(self.lower)}..{number(self.upper)})"


@dataclass(frozen=True, slots=True)
class Report:
    """All that was measured.

    Attributes:
        results: The figures, by case.
        profiles: The part of each package in the time, by case and peer.
        versions: The packages of each peer.
        command: What was typed.
        rounds: How often each peer ran.
        small: Whether the sizes were those that only show that it works.
    """

    results: Mapping[str, Runs]
    profiles: Mapping[str, Mapping[str, Figures]]
    versions: Mapping[str, Mapping[str, str]]
    command: str
    rounds: int
    small: bool

    def as_text(self) -> str:
        """For a terminal."""
        lines: list[str] = []
        for case in self._cases():
            lines += ["", case.title]
            head, *rows = self._table(case)
            widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
            for row in (head, *rows):
                cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
                lines.append(f"  {'  '.join(cells)}".rstrip())
        return "\n".join([*lines, "", self._explanation(), ""])

    def as_markdown(self, plot: str) -> str:
        """For the documentation.

        Args:
            plot: The plot's address, seen from the page.
        """
        origin = (
            f"Written by `{self.command}` with Python {platform.python_version()} on "
            f"{platform.system()} {platform.machine()}."
        )
        lines = [
            "# Performance",
            "",
            origin,
            "",
            self._explanation(),
            "",
            f"![CPU time of this package as a ratio to each peer]({plot})",
        ]
        missed = self._missed()
        if missed:
            lines += ["", "## What is not met", "", *(f"- {line}" for line in missed)]
        for case in self._cases():
            head, *rows = self._table(case)
            lines += ["", f"## {case.title}", ""]
            lines += [_row(head), _row(["---"] * len(head)), *map(_row, rows)]
            profiles = self.profiles.get(case.name, {})
            if profiles:
                lines += ["", "Where the time goes, as cProfile sees it:"]
                lines += ["", *(f"- {peer}: {_shares(parts)}" for peer, parts in profiles.items())]
        lines += ["", "## Versions", "", "| peer | packages |", "| --- | --- |"]
        for peer, versions in self.versions.items():
            packages = ", ".join(f"{name} {version}" for name, version in versions.items())
            lines.append(_row([peer, packages]))
        return "\n".join([*lines, ""])

    def write(self, page: Path) -> None:
        """Writes the page, and the plot beside it.

        Raises:
            UnsteadyError: If the rows of identical code differ; nothing is written. Tiny sizes,
                which show only that it works, are written however they differ.
        """
        unsteady = self.unsteady()
        if unsteady and not self.small:
            raise UnsteadyError(
                "\n".join(["nothing is written, for what did not differ:", *unsteady])
            )
        page.parent.mkdir(parents=True, exist_ok=True)
        plot = page.with_suffix(".svg")
        bars = {
            case.name: {
                peer: self._ratio(case, CPU, peer).median
                for peer in self._peers()
                if peer in self.results[case.name]
            }
            for case in self._cases()
            if CPU in case.measures
        }
        plot.write_text(chart.drawn(bars, self._peers()), encoding="utf-8")
        page.write_text(self.as_markdown(plot.name), encoding="utf-8")

    def unsteady(self) -> list[str]:
        """The cases in which ours and ours again are further apart than identical code may be."""
        return [
            f"{case.name}: {measure.title} of the same code {ratio:.2f} (at most "
            f"{MAX_DIFFERENCE} from 1)"
            for case in self._cases()
            if AGAIN in self.results[case.name]
            for measure in _checked(case)
            if abs((ratio := self._ratio(case, measure, AGAIN).median) - 1) > MAX_DIFFERENCE
        ]

    def _cases(self) -> list[Case]:
        return [case for case in CASES if case.name in self.results]

    def _peers(self, case: Case | None = None) -> list[str]:
        """Who is compared to, in a case or in any."""
        ran = self.versions if case is None else self.results[case.name]
        return [peer for peer in (*PEERS, BASE) if peer in ran and peer not in {OURS, AGAIN, LEAST}]

    def _explanation(self) -> str:
        text = (
            f"Ratios are ours/peer, so that less than 1 is in our favour: the median over "
            f"{self.rounds} round(s) of two runs within the same round, and in brackets the "
            "quartiles; where a case is short, its rounds are 2 or 3 times as many. In each round "
            "all peers run once, in an order by chance. A run is a process of its own, after one "
            "call to warm up, but where a fresh process is what is measured. Growth, share and "
            "requests are each peer's own values. Ours again is the same code a second time: "
            f"a run in which its ratio in what has a target is over {MAX_DIFFERENCE} from 1 is not "
            "written here. orjson and msgspec are aiobotocore with botocore's parser "
            "emptied by an event handler and bodies parsed by hand, which leaves out dates, "
            "unknown members and, with orjson, all checks; by-hand is aiobotocore with models in "
            "Pydantic. Least is the ratio that was measured, in the same rounds, with the least "
            "through aiobotocore's client, item by item: all that this package spares aiobotocore, "
            "but no check, no retry, no error classes, and no objects but the records of "
            "ListCollections (benchmarks/workers/least.py). It bounds what goes through that "
            "client one item at a time, and nothing else."
        )
        return f"Tiny sizes: these figures mean nothing. {text}" if self.small else text

    def _table(self, case: Case) -> list[list[str]]:
        peers = self._peers(case)
        others = ([AGAIN] if AGAIN in self.results[case.name] else []) + peers
        rows = [["measure", "ours", *(f"/ {peer}" for peer in others), "target", "met", "least"]]
        for measure in case.measures:
            targets = [
                target
                for target in case.targets
                if target.measure == measure and (target.peer is None or target.peer in peers)
            ]
            rows.append(
                [
                    f"{measure.title} ({measure.unit})",
                    self._own(case, measure, OURS).text(_short),
                    *(self._cell(case, measure, peer) for peer in others),
                    ", ".join(_wanted(target) for target in targets) or _NOTHING,
                    ", ".join(self._met(case, target) for target in targets) or _NOTHING,
                    ", ".join(self._least(case, target) for target in targets) or _NOTHING,
                ]
            )
        return rows

    def _cell(self, case: Case, measure: Measure, peer: str) -> str:
        if measure.as_ratio:
            return self._ratio(case, measure, peer).text()
        return f"{self._own(case, measure, peer).text(_short)} {measure.unit}"

    def _met(self, case: Case, target: Target) -> str:
        return "yes" if self._value(case, target).median <= target.limit else "no"

    def _missed(self) -> list[str]:
        """For each target to a peer that is not met, how far it is, and what is left to gain."""
        return [
            f"{case.title}: {target.measure.title} {self._value(case, target).median:.2f} of "
            f"{target.peer}, where {target.limit:g} is wanted.{self._verdict(case, target)}"
            for case in self._cases()
            for target in case.targets
            if target.peer in self._peers(case) and self._met(case, target) == "no"
        ]

    def _verdict(self, case: Case, target: Target) -> str:
        least = self._least_of(case, target)
        if least is None:
            return ""
        reach = (
            "not to be had through that client item by item"
            if least > target.limit
            else "what is between is what this package does beside, such as checks and objects"
        )
        return f" The least through aiobotocore's client is {least:.2f}: {reach}."

    def _least(self, case: Case, target: Target) -> str:
        least = self._least_of(case, target)
        return _NOTHING if least is None else f"{least:.2f}"

    def _least_of(self, case: Case, target: Target) -> float | None:
        """What would be measured in our place if a client did next to nothing."""
        if LEAST not in self.results[case.name] or target.peer is None:
            return None
        return self._ratio(case, target.measure, target.peer, ours=LEAST).median

    def _value(self, case: Case, target: Target) -> Spread:
        if target.peer is None:
            return self._own(case, target.measure, OURS)
        return self._ratio(case, target.measure, target.peer)

    def _own(self, case: Case, measure: Measure, peer: str) -> Spread:
        runs: list[Figures] = self.results[case.name][peer]
        return Spread.of([run[measure.key] / measure.scale for run in runs])

    def _ratio(self, case: Case, measure: Measure, peer: str, *, ours: str = OURS) -> Spread:
        runs = self.results[case.name]
        pairs = zip(runs[ours], runs[peer], strict=True)
        return Spread.of([mine[measure.key] / theirs[measure.key] for mine, theirs in pairs])


def _checked(case: Case) -> list[Measure]:
    """The measures of a case that identical code has to agree in."""
    compared = [target.measure for target in case.targets if target.peer is not None]
    return [each for each in case.measures if each in (compared or case.measures[:1])]


def _short(value: float) -> str:
    return f"{value:.3g}" if value < _THOUSAND else f"{value:,.0f}"


def _shares(parts: Figures) -> str:
    large = [f"{name} {share:.0%}" for name, share in parts.items() if share >= _MIN_SHARE_TOLD]
    return ", ".join(large)


def _wanted(target: Target) -> str:
    if target.peer is None:
        return f"<= {target.limit:g} {target.measure.unit}"
    return f"<= {target.limit:g} of {target.peer}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
