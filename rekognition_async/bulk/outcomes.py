"""What became of one request of many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic

from rekognition_async.errors import RekognitionError, ResponseValidationError
from rekognition_async.operation import R, Request, Response


@dataclass(frozen=True, slots=True)
class Outcome(Generic[R]):
    """What became of one request of a bulk.

    Attributes:
        key: The key of the request.
        request: What was sent, an image's bytes among it; None where it could not be made, as for
            a picture that cannot be read.
        response: The answer; None where the request failed.
        error: Why it failed; None where it did not.
        attempts: How often it was sent; 0 where it never was.
        seconds: How long it took, with the waits for its turn and for retries.
    """

    key: str
    request: Request[R] | None
    response: R | None
    error: RekognitionError | None
    attempts: int
    seconds: float

    def result(self) -> R:
        """The answer; raises the error of a request that failed."""
        if self.response is None:
            raise self.error or RuntimeError("an outcome has an answer or an error")
        return self.response


@dataclass(frozen=True, slots=True)
class PictureOutcome(Outcome[R]):
    """What became of one picture of a bulk.

    Attributes:
        source: Where the picture came from, as it was handed in or found: a path, a
            `models.S3Object`, bytes.
    """

    source: Any


@dataclass(frozen=True, slots=True)
class FacesOutcome(Outcome[R]):
    """What became of one request of many faces.

    Attributes:
        face_ids: The faces that the request was about.
        unsuccessful_face_ids: Those of them for which it was not done: the faces that the answer
            refuses, or all where the request failed.
    """

    face_ids: tuple[str, ...]
    unsuccessful_face_ids: tuple[str, ...]


def attempts_of(response: Response | None, error: RekognitionError | None) -> int:
    """How often a request was sent, by what came of it."""
    if response is not None:
        return response.metadata.retry_attempts + 1
    if isinstance(error, ResponseValidationError):
        return 1
    attempts: int = getattr(error, "attempts", 0)
    return attempts
