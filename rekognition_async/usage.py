"""The usage ledger: what a client has asked of the service since it was made.

`UsageLedger` counts, at the cost of a few additions a call, and `Usage` is what it has counted.
Counts only: what they cost is the account's business.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from operator import attrgetter
from typing import Final

from pydantic import NonNegativeInt

from rekognition_async.operation import Model, Response

__all__ = ["OperationUsage", "Usage"]

BILLED_BY_IMAGE: Final = frozenset(
    {
        "AssociateFaces",
        "CompareFaces",
        "DetectFaces",
        "DetectLabels",
        "DetectModerationLabels",
        "DetectProtectiveEquipment",
        "DetectText",
        "DisassociateFaces",
        "IndexFaces",
        "RecognizeCelebrities",
        "SearchFaces",
        "SearchFacesByImage",
        "SearchUsers",
        "SearchUsersByImage",
    }
)
"""Operations that AWS bills as one image a call: CompareFaces too, which takes two, and those
that search for, or associate, what is in a collection already."""
_STORES_FACES: Final = "IndexFaces"


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


class _Counts:
    __slots__ = ("calls", "face_vectors", "failed", "images")

    def __init__(self) -> None:
        self.calls = self.failed = self.images = self.face_vectors = 0


class UsageLedger:
    """Counts the calls of a client and its views."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], _Counts] = {}

    def count(
        self,
        operation: str,
        region: str,
        *,
        failed: bool,
        answered: bool,
        response: Response | None,
    ) -> None:
        """Counts a call that has ended.

        Args:
            operation: AWS's name of the operation.
            region: The region that the call went to.
            failed: Whether the caller was given no response.
            answered: Whether the service answered with what was asked for.
            response: The answer, where it could be read.
        """
        counts = self._counts.get((operation, region))
        if counts is None:
            counts = self._counts[operation, region] = _Counts()
        counts.calls += 1
        if failed:
            counts.failed += 1
        if answered and operation in BILLED_BY_IMAGE:
            counts.images += 1
            if operation == _STORES_FACES and response is not None:
                counts.face_vectors += len(getattr(response, "face_records", ()))

    def snapshot(self) -> Usage:
        """What has been counted so far."""
        return Usage(
            operations=tuple(
                OperationUsage(
                    operation=operation,
                    region=region,
                    calls=counts.calls,
                    failed=counts.failed,
                    images=counts.images,
                    face_vectors=counts.face_vectors,
                )
                for (operation, region), counts in sorted(
                    self._counts.items(), key=lambda entry: entry[0]
                )
            )
        )
