"""A server in a process of its own, and what a request costs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import boto3
from botocore.config import Config

_WORKER: Final = Path(__file__).with_name("worker.py")
_CONFIG: Final = Config(retries={"total_max_attempts": 1}, proxies={}, read_timeout=600)


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs.

    Attributes:
        client: boto3's client of it.
        url: Its address.
        commands: Where it takes commands.
        answers: Where it answers them.
    """

    client: Any
    url: str
    commands: IO[str]
    answers: IO[str]

    def tell(self, name: str, *arguments: object) -> float:
        """Has it do a command, and returns the CPU seconds that took."""
        return self._told(name, *arguments)["took"]

    def cpu_of(self, count: int, call: Callable[[int], object]) -> float:
        """The CPU seconds that each of so many calls, one after the other, takes it.

        Args:
            count: How many calls count; one more comes before them.
            call: Makes a call, given its number from 0.
        """
        call(count)
        before = self._told("nothing")["cpu"]
        for number in range(count):
            call(number)
        return (self._told("nothing")["cpu"] - before) / count

    def _told(self, *command: object) -> dict[str, float]:
        self.commands.write(f"{json.dumps(command)}\n")
        self.commands.flush()
        answer: dict[str, float] = json.loads(self.answers.readline())
        return answer


@contextmanager
def server(kind: str, tree: Path) -> Generator[Server]:
    """Runs a server.

    Args:
        kind: ``emulator`` or ``moto``.
        tree: The checkout whose emulator it is.
    """
    with subprocess.Popen(  # noqa: S603 - our own file
        [sys.executable, "-P", str(_WORKER), kind],
        env={**os.environ, "PYTHONPATH": str(tree)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the server has no pipes")
        try:
            options = json.loads(process.stdout.readline())
            client = boto3.client("rekognition", config=_CONFIG, **options)
            yield Server(client, options["endpoint_url"], process.stdin, process.stdout)
            client.close()
        finally:
            process.stdin.close()
