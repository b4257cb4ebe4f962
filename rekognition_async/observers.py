"""What a client tells of its calls: the details of each, and who may be told.

``on_call`` of the client is a function or a `CallObserver`. `CallHooks` is what a client makes of
it: it tells, and sees to it that nothing which goes wrong in a hook reaches the call.
"""

from __future__ import annotations

import inspect
import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Protocol, TypeAlias, runtime_checkable

__all__ = ["CallDetails", "CallObserver", "RetryDetails"]

logger: Final = logging.getLogger("rekognition_async")


@dataclass(frozen=True, slots=True)
class RetryDetails:
    """What an ``on_retry`` hook is told before the wait.

    Attributes:
        operation: The operation's name, as in ``"ListCollections"``.
        attempt: The number of the attempt that failed; the first is 1.
        delay: The seconds until the next attempt; after a refusal for its pace, an estimate by
            the call's place in the queue.
        cause: What went wrong: a `ServiceError` or a `TransportError`.
        request_id: AWS's id for the attempt that failed, where it had one.
        waited: The seconds that the call has waited for its turns so far.
    """

    operation: str
    attempt: int
    delay: float
    cause: Exception
    request_id: str | None
    waited: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class CallDetails:
    """What an ``on_call`` hook is told of a call that has ended, however it ended.

    Attributes:
        operation: The operation's name, as in ``"ListCollections"``.
        region: The region that the call went to.
        outcome: How the call ended; ``"cancelled"`` where its task was cancelled, by a timeout of
            the caller's for instance.
        attempts: How often the request was sent; 0 where it was not, as after a `RateLimitError`.
        throttles: How many of the attempts the service refused for their pace.
        seconds: The seconds from the call to its end, all attempts and waits included.
        waited: The seconds of these that it waited for its turns, for the sake of the quota.
        bytes_sent: The bytes of the request's body, as often as it was sent.
        bytes_received: The bytes of the bodies of all answers, refusals included.
        http_status_code: The status of the answer or error that the call ended with; None where
            none came.
        error_code: AWS's code of the error that the call ended with; None where there was no
            error, or one that is not the service's.
        request_id: AWS's id for the attempt that the call ended with; None where none came.
        error: What the caller was given to catch; None where the call succeeded or was cancelled.
            An answer that contradicts its schema is a `ResponseValidationError` here even where
            ``send_raw`` gives the answer.
    """

    operation: str
    region: str
    outcome: Literal["succeeded", "failed", "cancelled"]
    attempts: int
    throttles: int
    seconds: float
    waited: float
    bytes_sent: int
    bytes_received: int
    http_status_code: int | None
    error_code: str | None
    request_id: str | None
    error: Exception | None = field(default=None, compare=False)


@runtime_checkable
class CallObserver(Protocol):
    """Is told when a call begins, and when it has ended.

    Hand one in as ``on_call=`` where the end alone does not do, as for counting the calls that
    are under way. Both methods are plain functions and return at once; one that raises is logged
    and changes nothing.
    """

    def call_started(self, operation: str, region: str) -> None:
        """Is told before a call waits for its first turn.

        Args:
            operation: AWS's name of the operation, as in ``"IndexFaces"``.
            region: The region that the call goes to.
        """
        ...

    def call_finished(self, details: CallDetails) -> None:
        """Is told when a call has ended, once for each that has started.

        Args:
            details: What is known of it.
        """
        ...


OnCall: TypeAlias = Callable[[CallDetails], object] | CallObserver


class CallHooks:
    """Whom a client tells of its calls."""

    __slots__ = ("_finished", "_started")

    def __init__(self, on_call: OnCall) -> None:
        """Takes a client's ``on_call``.

        Raises:
            TypeError: It is neither a plain function nor a CallObserver.
        """
        self._started: Callable[[str, str], object] | None = None
        if isinstance(on_call, CallObserver):
            if isinstance(on_call, type):
                raise TypeError(f"on_call must be an instance of {on_call.__name__}, not the class")
            self._started = _plain(on_call.call_started)
            self._finished: Callable[[CallDetails], object] = _plain(on_call.call_finished)
        elif callable(on_call):
            self._finished = _plain(on_call)
        else:
            raise TypeError(f"on_call must be callable or a CallObserver, got {on_call!r}")

    def started(self, operation: str, region: str) -> None:
        """Tells that a call begins."""
        if self._started is not None:
            _tell(self._started, operation, region)

    def finished(self, details: CallDetails) -> None:
        """Tells that a call has ended."""
        _tell(self._finished, details)


def _plain(hook: Callable[..., object]) -> Callable[..., object]:
    if inspect.iscoroutinefunction(hook) or inspect.iscoroutinefunction(type(hook).__call__):
        raise TypeError("on_call must be a plain function: nothing awaits it")
    return hook


def _tell(hook: Callable[..., object], *told: Any) -> None:
    try:
        result = hook(*told)
    except Exception as error:  # noqa: BLE001 - whatever a hook raises, the call has its own end
        # Without the error's text, which may quote anything that the hook has at hand.
        frame, line = list(traceback.walk_tb(error.__traceback__))[-1]
        place = f"{Path(frame.f_code.co_filename).name}, line {line}"
        kind = type(error).__name__
        logger.error("on_call raised %s in %s; the call is not affected", kind, place)  # noqa: TRY400 - likewise, without its traceback
    else:
        if inspect.iscoroutine(result):
            result.close()
            logger.error("on_call returned a coroutine, which nothing awaits")
