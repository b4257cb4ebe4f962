"""The records of the state: a kind or all of them by pages, and a record."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Final

from rekognition_async.emulator.admin.drawing import DrawnBox, drawing, is_box
from rekognition_async.emulator.admin.explanations import FACE
from rekognition_async.emulator.admin.markup import (
    clock_face,
    definitions,
    document,
    link,
    pager,
    search_form,
    text,
    without_empties,
)
from rekognition_async.emulator.admin.records import held_of, name_of, records_table, title_of
from rekognition_async.emulator.admin.views import View
from rekognition_async.emulator.state.browsing import MAX_SEARCHED, Page, Place, entry_of, page_of
from rekognition_async.emulator.state.store import Entry
from rekognition_async.emulator.vision.people import image_id_of_digest
from rekognition_async.emulator.vision.thumbnails import Thumbnail

PAGE_SIZE: Final = 50


async def state(view: View) -> str:
    """A page of records."""
    return "".join(_state(view))


def _state(view: View) -> Iterator[str]:
    kind, searched = view.text("kind"), view.text("q")
    caller = view.caller()
    place = Place(caller, kind or None, view.text("parent") or None, searched)
    query = {key: view.text(key) for key in ("view", "account", "region", "kind", "parent")}
    store = view.kept.store
    page = page_of(
        store, place, before=view.number("before"), after=view.number("after"), most=PAGE_SIZE
    )
    counts = store.counts()
    total = sum(
        count
        for owner, of_kind, parent, count in counts
        if (caller is None or owner == caller)
        and place.kind in {None, of_kind}
        and place.parent in {None, parent}
    )
    yield f"<h2>{text(title_of(kind)) if kind else 'All that is kept'}</h2>"
    where = [f"{total:,} in all"]
    if place.parent:
        where.append(f"in {text(place.parent)}")
    if caller:
        where.append(f"account {text(caller.account_id)} · {text(caller.region_name)}")
    yield f'<p class="note">{", ".join(where)}</p>'
    if not kind:
        kinds = sorted({of_kind for _, of_kind, *_ in counts})
        if kinds:
            links = (link(title_of(of_kind), view="state", kind=of_kind) for of_kind in kinds)
            yield f'<p class="note">{" · ".join(links)}</p>'
    yield search_form("Names and members", searched, **query)
    yield '<div class="box">'
    if page.entries:
        yield from records_table(page.entries, held_of(counts), of_kinds=not kind)
    else:
        yield f'<p class="none">{_none(page, searched)}</p>'
    yield pager(
        link("Newest", **query, q=searched) if page.newer is not None else "",
        link("Newer", **query, q=searched, after=page.newer) if page.newer is not None else "",
        link("Older", **query, q=searched, before=page.older) if page.older is not None else "",
    )
    yield "</div>"


def _none(page: Page, searched: str) -> str:
    if page.older is not None:
        return f"None of these {MAX_SEARCHED:,} has it; older ones may."
    return "Nothing has this." if searched else "Nothing is kept here."


async def record_detail(view: View) -> str:
    """A record, and what belongs to it."""
    entry = entry_of(view.kept.store, view.number("sequence") or 0)
    if entry is None:
        return (
            '<h2>Record</h2><div class="box"><p class="none">It is not kept any longer.</p></div>'
        )
    return "".join([piece async for piece in _record(view, entry)])


async def _record(view: View, entry: Entry) -> AsyncIterator[str]:
    record, caller = entry.record, entry.caller
    yield f"<h2>{text(title_of(entry.kind))}</h2>"
    where = {"account": caller.account_id, "region": caller.region_name}
    counts = view.kept.store.counts()
    holds = [
        link(f"{count:,} {kind}", view="state", kind=kind, parent=record.name, **where)
        for owner, kind, parent, count in counts
        if owner == caller and parent == record.name
    ]
    facts = {
        "name": f"<code>{text(name_of(entry), 1000)}</code>",
        "belongs to": text(entry.parent, 1000),
        "holds": ", ".join(holds),
        "account": text(caller.account_id),
        "region": text(caller.region_name),
        "created": text(clock_face(record.created_at)),
    }
    yield '<div class="box">'
    yield definitions({name: fact for name, fact in facts.items() if fact})
    shown = {key: value for key, value in record.document.items() if not key.startswith("_")}
    yield document(without_empties(shown))
    yield "</div>"
    box = record.document.get("BoundingBox")
    if entry.kind == FACE and box is not None and is_box(box):
        thumbnail = await _picture(view, record.document.get("ImageId"))
        if thumbnail is not None:
            label = str(record.document.get("Person") or record.name)
            yield "<h2>Picture</h2><div class='pictures'><div class='box picture'>"
            yield "".join(drawing(thumbnail, [DrawnBox(label, box)]))
            yield "</div></div>"


async def _picture(view: View, image_id: object) -> Thumbnail | None:
    for digest in view.kept.thumbnails.digests():
        if image_id_of_digest(digest) == image_id:
            return await view.kept.thumbnails.find(digest)
    return None
