"""Connections: opening and closing an aiobotocore client, one of our own or a borrowed one.

`owned` makes one from settings, `borrowed` over a caller's client; the client calls
``Connection.transport()`` for each call. What botocore reads from disk is read once a process,
and role credentials that refresh themselves are shared by the clients of an event loop, so that a
service that opens many clients pays, and asks the metadata service, once.
"""

from __future__ import annotations

import asyncio
import copy
import functools
import os
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary, WeakSet

import botocore.handlers
from aiobotocore.client import AioBaseClient
from aiobotocore.config import AioConfig
from aiobotocore.credentials import AioCredentials, AioRefreshableCredentials
from aiobotocore.httpsession import AIOHTTPSession
from aiobotocore.session import AioSession
from botocore.exceptions import BotoCoreError, NoRegionError

from rekognition_async._botocore.data_loader import (
    SERVICE,
    cached_loader,
    has_read_models,
    read_models,
)
from rekognition_async._botocore.events import EventHandlers, logger
from rekognition_async._botocore.http_session import HttpSession
from rekognition_async._botocore.parsers import CachingParserFactory
from rekognition_async._botocore.signing import SIGNATURE_VERSION
from rekognition_async._botocore.transport import Transport
from rekognition_async._botocore.user_agent import CachedUserAgent
from rekognition_async._version import __version__
from rekognition_async.config import (
    DEFAULT_CONNECT_TIMEOUT,
    DEFAULT_MAX_POOL_CONNECTIONS,
    DEFAULT_READ_TIMEOUT,
    ConnectionSettings,
)
from rekognition_async.errors import ClientClosedError, ConfigurationError
from rekognition_async.loopback import is_loopback

_T = TypeVar("_T")


class Connection:
    """What all views of a client share: one aiobotocore client, from opening to closing."""

    def __init__(
        self,
        enter: Callable[[], AbstractAsyncContextManager[Transport]],
        *,
        opened: Transport | None = None,
    ) -> None:
        """Takes how to open, and what is open already."""
        self._enter = enter
        self._entered: AbstractAsyncContextManager[Transport] | None = None
        self._transport = opened
        self._loop: asyncio.AbstractEventLoop | None = None
        self._was_open = opened is not None
        self._changing = asyncio.Lock()
        self._tasks: WeakSet[asyncio.Task[Any]] = WeakSet()

    async def open(self) -> bool:
        """Opens; returns whether it was closed before."""
        async with self._changing:
            if self._transport is not None:
                return False
            entered = self._enter()
            self._transport = await entered.__aenter__()
            self._entered = entered
            self._loop = asyncio.get_running_loop()
            self._was_open = True
            return True

    async def aclose(self) -> None:
        """Closes what was opened here, and ends what runs in the background."""
        async with self._changing:
            entered, self._entered = self._entered, None
            self._transport = None
            tasks = [task for task in self._tasks if not task.done()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if entered is not None:
                await entered.__aexit__(None, None, None)

    def transport(self) -> Transport:
        """What to call through.

        Raises:
            ClientClosedError: The client is not open, or was opened in another event loop.
        """
        if self._transport is None:
            raise ClientClosedError(
                "the client is closed" if self._was_open else "the client was never opened"
            )
        if self._loop is not None and asyncio.get_running_loop() is not self._loop:
            raise ClientClosedError("the client was opened in another event loop")
        return self._transport

    def spawn(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        """Starts a task that does not outlive the connection."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        return task


def owned(settings: ConnectionSettings) -> Connection:
    """A connection of our own, made from settings each time it opens."""
    return Connection(functools.partial(_OwnedTransport, settings))


def borrowed(client: AioBaseClient) -> Connection:
    """A connection over a client that somebody else opened and will close.

    Raises:
        ValueError: It is a client of another service.
    """
    service = client.meta.service_model.service_name
    if service != SERVICE:
        raise ValueError(f"client must be one of the service {SERVICE!r}, got {service!r}")
    # One set of handlers a client, however often it is borrowed.
    handlers = EventHandlers.of(client) or EventHandlers(client, owned=False)
    transport = Transport(client, handlers)
    return Connection(lambda: nullcontext(transport), opened=transport)


class _OwnedTransport(AbstractAsyncContextManager[Transport]):
    def __init__(self, settings: ConnectionSettings) -> None:
        self._settings = settings

    async def __aenter__(self) -> Transport:
        try:
            self._creator = await _client_creator(self._settings)
            client = await self._creator.__aenter__()
        except NoRegionError as error:
            raise ConfigurationError(
                "no region: pass region_name, set AWS_REGION or AWS_DEFAULT_REGION, or put one "
                "into the profile"
            ) from error
        except (BotoCoreError, ValueError) as error:
            raise ConfigurationError(str(error)) from error
        self._transport = Transport(client, EventHandlers(client, owned=True))
        return self._transport

    async def __aexit__(self, *_: object) -> None:
        self._transport.close()
        await self._creator.__aexit__(None, None, None)


async def _client_creator(
    settings: ConnectionSettings,
) -> AbstractAsyncContextManager[AioBaseClient]:
    session = _loop_cache().session(settings)
    loader = session.get_component("data_loader")
    if not has_read_models(loader):
        await asyncio.to_thread(read_models, loader)
    return session.create_client(
        SERVICE,
        region_name=region_of(session, settings),
        endpoint_url=settings.endpoint_url,
        aws_access_key_id=settings.aws_access_key_id,
        aws_secret_access_key=settings.aws_secret_access_key,
        aws_session_token=settings.aws_session_token,
        # Without TLS there is nothing to verify, and no bundle to be read.
        verify=False if _is_direct(settings) and _scheme(settings) == "http" else None,
        config=_merged_config(settings, session.get_default_client_config()),
    )


def _is_direct(settings: ConnectionSettings) -> bool:
    """Whether all that is needed was given, for an endpoint on this machine.

    Such a client, of an emulator for instance, is the same on all machines: no proxy, profile or
    bundle of certificates that a developer has for the rest of the world comes between.
    """
    return (
        settings.region_name is not None
        and settings.aws_access_key_id is not None
        and settings.profile_name is None
        and settings.session is None
        and settings.endpoint_url is not None
        and is_loopback(urlsplit(settings.endpoint_url).hostname or "")
    )


def _scheme(settings: ConnectionSettings) -> str:
    return urlsplit(settings.endpoint_url or "").scheme


async def available_regions(region_name: str | None, profile_name: str | None) -> list[str]:
    """The regions that have Rekognition, as botocore knows them.

    Args:
        region_name: A region of the partition that is meant; None is the configured one, or the
            partition ``aws`` where none is configured.
        profile_name: The profile that configures the region.

    Raises:
        ConfigurationError: There is no such profile.
    """
    settings = ConnectionSettings(region_name=region_name, profile_name=profile_name)
    session = _OwnSession(settings)
    try:
        region = region_of(session, settings)
        partition = session.get_partition_for_region(region) if region else "aws"
        return await session.get_available_regions(SERVICE, partition)
    except BotoCoreError as error:
        raise ConfigurationError(str(error)) from error


def region_of(session: AioSession, settings: ConnectionSettings) -> str | None:
    """The region as boto resolves it, with AWS_REGION where boto's own variable is not set."""
    configured = settings.config.region_name if settings.config is not None else None
    return (
        settings.region_name
        or configured
        or session.get_config_variable("region", methods=("instance", "env"))
        or os.environ.get("AWS_REGION")
        or session.get_config_variable("region")
    )


_DEFAULTS: Final = AioConfig(
    connect_timeout=DEFAULT_CONNECT_TIMEOUT,
    read_timeout=DEFAULT_READ_TIMEOUT,
    max_pool_connections=DEFAULT_MAX_POOL_CONNECTIONS,
)
_ARGUMENTS: Final = ("connect_timeout", "read_timeout", "max_pool_connections")


def _merged_config(settings: ConnectionSettings, default: AioConfig | None) -> AioConfig:
    """The caller's AioConfig under our own settings.

    An argument of the client counts before ``config``, which counts before our defaults; the
    retries are ours alone.
    """
    config = settings.config
    if default is not None:
        config = default if config is None else default.merge(config)
    if config is not None and config.retries:
        logger.warning("AioConfig.retries is not used: pass retry=RetryPolicy(...) instead")
    merged = _DEFAULTS if config is None else _DEFAULTS.merge(config)
    # Not of `merged`: the lowest aiobotocore forgets it in a merge.
    http_session_cls = (config or _DEFAULTS).http_session_cls
    ours = AioConfig(
        **{
            name: getattr(merged, name) if value == getattr(_DEFAULTS, name) else value
            for name in _ARGUMENTS
            for value in [getattr(settings, name)]
        },
        # Requests are validated before they come here, with more rules than botocore has.
        parameter_validation=False,
        retries={"mode": "legacy", "total_max_attempts": 1},
        http_session_cls=HttpSession if http_session_cls is AIOHTTPSession else http_session_cls,
        **({"proxies": merged.proxies or {}} if _is_direct(settings) else {}),
        signature_version=merged.signature_version or SIGNATURE_VERSION,
        user_agent_extra=" ".join(
            filter(None, [merged.user_agent_extra, f"rekognition-async/{__version__}"])
        ),
    )
    if config is None:
        return ours
    whole = config.merge(ours)
    whole.http_session_cls = ours.http_session_cls
    return whole


class _OwnSession(AioSession):
    """A session that nobody else sees: what it changes meets no other client.

    Made over a session of the user's, it has that one's configuration, hooks and credentials.
    """

    def __init__(self, settings: ConnectionSettings) -> None:
        self._user_session = user_session = settings.session
        self._is_direct = _is_direct(settings)
        self._refreshable: AioRefreshableCredentials | None = None
        super().__init__(
            profile=settings.profile_name if user_session is None else user_session.profile,
        )
        self.register_component("user_agent_creator", CachedUserAgent.from_environment())
        if user_session is not None:
            self.register_component("config_store", user_session.get_component("config_store"))
            self.register_component(
                "event_emitter", copy.copy(user_session.get_component("event_emitter"))
            )
            config = user_session.get_default_client_config()
            if config is not None:
                self.set_default_client_config(config)
        self.register_component("response_parser_factory", CachingParserFactory())
        EventHandlers.hook_into_session(self.get_component("event_emitter"))
        self.register_component("data_loader", cached_loader(self.get_config_variable("data_path")))

    def get_scoped_config(self) -> dict[str, Any]:
        return {} if self._is_direct else super().get_scoped_config()

    async def get_credentials(self) -> AioCredentials | AioRefreshableCredentials | None:
        # Clients that open side by side must not ask the metadata service once each.
        async with _loop_cache().resolving:
            if self._user_session is not None:
                return await self._user_session.get_credentials()
            if self._refreshable is not None:
                return self._refreshable
            # Only credentials that refresh themselves are kept: others may be replaced where they
            # came from, in a file or a variable, and cost little to read again.
            credentials: AioCredentials | AioRefreshableCredentials | None
            credentials = await self.get_component("credential_provider").load_credentials()
            if isinstance(credentials, AioRefreshableCredentials):
                self._refreshable = credentials
            return credentials


class _LoopCache:
    """What the clients of one event loop share: sessions, and the asking for credentials."""

    def __init__(self) -> None:
        self.resolving = asyncio.Lock()
        self._sessions: dict[object, tuple[object, _OwnSession]] = {}

    def session(self, settings: ConnectionSettings) -> _OwnSession:
        """The session for these settings: made once, and anew where its origins have changed."""
        if settings.session is not None:
            return _OwnSession(settings)
        kind = settings.profile_name, _is_direct(settings)
        key, session = self._sessions.get(kind, (None, None))
        if session is None or key != _cache_key(session):
            session = _OwnSession(settings)
            self._sessions[kind] = _cache_key(session), session
        return session


def _cache_key(session: AioSession) -> object:
    """What a session was made from: variables, files, and the hooks that botocore gives to all."""
    variables = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("AWS_", "BOTO")) or name in {"HOME", "USERPROFILE"}
    }
    files = [
        _version_of(session.get_config_variable(name))
        for name in ("config_file", "credentials_file")
    ]
    return variables, files, (*botocore.handlers.BUILTIN_HANDLERS,)


def _version_of(path: str) -> tuple[int, ...] | None:
    try:
        status = Path(path).expanduser().stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


_loop_caches: WeakKeyDictionary[asyncio.AbstractEventLoop, _LoopCache] = WeakKeyDictionary()


def _loop_cache() -> _LoopCache:
    return _loop_caches.setdefault(asyncio.get_running_loop(), _LoopCache())
