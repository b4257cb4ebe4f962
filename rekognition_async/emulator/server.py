"""The server: takes a request through the gate, the faults, the quota and the operation."""

from __future__ import annotations

import itertools
import logging
import os
import re
import socket
import struct
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from types import TracebackType
from typing import Final, Self, TypedDict
from weakref import WeakKeyDictionary

from aiohttp import web

from rekognition_async.emulator.answers import AnswerPlan, AnswerRule
from rekognition_async.emulator.clock import Clock, SystemClock
from rekognition_async.emulator.faults import (
    THROTTLED_MESSAGE,
    Delivery,
    Fault,
    FaultPlan,
    FaultRule,
    never,
)
from rekognition_async.emulator.handlers import HANDLERS, Call, World
from rekognition_async.emulator.handlers.collections import FACE_MODEL_VERSION, seed
from rekognition_async.emulator.handlers.faces import seed_faces
from rekognition_async.emulator.idempotency import Idempotency
from rekognition_async.emulator.objects import S3Endpoint, objects_of
from rekognition_async.emulator.people import People, Who
from rekognition_async.emulator.progress import Pace
from rekognition_async.emulator.protocol import (
    TARGET_PREFIX,
    Answer,
    EmulatedError,
    FrameworkError,
    JsonObject,
    SerializationError,
    parse,
    service_model,
)
from rekognition_async.emulator.quotas import Quotas, Throttle
from rekognition_async.emulator.recording import RecordedRequest, RequestLog, without_secrets
from rekognition_async.emulator.signature import Caller, Credential, Gate, SignedRequest
from rekognition_async.emulator.store import Store
from rekognition_async.emulator.tokens import Tokens
from rekognition_async.emulator.validation import checked

logger: Final = logging.getLogger("rekognition_async.emulator")

DEFAULT_ACCESS_KEY_ID: Final = "AKIAEMULATOREXAMPLE1"
DEFAULT_SECRET_ACCESS_KEY: Final = "emulator/secret/access/key/of/no/account"  # noqa: S105 - public
DEFAULT_REGION_NAME: Final = "us-east-1"

_MAX_BODY: Final = 32 * 1024 * 1024
_MAX_PAGE_SIZE: Final = 4096
_REGION_OF_CLAIM: Final = re.compile(r"Credential=[^/\s,]*/\d{8}/([^/\s,]+)/")
_SHUTDOWN_TIMEOUT: Final = 0.001
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


class ClientOptions(TypedDict):
    """The arguments that point a client at an emulator."""

    region_name: str
    endpoint_url: str
    aws_access_key_id: str
    aws_secret_access_key: str


class RekognitionEmulator:
    """A local Rekognition over HTTP, with a state of its own.

    Use it as ``async with RekognitionEmulator() as emulator``, or call `start` and `stop`.

    Attributes:
        faults: The planned faults; rules may come and go while it runs.
        answers: What operations answer about pictures and videos; rules may come and go, too.
        requests: The requests that arrived, oldest first.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        region_name: str = DEFAULT_REGION_NAME,
        state: str | os.PathLike[str] | None = None,
        credentials: Mapping[str, Credential] | None = None,
        page_size: int = 1000,
        page_sizes: Iterable[int] = (),
        latency: float | Mapping[str, float] = 0.0,
        faults: Iterable[FaultRule] = (),
        answers: Iterable[AnswerRule] = (),
        s3: str | os.PathLike[str] | S3Endpoint | None = None,
        durations: float | Mapping[str, float] = 1.0,
        autoadvance: int | None = None,
        token_lifetime: float = 86_400.0,
        quotas: Quotas = None,
        verify_signatures: bool = True,
        clock: Clock | None = None,
        random: Random | None = None,
        max_recorded_requests: int = 10_000,
    ) -> None:
        """Takes the settings; nothing is opened yet.

        Args:
            host: The address to listen on. Only this machine can reach the default.
            port: The port to listen on; 0 takes a free one.
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
            s3: Where objects in S3 are: a folder that holds ``bucket/key``, the URL of an endpoint
                that speaks S3, or an `S3Endpoint`. With None, whatever is named exists, and is
                known by its name alone.
            durations: Seconds that work takes, or seconds by kind (``"video"``, ``"training"``,
                ``"dataset"``, …), where ``"*"`` stands for all that are not named. With
                ``"collection_visibility"``, and only where it is named, a new collection is not
                found by DescribeCollection for so long.
            autoadvance: Ends work after so many polls that saw it under way, if it is not over by
                then; None leaves it to the clock.
            token_lifetime: Seconds for which a page token is good.
            quotas: None for no quotas, ``"aws"`` for AWS's defaults, or transactions a second by
                operation, where ``"*"`` stands for all that are not named.
            verify_signatures: Whether callers have to sign with a known key.
            clock: The time of the state, latencies and quotas; None is the machine's.
            random: Decides the faults that come by chance, and makes request ids.
            max_recorded_requests: How many requests `requests` keeps.

        Raises:
            ValueError: A setting is out of its range.
        """
        self._host = host
        self._port = port
        self._region_name = region_name
        self._state = state
        self._credentials = dict(
            {DEFAULT_ACCESS_KEY_ID: Credential(DEFAULT_SECRET_ACCESS_KEY)}
            if credentials is None
            else credentials
        )
        if not self._credentials:
            raise ValueError("credentials must have at least one key")
        self._page_size = _checked_page_size("page_size", page_size, 1)
        self._page_sizes = [_checked_page_size("page_sizes", size, 0) for size in page_sizes]
        self._latency = _checked_latency(latency)
        self._clock: Clock = SystemClock() if clock is None else clock
        self._random = Random() if random is None else random  # noqa: S311 - no secrets
        self._throttle = Throttle(quotas, self._clock)
        self._gate = Gate(self._credentials, region_name=region_name, verify=verify_signatures)
        by_kind = durations if isinstance(durations, Mapping) else {"*": durations}
        self._pace = Pace(by_kind, autoadvance)
        self._objects = objects_of(s3)
        self._token_lifetime = token_lifetime
        self.faults = FaultPlan(faults, self._random)
        self.answers = AnswerPlan(answers)
        self._people = People()
        self.requests = RequestLog(max_recorded_requests)
        self._running: _Running | None = None

    @property
    def url(self) -> str:
        """Where the emulator listens, as in ``"http://127.0.0.1:5000"``.

        Raises:
            RuntimeError: The emulator is not running.
        """
        return self._live().url

    @property
    def client_options(self) -> ClientOptions:
        """The arguments that point a `RekognitionClient`, or boto3's client, at this emulator.

        Raises:
            RuntimeError: The emulator is not running.
        """
        key_id, credential = next(iter(self._credentials.items()))
        return {
            "region_name": self._region_name,
            "endpoint_url": self.url,
            "aws_access_key_id": key_id,
            "aws_secret_access_key": credential.secret_access_key,
        }

    async def start(self) -> Self:
        """Opens the state and listens; starting a running emulator does nothing.

        Raises:
            ValueError: The state file cannot be used.
            OSError: The address cannot be listened on.
        """
        if self._running is None:
            store = Store(self._state)
            world = World(
                store=store,
                tokens=Tokens(store.token_key, self._token_lifetime),
                page_size=self._next_page_size,
                pace=self._pace,
                objects=self._objects,
                answers=self.answers,
                people=self._people,
            )
            running = self._running = _Running(world)
            try:
                running.url = await self._listen(running)
            except BaseException:
                await self.stop()
                raise
        return self

    async def _listen(self, running: _Running) -> str:
        app = web.Application(client_max_size=_MAX_BODY)
        app.router.add_route("*", "/{path:.*}", self._answer_request)
        # Handlers that hang end with their client, or when the emulator stops: the least wait that
        # aiohttp takes for one, since it takes 0 for no limit.
        running.runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_TIMEOUT
        )
        await running.runner.setup()
        await web.TCPSite(running.runner, self._host, self._port).start()
        host, port = running.runner.addresses[0][:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def stop(self) -> None:
        """Stops listening and closes the state; stopping a stopped emulator does nothing."""
        running, self._running = self._running, None
        if running is not None:
            if running.runner is not None:
                await running.runner.cleanup()
            running.world.store.close()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    def people(self, picture: bytes | str | os.PathLike[str], who: Who | None) -> None:
        """Declares who is on a picture, and on its scaled or compressed copies.

        A picture of which nothing is declared shows one face, which is that of no other picture:
        it is found again on copies of this picture, and nowhere else. Pictures that differ in
        small detail only, such as a few letters, are told apart where they are PNGs of one size,
        and otherwise pass for copies: declare those.

        Args:
            picture: Its bytes, its file, or ``"s3://bucket/key"`` for whatever has this name.
            who: The people by their names, each with a `Person`, a box, or None for a made-up
                place; or a list of their names. Empty for a picture without faces; None takes
                back what was declared. A box is ``(left, top, width, height)`` in parts of the
                picture, 0 to 1, or a mapping as BoundingBox is.

        Raises:
            ValueError: The picture is no PNG or JPEG, or a name or a box is not valid.
            OSError: The file cannot be read.
        """
        self._people.declare(picture, who)

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
        store, time = self._live().world.store, self._clock.time()
        caller = Caller(account_id or default_account, region_name or self._region_name)
        faces = faces or {}
        with store.transaction():
            seed(
                store,
                caller,
                [*collections, *faces],
                face_model_version=face_model_version,
                time=time,
            )
            for collection_id, count in faces.items():
                seed_faces(store, caller, collection_id, count, time=time)

    def _live(self) -> _Running:
        if self._running is None:
            raise RuntimeError("the emulator is not running: use 'async with', or call start()")
        return self._running

    async def _answer_request(self, request: web.Request) -> web.StreamResponse:
        recorded = self._recorded(request)
        self.requests.add(recorded)
        region = _REGION_OF_CLAIM.search(request.headers.get("Authorization", ""))
        fault = self.faults.met_by(recorded.operation, region[1] if region else None)
        recorded.fault = fault.name if fault else None
        delivery = Delivery.WHOLE if fault is None else fault.delivery
        body = await _body_of(request)
        with suppress(SerializationError):
            recorded.parameters = parse(body or b"")
        if fault is not None:
            await fault.pause(self._clock)
        if delivery is Delivery.NEVER:
            await never()
        if not delivery.answers:
            return _cut(request, reset=delivery is Delivery.RESET)
        await self._wait_latency(recorded.operation)
        answer = await self._answer(request, body, recorded, fault)
        recorded.status, recorded.error_code = answer.status, answer.error_code
        return await self._deliver(request, answer, delivery)

    def _recorded(self, request: web.Request) -> RecordedRequest:
        target = request.headers.get("X-Amz-Target", "")
        connection_id = self._live().connection_id(request.transport)
        return RecordedRequest(
            operation=target.removeprefix(TARGET_PREFIX)
            if target.startswith(TARGET_PREFIX)
            else "",
            parameters=None,
            headers=without_secrets(request.headers),
            connection_id=connection_id,
        )

    async def _wait_latency(self, operation: str) -> None:
        seconds = self._latency.get(operation, self._latency.get("*", 0.0))
        if seconds > 0:
            await self._clock.sleep(seconds)

    async def _answer(
        self,
        request: web.Request,
        body: bytes | None,
        recorded: RecordedRequest,
        fault: Fault | None,
    ) -> Answer:
        try:
            planned = fault.answer if fault is not None else None
            if isinstance(planned, Answer):
                return planned
            if planned is not None:
                return planned.answer(self._uuid())
            return Answer.of(await self._do(request, body, recorded))
        except EmulatedError as error:
            return error.answer(self._uuid())
        except Exception:
            logger.exception("%s failed inside the emulator", recorded.operation)
            failed = EmulatedError("InternalServerError", "The emulator failed; its log says how")
            return failed.answer(self._uuid())

    async def _do(
        self, request: web.Request, body: bytes | None, recorded: RecordedRequest
    ) -> JsonObject:
        operation = recorded.operation
        if request.method != "POST" or operation not in service_model().operation_names:
            raise FrameworkError("UnknownOperationException", "")
        if body is None:
            raise FrameworkError(
                "RequestEntityTooLargeException",
                f"The request is larger than {_MAX_BODY} bytes",
                status=413,
            )
        url = f"http://{request.headers.get('Host', '')}{request.raw_path}"
        signed = SignedRequest(request.method, url, request.headers, body)
        caller = self._gate.admit(signed, self._clock.time())
        recorded.account_id, recorded.region_name = caller
        if not self._throttle.lets_pass(operation, caller):
            raise EmulatedError("ProvisionedThroughputExceededException", THROTTLED_MESSAGE)
        shape = service_model().operation_model(operation).input_shape
        parameters = checked(shape, parse(body))
        handler = HANDLERS.get(operation)
        if handler is None:
            raise FrameworkError(
                "UnknownOperationException", f"The emulator does not offer {operation} yet"
            )
        live = self._live()
        call = Call(operation, caller, parameters, live.world, self._clock.time())
        return await live.idempotency.answer(call, handler)

    def _next_page_size(self) -> int:
        return self._page_sizes.pop(0) if self._page_sizes else self._page_size

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    async def _deliver(
        self, request: web.Request, answer: Answer, delivery: Delivery
    ) -> web.StreamResponse:
        headers = {
            "x-amzn-RequestId": self._uuid(),
            "Content-Type": answer.content_type,
            **answer.headers,
        }
        if delivery is Delivery.WHOLE:
            return web.Response(status=answer.status, body=answer.body, headers=headers)
        response = web.StreamResponse(status=answer.status, headers=headers)
        if delivery is Delivery.TRUNCATED_CHUNKED:
            response.enable_chunked_encoding()
        else:
            response.content_length = len(answer.body)
        await response.prepare(request)
        await response.write(answer.body[: len(answer.body) // 2])
        _cut(request)
        return response


@dataclass
class _Running:
    """What a running emulator holds open."""

    world: World
    idempotency: Idempotency = field(default_factory=Idempotency)
    runner: web.AppRunner | None = None
    url: str = ""
    _next_connection_id: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _connection_ids: WeakKeyDictionary[object, int] = field(default_factory=WeakKeyDictionary)

    def connection_id(self, transport: object) -> int:
        known = self._connection_ids.get(transport)
        if known is None:
            known = self._connection_ids[transport] = next(self._next_connection_id)
        return known


async def _body_of(request: web.Request) -> bytes | None:
    """The body, or None where it is larger than any of Rekognition's."""
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        return None


def _cut(request: web.Request, *, reset: bool = False) -> web.Response:
    """Ends the connection here and now."""
    transport = request.transport
    if transport is not None:
        if reset:
            connection: socket.socket = transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            transport.abort()
        else:
            transport.close()
    return web.Response()


def _checked_page_size(name: str, size: int, least: int) -> int:
    if not least <= size <= _MAX_PAGE_SIZE:
        raise ValueError(f"{name} must be {least} to {_MAX_PAGE_SIZE}, got {size!r}")
    return size


def _checked_latency(latency: float | Mapping[str, float]) -> Mapping[str, float]:
    by_operation = dict(latency) if isinstance(latency, Mapping) else {"*": latency}
    for operation, seconds in by_operation.items():
        if operation != "*" and operation not in service_model().operation_names:
            raise ValueError(f"latency names no operation of Rekognition: {operation!r}")
        if not seconds >= 0:
            raise ValueError(f"the latency of {operation} must be at least 0, got {seconds!r}")
    return by_operation
