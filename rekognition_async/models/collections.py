"""Collections: where the faces and users of an application are kept."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from rekognition_async.operation import (
    WIRE_LIST,
    Model,
    PagedRequest,
    Request,
    RequestModel,
    Response,
)

__all__ = [
    "Collection",
    "CollectionId",
    "CreateCollectionRequest",
    "CreateCollectionResponse",
    "DeleteCollectionRequest",
    "DeleteCollectionResponse",
    "DescribeCollectionRequest",
    "DescribeCollectionResponse",
    "ListCollectionsRequest",
    "ListCollectionsResponse",
    "TagKey",
    "TagValue",
]


def _not_reserved(key: str) -> str:
    if key.startswith("aws:"):
        raise PydanticCustomError("reserved_tag_key", "Tag keys that begin with 'aws:' are AWS's")
    return key


CollectionId = Annotated[
    str, StringConstraints(min_length=1, max_length=255, pattern=r"^[a-zA-Z0-9_.\-]+$")
]
"""1 to 255 of the letters a-z and A-Z, digits, ``_``, ``.`` and ``-``; upper and lower differ."""

TagKey = Annotated[
    str,
    StringConstraints(min_length=1, max_length=128, pattern=r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$"),
    # The service model writes this as a lookahead, which Pydantic's regex engine has not.
    AfterValidator(_not_reserved),
]
"""1 to 128 letters, digits, spaces and ``_.:/=+-@``, not beginning with ``aws:``."""

TagValue = Annotated[
    str, StringConstraints(max_length=256, pattern=r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$")
]
"""At most 256 letters, digits, spaces and ``_.:/=+-@``."""


class Collection(Model, frozen=True):
    """A collection, as ListCollections names it.

    Attributes:
        collection_id: The id it was created with.
        face_model_version: The version of the face model that indexes its faces, as in
            ``"7.0"``; None where the service told no versions.
    """

    collection_id: Annotated[str, Field(alias="CollectionId")]
    face_model_version: Annotated[str | None, Field(alias="FaceModelVersion")] = None


class ListCollectionsResponse(Response, frozen=True):
    """A page of the collections of an account in a region.

    Attributes:
        collection_ids: The ids on this page.
        face_model_versions: The face model version of each id, in the same order; empty where
            the service told none.
        next_token: Asks for the next page; None on the last one.
    """

    collection_ids: Annotated[tuple[str, ...], WIRE_LIST, Field(alias="CollectionIds")] = ()
    face_model_versions: Annotated[
        tuple[str, ...], WIRE_LIST, Field(alias="FaceModelVersions")
    ] = ()
    next_token: Annotated[str | None, Field(alias="NextToken", repr=False)] = None

    @model_validator(mode="after")
    def _versions_pair_with_ids(self) -> Self:
        ids, versions = len(self.collection_ids), len(self.face_model_versions)
        if versions not in {0, ids}:
            raise PydanticCustomError(
                "unpaired_versions",
                "{versions} FaceModelVersions cannot be paired with {ids} CollectionIds",
                {"versions": versions, "ids": ids},
            )
        return self

    @cached_property
    def collections(self) -> tuple[Collection, ...]:
        """Each id of this page with its own version, which is None where none was told."""
        versions: Sequence[str | None] = self.face_model_versions or (
            (None,) * len(self.collection_ids)
        )
        return tuple(
            Collection(collection_id=collection_id, face_model_version=version)
            for collection_id, version in zip(self.collection_ids, versions, strict=True)
        )


class ListCollectionsRequest(
    RequestModel, PagedRequest[ListCollectionsResponse, Collection], frozen=True
):
    """Asks for a page of the collections of an account in a region.

    Attributes:
        max_results: At most so many ids on the page, 0 to 4096; the service chooses where it is
            None or 0.
        next_token: The ``next_token`` of the page before, at most 255 characters.
    """

    operation: ClassVar[str] = "ListCollections"
    method: ClassVar[str] = "list_collections"
    response_type: ClassVar[type[Response]] = ListCollectionsResponse

    max_results: Annotated[int | None, Field(alias="MaxResults", ge=0, le=4096, strict=True)] = None
    next_token: Annotated[str | None, Field(alias="NextToken", max_length=255, repr=False)] = None

    def items_of(self, page: ListCollectionsResponse) -> Sequence[Collection]:
        """The collections of the page, each paired with its version."""
        return page.collections

    def key_of(self, item: Collection) -> str:
        """The collection's id."""
        return item.collection_id


class CreateCollectionResponse(Response, frozen=True):
    """What CreateCollection made.

    Attributes:
        status_code: The HTTP status that the service reports, 200.
        collection_arn: The collection's name across AWS. This operation writes it without the
            leading ``arn:``.
        face_model_version: The version of the face model that will index its faces.
    """

    status_code: Annotated[int | None, Field(alias="StatusCode")] = None
    collection_arn: Annotated[str | None, Field(alias="CollectionArn")] = None
    face_model_version: Annotated[str | None, Field(alias="FaceModelVersion")] = None


class CreateCollectionRequest(RequestModel, Request[CreateCollectionResponse], frozen=True):
    """Asks for a new, empty collection.

    Attributes:
        collection_id: The id of the collection, 1 to 255 of ``a-zA-Z0-9_.-``.
        tags: At most 200 tags to put on it.
    """

    operation: ClassVar[str] = "CreateCollection"
    method: ClassVar[str] = "create_collection"
    response_type: ClassVar[type[Response]] = CreateCollectionResponse

    collection_id: Annotated[CollectionId, Field(alias="CollectionId")]
    tags: Annotated[dict[TagKey, TagValue] | None, Field(alias="Tags", max_length=200)] = None


class DescribeCollectionResponse(Response, frozen=True):
    """What is known of a collection.

    Attributes:
        face_count: How many faces are indexed in it.
        user_count: How many users it holds.
        face_model_version: The version of the face model that indexes its faces.
        collection_arn: The collection's Amazon Resource Name.
        creation_timestamp: When it was created, with a time zone.
    """

    face_count: Annotated[int | None, Field(alias="FaceCount")] = None
    user_count: Annotated[int | None, Field(alias="UserCount")] = None
    face_model_version: Annotated[str | None, Field(alias="FaceModelVersion")] = None
    collection_arn: Annotated[str | None, Field(alias="CollectionARN")] = None
    creation_timestamp: Annotated[AwareDatetime | None, Field(alias="CreationTimestamp")] = None


class DescribeCollectionRequest(RequestModel, Request[DescribeCollectionResponse], frozen=True):
    """Asks what is known of a collection.

    Attributes:
        collection_id: The id of the collection, 1 to 255 of ``a-zA-Z0-9_.-``.
    """

    operation: ClassVar[str] = "DescribeCollection"
    method: ClassVar[str] = "describe_collection"
    response_type: ClassVar[type[Response]] = DescribeCollectionResponse

    collection_id: Annotated[CollectionId, Field(alias="CollectionId")]


class DeleteCollectionResponse(Response, frozen=True):
    """The answer to DeleteCollection.

    Attributes:
        status_code: The HTTP status that the service reports, 200.
    """

    status_code: Annotated[int | None, Field(alias="StatusCode")] = None


class DeleteCollectionRequest(RequestModel, Request[DeleteCollectionResponse], frozen=True):
    """Asks to delete a collection and all faces and users in it.

    Attributes:
        collection_id: The id of the collection, 1 to 255 of ``a-zA-Z0-9_.-``.
    """

    operation: ClassVar[str] = "DeleteCollection"
    method: ClassVar[str] = "delete_collection"
    response_type: ClassVar[type[Response]] = DeleteCollectionResponse

    collection_id: Annotated[CollectionId, Field(alias="CollectionId")]
