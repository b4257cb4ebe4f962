"""`RekognitionEmulator`: its settings, starting and stopping, and what can be changed meanwhile.

It makes the parts of all other modules and hands them to each other. Requests go from `Listener`
to `Service`.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Final, NotRequired, Self, TypedDict, TypeVar
from urllib.parse import urlsplit

from aiohttp import web

from rekognition_async.emulator.admin.access import check_is_local
from rekognition_async.emulator.admin.observations import Observations
from rekognition_async.emulator.admin.routes import Routes
from rekognition_async.emulator.admin.sources import Kept
from rekognition_async.emulator.eyes.interface import Eyes
from rekognition_async.emulator.eyes.own import own_eyes
from rekognition_async.emulator.eyes.sources import Declared, Sources
from rekognition_async.emulator.handlers import Backend
from rekognition_async.emulator.handlers.collections import FACE_MODEL_VERSION, seed
from rekognition_async.emulator.handlers.face_search import identity_of
from rekognition_async.emulator.handlers.faces import seed_faces
from rekognition_async.emulator.http.limits import Limits
from rekognition_async.emulator.http.listener import Connection, Listener
from rekognition_async.emulator.http.notifications import Notifications, Notifier, check_endpoint
from rekognition_async.emulator.http.recorded_requests import RecordedRequests
from rekognition_async.emulator.http.request_log_writer import RequestLogWriter
from rekognition_async.emulator.http.tls import Certificate
from rekognition_async.emulator.protocol.caller import Caller
from rekognition_async.emulator.protocol.messages import FrameworkError
from rekognition_async.emulator.protocol.signature import Authenticator, Credential
from rekognition_async.emulator.rules.answers import AnswerPlan, AnswerRule
from rekognition_async.emulator.rules.faults import FaultPlan, FaultRule
from rekognition_async.emulator.rules.latency import Latency, validate_latency
from rekognition_async.emulator.rules.quotas import Quotas, QuotaWindow, RateLimiter
from rekognition_async.emulator.service import Behaviour, Service
from rekognition_async.emulator.state.page_tokens import Tokens
from rekognition_async.emulator.state.progress import Durations
from rekognition_async.emulator.state.snapshots import entries_of, exported
from rekognition_async.emulator.state.store import Store
from rekognition_async.emulator.utils.background_loop import BackgroundLoop, call_on
from rekognition_async.emulator.utils.clock import Clock, OffsetClock, validate_clock
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.vision.people import People
from rekognition_async.emulator.vision.s3 import S3Endpoint, objects_of
from rekognition_async.emulator.vision.thumbnails import Thumbnails
from rekognition_async.loopback import is_loopback

DEFAULT_ACCESS_KEY_ID: Final = "AKIAEMULATOREXAMPLE1"
DEFAULT_SECRET_ACCESS_KEY: Final = "emulator/secret/access/key/of/no/account"  # noqa: S105 - public
DEFAULT_REGION_NAME: Final = "us-east-1"

_T = TypeVar("_T")

_MAX_PAGE_SIZE: Final = 4096
_SHUTDOWN_TIMEOUT: Final = 0.001
_LOOPBACK_OF: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing binds to it here


class ClientOptions(TypedDict):
    """The arguments that point a client at an emulator."""

    region_name: str
    endpoint_url: str
    aws_access_key_id: str
    aws_secret_access_key: str
    aws_session_token: NotRequired[str]


class RekognitionEmulator:
    """A local Rekognition over HTTP, with a state of its own.

    Use it as ``async with RekognitionEmulator() as emulator``, or call `start` and `stop`. Code
    without an event loop uses it as ``with RekognitionEmulator() as emulator``: it runs in a thread
    of its own then, and its methods may be called from any other.

    Attributes:
        faults: The planned faults; rules may come and go while it runs.
        answers: What operations answer about pictures and videos; rules may come and go, too.
        people: Who is on which picture:
            ``emulator.people.add("team.jpg", {"Ann": (0.1, 0.2, 0.3, 0.4), "Bob": None})``.
        requests: The requests that arrived, oldest first.
        notifications: What was published to SNS topics, or failed to be, oldest first.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        allow_remote: bool = False,
        tls: bool = False,
        admin: bool = False,
        request_log: str | os.PathLike[str] | None = None,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        region_name: str = DEFAULT_REGION_NAME,
        state: str | os.PathLike[str] | None = None,
        credentials: Mapping[str, Credential] | None = None,
        page_size: int = 1000,
        page_sizes: Iterable[int] = (),
        latency: Latency = 0.0,
        faults: Iterable[FaultRule] = (),
        answers: Iterable[AnswerRule] = (),
        eyes: Eyes | Sequence[Eyes] = (),
        s3: str | os.PathLike[str] | S3Endpoint | None = None,
        notifications: str | None = None,
        durations: float | Mapping[str, float] = 1.0,
        polls_until_done: int | None = None,
        token_lifetime: float = 86_400.0,
        quotas: Quotas = None,
        quota_window: QuotaWindow = "bucket",
        burst: float = 1.0,
        verify_signatures: bool = True,
        clock: Clock | None = None,
        random: Random | None = None,
        max_recorded_requests: int = 10_000,
        max_recorded_bytes: int = 16 * 1024 * 1024,
        max_recorded_answer_bytes: int = 8 * 1024 * 1024,
        max_thumbnail_bytes: int = 4 * 1024 * 1024,
    ) -> None:
        """Takes the settings; nothing is opened yet.

        Args:
            host: The address to listen on. Only this machine can reach the default.
            port: The port to listen on; 0 takes a free one.
            allow_remote: Whether ``host`` may be an address that other machines can reach, and
                requests may name any Host and Origin. Who reaches it can read and change its
                state, with a key that is known to all.
            tls: Whether to speak TLS, with a certificate made anew at each start; `certificate`
                is what clients trust it by. It needs the extra ``emulator``.
            admin: Whether the admin routes are on, which change a running emulator.
            request_log: A file that gets a JSON line for each request, ``"-"`` for stdout.
            limits: What a client may use.
            region_name: The region that `seed` and `client_options` mean. Requests are served
                for whatever region they are signed for, each with a state of its own.
            state: A file that keeps the state; None keeps it in memory until `stop`.
            credentials: The access key ids that are let in; None lets in one, that of
                `client_options`.
            page_size: How many items a page has where MaxResults asks for no fewer, 1 to 4096.
            page_sizes: The sizes of the first pages that are asked for, of whatever listing, 0 to
                4096; an empty page has a token all the same.
            latency: Seconds before each answer, or seconds by operation, where ``"*"`` stands
                for all that are not named.
            faults: The first fault rules.
            answers: The first rules for what operations answer about pictures and videos.
            eyes: What tells the faces, the text and the unsafe content of images of which nothing
                is declared, in this order; what none of them tells is made up.
            s3: Where objects in S3 are: a folder that holds ``bucket/key``, the URL of an endpoint
                that speaks S3, or an `S3Endpoint`. With None, whatever is named exists, and is
                known by its name alone.
            notifications: The URL of an endpoint that speaks SNS, through which the end of a video
                job is published to the topic of its NotificationChannel; None publishes nothing.
            durations: Seconds that work takes, or seconds by kind (``"video"``, ``"training"``,
                ``"dataset"``, …), where ``"*"`` stands for all that are not named. With
                ``"collection_visibility"``, and only where it is named, a new collection is not
                found by DescribeCollection for so long.
            polls_until_done: Ends work after so many polls that saw it under way, if it is not over
                by then; None leaves it to the clock.
            token_lifetime: Seconds for which a page token is good.
            quotas: None for no quotas, ``"aws"`` for AWS's defaults, or transactions a second by
                operation, where ``"*"`` stands for all that are not named.
            quota_window: How calls are held against their quota: in a token ``"bucket"``, in
                ``"fixed"`` windows that follow one another, or in the ``"sliding"`` window that
                ends now. Nobody knows which of them AWS has.
            burst: So many seconds' worth of a quota may come at once: the size of the bucket, or
                the length of the windows; above 0. At least one call may.
            verify_signatures: Whether callers have to sign with a known key.
            clock: The time of the state, latencies and quotas; None is the machine's, which an
                admin route can move on.
            random: Decides the faults that come by chance, and makes request ids.
            max_recorded_requests: How many requests `requests` keeps.
            max_recorded_bytes: How many bytes `requests` keeps of their headers and parameters.
            max_recorded_answer_bytes: How many bytes the page keeps of answers, and of what was
                seen for them; 0 keeps nothing.
            max_thumbnail_bytes: How many bytes the page keeps of pictures, each scaled down to 480
                pixels a side at most; 0 keeps none.

        Raises:
            ValueError: A setting is out of its range.
            TypeError: ``clock`` is no `Clock`, or ``eyes`` have none of the methods of `Eyes`.
        """
        if not allow_remote and not is_loopback(host):
            raise ValueError(
                f"host {host!r} can be reached by other machines: ask for it with "
                "allow_remote=True, or --allow-remote"
            )
        self._allow_remote = allow_remote
        self._host = host
        self._port = port
        self._tls = tls
        self._admin = admin
        self._log_writer = RequestLogWriter(request_log)
        self._limits = limits
        self._region_name = region_name
        self._state = state
        self._credentials = dict(
            {DEFAULT_ACCESS_KEY_ID: Credential(DEFAULT_SECRET_ACCESS_KEY)}
            if credentials is None
            else credentials
        )
        if not self._credentials:
            raise ValueError("credentials must have at least one key")
        self._page_size = _validate_page_size("page_size", page_size, 1)
        self._page_sizes = [_validate_page_size("page_sizes", size, 0) for size in page_sizes]
        self._clock: Clock = OffsetClock() if clock is None else validate_clock(clock)
        rng = Random() if random is None else random  # noqa: S311 - no secrets
        self._authenticator = Authenticator(
            self._credentials, region_name=region_name, verify=verify_signatures
        )
        by_kind = durations if isinstance(durations, Mapping) else {"*": durations}
        self._durations = Durations(by_kind, polls_until_done)
        self._objects = objects_of(s3)
        self._sns_url = check_endpoint(notifications)
        self._token_lifetime = token_lifetime
        self.faults = FaultPlan(faults, rng)
        self.answers = AnswerPlan(answers)
        self.people = People()
        self._sources = Sources([Declared(self.people), *own_eyes(eyes)])
        self.notifications = Notifications()
        self.requests = RecordedRequests(max_recorded_requests, max_recorded_bytes)
        self._observations = Observations(max_recorded_answer_bytes)
        self._thumbnails = Thumbnails(max_thumbnail_bytes)
        self._behaviour = Behaviour(
            faults=self.faults,
            rate_limiter=RateLimiter(quotas, self._clock, window=quota_window, burst=burst),
            latency=validate_latency(latency),
            clock=self._clock,
            random=rng,
        )
        self._running: _Running | None = None
        self._background: BackgroundLoop | None = None

    @property
    def url(self) -> str:
        """Where the emulator listens, as in ``"http://127.0.0.1:5000"``.

        Raises:
            RuntimeError: The emulator is not running.
        """
        return self._live().url

    @property
    def certificate(self) -> Path | None:
        """The file, in PEM, by which clients trust an emulator with TLS; None without.

        boto3 takes it as ``verify=``. `RekognitionClient`, the AWS CLI and boto3 too take it from
        the environment: ``AWS_CA_BUNDLE``. The file is gone when the emulator stops.

        Raises:
            RuntimeError: The emulator is not running.
        """
        certificate = self._live().certificate
        return None if certificate is None else certificate.path

    @property
    def clock(self) -> Clock:
        """The time of the state, latencies and quotas."""
        return self._clock

    @property
    def quotas(self) -> Quotas:
        """The quotas in force. Others, as the constructor takes them, may be set at any time."""
        return self._behaviour.rate_limiter.quotas

    @quotas.setter
    def quotas(self, quotas: Quotas) -> None:
        self._behaviour.rate_limiter.replace(quotas)

    @property
    def latency(self) -> Mapping[str, float]:
        """Seconds before each answer by operation. Others may be set at any time."""
        return self._behaviour.latency

    @latency.setter
    def latency(self, latency: Latency) -> None:
        self._behaviour.latency = validate_latency(latency)

    @property
    def client_options(self) -> ClientOptions:
        """The arguments that point a `RekognitionClient`, or boto3's client, at this emulator.

        A `RekognitionClient` that is given them uses no proxy and no profile of the environment.
        boto3 does, and finds its way by `environment`. With TLS, clients need `certificate`
        besides.

        Raises:
            RuntimeError: The emulator is not running.
        """
        key_id, credential = next(iter(self._credentials.items()))
        options: ClientOptions = {
            "region_name": self._region_name,
            "endpoint_url": self.url,
            "aws_access_key_id": key_id,
            "aws_secret_access_key": credential.secret_access_key,
        }
        if credential.session_token is not None:
            options["aws_session_token"] = credential.session_token
        return options

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that point clients which know no better at this emulator.

        They are those of all of AWS's SDKs, and ``NO_PROXY``, with the emulator added to what it
        names already: ``subprocess.run(command, env={**os.environ, **emulator.environment})``. A
        profile that ``AWS_PROFILE`` names still counts; the fixture ``rekognition_environment``
        takes it away.

        Raises:
            RuntimeError: The emulator is not running.
        """
        options = self.client_options
        environment = {
            "AWS_ENDPOINT_URL_REKOGNITION": options["endpoint_url"],
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
            "AWS_DEFAULT_REGION": options["region_name"],
            "AWS_REGION": options["region_name"],
            "AWS_ACCESS_KEY_ID": options["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": options["aws_secret_access_key"],
            # Where it is empty no token is sent, not even one of the developer's.
            "AWS_SESSION_TOKEN": options.get("aws_session_token", ""),
        }
        if self.certificate is not None:
            environment["AWS_CA_BUNDLE"] = str(self.certificate)
        host = urlsplit(options["endpoint_url"]).hostname
        others = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
        direct = others if others == "*" else ",".join(filter(None, [others, host]))
        # Of the two spellings programs read one or the other.
        return {**environment, "NO_PROXY": direct, "no_proxy": direct}

    async def start(self) -> Self:
        """Opens the state and listens; starting a running emulator does nothing.

        Raises:
            ValueError: The state file cannot be used.
            OSError: The address cannot be listened on.
        """
        if self._running is None:
            store = Store(self._state)
            backend = Backend(
                store=store,
                tokens=Tokens(store.token_key, self._token_lifetime),
                page_size=self._next_page_size,
                durations=self._durations,
                objects=self._objects,
                answers=self.answers,
                sources=self._sources,
                thumbnails=self._thumbnails,
                notifier=None if self._sns_url is None else self._notifier(self._sns_url),
            )
            running = self._running = _Running(backend)
            try:
                self._log_writer.open()
                if self._tls:
                    running.certificate = Certificate(*_names_of(self._host))
                running.url = await self._listen(running)
                running.look_at_running_jobs()
            except BaseException:
                await self.stop()
                raise
        return self

    def _notifier(self, sns_url: str) -> Notifier:
        return Notifier(sns_url, self._clock, self.notifications)

    async def _listen(self, running: _Running) -> str:
        service = Service(
            backend=running.backend,
            authenticator=self._authenticator,
            behaviour=self._behaviour,
            requests=self.requests,
            log_writer=self._log_writer,
            observations=self._observations,
        )
        kept = Kept(running.backend.store, self._observations, self._thumbnails, identity_of)
        routes = Routes(self, kept, admin=self._admin)

        async def answer(request: web.BaseRequest, connection: Connection) -> web.StreamResponse:
            if not self._allow_remote:
                try:
                    check_is_local(request)
                except FrameworkError as error:
                    refused = error.answer("")
                    headers = {"Content-Type": refused.content_type}
                    return web.Response(status=refused.status, body=refused.body, headers=headers)
            own = routes.has(request.path)
            return await (routes if own else service).answer(request, connection)

        running.listener = Listener(answer, self._limits)
        # Handlers that hang end when the emulator stops: the least wait that aiohttp takes for
        # one, since it takes 0 for no limit.
        running.runner = web.ServerRunner(running.listener, shutdown_timeout=_SHUTDOWN_TIMEOUT)
        await running.runner.setup()
        context = None if running.certificate is None else running.certificate.context
        site = web.TCPSite(running.runner, self._host, self._port, ssl_context=context)
        await site.start()
        running.listener.start_watch()
        address: tuple[str, int] = running.runner.addresses[0][:2]
        host, port = _LOOPBACK_OF.get(address[0], address[0]), address[1]
        scheme = "http" if context is None else "https"
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"

    async def stop(self) -> None:
        """Stops listening and closes the state; stopping a stopped emulator does nothing."""
        running, self._running = self._running, None
        if running is not None:
            if running.listener is not None:
                await running.listener.stop_watch()
            if running.runner is not None:
                await running.runner.cleanup()
            if running.backend.notifier is not None:
                await running.backend.notifier.aclose()
            running.backend.store.close()
            if running.certificate is not None:
                running.certificate.remove()
            self._log_writer.close()

    def __enter__(self) -> Self:
        """Runs the emulator in a thread of its own, for code without an event loop."""
        if self._running is not None:
            raise RuntimeError("the emulator is running already")
        background = BackgroundLoop("rekognition-emulator")
        try:
            background.run(self.start())
        except BaseException:
            background.close()
            raise
        self._background = background
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        background, self._background = self._background, None
        if background is not None:
            background.run(self.stop())
            background.close()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    def seed(
        self,
        *,
        collections: int | Iterable[str] = (),
        faces: Mapping[str, int] | None = None,
        face_model_version: str = FACE_MODEL_VERSION,
        region_name: str | None = None,
        account_id: str | None = None,
    ) -> None:
        """Adds collections and faces to the state, past the wire; those that exist stay.

        Args:
            collections: Their ids, or how many: ``collection-00000``, ``collection-00001``, ….
            faces: How many faces a collection has, by its id; it is added where there is none.
                They are of ``person-00000``, ``person-00001``, …, on a picture each, and these
                names are their ExternalImageIds.
            face_model_version: The version of the face model of new collections.
            region_name: The region to add them to; None is the emulator's.
            account_id: The account to add them to; None is that of `client_options`.

        Raises:
            RuntimeError: The emulator is not running.
            ValueError: An id breaks the service's rules, or a number of faces is negative; nothing
                is added.
        """
        if isinstance(collections, int):
            collections = (f"collection-{number:05}" for number in range(collections))
        default_account = next(iter(self._credentials.values())).account_id
        live, time = self._live(), self._clock.time()
        caller = Caller(account_id or default_account, region_name or self._region_name)
        with_faces = faces or {}

        def fill() -> None:
            store = live.backend.store
            with store.transaction():
                seed(
                    store,
                    caller,
                    [*collections, *with_faces],
                    face_model_version=face_model_version,
                    time=time,
                )
                for collection_id, count in with_faces.items():
                    seed_faces(store, caller, collection_id, count, time=time)

        live.on_its_thread(fill)

    def export_state(self) -> JsonObject:
        """All that is kept, of all accounts and regions, as one JSON document.

        Raises:
            RuntimeError: The emulator is not running.
        """
        live = self._live()
        return live.on_its_thread(lambda: exported(live.backend.store))

    def import_state(self, document: Mapping[str, Any]) -> int:
        """Keeps what a document of `export_state` says, and nothing else.

        Args:
            document: What was exported, here or by another emulator.

        Returns:
            How many records it held.

        Raises:
            RuntimeError: The emulator is not running.
            ValueError: It is no such document; the message says where, and nothing changes.
        """
        live, entries = self._live(), entries_of(document)

        def replace() -> None:
            live.backend.store.replace_everything(entries)
            live.look_at_running_jobs()

        live.on_its_thread(replace)
        return len(entries)

    def reset(self) -> None:
        """Empties the state and forgets what was asked and published; settings and rules stay.

        Raises:
            RuntimeError: The emulator is not running.
        """
        live = self._live()
        live.on_its_thread(lambda: live.backend.store.replace_everything([]))
        self.requests.clear()
        self.notifications.clear()
        self._observations.clear()
        self._thumbnails.clear()

    def _live(self) -> _Running:
        if self._running is None:
            raise RuntimeError("the emulator is not running: use 'async with', or call start()")
        return self._running

    def _next_page_size(self) -> int:
        return self._page_sizes.pop(0) if self._page_sizes else self._page_size


@dataclass
class _Running:
    """What a running emulator holds open."""

    backend: Backend
    listener: Listener | None = None
    runner: web.ServerRunner | None = None
    certificate: Certificate | None = None
    url: str = ""
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)

    def look_at_running_jobs(self) -> None:
        """Has the end of video jobs published that were not started by this emulator."""
        if self.backend.notifier is not None:
            # An emulator that starts needs no operations, but for this.
            from rekognition_async.emulator.handlers.video import (  # noqa: PLC0415
                look_at_running_jobs,
            )

            look_at_running_jobs(self.backend)

    def on_its_thread(self, function: Callable[[], _T]) -> _T:
        """Calls a function where the state may be touched."""
        return call_on(self.loop, function)


def _validate_page_size(name: str, size: int, least: int) -> int:
    if not least <= size <= _MAX_PAGE_SIZE:
        raise ValueError(f"{name} must be {least} to {_MAX_PAGE_SIZE}, got {size!r}")
    return size


def _names_of(host: str) -> tuple[str, ...]:
    """What other machines call this one, as far as it knows itself."""
    return () if is_loopback(host) else (socket.gethostname(), *({host} - _LOOPBACK_OF.keys()))
