"""Who is on a picture: what the user declares, and what is so without."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pictures import encoded, photo, portrait, smaller

from rekognition_async import RekognitionClient
from rekognition_async.emulator import Person, RekognitionEmulator
from rekognition_async.models.common import BoundingBox


async def boxes(client: RekognitionClient, picture: bytes) -> list[tuple[float, ...]]:
    """Where faces are detected, as left, top, width and height."""
    found: list[tuple[float, ...]] = []
    for face in (await client.detect_faces(image=picture)).face_details:
        box = face.bounding_box
        assert box is not None
        sides = (box.left, box.top, box.width, box.height)
        found.append(tuple(round(side or 0, 4) for side in sides))
    return found


async def similarity(client: RekognitionClient, one: bytes, other: bytes) -> float:
    """How alike the largest faces of two pictures are."""
    answer = await client.compare_faces(
        source_image=one, target_image=other, similarity_threshold=0
    )
    found = answer.face_matches[0].similarity
    assert found is not None
    return found


async def test_people_are_where_they_are_declared(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """Boxes are taken as tuples and as AWS writes them, and the largest face comes first."""
    box = {"Left": 0.5, "Top": 0.25, "Width": 0.3, "Height": 0.4}
    emulator.people.add(portrait(1), {"ann": (0.1, 0.2, 0.15, 0.2), "bob": box})
    assert await boxes(client, portrait(1)) == [(0.5, 0.25, 0.3, 0.4), (0.1, 0.2, 0.15, 0.2)]


async def test_names_are_enough(emulator: RekognitionEmulator, client: RekognitionClient) -> None:
    """People without a box have places of their own, inside the picture, always the same."""
    emulator.people.add(portrait(1), [f"person {number}" for number in range(7)])
    found = await boxes(client, portrait(1))
    assert len(found) == 7
    for left, top, width, height in found:
        assert 0 <= left < left + width <= 1
        assert 0 <= top < top + height <= 1
    for index, (left, top, width, height) in enumerate(found):
        for other_left, other_top, other_width, other_height in found[:index]:
            beside = left >= other_left + other_width or other_left >= left + width
            assert beside or top >= other_top + other_height or other_top >= top + height
    async with RekognitionEmulator() as another:
        another.people.add(portrait(1), {f"person {number}": None for number in range(7)})
        async with RekognitionClient(**another.client_options) as other_client:
            assert await boxes(other_client, portrait(1)) == found


async def test_a_person_is_the_same_on_all_pictures(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """One person on two pictures is alike, more so on one picture, and two persons are not."""
    emulator.people.add(portrait(1), ["ann"])
    emulator.people.add(portrait(2), ["ann"])
    emulator.people.add(portrait(3), ["bob"])
    assert await similarity(client, portrait(1), portrait(1)) == 100
    alike = await similarity(client, portrait(1), portrait(2))
    assert 96 <= alike < 99.9
    assert await similarity(client, portrait(2), portrait(1)) == alike
    assert await similarity(client, portrait(1), portrait(3)) < 50


async def test_a_copy_shows_the_same_people(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """A scaled and compressed copy of a declared picture shows its people, just as they are."""
    emulator.people.add(portrait(1), {"ann": (0.1, 0.1, 0.2, 0.2), "bob": None})
    original = await client.detect_faces(image=portrait(1), attributes=["ALL"])
    copy = await client.detect_faces(image=smaller(portrait(1)), attributes=["ALL"])
    assert copy.face_details == original.face_details
    assert await similarity(client, portrait(1), smaller(portrait(1))) >= 96


async def test_declaring_again_replaces(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """The last word on a picture counts: other people, nobody, or nothing declared."""
    emulator.people.add(portrait(1), {"ann": (0.1, 0.1, 0.2, 0.2)})
    emulator.people.add(portrait(1), {"bob": (0.5, 0.5, 0.2, 0.2), "cleo": None})
    assert len(await boxes(client, portrait(1))) == 2
    emulator.people.add(portrait(1), {})
    assert await boxes(client, portrait(1)) == []
    emulator.people.add(portrait(1), None)
    assert len(await boxes(client, portrait(1))) == 1


async def test_a_declared_copy_stands_for_itself(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """What is declared of the very picture goes before what is declared of one like it."""
    emulator.people.add(portrait(1), ["ann"])
    emulator.people.add(smaller(portrait(1)), [])
    assert len(await boxes(client, portrait(1))) == 1
    assert await boxes(client, smaller(portrait(1))) == []


async def test_of_two_like_it_the_latest_counts(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """A copy of two declared pictures, which are copies themselves, shows who was declared last."""
    copy = encoded(photo(1).resize((120, 90)), "JPEG", quality=60)
    emulator.people.add(portrait(1), ["ann", "bob"])
    emulator.people.add(smaller(portrait(1)), [])
    assert await boxes(client, copy) == []
    emulator.people.add(portrait(1), ["ann", "bob"])
    assert len(await boxes(client, copy)) == 2


async def test_files_and_objects_can_be_declared(tmp_path: Path) -> None:
    """A picture is given as a file, or as the name of an object in S3."""
    (tmp_path / "photos").mkdir()
    file = tmp_path / "photos" / "ann.jpg"
    file.write_bytes(portrait(1))
    async with RekognitionEmulator(s3=tmp_path) as emulator:
        emulator.people.add(file, ["ann", "bob"])
        async with RekognitionClient(**emulator.client_options) as client:
            assert len((await client.detect_faces(image="s3://photos/ann.jpg")).face_details) == 2
    async with RekognitionEmulator() as emulator:
        emulator.people.add("s3://photos/ann.jpg", ["ann", "bob", "cleo"])
        async with RekognitionClient(**emulator.client_options) as client:
            assert len((await client.detect_faces(image="s3://photos/ann.jpg")).face_details) == 3
            assert len((await client.detect_faces(image="s3://photos/bob.jpg")).face_details) == 1


async def test_without_declaration_a_picture_is_its_own_face(client: RekognitionClient) -> None:
    """A picture is like itself and its copies, and like no other."""
    assert len(await boxes(client, portrait(1))) == 1
    assert await similarity(client, portrait(1), portrait(1)) == 100
    assert 96 <= await similarity(client, portrait(1), smaller(portrait(1))) < 99.9
    assert await similarity(client, portrait(1), portrait(2)) < 50


async def test_a_declared_person_is_not_the_face_of_a_picture(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """Where one picture is declared and the other is not, nobody is the same."""
    emulator.people.add(portrait(1), ["ann"])
    assert await similarity(client, portrait(1), portrait(2)) < 50


async def test_without_the_extra_a_copy_is_another_picture(
    client: RekognitionClient, emulator: RekognitionEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Pillow and ImageHash the same bytes are the same face, and a copy is another."""
    copy = smaller(portrait(1))
    monkeypatch.setitem(sys.modules, "rekognition_async.emulator.vision.decoding", None)
    emulator.people.add(portrait(2), ["ann", "bob"])
    assert await similarity(client, portrait(1), portrait(1)) == 100
    assert await similarity(client, portrait(1), copy) < 50
    assert len(await boxes(client, portrait(2))) == 2


async def test_attributes_can_be_declared(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """Members of a FaceDetail are taken as declared, and the others are made up."""
    attributes = {"AgeRange": {"Low": 30, "High": 38}, "Quality": {"Sharpness": 3.5}}
    emulator.people.add(portrait(1), {"ann": Person((0.1, 0.1, 0.5, 0.5), attributes)})
    (face,) = (await client.detect_faces(image=portrait(1), attributes=["ALL"])).face_details
    assert face.age_range is not None
    assert (face.age_range.low, face.age_range.high) == (30, 38)
    assert face.quality is not None
    assert (face.quality.sharpness, face.quality.brightness is None) == (3.5, False)
    assert face.gender is not None
    assert face.bounding_box == BoundingBox(
        left=0.10000000149011612, top=0.10000000149011612, width=0.5, height=0.5
    )


async def test_a_hundred_faces_are_seen(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """Of more faces the largest hundred are seen."""
    crowd = {f"person {n}": (0.0, 0.0, 0.001 * (n + 1), 0.5) for n in range(120)}
    emulator.people.add(portrait(1), crowd)
    widths = [width for _, _, width, _ in await boxes(client, portrait(1))]
    assert widths == [round(0.001 * (n + 1), 4) for n in range(119, 19, -1)]


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ("ann", "who must be names"),
        (["ann", "ann"], "on a picture once"),
        ([""], "must have a name"),
        ([5], "must have a name"),
        ({"ann": (10, 20, 64, 64)}, "Left of a box must be 0 to 1"),
        ({"ann": (0.1, 0.1, 0.0, 0.1)}, "Width of a box must be more than 0 to 1"),
        ({"ann": (0.1, 0.1, 0.1)}, "left, top, width, height"),
        ({"ann": {"Left": 0.1}}, "must have Left, Top, Width, Height"),
    ],
)
def test_what_cannot_be_is_refused(who: Any, told: str) -> None:
    """A mistake is told when it is made, and leaves what was declared."""
    emulator = RekognitionEmulator()
    with pytest.raises(ValueError, match=told):
        emulator.people.add(encoded(photo(1)), who)


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        ({"Hat": True}, "no member 'Hat'"),
        ({"Smile": {"Value": "yes"}}, "Smile.Value must be true or false"),
        ({"Confidence": 101}, "confidence"),
        ({"Gender": {"Value": "Unknown"}}, "enum value set"),
        ({"BoundingBox": {"Left": 0.1}}, "is its box"),
    ],
)
def test_attributes_keep_to_the_service_model(attributes: Mapping[str, Any], told: str) -> None:
    """Attributes that no FaceDetail can have are refused."""
    with pytest.raises(ValueError, match=told):
        Person(attributes=attributes)


def test_what_is_no_picture_cannot_be_declared(tmp_path: Path) -> None:
    """Bytes that are no picture, and files that are not there, are refused."""
    emulator = RekognitionEmulator()
    with pytest.raises(ValueError, match="PNG or JPEG"):
        emulator.people.add(b"text", ["ann"])
    with pytest.raises(FileNotFoundError):
        emulator.people.add(tmp_path / "none.jpg", ["ann"])


async def test_a_file_declares_people(
    emulator: RekognitionEmulator, client: RekognitionClient, tmp_path: Path
) -> None:
    """Pictures are files beside it, and people have boxes, attributes, or just names."""
    (tmp_path / "team.png").write_bytes(encoded(photo(1)))
    smiling = {"box": [0.1, 0.2, 0.3, 0.4], "attributes": {"Smile": {"Value": True}}}
    entries = [
        {"image": "team.png", "people": {"ann": smiling, "bob": None}},
        {"image": "s3://bucket/empty.png", "people": []},
    ]
    path = tmp_path / "people.json"
    path.write_text(json.dumps(entries))
    emulator.people.load(path)
    assert len(emulator.people) == 2
    assert len(await boxes(client, smaller(encoded(photo(1))))) == 2
    assert (await client.detect_faces(image="s3://bucket/empty.png")).face_details == ()


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({}, "must be a list, got dict"),
        (["team.png"], r"\[0\]: an entry must be an object with 'image' and 'people'"),
        ([{"image": "team.png"}], r"\[0\]: an entry must be an object"),
        ([{"image": 7, "people": []}], r"\[0\]: image must be text, got int"),
        ([{"image": "gone.png", "people": []}], r"\[0\]: image names no file"),
        ([{"image": "s3://a/b", "people": 7}], "people must be an object or a list, got int"),
        ([{"image": "s3://a/b", "people": {"ann": 7}}], "a box must be an object, a list or null"),
        ([{"image": "s3://a/b", "people": {"ann": [1, 2]}}], "a box must be"),
        ([{"image": "s3://a/b", "people": [7]}], "a person must have a name, got 7"),
    ],
)
def test_a_wrong_file_of_people_says_where(tmp_path: Path, document: object, told: str) -> None:
    """The message has the file, the entry and what it should be; nothing is declared."""
    path = tmp_path / "people.json"
    path.write_text(json.dumps(document))
    emulator = RekognitionEmulator()
    with pytest.raises(ValueError, match=told) as refused:
        emulator.people.load(path)
    assert "people.json" in str(refused.value)
    assert len(emulator.people) == 0


async def test_calling_people_adds_to_them(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """``emulator.people(...)`` is short for ``emulator.people.add(...)``."""
    emulator.people(portrait(1), ["ann", "bob"])
    assert len(emulator.people) == 1
    assert len((await client.detect_faces(image=portrait(1))).face_details) == 2
