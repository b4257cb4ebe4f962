"""The admin routes: what changes a running emulator, as JSON.

Each route is a function from what was sent to what is answered; the table at the end says where
they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol, TypeAlias

from rekognition_async.emulator.http.recorded_requests import (
    RecordedRequest,
    RecordedRequests,
    written_time,
)
from rekognition_async.emulator.rules.answers import AnswerPlan, parse_answer_rules
from rekognition_async.emulator.rules.fault_documents import document_of, rule_of
from rekognition_async.emulator.rules.faults import FaultPlan
from rekognition_async.emulator.rules.latency import Latency
from rekognition_async.emulator.rules.quotas import Quotas
from rekognition_async.emulator.utils.clock import Clock, Movable
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.vision.people import People, parse_people

_HIDDEN: Final = "***"


class AdminTarget(Protocol):
    """What the routes need of an emulator."""

    answers: AnswerPlan
    faults: FaultPlan
    people: People
    requests: RecordedRequests

    @property
    def clock(self) -> Clock:
        """The time it runs by."""
        ...

    @property
    def quotas(self) -> Quotas:
        """The quotas in force."""
        ...

    @quotas.setter
    def quotas(self, quotas: Quotas) -> None: ...

    @property
    def latency(self) -> Mapping[str, float]:
        """Seconds before each answer."""
        ...

    @latency.setter
    def latency(self, latency: Latency) -> None: ...

    def export_state(self) -> JsonObject:
        """The state as a document."""
        ...

    def import_state(self, document: Mapping[str, Any]) -> int:
        """Makes a document the state."""
        ...

    def reset(self) -> None:
        """Empties the state, and forgets the requests."""
        ...


Action: TypeAlias = Callable[[AdminTarget, JsonObject], JsonObject]
"""Given the emulator and the JSON object that was sent. Raises ValueError for a wrong one."""


def _get_answers(emulator: AdminTarget, _: JsonObject) -> JsonObject:
    return {"rules": len(emulator.answers)}


def _put_answers(emulator: AdminTarget, sent: JsonObject) -> JsonObject:
    emulator.answers.replace(parse_answer_rules(_only(sent, "answers")))
    return _get_answers(emulator, sent)


def _post_answers(emulator: AdminTarget, sent: JsonObject) -> JsonObject:
    emulator.answers.extend(parse_answer_rules(_only(sent, "answers")))
    return _get_answers(emulator, sent)


def _delete_answers(emulator: AdminTarget, sent: JsonObject) -> JsonObject:
    emulator.answers.clear()
    return _get_answers(emulator, sent)


def _get_people(emulator: AdminTarget, _: JsonObject) -> JsonObject:
    return {"pictures": len(emulator.people)}


def _post_people(emulator: AdminTarget, sent: JsonObject) -> JsonObject:
    emulator.people.extend(parse_people(_only(sent, "people")))
    return _get_people(emulator, sent)


def _delete_people(emulator: AdminTarget, sent: JsonObject) -> JsonObject:
    emulator.people.clear()
    return _get_people(emulator, sent)


def _get_faults(emulator: AdminTarget, _: JsonObject) -> JsonObject:
    return {"faults": [document_of(rule) for rule in emulator.faults.rules]}


def _put_faults(emulator: AdminTarget, sent: JsonObject) -> JsonObject:
    emulator.faults.replace([rule_of(written) for written in _list_of(sent, "faults")])
    return _get_faults(emulator, sent)


def _post_faults(emulator: AdminTarget, sent: JsonObject) -> JsonObject:
    for rule in [rule_of(written) for written in _list_of(sent, "faults")]:
        emulator.faults.add(rule)
    return _get_faults(emulator, sent)


def _delete_faults(emulator: AdminTarget, sent: JsonObject) -> JsonObject:
    emulator.faults.clear()
    return _get_faults(emulator, sent)


def _get_quotas(emulator: AdminTarget, _: JsonObject) -> JsonObject:
    quotas = emulator.quotas
    return {"quotas": dict(quotas) if isinstance(quotas, Mapping) else quotas}


def _put_quotas(emulator: AdminTarget, sent: JsonObject) -> JsonObject:
    quotas = _only(sent, "quotas")
    if quotas is None or quotas == "aws":
        emulator.quotas = quotas
    elif isinstance(quotas, dict):
        emulator.quotas = _numbers("quotas", quotas)
    else:
        raise ValueError(f"quotas must be null, 'aws' or an object, got {quotas!r}")
    return _get_quotas(emulator, sent)


def _delete_quotas(emulator: AdminTarget, sent: JsonObject) -> JsonObject:
    emulator.quotas = None
    return _get_quotas(emulator, sent)


def _get_latency(emulator: AdminTarget, _: JsonObject) -> JsonObject:
    return {"latency": dict(emulator.latency)}


def _put_latency(emulator: AdminTarget, sent: JsonObject) -> JsonObject:
    latency = _only(sent, "latency")
    emulator.latency = _numbers("latency", latency if isinstance(latency, dict) else {"*": latency})
    return _get_latency(emulator, sent)


def _delete_latency(emulator: AdminTarget, sent: JsonObject) -> JsonObject:
    emulator.latency = 0.0
    return _get_latency(emulator, sent)


def _get_clock(emulator: AdminTarget, _: JsonObject) -> JsonObject:
    now = emulator.clock.time()
    return {
        "time": now,
        "written": written_time(now),
        "can_advance": isinstance(emulator.clock, Movable),
    }


def _post_clock(emulator: AdminTarget, sent: JsonObject) -> JsonObject:
    if not isinstance(emulator.clock, Movable):
        raise ValueError("the clock that the emulator was given cannot be moved")
    if "set" in sent:
        seconds = _moment("set", _only(sent, "set")) - emulator.clock.time()
        if seconds < 0:
            raise ValueError("set must be no earlier than the clock is: time only goes forward")
    else:
        seconds = _number("advance", _only(sent, "advance"))
    emulator.clock.advance(seconds)
    return _get_clock(emulator, sent)


def _get_state(emulator: AdminTarget, _: JsonObject) -> JsonObject:
    return emulator.export_state()


def _put_state(emulator: AdminTarget, sent: JsonObject) -> JsonObject:
    return {"records": emulator.import_state(sent)}


def _delete_state(emulator: AdminTarget, _: JsonObject) -> JsonObject:
    emulator.reset()
    return {}


def _get_requests(emulator: AdminTarget, _: JsonObject) -> JsonObject:
    return {"requests": [_shown(request) for request in emulator.requests]}


def _delete_requests(emulator: AdminTarget, _: JsonObject) -> JsonObject:
    emulator.requests.clear()
    return {}


ROUTES: Final[Mapping[str, Mapping[str, Action]]] = {
    "answers": {
        "GET": _get_answers,
        "PUT": _put_answers,
        "POST": _post_answers,
        "DELETE": _delete_answers,
    },
    "clock": {"GET": _get_clock, "POST": _post_clock},
    "faults": {
        "GET": _get_faults,
        "PUT": _put_faults,
        "POST": _post_faults,
        "DELETE": _delete_faults,
    },
    "latency": {"GET": _get_latency, "PUT": _put_latency, "DELETE": _delete_latency},
    "people": {"GET": _get_people, "POST": _post_people, "DELETE": _delete_people},
    "quotas": {"GET": _get_quotas, "PUT": _put_quotas, "DELETE": _delete_quotas},
    "requests": {"GET": _get_requests, "DELETE": _delete_requests},
    "state": {"GET": _get_state, "PUT": _put_state, "DELETE": _delete_state},
}
"""The routes: what they are about, and what each method does."""


def _shown(request: RecordedRequest) -> JsonObject:
    return {**request.outcome, "parameters": without_payloads(request.parameters)}


def without_payloads(value: Any) -> Any:
    """JSON without what no log may hold: images, tokens and secrets, by their names."""
    if isinstance(value, dict):
        return {
            key: _HIDDEN if _is_payload(key) else without_payloads(item)
            for key, item in value.items()
        }
    return [without_payloads(item) for item in value] if isinstance(value, list) else value


def _is_payload(name: str) -> bool:
    return name == "Bytes" or name.endswith(("Token", "Secret"))


def _only(sent: JsonObject, name: str) -> Any:
    if sent.keys() != {name}:
        raise ValueError(f"expected an object with {name!r} alone, got {sorted(sent)!r}")
    return sent[name]


def _list_of(sent: JsonObject, name: str) -> Iterable[object]:
    items = _only(sent, name)
    if not isinstance(items, list):
        raise ValueError(f"{name} must be a list, got {type(items).__name__}")
    return items


def _numbers(name: str, by_operation: JsonObject) -> Mapping[str, float]:
    return {key: _number(f"{name}.{key}", value) for key, value in by_operation.items()}


def _moment(name: str, value: object) -> float:
    """Seconds since the epoch, from those or from a date and time, in UTC where it does not say."""
    if not isinstance(value, str):
        return _number(name, value)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{name} must be as in '2027-01-15T08:00:00Z', got {value!r}") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} must be a number, got {type(value).__name__}")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{name} is too large") from None
