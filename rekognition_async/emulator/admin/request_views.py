"""The requests that arrived: by pages, and each with its answer, its pictures and candidates."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import islice
from typing import Final

from rekognition_async.emulator.admin.drawing import DrawnBox, are_alike, boxes_in, drawing
from rekognition_async.emulator.admin.explanations import (
    MAX_COMPARED,
    NEAREST,
    Call,
    Candidate,
    candidates,
)
from rekognition_async.emulator.admin.markup import (
    Cell,
    badge,
    box_of,
    cell,
    clock_face,
    definitions,
    document,
    link,
    number_cell,
    pager,
    search_form,
    table,
    text,
    time_cell,
)
from rekognition_async.emulator.admin.views import View
from rekognition_async.emulator.http.recorded_requests import RecordedRequest
from rekognition_async.emulator.vision.images import Picture

PAGE_SIZE: Final = 50
_NO_NAME: Final = "no operation"


async def requests(view: View) -> str:
    """A page of the requests, newest first."""
    return "".join(_requests(view))


def _requests(view: View) -> Iterator[str]:
    searched, before, after = view.text("q"), view.number("before"), view.number("after")
    kept = view.emulator.requests
    yield f'<h2>Requests</h2><p class="note">{len(kept):,} are remembered</p>'
    yield search_form("Operation, error, fault, id, or what was sent", searched, view="requests")
    newest_first = (one for one in reversed(kept) if not searched or one.mentions(searched))
    if after is not None:
        oldest_first = (one for one in kept if not searched or one.mentions(searched))
        page = [*islice((one for one in oldest_first if one.number > after), PAGE_SIZE)][::-1]
        has_older = True
    else:
        older = (one for one in newest_first if before is None or one.number < before)
        page = [*islice(older, PAGE_SIZE + 1)]
        has_older = len(page) > PAGE_SIZE
        page = page[:PAGE_SIZE]
    has_newer = bool(page) and bool(kept) and page[0].number < kept[-1].number
    yield from requests_box(
        page,
        pager(
            link("Newest", view="requests", q=searched) if has_newer else "",
            link("Newer", view="requests", q=searched, after=page[0].number) if has_newer else "",
            link("Older", view="requests", q=searched, before=page[-1].number)
            if has_older and page
            else "",
        ),
        none="No request has this." if searched else "Nobody has asked for anything yet.",
    )


def requests_box(
    requests: Sequence[RecordedRequest],
    below: str = "",
    *,
    none: str = "Nobody has asked for anything yet.",
) -> Iterator[str]:
    """A card with a table of requests."""
    yield '<div class="box">'
    if requests:
        heads = ["time", "operation", "outcome", "fault", "region", "took", "connection"]
        yield from table(heads, [_row(request) for request in requests])
    else:
        yield f'<p class="none">{text(none)}</p>'
    yield f"{below}</div>"


def _row(request: RecordedRequest) -> Sequence[Cell]:
    return [
        time_cell(request.time),
        Cell(link(_title(request), view="request", number=request.number), "operation"),
        Cell(_outcome(request)),
        cell(request.fault),
        cell(request.region_name),
        Cell(_took(request), "number"),
        Cell(str(request.connection_id), "number"),
    ]


def _title(request: RecordedRequest) -> str:
    operation: str = request.outcome["operation"]
    return operation or _NO_NAME


def _took(request: RecordedRequest) -> str:
    return "" if request.duration is None else f"{request.duration * 1000:,.1f} ms"


def _outcome(request: RecordedRequest) -> str:
    if request.status is None:
        return badge("no answer", "warn")
    is_good = request.status < 400  # noqa: PLR2004 - HTTP's
    shown = badge(str(request.status), "good" if is_good else "bad")
    return f"{shown} {text(request.error_code)}" if request.error_code else shown


async def request_detail(view: View) -> str:
    """A request, what was answered, and why."""
    request = view.emulator.requests.find(view.number("number") or 0)
    if request is None:
        return '<h2>Request</h2><div class="box"><p class="none">It is forgotten.</p></div>'
    call = Call(request, view.kept.observations.find(request.number), view.kept)
    return "".join([piece async for piece in _detail(call)])


async def _detail(call: Call) -> AsyncIterator[str]:
    request, observation = call.request, call.observation
    yield f"<h2>{text(_title(request))}</h2>"
    facts = {
        "outcome": _outcome(request),
        "message": text(str(call.answer.get("Message") or call.answer.get("message") or ""), 1000),
        "fault": text(request.fault or ""),
        "answer": "declared by the user" if observation.is_declared else "",
        "time": text(clock_face(request.time)),
        "took": _took(request),
        "account": text(request.account_id or ""),
        "region": text(request.region_name or ""),
        "request id": f"<code>{text(request.request_id)}</code>" if request.request_id else "",
        "connection": str(request.connection_id),
    }
    yield '<div class="box">'
    yield definitions({name: fact for name, fact in facts.items() if fact})
    yield "</div>"
    if observation.pictures:
        yield "<h2>Pictures</h2><div class='pictures'>"
        for member, picture in observation.pictures.items():
            yield "".join([piece async for piece in _picture(call, member, picture)])
        yield "</div>"
    if call.search is not None:
        for piece in _nearest(call, await candidates(call)):
            yield piece
    yield "<h2>Parameters</h2><div class='box'>"
    parameters = request.parameters
    yield document(parameters) if parameters is not None else _nothing("None are kept.")
    yield "</div><h2>Answer</h2><div class='box'>"
    yield document(call.answer) if observation.body else _nothing("None is kept.")
    yield "</div>"


def _nothing(sentence: str) -> str:
    return f'<p class="none">{sentence}</p>'


async def _picture(call: Call, member: str, picture: Picture) -> AsyncIterator[str]:
    chosen = call.chosen_box() if call.search and call.search.member == member else None
    boxes = [
        DrawnBox(
            face.identity.person or "nobody declared",
            face.box,
            "searched" if are_alike(face.box, chosen) else "",
            are_alike(face.box, chosen),
        )
        for face in call.observation.faces_of(member)
    ] or boxes_in(call.answer, member)
    yield "<div class='box picture'>"
    thumbnails = call.kept.thumbnails
    thumbnail = await thumbnails.find(picture.digest)
    if thumbnail is not None or boxes:
        for piece in drawing(thumbnail, boxes):
            yield piece
    heads = ["", "who or what", "note"]
    rows = [
        [Cell(str(number)), cell(drawn.label), cell(drawn.note)]
        for number, drawn in enumerate(boxes, 1)
    ]
    if rows:
        for piece in table(heads, rows):
            yield piece
    size = f"{picture.width} x {picture.height} pixels" if picture.width else ""
    missing = "" if thumbnail is not None else "no thumbnail is kept"
    facts = {
        "parameter": text(member),
        "object": text(picture.name or ""),
        "SHA-256": f"<code>{text(picture.digest[:16])}…</code>",
        "size": size,
        "bytes": missing,
        "faces": "" if boxes else "none that are known",
    }
    yield definitions({name: fact for name, fact in facts.items() if fact})
    yield "</div>"


def _nearest(call: Call, found: Sequence[Candidate]) -> Iterator[str]:
    search = call.search
    yield "<h2>Who came near</h2>"
    if search is not None:
        given = "given" if search.threshold in call.parameters else "by default"
        yield f'<p class="note">{search.threshold} {call.threshold:.1f}, {given}'
        if search.most and search.most in call.parameters:
            yield f" · {search.most} {text(str(call.parameters[search.most]))}"
        yield f" · the nearest {NEAREST} of the latest {MAX_COMPARED:,} faces, as they are now</p>"
    rows = [
        [
            cell(one.who or "nobody declared"),
            number_cell(one.similarity),
            Cell(badge(one.verdict.short, one.verdict.look)),
            cell(one.verdict.sentence),
            cell(one.user_id),
            Cell(text(one.face_id), "mono"),
        ]
        for one in found
    ]
    heads = ["who", "similarity", "result", "why", "user", "face"]
    yield from box_of(heads, rows, "There is nobody to compare with.")
