"""REKOGNITION_ASYNC_LOG: the package's log on stderr, for whoever sets the variable.

The first client of a process reads it. An application that has handlers of its own keeps them: the
lines then go there, and none comes twice.
"""

from __future__ import annotations

import logging
import os
from typing import Final

VARIABLE: Final = "REKOGNITION_ASYNC_LOG"
_LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO}
_FORMAT: Final = "[%(asctime)s - %(name)s - %(levelname)s] %(message)s"

logger: Final = logging.getLogger("rekognition_async")


class _StderrHandler(logging.StreamHandler):  # type: ignore[type-arg] # generic for checkers alone
    """Writes what no handler of the application's gets, whenever that one is added."""

    def emit(self, record: logging.LogRecord) -> None:
        handlers = logger.handlers + (logging.root.handlers if logger.propagate else [])
        if handlers == [self]:
            super().emit(record)


_handler: logging.Handler | None = None


def set_up_log() -> None:
    """Sets up the package's logger as the variable says; only the first time in a process."""
    global _handler  # noqa: PLW0603 - a process has one log, and its variables
    if _handler is not None:
        return
    _handler = _StderrHandler()
    _handler.setFormatter(logging.Formatter(_FORMAT))
    value = os.environ.get(VARIABLE, "")
    level = _LEVELS.get(value.lower())
    if level is not None:
        logger.setLevel(level)
        logger.addHandler(_handler)
    elif value:
        logger.warning(
            "%s must be one of %s, got %r: it is not used", VARIABLE, ", ".join(_LEVELS), value
        )
