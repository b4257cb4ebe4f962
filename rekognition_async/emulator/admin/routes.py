"""The emulator's own addresses, under ``/_emulator/``: health, the page, and the admin routes.

/_emulator/health     whether it serves; for whoever the emulator is for
/_emulator/           the page, for this machine alone
/_emulator/<name>     the admin routes, for this machine alone, where they were asked for
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, Protocol

from aiohttp import web

from rekognition_async._version import __version__
from rekognition_async.emulator.admin.access import check_is_local
from rekognition_async.emulator.admin.actions import ROUTES, AdminTarget
from rekognition_async.emulator.admin.forms import check_form, fields_of, submit
from rekognition_async.emulator.admin.page import rendered
from rekognition_async.emulator.admin.sources import Kept, PageSource
from rekognition_async.emulator.admin.style import CONTENT_SECURITY_POLICY
from rekognition_async.emulator.admin.views import View
from rekognition_async.emulator.http.listener import Connection
from rekognition_async.emulator.protocol.messages import (
    FrameworkError,
    HttpResponse,
    SerializationError,
    parse,
)

logger: Final = logging.getLogger("rekognition_async.emulator")

PREFIX: Final = "/_emulator"

_READING: Final = ("GET", "HEAD")


class ControlTarget(AdminTarget, PageSource, Protocol):
    """What all of them need of an emulator."""


@dataclass(frozen=True)
class Routes:
    """Answers requests for the emulator's own addresses.

    Attributes:
        emulator: What they are about.
        kept: What it keeps.
        admin: Whether the admin routes were asked for.
    """

    emulator: ControlTarget
    kept: Kept
    admin: bool
    _token: str = field(default_factory=secrets.token_urlsafe, init=False, repr=False)

    @staticmethod
    def has(path: str) -> bool:
        """Whether an address is one of the emulator's own."""
        return path == PREFIX or path.startswith(f"{PREFIX}/")

    async def answer(self, request: web.BaseRequest, connection: Connection) -> web.StreamResponse:
        """Answers a request."""
        try:
            answer = await self._answer(request, connection)
        except FrameworkError as error:
            answer = error.answer("")
        except Exception:
            logger.exception("%s %s failed inside the emulator", request.method, request.path)
            failed = "The emulator failed; its log says how"
            answer = FrameworkError("InternalFailure", failed, status=500).answer("")
        headers = {
            "Content-Type": answer.content_type,
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
            **answer.headers,
        }
        return web.Response(status=answer.status, body=answer.body, headers=headers)

    async def _answer(self, request: web.BaseRequest, connection: Connection) -> HttpResponse:
        name = request.path.removeprefix(PREFIX).removeprefix("/")
        if name == "health":
            _check_method(request, _READING)
            return _json({"status": "ok", "version": __version__, "service": "rekognition"})
        check_is_local(request)
        if not name:
            return await self._page(request, connection)
        route = ROUTES.get(name)
        if route is None:
            raise FrameworkError("NotFoundException", f"There is no {PREFIX}/{name}", status=404)
        self._check_admin()
        _check_method(request, (*route, "HEAD") if "GET" in route else tuple(route))
        action = route["GET" if request.method == "HEAD" else request.method]
        body = await connection.body_of(request)
        try:
            return _json(action(self.emulator, parse(body)))
        except SerializationError as error:
            raise FrameworkError("ValidationException", error.message) from None
        except ValueError as error:
            raise FrameworkError("ValidationException", str(error)) from None

    def _check_admin(self) -> None:
        if not self.admin:
            raise FrameworkError(
                "AccessDeniedException",
                "The admin routes are off; --admin or admin=True turns them on",
                status=403,
            )

    async def _page(self, request: web.BaseRequest, connection: Connection) -> HttpResponse:
        _check_method(request, (*_READING, "POST") if self.admin else _READING)
        if not request.path.endswith("/"):
            status = HTTPStatus.PERMANENT_REDIRECT
            return HttpResponse(status, b"", "text/plain", {"Location": f"{PREFIX}/"})
        message = ""
        if request.method == "POST":
            message = await self._submit(request, connection)
            if not message:
                # The next view is asked for anew, so that reloading it does nothing again.
                location = {"Location": f"{PREFIX}/?view=controls"}
                return HttpResponse(HTTPStatus.SEE_OTHER, b"", "text/plain", location)
        view = View(
            self.emulator,
            self.kept,
            dict(request.query),
            is_admin=self.admin,
            token=self._token,
            message=message,
        )
        text = await rendered(view)
        headers = {
            "Content-Security-Policy": CONTENT_SECURITY_POLICY,
            # With "no-referrer" browsers would not say which site a form comes from.
            "Referrer-Policy": "same-origin",
            "X-Frame-Options": "DENY",
        }
        return HttpResponse(
            400 if message else 200,
            text.encode(errors="replace"),
            "text/html; charset=utf-8",
            headers,
        )

    async def _submit(self, request: web.BaseRequest, connection: Connection) -> str:
        """Does what a form asks for; returns what is wrong with it."""
        try:
            fields = fields_of(await connection.body_of(request))
        except ValueError:
            raise FrameworkError("ValidationException", "The body is no form") from None
        check_form(request, fields, self._token)
        try:
            submit(self.emulator, fields)
        except ValueError as error:
            return str(error)
        return ""


def _json(document: object) -> HttpResponse:
    answer = HttpResponse.of(document)
    return HttpResponse(answer.status, answer.body, "application/json")


def _check_method(request: web.BaseRequest, methods: tuple[str, ...]) -> None:
    if request.method not in methods:
        raise FrameworkError(
            "MethodNotAllowedException",
            f"The methods of {request.path} are {', '.join(sorted(methods))}",
            status=405,
            headers={"Allow": ", ".join(sorted(methods))},
        )
