"""Every block of the README runs, and does what it says."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType

import pytest
from code_blocks import blocks, execute
from pictures import picture
from support import names

from rekognition_async.emulator import RekognitionEmulator

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()


PYTHON = blocks("python", README)


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RekognitionEmulator]:
    """An emulator that clients find by the environment, as the README's find AWS."""
    async with RekognitionEmulator(region_name="eu-west-1", page_size=2, durations=0) as emulator:
        emulator.seed(collections=names(5))
        options = emulator.client_options
        monkeypatch.setenv("AWS_ENDPOINT_URL_REKOGNITION", options["endpoint_url"])
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", options["aws_access_key_id"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", options["aws_secret_access_key"])
        monkeypatch.setenv("AWS_REGION", options["region_name"])
        yield emulator


async def test_every_python_block_runs(
    service: RekognitionEmulator,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """The blocks run one after the other, as a reader would try them, beside two pictures."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ann.jpg").write_bytes(picture(1, kind="JPEG"))
    (tmp_path / "ann-again.jpg").write_bytes(picture(1, size=(200, 150), kind="JPEG"))
    module = ModuleType("readme")
    for block in PYTHON:
        await execute(block, "README.md", vars(module))
    printed = capsys.readouterr().out
    assert printed.startswith("".join(f"{name} 7.0\n" for name in names(5)))
    assert "found ['ann']\n" in printed
    assert "behind it: Collection(collection_id='collection-00003'" in printed
    assert len(PYTHON) == 4


def test_it_is_short() -> None:
    """A visitor reads it in one go: the tutorial is in the documentation."""
    assert len(README.splitlines()) <= 200


async def test_every_console_line_prints_what_is_shown() -> None:
    """The commands and their output are those of the README."""
    (block,) = blocks("console", README)
    for story in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, shown = story.partition("\n")
        program, *arguments = command.split()
        assert program == "rekognition-async"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "rekognition_async", *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        output, _ = await process.communicate()
        process._transport.close()  # type: ignore[attr-defined] # asyncio offers no other way
        assert (process.returncode, output.decode()) == (0, shown)


@pytest.mark.skipif(os.name != "posix", reason="there is no SIGTERM to send")
async def test_the_emulators_command_runs(tmp_path: Path) -> None:
    """The emulator's command line starts one that stops on SIGTERM."""
    (command,) = [
        block for block in blocks("bash", README) if block.startswith("rekognition-async emulator")
    ]
    arguments = [word.strip("'") for word in command.split()[1:]]
    arguments[arguments.index("--port") + 1] = "0"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "rekognition_async", *arguments),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    for _ in range(5):
        await process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
    process._transport.close()  # type: ignore[attr-defined] # asyncio offers no other way
    assert (tmp_path / "rekognition.db").exists()


def test_every_other_block_is_known() -> None:
    """Two commands are run by CI as they stand; nothing else escapes the tests."""
    set_up = [
        block for block in blocks("bash", README) if block.startswith("python3 -m venv .venv && ")
    ]
    assert len(set_up) == 2
    assert len(blocks("bash", README)) == 3
    assert len(re.findall(r"^```", README, re.MULTILINE)) == 2 * (len(PYTHON) + 3 + 1 + 1)
    (one_file,) = blocks("bash", CONTRIBUTING)
    assert (ROOT / one_file.split()[-1]).is_file()
