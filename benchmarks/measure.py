"""Runs the cases: all peers once a round, in an order that chance gives each round."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from random import Random
from typing import Final

from benchmarks.cases import BASE, Case
from benchmarks.environments import ROOT, Environment

Figures = dict[str, float]
Runs = dict[str, list[Figures]]
"""The figures of a case, by peer, in the order of the rounds."""

_LONGEST_RUN: Final = 600.0
_KEPT_VARIABLES: Final = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")
# No settings and no credentials of the machine's, no proxy, no metadata service.
_FAKE_ACCOUNT: Final = {
    "AWS_ACCESS_KEY_ID": "AKIDBENCHMARKS",
    "AWS_SECRET_ACCESS_KEY": "not-a-secret",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@contextmanager
def server(page_sizes: Iterable[int]) -> Generator[str]:
    """The server, in a process of its own.

    Args:
        page_sizes: The sizes of page that will be asked for.

    Yields:
        Its address.
    """
    with subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "benchmarks.server", *map(str, page_sizes)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the server has no pipes")
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.stdin.close()


def run_case(
    case: Case,
    environments: Mapping[str, Environment],
    *,
    address: str,
    rounds: int,
    small: bool,
    random: Random,
    progress: Callable[[str], object],
) -> Runs:
    """Runs a case with all peers that can do it.

    Every round has an order of its own, so that nobody always runs after the same one, and no
    rhythm of the machine's meets always the same.

    Args:
        case: What to run.
        environments: The peers.
        address: Where the server is.
        rounds: How often each peer runs it, times the repeats of the case.
        small: Whether to take its small sizes.
        random: What orders the rounds.
        progress: Is told what is about to run.

    Returns:
        The figures of all runs.
    """
    peers = [peer for peer in environments if peer in {*case.only, BASE}]
    sizes = case.sizes_of(small=small)
    runs: Runs = {peer: [] for peer in peers}
    rounds = rounds if small else rounds * case.repeats
    for number in range(rounds):
        for peer in random.sample(peers, len(peers)):
            progress(f"{case.name}, round {number + 1} of {rounds}: {peer}")
            started = repr(time.monotonic())
            runs[peer].append(_run(case.name, sizes, environments[peer], address, started))
    return runs


def profile(case: Case, environment: Environment, *, address: str, small: bool) -> Figures:
    """The part of each package in the time that a case takes, from 0 to 1."""
    return _run(case.name, case.sizes_of(small=small), environment, address, "profile")


def _run(
    case: str, sizes: Mapping[str, int], environment: Environment, address: str, started: str
) -> Figures:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    # -P: the folder it is started in is not the one to import from.
    command = [str(environment.python), "-P", "-m", "benchmarks.workers", environment.module]
    ended = subprocess.run(  # noqa: S603 - our own module
        [*command, case, json.dumps(sizes), address, started],
        env={**kept, **_FAKE_ACCOUNT},
        check=False,
        capture_output=True,
        text=True,
        timeout=_LONGEST_RUN,
    )
    if ended.returncode:
        raise SystemExit(f"{case} failed with {environment.module}:\n{ended.stderr}")
    figures: Figures = json.loads(ended.stdout)
    return figures
