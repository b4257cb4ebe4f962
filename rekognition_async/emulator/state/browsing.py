"""Pages of the state for people who look through it: newest first, searched, from any place on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from rekognition_async.emulator.protocol.caller import Caller
from rekognition_async.emulator.state.store import Entry, Record, Store

MAX_SEARCHED: Final = 100_000
"""How many records a search looks through before it answers with what it has."""

_ENTRIES: Final = (
    "SELECT account_id, region_name, kind, parent, sequence, name, created_at, document"
    " FROM records JOIN shelves ON shelves.id = shelf"
)


@dataclass(frozen=True)
class Place:
    """Which records a page is of.

    Attributes:
        caller: Whose they are, and in which region; None for those of all.
        kind: Their kind; None for all.
        parent: What they belong to; None for whatever it is.
        text: What their name, what they belong to, or their document has in it, in whatever case.
    """

    caller: Caller | None = None
    kind: str | None = None
    parent: str | None = None
    text: str = ""


@dataclass(frozen=True)
class Page:
    """A page of the state.

    Attributes:
        entries: The records, newest first.
        newer: The sequence behind which newer ones are looked for; None where there are none.
        older: The sequence before which older ones are looked for; None where there are none.
    """

    entries: Sequence[Entry]
    newer: int | None = None
    older: int | None = None


def page_of(
    store: Store,
    place: Place,
    *,
    before: int | None = None,
    after: int | None = None,
    most: int,
) -> Page:
    """A page of the records of a place.

    Args:
        store: The state.
        place: Which records.
        before: Only those of a smaller sequence.
        after: Only those of a larger sequence, the oldest of them.
        most: How many a page has at most. One of a search has fewer where it went through
            `MAX_SEARCHED` records, and goes on from there.
    """
    where, values = _within(place)
    comparison, direction = ("<", "DESC") if after is None else (">", "ASC")
    start = before if after is None else after
    if start is not None:
        where.append(f"sequence {comparison} ?")
        values.append(start)
    end = None
    if place.text:
        end = store.find(
            f"SELECT sequence FROM records WHERE {' AND '.join(where)}"
            f" ORDER BY sequence {direction} LIMIT 1 OFFSET ?",
            *values,
            MAX_SEARCHED,
        )
        if end is not None:
            # The one of this sequence is the first that is not looked at.
            where.append(f"sequence {'>' if after is None else '<'} ?")
            values.append(end[0])
        where.append(_HAS_TEXT)
        values += _patterns(place.text)
    # The inner query needs no document, and reads an index alone.
    rows = store.rows(
        f"{_ENTRIES} WHERE sequence IN (SELECT sequence FROM records"
        f" WHERE {' AND '.join(where)} ORDER BY sequence {direction} LIMIT ?)"
        f" ORDER BY sequence {direction}",
        *values,
        most + 1,
    )
    entries = [_entry(row) for row in rows[:most]]
    if len(rows) > most:
        further: int | None = entries[-1].record.sequence
    else:
        further = None if end is None else end[0] + (1 if after is None else -1)
    if after is not None:
        return Page(entries[::-1], further, entries[0].record.sequence if entries else after + 1)
    newer = None if before is None else entries[0].record.sequence if entries else before - 1
    return Page(entries, newer, further)


def entry_of(store: Store, sequence: int) -> Entry | None:
    """The record of a sequence."""
    row = store.find(f"{_ENTRIES} WHERE sequence = ?", sequence)
    return None if row is None else _entry(row)


_HAS_TEXT: Final = (
    "(name LIKE ? ESCAPE '~' OR document LIKE ? ESCAPE '~'"
    " OR shelf IN (SELECT id FROM shelves WHERE parent LIKE ? ESCAPE '~'))"
)


def _within(place: Place) -> tuple[list[str], list[Any]]:
    columns = {
        "account_id": place.caller and place.caller.account_id,
        "region_name": place.caller and place.caller.region_name,
        "kind": place.kind,
        "parent": place.parent,
    }
    given = {column: value for column, value in columns.items() if value is not None}
    if not given:
        return ["1"], []
    conditions = " AND ".join(f"{column} = ?" for column in given)
    return [f"shelf IN (SELECT id FROM shelves WHERE {conditions})"], [*given.values()]


def _patterns(text: str) -> list[str]:
    # Documents are JSON, where quotes and what is not ASCII are escaped.
    pattern, in_json = (_pattern(part) for part in (text, json.dumps(text)[1:-1]))
    return [pattern, in_json, pattern]


def _pattern(text: str) -> str:
    for special in "~%_":
        text = text.replace(special, f"~{special}")
    return f"%{text}%"


def _entry(row: tuple[Any, ...]) -> Entry:
    account_id, region_name, kind, parent, sequence, name, created_at, document = row
    record = Record(sequence, name, created_at, json.loads(document))
    return Entry(Caller(account_id, region_name), kind, parent, record)
