"""What is declared: who is on which picture, and what operations answer."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from rekognition_async.emulator.admin.drawing import DrawnBox, drawing
from rekognition_async.emulator.admin.markup import (
    Cell,
    box_of,
    cell,
    definitions,
    link,
    pager,
    search_form,
    text,
)
from rekognition_async.emulator.admin.views import View
from rekognition_async.emulator.rules.answers import AnswerRule
from rekognition_async.emulator.vision.people import DeclaredPicture

_PICTURES_A_PAGE: Final = 12
_RULES_A_PAGE: Final = 50


async def declared(view: View) -> str:
    """Pages of the declared pictures and answers."""
    people = [piece async for piece in _people(view)]
    return "".join([*people, *_answers(view)])


async def _people(view: View) -> AsyncIterator[str]:
    searched, skipped = view.text("q"), view.number("people") or 0
    kept = view.emulator.people.declared
    yield f'<h2>Declared people</h2><p class="note">{len(kept):,} pictures</p>'
    yield search_form("A person, an operation, or an object in S3", searched, view="declared")
    found = (one for one in reversed(kept) if _has(one, searched))
    page = [*islice(found, skipped, skipped + _PICTURES_A_PAGE + 1)]
    if page:
        yield "<div class='pictures'>"
        for one in page[:_PICTURES_A_PAGE]:
            yield "".join([piece async for piece in _picture(view, one)])
        yield "</div>"
    else:
        none = "No declared picture has this." if searched else "Nobody is declared to be anywhere."
        yield f'<div class="box"><p class="none">{none}</p></div>'
    links = _links(view, "people", skipped, _PICTURES_A_PAGE, is_last=len(page) <= _PICTURES_A_PAGE)
    if links:
        yield f"<div class='box'>{links}</div>"


async def _picture(view: View, one: DeclaredPicture) -> AsyncIterator[str]:
    picture = one.picture
    faces = view.emulator.people.faces_on(picture) or []
    boxes = [
        DrawnBox(face.identity.person or "", face.detail["BoundingBox"])
        for face in faces
        if face.identity.person in one.value
    ]
    thumbnail = await view.kept.thumbnails.find(picture.digest)
    yield "<div class='box picture'>"
    for piece in drawing(thumbnail, boxes):
        yield piece
    people = ", ".join(
        f"{number} {link(drawn.label, view='who', q=drawn.label)}"
        for number, drawn in enumerate(boxes, 1)
    )
    facts = {
        "people": people or "nobody",
        "object": text(picture.name or ""),
        "SHA-256": f"<code>{text(picture.digest[:16])}…</code>",
        "size": f"{picture.width} x {picture.height} pixels" if picture.width else "",
        "seen": "" if thumbnail is not None else "no request came with these bytes lately",
    }
    yield definitions({name: fact for name, fact in facts.items() if fact})
    yield "</div>"


def _answers(view: View) -> Iterator[str]:
    searched, skipped = view.text("q"), view.number("answers") or 0
    rules = [*enumerate(view.emulator.answers.rules, 1)]
    yield f'<h2>Declared answers</h2><p class="note">{len(rules):,} rules, in their order</p>'
    found = (pair for pair in rules if _mentions(pair[1], searched))
    page = [*islice(found, skipped, skipped + _RULES_A_PAGE + 1)]
    rows = [_rule(number, rule) for number, rule in page[:_RULES_A_PAGE]]
    none = "No declared answer has this." if searched else "No answer is declared."
    yield from box_of(["", "operation", "applies to", "answer"], rows, none)
    links = _links(view, "answers", skipped, _RULES_A_PAGE, is_last=len(page) <= _RULES_A_PAGE)
    if links:
        yield f"<div class='box'>{links}</div>"


def _rule(number: int, rule: AnswerRule) -> Sequence[Cell]:
    about = [rule.name or "", _image(rule), "what a function says" if rule.when else ""]
    return [
        Cell(str(number)),
        cell(rule.operation),
        cell(", ".join(filter(None, about)) or "every call"),
        cell("what a function gives" if callable(rule.answer) else dict(rule.answer), 300),
    ]


def _image(rule: AnswerRule) -> str:
    if rule.image is None:
        return ""
    return "an image" if isinstance(rule.image, bytes) else os.fspath(rule.image)


def _has(one: DeclaredPicture, searched: str) -> bool:
    wanted = searched.casefold()
    names = (*one.value, one.picture.name or "", one.picture.digest)
    return any(wanted in name.casefold() for name in names)


def _mentions(rule: AnswerRule, searched: str) -> bool:
    wanted = searched.casefold()
    return any(wanted in part.casefold() for part in (rule.operation, rule.name or ""))


def _links(view: View, list_name: str, skipped: int, size: int, *, is_last: bool) -> str:
    query: Mapping[str, object] = {
        name: view.text(name) for name in ("view", "q", "people", "answers")
    }
    return pager(
        link("Before", **{**query, list_name: max(skipped - size, 0)}) if skipped else "",
        "" if is_last else link("After", **{**query, list_name: skipped + size}),
    )
