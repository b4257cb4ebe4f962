"""The usage ledger: counts what a client asks of the service, at a few additions a call.

Counts only: what they cost is the account's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rekognition_async.operation import Response

if TYPE_CHECKING:
    from rekognition_async.usage import Usage

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
        from rekognition_async.usage import (  # noqa: PLC0415 - where somebody asks
            OperationUsage,
            Usage,
        )

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
