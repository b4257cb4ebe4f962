"""Faces in collections: indexed, listed, searched and deleted."""

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pictures import encoded, flat, portrait

from rekognition_async import RekognitionClient
from rekognition_async.emulator import Person, RekognitionEmulator
from rekognition_async.emulator.handlers import faces as face_handlers
from rekognition_async.errors import (
    InvalidImageFormatException,
    InvalidPaginationTokenException,
    InvalidParameterException,
    ResourceNotFoundException,
    ServiceQuotaExceededException,
)
from rekognition_async.models.faces import FaceRecord, IndexFacesResponse, SearchFacesResponse

TALL: Any = {"ann": (0.1, 0.1, 0.2, 0.2), "bob": (0.5, 0.1, 0.4, 0.6), "cleo": (0.1, 0.5, 0.3, 0.3)}
"""Three people, of whom bob is the largest and ann the smallest."""


@pytest.fixture
async def collection(client: RekognitionClient) -> str:
    """A collection without faces."""
    await client.create_collection(collection_id="mine")
    return "mine"


def ids(records: Sequence[FaceRecord]) -> list[str]:
    """The ids of faces that were indexed."""
    return [record.face.face_id or "" for record in records if record.face is not None]


def reasons(answer: IndexFacesResponse) -> list[tuple[str, ...]]:
    """Why faces were not indexed."""
    return [tuple(map(str, face.reasons)) for face in answer.unindexed_faces]


def found(answer: SearchFacesResponse) -> list[str | None]:
    """The external ids of the faces that match, the most alike first."""
    return [match.face.external_image_id for match in answer.face_matches if match.face]


async def index(
    emulator: RekognitionEmulator, client: RekognitionClient, seed: int, name: str
) -> str:
    """Indexes a picture of one person under a name of its own; tells the id of the face."""
    emulator.people.add(portrait(seed), [name])
    answer = await client.index_faces(
        collection_id="mine", image=portrait(seed), external_image_id=f"{name}-{seed}"
    )
    return ids(answer.face_records)[0]


async def test_indexing_keeps_the_faces_of_a_picture(
    emulator: RekognitionEmulator, client: RekognitionClient, collection: str
) -> None:
    """Each face is answered and listed with ids, box, confidence and what it was indexed with."""
    emulator.people.add(portrait(1), TALL)
    answer = await client.index_faces(
        collection_id=collection, image=portrait(1), external_image_id="party"
    )
    assert answer.face_model_version == "7.0"
    assert answer.unindexed_faces == ()
    faces = [record.face for record in answer.face_records if record.face is not None]
    sizes = [face.bounding_box.width for face in faces if face.bounding_box is not None]
    assert sizes == [0.4000000059604645, 0.30000001192092896, 0.20000000298023224]
    assert {face.external_image_id for face in faces} == {"party"}
    assert len({face.image_id for face in faces}) == 1
    assert [uuid.UUID(face.face_id).version for face in faces] == [4, 4, 4]
    listed = (await client.list_faces(collection_id=collection)).faces
    assert [face.face_id for face in listed] == sorted(ids(answer.face_records))
    assert {face.index_faces_model_version for face in listed} == {"7.0"}
    assert {face.user_id for face in listed} == {None}


async def test_numbers_read_back_have_six_digits(
    emulator: RekognitionEmulator, client: RekognitionClient, collection: str
) -> None:
    """A collection gives numbers back rounded, and in single precision."""
    emulator.people.add(portrait(1), {"ann": (0.123456789, 0.2, 0.3, 0.4)})
    (record,) = (await client.index_faces(collection_id=collection, image=portrait(1))).face_records
    (listed,) = (await client.list_faces(collection_id=collection)).faces
    assert record.face is not None
    assert record.face.bounding_box is not None
    assert listed.bounding_box is not None
    assert record.face.bounding_box.left == 0.12345679104328156
    assert listed.bounding_box.left == 0.12345699965953827


async def test_the_same_picture_makes_no_duplicate(
    emulator: RekognitionEmulator, client: RekognitionClient, collection: str
) -> None:
    """The same picture under the same name is there once, and under another name once more."""
    emulator.people.add(portrait(1), ["ann", "bob"])
    first = await client.index_faces(
        collection_id=collection, image=portrait(1), external_image_id="a"
    )
    again = await client.index_faces(
        collection_id=collection, image=portrait(1), external_image_id="a"
    )
    assert ids(again.face_records) == ids(first.face_records)
    assert (await client.describe_collection(collection_id=collection)).face_count == 2
    other = await client.index_faces(collection_id=collection, image=portrait(1))
    assert not set(ids(other.face_records)) & set(ids(first.face_records))
    assert (await client.describe_collection(collection_id=collection)).face_count == 4


async def test_ids_are_the_same_wherever_the_same_is_done(
    emulator: RekognitionEmulator, client: RekognitionClient, collection: str
) -> None:
    """Another emulator gives a face the same id, and another collection another one."""
    here = ids((await client.index_faces(collection_id="mine", image=portrait(1))).face_records)
    await client.create_collection(collection_id="theirs")
    theirs = await client.index_faces(collection_id="theirs", image=portrait(1))
    assert ids(theirs.face_records) != here
    async with RekognitionEmulator() as another:
        another.seed(collections=["mine"])
        async with RekognitionClient(**another.client_options) as other_client:
            there = await other_client.index_faces(collection_id="mine", image=portrait(1))
    assert ids(there.face_records) == here


async def test_a_picture_without_faces_is_no_error(
    emulator: RekognitionEmulator, client: RekognitionClient, collection: str
) -> None:
    """Nobody on a picture is an answer without faces."""
    emulator.people.add(portrait(1), [])
    answer = await client.index_faces(collection_id=collection, image=portrait(1))
    assert (answer.face_records, answer.unindexed_faces) == ((), ())


async def test_the_largest_faces_are_indexed_first(
    emulator: RekognitionEmulator, client: RekognitionClient, collection: str
) -> None:
    """MaxFaces keeps the largest, and tells of the others that they are too many."""
    emulator.people.add(portrait(1), TALL)
    answer = await client.index_faces(collection_id=collection, image=portrait(1), max_faces=1)
    (kept,) = answer.face_records
    assert kept.face_detail is not None
    assert kept.face_detail.bounding_box is not None
    assert kept.face_detail.bounding_box.width == 0.4000000059604645
    assert reasons(answer) == [("EXCEEDS_MAX_FACES",), ("EXCEEDS_MAX_FACES",)]
    assert (await client.describe_collection(collection_id=collection)).face_count == 1


POOR: Any = {
    "blurred": Person(attributes={"Quality": {"Sharpness": 5}}),
    "dark": Person(attributes={"Quality": {"Brightness": 5}}),
    "turned": Person(attributes={"Pose": {"Yaw": -80}}),
    "doubtful": Person(attributes={"Confidence": 60}),
    "hidden": Person(attributes={"FaceOccluded": {"Value": True}}),
    "tiny": (0.5, 0.5, 0.005, 0.005),
    "fine": None,
}


async def test_poor_faces_are_not_indexed(
    emulator: RekognitionEmulator, client: RekognitionClient, collection: str
) -> None:
    """A face that fails the quality bar is told with the reason, and makes no room scarce."""
    emulator.people.add(portrait(1), POOR)
    answer = await client.index_faces(collection_id=collection, image=portrait(1), max_faces=1)
    assert len(answer.face_records) == 1
    assert sorted(reasons(answer)) == [
        ("EXTREME_POSE",),
        ("LOW_BRIGHTNESS",),
        ("LOW_CONFIDENCE",),
        ("LOW_FACE_QUALITY",),
        ("LOW_SHARPNESS",),
        ("SMALL_BOUNDING_BOX",),
    ]


@pytest.mark.parametrize(
    ("quality_filter", "kept"), [("NONE", 7), ("AUTO", 1), ("LOW", 1), ("MEDIUM", 1), ("HIGH", 1)]
)
async def test_the_quality_filter_is_the_callers(
    emulator: RekognitionEmulator,
    client: RekognitionClient,
    collection: str,
    quality_filter: Any,
    kept: int,
) -> None:
    """NONE lets every face through, and a fine one passes every bar."""
    emulator.people.add(portrait(1), POOR)
    answer = await client.index_faces(
        collection_id=collection, image=portrait(1), quality_filter=quality_filter
    )
    assert len(answer.face_records) == kept


@pytest.mark.parametrize(
    ("sharpness", "passes"),
    [(15, ["LOW"]), (30, ["LOW", "MEDIUM"]), (50, ["LOW", "MEDIUM", "HIGH"])],
)
async def test_the_bars_are_of_different_height(
    emulator: RekognitionEmulator,
    client: RekognitionClient,
    collection: str,
    sharpness: float,
    passes: list[str],
) -> None:
    """What LOW lets through may fail MEDIUM, and what that lets through may fail HIGH."""
    emulator.people.add(
        portrait(1), {"ann": Person(attributes={"Quality": {"Sharpness": sharpness}})}
    )
    passed: list[str] = []
    for quality_filter in ("LOW", "MEDIUM", "HIGH"):
        answer = await client.index_faces(
            collection_id=collection, image=portrait(1), quality_filter=quality_filter
        )
        passed += [quality_filter] * len(answer.face_records)
    assert passed == passes


async def test_detection_attributes_are_asked_for(
    client: RekognitionClient, collection: str
) -> None:
    """A FaceDetail has the default members, those asked for, or all."""
    asked: tuple[Any, ...] = (None, ["SMILE"], ["ALL"])
    details = [
        (
            await client.index_faces(
                collection_id=collection, image=portrait(1), detection_attributes=attributes
            )
        )
        .face_records[0]
        .face_detail
        for attributes in asked
    ]
    default, smiling, full = details
    assert default is not None
    assert smiling is not None
    assert full is not None
    assert default.pose is not None
    assert (default.smile, default.gender) == (None, None)
    assert (smiling.smile, smiling.gender) == (full.smile, None)
    assert full.gender is not None
    assert (len(default.landmarks), len(full.landmarks)) == (5, 30)


async def test_a_full_collection_takes_no_more(
    emulator: RekognitionEmulator,
    client: RekognitionClient,
    collection: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Beyond the most faces that a collection holds, nothing of a picture is indexed."""
    monkeypatch.setattr(face_handlers, "MAX_FACES_A_COLLECTION", 3)
    emulator.people.add(portrait(1), ["ann", "bob"])
    emulator.people.add(portrait(2), ["ann", "bob"])
    await client.index_faces(collection_id=collection, image=portrait(1))
    with pytest.raises(ServiceQuotaExceededException):
        await client.index_faces(collection_id=collection, image=portrait(2))
    assert (await client.describe_collection(collection_id=collection)).face_count == 2
    again = await client.index_faces(collection_id=collection, image=portrait(1))
    assert len(again.face_records) == 2


async def test_faces_are_listed_page_by_page(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """Pages follow the ids, and a token is good for its own listing only."""
    emulator.seed(faces={"mine": 25, "theirs": 25})
    faces = await client.iter_faces(collection_id="mine", page_size=10).collect()
    assert [face.face_id for face in faces] == sorted(face.face_id or "" for face in faces)
    assert len(faces) == 25
    some = [face.face_id or "" for face in faces]
    token = (await client.list_faces(collection_id="mine", max_results=10)).next_token
    narrowed = await client.list_faces(collection_id="mine", face_ids=some[:20], max_results=10)
    assert [face.face_id for face in narrowed.faces] == some[:10]
    rest = await client.list_faces(
        collection_id="mine", face_ids=some[19::-1], next_token=narrowed.next_token
    )
    assert [face.face_id for face in rest.faces] == some[10:20]
    misuses: list[dict[str, Any]] = [
        {"collection_id": "theirs", "next_token": token},
        {"collection_id": "mine", "next_token": token, "face_ids": some[:20]},
        {"collection_id": "mine", "next_token": token, "user_id": "ann"},
        {"collection_id": "mine", "next_token": narrowed.next_token},
        {"collection_id": "mine", "next_token": narrowed.next_token, "face_ids": some[:19]},
    ]
    for misuse in misuses:
        with pytest.raises(InvalidPaginationTokenException):
            await client.list_faces(**misuse)


async def test_faces_of_a_user_are_listed(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """The filters narrow a listing to a user's faces, to some ids, or to both."""
    emulator.seed(faces={"mine": 5})
    some = [face.face_id or "" for face in (await client.list_faces(collection_id="mine")).faces]
    await client.create_user(collection_id="mine", user_id="ann")
    await client.associate_faces(collection_id="mine", user_id="ann", face_ids=some[1:4])
    anns = (await client.list_faces(collection_id="mine", user_id="ann")).faces
    assert [(face.face_id, face.user_id) for face in anns] == [(one, "ann") for one in some[1:4]]
    both = await client.list_faces(collection_id="mine", user_id="ann", face_ids=some[3:])
    assert [face.face_id for face in both.faces] == some[3:4]
    assert (await client.list_faces(collection_id="mine", user_id="bob")).faces == ()


async def test_deleting_tells_what_it_could_not_delete(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """Unknown faces and those of a user are refused; the others are gone, named once or twice."""
    emulator.seed(faces={"mine": 3})
    one, two, three = (
        face.face_id or "" for face in (await client.list_faces(collection_id="mine")).faces
    )
    await client.create_user(collection_id="mine", user_id="ann")
    await client.associate_faces(collection_id="mine", user_id="ann", face_ids=[two])
    unknown = str(uuid.UUID(int=7))
    answer = await client.delete_faces(collection_id="mine", face_ids=[one, two, unknown, one])
    assert answer.deleted_faces == (one,)
    refused = [
        (face.face_id, face.user_id, face.reasons) for face in answer.unsuccessful_face_deletions
    ]
    assert refused == [
        (two, "ann", ("ASSOCIATED_TO_AN_EXISTING_USER",)),
        (unknown, None, ("FACE_NOT_FOUND",)),
    ]
    left = (await client.list_faces(collection_id="mine")).faces
    assert {face.face_id for face in left} == {two, three}


async def test_searching_finds_the_person(
    emulator: RekognitionEmulator, client: RekognitionClient, collection: str
) -> None:
    """A face finds the same person on other pictures, and neither itself nor others."""
    searched = await index(emulator, client, 1, "ann")
    await index(emulator, client, 2, "ann")
    await index(emulator, client, 3, "bob")
    answer = await client.search_faces(collection_id=collection, face_id=searched)
    assert answer.searched_face_id == searched
    assert answer.face_model_version == "7.0"
    assert found(answer) == ["ann-2"]
    assert 96 <= (answer.face_matches[0].similarity or 0) < 99.9


async def test_a_threshold_of_nothing_finds_everybody(
    emulator: RekognitionEmulator, client: RekognitionClient, collection: str
) -> None:
    """Matches are the most alike first, as many as asked for, down to the threshold."""
    searched = await index(emulator, client, 1, "ann")
    await index(emulator, client, 2, "ann")
    for seed in range(3, 8):
        await index(emulator, client, seed, f"other{seed}")
    answer = await client.search_faces(
        collection_id=collection, face_id=searched, face_match_threshold=0
    )
    similarities = [match.similarity or 0 for match in answer.face_matches]
    assert len(similarities) == 6
    assert similarities == sorted(similarities, reverse=True)
    assert similarities[0] >= 96
    assert similarities[1] <= 30
    some = await client.search_faces(
        collection_id=collection, face_id=searched, face_match_threshold=0, max_faces=3
    )
    assert some.face_matches == answer.face_matches[:3]
    exact = await client.search_faces(
        collection_id=collection, face_id=searched, face_match_threshold=similarities[3]
    )
    assert exact.face_matches == answer.face_matches[:4]


async def test_searching_by_picture_takes_the_largest_face(
    emulator: RekognitionEmulator, client: RekognitionClient, collection: str
) -> None:
    """The largest face of a picture is searched for, or the largest that is good enough."""
    await index(emulator, client, 1, "ann")
    await index(emulator, client, 2, "bob")
    blurred = Person((0.5, 0.1, 0.4, 0.6), {"Quality": {"Sharpness": 5}, "Confidence": 99.5})
    emulator.people.add(portrait(3), {"ann": (0.1, 0.1, 0.2, 0.2), "bob": blurred})
    largest = await client.search_faces_by_image(collection_id=collection, image=portrait(3))
    assert largest.searched_face_bounding_box is not None
    assert largest.searched_face_bounding_box.width == 0.4000000059604645
    assert largest.searched_face_confidence == 99.5
    assert [match.face.external_image_id for match in largest.face_matches if match.face] == [
        "bob-2"
    ]
    good = await client.search_faces_by_image(
        collection_id=collection, image=portrait(3), quality_filter="AUTO"
    )
    assert [match.face.external_image_id for match in good.face_matches if match.face] == ["ann-1"]


async def test_a_picture_finds_itself(client: RekognitionClient, collection: str) -> None:
    """Without any declaration a picture is found by itself, and among flat ones by its colour."""
    for seed in range(8):
        await client.index_faces(
            collection_id=collection, image=encoded(flat(seed)), external_image_id=f"flat-{seed}"
        )
    copy = encoded(flat(5).resize((90, 90)), "JPEG", quality=50)
    answer = await client.search_faces_by_image(collection_id=collection, image=copy)
    assert [match.face.external_image_id for match in answer.face_matches if match.face] == [
        "flat-5"
    ]


async def test_what_cannot_be_searched_is_told_as_aws_tells_it(
    emulator: RekognitionEmulator, client: RekognitionClient, collection: str
) -> None:
    """An unknown face, a picture without a face, no picture, and no collection."""
    with pytest.raises(InvalidParameterException, match="faceId was not found in the collection"):
        await client.search_faces(collection_id=collection, face_id=str(uuid.UUID(int=7)))
    emulator.people.add(portrait(1), [])
    with pytest.raises(
        InvalidParameterException, match=r"There are no faces in the image\. Should be at least 1\."
    ):
        await client.search_faces_by_image(collection_id=collection, image=portrait(1))
    with pytest.raises(InvalidImageFormatException, match="Request has invalid image format"):
        await client.index_faces(collection_id=collection, image=b"text")
    with pytest.raises(ResourceNotFoundException, match="The collection id: none does not exist"):
        await client.index_faces(collection_id="none", image=portrait(1))


async def test_faces_survive_with_the_state(tmp_path: Path) -> None:
    """Another emulator on the same file finds the faces by the same pictures and people."""
    path = tmp_path / "state.db"
    async with RekognitionEmulator(state=path) as emulator:
        emulator.seed(collections=["mine"])
        async with RekognitionClient(**emulator.client_options) as client:
            await index(emulator, client, 1, "ann")
            await client.index_faces(
                collection_id="mine", image=portrait(2), external_image_id="undeclared"
            )
    async with RekognitionEmulator(state=path) as emulator:
        emulator.people.add(portrait(3), ["ann"])
        async with RekognitionClient(**emulator.client_options) as client:
            for seed, expected in ((3, "ann-1"), (2, "undeclared")):
                answer = await client.search_faces_by_image(
                    collection_id="mine", image=portrait(seed)
                )
                (match,) = answer.face_matches
                assert match.face is not None
                assert match.face.external_image_id == expected
