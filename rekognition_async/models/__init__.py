"""The models of every operation: what is asked, what is answered, and the records in it."""

from rekognition_async.models.collections import (
    Collection,
    CreateCollectionRequest,
    CreateCollectionResponse,
    DeleteCollectionRequest,
    DeleteCollectionResponse,
    DescribeCollectionRequest,
    DescribeCollectionResponse,
    ListCollectionsRequest,
    ListCollectionsResponse,
)

__all__ = [
    "Collection",
    "CreateCollectionRequest",
    "CreateCollectionResponse",
    "DeleteCollectionRequest",
    "DeleteCollectionResponse",
    "DescribeCollectionRequest",
    "DescribeCollectionResponse",
    "ListCollectionsRequest",
    "ListCollectionsResponse",
]
