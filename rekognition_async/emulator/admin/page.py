"""The page ``/_emulator/``: what the emulator keeps, and what it was asked last.

It is plain HTML, and shows whatever kinds of records there are: their columns are the members of
their documents.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final, Protocol

from rekognition_async._version import __version__
from rekognition_async.emulator.admin.actions import without_payloads
from rekognition_async.emulator.http.recorded_requests import (
    RecordedRequest,
    RecordedRequests,
    written_time,
)
from rekognition_async.emulator.protocol.caller import Caller
from rekognition_async.emulator.rules.fault_documents import document_of
from rekognition_async.emulator.rules.faults import FaultPlan
from rekognition_async.emulator.rules.quotas import Quotas
from rekognition_async.emulator.state.store import Entry, Store
from rekognition_async.emulator.utils.clock import Clock
from rekognition_async.emulator.utils.json_types import JsonObject

MAX_RECORDS: Final = 50
MAX_REQUESTS: Final = 50

_MAX_COLUMNS: Final = 6
_MAX_SHOWN: Final = 160
_MAX_TITLE: Final = 2000
_PROGRESS: Final = "_progress"
# Names on these shelves are what a client sent as a secret of its own.
_NAMELESS: Final = "token"

_STYLE: Final = """
:root {
  color-scheme: light dark;
  --paper: #f6f7f9; --card: #fff; --ink: #1b2330; --soft: #5d6878; --line: #dfe4ea;
  --accent: #3557c7; --good: #18794e; --bad: #b42318; --warn: #8a5a00;
  --good-paper: #e3f5ec; --bad-paper: #fdeceb; --warn-paper: #fdf3dc;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12161d; --card: #1a2029; --ink: #e4e9f0; --soft: #98a4b5; --line: #2c3542;
    --accent: #8fa8ff; --good: #6fd3a4; --bad: #ff9a90; --warn: #f0c36a;
    --good-paper: #173327; --bad-paper: #3d1f1d; --warn-paper: #3a2f16;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
}
main, header { max-width: 76rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 2rem; }
h1 { font-size: 1.5rem; margin: 0; letter-spacing: -0.01em; }
h2 { font-size: 1.1rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: .95rem; margin: 1.5rem 0 .5rem; color: var(--soft); font-weight: 600; }
header p, .note { color: var(--soft); margin: .25rem 0 0; }
code, td, .figure b { font-variant-numeric: tabular-nums; }
code, .mono { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: .86em; }
.figures { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.5rem; }
.figure { background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: .7rem 1.1rem; min-width: 8rem; }
.figure b { display: block; font-size: 1.4rem; font-weight: 650; }
.figure span { color: var(--soft); font-size: .85rem; }
details, .box { background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  margin-bottom: .75rem; overflow: hidden; }
summary { cursor: pointer; padding: .65rem 1rem; font-weight: 600; }
summary .count { color: var(--soft); font-weight: 400; margin-left: .4rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .45rem 1rem; border-top: 1px solid var(--line);
  vertical-align: baseline; }
.box > .scroll > table > thead th { border-top: 0; }
th { color: var(--soft); font-weight: 600; font-size: .78rem; white-space: nowrap; }
td { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; max-width: 22rem; }
td.mono { max-width: 26rem; }
td.soft { color: var(--soft); }
tbody tr:hover { background: color-mix(in srgb, var(--accent) 6%, transparent); }
.none { color: var(--soft); padding: .8rem 1rem; margin: 0; }
.badge { display: inline-block; border-radius: 1rem; padding: 0 .6rem; font-size: .82rem;
  font-weight: 600; background: var(--line); white-space: nowrap; }
.good { color: var(--good); background: var(--good-paper); }
.bad { color: var(--bad); background: var(--bad-paper); }
.warn { color: var(--warn); background: var(--warn-paper); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.5rem; margin: 0;
  padding: .8rem 1rem; }
dt { color: var(--soft); } dd { margin: 0; }
footer { color: var(--soft); font-size: .85rem; padding: 2rem 0 3rem; }
"""

_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

CONTENT_SECURITY_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""Nothing but the page's own style, so that what clients sent can do nothing in a browser."""

_GOOD: Final = frozenset({"SUCCEEDED", "ACTIVE", "RUNNING", "CREATED", "COMPLETED"})
_BAD: Final = frozenset({"FAILED", "EXPIRED", "TRAINING_FAILED", "CREATE_FAILED", "UPDATE_FAILED"})


class PageSource(Protocol):
    """What the page needs of an emulator."""

    faults: FaultPlan
    requests: RecordedRequests

    @property
    def url(self) -> str:
        """Where it listens."""
        ...

    @property
    def clock(self) -> Clock:
        """The time it runs by."""
        ...

    @property
    def quotas(self) -> Quotas:
        """The quotas in force."""
        ...

    @property
    def latency(self) -> Mapping[str, float]:
        """Seconds before each answer."""
        ...


def rendered(emulator: PageSource, store: Store, *, is_admin: bool) -> str:
    """The page as it is now.

    Args:
        emulator: What it is about.
        store: Its state.
        is_admin: Whether the admin routes are on, which the page says.
    """
    return "".join(_page(emulator, store, is_admin=is_admin))


def _page(emulator: PageSource, store: Store, *, is_admin: bool) -> Iterator[str]:
    counts = store.counts()
    now = emulator.clock.time()
    failed = sum((request.status or 0) >= 400 for request in emulator.requests)  # noqa: PLR2004 - HTTP's
    yield '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield "<title>Rekognition emulator</title>"
    # Without an icon of its own, a browser asks for one, and that is a request of no operation.
    yield f'<link rel="icon" href="data:,"><style>{_STYLE}</style></head><body>'
    yield "<header><h1>Rekognition emulator</h1>"
    yield f"<p><code>{escape(emulator.url)}</code> · {_text(_clock_face(now))} UTC by its clock</p>"
    figures = {
        "records kept": sum(count for *_, count in counts),
        "requests remembered": len(emulator.requests),
        "of them refused": failed,
        "fault rules": len(emulator.faults.rules),
    }
    yield '<div class="figures">'
    for name, number in figures.items():
        yield f'<div class="figure"><b>{number:,}</b><span>{name}</span></div>'
    yield "</div></header><main>"
    yield from _state(store, counts)
    yield from _requests(emulator.requests)
    yield from _behaviour(emulator, is_admin=is_admin)
    yield f"<footer>rekognition-async {_text(__version__)} · reload for what is new</footer>"
    yield "</main></body></html>\n"


def _state(store: Store, counts: Sequence[tuple[Caller, str, str, int]]) -> Iterator[str]:
    yield "<h2>State</h2>"
    if not counts:
        yield '<div class="box"><p class="none">Nothing is kept yet.</p></div>'
    for caller in dict.fromkeys(caller for caller, *_ in counts):
        yield f"<h3>account {_text(caller.account_id)} · {_text(caller.region_name)}</h3>"
        kinds: Counter[str] = Counter()
        belonging: dict[str, Counter[str]] = {}
        for owner, kind, parent, count in counts:
            if owner == caller:
                kinds[kind] += count
                if parent:
                    belonging.setdefault(parent, Counter())[kind] += count
        for kind, count in kinds.items():
            yield from _kind(store.latest(caller, kind, MAX_RECORDS), kind, count, belonging)


def _kind(
    entries: Sequence[Entry], kind: str, count: int, belonging: Mapping[str, Counter[str]]
) -> Iterator[str]:
    title = _text(kind.replace("_", " ").capitalize())
    shown = f", the latest {len(entries)} of them here" if count > len(entries) else ""
    yield f'<details open><summary>{title}<span class="count">{count:,}{shown}</span></summary>'
    is_nameless = _NAMELESS in kind
    documents = [_visible(entry.record.document) for entry in entries]
    columns = _columns(documents)
    heads = ["name"]
    if any(entry.parent for entry in entries):
        heads.append("belongs to")
    if any(entry.record.name in belonging for entry in entries):
        heads.append("holds")
    is_cut = any(key not in columns for document in documents for key in document)
    rows = []
    for entry, document in zip(entries, documents, strict=True):
        held = belonging.get(entry.record.name, Counter())
        cells = {
            "name": _cell("***" if is_nameless else entry.record.name),
            "belongs to": _cell(entry.parent),
            "holds": _cell(", ".join(_counted(of, number) for of, number in held.items())),
        }
        rest = {key: value for key, value in document.items() if key not in columns}
        rows.append(
            [cells[head] for head in heads]
            + [_cell(document.get(column)) for column in columns]
            + [_time(entry.record.created_at)]
            + ([_cell(rest or None)] if is_cut else [])
        )
    yield _table([*heads, *columns, "created", *(["more"] if is_cut else [])], rows)
    yield "</details>"


def _counted(kind: str, number: int) -> str:
    return f"{number:,} {kind.replace('_', ' ')}{'' if number == 1 else 's'}"


def _visible(document: JsonObject) -> JsonObject:
    visible = {key: value for key, value in document.items() if not key.startswith("_")}
    progress = document.get(_PROGRESS)
    if isinstance(progress, dict) and isinstance(progress.get("due"), int | float):
        visible["under way until"] = _clock_face(progress["due"])
    shown: JsonObject = without_payloads(visible)
    return shown


def _columns(documents: Iterable[JsonObject]) -> Sequence[str]:
    """The members that have a column of their own: plain ones that most of the records have."""
    seen = Counter(
        key
        for document in documents
        for key, value in document.items()
        if not isinstance(value, dict | list)
    )
    return [key for key, _ in seen.most_common(_MAX_COLUMNS)]


def _requests(requests: RecordedRequests) -> Iterator[str]:
    latest = list(reversed(requests[-MAX_REQUESTS:]))
    yield "<h2>Requests</h2><div class='box'>"
    if latest:
        heads = ["time", "operation", "outcome", "fault", "region", "took", "connection"]
        yield _table(heads, (_request(request) for request in latest))
    else:
        yield '<p class="none">Nobody has asked for anything yet.</p>'
    yield "</div>"


def _request(request: RecordedRequest) -> Sequence[str]:
    outcome = request.outcome
    took = outcome["duration_ms"]
    return [
        _time(request.time),
        _cell(outcome["operation"]),
        f"<td>{_outcome(request)}</td>",
        _cell(request.fault),
        _cell(request.region_name),
        _cell(None if took is None else f"{took:,.1f} ms"),
        _cell(request.connection_id),
    ]


def _outcome(request: RecordedRequest) -> str:
    if request.status is None:
        return _badge("no answer", "warn")
    is_good = request.status < 400  # noqa: PLR2004 - HTTP's
    badge = _badge(str(request.status), "good" if is_good else "bad")
    return f"{badge} {_text(request.error_code or '')}"


def _behaviour(emulator: PageSource, *, is_admin: bool) -> Iterator[str]:
    yield "<h2>Faults in force</h2><div class='box'>"
    rules = [document_of(rule) for rule in emulator.faults.rules]
    if rules:
        plain = ("operation", "fault", "calls", "probability", "region_name")
        yield _table(
            [*(name.replace("_", " ") for name in plain), "what exactly"],
            (
                [_cell(rule.get(name)) for name in plain]
                + [_cell({key: rule[key] for key in rule if key not in plain} or None)]
                for rule in rules
            ),
        )
    else:
        yield '<p class="none">None: nothing fails that AWS would not refuse.</p>'
    yield "</div><h2>Settings</h2><div class='box'><dl>"
    quotas = emulator.quotas
    settings = {
        "quotas": "none" if quotas is None else f"{_json(quotas)}, in transactions a second",
        "latency": f"{_json(emulator.latency)}, in seconds",
        "admin routes": "on" if is_admin else "off",
    }
    for name, value in settings.items():
        yield f"<dt>{name}</dt><dd>{_text(value)}</dd>"
    yield "</dl></div>"


def _table(heads: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{_text(name)}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(cells)}</tr>" for cells in rows)
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "<td></td>"
    if isinstance(value, dict | list):
        return _titled(_json(value), "mono")
    if isinstance(value, str) and value in _GOOD | _BAD:
        return f"<td>{_badge(value, 'good' if value in _GOOD else 'bad')}</td>"
    if isinstance(value, str) and value.endswith(("_IN_PROGRESS", "IN_PROGRESS", "ING")):
        return f"<td>{_badge(value, 'warn')}</td>"
    return _titled(str(value), "plain")


def _titled(text: str, look: str) -> str:
    """A cell that is cut to its width, with more of its text where the mouse rests on it."""
    return f'<td class="{look}" title="{_text(text, _MAX_TITLE)}">{_text(text)}</td>'


def _time(seconds: float) -> str:
    return f'<td class="soft">{_text(_clock_face(seconds))}</td>'


def _clock_face(seconds: float) -> str:
    return written_time(seconds).replace("T", " ").replace("Z", "")


def _badge(text: str, look: str) -> str:
    return f'<span class="badge {look}">{_text(text)}</span>'


def _json(value: object) -> str:
    return json.dumps(dict(value) if isinstance(value, Mapping) else value, ensure_ascii=False)


def _text(text: str, most: int = _MAX_SHOWN) -> str:
    return escape(text if len(text) <= most else f"{text[: most - 1]}…")
