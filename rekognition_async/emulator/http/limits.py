"""The limits of clients: sizes of requests, number of connections, timeouts.

They are the emulator's ``limits=``; the listener keeps them, so that no client hurts another.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Final

from rekognition_async.emulator.utils.clock import Clock, SystemClock, validate_clock

_MIB: Final = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much and how long a client may send, wait and read.

    Nothing limits how long the emulator itself takes for an answer: faults and latencies may
    take as long as they are told to. Connections are looked at once a second.

    Attributes:
        max_body_bytes: The size of a request's body; beyond it the answer is 413.
        max_header_bytes: The size of a request's line and headers together; beyond it, 431.
        max_connections: How many may be open at once; the next one is answered 503 and closed.
        head_timeout: Seconds from a request's first byte to the end of its headers; then 408.
        body_timeout: Seconds from there to the end of its body; then 408.
        reply_timeout: Seconds that a client may take to read an answer; then it is cut off.
        idle_timeout: Seconds that a connection is kept without a request.
        clock: The time of these timeouts. It is the machine's, and not the emulator's clock, so
            that a test that moves the latter on loses no connection.
    """

    max_body_bytes: int = 32 * _MIB
    max_header_bytes: int = 32 * 1024
    max_connections: int = 1000
    head_timeout: float = 30.0
    body_timeout: float = 60.0
    reply_timeout: float = 60.0
    idle_timeout: float = 3600.0
    clock: Clock = field(default_factory=SystemClock, repr=False)

    def __post_init__(self) -> None:
        """Checks what would let nobody in.

        Raises:
            ValueError: A limit is not above 0.
            TypeError: ``clock`` is no `Clock`.
        """
        validate_clock(self.clock)
        for limit in fields(self):
            value = getattr(self, limit.name)
            if limit.name != "clock" and not value > 0:
                raise ValueError(f"{limit.name} must be above 0, got {value!r}")
