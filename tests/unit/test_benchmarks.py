"""How the benchmarks make figures of what was measured."""

from benchmarks.cases import CASES, FLOOR, OURS
from benchmarks.report import Report


def report(**cpu: list[float]) -> Report:
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
    measured = {OURS: [1.0, 40.0, 3.0], "aiobotocore": [4.0, 100.0, 6.0], FLOOR: [1.0, 10.0, 1.2]}
    cells = cpu_row(report(**measured).as_markdown("plot.svg"))
    assert cells[1:3] == ["3", "0.40 (0.25..0.50)"]
    assert cells[3:] == ["<= 0.45 of aiobotocore", "yes", "0.20"]


def test_a_missed_target_says_so() -> None:
    """A ratio above the target is no."""
    cells = cpu_row(report(ours=[1.0], aiobotocore=[2.0]).as_markdown("plot.svg"))
    assert cells[3:] == ["<= 0.45 of aiobotocore", "no", "-"]


def test_every_target_is_to_a_peer_of_its_case() -> None:
    """No target is left out of the report for a peer that does not run the case."""
    for case in CASES:
        assert all(target.measure in case.measures for target in case.targets)
        assert {target.peer for target in case.targets if target.peer} <= {*case.only}


def test_what_is_not_met_is_said_with_its_floor() -> None:
    """A missed target below the floor is out of reach; above it, there is something to gain."""
    beyond = report(ours=[3.0], aiobotocore=[4.0], floor=[2.0]).as_markdown("plot.svg")
    assert (
        "CPU 0.75 of aiobotocore, where 0.45 is wanted. The floor is 0.50: out of reach." in beyond
    )
    within = report(ours=[3.0], aiobotocore=[4.0], floor=[1.0]).as_markdown("plot.svg")
    assert "The floor is 0.25: what is between is what this package" in within
    met = report(ours=[1.0], aiobotocore=[4.0], floor=[1.0]).as_markdown("plot.svg")
    assert "What is not met" not in met
