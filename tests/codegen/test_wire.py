"""Requests and answers against botocore's serializer, validator and parser, on generated input."""

import json
from typing import Any

import pytest
from botocore import xform_name
from botocore.model import ListShape, Shape, StructureShape
from botocore.parsers import JSONParser
from botocore.serialize import JSONSerializer
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st
from model_strategies import QUICK, service_model, valid
from pydantic import BaseModel, ValidationError

from rekognition_async import RequestValidationError, models
from rekognition_async._botocore.serializer import Serializer

MODEL = service_model()


def serialized(parameters: dict[str, Any], operation: str) -> Any:
    """The JSON that botocore puts on the wire, as our clients do."""
    theirs, ours = (
        serializer.serialize_to_request(parameters, MODEL.operation_model(operation))
        for serializer in (JSONSerializer(), Serializer())
    )
    document = json.loads(theirs.pop("body"))
    assert json.loads(ours.pop("body")) == document
    assert ours == theirs
    return document


@pytest.mark.parametrize("operation", MODEL.operation_names)
def test_valid_input_is_what_botocore_sends(operation: str) -> None:
    """What the service model allows is taken, and goes over the wire as boto's own would.

    The request comes back from that JSON, and from its own.
    """
    shape = MODEL.operation_model(operation).input_shape
    request_class = getattr(models, shape.name)
    tokens = "ClientRequestToken" in shape.members

    @QUICK
    @given(valid(shape, wire=False))
    def check(parameters: dict[str, Any]) -> None:
        assert not ParamValidator().validate(parameters, shape).has_errors()
        if tokens:
            parameters.setdefault("ClientRequestToken", "t-1")
        by_alias = request_class(**parameters)
        by_name = request_class(
            **{by_python_name(shape, key): value for key, value in parameters.items()}
        )
        assert by_alias == by_name
        sent = serialized(by_alias.model_dump(by_alias=True), operation)
        assert sent == serialized(parameters, operation)
        assert request_class.model_validate_json(json.dumps(sent)) == by_alias
        assert_comes_back(by_alias)

    check()


def assert_comes_back(value: BaseModel) -> None:
    """Holds that the JSON of a model, under either kind of names, is read as an equal one."""
    for by_alias in (True, False):
        document = value.model_dump_json(by_alias=by_alias)
        assert type(value).model_validate_json(document) == value


def by_python_name(shape: StructureShape, member: str) -> str:
    """Boto's snake_case name."""
    assert member in shape.members
    return xform_name(member)


@pytest.mark.parametrize("operation", MODEL.operation_names)
def test_invalid_input_is_refused_before_sending(operation: str) -> None:
    """Each limit, type and required member, broken one at a time, is an error that names it."""
    shape = MODEL.operation_model(operation).input_shape
    request_class = getattr(models, shape.name)
    broken = 0

    @settings(QUICK, max_examples=2)
    @given(valid(shape, wire=False), st.data())
    def check(parameters: dict[str, Any], data: st.DataObject) -> None:
        nonlocal broken
        for member, wrong in mistakes(shape, parameters):
            with pytest.raises(RequestValidationError) as refused:
                request_class(**wrong)
            assert (
                any(
                    field.partition(".")[0] == xform_name(member)
                    for field in refused.value.problems
                )
                or member == "Nonsense"
            )
            broken += 1

    check()
    assert broken


def mistakes(shape: StructureShape, parameters: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The parameters with one thing wrong, and the member it is wrong in."""
    wrong = [("Nonsense", {**parameters, "Nonsense": 1})]
    wrong += [
        (name, {key: value for key, value in parameters.items() if key != name})
        for name in shape.required_members
    ]
    for name, member in shape.members.items():
        wrong += [(name, {**parameters, name: value}) for value in wrong_values(member)]
    return wrong


def wrong_values(shape: Shape) -> list[Any]:
    """Values that break one rule of a shape."""
    limits = shape.metadata
    if isinstance(shape, StructureShape):
        return [7, {"Nonsense": 1}]
    if isinstance(shape, ListShape):
        short: list[list[Any]] = [[]] if limits.get("min") else []
        return ["text", 7, *short, *[[value] for value in wrong_values(shape.member)]]
    kinds: dict[str, list[Any]] = {
        "string": [7, b"bytes"],
        "integer": ["7", 1.5, True],
        "long": ["7", 1.5],
        "float": ["7", True, float("nan"), float("inf")],
        "boolean": ["true", 1],
        "blob": [7],
        "map": [7, {"k": 7}],
    }
    values = kinds[shape.type_name]
    if shape.type_name == "string":
        if "max" in limits and limits["max"] < 10_000:
            values.append("x" * (limits["max"] + 1))
        if limits.get("min"):
            values.append("")
        if limits.get("enum"):
            values.append("NONSENSE")
        if "pattern" in limits and limits["pattern"] not in {r"\S*", r".*\S.*", ".{1,}"}:
            values.append("\x07")
    elif shape.type_name in {"integer", "long", "float"}:
        values += [limits[key] + step for key, step in (("min", -1), ("max", 1)) if key in limits]
    elif shape.type_name == "blob" and limits.get("min"):
        values.append(b"")
    return values


@pytest.mark.parametrize("operation", MODEL.operation_names)
def test_answers_are_read_as_botocore_reads_them(operation: str) -> None:
    """Each value that botocore's parser finds, our model holds, and has it after a dump to JSON."""
    shape = MODEL.operation_model(operation).output_shape
    assert shape is not None
    response_class = getattr(models, shape.name)

    @QUICK
    @given(valid(shape, wire=True))
    def check(document: dict[str, Any]) -> None:
        lists = document.get("CollectionIds"), document.get("FaceModelVersions")
        if all(lists) and len(lists[0] or ()) != len(lists[1] or ()):
            return
        if lists[1] and not lists[0]:
            return
        assert_same(shape, parsed(document, shape), response_class, document)

    check()


def parsed(document: object, shape: StructureShape) -> dict[str, Any]:
    """What botocore reads."""
    response = {"body": json.dumps(document).encode(), "headers": {}, "status_code": 200}
    result = JSONParser().parse(response, shape)
    del result["ResponseMetadata"]
    return result


def assert_same(shape: StructureShape, expected: Any, cls: Any, document: object) -> None:
    """Holds our reading against botocore's."""
    ours = cls.model_validate_json(json.dumps(document))
    assert pruned(ours.model_dump(by_alias=True)) == pruned(expected)
    assert_comes_back(ours)


def pruned(value: Any) -> Any:
    """Without empty lists, which we have where the wire has none."""
    if isinstance(value, dict):
        return {key: pruned(item) for key, item in value.items() if item is not None and item != []}
    if isinstance(value, list | tuple):
        return [pruned(item) for item in value]
    return value


def examples() -> list[tuple[str, dict[str, Any]]]:
    """The example answers that come with botocore."""
    from botocore.loaders import create_loader  # noqa: PLC0415 - read once, on collection

    found = create_loader().load_service_model("rekognition", "examples-1")["examples"]
    return [
        (operation, example["output"])
        for operation, entries in found.items()
        for example in entries
        if "output" in example
    ]


@pytest.mark.parametrize(("operation", "document"), examples())
def test_botocores_example_answers_are_read(operation: str, document: dict[str, Any]) -> None:
    """The examples of AWS's documentation, ListCollections without versions among them."""
    shape = MODEL.operation_model(operation).output_shape
    assert shape is not None
    assert_same(shape, parsed(document, shape), getattr(models, shape.name), document)


@pytest.mark.parametrize("space", ["\x85", "\xa0", "\u2003"])
def test_blank_is_what_java_calls_blank(space: str) -> None:
    """Where no blank is allowed, AWS's patterns mean those of ASCII."""
    models.MediaAnalysisOutputConfig(s3_bucket="bucket", s3_key_prefix=space)
    for blank in " \t\n\x0b\f\r":
        with pytest.raises(ValidationError):
            models.MediaAnalysisOutputConfig(s3_bucket="bucket", s3_key_prefix=blank)
