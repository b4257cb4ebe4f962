"""The commands together, and how each of them ends: one line about an error, and a code.

The modules of the commands declare arguments and options. What runs them, and with it the client,
the emulator and Rich, is imported by the function of a command: help and shell completion need none
of it.

0  done
1  the service or the way to it failed
2  the command, a parameter or the configuration is wrong; nothing was sent
130  interrupted
141  whoever read the output stopped reading
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Final

import click

from rekognition_async import __version__
from rekognition_async.cli.lazy import LazyGroup

PROGRAM: Final = "rekognition-async"
FAILED: Final = 1
MISUSED: Final = 2
INTERRUPTED: Final = 130
BROKEN_PIPE: Final = 141


COMMANDS: Final = {
    "call": "Call any operation with parameters as JSON.",
    "collections": "Collections, in which the faces and users of an application are kept.",
    "emulator": "Run a local Rekognition that any client can be pointed at.",
    "faces": "Faces of a collection: index, list, search, compare, delete.",
    "images": "Detect what is to be seen on pictures.",
    "jobs": "Analyse videos: start jobs, wait for them, get results.",
    "journal": "Print what a journal has recorded, also of runs before.",
    "users": "Users of a collection, and the faces that they have.",
}
"""The commands, each in the module of its name, with the first lines of their help."""


@click.group(
    cls=LazyGroup,
    commands_of=COMMANDS,
    package="rekognition_async.cli",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name=PROGRAM)
def app() -> None:
    """Amazon Rekognition on the command line, and a local one to try things on."""


def run(arguments: Sequence[str]) -> int:
    """Runs one command.

    Args:
        arguments: The words after the program's name.

    Returns:
        The exit code.
    """
    try:
        code = app.main(list(arguments) or ["--help"], prog_name=PROGRAM, standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        return _complain(error.format_message(), error.exit_code)
    except BrokenPipeError:
        # Python flushes stdout once more on its way out, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except Exception as error:
        from rekognition_async.errors import (
            ConfigurationError,
            RekognitionError,
            RequestValidationError,
        )

        if not isinstance(error, RekognitionError):
            raise
        misused = isinstance(error, (ConfigurationError, RequestValidationError))
        return _complain(error, MISUSED if misused else FAILED)
    return code if isinstance(code, int) else 0


def _complain(problem: object, code: int) -> int:
    click.echo(f"{PROGRAM}: {' '.join(str(problem).split())}", err=True)
    return code
