"""One server in a process of its own, that does what it is told and says what CPU time it took.

It is started as a file, with the tree of the build to measure first in the search path, and imports
nothing else of the benchmarks. The argument is ``emulator`` or ``moto``. A line of JSON comes back
for the address and then for each command that it reads: a list with the command and its arguments.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final

Command = Callable[..., object]


@contextmanager
def _emulator() -> Generator[tuple[dict[str, Any], dict[str, Command]]]:
    from rekognition_async.emulator import RekognitionEmulator  # noqa: PLC0415 - or moto

    with RekognitionEmulator() as emulator:

        def seed(collection_id: str, faces: int) -> None:
            emulator.seed(faces={collection_id: faces})

        def declare_names(prefix: str, count: int) -> None:
            emulator.people.extend(
                (f"s3://pictures/{prefix}{number}.jpg", [f"person-{number:05}"])
                for number in range(count)
            )

        def declare_files(paths: dict[str, str]) -> None:
            for path, person in paths.items():
                emulator.people.add(path, [person])

        yield (
            dict(emulator.client_options),
            {"seed": seed, "declare_names": declare_names, "declare_files": declare_files},
        )


@contextmanager
def _moto() -> Generator[tuple[dict[str, Any], dict[str, Command]]]:
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - or the emulator

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield (
            {
                "region_name": "us-east-1",
                "endpoint_url": f"http://{host}:{port}",
                "aws_access_key_id": "AKIDBENCHMARKS",
                "aws_secret_access_key": "not-a-secret",
            },
            {},
        )
    finally:
        server.stop()


SERVERS: Final = {"emulator": _emulator, "moto": _moto}


def _tell(document: object) -> None:
    sys.stdout.write(f"{json.dumps(document)}\n")
    sys.stdout.flush()


def main() -> None:
    """Serves until there are no more commands."""
    with SERVERS[sys.argv[1]]() as (options, commands):
        commands["nothing"] = lambda: None
        _tell(options)
        for line in sys.stdin:
            name, *arguments = json.loads(line)
            before = time.process_time()
            commands[name](*arguments)
            after = time.process_time()
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            _tell({"took": after - before, "cpu": after, "peak": peak})
    # moto's server does not end by itself.
    os._exit(0)


if __name__ == "__main__":
    main()
