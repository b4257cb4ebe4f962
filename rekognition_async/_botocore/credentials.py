"""The credentials that clients sign with: resolved once a session, and anew where that may help.

botocore's providers do the work. What they raise, of whatever kind, comes out of here as one
`CredentialsError` that names the settings the credentials come from; `failures` makes of it what
a caller sees.
"""

from __future__ import annotations

import asyncio
import getpass
import logging
import os
import sys
from abc import ABC, abstractmethod
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

from aiobotocore.credentials import (
    AioAssumeRoleProvider,
    AioCredentialResolver,
    AioCredentials,
    AioProcessProvider,
    AioRefreshableCredentials,
)
from aiobotocore.session import AioSession
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import NoCredentialsError

from rekognition_async._botocore.exception_chains import detach
from rekognition_async.errors import ConfigurationError

ResolvedCredentials: TypeAlias = AioCredentials | AioRefreshableCredentials

REFUSED_CREDENTIALS_CODES: Final = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
    }
)
"""Codes with which AWS refuses credentials that others may have to take the place of."""

_PROFILE_SETTINGS: Final = (
    "role_arn",
    "web_identity_token_file",
    "credential_source",
    "mfa_serial",
    "credential_process",
    "sso_session",
    "sso_start_url",
    "login_session",
    "aws_access_key_id",
)
_VARIABLES: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
)


_told_by_us: ContextVar[bool] = ContextVar("rekognition_async_credentials", default=False)


class _WithoutTracebacks(logging.Filter):
    """Keeps aiobotocore from logging the whole of what we raise, or get over, ourselves.

    It would show pages of it where no logging is configured, and whatever STS has answered.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if not _told_by_us.get() or not record.exc_info:
            return True
        if record.args == ("mandatory",):
            return False
        error = record.exc_info[0]
        record.msg = f"{record.msg} ({error.__name__ if error is not None else 'no error'})"
        record.exc_info = None
        return True


for _name in ("aiobotocore.credentials", "aiobotocore.tokens"):
    logging.getLogger(_name).addFilter(_WithoutTracebacks())


class CredentialsError(Exception):
    """A source of credentials failed; the cause is what botocore raised.

    Attributes:
        source: The settings that the credentials come from, for a sentence.
        repeatable: Whether nobody has repeated it yet, who knows whether that may help.
    """

    def __init__(self, source: str, *, repeatable: bool) -> None:
        super().__init__(source)
        self.source = source
        self.repeatable = repeatable


class CredentialSource(ABC):
    """Where clients get their credentials from.

    Attributes:
        generation: Changes whenever credentials were given up.
        last_used: What was signed with last.
    """

    _repeatable = False

    def __init__(self, session: AioSession | None) -> None:
        """Takes the session whose configuration names the credentials."""
        self._session = session
        self._lock = asyncio.Lock()
        self._look_ups = 0
        self._found: ResolvedCredentials | None = None
        self._cause: BaseException | None = None
        self._renewal_helped = False
        self.generation = 0
        self.last_used: ReadOnlyCredentials | None = None

    async def resolve(self) -> ResolvedCredentials | None:
        """The credentials; None where no provider has any.

        Raises:
            CredentialsError: A provider that should have them failed.
        """
        look_ups = self._look_ups
        async with self._lock:
            # Clients that open side by side must not ask the metadata service once each, nor
            # wait one after the other for one that does not answer.
            if look_ups == self._look_ups:
                self._found, self._cause = None, None
                try:
                    with self.translated():
                        self._found = await self._load()
                except CredentialsError as error:
                    self._cause = error.__cause__
                self._look_ups += 1
            if self._cause is not None:
                raise self._failure() from self._cause
            return self._found

    async def renew(self, generation: int) -> bool:
        """Gives up credentials that the service refused, and gets others.

        Args:
            generation: The `generation` at the time that the refused request was signed.

        Returns:
            Whether there are others by now.

        Raises:
            CredentialsError: A provider that should have them failed.
        """
        async with self._lock:
            # Of the calls that were refused side by side, the first has seen to it.
            if generation == self.generation:
                self._renewal_helped = False
                refused = self.last_used
                self.give_up()
                with self.translated():
                    self.last_used = await self._load_anew()
                self._renewal_helped = self.last_used not in {None, refused}
            return self._renewal_helped

    def give_up(self) -> None:
        """Has the credentials resolved anew where they are needed next."""
        self.generation += 1

    @contextmanager
    def translated(self) -> Generator[None]:
        """Raises what its block raises, of whatever kind, as a CredentialsError."""
        token, handled = _told_by_us.set(True), sys.exception()
        try:
            yield
        except CredentialsError:
            raise
        except Exception as error:
            detach(error, handled)
            raise self._failure() from error
        finally:
            _told_by_us.reset(token)

    def _failure(self) -> CredentialsError:
        return CredentialsError(self.description(), repeatable=self._repeatable)

    def description(self) -> str:
        """The settings that the credentials come from, for a sentence."""
        return "the client's own source" if self._session is None else _settings_of(self._session)

    @abstractmethod
    async def _load(self) -> ResolvedCredentials | None:
        """Asks where the credentials come from."""

    async def _load_anew(self) -> ReadOnlyCredentials | None:
        credentials = await self._load()
        return None if credentials is None else await credentials.get_frozen_credentials()


class ProvidedCredentials(CredentialSource):
    """The credentials of a session of our own, from botocore's chain of providers."""

    _repeatable = True

    def __init__(
        self, session: AioSession, create_resolver: Callable[[], AioCredentialResolver]
    ) -> None:
        """Takes how to make the chain, whose providers keep what a role gave them."""
        super().__init__(session)
        self._create_resolver = create_resolver
        self._resolver: AioCredentialResolver | None = None
        self._kept: AioRefreshableCredentials | None = None

    def give_up(self) -> None:
        """Has the credentials resolved anew where they are needed next."""
        super().give_up()
        self._kept = self._resolver = None

    async def _load(self) -> ResolvedCredentials | None:
        if self._kept is not None:
            return self._kept
        if self._resolver is None:
            self._resolver = _adjusted(self._create_resolver())
        credentials = await self._resolver.load_credentials()
        # Only credentials that refresh themselves are kept: others may be replaced where they
        # came from, in a file or a variable, and cost little to read again.
        if isinstance(credentials, AioRefreshableCredentials):
            self._kept = credentials
        return credentials


class LentCredentials(CredentialSource):
    """The credentials that a session or a client of the user's has, which keeps them itself."""

    def __init__(
        self,
        session: AioSession | None,
        ask: Callable[[], Awaitable[ResolvedCredentials | None]],
        lock: asyncio.Lock | None = None,
    ) -> None:
        """Takes how to ask for them, and a lock that all who ask the same session share."""
        super().__init__(session)
        self._ask = ask
        if lock is not None:
            self._lock = lock

    async def _load(self) -> ResolvedCredentials | None:
        return await self._ask()

    async def _load_anew(self) -> ReadOnlyCredentials | None:
        credentials = await self._ask()
        if isinstance(credentials, AioRefreshableCredentials):
            # As they do it themselves where their time is over; botocore has no public way.
            async with credentials._refresh_lock:
                await credentials._protected_refresh(is_mandatory=True)
        return None if credentials is None else await credentials.get_frozen_credentials()


class ClientCredentials(AioCredentials):
    """What one client signs with, wherever it comes from."""

    def __init__(
        self,
        source: CredentialSource,
        resolved: ResolvedCredentials | None,
        on_failure: Callable[[CredentialsError, int], Awaitable[None]],
    ) -> None:
        """Takes what was resolved when the client opened.

        Args:
            source: Where to look again.
            resolved: The credentials; None where there were none.
            on_failure: Told of a failure and the number of the attempt; returns where there is
                to be another one, and else raises what the caller sees.
        """
        super().__init__("", "", method=getattr(resolved, "method", None))
        self._source = source
        self._resolved = resolved
        self._generation = source.generation
        self._on_failure = on_failure

    async def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """The keys for one signature, refreshed where their time is over.

        Raises:
            RekognitionError: There are none.
        """
        attempt = 1
        while True:
            try:
                return await self._frozen()
            except CredentialsError as error:
                try:
                    await self._on_failure(error, attempt)
                except ConfigurationError:
                    # What is mended meanwhile is seen by the next call.
                    self._source.give_up()
                    raise
            attempt += 1

    async def _frozen(self) -> ReadOnlyCredentials:
        source = self._source
        if self._resolved is None or self._generation != source.generation:
            generation = source.generation
            resolved = await source.resolve()
            # Together, for other calls look meanwhile.
            self._generation, self._resolved = generation, resolved
        resolved = self._resolved
        if type(resolved) is AioCredentials:
            # Nobody has to be asked for them, so nothing can fail.
            frozen = ReadOnlyCredentials(resolved.access_key, resolved.secret_key, resolved.token)
        else:
            with source.translated():
                if resolved is None:
                    raise NoCredentialsError
                frozen = await resolved.get_frozen_credentials()
        if frozen != source.last_used:
            check_keys(frozen, source.description)
        source.last_used = frozen
        return frozen


def check_keys(keys: ReadOnlyCredentials, origin: Callable[[], str]) -> None:
    """Refuses keys that no header can hold, such as one that was read with the end of its line.

    Args:
        keys: The keys.
        origin: Says where they come from.

    Raises:
        ConfigurationError: One of them has a control character.
    """
    for name, value in (
        ("aws_access_key_id", keys.access_key),
        ("aws_secret_access_key", keys.secret_key),
        ("aws_session_token", keys.token),
    ):
        if value and not value.isprintable():
            raise ConfigurationError(
                f"{name} of {origin()} has a line break or another control character in it"
            )


def _settings_of(session: AioSession) -> str:
    """Which settings say where credentials come from: a profile's, and variables."""
    profiles: dict[str, dict[str, Any]] = session.full_config.get("profiles", {})
    name = session.profile or "default"
    found: list[str] = []
    seen: set[str] = set()
    while name in profiles and name not in seen:
        seen.add(name)
        settings = [setting for setting in _PROFILE_SETTINGS if setting in profiles[name]]
        if settings:
            found.append(f"{', '.join(settings)} of profile {name!r}")
        name = profiles[name].get("source_profile", name)
    found += [variable for variable in _VARIABLES if variable in os.environ]
    config = Path(session.get_config_variable("config_file")).expanduser()
    if seen:
        found.append(f"in {config}")
    return ", ".join(found) or f"the environment, {config} or a metadata service"


def _adjusted(resolver: AioCredentialResolver) -> AioCredentialResolver:
    """Makes a chain's helper programs end with those who wait for them, and MFA need a terminal."""
    for provider in resolver.providers:
        _adjust(provider)
        if isinstance(provider, AioAssumeRoleProvider):
            provider._prompter = _ask_for_mfa_code
            builder = provider._profile_provider_builder
            provider._profile_provider_builder = _AdjustingBuilder(builder)
    return resolver


def _adjust(provider: object) -> None:
    if isinstance(provider, AioProcessProvider):
        provider._popen = _start_process


class _ProviderBuilder(Protocol):
    def providers(self, **options: Any) -> Sequence[object]: ...


class _AdjustingBuilder:
    """Makes the providers of a role's source profile."""

    def __init__(self, builder: _ProviderBuilder) -> None:
        self._builder = builder

    def providers(self, **options: Any) -> Sequence[object]:
        providers = self._builder.providers(**options)
        for provider in providers:
            _adjust(provider)
        return providers


def _ask_for_mfa_code(prompt: str) -> str:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
    except OSError:
        if sys.stdin is None or not sys.stdin.isatty():
            raise EOFError("there is no terminal to ask for the MFA code on") from None
    return getpass.getpass(prompt)


async def _start_process(*command: str, **streams: Any) -> _HelperProcess:
    return _HelperProcess(await asyncio.create_subprocess_exec(*command, **streams))


class _HelperProcess:
    """A running ``credential_process``, which does not outlive the wait for its output."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @property
    def returncode(self) -> int | None:
        """How it ended."""
        return self._process.returncode

    async def communicate(self) -> tuple[bytes, bytes]:
        """What it writes until it ends."""
        try:
            return await self._process.communicate()
        finally:
            # Closing kills what still runs; asyncio offers no other way to let go of the pipes.
            self._process._transport.close()  # type: ignore[attr-defined]
            await self._process.wait()
