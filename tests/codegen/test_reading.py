"""What is read the faster way, against what Pydantic reads."""

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_strategies import QUICK, service_model, valid
from pydantic import ValidationError

from rekognition_async import models, reading
from rekognition_async.operation import Response
from rekognition_async.reading import read

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


SIZES = pytest.mark.parametrize("least", [0, 1 << 30], ids=["large", "small"])
"""From which size on documents are read as large ones."""


@SIZES
@pytest.mark.parametrize("operation", MODEL.operation_names)
def test_what_is_read_faster_is_what_pydantic_reads(
    operation: str, least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Values, order, presence, errors, pickles and copies are the same for any document."""
    monkeypatch.setattr(reading, "_LARGE", least)
    cls = response_class(operation)

    @QUICK
    @given(documents(operation))
    def check(document: Any) -> None:
        body = json.dumps(document).encode()
        ours = outcome(lambda text: read(cls, text), body)
        assert ours == outcome(cls.model_validate_json, body)

    check()


@SIZES
@pytest.mark.parametrize("operation", MODEL.operation_names)
def test_good_answers_are_read_once(
    operation: str, least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No answer that keeps the limits of its members needs Pydantic's own reading after all."""
    monkeypatch.setattr(reading, "_LARGE", least)
    cls = response_class(operation)
    shape = MODEL.operation_model(operation).output_shape
    assert shape is not None
    pydantics = cls.model_validate_json
    again: list[bytes] = []

    def model_validate_json(document: bytes) -> Response:
        again.append(document)
        return pydantics(document)

    monkeypatch.setattr(cls, "model_validate_json", model_validate_json)

    @QUICK
    @given(valid(shape, wire=True))
    def check(document: Any) -> None:
        again.clear()
        try:
            read(cls, json.dumps(document).encode())
        except ValidationError:  # ids without as many versions
            return
        assert not again

    check()
