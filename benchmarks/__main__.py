"""``python -m benchmarks`` measures this package against its peers, on this machine alone."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path
from random import Random

from benchmarks import environments, measure, report
from benchmarks.cases import AGAIN, BASE, CASES, LEAST, OURS, PEERS


def _names(text: str, known: list[str]) -> list[str]:
    chosen = [name.strip() for name in text.split(",") if name.strip()]
    for name in chosen:
        if name not in known:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(known)}")
    return [name for name in known if name in chosen]


def _case_names(text: str) -> list[str]:
    return _names(text, [case.name for case in CASES])


def _peer_names(text: str) -> list[str]:
    return _names(f"{OURS},{AGAIN},{text}", list(PEERS))


def _rounds(text: str) -> int:
    rounds = int(text)
    if rounds < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return rounds


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--cache",
        type=Path,
        default=environments.ROOT / ".benchmarks",
        help="where the peers' environments are kept; .benchmarks/ unless told",
    )
    parser.add_argument("--rounds", type=_rounds, default=7, help="how often each peer runs")
    parser.add_argument("--cases", type=_case_names, default=[case.name for case in CASES])
    parser.add_argument("--peers", type=_peer_names, default=list(PEERS), help="besides ours")
    parser.add_argument("--base", metavar="COMMIT", help="this package, as of another commit")
    parser.add_argument("--seed", type=int, default=0, help="orders the peers of each round")
    parser.add_argument(
        "--small", action="store_true", help="tiny sizes, one round: shows only that it works"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="save the raw figures")
    parser.add_argument(
        "--write",
        type=Path,
        metavar="FILE",
        help="write the report as Markdown, with a plot, where the machine was steady",
    )
    return parser.parse_args()


def main() -> None:
    """Prepares the peers, runs the cases and reports."""
    arguments = _arguments()
    homes = {}
    for peer in arguments.peers:
        _tell(f"environment of {peer}")
        homes[peer] = environments.prepare(peer, arguments.cache.resolve())
    if arguments.base is not None:
        _tell(f"environment of {BASE}")
        homes[BASE] = environments.prepare(BASE, arguments.cache.resolve(), commit=arguments.base)
    results: dict[str, measure.Runs] = {}
    profiles: dict[str, dict[str, measure.Figures]] = {}
    rounds = 1 if arguments.small else arguments.rounds
    cases = [case for case in CASES if case.name in arguments.cases]
    page_sizes = {case.sizes_of(small=arguments.small).get("page_size", 1) for case in cases}
    random = Random(arguments.seed)  # noqa: S311 - chance that a seed repeats
    with measure.server(page_sizes) as address:
        for case in cases:
            results[case.name] = measure.run_case(
                case,
                homes,
                address=address,
                rounds=rounds,
                small=arguments.small,
                random=random,
                progress=_tell,
            )
            if case.profiled:
                _tell(f"{case.name}, profiles")
                profiles[case.name] = {
                    peer: measure.profile(case, homes[peer], address=address, small=arguments.small)
                    for peer in (OURS, LEAST)
                    if peer in homes
                }
    document = report.Report(
        results=results,
        profiles=profiles,
        versions={peer: home.versions for peer, home in homes.items()},
        command=f"python -m benchmarks {shlex.join(sys.argv[1:])}".strip(),
        rounds=rounds,
        small=arguments.small,
    )
    sys.stdout.write(document.as_text())
    if arguments.json is not None:
        raw = json.dumps({"runs": results, "profiles": profiles}, indent=1)
        arguments.json.write_text(f"{raw}\n", encoding="utf-8")
    if arguments.write is not None:
        try:
            document.write(arguments.write)
        except report.UnsteadyError as error:
            sys.exit(str(error))


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
