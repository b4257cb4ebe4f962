"""The requests that arrived, kept in memory for tests: ``emulator.requests``.

The file that ``request_log=`` names is written by `request_log_writer`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, overload

from multidict import CIMultiDict, CIMultiDictProxy

from rekognition_async.emulator.utils.json_types import JsonObject

_SECRET_HEADERS: Final = frozenset({"authorization", "x-amz-security-token"})
_MAX_SHOWN: Final = 128


@dataclass(slots=True)
class RecordedRequest:
    """One request, and how it was answered.

    Attributes:
        operation: AWS's name of the operation; empty where the request named none.
        parameters: The JSON document of the request; None where it was not a JSON object.
        headers: The headers, found by name in any case. Signature and session token are
            replaced by ``"***"``.
        connection_id: Numbers the TCP connections; requests with the same one shared it.
        time: When its headers had arrived, in seconds since the epoch by the emulator's clock.
        region_name: The region the request was signed for; None before it was let in.
        account_id: The account of the key it was signed with; None before it was let in.
        status: The status it was answered with; None before that, and where none was sent.
        error_code: The error it was answered with, if any.
        fault: The planned fault that it met, if any.
        duration: Seconds until its answer was ready, by the emulator's clock; None before that.
        request_id: The id that its answer carried; None where none was sent.
    """

    operation: str
    parameters: JsonObject | None = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    connection_id: int
    time: float = 0.0
    region_name: str | None = None
    account_id: str | None = None
    status: int | None = None
    error_code: str | None = None
    fault: str | None = None
    duration: float | None = None
    request_id: str | None = None

    @property
    def outcome(self) -> JsonObject:
        """What was asked and how it ended, without what was sent: for logs and pages."""
        duration = None if self.duration is None else round(self.duration * 1000, 3)
        return {
            "time": written_time(self.time),
            "operation": self.operation[:_MAX_SHOWN],
            "account_id": self.account_id,
            "region_name": self.region_name,
            "status": self.status,
            "error_code": self.error_code,
            "fault": self.fault,
            "duration_ms": duration,
            "request_id": self.request_id,
            "connection_id": self.connection_id,
        }


def written_time(seconds: float) -> str:
    """Seconds since the epoch as people write them; the bare number beyond the calendar."""
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return str(seconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def without_secrets(headers: Mapping[str, str]) -> Mapping[str, str]:
    """The headers as they are kept."""
    kept = (
        (name, "***" if name.lower() in _SECRET_HEADERS else value)
        for name, value in headers.items()
    )
    return CIMultiDictProxy(CIMultiDict(kept))


class RecordedRequests(Sequence[RecordedRequest]):
    """The latest requests, oldest first."""

    def __init__(self, limit: int) -> None:
        """Keeps at most so many."""
        self._kept: deque[RecordedRequest] = deque(maxlen=limit)

    def __len__(self) -> int:
        return len(self._kept)

    @overload
    def __getitem__(self, index: int) -> RecordedRequest: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[RecordedRequest]: ...
    def __getitem__(self, index: int | slice) -> RecordedRequest | Sequence[RecordedRequest]:
        return list(self._kept)[index] if isinstance(index, slice) else self._kept[index]

    def __repr__(self) -> str:
        return f"RecordedRequests({list(self._kept)!r})"

    def clear(self) -> None:
        """Forgets all requests so far."""
        self._kept.clear()

    def add(self, request: RecordedRequest) -> None:
        """Keeps one more; for the server alone."""
        self._kept.append(request)
