"""What is read in one go, against what Pydantic reads."""

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_strategies import QUICK, service_model, valid
from pydantic import ValidationError

from rekognition_async import models
from rekognition_async.operation import Response
from rekognition_async.reading import is_read_in_one_go, read

MODEL = service_model()


def response_class(operation: str) -> type[Response]:
    """The class of an operation's answer."""
    shape = MODEL.operation_model(operation).output_shape
    assert shape is not None
    cls: type[Response] = getattr(models, shape.name)
    return cls


def outcome(reading: Any, document: bytes) -> Any:
    """What a document reads as, down to what Pydantic keeps beside the fields; or its errors."""
    try:
        response = reading(document)
    except ValidationError as error:
        return error.errors()
    return (
        response,
        repr(response),
        response.model_dump_json(exclude_unset=True, warnings=False),
        response.model_dump(by_alias=True, warnings=False),
        pickle.loads(pickle.dumps(response)),
        copy.deepcopy(response),
        response.model_copy(),
        response.__pydantic_extra__,
        response.__pydantic_private__,
    )


@st.composite
def documents(draw: st.DrawFn, operation: str) -> Any:
    """Answers of an operation, some of them with something in them that does not belong."""
    shape = MODEL.operation_model(operation).output_shape
    assert shape is not None
    document = draw(valid(shape, wire=True))
    if draw(st.booleans()):
        places = list(containers(document))
        place = draw(st.sampled_from(places))
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        odd = draw(st.sampled_from([None, [], {}, "", "odd", 7, 2.5, True, [None], {"Odd": 1}]))
        if keys:
            place[draw(st.sampled_from(keys))] = odd
        elif isinstance(place, dict):
            place["Odd"] = odd
    return document


def containers(value: Any) -> Any:
    """All dicts and lists of a document."""
    if isinstance(value, dict | list):
        yield value
        for part in value.values() if isinstance(value, dict) else value:
            yield from containers(part)


@pytest.mark.parametrize("operation", MODEL.operation_names)
def test_what_is_read_in_one_go_is_what_pydantic_reads(operation: str) -> None:
    """Values, order, presence, errors, pickles and copies are the same for any document."""
    cls = response_class(operation)

    @QUICK
    @given(documents(operation))
    def check(document: Any) -> None:
        body = json.dumps(document).encode()
        ours = outcome(lambda text: read(cls, text), body)
        assert ours == outcome(cls.model_validate_json, body)

    check()


@pytest.mark.parametrize("operation", MODEL.operation_names)
def test_lists_are_read_in_one_go(operation: str) -> None:
    """Answers to all operations but two are read the faster way, those of every listing too."""
    expected = operation not in {"DescribeProjectVersions", "DescribeStreamProcessor"}
    assert is_read_in_one_go(response_class(operation)) is expected
