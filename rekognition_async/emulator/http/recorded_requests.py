"""The requests that arrived, kept in memory for tests: ``emulator.requests``.

The file that ``request_log=`` names is written by `request_log_writer`.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, cast, overload

from multidict import CIMultiDict, CIMultiDictProxy

from rekognition_async.emulator.protocol.blobs import Blob, EncodedBlob
from rekognition_async.emulator.utils.json_types import JsonObject

_SECRET_HEADERS: Final = frozenset({"authorization", "x-amz-security-token"})
_MAX_SHOWN: Final = 128


@dataclass(slots=True)
class RecordedRequest:
    """One request, and how it was answered.

    Attributes:
        operation: AWS's name of the operation; empty where the request named none.
        headers: The headers, found by name in any case. Signature and session token are
            replaced by ``"***"``.
        connection_id: Numbers the TCP connections; requests with the same one shared it.
        time: When its headers had arrived, in seconds since the epoch by the emulator's clock.
        region_name: The region the request was signed for; None where it was not let in, or met
            a fault with an answer of its own.
        account_id: The account of the key it was signed with; None as for ``region_name``.
        status: The status it was answered with; None before that, and where none was sent.
        error_code: The error it was answered with, if any.
        fault: The planned fault that it met, if any.
        duration: Seconds until its answer was ready, by the emulator's clock; None before that.
        request_id: The id that its answer carried; None where none was sent.
        number: Counts the requests of an emulator, from 1.
    """

    operation: str
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
    number: int = field(default=0, compare=False)
    _document: bytes | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def parameters(self) -> JsonObject | None:
        """The JSON document of the request, with the digest and the length of each image.

        The ``Bytes`` of an image are ``{"SHA256": "9f86d0…", "Length": 52183}``. It is None before
        the caller was let in, for a caller that was not, where it was no JSON object, and where it
        alone is larger than all that is kept may be.
        """
        return None if self._document is None else cast(JsonObject, json.loads(self._document))

    @property
    def size(self) -> int:
        """The bytes that are kept of what was sent."""
        headers = sum(len(name) + len(value) for name, value in self.headers.items())
        return len(self.operation) + headers + len(self._document or b"")

    def keep(self, document: JsonObject | None) -> None:
        """Makes a document, without its images, the parameters; for the server alone."""
        kept = None
        if document is not None:
            kept = json.dumps(without_images(document), separators=(",", ":")).encode()
        self._document = kept

    def mentions(self, text: str) -> bool:
        """Whether what was asked, or how it ended, has a text in it, in whatever case."""
        wanted = text.casefold()
        told = (
            self.operation,
            self.region_name,
            self.account_id,
            self.error_code,
            self.fault,
            self.request_id,
        )
        if any(wanted in part.casefold() for part in told if part):
            return True
        # As in JSON, where quotes and what is not ASCII are escaped.
        encoded = json.dumps(text)[1:-1].lower().encode()
        return self._document is not None and encoded in self._document.lower()

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


def without_images(value: Any) -> Any:
    """JSON with the digest and the length of each image instead of its bytes."""
    if isinstance(value, dict):
        return {
            name: _summary(item) if isinstance(item, EncodedBlob) else without_images(item)
            for name, item in value.items()
        }
    return [without_images(item) for item in value] if isinstance(value, list) else value


def _summary(encoded: EncodedBlob) -> JsonObject:
    try:
        content = encoded.decoded
    except ValueError:
        content = Blob(encoded.encode())  # no base64, and refused in its turn
    return {"SHA256": content.digest, "Length": len(content)}


class RecordedRequests(Sequence[RecordedRequest]):
    """The latest requests, oldest first."""

    def __init__(self, limit: int, max_bytes: int) -> None:
        """Keeps at most so many, and of what was sent with them at most so many bytes.

        Raises:
            ValueError: A limit is negative.
        """
        for name, value in (
            ("max_recorded_requests", limit),
            ("max_recorded_bytes", max_bytes),
        ):
            if value < 0:
                raise ValueError(f"{name} must be at least 0, got {value!r}")
        self._kept: deque[RecordedRequest] = deque()
        self._limit = limit
        self._max_bytes = max_bytes
        self._bytes = 0
        self._sizes: dict[int, int] = {}
        self._added = 0

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

    def find(self, number: int) -> RecordedRequest | None:
        """The request of a number, if it is kept."""
        index = number - (self._added - len(self._kept)) - 1
        return self._kept[index] if 0 <= index < len(self._kept) else None

    def clear(self) -> None:
        """Forgets all requests so far."""
        while self._kept:
            self._forget_oldest()

    def add(self, request: RecordedRequest) -> None:
        """Keeps one more; for the server alone."""
        self._added += 1
        request.number = self._added
        self._kept.append(request)
        self._sizes[id(request)] = 0
        self._count(request)

    def keep_parameters(self, request: RecordedRequest, document: JsonObject) -> None:
        """Keeps what a caller sent that was let in; for the server alone."""
        request.keep(document)
        if request.size > self._max_bytes:
            request.keep(None)
        self._count(request)

    def _count(self, request: RecordedRequest) -> None:
        if id(request) not in self._sizes:
            return  # it is forgotten already
        self._bytes += request.size - self._sizes[id(request)]
        self._sizes[id(request)] = request.size
        while self._kept and (len(self._kept) > self._limit or self._bytes > self._max_bytes):
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        self._bytes -= self._sizes.pop(id(self._kept.popleft()))
