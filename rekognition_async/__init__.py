"""A typed asyncio client for Amazon Rekognition."""

from rekognition_async._version import __version__
from rekognition_async.client import RekognitionClient
from rekognition_async.config import Clock, RetryDetails, RetryPolicy
from rekognition_async.errors import (
    ClientClosedError,
    ConfigurationError,
    PaginationError,
    RekognitionError,
    RequestValidationError,
    ResponseValidationError,
    ServiceError,
    TransportError,
)
from rekognition_async.models import Collection
from rekognition_async.operation import ResponseMetadata
from rekognition_async.pagination import Pages, Paginator

__all__ = [
    "ClientClosedError",
    "Clock",
    "Collection",
    "ConfigurationError",
    "Pages",
    "PaginationError",
    "Paginator",
    "RekognitionClient",
    "RekognitionError",
    "RequestValidationError",
    "ResponseMetadata",
    "ResponseValidationError",
    "RetryDetails",
    "RetryPolicy",
    "ServiceError",
    "TransportError",
    "__version__",
]
