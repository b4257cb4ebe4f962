"""Collections with the version of their face model: what ListCollections gives as two lists."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from rekognition_async.operation import Model, Response
from rekognition_async.reading import Records, new, values_of
from rekognition_async.values import WIRE_LIST

__all__ = ["Collection", "PairedCollections"]


class Collection(Model, frozen=True):
    """A collection, as ListCollections names it.

    Attributes:
        collection_id: The id it was created with.
        face_model_version: The version of the face model that indexes its faces, as in
            ``"7.0"``; None where the service told no versions.
    """

    collection_id: Annotated[str, Field(alias="CollectionId")]
    face_model_version: Annotated[str | None, Field(alias="FaceModelVersion")] = None


class PairedCollections(Response, frozen=True):
    """A page on which each id has its version.

    Attributes:
        collection_ids: The ids on this page.
        face_model_versions: The face model version of each id, in the same order; empty where
            the service told none.
    """

    collection_ids: Annotated[tuple[str, ...], WIRE_LIST, Field(alias="CollectionIds")] = ()
    face_model_versions: Annotated[
        tuple[str, ...], WIRE_LIST, Field(alias="FaceModelVersions")
    ] = ()

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
        return tuple(self.listed)

    @property
    def listed(self) -> Sequence[Collection]:
        """As ``collections``, but each record is made when it is asked for, and not kept."""
        versions: tuple[str | None, ...] = self.face_model_versions or (
            (None,) * len(self.collection_ids)
        )
        return Records(_paired, self.collection_ids, versions)


def _paired(collection_id: str, face_model_version: str | None) -> Collection:
    # Both were validated as parts of the page.
    record = new(Collection)
    values = values_of(record)
    values["collection_id"] = collection_id
    values["face_model_version"] = face_model_version
    return record
