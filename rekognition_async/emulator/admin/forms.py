"""The forms of the page: what their buttons do, which is what the admin routes do."""

from __future__ import annotations

import hmac
import math
from collections.abc import Mapping
from urllib.parse import parse_qsl

from aiohttp import web

from rekognition_async.emulator.admin.actions import ROUTES, AdminTarget
from rekognition_async.emulator.protocol.messages import FrameworkError


def check_form(request: web.BaseRequest, fields: Mapping[str, str], token: str) -> None:
    """Refuses a form that is not this page's own.

    Browsers tell where a form comes from, and a form has the token of its page besides.

    Raises:
        FrameworkError: AccessDeniedException, 403.
    """
    # check_is_local has held a given Origin against the emulator's own.
    if request.headers.get("Origin") is None:
        raise FrameworkError("AccessDeniedException", "Origin must be there", status=403)
    if not hmac.compare_digest(fields.get("token", "").encode(), token.encode()):
        raise FrameworkError("AccessDeniedException", "The form is not this page's", status=403)


def fields_of(body: bytes) -> dict[str, str]:
    """The fields of a form.

    Raises:
        ValueError: It is none.
    """
    return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20))


def submit(emulator: AdminTarget, fields: Mapping[str, str]) -> None:
    """Does what a form asks for.

    Raises:
        ValueError: What was filled in is not valid; the message says how.
    """
    action = fields.get("action")
    if action == "advance":
        ROUTES["clock"]["POST"](emulator, {"advance": _seconds(fields.get("seconds", ""))})
    elif action == "set":
        ROUTES["clock"]["POST"](emulator, {"set": fields.get("time", "")})
    elif action == "add_fault":
        ROUTES["faults"]["POST"](emulator, {"faults": [_rule(fields)]})
    elif action == "clear_faults":
        ROUTES["faults"]["DELETE"](emulator, {})
    else:
        raise ValueError(f"there is no action {action!r}")


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise ValueError(f"seconds must be a number, got {value!r}")
    return seconds


def _rule(fields: Mapping[str, str]) -> str:
    """A fault rule as the command line takes it."""
    fault, value = fields.get("fault", ""), fields.get("value", "").strip()
    when = fields.get("when", "").strip()
    parts = [fields.get("operation", ""), f"{fault}={value}" if value else fault, when]
    return ":".join(part for part in parts if part)
