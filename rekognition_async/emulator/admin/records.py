"""Records of the state as rows of a table, whatever their kind: columns are their members."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rekognition_async.emulator.admin.actions import without_payloads
from rekognition_async.emulator.admin.markup import (
    Cell,
    cell,
    clock_face,
    link,
    rounded,
    table,
    time_cell,
    without_empties,
)
from rekognition_async.emulator.protocol.caller import Caller
from rekognition_async.emulator.state.store import Entry
from rekognition_async.emulator.utils.json_types import JsonObject

Held = dict[tuple[Caller, str], Counter[str]]
"""How many records of each kind belong to a record, by its owner and its name."""

_MAX_COLUMNS: Final = 4
_MAX_MORE: Final = 120
_PROGRESS: Final = "_progress"
# Names of these kinds are what a client sent as a secret of its own.
_NAMELESS: Final = "token"
# These have a column only where there is room.
_MINOR: Final = frozenset({"ImageId", "IndexFacesModelVersion"})
# What searches compare, which says nothing to a reader.
_COMPARED: Final = frozenset({"Seed", "Fingerprint", "Place", "Vector"})


def held_of(counts: Iterable[tuple[Caller, str, str, int]]) -> Held:
    """What belongs to what, from the counts of the state."""
    held: Held = {}
    for caller, kind, parent, count in counts:
        if parent:
            held.setdefault((caller, parent), Counter())[kind] += count
    return held


def title_of(kind: str) -> str:
    """A kind of records as a title."""
    return kind.replace("_", " ").capitalize()


def records_table(entries: Sequence[Entry], held: Held, *, of_kinds: bool = False) -> Iterator[str]:
    """A table of records.

    Args:
        entries: The records.
        held: What belongs to them.
        of_kinds: Whether they are of several kinds, and a column says of which.
    """
    documents = [visible(entry) for entry in entries]
    columns = [] if of_kinds else _columns(documents)
    heads = {
        "name": True,
        "kind": of_kinds,
        "belongs to": any(entry.parent for entry in entries),
        "holds": any((entry.caller, entry.record.name) in held for entry in entries),
    }
    is_cut = any(key not in columns for document in documents for key in document)
    rows: list[list[Cell]] = []
    for entry, document in zip(entries, documents, strict=True):
        cells = {
            "name": Cell(link(name_of(entry), view="record", sequence=entry.record.sequence)),
            "kind": cell(title_of(entry.kind)),
            "belongs to": cell(entry.parent),
            "holds": Cell(", ".join(_links(entry, held))),
        }
        rest = {key: value for key, value in document.items() if key not in columns}
        rows.append(
            [cells[head] for head, is_there in heads.items() if is_there]
            + [cell(document.get(column)) for column in columns]
            + [time_cell(entry.record.created_at)]
            + ([cell(rest, _MAX_MORE)] if is_cut else [])
        )
    shown = [head for head, is_there in heads.items() if is_there]
    yield from table([*shown, *columns, "created", *(["more"] if is_cut else [])], rows)


def name_of(entry: Entry) -> str:
    """The name of a record, unless that is a secret."""
    return "***" if _NAMELESS in entry.kind else entry.record.name


def visible(entry: Entry) -> JsonObject:
    """A record's document as a table shows it."""
    document = entry.record.document
    shown = {
        key: value
        for key, value in document.items()
        if not key.startswith("_") and key not in _COMPARED
    }
    progress = document.get(_PROGRESS)
    if isinstance(progress, dict) and isinstance(progress.get("due"), int | float):
        shown["under way until"] = clock_face(progress["due"])
    plain: JsonObject = rounded(without_payloads(without_empties(shown)))
    return plain


def _links(entry: Entry, held: Held) -> Iterator[str]:
    for kind, count in held.get((entry.caller, entry.record.name), Counter()).items():
        yield link(
            f"{count:,} {kind.replace('_', ' ')}{'' if count == 1 else 's'}",
            view="state",
            account=entry.caller.account_id,
            region=entry.caller.region_name,
            kind=kind,
            parent=entry.record.name,
        )


def _columns(documents: Iterable[JsonObject]) -> Sequence[str]:
    """The members that have a column of their own: plain ones that most of the records have."""
    seen = Counter(
        key
        for document in documents
        for key, value in document.items()
        if not isinstance(value, dict | list)
    )
    common = sorted(seen, key=lambda name: (name in _MINOR, -seen[name]))
    return common[:_MAX_COLUMNS]
