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
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    nullcontext,
    suppress,
)
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar, cast
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary, WeakSet

import botocore.handlers
from aiobotocore.client import AioBaseClient
from aiobotocore.config import AioConfig
from aiobotocore.httpsession import AIOHTTPSession
from aiobotocore.session import AioSession
from botocore.credentials import ReadOnlyCredentials

from rekognition_async._botocore import redaction
from rekognition_async._botocore.credentials import (
    ClientCredentials,
    CredentialsError,
    CredentialSource,
    LentCredentials,
    ProvidedCredentials,
    ResolvedCredentials,
    check_keys,
)
from rekognition_async._botocore.data_loader import (
    SERVICE,
    cached_loader,
    has_read_models,
    read_models,
)
from rekognition_async._botocore.diagnosis import bad_endpoint, bad_region
from rekognition_async._botocore.emitter import Emitter
from rekognition_async._botocore.endpoint_rules import keep_endpoint
from rekognition_async._botocore.events import EventHandlers, logger, repeat_or_raise
from rekognition_async._botocore.exception_chains import detach
from rekognition_async._botocore.failures import error_from_opening, failure_from_credentials
from rekognition_async._botocore.http_session import HttpSession
from rekognition_async._botocore.parsers import Parsers
from rekognition_async._botocore.serializer import use_serializer
from rekognition_async._botocore.signing import SIGNATURE_VERSION
from rekognition_async._botocore.transport import Transport
from rekognition_async._botocore.user_agent import CachedUserAgent
from rekognition_async._version import __version__
from rekognition_async.config import (
    DEFAULT_CONNECT_TIMEOUT,
    DEFAULT_MAX_POOL_CONNECTIONS,
    DEFAULT_READ_TIMEOUT,
    ConnectionSettings,
    RetryPolicy,
)
from rekognition_async.errors import ClientClosedError, ConfigurationError, RekognitionError
from rekognition_async.loopback import is_loopback

_T = TypeVar("_T")


class Connection:
    """What all views of a client share: one aiobotocore client, from opening to closing."""

    def __init__(
        self,
        enter: Callable[[], AbstractAsyncContextManager[Transport]],
        *,
        opened: Transport | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Takes how to open, what is open already, and the event loop that it belongs to."""
        redaction.install()
        self._enter = enter
        self._entered: AbstractAsyncContextManager[Transport] | None = None
        self._transport = opened
        self._loop = loop
        self._is_borrowed = self._was_open = opened is not None
        self._changing = asyncio.Lock()
        self._tasks: WeakSet[asyncio.Task[Any]] = WeakSet()
        self._in_use: dict[asyncio.Timeout, asyncio.Task[Any] | None] = {}

    async def open(self) -> bool:
        """Opens; returns whether it was closed before.

        Raises:
            ClientClosedError: It is open in another event loop, which still runs.
        """
        await self._enter_loop()
        async with self._changing:
            if self._transport is not None:
                return False
            entered = self._enter()
            self._transport = await entered.__aenter__()
            self._entered = entered
            self._was_open = True
            return True

    async def _enter_loop(self) -> None:
        """Makes the running event loop the one that this belongs to, where it belongs to none."""
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return
        if self._is_borrowed and self._loop is not None:
            raise _other_loop(self._loop, is_borrowed=True)
        if self._transport is not None and self._loop is not None and not self._loop.is_closed():
            raise _other_loop(self._loop)
        left_open, self._entered = self._entered, None
        self._loop = loop
        self._changing = asyncio.Lock()
        self._tasks = WeakSet()
        self._in_use = {}
        if left_open is not None:
            self._transport = None
            # Its connections ended with their loop, and can only be marked as closed.
            with suppress(RuntimeError):
                await left_open.__aexit__(None, None, None)

    async def aclose(self) -> None:
        """Closes what was opened here, and ends what is under way or runs in the background.

        Raises:
            ClientClosedError: It is open in another event loop, which still runs.
        """
        await self._enter_loop()
        async with self._changing:
            entered, self._entered = self._entered, None
            self._transport = None
            # A hook may close the client from within a call, which has to end after the closing.
            own = {scope for scope, task in self._in_use.items() if task is asyncio.current_task()}
            _expire(self._in_use.keys() - own)
            tasks = [task for task in self._tasks if not task.done()]
            for task in tasks:
                task.cancel()
            try:
                await asyncio.gather(*tasks, return_exceptions=True)
            finally:
                if entered is not None:
                    await entered.__aexit__(None, None, None)
            if own:
                _expire(own)
                await asyncio.sleep(0)

    def transport(self) -> Transport:
        """What to call through.

        Raises:
            ClientClosedError: The client is not open, or was opened in another event loop.
        """
        if self._transport is None:
            raise ClientClosedError(
                "the client is closed" if self._was_open else "the client was never opened"
            )
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise _other_loop(self._loop, is_borrowed=self._is_borrowed)
        return self._transport

    @asynccontextmanager
    async def in_use(self, operation: str) -> AsyncGenerator[Transport]:
        """What to call through, in a block that ends at once where the client is closed.

        Nobody but who cancels a task makes it end as cancelled: aiohttp cancels what waits for a
        connection when its connections are closed.

        Args:
            operation: What the block does.

        Raises:
            ClientClosedError: The client is not open, or was closed meanwhile.
        """
        transport = self.transport()
        task = asyncio.current_task()
        cancelled_before = _cancellations(task)
        try:
            async with asyncio.timeout(None) as scope:
                self._in_use[scope] = task
                try:
                    yield transport
                finally:
                    self._in_use.pop(scope, None)
        except (asyncio.CancelledError, TimeoutError, RekognitionError) as error:
            if (
                self._transport is transport
                or isinstance(error, ClientClosedError)
                or _cancellations(task) > cancelled_before
            ):
                raise
            closed = ClientClosedError(f"the client was closed during {operation}")
            raise closed from (error if isinstance(error, RekognitionError) else None)

    def spawn(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        """Starts a task that does not outlive the connection."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        return task


def _expire(scopes: Iterable[asyncio.Timeout]) -> None:
    for scope in scopes:
        if not scope.expired():
            scope.reschedule(asyncio.get_running_loop().time())


def _cancellations(task: asyncio.Task[Any] | None) -> int:
    return task.cancelling() if task is not None else 0


def _other_loop(loop: asyncio.AbstractEventLoop, *, is_borrowed: bool = False) -> ClientClosedError:
    state = "that has ended" if loop.is_closed() else "that still runs"
    if is_borrowed:
        return ClientClosedError(
            f"the wrapped client belongs to another event loop, {state}",
            hint="wrap a client that was opened in this one",
        )
    if loop.is_closed():
        return ClientClosedError(f"the client was opened in another event loop, {state}")
    return ClientClosedError(
        f"the client was opened in another event loop, {state}",
        hint="close it there, or make a client for each loop",
    )


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
    handlers = EventHandlers.of(client)
    if handlers is None:

        async def ask() -> ResolvedCredentials | None:
            # botocore has no public way to ask a client for what it signs with.
            return cast("ResolvedCredentials | None", client._request_signer._credentials)

        handlers = EventHandlers(client, owned=False, credentials=LentCredentials(None, ask))
    retries = client.meta.config.retries or {}
    default_retry = _configured_retry(retries.get("total_max_attempts"), retries.get("mode"))
    transport = Transport(client, handlers, default_retry)
    return Connection(
        lambda: nullcontext(transport),
        opened=transport,
        loop=transport.event_loop() or _running_loop(),
    )


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


class _OwnedTransport(AbstractAsyncContextManager[Transport]):
    def __init__(self, settings: ConnectionSettings) -> None:
        self._settings = settings

    async def __aenter__(self) -> Transport:
        settings, handled = self._settings, sys.exception()
        async with AsyncExitStack() as stack:
            try:
                session = _loop_cache().session(settings)
                default_retry = _default_retry(session)
                client = await stack.enter_async_context(await _client_creator(session, settings))
            except RekognitionError:
                raise
            except CredentialsError as failed:
                failure = failure_from_credentials(failed, "open", attempts=1)
                raise failure.cause from failure.cause.__cause__
            except Exception as error:
                detach(error, handled)
                raise error_from_opening(error, settings.endpoint_url) from error
            meta = client.meta
            problem = bad_endpoint(meta.endpoint_url) or bad_region(
                meta.region_name, meta.endpoint_url
            )
            if problem is not None:
                raise ConfigurationError(problem)
            credentials = None if settings.aws_access_key_id else session.credentials
            handlers = EventHandlers(client, owned=True, credentials=credentials)
            keep_endpoint(client)
            use_serializer(client)
            self._stack = stack.pop_all()
        return Transport(client, handlers, default_retry)

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()


def _default_retry(session: AioSession) -> RetryPolicy:
    try:
        max_attempts = session.get_config_variable("max_attempts")
    except ValueError as error:
        raise ConfigurationError(f"{_MAX_ATTEMPTS} must be a whole number: {error}") from error
    try:
        return _configured_retry(max_attempts, session.get_config_variable("retry_mode"))
    except ValueError as error:
        raise ConfigurationError(str(error)) from error


def _configured_retry(max_attempts: int | None, mode: str | None) -> RetryPolicy:
    """The policy of a client that was given none, as AWS's settings have it.

    Raises:
        ValueError: A setting has a value that it cannot have.
    """
    if mode is not None and mode not in _RETRY_MODES:
        raise ValueError(
            f"AWS_RETRY_MODE, or the profile's retry_mode, must be one of "
            f"{', '.join(_RETRY_MODES)}, got {mode!r}"
        )
    if max_attempts is None:
        return RetryPolicy()
    if max_attempts < 1:
        raise ValueError(
            f"{_MAX_ATTEMPTS} must be at least 1 (which is no retry), got {max_attempts}"
        )
    return RetryPolicy(max_attempts)


_MAX_ATTEMPTS: Final = "AWS_MAX_ATTEMPTS, or the profile's max_attempts,"
_RETRY_MODES: Final = ("legacy", "standard", "adaptive")


async def _client_creator(
    session: _OwnSession, settings: ConnectionSettings
) -> AbstractAsyncContextManager[AioBaseClient]:
    if settings.aws_access_key_id is not None and settings.aws_secret_access_key is not None:
        check_keys(
            ReadOnlyCredentials(
                settings.aws_access_key_id,
                settings.aws_secret_access_key,
                settings.aws_session_token,
            ),
            lambda: "the client",
        )
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
    try:
        session = _OwnSession(settings)
        region = region_of(session, settings)
        partition = session.get_partition_for_region(region) if region else "aws"
        return await session.get_available_regions(SERVICE, partition)
    except Exception as error:
        raise error_from_opening(error, None) from error


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
        http_session_cls=http_session_cls,
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
        user_session = settings.session
        self._is_direct = _is_direct(settings)
        super().__init__(
            event_hooks=Emitter(),
            profile=settings.profile_name if user_session is None else user_session.profile,
            # Those of a user's session come with its events.
            include_builtin_handlers=user_session is None,
        )
        self.register_component("user_agent_creator", CachedUserAgent.from_environment())
        self.register_component("response_parser_factory", Parsers())
        if user_session is not None:
            self.register_component("config_store", user_session.get_component("config_store"))
            self.register_component(
                "event_emitter", copy.copy(user_session.get_component("event_emitter"))
            )
            config = user_session.get_default_client_config()
            if config is not None:
                self.set_default_client_config(config)
        EventHandlers.hook_into_session(self.get_component("event_emitter"))
        self.register_component("data_loader", cached_loader(self.get_config_variable("data_path")))
        self.credentials: CredentialSource
        if user_session is None:
            self.credentials = ProvidedCredentials(self, self._create_credential_resolver)
        else:
            self.credentials = LentCredentials(
                user_session, user_session.get_credentials, _loop_cache().lock_of(user_session)
            )

    def register(self, event_name: str, *args: Any, **options: Any) -> None:
        """Registers a handler, unless it is for a service that this session makes no clients of.

        botocore has a hundred of those, and inspects each handler that it is given.
        """
        event, *service = event_name.split(".")[:2]
        # Those of docs write the documentation of botocore's own clients.
        if event != "docs" and (not service or service[0] in _SERVICES_WITH_EVENTS):
            super().register(event_name, *args, **options)

    def get_scoped_config(self) -> dict[str, Any]:
        return {} if self._is_direct else super().get_scoped_config()

    async def get_credentials(self) -> ClientCredentials:
        source = self.credentials
        return ClientCredentials(source, await source.resolve(), repeat_or_raise)

    def create_client(
        self, service_name: str, *args: Any, config: AioConfig | None = None, **options: Any
    ) -> AbstractAsyncContextManager[AioBaseClient]:
        if service_name != SERVICE:
            # STS and its like, which give credentials: the policy of the call that needs them
            # repeats what fails, and botocore's own retries would multiply with it.
            config = _ONE_ATTEMPT if config is None else config.merge(_ONE_ATTEMPT)
        config = config or AioConfig()
        if config.http_session_cls is AIOHTTPSession:
            config = config.merge(AioConfig(http_session_cls=HttpSession))
            # The lowest aiobotocore forgets it in a merge.
            config.http_session_cls = HttpSession
        return super().create_client(service_name, *args, config=config, **options)


_SERVICES_WITH_EVENTS: Final = {"*", SERVICE, "sts", "sso", "sso-oidc", "signin"}
"""Our service and those that give credentials, by their names in events."""

_ONE_ATTEMPT: Final = AioConfig(retries={"mode": "legacy", "total_max_attempts": 1})


class _LoopCache:
    """What the clients of one event loop share: sessions, and the asking for credentials."""

    def __init__(self) -> None:
        self._sessions: dict[object, tuple[_Origin, _OwnSession]] = {}
        self._locks: WeakKeyDictionary[AioSession, asyncio.Lock] = WeakKeyDictionary()

    def lock_of(self, user_session: AioSession) -> asyncio.Lock:
        """The lock under which a session of the user's is asked for its credentials."""
        return self._locks.setdefault(user_session, asyncio.Lock())

    def session(self, settings: ConnectionSettings) -> _OwnSession:
        """The session for these settings: made once, and anew where its origins have changed."""
        if settings.session is not None:
            return _OwnSession(settings)
        kind = settings.profile_name, _is_direct(settings)
        origin, session = self._sessions.get(kind, (None, None))
        if origin is None or session is None or not origin.is_current():
            session = _OwnSession(settings)
            self._sessions[kind] = _Origin.of(session), session
        return session


class _Origin(NamedTuple):
    """What a session was made from: variables, files, and the hooks that botocore gives to all."""

    variables: dict[str, str]
    handlers: tuple[object, ...]
    files: dict[Path, tuple[int, ...] | None]

    @classmethod
    def of(cls, session: AioSession) -> _Origin:
        paths = [
            Path(session.get_config_variable(name)).expanduser()
            for name in ("config_file", "credentials_file")
        ]
        return cls(
            _variables(),
            (*botocore.handlers.BUILTIN_HANDLERS,),
            {path: _version_of(path) for path in paths},
        )

    def is_current(self) -> bool:
        """Whether a session made now would be the same.

        The variables say where the files are: where those are the same, these need not be looked
        for again, which takes longer than all the rest.
        """
        return (
            self.variables == _variables()
            and self.handlers == (*botocore.handlers.BUILTIN_HANDLERS,)
            and all(_version_of(path) == version for path, version in self.files.items())
        )


def _variables() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("AWS_", "BOTO")) or name in {"HOME", "USERPROFILE"}
    }


def _version_of(path: Path) -> tuple[int, ...] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


_loop_caches: WeakKeyDictionary[asyncio.AbstractEventLoop, _LoopCache] = WeakKeyDictionary()


def _loop_cache() -> _LoopCache:
    return _loop_caches.setdefault(asyncio.get_running_loop(), _LoopCache())
