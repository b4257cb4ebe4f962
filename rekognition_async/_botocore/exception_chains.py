"""From an exception to those it comes from, and no further."""

from __future__ import annotations

from collections.abc import Iterator


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and those it comes from, the last one first."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def detach(error: BaseException, handled: BaseException | None) -> None:
    """Takes out of a chain what the caller was handling already when it called.

    Python links an exception to whatever is being handled anywhere up the stack.

    Args:
        error: The exception.
        handled: What ``sys.exception()`` was before.
    """
    if handled is None:
        return
    for inner in chain(error):
        if inner.__context__ is handled:
            inner.__context__ = None
