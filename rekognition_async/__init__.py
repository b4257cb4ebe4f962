"""A typed asyncio client for Amazon Rekognition.

A module is loaded when a name of it is first used, as Pydantic does it: importing the package
alone costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rekognition_async._version import __version__

if TYPE_CHECKING:
    from rekognition_async import errors as errors
    from rekognition_async import models as models
    from rekognition_async.bulk.external_ids import external_image_id, key_of_external_image_id
    from rekognition_async.bulk.journal import Journal, JournalCounts, RecordedOutcome
    from rekognition_async.bulk.outcomes import FacesOutcome, Outcome, PictureOutcome
    from rekognition_async.bulk.pictures import Pictures, PicturesSource
    from rekognition_async.client import RekognitionClient
    from rekognition_async.completions import SqsCompletions
    from rekognition_async.config import RetryClock, RetryPolicy
    from rekognition_async.drawing.draw import draw
    from rekognition_async.drawing.painting import Drawing
    from rekognition_async.errors import (
        ClientClosedError,
        ConfigurationError,
        JobError,
        JobFailedError,
        JobInProgressError,
        PaginationError,
        RateLimitError,
        RekognitionError,
        RequestValidationError,
        ResponseValidationError,
        ServiceError,
        TransportError,
        WaitTimeoutError,
    )
    from rekognition_async.geometry import PixelBox, PixelPoint
    from rekognition_async.images import ImageSource, prepare_image
    from rekognition_async.models import Collection
    from rekognition_async.observers import CallDetails, CallObserver, RetryDetails
    from rekognition_async.operation import RawResponse, ResponseMetadata
    from rekognition_async.pagination import Pages, Paginator
    from rekognition_async.pictures.prepared import PreparedImage
    from rekognition_async.rate_limiting import RateLimiter
    from rekognition_async.rate_limiting.redis import RedisRateLimiter
    from rekognition_async.usage import OperationUsage, Usage

__all__ = [
    "CallDetails",
    "CallObserver",
    "ClientClosedError",
    "Collection",
    "ConfigurationError",
    "Drawing",
    "FacesOutcome",
    "ImageSource",
    "JobError",
    "JobFailedError",
    "JobInProgressError",
    "Journal",
    "JournalCounts",
    "OperationUsage",
    "Outcome",
    "Pages",
    "PaginationError",
    "Paginator",
    "PictureOutcome",
    "Pictures",
    "PicturesSource",
    "PixelBox",
    "PixelPoint",
    "PreparedImage",
    "RateLimitError",
    "RateLimiter",
    "RawResponse",
    "RecordedOutcome",
    "RedisRateLimiter",
    "RekognitionClient",
    "RekognitionError",
    "RequestValidationError",
    "ResponseMetadata",
    "ResponseValidationError",
    "RetryClock",
    "RetryDetails",
    "RetryPolicy",
    "ServiceError",
    "SqsCompletions",
    "TransportError",
    "Usage",
    "WaitTimeoutError",
    "__version__",
    "draw",
    "external_image_id",
    "key_of_external_image_id",
    "prepare_image",
]

_HOMES = {
    "bulk.external_ids": ["external_image_id", "key_of_external_image_id"],
    "bulk.journal": ["Journal", "JournalCounts", "RecordedOutcome"],
    "bulk.outcomes": ["FacesOutcome", "Outcome", "PictureOutcome"],
    "bulk.pictures": ["Pictures", "PicturesSource"],
    "client": ["RekognitionClient"],
    "completions": ["SqsCompletions"],
    "config": ["RetryClock", "RetryPolicy"],
    "drawing.draw": ["draw"],
    "drawing.painting": ["Drawing"],
    "errors": [
        "ClientClosedError",
        "ConfigurationError",
        "JobError",
        "JobFailedError",
        "JobInProgressError",
        "PaginationError",
        "RateLimitError",
        "RekognitionError",
        "RequestValidationError",
        "ResponseValidationError",
        "ServiceError",
        "TransportError",
        "WaitTimeoutError",
    ],
    "geometry": ["PixelBox", "PixelPoint"],
    "images": ["ImageSource", "prepare_image"],
    "models": ["Collection"],
    "observers": ["CallDetails", "CallObserver", "RetryDetails"],
    "operation": ["RawResponse", "ResponseMetadata"],
    "pagination": ["Pages", "Paginator"],
    "pictures.prepared": ["PreparedImage"],
    "rate_limiting": ["RateLimiter"],
    "rate_limiting.redis": ["RedisRateLimiter"],
    "usage": ["OperationUsage", "Usage"],
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in {"errors", "models"}:
        return import_module(f"{__name__}.{name}")
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
