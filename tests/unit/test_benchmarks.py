"""How the benchmarks make figures of what was measured."""

from __future__ import annotations

import subprocess
from pathlib import Path
from random import Random
from typing import Any

import pytest

from benchmarks import measure
from benchmarks.cases import AGAIN, CASES, LEAST, OURS
from benchmarks.environments import Environment
from benchmarks.report import Report, UnsteadyError


def report(cpu: dict[str, list[float]]) -> Report:
    """A report on one case, of CPU seconds by peer and round."""
    runs = {
        peer: [{"cpu": value, "wall": 1.0, "peak": 1e6} for value in values]
        for peer, values in cpu.items()
    }
    return Report(
        results={"faces": runs},
        profiles={},
        versions={peer: {} for peer in cpu},
        command="python -m benchmarks",
        rounds=3,
        small=False,
    )


def cpu_row(text: str) -> list[str]:
    """The cells of the row that tells CPU time."""
    (row,) = [line for line in text.splitlines() if line.startswith("| CPU")]
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_a_ratio_is_the_median_of_rounds_and_not_of_all_runs() -> None:
    """A round that was slow for both says as much as any: its own ratio counts."""
    measured = {
        OURS: [1.0, 40.0, 3.0, 2.0],
        "aiobotocore": [4.0, 100.0, 6.0, 5.0],
        LEAST: [1.0, 10.0, 1.2, 1.0],
    }
    cells = cpu_row(report(measured).as_markdown("plot.svg"))
    assert cells[1:3] == ["2.5 (1.75..12.2)", "0.40 (0.36..0.43)"]
    assert cells[3:] == ["<= 0.46 of aiobotocore", "yes", "0.20"]


def test_a_missed_target_says_so() -> None:
    """A ratio above the target is no."""
    cells = cpu_row(report({OURS: [1.0], "aiobotocore": [2.0]}).as_markdown("plot.svg"))
    assert cells[3:] == ["<= 0.46 of aiobotocore", "no", "-"]


def test_unsteady_figures_are_not_written(tmp_path: Path) -> None:
    """Where the same code differs by more than 0.08, there is an error and no file."""
    page = tmp_path / "performance.md"
    unsteady = report({OURS: [1.0, 1.0, 1.2], AGAIN: [1.1, 1.1, 1.3], "aiobotocore": [2.0] * 3})
    with pytest.raises(UnsteadyError, match=r"faces: CPU of the same code 0\.91"):
        unsteady.write(page)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("again", [1.07, 0.94])
def test_steady_figures_are_written(tmp_path: Path, again: float) -> None:
    """Within 0.08, the page is written with the ratio of the same code beside the others'."""
    page = tmp_path / "performance.md"
    measured = {OURS: [1.0] * 3, AGAIN: [again] * 3, "aiobotocore": [2.5] * 3}
    report(measured).write(page)
    assert cpu_row(page.read_text(encoding="utf-8"))[2] == "{0:.2f} ({0:.2f}..{0:.2f})".format(
        1 / again
    )
    assert page.with_suffix(".svg").exists()


def test_a_round_has_an_order_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every peer runs once a round, in an order that the seed gives, another in each."""
    order: list[str] = []

    def ended(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        order.append(command[4])
        return subprocess.CompletedProcess(command, 0, stdout='{"cpu": 1.0}', stderr="")

    monkeypatch.setattr(subprocess, "run", ended)
    peers = {
        peer: Environment(Path("python"), peer, {}) for peer in (OURS, AGAIN, "aiobotocore", "capo")
    }
    (case,) = [case for case in CASES if case.name == "faces"]

    def rounds(seed: int) -> list[tuple[str, ...]]:
        order.clear()
        runs = measure.run_case(
            case,
            peers,
            address="http://127.0.0.1:1",
            rounds=6,
            small=False,
            random=Random(seed),
            progress=lambda _: None,
        )
        assert {peer: len(figures) for peer, figures in runs.items()} == dict.fromkeys(peers, 6)
        return [tuple(order[start : start + 4]) for start in range(0, 24, 4)]

    assert all(sorted(one) == sorted(peers) for one in rounds(1))
    assert len(set(rounds(1))) > 1
    assert rounds(1) == rounds(1) != rounds(2)


def test_every_target_is_to_a_peer_of_its_case() -> None:
    """No target is left out of the report for a peer that does not run the case."""
    for case in CASES:
        assert all(target.measure in case.measures for target in case.targets)
        assert {target.peer for target in case.targets if target.peer} <= {*case.only}


def test_what_is_not_met_is_said_with_the_least() -> None:
    """A missed target below the least is not to be had; above it, there is something to gain."""
    beyond = report({OURS: [3.0], "aiobotocore": [4.0], LEAST: [2.0]}).as_markdown("plot.svg")
    assert (
        "CPU 0.75 of aiobotocore, where 0.46 is wanted. The least through aiobotocore's client is "
        "0.50: not to be had through that client item by item." in beyond
    )
    within = report({OURS: [3.0], "aiobotocore": [4.0], LEAST: [1.0]}).as_markdown("plot.svg")
    assert "client is 0.25: what is between is what this package" in within
    met = report({OURS: [1.0], "aiobotocore": [4.0], LEAST: [1.0]}).as_markdown("plot.svg")
    assert "What is not met" not in met


def test_all_that_is_compared_has_identical_code_beside_it() -> None:
    """Each case with a peer has the row that says how steady the machine was."""
    assert all(AGAIN in case.only for case in CASES if len(case.only) > 1)
