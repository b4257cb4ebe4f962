"""The first view: figures, what is kept of each kind, and the last requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rekognition_async.emulator.admin.markup import link, search_form, text
from rekognition_async.emulator.admin.records import held_of, records_table, title_of
from rekognition_async.emulator.admin.request_views import requests_box
from rekognition_async.emulator.admin.views import View

LATEST_RECORDS = 5
LATEST_REQUESTS = 10


async def overview(view: View) -> str:
    """What there is, in short."""
    return "".join(_overview(view))


def _overview(view: View) -> Iterator[str]:
    emulator = view.emulator
    counts = view.kept.store.counts()
    failed = sum((request.status or 0) >= 400 for request in emulator.requests)  # noqa: PLR2004 - HTTP's
    figures = {
        "records kept": sum(count for *_, count in counts),
        "requests remembered": len(emulator.requests),
        "of them refused": failed,
        "fault rules": len(emulator.faults.rules),
        "declared pictures": len(emulator.people),
        "declared answers": len(emulator.answers),
    }
    yield '<div class="figures">'
    for name, number in figures.items():
        yield f'<div class="figure"><b>{number:,}</b><span>{name}</span></div>'
    yield "</div><h2>Why was somebody not found?</h2>"
    yield search_form("A person, an ExternalImageId or a UserId", "", view="who")
    yield "<h2>State</h2>"
    yield search_form("Names and members of all that is kept", "", view="state")
    if not counts:
        yield '<div class="box"><p class="none">Nothing is kept yet.</p></div>'
    held = held_of(counts)
    for caller in dict.fromkeys(caller for caller, *_ in counts):
        yield f"<h3>account {text(caller.account_id)} · {text(caller.region_name)}</h3>"
        kinds: Counter[str] = Counter()
        for owner, kind, _, count in counts:
            if owner == caller:
                kinds[kind] += count
        for kind, count in kinds.items():
            every = link(
                "all of them",
                view="state",
                account=caller.account_id,
                region=caller.region_name,
                kind=kind,
            )
            entries = view.kept.store.latest(caller, kind, LATEST_RECORDS)
            shown = f", the latest {len(entries)} of them here" if count > len(entries) else ""
            yield f'<div class="box"><h3 class="title">{text(title_of(kind))}'
            yield f'<span class="count">{count:,}{shown}</span>{every}</h3>'
            yield from records_table(entries, held)
            yield "</div>"
    yield "<h2>Last requests</h2>"
    yield from requests_box(emulator.requests[-LATEST_REQUESTS:][::-1])
