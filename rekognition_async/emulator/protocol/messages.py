"""AWS JSON 1.1: parses requests, and makes answers and both kinds of error bodies.

Handlers raise `EmulatedError` for errors of Rekognition; `FrameworkError` is for those that AWS
answers before a service sees the request.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from rekognition_async.emulator.protocol.blobs import EncodedBlob
from rekognition_async.emulator.utils.json_types import JsonObject

if TYPE_CHECKING:
    from botocore.model import ServiceModel

SERVICE: Final = "rekognition"
TARGET_PREFIX: Final = "RekognitionService."
CONTENT_TYPE: Final = "application/x-amz-json-1.1"

_INTERNAL_ERROR: Final = 500
_MAX_DEPTH: Final = 100
_ESCAPE: Final = "\\"
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


@cache
def service_model() -> ServiceModel:
    """What botocore knows of Rekognition."""
    from botocore.loaders import create_loader
    from botocore.model import ServiceModel

    return ServiceModel(create_loader().load_service_model(SERVICE, "service-2"))


@dataclass(frozen=True)
class HttpResponse:
    """What goes back over the wire."""

    status: int
    body: bytes
    content_type: str = CONTENT_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)
    error_code: str | None = None

    @classmethod
    def of(
        cls,
        document: object,
        status: int = 200,
        *,
        headers: Mapping[str, str] | None = None,
        error_code: str | None = None,
    ) -> HttpResponse:
        """An answer that holds a JSON document."""
        body = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
        return cls(status, body, headers=headers or {}, error_code=error_code)


class EmulatedError(Exception):
    """An error that the service answers with: its operations' own, such as a missing resource."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Takes AWS's code; the status is 400, or 500 for InternalServerError."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status or (_INTERNAL_ERROR if code == "InternalServerError" else 400)
        self.headers = headers or {}

    def document(self, log_reference: str) -> JsonObject:
        """The error's body."""
        return {
            "__type": self.code,
            "Code": self.code,
            "Message": self.message,
            "Logref": log_reference,
        }

    def answer(self, log_reference: str) -> HttpResponse:
        """The error as it travels."""
        document = self.document(log_reference)
        return HttpResponse.of(document, self.status, headers=self.headers, error_code=self.code)


class FrameworkError(EmulatedError):
    """An error of the framework before the service: signature, credentials, form of the input."""

    def document(self, log_reference: str) -> JsonObject:  # noqa: ARG002 - only services have one
        """The error's body."""
        return {"__type": self.code, "message": self.message}


class SerializationError(FrameworkError):
    """The input is not JSON of the operation's types; AWS writes this Message with a capital."""

    def __init__(self, message: str) -> None:
        """Takes what does not fit."""
        super().__init__("SerializationException", message)

    def document(self, log_reference: str) -> JsonObject:  # noqa: ARG002 - as above
        """The error's body."""
        return {"__type": self.code, "Message": self.message}


def parse(body: bytes) -> JsonObject:
    """The input document of a request.

    Raises:
        SerializationError: It is not a JSON object in UTF-8, or holds what cannot be kept: half of
            a surrogate pair, a number beyond a double, or more than 100 levels.
    """
    if not body:
        return {}
    try:
        text = body.decode()
        document = json.loads(
            text, object_hook=_with_blob, parse_constant=_refuse_constant, parse_float=_finite
        )
        if _ESCAPE in text and _SURROGATE.search(text):
            json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise SerializationError("The request is not valid JSON") from None
    if not isinstance(document, dict):
        raise SerializationError("Start of structure expected")
    if any(_has_many(text, bracket) for bracket in "{[") and _is_deep(document):
        raise SerializationError(f"The request is nested deeper than {_MAX_DEPTH} levels")
    return document


def _with_blob(members: JsonObject) -> JsonObject:
    encoded = members.get("Bytes")
    if isinstance(encoded, str):
        members["Bytes"] = EncodedBlob(encoded)
    return members


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(text)
    return value


def _has_many(text: str, bracket: str) -> bool:
    """Whether so many levels may begin with a bracket that all of them have to be counted.

    Images are long: `str.find` goes through them ten times as fast as `str.count`.
    """
    found = -1
    for _ in range(_MAX_DEPTH // 2):
        found = text.find(bracket, found + 1)
        if found < 0:
            return False
    return True


def _is_deep(document: JsonObject) -> bool:
    level: list[Any] = [document]
    for _ in range(_MAX_DEPTH):
        level = [
            item
            for value in level
            for item in (value.values() if isinstance(value, dict) else value)
            if isinstance(item, dict | list)
        ]
    return bool(level)
