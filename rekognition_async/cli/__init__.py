"""The command ``rekognition-async``; it comes with the extra ``cli``."""

import sys


def main() -> None:
    """Runs the command that the process was started with, and exits with its code."""
    try:
        # It needs the extra, and so does what it imports when it runs.
        from rekognition_async.cli.app import run

        code = run(sys.argv[1:])
    except ModuleNotFoundError as error:
        if error.name not in {"click", "rich"}:
            raise
        sys.stderr.write(
            "rekognition-async: the command line needs more packages: "
            "pip install 'rekognition-async[cli]'\n"
        )
        sys.exit(2)
    sys.exit(code)
