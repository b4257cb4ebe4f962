"""What takes the service time: it ends by the clock, or after a number of polls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from rekognition_async.emulator.protocol import JsonObject
from rekognition_async.emulator.store import Record, Shelf

KINDS: Final = frozenset(
    {
        "video",
        "media_analysis",
        "training",
        "model_start",
        "model_stop",
        "model_copy",
        "project_deletion",
        "version_deletion",
        "dataset",
        "dataset_deletion",
        "stream_start",
        "stream_stop",
        "stream_update",
        "user_update",
        "collection_visibility",
        "liveness",
    }
)
"""What ``durations`` may name."""

_ONLY_IF_NAMED: Final = frozenset({"collection_visibility"})
"""What a duration for all kinds does not mean: it takes no time unless it is asked for."""

_PROGRESS: Final = "_progress"


@dataclass(frozen=True)
class Pace:
    """How long everything takes.

    Attributes:
        durations: Seconds by kind, where ``"*"`` stands for all that are not named, but for
            ``"collection_visibility"``.
        autoadvance: After how many polls work ends that is not over by then; None ends it by the
            clock alone.
    """

    durations: Mapping[str, float]
    autoadvance: int | None = None

    def __post_init__(self) -> None:
        """Checks what would otherwise never apply.

        Raises:
            ValueError: There is no such kind, or a number is negative.
        """
        for kind, seconds in self.durations.items():
            if kind != "*" and kind not in KINDS:
                raise ValueError(
                    f"durations must name one of {', '.join(sorted(KINDS))} or '*', got {kind!r}"
                )
            if not seconds >= 0:
                raise ValueError(f"the duration of {kind} must be at least 0, got {seconds!r}")
        if self.autoadvance is not None and self.autoadvance < 0:
            raise ValueError(f"autoadvance must be at least 0, got {self.autoadvance!r}")

    def seconds(self, kind: str) -> float:
        """How long something takes."""
        others = 0.0 if kind in _ONLY_IF_NAMED else self.durations.get("*", 0.0)
        return self.durations.get(kind, others)

    def begin(
        self, kind: str, now: float, then: Mapping[str, object] | None, **status: object
    ) -> JsonObject:
        """The members of a document of something that is under way.

        Args:
            kind: What takes its time.
            now: Seconds since the epoch.
            then: The members that are other than before when it is over, None for those that are
                gone; None where the whole record is gone then.
            status: What the document says meanwhile.

        Returns:
            Changes for `Shelf.add` or `Shelf.save`.
        """
        progress = {"due": now + self.seconds(kind), "polls": self.autoadvance, "then": then}
        return {**status, _PROGRESS: progress}


def settled(
    shelf: Shelf,
    record: Record,
    now: float,
    *,
    polled: bool = False,
    at_end: Callable[[Record, float], Mapping[str, object]] | None = None,
) -> Record | None:
    """What has become of a record by now.

    Args:
        shelf: Where it is kept.
        record: What was found there.
        now: Seconds since the epoch.
        polled: Whether somebody asks for this record's status, which counts as a poll.
        at_end: More members of the document when the work is over, given the record and the time
            at which it ended.

    Returns:
        The record as it is now; None where it is gone.
    """
    progress = record.document.get(_PROGRESS)
    if progress is None:
        return record
    due, polls, then = progress["due"], progress["polls"], progress["then"]
    if now < due and polls != 0:
        if not polled or polls is None:
            return record
        return shelf.save(record, **{_PROGRESS: {**progress, "polls": polls - 1}})
    if then is None:
        shelf.remove(record.name)
        return None
    more = {} if at_end is None else at_end(record, min(now, due))
    return shelf.save(record, **{_PROGRESS: None, **then, **more})


def is_under_way(record: Record) -> bool:
    """Whether something goes on with a record, as far as `settled` has told."""
    return _PROGRESS in record.document
