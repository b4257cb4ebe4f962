"""DetectFaces and CompareFaces."""

import base64
import json
from typing import Any

import pytest
from pictures import portrait
from wire import call

from rekognition_async import RekognitionClient
from rekognition_async.emulator import AnswerRule, Person, RekognitionEmulator
from rekognition_async.emulator.protocol.declared_values import check_answer
from rekognition_async.emulator.protocol.messages import service_model
from rekognition_async.emulator.protocol.validation import validate
from rekognition_async.errors import InvalidParameterException

DEFAULT = {"BoundingBox", "Confidence", "Landmarks", "Pose", "Quality"}


async def details(
    emulator: RekognitionEmulator, attributes: list[str] | None = None, seed: int = 1
) -> list[dict[str, Any]]:
    """The FaceDetails of a picture as they are on the wire."""
    parameters: dict[str, Any] = {
        "Image": {"Bytes": base64.b64encode(portrait(seed)).decode()},
        "Attributes": attributes,
    }
    reply = await call(emulator, json.dumps(parameters).encode(), "DetectFaces")
    found: list[dict[str, Any]] = reply.document["FaceDetails"]
    return found


@pytest.mark.parametrize(
    ("attributes", "more"),
    [
        (None, set[str]()),
        ([], set[str]()),
        (["DEFAULT"], set[str]()),
        (["DEFAULT", "FACE_OCCLUDED"], {"FaceOccluded"}),
        (["AGE_RANGE", "EYES_OPEN"], {"AgeRange", "EyesOpen"}),
        (["EYE_DIRECTION", "SUNGLASSES"], {"EyeDirection", "Sunglasses"}),
    ],
)
async def test_attributes_are_those_asked_for(
    emulator: RekognitionEmulator, attributes: list[str] | None, more: set[str]
) -> None:
    """The default members are always there, others where they are asked for."""
    (detail,) = await details(emulator, attributes)
    assert set(detail) == DEFAULT | more
    assert {mark["Type"] for mark in detail["Landmarks"]} == {
        "eyeLeft", "eyeRight", "mouthLeft", "mouthRight", "nose"
    }  # fmt: skip


async def test_all_attributes_are_valid_by_the_service_model(emulator: RekognitionEmulator) -> None:
    """ALL has every member of a FaceDetail, and each within its limits, whoever it is."""
    emulator.people.add(portrait(1), [f"person {number}" for number in range(40)])
    shape = service_model().shape_for("FaceDetail")
    found = await details(emulator, ["DEFAULT", "ALL"])
    assert len(found) == 40
    for detail in found:
        check_answer(shape, detail, "FaceDetail")
        assert validate(shape, detail) == detail  # type: ignore[arg-type] # a FaceDetail is a structure
        assert set(detail) == set(shape.members)  # type: ignore[attr-defined] # as above
        assert len(detail["Landmarks"]) == 30
        box = detail["BoundingBox"]
        for mark in detail["Landmarks"]:
            assert box["Left"] < mark["X"] < box["Left"] + box["Width"]
            assert box["Top"] < mark["Y"] < box["Top"] + box["Height"]
        assert len({emotion["Type"] for emotion in detail["Emotions"]}) == 8
        likely = [emotion["Confidence"] for emotion in detail["Emotions"]]
        assert likely == sorted(likely, reverse=True)
        assert 107.9 < sum(likely) < 118.1
        is_man = detail["Gender"]["Value"] == "Male"
        assert is_man or not (detail["Beard"]["Value"] or detail["Mustache"]["Value"])
    for member in ("Gender", "Smile", "Eyeglasses", "MouthOpen", "Beard", "Mustache"):
        assert len({detail[member]["Value"] for detail in found}) == 2


async def test_a_person_keeps_traits_and_changes_looks(emulator: RekognitionEmulator) -> None:
    """Age, gender and hair are the person's; mood and pose are the picture's."""
    crowd = {f"person {number}": (0.0, 0.0, (number + 1) / 20, 1.0) for number in range(20)}
    emulator.people.add(portrait(1), crowd)
    emulator.people.add(portrait(2), crowd)
    here, there = await details(emulator, ["ALL"]), await details(emulator, ["ALL"], seed=2)
    for one, other in zip(here, there, strict=True):
        assert one["AgeRange"] == other["AgeRange"]
        for trait in ("Gender", "Beard", "Mustache", "Eyeglasses"):
            assert one[trait]["Value"] == other[trait]["Value"]
        assert one["Pose"] != other["Pose"]
        assert one["Emotions"] != other["Emotions"]


async def test_the_same_picture_is_seen_the_same_anywhere(emulator: RekognitionEmulator) -> None:
    """Another emulator sees the very same face on the same picture."""
    async with RekognitionEmulator() as another:
        assert await details(another, ["ALL"]) == await details(emulator, ["ALL"])
    assert await details(emulator, ["ALL"]) != await details(emulator, ["ALL"], seed=2)


async def test_comparing_splits_the_faces_of_the_target(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """The largest face of the source matches its own person on the target, and not the others."""
    emulator.people.add(portrait(1), {"bob": (0.0, 0.0, 0.1, 0.1), "ann": (0.5, 0.5, 0.25, 0.5)})
    emulator.people.add(
        portrait(2), {"bob": (0.0, 0.0, 0.5, 0.5), "ann": (0.5, 0.5, 0.125, 0.25), "cleo": None}
    )
    answer = await client.compare_faces(source_image=portrait(1), target_image=portrait(2))
    assert answer.source_image_face is not None
    assert answer.source_image_face.bounding_box is not None
    assert answer.source_image_face.bounding_box.width == 0.25
    (match,) = answer.face_matches
    assert match.similarity is not None
    assert match.similarity >= 96
    assert match.face is not None
    assert match.face.bounding_box is not None
    assert match.face.bounding_box.width == 0.125
    assert len(match.face.landmarks) == 5
    assert len(answer.unmatched_faces) == 2


async def test_a_threshold_of_nothing_matches_everybody(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """Matches are the most alike first, down to the threshold; the others are unmatched."""
    emulator.people.add(portrait(1), ["ann"])
    emulator.people.add(portrait(2), ["bob", "cleo", "ann", "dora"])
    answers = [
        await client.compare_faces(
            source_image=portrait(1), target_image=portrait(2), similarity_threshold=threshold
        )
        for threshold in (0, 100)
    ]
    everybody, nobody = answers
    similarities = [match.similarity or 0 for match in everybody.face_matches]
    assert len(similarities) == 4
    assert similarities == sorted(similarities, reverse=True)
    assert similarities[1] <= 30
    assert everybody.unmatched_faces == ()
    assert (nobody.face_matches, len(nobody.unmatched_faces)) == ((), 4)


async def test_comparing_needs_a_face_on_either_picture(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """A picture without a face, or without a good one, cannot be compared."""
    emulator.people.add(portrait(1), [])
    emulator.people.add(portrait(2), {"ann": Person(attributes={"Quality": {"Sharpness": 1}})})
    for source, target, quality_filter in (
        (portrait(1), portrait(3), "NONE"),
        (portrait(3), portrait(1), "NONE"),
        (portrait(2), portrait(3), "AUTO"),
    ):
        with pytest.raises(InvalidParameterException, match="Request has invalid parameters"):
            await client.compare_faces(
                source_image=source,
                target_image=target,
                quality_filter=quality_filter,  # type: ignore[arg-type] # a string in a table
            )
    await client.compare_faces(source_image=portrait(2), target_image=portrait(3))


async def test_declared_answers_go_first(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """What is declared that an operation answers counts more than who is on a picture."""
    emulator.people.add(portrait(1), ["ann", "bob"])
    emulator.answers.add(AnswerRule("DetectFaces", {"FaceDetails": []}, image=portrait(1)))
    declared = {"FaceMatches": [{"Similarity": 12.5}]}
    emulator.answers.add(AnswerRule("CompareFaces", declared, image=portrait(2)))
    assert (await client.detect_faces(image=portrait(1))).face_details == ()
    assert len((await client.detect_faces(image=portrait(3))).face_details) == 1
    for source, target in ((2, 1), (1, 2)):
        answer = await client.compare_faces(
            source_image=portrait(source), target_image=portrait(target)
        )
        assert [match.similarity for match in answer.face_matches] == [12.5]
