"""The page ``/_emulator/``: what the emulator keeps, what it was asked, and why it answered so.

It is plain HTML without a script, and has a view for each of these addresses:

?view=state      the records of a kind, or of all kinds, by pages, and searched
?view=record     a record
?view=requests   the requests that arrived, by pages, and searched
?view=request    a request and its answer, its pictures with boxes, and who came how near
?view=who        why somebody was not found
?view=declared   the declared people and answers
?view=controls   faults, clock and settings, with buttons where the admin routes are on
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from html import escape
from typing import Final, TypeAlias

from rekognition_async._version import __version__
from rekognition_async.emulator.admin.control_views import controls
from rekognition_async.emulator.admin.declared_views import declared
from rekognition_async.emulator.admin.markup import clock_face, link, text
from rekognition_async.emulator.admin.overview import overview
from rekognition_async.emulator.admin.request_views import request_detail, requests
from rekognition_async.emulator.admin.state_views import record_detail, state
from rekognition_async.emulator.admin.style import STYLE
from rekognition_async.emulator.admin.views import View
from rekognition_async.emulator.admin.who_view import who

Render: TypeAlias = Callable[[View], Awaitable[str]]

_VIEWS: Final[Mapping[str, Render]] = {
    "": overview,
    "state": state,
    "record": record_detail,
    "requests": requests,
    "request": request_detail,
    "who": who,
    "declared": declared,
    "controls": controls,
}
_TABS: Final = {
    "": "Overview",
    "state": "State",
    "requests": "Requests",
    "who": "Why not found?",
    "declared": "Declared",
    "controls": "Faults and clock",
}
_TAB_OF: Final = {"record": "state", "request": "requests"}


async def rendered(view: View) -> str:
    """A view of the page as it is now; the overview where there is no such view."""
    name = view.text("view")
    if name not in _VIEWS:
        name = ""
    content = await _VIEWS[name](view)
    return "".join([*_head(view, _TAB_OF.get(name, name)), content, *_foot()])


def _head(view: View, tab: str) -> Iterator[str]:
    emulator = view.emulator
    yield '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield "<title>Rekognition emulator</title>"
    # Without an icon of its own, a browser asks for one, and that is a request of no operation.
    yield f'<link rel="icon" href="data:,"><style>{STYLE}</style></head><body>'
    yield f"<header><h1>{link('Rekognition emulator')}</h1>"
    now = clock_face(emulator.clock.time())
    yield f"<p><code>{escape(emulator.url)}</code> · {text(now)} UTC by its clock</p><nav>"
    for name, label in _TABS.items():
        current = ' aria-current="page"' if name == tab else ""
        yield link(label, view=name).replace("<a ", f"<a{current} ", 1)
    yield "</nav>"
    if view.message:
        yield f'<p class="message bad" role="alert">{text(view.message)}</p>'
    yield "</header><main>"


def _foot() -> Iterator[str]:
    yield f"<footer>rekognition-async {text(__version__)} · reload for what is new</footer>"
    yield "</main></body></html>\n"
