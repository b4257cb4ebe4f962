"""What records of answers tell of the members that were there."""

import copy
import pickle
from typing import Any

import pytest
from pydantic import TypeAdapter
from support import scripted

from rekognition_async.models import BoundingBox, Face

BOX = {"Width": 0.5, "Height": 0.25, "Left": 0.0, "Top": 0.125}


async def face_of(document: dict[str, Any]) -> Face:
    """The face that a service answers with this document of it."""
    async with scripted(lambda *_: {"Faces": [document]}) as (_, client):
        (face,) = await client.list_faces(collection_id="visitors")
    return face


@pytest.mark.parametrize(
    ("document", "present"),
    [
        ({}, set()),
        ({"UserId": "ann", "FaceId": "f1"}, {"user_id", "face_id"}),
        ({"FaceId": "f1", "UserId": None}, {"user_id", "face_id"}),
        ({"FaceId": "f1", "BoundingBox": None}, {"bounding_box", "face_id"}),
        ({"FaceId": "f1", "Odd": 7}, {"face_id"}),
        ({"__pydantic_fields_set__": ["user_id"], "__dict__": {"face_id": "f2"}}, set()),
    ],
)
async def test_a_record_tells_which_members_its_answer_had(
    document: dict[str, Any], present: set[str]
) -> None:
    """A member that was null was there; one that was left out, or is unknown, was not."""
    face = await face_of(document)
    assert face.model_fields_set == present
    assert set(face.model_dump(exclude_unset=True, exclude_none=False)) == present
    assert face.model_extra is None


async def test_a_record_of_an_answer_is_one_made_by_hand() -> None:
    """Equality, hash, text, copies and pickles do not tell where it came from."""
    by_hand = Face(face_id="f1", bounding_box=BoundingBox.model_validate(BOX), confidence=99.5)
    document = {"FaceId": "f1", "BoundingBox": BOX, "Confidence": 99.5}
    for copied in (
        lambda face: face,
        copy.copy,
        copy.deepcopy,
        lambda face: pickle.loads(pickle.dumps(face)),
        lambda face: face.model_copy(),
        TypeAdapter(Face).validate_python,
    ):
        face = copied(await face_of(document))
        assert (face, hash(face), repr(face)) == (by_hand, hash(by_hand), repr(by_hand))
        assert list(face) == list(by_hand)
        assert face.model_fields_set == by_hand.model_fields_set
        assert face.bounding_box is not None
        assert face.bounding_box.model_fields_set == set(BoundingBox.model_fields)


async def test_a_changed_copy_has_the_members_it_was_given() -> None:
    """``model_copy`` adds to the members present, and leaves its original alone."""
    face = await face_of({"FaceId": "f1"})
    changed = face.model_copy(update={"user_id": "ann"})
    assert changed.model_fields_set == {"face_id", "user_id"}
    assert face.model_fields_set == {"face_id"}
