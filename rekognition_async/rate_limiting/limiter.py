"""What the client asks before it sends: the protocol of a rate limiter."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class RateLimiter(Protocol):
    """Decides when the next call of an operation may be sent.

    Hand one in as ``quotas=`` to share a quota with what the client does not see. The client has
    a queue per operation and region, and only the head of a queue asks, so that no slot is taken
    for calls that may be cancelled before their turn.
    """

    async def reserve(self, operation: str, region_name: str) -> float:
        """Takes the next slot.

        Args:
            operation: AWS's name of the operation, as in ``"IndexFaces"``.
            region_name: The region that the call goes to.

        Returns:
            The seconds until the slot; 0 for now.
        """
        ...

    def refused(self, operation: str, region_name: str) -> None:
        """Is told that the service refused an attempt for its pace.

        Args:
            operation: AWS's name of the operation.
            region_name: The region that the attempt went to.
        """
        ...

    def rate(self, operation: str, region_name: str) -> float | None:
        """The transactions a second that are to be expected now; None where not known.

        The client estimates by it how long a call would wait, and refuses one whose deadline
        comes sooner.

        Args:
            operation: AWS's name of the operation.
            region_name: The region.
        """
        ...
