"""What the page's views are made of: texts, links, tables and forms in HTML, all of it escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from rekognition_async.emulator.admin.actions import without_payloads
from rekognition_async.emulator.http.recorded_requests import written_time

_MAX_SHOWN: Final = 160
_MAX_JSON: Final = 100_000
_PERCENTAGES: Final = ("Confidence", "Similarity", "Threshold")
_GOOD: Final = frozenset({"SUCCEEDED", "ACTIVE", "RUNNING", "CREATED", "COMPLETED"})
_BAD: Final = frozenset({"FAILED", "EXPIRED", "TRAINING_FAILED", "CREATE_FAILED", "UPDATE_FAILED"})


class Cell(NamedTuple):
    """A cell of a table.

    Attributes:
        html: What is in it.
        look: Its class.
    """

    html: str
    look: str = ""


def text(value: str, most: int = _MAX_SHOWN) -> str:
    """A text that is cut where it is too long."""
    return escape(value if len(value) <= most else f"{value[: most - 1]}…")


def badge(value: str, look: str = "") -> str:
    """A word that stands out."""
    return f'<span class="badge {look}">{text(value)}</span>'


def address(**query: object) -> str:
    """The address of a view of the page; what is None or empty is left out."""
    given = {key: value for key, value in query.items() if value not in {None, ""}}
    return f"?{urlencode(given, errors='replace')}" if given else "./"


def link(label: str, **query: object) -> str:
    """A link to a view of the page."""
    return f'<a href="{escape(address(**query))}">{text(label)}</a>'


def clock_face(seconds: float) -> str:
    """Seconds since the epoch as the page writes them."""
    return written_time(seconds).replace("T", " ").replace("Z", "")


def time_cell(seconds: float) -> Cell:
    """A cell with a time."""
    return Cell(text(clock_face(seconds)), "time")


def number_cell(value: float | None, form: str = ",.1f") -> Cell:
    """A cell with a number, with one decimal."""
    return Cell("" if value is None else f"{value:{form}}", "number")


def cell(value: Any, most: int = _MAX_SHOWN) -> Cell:
    """A cell with a value of JSON."""
    if value is None or value in ("", {}, []):
        return Cell("")
    if isinstance(value, dict | list):
        return Cell(text(compact(value), most), "mono")
    if isinstance(value, float):
        return Cell(text(str(value)))
    shown = str(value)
    if shown in _GOOD | _BAD:
        return Cell(badge(shown, "good" if shown in _GOOD else "bad"))
    if (shown.isupper() and shown.endswith("ING")) or shown.endswith("IN_PROGRESS"):
        return Cell(badge(shown, "warn"))
    return Cell(text(shown, most))


def table(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """A table; on a narrow screen each row is a block, in which each cell has its own head."""
    written = list(rows)
    looks = [
        "number" if written and written[0][i].look == "number" else "" for i in range(len(heads))
    ]
    yield "<table><thead><tr>"
    for head, look in zip(heads, looks, strict=True):
        yield f'<th class="{look}">{text(head)}</th>' if look else f"<th>{text(head)}</th>"
    yield "</tr></thead><tbody>"
    for row in written:
        yield "<tr>"
        for head, (html, look) in zip(heads, row, strict=True):
            yield f'<td class="{look}" data-head="{text(head)}">{html}</td>'
        yield "</tr>"
    yield "</tbody></table>"


def box_of(heads: Sequence[str], rows: Sequence[Sequence[Cell]], none: str) -> Iterator[str]:
    """A card with a table, or with a sentence where it would be empty."""
    yield '<div class="box">'
    if rows:
        yield from table(heads, rows)
    else:
        yield f'<p class="none">{text(none)}</p>'
    yield "</div>"


def definitions(members: Mapping[str, str]) -> str:
    """Names with what they mean, which is HTML."""
    return "".join(
        ["<dl>", *(f"<dt>{text(k)}</dt><dd>{v}</dd>" for k, v in members.items()), "</dl>"]
    )


def search_form(label: str, value: str, **query: object) -> str:
    """A field that searches in a view."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(str(given))}">'
        for name, given in query.items()
        if given not in {None, ""}
    )
    return (
        f'<form method="get" action="./">{hidden}<label class="wide">{text(label)}'
        f'<input type="search" name="q" value="{escape(value)}"></label>'
        "<button>Search</button></form>"
    )


def pager(*links: str) -> str:
    """Links to other parts of a list."""
    given = [one for one in links if one]
    return f'<div class="pager">{"".join(given)}</div>' if given else ""


def compact(value: object) -> str:
    """JSON on one line, without secrets and with numbers as the page shows them."""
    return json.dumps(rounded(without_payloads(value)), ensure_ascii=False)


def document(value: object) -> str:
    """JSON as a block, without secrets and with numbers as the page shows them."""
    written = json.dumps(rounded(without_payloads(value)), ensure_ascii=False, indent=2)
    return f"<pre>{text(written, _MAX_JSON)}</pre>"


def rounded(value: Any, name: str = "") -> Any:
    """JSON whose percentages have one decimal, and whose other fractions have four."""
    if isinstance(value, Mapping):
        return {key: rounded(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item, name) for item in value]
    if name.endswith(_PERCENTAGES) and isinstance(value, int | float):
        return round(float(value), 1)
    return round(value, 4) if isinstance(value, float) else value


def without_empties(value: Any) -> Any:
    """JSON without members that say nothing."""
    if isinstance(value, dict):
        kept = {key: without_empties(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in ({}, [], None)}
    return value
