"""What a collection tells of itself, and what goes with it."""

import pytest
from pictures import portrait

from rekognition_async import RekognitionClient
from rekognition_async.emulator import ManualClock, RekognitionEmulator
from rekognition_async.errors import ResourceNotFoundException


async def test_it_counts_its_faces_and_users(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """DescribeCollection tells how many faces and users there are by now."""
    emulator.seed(collections=["other"], faces={"mine": 3})
    emulator.people.add(portrait(1), ["ann", "bob"])
    await client.index_faces(collection_id="mine", image=portrait(1))
    for name in ("ann", "bob", "cleo"):
        await client.create_user(collection_id="mine", user_id=name)
    await client.delete_user(collection_id="mine", user_id="bob")
    mine = await client.describe_collection(collection_id="mine")
    assert (mine.face_count, mine.user_count) == (5, 2)
    other = await client.describe_collection(collection_id="other")
    assert (other.face_count, other.user_count) == (0, 0)


async def test_its_faces_and_users_go_with_it(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """A collection of the same name begins empty, and others keep what they have."""
    emulator.seed(faces={"mine": 3, "other": 2})
    await client.create_user(collection_id="mine", user_id="ann")
    await client.delete_collection(collection_id="mine")
    with pytest.raises(ResourceNotFoundException, match="The collection id: mine does not exist"):
        await client.list_faces(collection_id="mine")
    with pytest.raises(ResourceNotFoundException, match="The collection id: mine does not exist"):
        await client.list_users(collection_id="mine")
    await client.create_collection(collection_id="mine")
    assert (await client.list_faces(collection_id="mine")).faces == ()
    assert (await client.list_users(collection_id="mine")).users == ()
    assert len((await client.list_faces(collection_id="other")).faces) == 2


async def test_a_new_collection_can_take_its_time() -> None:
    """Where that is asked for, DescribeCollection does not find a new collection at first."""
    clock = ManualClock()
    async with RekognitionEmulator(clock=clock, durations={"collection_visibility": 3}) as emulator:
        async with RekognitionClient(**emulator.client_options) as client:
            await client.create_collection(collection_id="mine")
            clock.advance(2.9)
            with pytest.raises(ResourceNotFoundException, match="Collection:mine not found!"):
                await client.describe_collection(collection_id="mine")
            clock.advance(0.1)
            assert (await client.describe_collection(collection_id="mine")).face_count == 0


async def test_polls_make_a_new_collection_appear() -> None:
    """With polls_until_done a new collection is found after so many polls."""
    async with RekognitionEmulator(
        clock=ManualClock(), durations={"collection_visibility": 3}, polls_until_done=2
    ) as emulator:
        async with RekognitionClient(**emulator.client_options) as client:
            await client.create_collection(collection_id="mine")
            for _ in range(2):
                with pytest.raises(ResourceNotFoundException):
                    await client.describe_collection(collection_id="mine")
            await client.describe_collection(collection_id="mine")


async def test_a_duration_for_everything_leaves_collections_visible() -> None:
    """What is not named takes a collection no time, however long all else takes."""
    async with RekognitionEmulator(clock=ManualClock(), durations=60) as emulator:
        async with RekognitionClient(**emulator.client_options) as client:
            await client.create_collection(collection_id="mine")
            assert (await client.describe_collection(collection_id="mine")).face_count == 0


async def test_thousands_of_faces_are_seeded(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """Seeded faces are listed to the last, are found, and stay what they are when seeded again."""
    emulator.seed(faces={"crowd": 10_000})
    emulator.seed(faces={"crowd": 10_000})
    faces = await client.iter_faces(collection_id="crowd", page_size=4096).collect()
    assert len(faces) == 10_000
    assert len({face.face_id for face in faces}) == 10_000
    assert {face.external_image_id for face in faces} == {
        f"person-{number:05}" for number in range(10_000)
    }
    emulator.people.add(portrait(1), ["person-00042"])
    found = await client.search_faces_by_image(collection_id="crowd", image=portrait(1))
    (match,) = found.face_matches
    assert match.face is not None
    assert match.face.external_image_id == "person-00042"


async def test_seeding_adds_all_or_nothing(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """A wrong id or number is told, and leaves the state as it was."""
    with pytest.raises(ValueError, match="at least 0 of b, got -1"):
        emulator.seed(faces={"a": 5, "b": -1})
    with pytest.raises(ValueError, match="must have ids"):
        emulator.seed(faces={"a": 5, "not an id": 1})
    assert (await client.list_collections()).collections == ()
