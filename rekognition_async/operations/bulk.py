"""Many requests as one: from requests, from pictures, and for more faces than a call takes."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from rekognition_async.errors import RequestValidationError
from rekognition_async.operation import R, Request
from rekognition_async.operations.images_in_bulk import ImagesInBulkOperations

if TYPE_CHECKING:
    from rekognition_async.bulk.engine import BulkSettings, Keyed
    from rekognition_async.bulk.journal import Journal
    from rekognition_async.bulk.outcomes import FacesOutcome, Outcome, PictureOutcome
    from rekognition_async.bulk.pictures import PicturesSource
    from rekognition_async.models.common import Attribute, Face, QualityFilter
    from rekognition_async.models.faces import DeleteFacesResponse, IndexFacesResponse
    from rekognition_async.models.users import AssociateFacesResponse

MAX_FACES_DELETED_AT_ONCE: Final = 4096
MAX_FACES_ASSOCIATED_AT_ONCE: Final = 100
_ANY_IMAGE: Final = b"?"
_ANY_FACE: Final = "00000000-0000-4000-8000-000000000000"
_LARGEST_PAGE: Final = 4096


class BulkOperations(ImagesInBulkOperations):
    """Requests, IndexFaces, DeleteFaces and AssociateFaces in bulk, beside the base's."""

    def send_in_bulk(
        self,
        requests: Keyed[Request[R]],
        *,
        max_in_flight: int | None = None,
        journal: Journal | str | os.PathLike[str] | None = None,
        ordered: bool = False,
        shard: tuple[int, int] | None = None,
    ) -> AsyncGenerator[Outcome[R]]:
        """Sends any number of requests, and tells of each what became of it.

        A request that fails does not end the others: its outcome has the error. Requests are taken
        as there is room for them, and nothing is kept of those that are done. All go at the pace of
        the client's quotas and let its other calls go first, which wait for two turns at most.

        Args:
            requests: The requests, each under a key: a mapping, or an iterable or async iterable of
                pairs of a key and a request, as in ``("ann", DescribeUserRequest(…))``. What it
                raises comes after the outcomes of all requests before it.
            max_in_flight: How many requests may be under way at once, from being taken to their
                outcomes being handed out. At least 1, and never more than the client's
                ``max_pool_connections``; None takes as many as keep the quota used.
            journal: Where outcomes are recorded, each before it is handed out. Requests whose keys
                it has are passed over, and a key that comes twice is sent once.
            ordered: Whether outcomes come in the order of the requests, and not as they are done.
            shard: Which part of the keys to take, as its index from 0 and how many parts there
                are: ``(0, 10)`` to ``(9, 10)`` are all keys, on any machine. None takes all.

        Returns:
            An async iterator over the outcomes. Leaving it early cancels what is under way; wrap it
            in ``contextlib.aclosing`` to have that done at once.

        Raises:
            RequestValidationError: A parameter is out of its limits; before the first outcome.
            ConfigurationError: The journal cannot be used, belongs to something else, or is in use;
                with the first outcome.
            TypeError: A key is no text, or empty; when it is taken.
        """
        from rekognition_async.bulk.engine import BulkSettings, check_source, run
        from rekognition_async.bulk.work import RequestsWork

        settings = BulkSettings(max_in_flight, journal, ordered, shard)
        check_source("send_in_bulk", "requests", requests, settings)
        return run(self._bulk_caller, RequestsWork[R](), requests, settings)

    def index_faces_in_bulk(
        self,
        pictures: PicturesSource,
        *,
        collection_id: str,
        external_image_id: Callable[[str], str] | Literal["key"] | None = "key",
        detection_attributes: Sequence[Attribute] | None = None,
        max_faces: int | None = None,
        quality_filter: QualityFilter | None = None,
        max_in_flight: int | None = None,
        journal: Journal | str | os.PathLike[str] | None = None,
        ordered: bool = False,
        shard: tuple[int, int] | None = None,
        prepare: bool | None = None,
    ) -> AsyncGenerator[PictureOutcome[IndexFacesResponse]]:
        """Adds the faces on any number of pictures to a collection, a request a picture
        (IndexFaces).

        A picture that fails does not end the others: its outcome has the error. Pictures are read
        as they are needed, and nothing is kept of those that are done. All goes at the pace of the
        client's quotas and lets its other calls go first.

        With a journal, pictures that were sent when a process was killed are looked for in the
        collection by their ExternalImageIds (ListFaces) before they are sent again, and their
        outcomes have the faces that are there already.

        Args:
            pictures: `Pictures`, or a folder, a glob or ``"s3://bucket/prefix"`` as they take it; a
                mapping of keys to images; an iterable or async iterable of paths, objects in S3,
                or pairs of a key and an image.
            collection_id: The id of the collection: letters a-z and A-Z, digits, ``_``, ``.`` and
                ``-``; upper and lower case differ. 1 to 255 characters.
            external_image_id: What the faces of a picture carry as their ExternalImageId: ``"key"``
                is the picture's key, made fit by `external_image_id`; a function gives one for a
                key; None is none. With a function or None, a picture that was sent when a process
                was killed is indexed again.
            detection_attributes: What to tell of the faces besides the default: ``ALL``, or single
                ones such as ``FACE_OCCLUDED``. More attributes take more time.
            max_faces: How many faces of a picture to index at most, and never more than 100. At
                least 1.
            quality_filter: How good a face must be to be indexed. ``AUTO``, the default, leaves the
                choice to the service; ``NONE`` takes every face. One of ``NONE``, ``AUTO``,
                ``LOW``, ``MEDIUM``, ``HIGH``.
            max_in_flight: How many pictures may be under way at once, as for `send_in_bulk`.
            journal: Where outcomes are recorded, each before it is handed out. Pictures whose keys
                it has are passed over.
            ordered: Whether outcomes come in the order of the pictures, and not as they are done.
            shard: Which part of the keys to take, as its index from 0 and how many parts there
                are. None takes all.
            prepare: Whether pictures are turned, converted and scaled down into what the service
                takes; None does so where that is installed. Those in S3 stay as they are.

        Returns:
            An async iterator over the outcomes. Leaving it early cancels what is under way; wrap it
            in ``contextlib.aclosing`` to have that done at once.

        Raises:
            RequestValidationError: A parameter is out of its limits; before the first outcome.
            ConfigurationError: The journal cannot be used, belongs to other parameters, or is in
                use; with the first outcome.
            OSError: A folder or file of `Pictures` is not there, or cannot be read.
            ServiceError: S3 cannot be listed.
            TypeError: A picture has no key.
        """
        from rekognition_async.bulk import external_ids
        from rekognition_async.bulk.engine import BulkSettings
        from rekognition_async.bulk.work import PicturesWork
        from rekognition_async.models.faces import IndexFacesRequest

        parameters: dict[str, Any] = {
            "collection_id": collection_id,
            "detection_attributes": detection_attributes,
            "max_faces": max_faces,
            "quality_filter": quality_filter,
        }
        settings = BulkSettings(max_in_flight, journal, ordered, shard)
        to_external: Callable[[str], str] | None
        if external_image_id is None or callable(external_image_id):
            to_external = external_image_id
        elif external_image_id == "key":
            to_external = external_ids.external_image_id
        else:
            raise RequestValidationError(
                "IndexFaces",
                {
                    "external_image_id": "input should be 'key', a function of a key or None, "
                    f"got {external_image_id!r}"
                },
            )

        def build(key: str, image: Any) -> Request[IndexFacesResponse]:
            return IndexFacesRequest.build(
                {},
                image=image,
                external_image_id=None if to_external is None else to_external(key),
                **parameters,
            )

        async def in_doubt(keys: frozenset[str]) -> Callable[[str], IndexFacesResponse | None]:
            return await self._indexed_already(collection_id, keys)

        # Refused at once, and not with each picture.
        IndexFacesRequest.build({}, image=_ANY_IMAGE, **parameters)
        work = PicturesWork(
            "IndexFaces",
            build,
            parameters,
            prepare=prepare,
            in_doubt=in_doubt if external_image_id == "key" else None,
        )
        return self._pictures_in_bulk(work, pictures, settings)

    async def _indexed_already(
        self, collection_id: str, keys: frozenset[str]
    ) -> Callable[[str], IndexFacesResponse | None]:
        """Looks in a collection for the faces of pictures."""
        from rekognition_async.bulk.external_ids import external_image_id
        from rekognition_async.models.faces import (
            FaceRecord,
            IndexFacesResponse,
            ListFacesRequest,
        )

        found: dict[str, list[Face]] = {external_image_id(key): [] for key in keys}
        request = ListFacesRequest(collection_id=collection_id, max_results=_LARGEST_PAGE)
        async for face in self._paginate(request, max_items=None, resume=None, prefetch=0):
            if face.external_image_id in found:
                found[face.external_image_id].append(face)

        def answer(key: str) -> IndexFacesResponse | None:
            faces = found.get(external_image_id(key))
            if not faces:
                return None
            return IndexFacesResponse(
                face_records=tuple(FaceRecord(face=face) for face in faces),
                face_model_version=faces[0].index_faces_model_version,
            )

        return answer

    def delete_faces_in_bulk(
        self,
        *,
        collection_id: str,
        face_ids: Iterable[str] | AsyncIterable[str],
        chunk_size: int = MAX_FACES_DELETED_AT_ONCE,
        max_in_flight: int | None = None,
        journal: Journal | str | os.PathLike[str] | None = None,
        ordered: bool = False,
        shard: tuple[int, int] | None = None,
    ) -> AsyncGenerator[FacesOutcome[DeleteFacesResponse]]:
        """Deletes any number of faces, many a request (DeleteFaces).

        No face is passed over in silence: each is in one outcome, whose ``unsuccessful_face_ids``
        are those that were not deleted. A request that fails does not end the others. Ids are taken
        from ``face_ids`` as they are needed, so that a listing may be handed in as it goes; where
        it raises, that comes after the outcomes of all ids before it.

        Args:
            collection_id: The id of the collection.
            face_ids: The ids of the faces, as any iterable or async iterable.
            chunk_size: How many faces a request takes at most. 1 to 4,096.
            max_in_flight: How many requests may be under way at once, as for `send_in_bulk`.
            journal: Where outcomes are recorded. Requests for the very same faces are not sent
                again.
            ordered: Whether outcomes come in the order of the faces, and not as they are done.
            shard: Which part of the requests to send, as its index from 0 and how many parts there
                are. None sends all.

        Returns:
            An async iterator over the outcomes. Leaving it early cancels what is under way; wrap it
            in ``contextlib.aclosing`` to have that done at once.

        Raises:
            RequestValidationError: A parameter is out of its limits; before the first outcome.
            ConfigurationError: The journal cannot be used, belongs to other parameters, or is in
                use; with the first outcome.
        """
        from rekognition_async.bulk.engine import BulkSettings, run
        from rekognition_async.bulk.work import FacesWork, keyed_chunks
        from rekognition_async.models.faces import DeleteFacesRequest

        def build(ids: tuple[str, ...]) -> Request[DeleteFacesResponse]:
            return DeleteFacesRequest.build({}, collection_id=collection_id, face_ids=ids)

        settings = BulkSettings(max_in_flight, journal, ordered, shard)
        most = MAX_FACES_DELETED_AT_ONCE
        _check_chunks("DeleteFaces", face_ids, chunk_size, most, settings)
        # Refused at once, and not with each chunk.
        build((_ANY_FACE,))
        work = FacesWork(
            "DeleteFaces",
            build,
            {"collection_id": collection_id},
            lambda answer: [face.face_id for face in answer.unsuccessful_face_deletions],
        )
        return run(self._bulk_caller, work, keyed_chunks(face_ids, chunk_size), settings)

    def associate_faces_in_bulk(
        self,
        *,
        collection_id: str,
        user_id: str,
        face_ids: Iterable[str] | AsyncIterable[str],
        user_match_threshold: float | None = None,
        chunk_size: int = MAX_FACES_ASSOCIATED_AT_ONCE,
        max_in_flight: int | None = 1,
        journal: Journal | str | os.PathLike[str] | None = None,
        ordered: bool = False,
        shard: tuple[int, int] | None = None,
    ) -> AsyncGenerator[FacesOutcome[AssociateFacesResponse]]:
        """Associates any number of faces with a user, many a request (AssociateFaces).

        No face is passed over in silence: each is in one outcome, whose ``unsuccessful_face_ids``
        are those that were not associated. A request that fails does not end the others. Where
        ``face_ids`` raises, that comes after the outcomes of all ids before it. The service lets a
        user hold 100 faces; requests beyond that fail with ServiceQuotaExceededException.

        Args:
            collection_id: The id of the collection.
            user_id: The id of the user.
            face_ids: The ids of the faces, as any iterable or async iterable.
            user_match_threshold: How much a face must resemble those that the user already holds,
                in percent; the service takes 75 where it is None.
            chunk_size: How many faces a request takes at most. 1 to 100.
            max_in_flight: How many requests may be under way at once, as for `send_in_bulk`; more
                than one may collide on the user with ConflictException.
            journal: Where outcomes are recorded. Requests for the very same faces are not sent
                again.
            ordered: Whether outcomes come in the order of the faces, and not as they are done.
            shard: Which part of the requests to send, as its index from 0 and how many parts there
                are. None sends all.

        Returns:
            An async iterator over the outcomes. Leaving it early cancels what is under way; wrap it
            in ``contextlib.aclosing`` to have that done at once.

        Raises:
            RequestValidationError: A parameter is out of its limits; before the first outcome.
            ConfigurationError: The journal cannot be used, belongs to other parameters, or is in
                use; with the first outcome.
        """
        from rekognition_async.bulk.engine import BulkSettings, run
        from rekognition_async.bulk.work import FacesWork, keyed_chunks
        from rekognition_async.models.users import AssociateFacesRequest

        parameters: Mapping[str, Any] = {
            "collection_id": collection_id,
            "user_id": user_id,
            "user_match_threshold": user_match_threshold,
        }

        def build(ids: tuple[str, ...]) -> Request[AssociateFacesResponse]:
            return AssociateFacesRequest.build({}, face_ids=ids, **parameters)

        settings = BulkSettings(max_in_flight, journal, ordered, shard)
        most = MAX_FACES_ASSOCIATED_AT_ONCE
        _check_chunks("AssociateFaces", face_ids, chunk_size, most, settings)
        build((_ANY_FACE,))
        work = FacesWork(
            "AssociateFaces",
            build,
            parameters,
            lambda answer: [face.face_id for face in answer.unsuccessful_face_associations],
        )
        return run(self._bulk_caller, work, keyed_chunks(face_ids, chunk_size), settings)


def _check_chunks(
    operation: str, face_ids: object, chunk_size: object, most: int, settings: BulkSettings
) -> None:
    from rekognition_async.bulk.engine import check_source

    if type(chunk_size) is not int or not 1 <= chunk_size <= most:
        raise RequestValidationError(
            operation,
            {"chunk_size": f"input should be a whole number from 1 to {most}, got {chunk_size!r}"},
        )
    check_source(operation, "face_ids", face_ids, settings)
