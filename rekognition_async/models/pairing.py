"""Collections with the version of their face model: what ListCollections gives as two lists."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple, Self, final

from pydantic import Field, GetCoreSchemaHandler, model_validator
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from rekognition_async.operation import Model, PagedResponse
from rekognition_async.records import Records
from rekognition_async.values import WIRE_LIST

__all__ = ["Collection", "PairedCollections"]


class _Members(NamedTuple):
    collection_id: str
    face_model_version: str | None = None


@final
class Collection(_Members):
    """A collection, as ListCollections names it.

    It is checked when it is made, and serves Pydantic as a model does: within models, and by
    itself with the methods of one.

    Attributes:
        collection_id: The id it was created with.
        face_model_version: The version of the face model that indexes its faces, as in
            ``"7.0"``; None where the service told no versions.
    """

    # Accounts have thousands: a named tuple takes half of a model's time, a third of its memory.
    __slots__ = ()

    if not TYPE_CHECKING:  # the members make the signature

        def __new__(cls, *values: str | None, **members: str | None) -> Collection:
            """Checks the members, named as here or as on the wire."""
            if len(values) > len(cls._fields):
                raise TypeError(f"Collection takes {len(cls._fields)} values, got {len(values)}")
            for name, value in zip(cls._fields, values, strict=False):
                if name in members:
                    raise TypeError(f"Collection got {name} twice")
                members[name] = value
            return cls.model_validate(members)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _VIEW.core_schema(handler)

    @staticmethod
    def model_validate(obj: Any, **options: Any) -> Collection:
        """Makes one of a mapping, with the names of the members or of the wire.

        Args:
            obj: The mapping, or a `Collection`.
            options: Those of Pydantic's ``BaseModel.model_validate``.

        Raises:
            ValidationError: It is no collection.
        """
        return _VIEW.validated(obj, functools.partial(_VIEW.model.model_validate, **options))

    @staticmethod
    def model_validate_json(json_data: str | bytes, **options: Any) -> Collection:
        """Makes one of a JSON object.

        Args:
            json_data: The object, as text.
            options: Those of Pydantic's ``BaseModel.model_validate_json``.

        Raises:
            ValidationError: It is no collection.
        """
        return _VIEW.validated(
            json_data, functools.partial(_VIEW.model.model_validate_json, **options)
        )

    def model_dump(self, **options: Any) -> dict[str, Any]:
        """The members in a dict.

        Args:
            options: Those of Pydantic's ``BaseModel.model_dump``, as in ``by_alias=True``.
        """
        return _VIEW.of(self).model_dump(**options)

    def model_dump_json(self, **options: Any) -> str:
        """The members as a JSON object.

        Args:
            options: Those of Pydantic's ``BaseModel.model_dump_json``, as in ``by_alias=True``.
        """
        return _VIEW.of(self).model_dump_json(**options)

    @staticmethod
    def model_json_schema(**options: Any) -> dict[str, Any]:
        """The JSON Schema of one.

        Args:
            options: Those of Pydantic's ``BaseModel.model_json_schema``.
        """
        return _VIEW.model.model_json_schema(**options)


class _PydanticView:
    """A collection as Pydantic sees it: a model of the same name, with the same members."""

    def __init__(self, documentation: str | None) -> None:
        class Collection(Model, frozen=True):
            collection_id: Annotated[str, Field(alias="CollectionId")]
            face_model_version: Annotated[str | None, Field(alias="FaceModelVersion")] = None

        Collection.__doc__ = documentation
        self.model = Collection

    def core_schema(self, handler: GetCoreSchemaHandler) -> CoreSchema:
        model = handler.generate_schema(self.model)
        return core_schema.no_info_wrap_validator_function(
            self.validated,
            model,
            serialization=core_schema.wrap_serializer_function_ser_schema(
                lambda collection, serialize: serialize(self.of(collection)), schema=model
            ),
        )

    def validated(self, value: Any, validate: Callable[[Any], Any]) -> Collection:
        if isinstance(value, Collection):
            return value
        model = validate(value)
        return Collection._make((model.collection_id, model.face_model_version))

    def of(self, collection: Collection) -> Model:
        return self.model.model_construct(**collection._asdict())


_VIEW: Final = _PydanticView(Collection.__doc__)


class PairedCollections(PagedResponse, frozen=True):
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
        if versions and versions != ids:
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
        return Records(Collection, self.collection_ids, versions)
