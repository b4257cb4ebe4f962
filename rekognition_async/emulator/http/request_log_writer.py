"""Writes the request log, the file that ``request_log=`` names: a JSON line for each request.

The service hands in each request when it was answered, or given up.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from rekognition_async.emulator.http.recorded_requests import RecordedRequest

logger: Final = logging.getLogger("rekognition_async.emulator")

STDOUT: Final = "-"


class RequestLogWriter:
    """Writes lines to a file, to stdout, or nowhere.

    A line says what was asked, by whom, and how it ended; never what was sent.
    """

    def __init__(self, target: str | os.PathLike[str] | None) -> None:
        """Takes the file, that is added to; ``"-"`` for stdout; None for nowhere."""
        self._target = target
        self._stream: IO[str] | None = None

    def open(self) -> None:
        """Opens the file.

        Raises:
            OSError: It cannot be written to.
        """
        if self._target == STDOUT:
            self._stream = sys.stdout
        elif self._target is not None:
            self._stream = Path(self._target).open("a", encoding="utf-8")  # noqa: SIM115 - until `close`

    def write(self, request: RecordedRequest) -> None:
        """Adds a line; a log that can no longer be written to is given up, and serving goes on."""
        if self._stream is None:
            return
        try:
            self._stream.write(json.dumps(request.outcome) + "\n")
            self._stream.flush()
        except (OSError, ValueError) as error:
            logger.warning("the request log ends here: %s", error)
            self.close()

    def close(self) -> None:
        """Closes the file."""
        stream, self._stream = self._stream, None
        if stream is not None and stream is not sys.stdout:
            # What could not be written before cannot be written now.
            with suppress(OSError):
                stream.close()
