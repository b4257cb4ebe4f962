"""Reads an answer's JSON as Pydantic would, in less time.

Most of the time that Pydantic takes over an answer goes into making its objects one by one, and
into validators in Python that tell answers from what callers hand in. Here Pydantic's core checks
all of the JSON in one go against the same schema, but with dicts in the places of records; the
records are then made from the dicts.

What this reads equals what ``model_validate_json`` reads. What it does not take is left to
``model_validate_json``: to refuse it in its own words, or to take it after all, where the service
went past a limit of the caller's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final, TypeVar

from pydantic import BaseModel
from pydantic_core import CoreConfig, SchemaValidator, ValidationError, core_schema

from rekognition_async.operation import CALLERS_CHECK, Response
from rekognition_async.values import FROM_SERVICE, or_empty, within_limits

M = TypeVar("M", bound=BaseModel)
R = TypeVar("R", bound=Response)

_Schema = Mapping[str, Any]
_Make = Callable[[Any], Any]

# As BaseModel.model_construct does it, without asking each time what the class is like.
_new: Final = object.__new__
_set_values: Final = vars(BaseModel)["__dict__"].__set__
_set_present: Final = vars(BaseModel)["__pydantic_fields_set__"].__set__
_set_extra: Final = vars(BaseModel)["__pydantic_extra__"].__set__
_set_private: Final = vars(BaseModel)["__pydantic_private__"].__set__


def read(response_type: type[R], document: bytes) -> R:
    """The response that a document holds.

    Raises:
        ValidationError: As ``response_type.model_validate_json`` does.
    """
    reader = _reader_of(response_type)
    if reader is not None:
        try:
            return reader(document)
        except ValidationError:
            pass
    return response_type.model_validate_json(document)


def record_of(cls: type[M], values: dict[str, Any], present: set[str]) -> M:
    """A record of values that were validated before.

    Args:
        cls: The class of the record, which has neither private attributes nor extra members.
        values: The value of each field, in the order of the fields; becomes the record's own.
        present: The fields that were given. Records may share it: nothing changes it, for they
            are frozen, and their copies copy it.
    """
    record = _new(cls)
    _set_values(record, values)
    _set_present(record, present)
    _set_extra(record, None)
    _set_private(record, None)
    return record


def is_read_in_one_go(response_type: type[Response]) -> bool:
    """Whether there is a faster way than Pydantic's own for this class."""
    return _reader_of(response_type) is not None


@cache
def _reader_of(response_type: type[R]) -> Callable[[bytes], R] | None:
    response_type.model_rebuild()
    try:
        translated = _Translation(response_type.__pydantic_core_schema__).result()
    except _UnknownSchemaError:
        return None
    validate, make = SchemaValidator(translated.schema).validate_json, translated.make
    if make is None:
        return lambda document: validate(document, context=FROM_SERVICE)
    return lambda document: make(validate(document, context=FROM_SERVICE))


class _UnknownSchemaError(Exception):
    """A core schema has something that is not known here."""


@dataclass(frozen=True, slots=True)
class _Translated:
    """A schema, and what makes the value of what it validates; None where that is the value."""

    schema: Any
    make: _Make | None = None


class _Translation:
    """Takes a core schema of Pydantic's to one that has dicts in the places of records."""

    def __init__(self, schema: _Schema) -> None:
        self._schema = schema
        self._definitions: dict[str, _Schema] = {}
        self._known: dict[str, _Translated] = {}
        if schema["type"] == "definitions":
            self._schema = schema["schema"]
            self._definitions = {each["ref"]: each for each in schema["definitions"]}

    def result(self) -> _Translated:
        return self._translated(self._schema)

    def _translated(self, schema: _Schema) -> _Translated:
        match schema["type"]:
            case "definition-ref":
                return self._referred(schema["schema_ref"])
            case "model" if _is_plain(schema):
                return self._model(schema)
            case "nullable":
                inner = self._translated(schema["schema"])
                make = None if inner.make is None else partial(_unless_none, inner.make)
                return _Translated(core_schema.nullable_schema(inner.schema), make)
            case "tuple" if (
                schema.get("variadic_item_index") == 0 == len(schema["items_schema"]) - 1
            ):
                inner = self._translated(schema["items_schema"][0])
                make = None if inner.make is None else partial(_each, inner.make)
                items = {**schema, "items_schema": [inner.schema]}
                return _Translated(items, make)
            case "function-wrap" if schema["function"]["function"] is within_limits:
                return self._translated(schema["schema"])
            case "function-after" if schema["function"]["function"] is or_empty:
                return self._list(schema["schema"]["schema"])
            case _:
                if _refers(schema):
                    raise _UnknownSchemaError(schema["type"])
                return _Translated(schema)

    def _referred(self, ref: str) -> _Translated:
        if ref not in self._known:
            definition = self._definitions.pop(ref, None)
            if definition is None:
                raise _UnknownSchemaError("a structure that holds itself")
            self._known[ref] = self._translated(definition)
        return self._known[ref]

    def _list(self, schema: _Schema) -> _Translated:
        items = self._translated(schema)
        # A list is the first choice, so that only a null costs a call.
        null = core_schema.no_info_after_validator_function(or_empty, core_schema.none_schema())
        return _Translated(
            core_schema.union_schema([items.schema, null], mode="left_to_right"), items.make
        )

    def _model(self, schema: _Schema) -> _Translated:
        fields: dict[str, core_schema.TypedDictField] = {}
        absent: dict[str, Any] = {}
        parts: list[tuple[str, _Make]] = []
        for name, field in _fields_of(schema)["fields"].items():
            kind, absent[name] = field["schema"], None
            if has_default := kind["type"] == "default":
                if "default" not in kind:
                    raise _UnknownSchemaError("a default that is made")
                kind, absent[name] = kind["schema"], kind["default"]
            part = self._translated(kind)
            if part.make is not None:
                parts.append((name, part.make))
            fields[name] = core_schema.typed_dict_field(
                part.schema,
                required=not has_default,
                validation_alias=field.get("validation_alias"),
            )
        # Most strings of an answer are ids, and looking them up in Pydantic's cache is in vain.
        config: CoreConfig = {**schema["config"], "cache_strings": "keys"}
        values = core_schema.typed_dict_schema(fields, config=config)
        return _Translated(values, _maker(schema["cls"], absent, parts))


def _maker(
    cls: type[BaseModel], absent: Mapping[str, Any], parts: Sequence[tuple[str, _Make]]
) -> _Make:
    """What makes a record of the members that were there, which become its own.

    Args:
        cls: The class of the record.
        absent: The value of each field that was not there, in the order of the fields.
        parts: The fields that hold records themselves, and what makes those.
    """
    size = len(absent)
    everything = set(absent)
    seen: dict[tuple[str, ...], tuple[set[str], Mapping[str, Any] | None]] = {}

    def make(values: dict[str, Any]) -> Any:
        for name, make_part in parts:
            if name in values:
                values[name] = make_part(values[name])
        present = everything
        if len(values) != size:
            names = (*values,)
            known = seen.get(names)
            if known is None:
                known = seen[names] = set(names), _behind(names, absent)
            present, behind = known
            if behind is None:
                values = {**absent, **values}
            else:
                values |= behind
        # As `record_of`, of which a call would cost as much again.
        record = _new(cls)
        _set_values(record, values)
        _set_present(record, present)
        _set_extra(record, None)
        _set_private(record, None)
        return record

    return make


def _behind(names: tuple[str, ...], absent: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What is absent where it all comes behind the names that are there; None else."""
    missing = {name: value for name, value in absent.items() if name not in names}
    return missing if (*names, *missing) == (*absent,) else None


def _unless_none(make: _Make, value: Any) -> Any:
    return None if value is None else make(value)


def _each(make: _Make, values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(map(make, values))


def _is_plain(schema: _Schema) -> bool:
    """Whether records of a class are their members and no more."""
    cls: type[BaseModel] = schema["cls"]
    return (
        not schema["root_model"]
        and not schema["custom_init"]
        and "post_init" not in schema
        and not cls.__private_attributes__
        and _fields_of(schema)["type"] == "model-fields"
        and not _fields_of(schema)["computed_fields"]
        and cls.model_config.get("extra") == "ignore"
    )


def _fields_of(schema: _Schema) -> _Schema:
    """The schema of a model's fields, without the check that is the caller's alone."""
    inner: _Schema = schema["schema"]
    if inner["type"] == "function-before":
        function = inner["function"]["function"]
        if getattr(function, "__func__", None) is CALLERS_CHECK:
            inner = inner["schema"]
    return inner


def _refers(schema: Any) -> bool:
    """Whether a definition is needed somewhere within a schema."""
    if isinstance(schema, Mapping):
        if schema.get("type") == "definition-ref":
            return True
        return any(map(_refers, schema.values()))
    return isinstance(schema, list | tuple) and any(map(_refers, schema))
