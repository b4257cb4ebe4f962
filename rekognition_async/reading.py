"""Reads an answer's JSON as Pydantic would, in less time.

`read` validates with the core schema of a response's own class, but without those of its validators
in Python that are there for callers, or for what an answer hardly ever holds. What passes is what
``model_validate_json`` would have made of it; what does not is left to ``model_validate_json``, to
be taken after all or refused in its words. ``docs/decisions.md`` has what each step saves.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeVar

from pydantic_core import CoreConfig, SchemaValidator, core_schema, from_json

from rekognition_async.operation import CALLERS_CHECK, Response
from rekognition_async.values import (
    FROM_SERVICE,
    or_empty,
    unchanged,
    waive_limits_for_answers,
    whole_number,
)

R = TypeVar("R", bound=Response)

_Schema = dict[str, Any]
_Validate = Callable[..., Any]

_SKIPPED: Final = {waive_limits_for_answers, whole_number, unchanged, CALLERS_CHECK}
"""Validators that change nothing of the service's that what they wrap takes as it is."""

_REPEATED: Final = {"items_schema", "definitions"}
"""Where a core schema has what one document may have many of."""

_LARGE: Final = 32_768
"""The bytes of a document from which on what its records hold in memory is worth some time."""

_COMBINATIONS: Final = 256
"""How many combinations of present members are remembered for a class; answers have a few."""

_TEXT: Final[tuple[Any, ...]] = (str, str | None, tuple[str, ...])


def read(response_type: type[R], document: bytes) -> R:
    """The response that a document holds.

    Raises:
        ValidationError: As ``response_type.model_validate_json`` does.
    """
    validators = _for_small if len(document) < _LARGE else _for_large
    try:
        validate = validators[response_type]
    except KeyError:
        large = validators is _for_large
        validate = validators[response_type] = _validate_of(response_type, large=large)
    try:
        response: R = validate(document, context=FROM_SERVICE)
    except (ValueError, AssertionError):
        # A ValidationError, or what the validator of a class raised, which is none yet.
        return response_type.model_validate_json(document)
    return response


_for_small: Final[dict[type[Response], _Validate]] = {}
_for_large: Final[dict[type[Response], _Validate]] = {}


def _validate_of(response_type: type[Response], *, large: bool) -> _Validate:
    """What validates the documents of a class, of this size."""
    response_type.model_rebuild()
    schema = _lean(response_type.__pydantic_core_schema__, large=large)
    if any(field.annotation not in _TEXT for field in response_type.model_fields.values()):
        return _validator(schema).validate_json
    # Ids hardly repeat: looking them up among the strings that Pydantic remembers is in vain.
    validator = _validator(schema, CoreConfig(cache_strings="keys"))
    if not large:
        return validator.validate_json
    # Text is the same in JSON and in Python. Two passes over thousands of strings take less time
    # than one, which keeps JSON of its own in between.
    return lambda document, *, context: validator.validate_python(
        from_json(document, cache_strings="keys"), context=context
    )


def _validator(schema: Any, config: CoreConfig | None = None) -> SchemaValidator:
    try:
        # Else a class that has been validated by itself brings its own validators.
        return SchemaValidator(schema, config, _use_prebuilt=False)
    except TypeError:  # before Pydantic 2.12, which has no such choice
        return SchemaValidator(schema, config)


def _lean(schema: Any, *, large: bool, once: bool = True) -> Any:
    """A core schema without the validators that answers can do without.

    Args:
        schema: A core schema, or a part of one.
        large: Whether it is for documents with so many records that all share what they can.
        once: Whether a document has what this validates once: sharing saves time there, too.
    """
    if isinstance(schema, list):
        return [_lean(part, large=large, once=once) for part in schema]
    if not isinstance(schema, dict):
        return schema
    function = _function_of(schema)
    if function is or_empty:
        # AWS leaves out what is not there: a null list is left to the other way.
        return _lean(schema["schema"]["schema"], large=large, once=once)
    if function in _SKIPPED:
        return _lean(schema["schema"], large=large, once=once)
    lean = {
        key: _lean(part, large=large, once=once and key not in _REPEATED)
        for key, part in schema.items()
    }
    if (large or once) and lean.get("type") == "model" and lean["schema"]["type"] == "model-fields":
        lean["schema"] = _sharing(lean["schema"]["fields"], lean.get("config"))
    return lean


def _function_of(schema: _Schema) -> Any:
    """The function that a schema validates with, or None."""
    described = schema.get("function")
    function = described.get("function") if isinstance(described, dict) else None
    return getattr(function, "__func__", function)


def _sharing(fields: _Schema, config: Any) -> Any:
    """What validates a model's fields so that its records share the set of those present.

    Pydantic makes each record a set of its own, half of what a small record takes in memory.
    """
    defaults: dict[str, Any] = dict.fromkeys(fields)
    members: dict[str, core_schema.TypedDictField] = {}
    for name, field in fields.items():
        schema = field["schema"]
        if optional := schema["type"] == "default":
            defaults[name], schema = schema["default"], schema["schema"]
        members[name] = core_schema.typed_dict_field(
            schema, required=not optional, validation_alias=field.get("validation_alias")
        )

    everything = set(defaults)

    @lru_cache(_COMBINATIONS)
    def known(*present: str) -> tuple[set[str], dict[str, Any] | None]:
        """The set of what is present, and what is missing where that comes behind all of it."""
        missing = {name: value for name, value in defaults.items() if name not in present}
        return set(present), missing if [*present, *missing] == [*defaults] else None

    def parts(values: _Schema) -> tuple[_Schema, None, set[str]]:
        """What Pydantic makes a record of: its values, no others, and the names of those given."""
        if len(values) == len(defaults):
            return values, None, everything
        present, missing = known(*values)
        if missing is None:
            return {**defaults, **values}, None, present
        values |= missing
        return values, None, present

    return core_schema.no_info_after_validator_function(
        parts, core_schema.typed_dict_schema(members, config=config)
    )
