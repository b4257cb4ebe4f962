"""Fault rules as JSON, for the admin routes.

``{"operation": "ListFaces", "fault": "error", "code": "AccessDeniedException", "calls": [3, 4]}``
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from rekognition_async.emulator.rules.faults import Fault, FaultRule
from rekognition_async.emulator.utils.json_types import JsonObject

_TEXT: Final = (str,)
_NUMBER: Final = (int, float)
_WHOLE: Final = (int,)
_OBJECT: Final = (dict,)
_YES_OR_NO: Final = (bool,)
_ANYTHING: Final = (object,)

_RULE: Final[Mapping[str, tuple[type, ...]]] = {
    "operation": _TEXT,
    "fault": _TEXT,
    "calls": (int, list),
    "probability": _NUMBER,
    "region_name": _TEXT,
}

_FAULTS: Final[Mapping[str, tuple[Callable[..., Fault], Mapping[str, tuple[type, ...]]]]] = {
    "delay": (Fault.delay, {"seconds": _NUMBER}),
    "disconnect": (Fault.disconnect, {}),
    "error": (
        Fault.error,
        {"code": _TEXT, "message": _TEXT, "status": _WHOLE, "headers": _OBJECT},
    ),
    "hang": (Fault.hang, {}),
    "http": (
        Fault.http,
        {"status": _WHOLE, "body": _TEXT, "content_type": _TEXT, "headers": _OBJECT},
    ),
    "reset": (Fault.reset, {}),
    "respond": (Fault.respond, {"document": _ANYTHING, "status": _WHOLE}),
    "throttle": (Fault.throttle, {"code": _TEXT, "status": _WHOLE}),
    "truncate": (Fault.truncate, {"chunked": _YES_OR_NO}),
}
_NEEDED: Final[Mapping[str, str]] = {
    "delay": "seconds",
    "error": "code",
    "http": "status",
    "respond": "document",
}


def rule_of(written: object) -> FaultRule:
    """A rule as text, see `FaultRule.parse`, or as a JSON object.

    Raises:
        ValueError: It is no rule; the message names the member.
    """
    if isinstance(written, str):
        return FaultRule.parse(written)
    if not isinstance(written, dict):
        raise ValueError(f"a fault must be a text or an object, got {type(written).__name__}")
    name = written.get("fault")
    if not isinstance(name, str) or name not in _FAULTS:
        raise ValueError(f"fault must be one of {', '.join(_FAULTS)}, got {name!r}")
    make, kinds = _FAULTS[name]
    values = {key: value for key, value in written.items() if value is not None}
    for key, value in values.items():
        _check(key, value, {**_RULE, **kinds})
    for needed in ("operation", _NEEDED.get(name, "operation")):
        if needed not in values:
            raise ValueError(f"{needed} is missing in a fault {name!r}")
    fault = make(**{key: value for key, value in values.items() if key not in _RULE})
    return FaultRule(
        values["operation"],
        fault,
        calls=values.get("calls"),
        probability=values.get("probability", 1.0),
        region_name=values.get("region_name"),
    )


def _check(key: str, value: Any, kinds: Mapping[str, tuple[type, ...]]) -> None:
    if key not in kinds:
        raise ValueError(f"a fault has no member {key!r} here; it has {', '.join(kinds)}")
    wanted = kinds[key]
    # In Python, but not in JSON, true is a number.
    is_other = isinstance(value, bool) and wanted not in {_YES_OR_NO, _ANYTHING}
    if is_other or not isinstance(value, wanted):
        names = " or ".join(kind.__name__ for kind in wanted)
        raise ValueError(f"{key} must be {names}, got {type(value).__name__}")
    if key == "calls" and isinstance(value, list):
        for number in value:
            _check(key, number, {key: _WHOLE})
    if key == "content_type":
        _check_header("Content-Type", value)
    if key == "headers" and isinstance(value, dict):
        for name, content in value.items():
            _check_header(name, content)


def _check_header(name: str, content: object) -> None:
    if not isinstance(content, str) or not f"{name}{content}".isprintable() or not name:
        raise ValueError(f"the header {name!r} must be a line of text, got {content!r}")


def document_of(rule: FaultRule) -> JsonObject:
    """A rule as a JSON object, that `rule_of` reads; only ``hold`` is Python's alone."""
    calls = rule.calls
    document = {
        "operation": rule.operation,
        "fault": rule.fault.name,
        **{name: _plain(value) for name, value in rule.fault.arguments.items()},
        "calls": sorted(calls) if isinstance(calls, Iterable) else calls,
        "probability": None if rule.probability == 1 else rule.probability,
        "region_name": rule.region_name,
    }
    return {name: value for name, value in document.items() if value is not None}


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return dict(value) if isinstance(value, Mapping) else value
