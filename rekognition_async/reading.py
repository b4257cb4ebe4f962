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

import gc
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import repeat
from typing import Any, Final, TypeVar, cast, overload

from pydantic import BaseModel
from pydantic_core import CoreConfig, SchemaValidator, core_schema, from_json

from rekognition_async.operation import CALLERS_CHECK, Response
from rekognition_async.values import FROM_SERVICE, or_empty, unchanged, within_limits

R = TypeVar("R", bound=Response)
Row = TypeVar("Row", bound=tuple[Any, ...])

_Schema = Mapping[str, Any]
_Make = Callable[[Any], Any]

# Makes a record with no values yet. `Model` tells what else there is about a record.
_new: Final = object.__new__
_set_values: Final = vars(BaseModel)["__dict__"].__set__
_set_present: Final = vars(BaseModel)["__pydantic_fields_set__"].__set__

# Below this a collection of garbage is unlikely while a document is read.
_LARGE: Final = 32_768


def read(response_type: type[R], document: bytes) -> R:
    """The response that a document holds.

    Raises:
        ValidationError: As ``response_type.model_validate_json`` does.
    """
    reader = _reader_of(response_type)
    if reader is not None:
        try:
            with _no_collecting() if len(document) > _LARGE else nullcontext():
                return cast("R", reader(document))
        except (ValueError, AssertionError):
            # A ValidationError, or what the validator of a class raised, which is none yet.
            pass
    return response_type.model_validate_json(document)


@contextmanager
def _no_collecting() -> Generator[None]:
    """Puts garbage collection off for the milliseconds that a large document takes.

    All that is made is kept, so that the dozens of collections that thousands of records set off
    find nothing, and take a third of the time.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


class Records(Sequence[Row]):
    """Items of a page that are named tuples, each made when it is asked for, of columns.

    A listing hands out thousands of items a page, one by one: none has to wait in memory. What
    the class checks when it is called has been checked as a part of the page.
    """

    def __init__(self, cls: type[Row], *columns: tuple[Any, ...]) -> None:
        """Takes the class, and the values of each of its fields."""
        self._cls = cls
        self._columns = columns

    def __len__(self) -> int:
        return len(self._columns[0])

    @overload
    def __getitem__(self, place: int) -> Row: ...

    @overload
    def __getitem__(self, place: slice) -> Records[Row]: ...

    def __getitem__(self, place: int | slice) -> Row | Records[Row]:
        if isinstance(place, slice):
            return Records(self._cls, *(column[place] for column in self._columns))
        return tuple.__new__(self._cls, (column[place] for column in self._columns))

    def __iter__(self) -> Iterator[Row]:
        return self.handed_out()[0]

    def handed_out(self) -> tuple[Iterator[Row], Iterator[object]]:
        """An iterator over the items, and one that has as many left as it has."""
        left = iter(self._columns[0])
        rows = zip(left, *self._columns[1:], strict=True)
        return map(tuple.__new__, repeat(self._cls), rows), left


def is_read_in_one_go(response_type: type[Response]) -> bool:
    """Whether there is a faster way than Pydantic's own for this class."""
    return _reader_of(response_type) is not None


@cache
def _reader_of(response_type: type[Response]) -> Callable[[bytes], Any] | None:
    response_type.model_rebuild()
    try:
        translated = _Translation(response_type.__pydantic_core_schema__).result()
    except _UnknownSchemaError:
        return None
    validator, make = SchemaValidator(translated.schema), translated.make or unchanged
    if _is_text(translated.schema):
        # Two passes over strings are less work than one that keeps the JSON as it goes.
        return lambda document: make(
            validator.validate_python(
                from_json(document, cache_strings="keys"), context=FROM_SERVICE
            )
        )
    return lambda document: make(validator.validate_json(document, context=FROM_SERVICE))


def _is_text(schema: _Schema) -> bool:
    """Whether all values are text, which is the same in Python and in JSON, or lists of it."""
    match schema["type"]:
        case "str" | "none":
            parts: Sequence[_Schema] = ()
        case "nullable":
            parts = (schema["schema"],)
        case "function-after" if schema["function"]["function"] is or_empty:
            parts = (schema["schema"],)
        case "tuple":
            parts = schema["items_schema"]
        case "union":
            parts = schema["choices"]
        case "typed-dict":
            parts = [field["schema"] for field in schema["fields"].values()]
        case _:
            return False
    return all(map(_is_text, parts))


class _UnknownSchemaError(Exception):
    """A core schema has something that is not known here."""


@dataclass(frozen=True, slots=True)
class _Translated:
    """A schema of dicts.

    Attributes:
        schema: The schema.
        make: Makes a record of a dict; None where there are none to be made.
        many: Whether what is validated is a tuple of such dicts.
    """

    schema: Any
    make: _Make | None = None
    many: bool = False


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
        kind, inner = schema["type"], schema.get("schema", {})
        function = schema.get("function", {}).get("function")
        translated = _Translated(schema)
        if kind == "definition-ref":
            translated = self._referred(schema["schema_ref"])
        elif kind == "model" and _is_plain(schema):
            translated = self._model(schema)
        elif kind == "nullable":
            translated = self._nullable(inner)
        elif (
            kind == "tuple" and len(schema["items_schema"]) == 1 and "variadic_item_index" in schema
        ):
            translated = self._tuple(schema)
        elif function is within_limits:
            translated = self._translated(inner)
        elif function is or_empty:
            translated = self._list(inner["schema"])
        elif kind == "function-after" and inner["type"] == "model":
            translated = self._checked(schema)
        elif _refers(schema):
            raise _UnknownSchemaError(kind)
        return translated

    def _nullable(self, schema: _Schema) -> _Translated:
        value = self._translated(schema)
        return replace(value, schema=core_schema.nullable_schema(value.schema))

    def _tuple(self, schema: _Schema) -> _Translated:
        item = self._translated(schema["items_schema"][0])
        if item.many:
            raise _UnknownSchemaError("lists in a list")
        items = {**schema, "items_schema": [item.schema]}
        return _Translated(items, item.make, many=item.make is not None)

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
        choices = [items.schema, null]
        return replace(items, schema=core_schema.union_schema(choices, mode="left_to_right"))

    def _checked(self, schema: _Schema) -> _Translated:
        record = self._translated(schema["schema"])
        function = schema["function"]
        if record.make is None or function["type"] != "no-info":
            raise _UnknownSchemaError("a check of a record")
        return _Translated(record.schema, partial(_then, record.make, function["function"]))

    def _model(self, schema: _Schema) -> _Translated:
        fields: dict[str, core_schema.TypedDictField] = {}
        absent: dict[str, Any] = {}
        parts: dict[bool, list[tuple[str, _Make]]] = {False: [], True: []}
        for name, field in _fields_of(schema)["fields"].items():
            kind, absent[name] = field["schema"], None
            if has_default := kind["type"] == "default":
                if "default" not in kind:
                    raise _UnknownSchemaError("a default that is made")
                kind, absent[name] = kind["schema"], kind["default"]
            part = self._translated(kind)
            if part.make is not None:
                parts[part.many].append((name, part.make))
            fields[name] = core_schema.typed_dict_field(
                part.schema,
                required=not has_default,
                validation_alias=field.get("validation_alias"),
            )
        # Most strings of an answer are ids, and looking them up in Pydantic's cache is in vain.
        config = cast("CoreConfig", {**schema["config"], "cache_strings": "keys"})
        values = core_schema.typed_dict_schema(fields, config=config)
        return _Translated(values, _maker(schema["cls"], absent, parts[False], parts[True]))


def _maker(
    cls: type[BaseModel],
    absent: Mapping[str, Any],
    parts: Sequence[tuple[str, _Make]],
    lists: Sequence[tuple[str, _Make]],
) -> _Make:
    """What makes a record of the members that were there, which become its own.

    Args:
        cls: The class of the record.
        absent: The value of each field that was not there, in the order of the fields.
        parts: The fields that hold a record, and what makes those.
        lists: The fields that hold records in a tuple, likewise.
    """
    make_of_values = _maker_of_values(cls, absent)
    if not parts and not lists:
        return make_of_values

    def make(values: dict[str, Any]) -> Any:
        for name, make_part in parts:
            part = values.get(name)
            if part is not None:
                values[name] = make_part(part)
        for name, make_part in lists:
            items = values.get(name)
            if items:
                values[name] = (*map(make_part, items),)
        return make_of_values(values)

    return make


def _maker_of_values(cls: type[BaseModel], absent: Mapping[str, Any]) -> _Make:
    """What makes a record where no member is to be made first."""
    size = len(absent)
    seen: dict[tuple[str, ...], tuple[set[str], Mapping[str, Any] | None]] = {}

    def make(values: dict[str, Any]) -> Any:
        record = _new(cls)
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
            _set_present(record, present)
        _set_values(record, values)
        return record

    return make


def _behind(names: tuple[str, ...], absent: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What is absent where it all comes behind the names that are there; None else."""
    missing = {name: value for name, value in absent.items() if name not in names}
    return missing if (*names, *missing) == (*absent,) else None


def _then(make: _Make, check: _Make, values: Any) -> Any:
    return check(make(values))


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
