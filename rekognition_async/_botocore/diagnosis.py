"""Tells of a failed attempt which setting it comes from, where another one would fail alike.

aiobotocore says of a missing file only that it is missing, and of a region that does not exist
that its host cannot be reached. What is at fault is looked for here, after the fact.
"""

from __future__ import annotations

import functools
import os
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies

from aiobotocore.client import AioBaseClient
from aiohttp import ClientError as AiohttpError
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    EndpointConnectionError,
    HTTPClientError,
    InvalidProxiesConfigError,
    SSLError,
)

from rekognition_async._botocore.data_loader import SERVICE, cached_loader
from rekognition_async.errors import HTTP_LAYER_ERRORS

_FILE_ERRORS: Final = (
    FileNotFoundError,
    IsADirectoryError,
    NotADirectoryError,
    PermissionError,
    # aiohttp has another class for what goes wrong on the wire.
    ssl.SSLError,
    InvalidProxiesConfigError,
)
_PLAIN_TEXT_REASONS: Final = frozenset({"RECORD_LAYER_FAILURE", "WRONG_VERSION_NUMBER"})
_HOST: Final = re.compile(r"[\w.:%-]+")


class HttpSettings(NamedTuple):
    """What of a client's configuration concerns its connections.

    Attributes:
        endpoint_url: Where its requests go.
        region_name: The region they are signed for.
        verify: The file of certificates to trust; a bool where none was named.
        proxy_url: The proxy that requests go through, as botocore reads its address.
        config: botocore's configuration.
    """

    endpoint_url: str | None = None
    region_name: str | None = None
    verify: str | bool | None = None
    proxy_url: str | None = None
    config: Config | None = None

    @classmethod
    def of(cls, client: AioBaseClient) -> HttpSettings:
        """The settings of a client."""
        meta = client.meta
        # botocore has no public way to ask a client for these.
        http_session = client._endpoint.http_session
        proxies = getattr(http_session, "_proxy_config", None)
        return cls(
            meta.endpoint_url,
            meta.region_name,
            verify=getattr(http_session, "_verify", None),
            proxy_url=proxies.proxy_url_for(meta.endpoint_url) if proxies is not None else None,
            config=meta.config,
        )

    @classmethod
    def of_environment(cls) -> HttpSettings:
        """The settings of clients that a source of credentials makes for itself."""
        bundle = os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE")
        return cls(verify=bundle, proxy_url=getproxies().get("https"))


def misconfiguration(raised: BaseException, settings: HttpSettings) -> str | None:
    """What to mend where a failed attempt would fail again; None where it may pass.

    Args:
        raised: What was raised in place of an answer.
        settings: The settings of the client.
    """
    if settings.endpoint_url is not None:
        problem = bad_endpoint(settings.endpoint_url)
        if problem is not None:
            return problem
    if not isinstance(raised, HTTP_LAYER_ERRORS):
        return None
    underlying = raised.kwargs.get("error")
    return (
        bad_proxy(settings)
        or _plain_text_port(raised, underlying, settings)
        or _missing_region(raised, underlying, settings)
        or _unsendable(raised, underlying, settings)
    )


def bad_endpoint(endpoint_url: str) -> str | None:
    """What is wrong with an endpoint's address; None where nothing is."""
    problem = _address_problem(endpoint_url)
    if problem is None:
        return None
    return f"endpoint_url {_without_user(endpoint_url)!r}{_named_by(endpoint_url)}: {problem}"


def bad_region(region_name: str, endpoint_url: str) -> str | None:
    """Why there cannot be a region of this name, where botocore made an endpoint of it."""
    if not _is_made_of(endpoint_url, region_name) or any(
        pattern.match(region_name) for pattern in _region_patterns()
    ):
        return None
    return no_region(region_name)


def bad_proxy(settings: HttpSettings) -> str | None:
    """What is wrong with the address of the proxy; None where nothing is, or there is none."""
    url = settings.proxy_url
    problem = None if url is None else _address_problem(url, path_allowed=False)
    if url is None or problem is None:
        return None
    setting = "proxies of AioConfig" if getattr(settings.config, "proxies", None) else "a proxy"
    named = _named_by(url) or _named_by(url.removeprefix("http://"))
    return f"{setting}{named}: {_without_user(url)!r} is no http://host:port: {problem}"


def _unsendable(raised: BotoCoreError, underlying: object, settings: HttpSettings) -> str | None:
    if type(raised) is not HTTPClientError:
        return None
    if isinstance(underlying, _FILE_ERRORS):
        bad_file = _bad_file(settings)
        if bad_file is not None:
            return bad_file
        return f"a file for TLS cannot be used: {_reason(underlying)}"
    if isinstance(underlying, ValueError | TypeError) and not isinstance(
        # An answer that cannot be read.
        underlying,
        UnicodeDecodeError,
    ):
        return f"the request cannot be sent: {_reason(underlying)}"
    return None


def _plain_text_port(
    raised: BotoCoreError, underlying: object, settings: HttpSettings
) -> str | None:
    reason = getattr(getattr(underlying, "os_error", underlying), "reason", None)
    if not isinstance(raised, SSLError) or reason not in _PLAIN_TEXT_REASONS:
        return None
    url = settings.endpoint_url or str(raised.kwargs.get("endpoint_url"))
    through = ", or the proxy before it," if settings.proxy_url else ""
    return (
        f"endpoint_url {_without_user(url)!r}{_named_by(url)}{through} does not speak TLS: "
        "is it an http:// address?"
    )


def _missing_region(
    raised: BotoCoreError, underlying: object, settings: HttpSettings
) -> str | None:
    region_name = settings.region_name
    if (
        not isinstance(raised, EndpointConnectionError)
        or not isinstance(underlying, AiohttpError)
        or not isinstance(getattr(underlying, "os_error", None), socket.gaierror)
        or region_name is None
        or region_name in known_regions()
        or not _is_made_of(settings.endpoint_url or "", region_name)
    ):
        return None
    return no_region(region_name)


def no_region(region_name: str) -> str:
    """What to say of a region that does not exist: which do, and which are near."""
    regions = known_regions()
    import difflib  # noqa: PLC0415 - rarely needed

    near = difflib.get_close_matches(region_name.lower(), regions)
    return (
        f"region_name {region_name!r}: no region of this name has Rekognition;"
        + (f" did you mean {' or '.join(near)}?" if near else "")
        + f" botocore knows of {', '.join(regions)}"
    )


def _is_made_of(endpoint_url: str, region_name: str) -> bool:
    """Whether botocore made an endpoint of a region, and nobody named another."""
    host = urlsplit(endpoint_url).hostname or ""
    return host.startswith("rekognition") and f".{region_name.lower()}." in host


@functools.cache
def known_regions() -> tuple[str, ...]:
    """The regions that have Rekognition, in all partitions, as botocore knows them."""
    found: set[str] = set()
    for partition in _partitions():
        endpoints = partition["services"].get(SERVICE, {}).get("endpoints", {})
        found.update(region for region in partition["regions"] if region in endpoints)
    return tuple(sorted(found))


@functools.cache
def _region_patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(partition["regionRegex"]) for partition in _partitions())


def _partitions() -> list[dict[str, Any]]:
    partitions: list[dict[str, Any]] = cached_loader(None).load_data("endpoints")["partitions"]
    return partitions


def _address_problem(url: str, *, path_allowed: bool = True) -> str | None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        return str(error)
    if parts.scheme not in {"http", "https"}:
        return "it has to begin with http:// or https://"
    if not host or not _HOST.fullmatch(host):
        return "it has no host"
    if port == 0:
        return "there is no port 0"
    if not path_allowed and (parts.path.strip("/") or parts.netloc.endswith(":")):
        return "it has more in it than a host and a port"
    return None


def _without_user(url: str) -> str:
    """An address without the user and the password in it."""
    start, separator, rest = url.partition("://")
    start, rest = (start + separator, rest) if separator else ("", start)
    return start + rest.rpartition("@")[2]


def _named_by(value: str) -> str:
    """The variables that have this value, in brackets."""
    names = [name for name, set_to in os.environ.items() if set_to == value]
    return f" ({', '.join(names)})" if names else ""


def _bad_file(settings: HttpSettings) -> str | None:
    """Which of the files that TLS needs cannot be read, tried one by one."""
    for setting, path, load in _tls_files(settings):
        try:
            load(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        except OSError as error:
            return f"{setting} {path!r}: {_reason(error)}"
    return None


_TlsFile = tuple[str, str, Callable[[ssl.SSLContext], object]]


def _tls_files(settings: HttpSettings) -> Iterator[_TlsFile]:
    if isinstance(settings.verify, str):
        names = [
            name
            for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
            if os.environ.get(name) == settings.verify
        ]
        yield _trusted(" and ".join(names) or "ca_bundle", settings.verify)
    config = settings.config
    yield from _certificate("client_cert of AioConfig", getattr(config, "client_cert", None))
    for_proxy: dict[str, Any] = getattr(config, "proxies_config", None) or {}
    if bundle := for_proxy.get("proxy_ca_bundle"):
        yield _trusted("proxy_ca_bundle of AioConfig", bundle)
    yield from _certificate("proxy_client_cert of AioConfig", for_proxy.get("proxy_client_cert"))


def _trusted(setting: str, path: str) -> _TlsFile:
    return setting, path, lambda context: context.load_verify_locations(path)


def _certificate(setting: str, given: str | tuple[str, str | None] | None) -> Iterator[_TlsFile]:
    if given:
        path, key = (given, None) if isinstance(given, str) else given
        shown = path if key is None else f"{path}, {key}"
        # Without a password: OpenSSL would ask for it on the terminal.
        yield setting, shown, lambda context: context.load_cert_chain(path, key, password="")


def _reason(error: object) -> str:
    if isinstance(error, ssl.SSLError):
        return f"it holds nothing that can be used ({error.reason or 'unreadable'})"
    if isinstance(error, OSError):
        return str(error.strerror)
    return f"{type(error).__name__}"
