"""The operations on collections."""

from __future__ import annotations

from collections.abc import Mapping

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
from rekognition_async.operations.base import Operations
from rekognition_async.pagination import Paginator


class CollectionOperations(Operations):
    """CreateCollection, DescribeCollection, ListCollections, DeleteCollection."""

    async def create_collection(
        self, *, collection_id: str, tags: Mapping[str, str] | None = None
    ) -> CreateCollectionResponse:
        """Creates an empty collection in the client's region (CreateCollection).

        Args:
            collection_id: 1 to 255 letters a-z or A-Z, digits, ``_``, ``.`` or ``-``; upper and
                lower case differ.
            tags: At most 200 tags: keys of 1 to 128 characters that do not begin with ``aws:``,
                values of at most 256.

        Returns:
            The collection's ARN and the version of its face model.

        Raises:
            RequestValidationError: A parameter is out of its limits; nothing was sent.
            ResourceAlreadyExistsException: There is a collection of this id.
            ServiceQuotaExceededException: The account has as many collections as it may.
            ServiceError: Any other error the service answered with.
            TransportError: No usable answer came.
        """
        return await self.send(
            CreateCollectionRequest(
                collection_id=collection_id, tags=None if tags is None else dict(tags)
            )
        )

    async def describe_collection(self, *, collection_id: str) -> DescribeCollectionResponse:
        """Tells a collection's size, face model version, ARN and age (DescribeCollection).

        The service is eventually consistent: a collection just created may not be found yet.

        Args:
            collection_id: 1 to 255 letters a-z or A-Z, digits, ``_``, ``.`` or ``-``.

        Returns:
            What is known of the collection.

        Raises:
            RequestValidationError: A parameter is out of its limits; nothing was sent.
            ResourceNotFoundException: There is no such collection.
            ServiceError: Any other error the service answered with.
            TransportError: No usable answer came.
        """
        return await self.send(DescribeCollectionRequest(collection_id=collection_id))

    async def delete_collection(self, *, collection_id: str) -> DeleteCollectionResponse:
        """Deletes a collection with all its faces and users (DeleteCollection).

        Args:
            collection_id: 1 to 255 letters a-z or A-Z, digits, ``_``, ``.`` or ``-``.

        Returns:
            The status that the service reports.

        Raises:
            RequestValidationError: A parameter is out of its limits; nothing was sent.
            ResourceNotFoundException: There is no such collection.
            ServiceError: Any other error the service answered with.
            TransportError: No usable answer came.
        """
        return await self.send(DeleteCollectionRequest(collection_id=collection_id))

    async def list_collections(
        self, *, max_results: int | None = None, next_token: str | None = None
    ) -> ListCollectionsResponse:
        """Gives one page of the collections in the client's region (ListCollections).

        `iter_collections` goes through all pages.

        Args:
            max_results: At most so many on the page, 0 to 4096. The service chooses where it is
                None or 0.
            next_token: The ``next_token`` of the page before, at most 255 characters; None for
                the first page.

        Returns:
            The page. Its ``collections`` pairs each id with its face model version.

        Raises:
            RequestValidationError: A parameter is out of its limits; nothing was sent.
            ResponseValidationError: The page has versions that cannot be paired with its ids.
            InvalidPaginationTokenException: The token is not one of the service's, or expired.
            ServiceError: Any other error the service answered with.
            TransportError: No usable answer came.
        """
        return await self.send(
            ListCollectionsRequest(max_results=max_results, next_token=next_token)
        )

    def iter_collections(
        self,
        *,
        page_size: int | None = None,
        max_items: int | None = None,
        starting_token: str | None = None,
        resume: str | None = None,
        prefetch: int = 0,
    ) -> Paginator[ListCollectionsResponse, Collection]:
        """Lists all collections in the client's region (ListCollections, page by page).

        Nothing is sent before the first item or page is asked for.

        Args:
            page_size: At most so many on a page, 0 to 4096 (MaxResults). The service chooses
                where it is None or 0.
            max_items: Ends the listing after so many collections; None lists all.
            starting_token: A page's ``next_token`` to start behind, at most 255 characters.
            resume: The ``checkpoint`` of an earlier listing to go on from.
            prefetch: How many pages to fetch ahead while the caller works on one; 0 fetches a
                page when it is needed.

        Returns:
            The listing. ``async for`` gives `Collection` records. Going through it raises what
            `list_collections` raises, with the ``checkpoint`` to go on from, and
            `PaginationError` where the service's page tokens go in a circle.

        Raises:
            RequestValidationError: A parameter is out of its limits.
        """
        request = ListCollectionsRequest.checked(
            {"max_results": "page_size", "next_token": "starting_token"},
            max_results=page_size,
            next_token=starting_token,
        )
        return self._paginate(request, max_items=max_items, resume=resume, prefetch=prefetch)
