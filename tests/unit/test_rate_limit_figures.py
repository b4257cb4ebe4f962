"""How the benchmark of rate limits makes figures of what arrived."""

from benchmarks.rate_limits.run import Request, Run
from benchmarks.rate_limits.worker import Outcome


def seen(
    *times: float, refused: frozenset[float] = frozenset(), answered: tuple[int, ...] = (1,)
) -> Run:
    """A run in which requests came at these times, and some were refused."""
    requests = [Request(time, time in refused) for time in times]
    return Run(0.0, requests, [Outcome(answered=count) for count in answered])


def test_the_worst_window_is_the_fullest_wherever_it_begins() -> None:
    """Requests are counted in windows that begin with any of them, ends excluded."""
    run = seen(0.0, 0.9, 1.0, 1.5, 1.8, 3.0)
    assert run.worst(1) == 4
    assert run.worst(5) == 6
    assert seen(0.0, 1.0).worst(1) == 1


def test_what_was_refused_is_no_answer() -> None:
    """Refused requests count as refused, and in the part that came later."""
    run = seen(0.0, 1.0, 2.0, 3.0, refused=frozenset({1.0, 2.0}))
    assert run.refused == 2
    assert run.answered(0, 3) == 1
    assert run.refused_share() == 0.5
    assert run.refused_share(2.5) == 0.0
    assert seen().refused_share() == 0.0


def test_when_a_rate_is_reached() -> None:
    """It is reached with the last of so many answers within one second, or never."""
    run = seen(0.0, 0.125, 5.0, 6.0, 6.5, 6.75)
    assert run.reaches(3, 4.0) == 2.75
    assert run.reaches(4, 0.0) is None


def test_the_parts_of_the_processes() -> None:
    """The smallest and the largest part of all answers."""
    assert seen(answered=(1, 2, 1)).shares() == (0.25, 0.5)
