"""The annotations of fields: Pydantic validators for what the service model says of a value.

``codegen`` writes them into the fields of the models, as in

=================================  ===============================================================
marker                             example of a field's type
=================================  ===============================================================
``OPEN_ENUM``, ``UnknownValue``    ``Annotated[UserStatus | UnknownValue, OPEN_ENUM]``
``WIRE_LIST``, in answers          ``Annotated[tuple[Face, ...], Field(alias="Faces"), WIRE_LIST]``
``SENT_LIST``, in requests         ``Annotated[tuple[str, ...], Field(max_length=200), SENT_LIST]``
``CALLERS_LIMITS``, in both        ``Annotated[float | None, Field(ge=0, le=100), CALLERS_LIMITS]``
``NOT_RESERVED``, a tag's key      ``Annotated[str, Field(max_length=128), NOT_RESERVED]``
``NEW_IF_NONE``, a request token   ``Annotated[str, Field(max_length=64), NEW_IF_NONE]``
``IMAGE_SOURCE``, ``ImageLimit``   ``Annotated[Image, IMAGE_SOURCE, ImageLimit(4194304)]``
``Blob`` and ``BASE64``, bytes     ``Annotated[Blob | None, Field(alias="Bytes"), BASE64]``
=================================  ===============================================================

What a caller hands in is held to every limit of the service model. What the service answers is
read tolerantly: a limit that AWS has widened since, or a new value of an enumeration, is no reason
to lose an answer. Pydantic's validation context tells the two apart: ``FROM_SERVICE`` is that of
an answer.
"""

from __future__ import annotations

import base64
import os
import uuid
from collections.abc import Sequence
from typing import Any, Final, TypeAlias, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, ValidationError, core_schema

FROM_SERVICE: Final = "from the service"
"""The validation context of an answer."""

Blob: TypeAlias = bytes
"""Bytes, under a name that a field called ``bytes`` does not hide."""


class UnknownValue(str):
    """A value of an enumeration that this version of the package does not know.

    It is the service's text, and equal to it; ``isinstance(value, UnknownValue)`` tells it apart.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"UnknownValue({super().__repr__()})"


class _OpenEnum:
    """Annotates ``Literal[...] | UnknownValue``: known values, and the service's new ones."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        known, _ = get_args(source)
        return core_schema.union_schema(
            [
                handler.generate_schema(known),
                core_schema.with_info_after_validator_function(
                    _as_unknown, core_schema.str_schema(strict=True)
                ),
            ],
            mode="left_to_right",
            custom_error_type="unknown_value",
            custom_error_message=f"Input should be one of {', '.join(map(repr, get_args(known)))}",
            serialization=core_schema.simple_ser_schema("str"),
        )


def _as_unknown(value: str, info: core_schema.ValidationInfo) -> UnknownValue:
    if info.context != FROM_SERVICE and not isinstance(value, UnknownValue):
        raise PydanticCustomError("unknown_value", "Input should be a known value")
    return UnknownValue(value)


OPEN_ENUM: Final = _OpenEnum()
"""Annotates an enumeration that the service may extend."""


class _Limited:
    """Holds a caller to the limits of a field that the service answers with, too."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_wrap_validator_function(
            waive_limits_for_answers, handler(source)
        )


_LIMITS: Final = {
    "finite_number",
    "greater_than_equal",
    "less_than_equal",
    "reserved_tag_key",
    "string_pattern_mismatch",
    "string_too_long",
    "string_too_short",
}
"""Pydantic's types of error that tell of a limit, and not of another type of value."""


def waive_limits_for_answers(
    value: Any, validate: core_schema.ValidatorFunctionWrapHandler, info: core_schema.ValidationInfo
) -> Any:
    """Takes a value of the service's as it is that is past the caller's limits alone."""
    try:
        return validate(value)
    except ValidationError as error:
        if info.context == FROM_SERVICE and all(
            problem["type"] in _LIMITS for problem in error.errors(include_input=False)
        ):
            return value
        raise


CALLERS_LIMITS: Final = _Limited()
"""Annotates a field whose limits are the caller's, and not the service's own."""


class _WholeNumber:
    """Reads JSON's numbers, such as 7.0, where Pydantic's strict mode reads 7 alone."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(whole_number, handler(source))


def whole_number(value: Any, validate: core_schema.ValidatorFunctionWrapHandler) -> Any:
    """Reads a number without a fraction as the integer it is."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return validate(value)


WHOLE_NUMBER: Final = _WholeNumber()
"""Annotates a strict integer of the service's: JSON does not tell 7.0 from 7."""


class _Base64:
    """Reads and writes bytes in JSON as the base64 they are on the wire.

    Pydantic's own ``ser_json_bytes`` writes base64 for URLs, which AWS does not take, and its
    ``val_json_bytes`` is of no use to strict bytes within a field that has a validator before it,
    such as ``IMAGE_SOURCE``. In Python a caller's bytes are bytes: botocore encodes them by itself.
    """

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_before_validator_function(
            _from_base64,
            handler(source),
            serialization=core_schema.plain_serializer_function_ser_schema(
                _to_base64, return_schema=core_schema.str_schema(), when_used="json-unless-none"
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        described = handler(schema)
        for choice in described.get("anyOf", [described]):
            if choice["type"] == "string":
                choice.clear()
                choice.update(type="string", contentEncoding="base64")
        return described


def _from_base64(value: Any, info: core_schema.ValidationInfo) -> Any:
    if info.mode != "json" or not isinstance(value, str):
        return value
    try:
        # Both alphabets, with or without padding.
        standard = value.replace("-", "+").replace("_", "/").rstrip("=")
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except ValueError:
        raise PydanticCustomError("base64", "Input should be base64") from None


def _to_base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


BASE64: Final = _Base64()
"""Annotates bytes, which JSON has as base64."""


class _WireList:
    """Reads null as empty, and dumps a tuple as the list it is on the wire."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        items = handler(source)
        return core_schema.no_info_after_validator_function(
            or_empty,
            core_schema.nullable_schema(items),
            serialization=core_schema.wrap_serializer_function_ser_schema(_as_list, schema=items),
        )


def or_empty(value: tuple[Any, ...] | None) -> tuple[Any, ...]:
    """Reads null as empty."""
    return value or ()


def _as_list(value: Sequence[Any], serialize: core_schema.SerializerFunctionWrapHandler) -> Any:
    return list(serialize(value))


WIRE_LIST: Final = _WireList()
"""Annotates a tuple that is a list on the wire, and empty where the wire has none."""


class _SentList:
    """Dumps a tuple as the list it is on the wire."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        items = handler(source)
        return core_schema.no_info_after_validator_function(
            unchanged,
            items,
            serialization=core_schema.wrap_serializer_function_ser_schema(
                _as_list_or_none, schema=items
            ),
        )


def unchanged(value: Any) -> Any:
    """Does nothing, where something has to be done."""
    return value


def _as_list_or_none(
    value: Sequence[Any] | None, serialize: core_schema.SerializerFunctionWrapHandler
) -> Any:
    return None if value is None else _as_list(value, serialize)


SENT_LIST: Final = _SentList()
"""Annotates a tuple that a caller sends as a list, or None where nothing is sent."""


def _not_reserved(key: str) -> str:
    if key.startswith("aws:"):
        raise PydanticCustomError("reserved_tag_key", "Tag keys that begin with 'aws:' are AWS's")
    return key


NOT_RESERVED: Final = AfterValidator(_not_reserved)
"""Annotates a tag's key; Pydantic's regex engine has not the lookahead of the service model."""


def new_client_request_token() -> str:
    """A token that no other call has."""
    return str(uuid.uuid4())


NEW_IF_NONE: Final = BeforeValidator(
    lambda token: new_client_request_token() if token is None else token
)
"""Annotates a ClientRequestToken, made with the request: sending it again is no new call."""


S3_SCHEME: Final = "s3://"
"""What the URL of an object in S3 begins with."""


def _as_image(value: object) -> object:
    if isinstance(value, bytes | bytearray | memoryview):
        return {"bytes": bytes(value)}
    if isinstance(value, str) and value.startswith(S3_SCHEME):
        bucket, _, name = value.removeprefix(S3_SCHEME).partition("/")
        if not bucket or not name:
            raise PydanticCustomError("image_source", "Input should be 's3://bucket/key'")
        return {"s3_object": {"bucket": bucket, "name": name}}
    if isinstance(value, BaseModel) and "bucket" in type(value).model_fields:
        return {"s3_object": value}
    if isinstance(value, str | os.PathLike) or hasattr(value, "read"):
        raise PydanticCustomError(
            "image_source",
            "Input should be bytes or 's3://bucket/key': files are read by the methods of the "
            "client",
        )
    from rekognition_async.pictures.prepared import PreparedImage  # noqa: PLC0415 - most have bytes

    return {"bytes": value.bytes} if isinstance(value, PreparedImage) else value


IMAGE_SOURCE: Final = BeforeValidator(_as_image)
"""Annotates an Image that may be given as bytes, a `PreparedImage`, an S3Object or
``"s3://bucket/key"``."""


class ImageLimit:
    """Annotates an Image whose bytes an operation limits further than the service model."""

    def __init__(self, most: int) -> None:
        self._most = most

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def _checked(self, image: Any) -> Any:
        if image.bytes is not None and len(image.bytes) > self._most:
            raise PydanticCustomError(
                "image_too_large",
                "The image has {size} bytes, and this operation takes at most {most}",
                {"size": len(image.bytes), "most": self._most},
            )
        return image
