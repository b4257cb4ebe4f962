"""The base of all handlers: `Call`, what they share in `Backend`, and how to write one.

A handler is a function of one operation, in the module of its domain, and in the ``HANDLERS`` of
that module by AWS's name of the operation:

1. It takes a `Call`. ``call.parameters`` are validated already: members by AWS's names, blobs as
   bytes.
2. What has to be awaited, such as ``await call.picture()``, comes first. What follows changes the
   state in one go, since other calls run at each ``await``.
3. State is on ``call.shelf(KIND)``: `Shelf.add`, `find`, `save`, `remove`, `all`.
4. Errors of the operation are raised: ``EmulatedError("ResourceNotFoundException", message)``.
5. What takes time begins with ``call.backend.durations.begin``, and is read by `refresh`.
6. What a user declared is answered by `Service` instead of the handler. A handler that holds it
   against its parameters, or begins work that is to end so, asks `Call.declared`, and is named in
   ``READ_DECLARED``; what is not declared comes from ``call.backend.sources`` and `samples`.
7. It returns the answer with AWS's names; a listing takes its page from `Call.page`, and `paged`
   adds the NextToken.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Final, TypeAlias, TypeVar

from rekognition_async.emulator.eyes.sources import Sources
from rekognition_async.emulator.handlers.face_search import FaceSearch
from rekognition_async.emulator.http.notifications import Notifier
from rekognition_async.emulator.protocol.caller import Caller
from rekognition_async.emulator.protocol.messages import EmulatedError
from rekognition_async.emulator.rules.answers import AnswerPlan
from rekognition_async.emulator.state.page_tokens import Position, Tokens
from rekognition_async.emulator.state.progress import Durations
from rekognition_async.emulator.state.store import Order, Record, Shelf, Store
from rekognition_async.emulator.utils.identifiers import job_id_of
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.vision.images import Picture, check_sides, picture_of
from rekognition_async.emulator.vision.people import SeenFace
from rekognition_async.emulator.vision.s3 import Objects, name_of
from rekognition_async.emulator.vision.thumbnails import Thumbnails

T = TypeVar("T")

REQUEST_TOKEN: Final = "ClientRequestToken"  # noqa: S105 - the name of a member

_PICTURES: Final = ("Image", "SourceImage", "TargetImage")
_OBJECTS: Final = ("Video", "Input")


@dataclass(frozen=True)
class Backend:
    """What all calls of a running emulator share.

    Attributes:
        store: The state.
        tokens: Makes and reads page tokens.
        page_size: How many items a page has where MaxResults asks for no fewer.
        durations: How long each kind of work takes.
        objects: The objects in S3.
        answers: What the user declares that operations answer.
        sources: Tell what is on a picture.
        thumbnails: Keeps what pictures look like.
        notifier: Publishes to SNS topics; None where nothing is published.
        face_search: Searches collections.
    """

    store: Store
    tokens: Tokens
    page_size: Callable[[], int]
    durations: Durations
    objects: Objects
    answers: AnswerPlan
    sources: Sources
    thumbnails: Thumbnails
    notifier: Notifier | None = None
    face_search: FaceSearch = field(default_factory=FaceSearch)


@dataclass
class Sight:
    """What a call has seen so far.

    Attributes:
        pictures: By the parameters that hold or name them.
        faces: The faces that were looked for, by the digests of their pictures.
        is_declared: Whether the user declared what is answered.
    """

    pictures: dict[str, Picture] = field(default_factory=dict)
    faces: dict[str, Sequence[SeenFace]] = field(default_factory=dict)
    is_declared: bool = False


@dataclass(frozen=True)
class Call:
    """One call of an operation, let in and validated.

    Attributes:
        operation: AWS's name of the operation.
        caller: The account and region whose state it is about.
        parameters: The input, by the names of the service model; blobs are bytes.
        backend: What all calls share.
        time: Seconds since the epoch.
        sight: What it has seen so far.
    """

    operation: str
    caller: Caller
    parameters: JsonObject
    backend: Backend
    time: float
    sight: Sight = field(default_factory=Sight, repr=False)

    @property
    def asked(self) -> str:
        """The parameters as text, but for the token that only tells one call from the next."""
        rest = {name: value for name, value in self.parameters.items() if name != REQUEST_TOKEN}
        return json.dumps(rest, sort_keys=True)

    def shelf(self, kind: str, parent: str = "") -> Shelf:
        """The caller's records of a kind; see `Store.shelf`."""
        return self.backend.store.shelf(self.caller, kind, parent)

    async def picture(self, member: str = "Image") -> Picture:
        """The picture that a parameter holds or names.

        Raises:
            EmulatedError: There is none, it is too large or too small, or no PNG or JPEG.
        """
        if member not in self.sight.pictures:
            picture = await picture_of(self.parameters[member], self.backend.objects)
            if picture.content is not None:
                self.backend.thumbnails.keep(picture.digest, picture.content)
            check_sides(picture, self.operation)
            self.sight.pictures[member] = picture
        return self.sight.pictures[member]

    async def pictures(self) -> list[Picture]:
        """All pictures that the parameters hold or name; raises what `picture` raises."""
        return [await self.picture(member) for member in _PICTURES if member in self.parameters]

    async def faces_on(self, picture: Picture) -> Sequence[SeenFace]:
        """The faces that the service sees on a picture, the largest first."""
        faces = await self.backend.sources.faces(picture)
        self.sight.faces[picture.digest] = faces
        return faces

    async def known_faces_on(self, picture: Picture) -> Sequence[SeenFace] | None:
        """Does what `faces_on` does; None where the faces would have to be made up."""
        faces = await self.backend.sources.known_faces(picture)
        if faces is not None:
            self.sight.faces[picture.digest] = faces
        return faces

    def declared(
        self, picture: Picture | None = None, *, operation: str | None = None
    ) -> JsonObject | None:
        """What the user declared that this call is answered; None where nothing is declared.

        Args:
            picture: The picture that the call is about.
            operation: The operation whose answer is meant, where it is not this one.
        """
        name = next(self._names(), None) if picture is None else picture.name
        found = self.backend.answers.find(
            operation or self.operation, self.parameters, picture=picture, name=name
        )
        if found is not None:
            self.sight.is_declared = True
        return found

    def _names(self) -> Iterator[str]:
        """The objects in S3 that the call is about, but for pictures, as ``bucket/key``."""
        for member in _OBJECTS:
            s3_object = self.parameters.get(member, {}).get("S3Object", {})
            if s3_object.keys() >= {"Bucket", "Name"}:
                yield name_of(s3_object)

    def page(
        self,
        shelf: Shelf,
        *scope: str,
        order: Order = Order.OLDEST_FIRST,
        keep: Callable[[Record], bool] | None = None,
        most: int | None = None,
    ) -> tuple[list[Record], str | None]:
        """A page of the records of a shelf, and the token of the next one.

        Args:
            shelf: What is listed.
            scope: What the listing is narrowed to, so that its tokens are good for nothing else.
            order: The order.
            keep: Which records are listed; None lists all.
            most: How many records a page has at most; None sets no limit.

        Raises:
            EmulatedError: InvalidPaginationTokenException.
        """
        sealed = (self.operation, *self.caller, shelf.parent, *scope)
        start, size = self._asked_page(sealed, most)
        records: list[Record] = []
        for record in shelf.all(order, after=start.after):
            if keep is not None and not keep(record):
                continue
            if len(records) == size:
                after = order.key(records[-1]) if records else start.after
                return records, self._next_token(sealed, start, after)
            records.append(record)
        return records, None

    def page_of(
        self, items: Sequence[T], *scope: str, most: int | None = None
    ) -> tuple[Sequence[T], str | None]:
        """A page of items that stay what they are, and the token of the next one.

        Args:
            items: What is listed.
            scope: What the listing is of, so that its tokens are good for nothing else.
            most: How many items a page has at most; None sets no limit.

        Raises:
            EmulatedError: InvalidPaginationTokenException.
        """
        sealed = (self.operation, *self.caller, *scope)
        start, size = self._asked_page(sealed, most)
        first = int(start.after or 0)
        last = first + size
        if last >= len(items):
            return items[first:], None
        return items[first:last], self._next_token(sealed, start, str(last))

    def _asked_page(self, sealed: tuple[str, ...], most: int | None) -> tuple[Position, int]:
        """Where the page begins that is asked for, and how many items it has at most."""
        token = self.parameters.get("NextToken")
        tokens = self.backend.tokens
        start = tokens.read(token, *sealed, now=self.time) if token else Position()
        size = self.backend.page_size()
        # MaxResults 0 is within the limits, and means as much as none.
        sizes = (size, self.parameters.get("MaxResults") or size, most or size)
        return start, min(sizes)

    def _next_token(self, sealed: tuple[str, ...], start: Position, after: str | None) -> str:
        following = Position(after, start.page + 1)
        return self.backend.tokens.issue(following, *sealed, now=self.time)


Handler: TypeAlias = Callable[[Call], JsonObject | Awaitable[JsonObject]]
"""Does one operation. It awaits what it needs first, and then changes the state in one go."""


class ExpiredError(EmulatedError):
    """What a call asks for was there, and is kept no longer."""


async def do(call: Call, handler: Handler) -> JsonObject:
    """What a handler answers to a call; raises what the handler raises."""
    answer = handler(call)
    return await answer if isawaitable(answer) else answer


def paged(answer: JsonObject, next_token: str | None) -> JsonObject:
    """An answer with the token of the next page, where there is one."""
    return answer if next_token is None else {**answer, "NextToken": next_token}


def user_arn(call: Call) -> str:
    """Who calls, as error texts name it: the emulator knows accounts, and no users."""
    return f"arn:aws:iam::{call.caller.account_id}:root"


def new_job_id(call: Call, jobs: Shelf) -> str:
    """The JobId of one more job: the same for the same start of a job after as many others.

    Args:
        call: Starts the job.
        jobs: Where jobs stay for good, so that their count is another one each time.
    """
    return job_id_of(*call.caller, call.operation, call.asked, jobs.count())
