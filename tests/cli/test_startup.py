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
    "rekognition_async.cli.lazy",
}
OF_COMMANDS = {
    "call": {"target"},
    "collections": {"target"},
    "emulator": set[str](),
    "faces": {"ids", "pictures", "target"},
    "images": {"pictures", "target"},
    "jobs": {"pictures", "target"},
    "journal": set[str](),
    "users": {"ids", "pictures", "target"},
}
"""The modules that each command's own needs."""
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


def assert_light(names: set[str], command: str | None, *more: str) -> None:
    """Only the declarations of the command that is used are among the modules, and Click."""
    of_command = {command, *OF_COMMANDS[command]} if command else set[str]()
    expected = {*OURS, *more, *(f"rekognition_async.cli.{name}" for name in of_command)}
    assert {name for name in names if name.startswith("rekognition_async")} == expected
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
        ["faces", "index", "--help"],
        ["images", "labels", "--help"],
        ["jobs", "start", "--help"],
        ["users", "search", "--help"],
        ["call", "--help"],
        ["journal", "--help"],
    ],
    ids=" ".join,
)
def test_help_loads_neither_client_nor_emulator(arguments: list[str]) -> None:
    """Help and version need Click and the declarations of the commands, and nothing else."""
    command = arguments[0] if arguments[0] in OF_COMMANDS else None
    assert_light(loaded_by_command(*arguments), command)


@pytest.mark.parametrize(
    "words",
    ["", "collections ", "collections list --format ", "emulator --d", "faces index --"],
    ids=repr,
)
def test_completion_loads_neither_client_nor_emulator(words: str) -> None:
    """Completing a command, an option or a value is as light as help."""
    typed = f"rekognition-async {words}"
    names = loaded_by_command(
        _REKOGNITION_ASYNC_COMPLETE="bash_complete",
        COMP_WORDS=typed,
        COMP_CWORD=str(len(typed.split(" ")) - 1),
    )
    command = words.split(" ", maxsplit=1)[0]
    assert_light(names, command or None)


def test_completion_of_operations_loads_no_models() -> None:
    """The names of all operations are known without their models."""
    names = loaded_by_command(
        _REKOGNITION_ASYNC_COMPLETE="bash_complete",
        COMP_WORDS="rekognition-async call describe_p",
        COMP_CWORD="2",
    )
    assert_light(names, "call", "rekognition_async.models", "rekognition_async.models.lazy")


def test_what_help_repeats_is_true(capsys: pytest.CaptureFixture[str]) -> None:
    """The default of --max-attempts stands in help without the policy, and is the policy's."""
    assert app.run(["collections", "list", "--help"]) == 0
    told = re.search(r"--max-attempts .*?\[default: (\d+);", capsys.readouterr().out, re.DOTALL)
    assert told is not None
    assert int(told[1]) == RetryPolicy().max_attempts
