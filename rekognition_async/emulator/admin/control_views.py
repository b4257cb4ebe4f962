"""Faults, the clock and the settings in force, with buttons where the admin routes are on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Final

from rekognition_async.emulator.admin.markup import (
    box_of,
    cell,
    clock_face,
    compact,
    definitions,
    text,
)
from rekognition_async.emulator.admin.views import View
from rekognition_async.emulator.protocol.messages import service_model
from rekognition_async.emulator.rules.fault_documents import document_of
from rekognition_async.emulator.utils.clock import Movable

_STEPS: Final = {"+ 1 minute": 60, "+ 1 hour": 3600, "+ 1 day": 86_400}
_FAULTS: Final = ("throttle", "error", "http", "reset", "disconnect", "truncate", "hang", "delay")
_PLAIN: Final = ("operation", "fault", "calls", "probability", "region_name")


async def controls(view: View) -> str:
    """What is in force, and how to change it."""
    return "".join([*_clock(view), *_faults(view), *_settings(view)])


def _clock(view: View) -> Iterator[str]:
    clock = view.emulator.clock
    now = clock_face(clock.time())
    yield f"<h2>Clock</h2><div class='box'><p class='said'>{text(now)} UTC</p>"
    if view.is_admin and isinstance(clock, Movable):
        buttons = "".join(
            f'<button name="seconds" value="{seconds}">{text(label)}</button>'
            for label, seconds in _STEPS.items()
        )
        yield _form(view, "advance", buttons)
        field = '<label>Seconds<input name="seconds" inputmode="decimal" required></label>'
        yield _form(view, "advance", f"{field}<button>Advance</button>")
        at = escape(now[:19])
        field = f'<label>Time in UTC<input name="time" value="{at}" required></label>'
        yield _form(view, "set", f"{field}<button>Set</button>")
    elif view.is_admin:
        yield '<p class="none">The clock that the emulator was given cannot be moved here.</p>'
    yield "</div>"


def _faults(view: View) -> Iterator[str]:
    yield "<h2>Faults in force</h2>"
    rules = [document_of(rule) for rule in view.emulator.faults.rules]
    yield from box_of(
        [*(name.replace("_", " ") for name in _PLAIN), "what exactly"],
        [
            [cell(rule.get(name)) for name in _PLAIN]
            + [cell({key: rule[key] for key in rule if key not in _PLAIN})]
            for rule in rules
        ],
        "None: nothing fails that AWS would not refuse.",
    )
    if view.is_admin:
        operations = ["*", *sorted(service_model().operation_names)]
        fields = (
            f"<label>Operation{_select('operation', operations)}</label>"
            f"<label>Fault{_select('fault', _FAULTS)}</label>"
            '<label>Code, status or seconds<input name="value" placeholder="none"></label>'
            '<label>Calls or share<input name="when" placeholder="all; 1,3-5; 0.2"></label>'
            "<button>Add</button>"
        )
        yield f"<div class='box'>{_form(view, 'add_fault', fields)}"
        if rules:
            yield _form(view, "clear_faults", "<button>Clear all faults</button>")
        yield "</div>"


def _settings(view: View) -> Iterator[str]:
    quotas = view.emulator.quotas
    settings = {
        "quotas": "none" if quotas is None else f"{_json(quotas)}, in transactions a second",
        "latency": f"{_json(view.emulator.latency)}, in seconds",
        "admin routes": "on" if view.is_admin else "off; --admin or admin=True turns them on",
        "thumbnails": "kept" if view.kept.thumbnails.is_on else "not kept",
    }
    yield "<h2>Settings</h2><div class='box'>"
    yield definitions({name: text(value, 1000) for name, value in settings.items()})
    yield "</div>"


def _json(value: object) -> str:
    return json.dumps(value) if isinstance(value, str) else compact(value)


def _form(view: View, action: str, fields: str) -> str:
    return (
        f'<form method="post" action="?view=controls">'
        f'<input type="hidden" name="token" value="{escape(view.token)}">'
        f'<input type="hidden" name="action" value="{action}">{fields}</form>'
    )


def _select(name: str, choices: tuple[str, ...] | list[str]) -> str:
    options = "".join(f"<option>{text(choice)}</option>" for choice in choices)
    return f'<select name="{name}">{options}</select>'
