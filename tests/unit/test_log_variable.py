"""REKOGNITION_ASYNC_LOG sets up the package's log, each time in a process of its own."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import logging, sys
from rekognition_async import RekognitionClient
{before}
for _ in range(2):
    RekognitionClient("us-east-1")
{after}
logging.getLogger("rekognition_async").debug("fine")
logging.getLogger("rekognition_async").info("coarse")
logging.getLogger("botocore").debug("not ours")
"""


def errors_of(value: str, before: str = "", after: str = "") -> str:
    """What such a process writes to stderr."""
    finished = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", PROGRAM.format(before=before, after=after)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "REKOGNITION_ASYNC_LOG": value},
    )
    return finished.stderr


@pytest.mark.parametrize(("value", "lines"), [("debug", 2), ("DEBUG", 2), ("info", 1), ("", 0)])
def test_the_variable_sets_the_level(value: str, lines: int) -> None:
    """The lines of the package come once each, however many clients there are."""
    written = errors_of(value).splitlines()
    assert len(written) == lines
    assert all(" - rekognition_async - " in line for line in written)


def test_another_value_is_warned_of_once() -> None:
    """The warning names the variable, its value, and the values that it takes."""
    assert errors_of("loud") == (
        "REKOGNITION_ASYNC_LOG must be one of debug, info, got 'loud': it is not used\n"
    )


@pytest.mark.parametrize("place", ["before", "after"])
def test_an_applications_own_handlers_get_the_lines(place: str) -> None:
    """Where logging is set up, before the first client or after, no line comes twice."""
    written = errors_of("debug", **{place: "logging.basicConfig(format='own: %(message)s')"})
    assert written == "own: fine\nown: coarse\n"
