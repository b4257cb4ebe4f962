"""The whole state as one JSON document, and back.

``{"format": "rekognition-emulator-state", "version": 1, "records": [...]}``: each record says in
which account and region it is, of which kind, what it belongs to, and what is known of it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final

from rekognition_async.emulator.protocol.caller import Caller
from rekognition_async.emulator.state.store import Entry, Record, Store
from rekognition_async.emulator.utils.json_types import JsonObject

FORMAT: Final = "rekognition-emulator-state"
VERSION: Final = 1

_MAX_SEQUENCE: Final = 2**63 - 1
_MEMBERS: Final = frozenset(
    {
        "account_id",
        "region_name",
        "kind",
        "parent",
        "sequence",
        "name",
        "created_at",
        "document",
    }
)


def exported(store: Store) -> JsonObject:
    """The state as a document."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "records": [_written(entry) for entry in store.everything()],
    }


def entries_of(document: object) -> list[Entry]:
    """What an exported document says that is kept.

    Raises:
        ValueError: It is not such a document; the message names the record and the member.
    """
    return list(_entries(document))


def lines(document: JsonObject) -> Iterator[str]:
    """An exported document as text, a record a line, so that two can be compared."""
    opening = json.dumps({key: value for key, value in document.items() if key != "records"})
    yield f'{opening[:-1]}, "records": ['
    for number, record in enumerate(document["records"]):
        yield f"{',' if number else ''}\n{json.dumps(record)}"
    yield "\n]}\n"


def _written(entry: Entry) -> JsonObject:
    return {
        "account_id": entry.caller.account_id,
        "region_name": entry.caller.region_name,
        "kind": entry.kind,
        "parent": entry.parent,
        "sequence": entry.record.sequence,
        "name": entry.record.name,
        "created_at": entry.record.created_at,
        "document": entry.record.document,
    }


def _entries(document: Any) -> Iterator[Entry]:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"the document is no exported state: its format is not {FORMAT!r}")
    version = document.get("version")
    if isinstance(version, bool) or version != VERSION:
        raise ValueError(f"the document is of version {version!r}, this emulator's is {VERSION}")
    records = document.get("records")
    if not isinstance(records, list):
        raise ValueError(f"records must be a list, got {type(records).__name__}")
    for number, record in enumerate(records):
        try:
            yield _entry(record)
        except ValueError as error:
            raise ValueError(f"records[{number}]: {error}") from None


def _entry(record: Any) -> Entry:
    if not isinstance(record, dict):
        raise ValueError(f"must be an object, got {type(record).__name__}")
    if record.keys() != _MEMBERS:
        raise ValueError(f"must have the members {', '.join(sorted(_MEMBERS))}")
    for member in ("account_id", "region_name", "kind", "parent", "name"):
        _check_text(member, record[member])
    if not re.fullmatch(r"\d{12}", record["account_id"], re.ASCII):
        raise ValueError(f"account_id must be 12 digits, got {record['account_id']!r}")
    for member in ("region_name", "kind"):
        if not record[member]:
            raise ValueError(f"{member} must not be empty")
    sequence, created_at = record["sequence"], record["created_at"]
    if not _is_number(sequence, int) or not 0 < sequence <= _MAX_SEQUENCE:
        raise ValueError(f"sequence must be 1 to {_MAX_SEQUENCE}, got {sequence!r}")
    if not _is_number(created_at, int | float):
        raise ValueError(f"created_at must be seconds since the epoch, got {created_at!r}")
    return Entry(
        Caller(record["account_id"], record["region_name"]),
        record["kind"],
        record["parent"],
        Record(sequence, record["name"], float(created_at), _validate_document(record["document"])),
    )


def _check_text(member: str, value: object) -> None:
    if not isinstance(value, str):
        raise ValueError(f"{member} must be a text, got {type(value).__name__}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{member} holds half of a surrogate pair") from None


def _is_number(value: Any, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool) and _is_finite(value)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _validate_document(document: object) -> JsonObject:
    if not isinstance(document, dict):
        raise ValueError(f"document must be an object, got {type(document).__name__}")
    try:
        json.dumps(document, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError):
        raise ValueError("document must be JSON") from None
    return document
