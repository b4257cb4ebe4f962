"""Lines of a dataset's manifest: what is read of them, and what is wrong with bad ones."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekognition_async.models import (
    DatasetEntry,
    DatasetEntryBox,
    DatasetEntryError,
    DatasetEntryLabel,
)

CLASSIFIED: dict[str, Any] = {
    "source-ref": "s3://bucket/sunrise.jpg",
    "scene": 1,
    "scene-metadata": {
        "confidence": 0.9,
        "class-name": "sunrise",
        "human-annotated": "yes",
        "creation-date": "2026-01-02T03:04:05.000Z",
        "type": "groundtruth/image-classification",
    },
    "cl-metadata": {"is_labeled": True},
}
LOCATED: dict[str, Any] = {
    "source-ref": "s3://bucket/pets.jpg",
    "pets": {
        "image_size": [{"width": 640, "height": 480, "depth": 3}],
        "annotations": [
            {"class_id": 0, "left": 1, "top": 2, "width": 30, "height": 40},
            {"class_id": 7, "left": 5.5, "top": 6, "width": 70, "height": 80},
        ],
    },
    "pets-metadata": {
        "objects": [{"confidence": 0.5}],
        "class-map": {"0": "cat"},
        "human-annotated": "no",
        "creation-date": "2026-01-02T03:04:05.000",
    },
    "errors": ["ERROR_NO_VALID_IMAGE", {"code": "ERROR_BOX", "message": "too small"}],
}


def changed(document: dict[str, Any], *path: str | int, to: Any) -> str:
    """A line with one value replaced; with ... it is taken out."""
    copy = json.loads(json.dumps(document))
    *way, last = path
    place = copy
    for step in way:
        place = place[step]
    if to is ...:
        del place[last]
    else:
        place[last] = to
    return json.dumps(copy)


def test_labels_of_a_whole_image_are_read() -> None:
    """A classified image gives its label, with who said it and when."""
    entry = DatasetEntry.parse(json.dumps(CLASSIFIED))
    assert entry.source_ref == "s3://bucket/sunrise.jpg"
    assert entry.labels == (
        DatasetEntryLabel(
            name="sunrise",
            attribute="scene",
            confidence=0.9,
            human_annotated=True,
            creation_date=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        ),
    )
    assert (entry.boxes, entry.is_labeled, entry.errors) == ((), True, ())
    assert entry.document == CLASSIFIED


def test_boxes_and_errors_are_read() -> None:
    """Boxes have names where the line has them, and confidence as far as it goes."""
    entry = DatasetEntry.parse(json.dumps(LOCATED).encode())
    said: dict[str, Any] = {"attribute": "pets", "human_annotated": False}
    assert entry.boxes == (
        DatasetEntryBox(name="cat", confidence=0.5, left=1, top=2, width=30, height=40, **said),
        DatasetEntryBox(name="7", left=5.5, top=6, width=70, height=80, **said),
    )
    assert entry.errors == (
        DatasetEntryError(code="ERROR_NO_VALID_IMAGE"),
        DatasetEntryError(code="ERROR_BOX", message="too small"),
    )
    assert (entry.labels, entry.is_labeled) == ((), None)
    listed = {"source-ref": "s3://bucket/a", "cl-errors": [{"code": "ERROR_BOX"}]}
    assert DatasetEntry.parse(json.dumps(listed)).errors == (DatasetEntryError(code="ERROR_BOX"),)


BOX = ("pets", "annotations", 1)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "Expecting value"),
        ("{", "Expecting property name"),
        (b"\xff{}", "decode"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "the entry should be an object, not list"),
        ("null", "the entry should be an object, not NoneType"),
        (changed(LOCATED, "source-ref", to=...), "the entry should have 'source-ref'"),
        (changed(LOCATED, "source-ref", to=7), "source-ref should be text, not int"),
        (changed(LOCATED, "pets-metadata", to="x"), "pets-metadata should be an object, not str"),
        (changed(LOCATED, "pets-metadata", to=None), "the entry should have 'pets-metadata'"),
        (changed(LOCATED, "pets", "annotations", to={}), "pets.annotations should be a list"),
        (changed(LOCATED, *BOX, to="here"), r"annotations\[1\] should be an object, not str"),
        (changed(LOCATED, *BOX, "left", to=...), r"annotations\[1\] should have 'left'"),
        (
            changed(LOCATED, *BOX, "top", to="2"),
            r"annotations\[1\].top should be a number, not str",
        ),
        (changed(LOCATED, *BOX, "width", to=True), r"\[1\].width should be a number, not bool"),
        (changed(LOCATED, *BOX, "height", to=10**400), r"\[1\].height is out of range"),
        (changed(LOCATED, *BOX, "height", to=float("nan")), r"\[1\].height is out of range"),
        (changed(LOCATED, *BOX, "class_id", to=...), r"annotations\[1\] should have 'class_id'"),
        (changed(LOCATED, *BOX, "class_id", to=0.5), "class_id should be a whole number"),
        (changed(LOCATED, "pets-metadata", "objects", to={}), "objects should be a list"),
        (
            changed(LOCATED, "pets-metadata", "objects", to=[7]),
            r"pets-metadata.objects\[0\] should be an object, not int",
        ),
        (changed(LOCATED, "pets-metadata", "class-map", to=[]), "class-map should be an object"),
        (changed(LOCATED, "pets-metadata", "class-map", to={"0": 7}), "class-map.0 should be text"),
        (changed(LOCATED, "pets-metadata", "human-annotated", to=1), "human-annotated should be"),
        (changed(LOCATED, "pets-metadata", "creation-date", to=1), "creation-date should be text"),
        (changed(LOCATED, "errors", to={}), "errors should be a list"),
        (changed(LOCATED, "errors", to=[7]), r"errors\[0\] should be an object, not int"),
        (changed(LOCATED, "errors", to=[{}]), r"errors\[0\] should have 'code'"),
        (changed(CLASSIFIED, "cl-metadata", to=True), "cl-metadata should be an object"),
        (changed(CLASSIFIED, "cl-metadata", "is_labeled", to="yes"), "should be true or false"),
        (changed(CLASSIFIED, "scene-metadata", "class-name", to=7), "class-name should be text"),
        (changed(CLASSIFIED, "scene-metadata", "confidence", to="1"), "confidence should be a num"),
    ],
)
def test_a_bad_line_is_a_value_error_that_says_where(line: str | bytes, said: str) -> None:
    """No missing key and no odd type escapes as another error."""
    with pytest.raises(ValueError, match=said):
        DatasetEntry.parse(line)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(max_size=4), parts),
    max_leaves=8,
)


@st.composite
def odd_documents(draw: st.DrawFn) -> dict[str, Any]:
    """A good line in which any part may be anything."""
    document: dict[str, Any] = json.loads(json.dumps(draw(st.sampled_from([CLASSIFIED, LOCATED]))))
    for _ in range(draw(st.integers(1, 3))):
        place: Any = document
        while True:
            steps = list(place) if isinstance(place, dict) else list(range(len(place)))
            step = draw(st.sampled_from(steps))
            inner = place[step]
            if not isinstance(inner, dict | list) or not inner or draw(st.booleans()):
                place[step] = draw(ANYTHING)
                break
            place = inner
    return document


@given(odd_documents())
def test_any_line_is_read_or_refused(document: dict[str, Any]) -> None:
    """Whatever stands in a line, there is an entry or a ValueError."""
    try:
        entry = DatasetEntry.parse(json.dumps(document))
    except ValueError as refused:
        assert str(refused)  # noqa: PT017 - either outcome is right
    else:
        assert entry.source_ref == document["source-ref"]


@given(st.binary(max_size=40) | st.text(max_size=40))
def test_any_text_is_read_or_refused(line: str | bytes) -> None:
    """Noise is a ValueError."""
    with pytest.raises(ValueError, match=r".+"):
        DatasetEntry.parse(line)
