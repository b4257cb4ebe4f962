"""Answers with values of other types than their members are of."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape
from model_strategies import required, service_model, specimen
from support import scripted

from rekognition_async import ResponseValidationError, models

MODEL = service_model()
PADDING = "x" * 40_000
"""Makes a document a large one, which is read another way."""


def wrong_values(shape: Shape) -> list[Any]:
    """Values of JSON types that a shape is not of."""
    if isinstance(shape, StructureShape | MapShape):
        return ["text", 7, [{}]]
    if isinstance(shape, ListShape):
        return ["text", {"0": "text"}]
    wrong: dict[str, list[Any]] = {
        "string": [7, True, ["text"]],
        "blob": [7, True],
        "boolean": ["true", 1],
        "timestamp": [True, []],
    }
    return wrong.get(shape.type_name, ["7", "text", True, [7]])


def mistakes(shape: Shape, value: Any) -> Iterator[Any]:
    """The value of a shape, with one part of it after the other of another type."""
    yield from wrong_values(shape)
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            for wrong in mistakes(member, value[name]):
                yield {**value, name: wrong}
    elif isinstance(shape, ListShape):
        for wrong in mistakes(shape.member, value[0]):
            yield [wrong]
    elif isinstance(shape, MapShape):
        for wrong in mistakes(shape.value, *value.values()):
            yield dict.fromkeys(value, wrong)


@pytest.mark.parametrize(
    ("operation", "padding"),
    [
        *(pytest.param(name, {}, id=name) for name in MODEL.operation_names),
        *(
            pytest.param(name, {"Padding": PADDING}, id=f"{name}-large")
            for name in MODEL.operation_names
            if name.startswith("List")
        ),
    ],
)
async def test_no_value_of_another_json_type_is_taken(
    operation: str, padding: dict[str, str]
) -> None:
    """A string for a number, a number for a flag and the like are errors, wherever they are."""
    described = MODEL.operation_model(operation)
    shape = described.output_shape
    assert shape is not None
    good = specimen(shape, 1)
    documents = [wrong for wrong in mistakes(shape, good) if isinstance(wrong, dict)]
    answers = iter([good, *documents])
    assert described.input_shape is not None
    request = getattr(models, described.input_shape.name)(**required(operation))
    async with scripted(lambda *_: {**next(answers), **padding}) as (asked, client):
        await client.send(request)
        for document in documents:
            with pytest.raises(ResponseValidationError):
                taken = await client.send(request)
                pytest.fail(f"{document} read as {taken!r}")
    assert len(asked) == 1 + len(documents)


@pytest.mark.parametrize("padding", [{}, {"Padding": PADDING}], ids=["small", "large"])
async def test_a_number_past_a_limit_or_with_a_point_is_taken(padding: dict[str, str]) -> None:
    """What the service answers past a caller's limits stays; JSON knows no integers."""
    shape = MODEL.operation_model("DetectFaces").output_shape
    assert shape is not None
    document = specimen(shape, 1)
    (face,) = document["FaceDetails"]
    face["AgeRange"]["Low"] = 7.0
    face["BoundingBox"]["Width"] = 2
    async with scripted(lambda *_: document | padding) as (_, client):
        (read,) = (await client.detect_faces(image=b"image")).face_details
    assert read.age_range is not None
    assert read.bounding_box is not None
    assert (read.age_range.low, type(read.age_range.low)) == (7, int)
    assert read.bounding_box.width == 2
