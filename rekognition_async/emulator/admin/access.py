"""Access control: requests from this machine, and from no other web site in its browser.

`check_is_local` is called for every request where the emulator is for this machine alone, and
before the page or an admin route in any case.
"""

from __future__ import annotations

from aiohttp import web

from rekognition_async.emulator.protocol.messages import FrameworkError
from rekognition_async.loopback import is_loopback


def check_is_local(request: web.BaseRequest) -> None:
    """Refuses what does not come from this machine, or from another web site in its browser.

    A site whose name an attacker points at the loopback (DNS rebinding) sends its own name as
    Host; a page of any other site sends its Origin.

    Raises:
        FrameworkError: AccessDeniedException, 403.
    """
    peer = request.transport.get_extra_info("peername") if request.transport is not None else None
    if not peer or not is_loopback(str(peer[0]).partition("%")[0]):
        raise _access_denied("this address can only be reached from the emulator's machine")
    host = request.headers.get("Host", "")
    if not is_loopback(_without_port(host)):
        raise _access_denied("Host must be localhost or a loopback address")
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"{request.scheme}://{host}":
        raise _access_denied("Origin must be the emulator's own")
    if request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        raise _access_denied("other web sites may not ask for this")


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _access_denied(reason: str) -> FrameworkError:
    return FrameworkError("AccessDeniedException", reason, status=403)
