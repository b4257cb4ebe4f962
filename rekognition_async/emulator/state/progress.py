"""Work that takes time: when it ends, by the clock or by the number of polls, and what it changes.

A handler starts work with `Durations.begin` and saves what it gives with the record. Whoever reads
that record later calls `refresh` first, which writes what has become of it by then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rekognition_async.emulator.state.store import Record, Shelf
from rekognition_async.emulator.utils.json_types import JsonObject

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
class Durations:
    """How long each kind of work takes.

    Attributes:
        by_kind: Seconds by kind, where ``"*"`` stands for all that are not named, but for
            ``"collection_visibility"``.
        polls_until_done: After how many polls work ends that is not over by then; None ends it by
            the clock alone.
    """

    by_kind: Mapping[str, float]
    polls_until_done: int | None = None

    def __post_init__(self) -> None:
        """Checks what would otherwise never apply.

        Raises:
            ValueError: There is no such kind, or a number is negative.
        """
        for kind, seconds in self.by_kind.items():
            if kind != "*" and kind not in KINDS:
                raise ValueError(
                    f"durations must name one of {', '.join(sorted(KINDS))} or '*', got {kind!r}"
                )
            if not seconds >= 0:
                raise ValueError(f"the duration of {kind} must be at least 0, got {seconds!r}")
        if self.polls_until_done is not None and self.polls_until_done < 0:
            raise ValueError(f"polls_until_done must be at least 0, got {self.polls_until_done!r}")

    def seconds(self, kind: str) -> float:
        """How many seconds work of a kind takes where no poll ends it before."""
        others = 0.0 if kind in _ONLY_IF_NAMED else self.by_kind.get("*", 0.0)
        return self.by_kind.get(kind, others)

    def begin(
        self,
        kind: str,
        now: float,
        on_done: Mapping[str, object] | None,
        *,
        stages: Sequence[Mapping[str, object]] = (),
        **status: object,
    ) -> JsonObject:
        """The members of a document of something that is under way.

        Args:
            kind: What takes its time.
            now: Seconds since the epoch.
            on_done: The members that are other than before when it is over, None for those that are
                gone; None where the whole record is gone then. It may be what `timed` gives:
                then something else is under way from there on.
            stages: What the document says on the way, after ``status``; each stage lasts as long
                as the others, or as many polls.
            status: What the document says at first.

        Returns:
            Changes for `Shelf.add` or `Shelf.save`.
        """
        progress = _progress(
            now, self.seconds(kind), on_done, polls=self.polls_until_done, stages=stages
        )
        return {**status, _PROGRESS: progress}


def timed(
    seconds: float, now: float, on_done: Mapping[str, object], **status: object
) -> JsonObject:
    """The members of a document of something that ends by the clock alone; see `Durations.begin`.

    Args:
        seconds: For how long it goes on.
        now: When that begins, in seconds since the epoch.
        on_done: The members that are other than before when it is over.
        status: What the document says meanwhile.
    """
    return {**status, _PROGRESS: _progress(now, seconds, on_done)}


def refresh(
    shelf: Shelf,
    record: Record,
    now: float,
    *,
    polled: bool = False,
    at_end: Callable[[Record, float], Mapping[str, object]] | None = None,
) -> Record | None:
    """Writes what has become of a record by now, and gives the record as it is then.

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
    stages, on_done = progress["stages"], progress["on_done"]
    stage = _stage(progress, now)
    if stage <= len(stages):
        changes: JsonObject = dict(stages[stage - 1]) if stage else {}
        if polled and progress["polls"] is not None:
            changes[_PROGRESS] = {**progress, "polled": progress["polled"] + 1}
        return shelf.save(record, **changes) if changes else record
    if on_done is None:
        shelf.remove(record.name)
        return None
    more = {} if at_end is None else at_end(record, min(now, progress["due"]))
    ended = shelf.save(record, **{_PROGRESS: None, **on_done, **more})
    # What follows may be over by now, too.
    return refresh(shelf, ended, now, at_end=at_end)


def due_time(record: Record) -> float | None:
    """When what goes on with a record is over by the clock; None where nothing does."""
    progress = record.document.get(_PROGRESS)
    return None if progress is None else float(progress["due"])


def is_under_way(record: Record) -> bool:
    """Whether something goes on with a record, as far as `refresh` has told."""
    return _PROGRESS in record.document


def _progress(
    now: float,
    seconds: float,
    on_done: Mapping[str, object] | None,
    *,
    polls: int | None = None,
    stages: Sequence[Mapping[str, object]] = (),
) -> JsonObject:
    return {
        "since": now,
        "due": now + seconds,
        "polled": 0,
        "polls": polls,
        "stages": list(stages),
        "on_done": on_done,
    }


def _stage(progress: JsonObject, now: float) -> int:
    """How many stages are over by now; one more than there are on the way is the end."""
    since, due, polled, polls = (progress[key] for key in ("since", "due", "polled", "polls"))
    count = len(progress["stages"]) + 1
    if now >= due or (polls is not None and polled >= polls):
        return count
    by_time = int(count * max(now - since, 0.0) / (due - since))
    by_polls = 0 if polls is None else count * polled // polls
    return min(max(by_time, by_polls), count - 1)
