"""What the command line loads: for help and completion next to nothing."""

import re

import pytest
from support import loaded_by

from rekognition_async import RetryPolicy
from rekognition_async.cli import app

OURS = {
    "rekognition_async",
    "rekognition_async._version",
    "rekognition_async.cli",
    "rekognition_async.cli.app",
    "rekognition_async.cli.collections",
    "rekognition_async.cli.emulator",
    "rekognition_async.cli.target",
}
STRANGERS = {"aiobotocore", "aiohttp", "asyncio", "botocore", "pydantic", "rich", "sqlite3"}


def loaded_by_command(*arguments: str, **environment: str) -> set[str]:
    """The modules that a command loads, as its script runs it."""
    return loaded_by(
        f"""
        sys.argv = ["rekognition-async", *{arguments!r}]
        from rekognition_async.cli import main
        try:
            main()
        except SystemExit as end:
            assert not end.code
        """,
        **environment,
    )


def assert_light(names: set[str]) -> None:
    """Only the declarations of the commands are among the modules, and Click."""
    assert {name for name in names if name.startswith("rekognition_async")} == OURS
    assert "click" in names
    assert not STRANGERS & names


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["collections", "--help"],
        ["collections", "list", "--help"],
        ["collections", "create", "--help"],
        ["collections", "describe", "--help"],
        ["collections", "delete", "--help"],
        ["emulator", "--help"],
        ["emulator", "export", "--help"],
        ["emulator", "import", "--help"],
    ],
    ids=" ".join,
)
def test_help_loads_neither_client_nor_emulator(arguments: list[str]) -> None:
    """Help and version need Click and the declarations of the commands, and nothing else."""
    assert_light(loaded_by_command(*arguments))


@pytest.mark.parametrize(
    "words", ["", "collections ", "collections list --format ", "emulator --d"], ids=repr
)
def test_completion_loads_neither_client_nor_emulator(words: str) -> None:
    """Completing a command, an option or a value is as light as help."""
    typed = f"rekognition-async {words}"
    names = loaded_by_command(
        _REKOGNITION_ASYNC_COMPLETE="bash_complete",
        COMP_WORDS=typed,
        COMP_CWORD=str(len(typed.split(" ")) - 1),
    )
    assert_light(names)


def test_what_help_repeats_is_true(capsys: pytest.CaptureFixture[str]) -> None:
    """The default of --max-attempts stands in help without the policy, and is the policy's."""
    assert app.run(["collections", "list", "--help"]) == 0
    told = re.search(r"--max-attempts .*?\[default: (\d+);", capsys.readouterr().out, re.DOTALL)
    assert told is not None
    assert int(told[1]) == RetryPolicy().max_attempts
