"""The generated classes against botocore's service model, walked without the generator's code."""

import inspect
import typing
from typing import Any

import pytest
from annotated_types import Ge, Le, MaxLen, MinLen
from botocore import xform_name
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from model_strategies import service_model
from pydantic import BaseModel

from codegen.render.indexes import HAND_WRITTEN
from rekognition_async import RekognitionClient, errors, models
from rekognition_async.operation import InputOutputModel, OutputModel, Request, Response
from rekognition_async.values import UnknownValue

MODEL = service_model()
STRUCTURES = [name for name in MODEL.shape_names if MODEL.shape_for(name).type_name == "structure"]
ERRORS = [name for name in STRUCTURES if MODEL.shape_for(name).metadata.get("exception")]
RECORDS = [name for name in STRUCTURES if name not in ERRORS]


def reachable(shape: Shape | None, found: set[str]) -> set[str]:
    """The structures that a shape is made of."""
    if isinstance(shape, StructureShape) and shape.name not in found:
        found.add(shape.name)
        for member in shape.members.values():
            reachable(member, found)
    elif isinstance(shape, ListShape):
        reachable(shape.member, found)
    elif isinstance(shape, MapShape):
        reachable(shape.value, found)
    return found


SENT = {
    name
    for operation in MODEL.operation_names
    for name in reachable(MODEL.operation_model(operation).input_shape, set())
}
ANSWERED = {
    name
    for operation in MODEL.operation_names
    for name in reachable(MODEL.operation_model(operation).output_shape, set())
}


def generated_structures() -> set[str]:
    """The structures that have a class, by the service model's names."""
    found = {name: getattr(models, name) for name in models.__all__}
    # A record of what the service model has in two lists, and the bases.
    by_hand = {"Collection", "PairedCollections", *HAND_WRITTEN}
    return {
        name
        for name, kind in found.items()
        if isinstance(kind, type) and name not in by_hand and not name.startswith("DatasetEntry")
    }


# The package knows what the newest botocore that it supports knows, and runs with older ones.
IS_OLDER = not generated_structures() <= set(STRUCTURES)


def test_every_operation_structure_and_error_is_there() -> None:
    """75 operations, 23 errors, and a class for each of the other structures, at least 300."""
    assert len(MODEL.operation_names) == 75
    assert len(ERRORS) == 23
    assert len(RECORDS) >= 300
    assert set(RECORDS) == SENT | ANSWERED
    assert generated_structures() >= set(RECORDS)
    assert IS_OLDER or generated_structures() == set(RECORDS)


def test_no_structure_is_a_union() -> None:
    """Nothing here may have one member at most; the first union has to be checked by the models."""
    assert not [name for name in STRUCTURES if MODEL.shape_for(name).metadata.get("union")]


@pytest.mark.parametrize("name", MODEL.operation_names)
def test_each_operation_has_its_method_and_its_classes(name: str) -> None:
    """The method is boto's, its parameters are the input's, and required ones are required."""
    shape = MODEL.operation_model(name)
    assert shape.output_shape is not None
    request = getattr(models, shape.input_shape.name)
    assert issubclass(request, Request)
    assert (request.operation, request.method) == (name, xform_name(name))
    assert request.response_type is getattr(models, shape.output_shape.name)
    assert issubclass(request.response_type, Response)
    parameters = dict(inspect.signature(getattr(RekognitionClient, xform_name(name))).parameters)
    del parameters["self"]
    members = {xform_name(member) for member in shape.input_shape.members}
    assert set(parameters) >= members
    assert IS_OLDER or set(parameters) == members
    for member in shape.input_shape.members:
        parameter = parameters[xform_name(member)]
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
        is_required = member in shape.input_shape.required_members
        assert (parameter.default is inspect.Parameter.empty) is is_required


@pytest.mark.parametrize("name", ERRORS)
def test_each_error_has_its_class(name: str) -> None:
    """The 23 errors are exceptions of AWS's names."""
    assert errors.SERVICE_ERRORS[name].__name__ == name


@pytest.mark.parametrize("name", RECORDS)
def test_each_structure_has_its_members_types_and_limits(name: str) -> None:
    """Names, types, required members, limits, patterns and enumerations are the model's."""
    shape = MODEL.shape_for(name)
    assert isinstance(shape, StructureShape)
    cls = getattr(models, name)
    assert issubclass(cls, BaseModel)
    cls.model_rebuild()
    by_alias = {field.alias: field for field in cls.model_fields.values()}
    assert set(by_alias) >= set(shape.members)
    assert IS_OLDER or set(by_alias) == set(shape.members)
    for member, expected in shape.members.items():
        field = by_alias[member]
        makes_its_own = field.default_factory is not None
        is_required = name in SENT and member in shape.required_members and not makes_its_own
        assert field.is_required() is is_required, member
        hint = typing.get_type_hints(cls, include_extras=True)[field_name(cls, member)]
        compare(expected, hint, sent=name in SENT, answered=name in ANSWERED)


def field_name(cls: type[BaseModel], alias: str) -> str:
    """The field of an alias."""
    return next(name for name, field in cls.model_fields.items() if field.alias == alias)


def taken_apart(hint: Any) -> tuple[Any, list[Any]]:
    """A type without None, and all that annotates it."""
    annotations: list[Any] = []
    while True:
        if typing.get_origin(hint) is typing.Annotated:
            annotations += hint.__metadata__
            hint = hint.__origin__
            continue
        parts = [part for part in typing.get_args(hint) if part is not type(None)]
        if type(None) in typing.get_args(hint) and len(parts) == 1:
            (hint,) = parts
            continue
        return hint, annotations


def limits_in(annotations: list[Any]) -> dict[str, Any]:
    """The limits that annotations state, in the service model's words."""
    found: dict[str, Any] = {}
    for annotation in annotations:
        for part in [annotation, *getattr(annotation, "metadata", [])]:
            if isinstance(part, Ge | MinLen):
                found["min"] = part.ge if isinstance(part, Ge) else part.min_length
            elif isinstance(part, Le | MaxLen):
                found["max"] = part.le if isinstance(part, Le) else part.max_length
            elif getattr(part, "pattern", None):
                found["pattern"] = part.pattern
    return found


def compare(shape: Shape, hint: Any, *, sent: bool, answered: bool) -> None:
    """Holds a type hint against a shape."""
    kind, annotations = taken_apart(hint)
    stated = {
        key: shape.metadata[key] for key in ("min", "max", "pattern") if key in shape.metadata
    }
    if isinstance(shape, StringShape) and shape.enum:
        values = known_values(kind, is_open=answered)
        assert set(values) >= set(shape.enum)
        assert IS_OLDER or list(values) == shape.enum
        return
    found = limits_in(annotations)
    # A length of 0 is no limit, and a pattern is written in another dialect.
    assert ("pattern" in found) is (sent and "pattern" in stated)
    found.pop("pattern", None)
    stated.pop("pattern", None)
    if stated.get("min") == 0 and shape.type_name in {"string", "blob", "list", "map"}:
        del stated["min"]
    assert found == (stated if sent else {})
    if isinstance(shape, ListShape):
        item, ellipsis = typing.get_args(kind)
        assert ellipsis is Ellipsis
        compare(shape.member, item, sent=sent, answered=answered)
    elif isinstance(shape, MapShape):
        key, value = typing.get_args(kind)
        compare(shape.key, key, sent=sent, answered=answered)
        compare(shape.value, value, sent=sent, answered=answered)
    elif isinstance(shape, StructureShape):
        assert kind is getattr(models, shape.name)
    else:
        names = {"str": {"string"}, "int": {"integer", "long"}, "float": {"float", "double"}}
        names |= {"bool": {"boolean"}, "bytes": {"blob"}, "AwareDatetime": {"timestamp"}}
        assert shape.type_name in names.get(kind.__name__, {"timestamp"})


def known_values(kind: Any, *, is_open: bool) -> tuple[str, ...]:
    """The values of an enumeration, which is open where the service may answer with it."""
    if not is_open:
        return typing.get_args(kind)
    known, unknown = typing.get_args(kind)
    assert unknown is UnknownValue
    return typing.get_args(known)


@pytest.mark.parametrize("name", sorted(SENT & ANSWERED))
def test_what_goes_both_ways_is_strict_with_callers_alone(name: str) -> None:
    """A caller's unknown member is refused, and the service's is passed over."""
    cls = getattr(models, name)
    assert issubclass(cls, InputOutputModel)
    with pytest.raises(ValueError, match="NewMember"):
        cls.model_validate({"NewMember": 1})


def test_new_values_of_an_enumeration_stay_readable() -> None:
    """An unknown value is its text, and says that it is unknown."""
    detail = models.FaceDetail.model_validate_json('{"Emotions":[{"Type":"BORED"},{"Type":"SAD"}]}')
    bored, sad = (emotion.type for emotion in detail.emotions)
    assert bored == "BORED"
    assert isinstance(bored, UnknownValue)
    assert repr(bored) == "UnknownValue('BORED')"
    assert sad == "SAD"
    assert not isinstance(sad, UnknownValue)
    assert '"BORED"' in detail.model_dump_json(by_alias=True)


def test_limits_that_aws_has_widened_do_not_lose_an_answer() -> None:
    """What breaks a caller's limit is read where the service says it."""
    answer = {"Video": {"S3Object": {"Bucket": "a bucket", "Name": "x" * 2000, "New": 1}}}
    read = models.GetFaceDetectionResponse.model_validate(answer)
    assert read.video is not None
    assert read.video.s3_object is not None
    assert read.video.s3_object.bucket == "a bucket"
    with pytest.raises(ValueError, match="Bucket"):
        models.S3Object.model_validate({"Bucket": "a bucket"})
    assert issubclass(models.FaceDetail, OutputModel)
