"""What the page is made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from rekognition_async.emulator.admin.observations import Observations
from rekognition_async.emulator.http.recorded_requests import RecordedRequests
from rekognition_async.emulator.rules.answers import AnswerPlan
from rekognition_async.emulator.rules.faults import FaultPlan
from rekognition_async.emulator.rules.quotas import Quotas
from rekognition_async.emulator.state.store import Record, Store
from rekognition_async.emulator.utils.clock import Clock
from rekognition_async.emulator.vision.identities import Identity
from rekognition_async.emulator.vision.people import People
from rekognition_async.emulator.vision.thumbnails import Thumbnails


class PageSource(Protocol):
    """What the page needs of an emulator."""

    answers: AnswerPlan
    faults: FaultPlan
    people: People
    requests: RecordedRequests

    @property
    def url(self) -> str:
        """Where it listens."""
        ...

    @property
    def clock(self) -> Clock:
        """The time it runs by."""
        ...

    @property
    def quotas(self) -> Quotas:
        """The quotas in force."""
        ...

    @property
    def latency(self) -> Mapping[str, float]:
        """Seconds before each answer."""
        ...


@dataclass(frozen=True)
class Kept:
    """What a running emulator keeps.

    Attributes:
        store: The state.
        observations: What the latest calls saw and answered.
        thumbnails: What pictures look like.
        identity_of: Tells whose face is kept in a record.
    """

    store: Store
    observations: Observations
    thumbnails: Thumbnails
    identity_of: Callable[[Record], Identity]
