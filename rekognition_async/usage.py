"""What a client has asked of the service since it was made, as `usage_ledger` has counted it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from operator import attrgetter
from typing import Final

from pydantic import NonNegativeInt

from rekognition_async.operation import Model

__all__ = ["OperationUsage", "Usage"]


class OperationUsage(Model, frozen=True):
    """What a client has asked of one operation in one region.

    Attributes:
        operation: The operation's name, as in ``"DetectLabels"``.
        region: The region that the calls went to.
        calls: How many calls have ended, however they did. A call counts once, with all its
            retries; each page of a listing and each poll of a wait is a call.
        failed: How many of them ended with an error or were cancelled.
        images: How many images AWS bills for them: one for each call that the service answered,
            of the operations that are billed by the image. A call that failed is not counted.
        face_vectors: How many faces IndexFaces told to have stored.
    """

    operation: str
    region: str
    calls: NonNegativeInt = 0
    failed: NonNegativeInt = 0
    images: NonNegativeInt = 0
    face_vectors: NonNegativeInt = 0


_BY_PLACE: Final = attrgetter("operation", "region")


class Usage(Model, frozen=True):
    """What a client and its views had asked of the service when this was taken.

    Two of them add up, ``usage + other``, as those of several clients or processes do;
    ``model_dump_json()`` and ``model_validate_json()`` carry them.

    Attributes:
        operations: The counts of each operation and region, sorted by these.
    """

    operations: tuple[OperationUsage, ...] = ()

    @property
    def calls(self) -> int:
        """How many calls have ended, of all operations."""
        return sum(counts.calls for counts in self.operations)

    @property
    def failed(self) -> int:
        """How many of them ended with an error or were cancelled."""
        return sum(counts.failed for counts in self.operations)

    @property
    def images(self) -> int:
        """How many images AWS bills for them."""
        return sum(counts.images for counts in self.operations)

    @property
    def face_vectors(self) -> int:
        """How many faces IndexFaces told to have stored."""
        return sum(counts.face_vectors for counts in self.operations)

    def __add__(self, other: object) -> Usage:
        if not isinstance(other, Usage):
            return NotImplemented
        both = sorted((*self.operations, *other.operations), key=_BY_PLACE)
        return Usage(
            operations=tuple(_sum_of(same) for _, same in itertools.groupby(both, key=_BY_PLACE))
        )


def _sum_of(counts: Iterable[OperationUsage]) -> OperationUsage:
    first, *others = counts
    return OperationUsage(
        operation=first.operation,
        region=first.region,
        calls=first.calls + sum(more.calls for more in others),
        failed=first.failed + sum(more.failed for more in others),
        images=first.images + sum(more.images for more in others),
        face_vectors=first.face_vectors + sum(more.face_vectors for more in others),
    )
