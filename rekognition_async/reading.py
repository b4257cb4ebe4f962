"""Reads an answer's JSON as Pydantic would, in less time.

`read` validates with the core schema of a response's own class, but without those of its validators
in Python that are there for callers, or for what an answer hardly ever holds. What passes is what
``model_validate_json`` would have made of it; what does not is left to ``model_validate_json``, to
be taken after all or refused in its words. ``docs/decisions.md`` has what each step saves.
"""

from __future__ import annotations

from collections.abc import Callable
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

_LARGE: Final = 32_768
"""The bytes of a document from which on its many strings decide how it is read."""

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
    is_text = all(field.annotation in _TEXT for field in response_type.model_fields.values())
    # Ids hardly repeat: looking many up among the strings that Pydantic remembers is in vain.
    config = CoreConfig(cache_strings="keys" if large or is_text else "all")
    validator = _validator(_lean(response_type.__pydantic_core_schema__), config)
    if not (large and is_text):
        return validator.validate_json
    # Text is the same in JSON and in Python. Two passes over thousands of strings take less time
    # than one, which keeps JSON of its own in between.
    return lambda document, *, context: validator.validate_python(
        from_json(document, cache_strings="keys"), context=context
    )


def _validator(schema: Any, config: CoreConfig) -> SchemaValidator:
    try:
        # Else a class that has been validated by itself brings its own validators.
        return SchemaValidator(schema, config, _use_prebuilt=False)
    except TypeError:  # before Pydantic 2.12, which has no such choice
        return SchemaValidator(schema, config)


def _lean(schema: Any) -> Any:
    """A core schema, or a part of one, without the validators that answers can do without."""
    if isinstance(schema, list):
        return [_lean(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    function = _function_of(schema)
    if function is or_empty:
        # AWS leaves out what is not there: a null list is left to the other way.
        return _lean(schema["schema"]["schema"])
    if function in _SKIPPED:
        return _lean(schema["schema"])
    lean = {key: _lean(part) for key, part in schema.items()}
    if lean.get("type") == "model" and lean["schema"]["type"] == "model-fields":
        return _values_alone(lean)
    return lean


def _function_of(schema: _Schema) -> Any:
    """The function that a schema validates with, or None."""
    described = schema.get("function")
    function = described.get("function") if isinstance(described, dict) else None
    return getattr(function, "__func__", function)


def _values_alone(model: _Schema) -> Any:
    """A model's schema, or in its place one that makes records of their values and nothing else.

    By a model's schema, Pydantic makes each record a set of the members present: half of what a
    small record takes in memory. By a dataclass's it makes none, and `Model` makes one when asked
    for it, of the values that are not None. So None has to be the default, and a null is left to
    the other way; records with lists, which are empty by default, stay as they are.
    """
    fields = []
    for name, field in model["schema"]["fields"].items():
        optional = field["schema"]
        if optional.get("default", ...) is not None or optional["schema"]["type"] != "nullable":
            return model
        value: Any = {**optional, "schema": optional["schema"]["schema"]}
        alias = field.get("validation_alias")
        fields.append(core_schema.dataclass_field(name, value, validation_alias=alias))
    cls = model["cls"]
    return core_schema.dataclass_schema(
        cls,
        core_schema.dataclass_args_schema(cls.__name__, fields),
        [field["name"] for field in fields],
        ref=model.get("ref"),
        config=model.get("config"),
    )
