"""Commands run as a user runs them: to their end, or in a process of their own.

A process is for what only a process has: signals, terminals, and readers that go away.
"""

import asyncio
import io
import json
import os
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pictures import portrait

from rekognition_async.cli import app
from rekognition_async.emulator import RekognitionEmulator

COMMAND = [sys.executable, "-m", "rekognition_async"]


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int | None
    output: str
    errors: str

    def documents(self) -> list[Any]:
        """The JSON lines that it printed."""
        return [json.loads(line) for line in self.output.splitlines()]

    def rows(self) -> list[list[str]]:
        """The words of the lines below the header of a table."""
        return [line.split() for line in self.output.splitlines()[1:]]


def pointed_at(emulator: RekognitionEmulator | None) -> dict[str, str]:
    """The variables with which a command speaks to an emulator."""
    if emulator is None:
        return {}
    options = emulator.client_options
    return {
        "AWS_ENDPOINT_URL_REKOGNITION": options["endpoint_url"],
        "AWS_DEFAULT_REGION": options["region_name"],
        "AWS_ACCESS_KEY_ID": options["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": options["aws_secret_access_key"],
    }


async def start(
    *arguments: str,
    emulator: RekognitionEmulator | None = None,
    folder: Path | None = None,
    stdin: int | None = None,
    stdout: int = PIPE,
    stderr: int = PIPE,
) -> asyncio.subprocess.Process:
    """Starts a command, pointed at an emulator by the environment."""
    return await asyncio.create_subprocess_exec(
        *COMMAND,
        *arguments,
        env=os.environ | pointed_at(emulator),
        cwd=folder,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
    )


async def outcome_of(process: asyncio.subprocess.Process, stdin: str | None = None) -> Outcome:
    """Waits for a command."""
    output, errors = await process.communicate(None if stdin is None else stdin.encode())
    # Of a process that wrote them elsewhere there are none.
    output, errors = output or b"", errors or b""
    # The transport closes in the loop's next rounds, and warns if the loop is gone by then.
    process._transport.close()  # type: ignore[attr-defined] # asyncio offers no other way
    assert "Traceback" not in errors.decode()
    return Outcome(process.returncode, output.decode(), errors.decode())


async def run(
    *arguments: str,
    emulator: RekognitionEmulator | None = None,
    folder: Path | None = None,
    stdin: str | None = None,
) -> Outcome:
    """Runs a command to its end, in a thread: a process would spend most of a second on imports."""
    return await asyncio.to_thread(_run, arguments, pointed_at(emulator), folder, stdin or "")


def _run(
    arguments: Sequence[str], variables: dict[str, str], folder: Path | None, stdin: str
) -> Outcome:
    output, errors = io.StringIO(), io.StringIO()
    with (
        patch.dict(os.environ, variables),
        chdir(folder or Path.cwd()),
        patch.object(sys, "stdin", io.StringIO(stdin)),
        redirect_stdout(output),
        redirect_stderr(errors),
    ):
        code = app.run(arguments)
    return Outcome(code, output.getvalue(), errors.getvalue())


async def run_in_terminal(
    columns: int,
    *arguments: str,
    emulator: RekognitionEmulator,
    folder: Path | None = None,
    with_errors: bool = False,
) -> tuple[int | None, str]:
    """How a command ends, and what it shows in a terminal so wide, without colours.

    Args:
        columns: The terminal's width.
        arguments: The command.
        emulator: The service.
        folder: Where it runs.
        with_errors: Whether its stderr is the terminal as well.
    """
    import pty  # noqa: PLC0415 - Windows has none
    import termios  # noqa: PLC0415

    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, columns))
    stderr = slave if with_errors else PIPE
    process = await start(*arguments, emulator=emulator, folder=folder, stdout=slave, stderr=stderr)
    os.close(slave)
    shown = bytearray()
    with open(master, "rb", buffering=0) as terminal:  # noqa: ASYNC230, PTH123 - a descriptor
        # Reading from a terminal whose last writer has gone is an error on Linux.
        with suppress(OSError):
            while part := await asyncio.to_thread(terminal.read, 65_536):
                shown += part
    code = (await outcome_of(process)).code
    return code, re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode()).replace("\r\n", "\n")


def portraits(folder: Path, count: int) -> list[str]:
    """Writes pictures of different faces into a new folder, and gives their names."""
    folder.mkdir()
    names = [f"{number:02}.jpg" for number in range(count)]
    for number, name in enumerate(names):
        (folder / name).write_bytes(portrait(number))
    return names
