"""Why somebody was not found: what is declared and kept of them, and what the last calls did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from rekognition_async.emulator.admin.explanations import FACE, Call, Verdict, explain
from rekognition_async.emulator.admin.markup import (
    Cell,
    badge,
    box_of,
    cell,
    link,
    number_cell,
    search_form,
    text,
    time_cell,
)
from rekognition_async.emulator.admin.records import held_of, records_table
from rekognition_async.emulator.admin.views import View
from rekognition_async.emulator.state.browsing import Place, page_of
from rekognition_async.emulator.state.store import Entry

_MAX_FACES: Final = 200
_MAX_LISTED: Final = 20
_MAX_CALLS: Final = 1000
_NAMES: Final = ("Person", "ExternalImageId", "UserId")


async def who(view: View) -> str:
    """Whatever is known of a name."""
    return "".join(_who(view))


def _who(view: View) -> Iterator[str]:
    name = view.text("q").strip()
    yield "<h2>Why was somebody not found?</h2>"
    yield search_form("A person, an ExternalImageId or a UserId", name, view="who")
    if not name:
        yield '<div class="box"><p class="none">Ask for a name.</p></div>'
        return
    faces = _faces(view, name)
    yield f"<h3>The last searches, and what became of {text(name)}</h3>"
    calls = islice(reversed(view.emulator.requests), _MAX_CALLS)
    told: list[tuple[Call, Verdict]] = []
    for request in calls:
        call = Call(request, view.kept.observations.find(request.number), view.kept)
        verdict = explain(call, name, faces)
        if verdict is not None:
            told.append((call, verdict))
        if len(told) == _MAX_LISTED:
            break
    yield from box_of(
        ["time", "call", "collection", "result", "why", "similarity"],
        [_row(call, verdict) for call, verdict in told],
        "Nobody has searched yet.",
    )
    yield f"<h3>Faces of {text(name)} that are kept</h3><div class='box'>"
    if faces:
        yield from records_table(faces[:_MAX_LISTED], held_of([]))
    else:
        yield '<p class="none">There are none, in no collection.</p>'
    yield f"</div><h3>Pictures that {text(name)} is declared to be on</h3>"
    declared = (one.picture for one in view.emulator.people.declared if name in one.value)
    rows = [
        [
            Cell(link(one.name or one.digest[:16], view="declared", q=name)),
            cell(_size(one.width, one.height)),
        ]
        for one in islice(declared, _MAX_LISTED)
    ]
    yield from box_of(["picture", "pixels"], rows, "There are none.")


def _row(call: Call, verdict: Verdict) -> Sequence[Cell]:
    request = call.request
    return [
        time_cell(request.time),
        Cell(link(request.operation, view="request", number=request.number), "operation"),
        cell(call.collection_id),
        Cell(badge(verdict.short, verdict.look)),
        cell(verdict.sentence, 400),
        number_cell(verdict.similarity),
    ]


def _faces(view: View, name: str) -> Sequence[Entry]:
    """The faces of which a name is the person, the ExternalImageId or the user; the latest."""
    found = page_of(view.kept.store, Place(kind=FACE, text=name), most=_MAX_FACES).entries
    return [
        face for face in found if name in {face.record.document.get(member) for member in _NAMES}
    ]


def _size(width: int, height: int) -> str:
    return f"{width} x {height}" if width else ""
