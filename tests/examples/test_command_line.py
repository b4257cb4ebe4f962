"""What the page of the command line shows is what happens."""

import asyncio
import json
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import outcome_of, portraits, run, start

from rekognition_async.emulator import AnswerRule, Fault, FaultRule, RekognitionEmulator

PAGE = (Path(__file__).parents[2] / "docs/command_line.rst").read_text()
BLOCKS = re.findall(r"^\.\. code-block:: (\w+)\n\n((?: {3}.*\n|\n)+)", PAGE, re.MULTILINE)
STORY, PARAMETERS, CALLS = (block for kind, block in BLOCKS if kind == "console")
SHELLS = [block for kind, block in BLOCKS if kind == "bash"]


def commands(block: str) -> list[list[str]]:
    """The words of each command, without its name and where its output goes."""
    lines = re.findall(r"^ {3}\$ rekognition-async (.*?)(?: >> \S+)?$", block, re.MULTILINE)
    return [shlex.split(line) for line in lines]


def same_shape(told: str, shown: str) -> bool:
    """Whether two lines differ in numbers and ids alone."""
    ids = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    one, other = (re.sub(r"\d[\d,.]*", "0", re.sub(ids, "id", line)) for line in (told, shown))
    return one.split() == other.split()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
async def test_the_story_happens(emulator: RekognitionEmulator, tmp_path: Path) -> None:
    """A folder is indexed, interrupted and continued, and a photograph searched and drawn."""
    names = portraits(tmp_path / "photos", 12)
    shutil.copy(tmp_path / "photos/07.jpg", tmp_path / "ann.jpg")
    told = [line.strip() for line in STORY.strip().splitlines()]
    index, again, search = commands(STORY)
    assert again == index
    ninth = asyncio.Event()

    async def never() -> None:
        ninth.set()
        await asyncio.Event().wait()

    emulator.faults.add(FaultRule("IndexFaces", Fault.hold(never), calls=9))
    process = await start(*index, emulator=emulator, folder=tmp_path)
    await ninth.wait()
    process.send_signal(signal.SIGINT)
    interrupted = await outcome_of(process)
    assert same_shape(told[3], interrupted.errors)
    emulator.faults.clear()
    assert (await run(*again, emulator=emulator, folder=tmp_path)).code == 0
    found = await run(*search, emulator=emulator, folder=tmp_path)
    assert all(map(same_shape, told[-2:], found.output.splitlines()))
    assert (tmp_path / "drawn/ann.jpg").exists()

    described, listed = [await run(*words, emulator=emulator) for words in commands(CALLS)]
    assert json.loads(described.output)["FaceCount"] == len(names)
    assert sorted(face["ExternalImageId"] for face in listed.documents()) == names


async def test_the_parameters_that_are_shown_are_taken(
    emulator: RekognitionEmulator, tmp_path: Path
) -> None:
    """Each command asks its operation once, and nothing that it is told is refused."""
    for folder in ("photos", "site", "parts"):
        portraits(tmp_path / folder, 1)
    emulator.answers.add(AnswerRule("DetectCustomLabels", {"CustomLabels": []}))
    shown = commands(PARAMETERS)
    for words in shown:
        # The page leaves the middle of an ARN out.
        whole = [word.replace("…", "us-east-1:123456789012:project/parts") for word in words]
        assert (await run(*whole, emulator=emulator, folder=tmp_path)).code == 0
    assert [request.status for request in emulator.requests] == [200] * len(shown)


def test_the_readme_tells_the_same_story() -> None:
    """Its commands are those of the page, which are run."""
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    (block,) = re.findall(r"^```shell-session\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    told = re.findall(r"^\$ (.*)$", block, re.MULTILINE)
    assert told == re.findall(r"^ {3}\$ (.*)$", STORY, re.MULTILINE)


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes() -> None:
    """The line for bash's start-up file defines the completion of the command."""
    (block,) = SHELLS
    line = block.splitlines()[0]
    scripts = str(Path(sys.executable).parent)
    shown = subprocess.run(  # noqa: S603 - the page's own line
        ["bash", "-c", f"PATH={shlex.quote(scripts)}:$PATH\n{line}\ncomplete -p rekognition-async"],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    assert "rekognition_async" in shown.stdout
