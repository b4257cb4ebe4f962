"""Searches in large collections: they find what comparing with every face finds."""

import asyncio
import math
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import portrait, smaller

from rekognition_async import RekognitionClient
from rekognition_async.emulator import RekognitionEmulator
from rekognition_async.emulator.handlers.face_search import FaceSearch, identity_of
from rekognition_async.emulator.protocol.caller import Caller
from rekognition_async.emulator.state.store import Shelf, Store
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.vision.fingerprints import COLOURS, Fingerprint
from rekognition_async.emulator.vision.identities import Identity
from rekognition_async.emulator.vision.images import Picture
from rekognition_async.emulator.vision.picture_index import PictureIndex

CALLER = Caller("111122223333", "eu-central-1")

# Few values of each, and shifted a little, so that many are alike in one thing and not in another.
fingerprints = st.builds(
    lambda structure, colours, shift, is_flat, pixels: Fingerprint(
        structure, bytes((colour + shift) % 256 for colour in colours), is_flat, pixels
    ),
    st.sampled_from([0, 0b1111, (1 << 12) - 1, (1 << 13) - 1, (1 << 64) - 1]),
    st.sampled_from([bytes(COLOURS), bytes(range(COLOURS)), bytes(range(100, 100 + COLOURS))]),
    st.integers(0, 6),
    st.booleans(),
    st.sampled_from(["", "8x6:a", "8x6:b", "80x60:a"]),
)
# In all directions, and of several lengths, of which none is like those of another.
vectors = st.sampled_from([2, 3, 16]).flatmap(
    lambda length: st.builds(
        lambda head, tail: (*head, *(tail for _ in range(length - 2))),
        st.tuples(st.integers(-3, 3), st.integers(1, 3)),
        st.sampled_from([0.0, 0.01, -0.2]),
    )
)
identities = st.builds(
    lambda person, image_id, fingerprint, place, vector: Identity.of(
        person, image_id, fingerprint, place, vector=vector
    ),
    st.sampled_from([None, None, "ann", "bob", "image-1"]),
    st.sampled_from([f"image-{number}" for number in range(4)]),
    st.none() | fingerprints,
    st.integers(0, 1),
    st.none() | vectors,
)
thresholds = st.sampled_from([0.0, 15.0, 30.0, 30.1, 55.0, 80.0, 97.5, 100.0])


def document_of(identity: Identity) -> JsonObject:
    """What is kept of a face."""
    members = {
        "Person": identity.person,
        "ImageId": identity.image_id,
        "Seed": identity.seed,
        "Fingerprint": identity.fingerprint,
        "Place": identity.place or None,
        "Vector": identity.vector,
    }
    return {name: value for name, value in members.items() if value is not None}


def found(
    search: FaceSearch, shelf: Shelf, searched: list[Identity], least: float
) -> list[tuple[str, float]]:
    """The faces that a search finds, with their similarities."""

    async def collected() -> list[tuple[str, float]]:
        portions = search.alike(shelf, searched, least)
        return [(face.face_id, face.similarity) async for faces in portions for face in faces]

    return sorted(asyncio.run(collected()))


def compared(shelf: Shelf, searched: list[Identity], least: float) -> list[tuple[str, float]]:
    """What comparing with every face finds."""
    every = ((record.name, identity_of(record)) for record in shelf.all())
    alike = ((name, max(one.similarity(identity) for one in searched)) for name, identity in every)
    return sorted((name, similarity) for name, similarity in alike if similarity >= least)


@settings(max_examples=100, deadline=None)
@given(
    first=st.lists(identities, max_size=12),
    removed=st.sets(st.integers(0, 11)),
    later=st.lists(identities, max_size=6),
    searched=st.lists(identities, min_size=1, max_size=3),
    least=thresholds,
)
def test_a_search_finds_what_comparing_with_every_face_finds(
    first: list[Identity],
    removed: set[int],
    later: list[Identity],
    searched: list[Identity],
    least: float,
) -> None:
    """Faces and similarities are the same, whatever came and went between two searches."""
    store, search = Store(None), FaceSearch()
    shelf = store.shelf(CALLER, "face", "people")
    shelf.add_all(((f"first-{n}", document_of(one)) for n, one in enumerate(first)), at=0)
    assert found(search, shelf, searched, least) == compared(shelf, searched, least)
    for number in removed:
        shelf.remove(f"first-{number}")
    shelf.add_all(((f"later-{n}", document_of(one)) for n, one in enumerate(later)), at=0)
    assert found(search, shelf, searched, least) == compared(shelf, searched, least)
    kept = list(store.everything())
    store.replace_everything([])
    assert found(search, shelf, searched, least) == []
    store.replace_everything(kept[::2])
    assert found(search, shelf, searched, least) == compared(shelf, searched, least)
    assert shelf.count() == len(kept[::2])
    store.close()


def test_others_have_turns_while_many_vectors_are_compared() -> None:
    """Of many faces with vectors those are found that are alike, and other calls run meanwhile."""
    store, search, turns = Store(None), FaceSearch(), 0
    shelf = store.shelf(CALLER, "face", "people")

    def turned(number: int) -> list[float]:
        return [*(0.0 for _ in range(4094)), math.cos(number / 1000), math.sin(number / 1000)]

    faces = [Identity.of(None, f"image-{n}", None, vector=turned(n)) for n in range(400)]
    shelf.add_all(((f"face-{n}", document_of(one)) for n, one in enumerate(faces)), at=0)

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def searched() -> tuple[list[str], int]:
        async for _ in search.alike(shelf, faces[:1], 99):
            pass  # all of them are read with the first search
        beside = asyncio.create_task(others())
        await asyncio.sleep(0)
        before = turns
        portions = search.alike(shelf, faces[:1], 99)
        names = [face.face_id async for faces in portions for face in faces]
        beside.cancel()
        return names, turns - before

    names, taken = asyncio.run(searched())
    assert sorted(names) == [name for name, _ in compared(shelf, faces[:1], 99)]
    assert 0 < len(names) < len(faces)
    assert taken > 1
    store.close()


def test_a_copy_is_found_on_the_picture_of_somebody_else_who_is_searched() -> None:
    """A user's declared face on a picture does not hide an undeclared one on the same picture."""
    store, trait = Store(None), Fingerprint(1, bytes(COLOURS), is_flat=False)
    shelf = store.shelf(CALLER, "face", "people")
    shelf.add("nobody", document_of(Identity.of(None, "image-1", trait)), at=0)
    searched = [Identity.of("ann", "image-1", None), Identity.of(None, "image-2", trait)]
    assert found(FaceSearch(), shelf, searched, 80) == compared(shelf, searched, 80) != []
    store.close()


pictures = st.builds(
    lambda number, fingerprint, named: Picture(
        f"digest-{number}", f"bucket/{number % 3}" if named else None, fingerprint=fingerprint
    ),
    st.integers(0, 9),
    st.none() | fingerprints,
    st.booleans(),
)


@settings(max_examples=100, deadline=None)
@given(changes=st.lists(st.tuples(pictures, st.booleans()), max_size=15), searched=pictures)
def test_a_picture_is_found_as_by_comparing_with_every_picture(
    changes: list[tuple[Picture, bool]], searched: Picture
) -> None:
    """What was kept of the picture itself counts, and else the latest of a copy."""
    index: PictureIndex[int] = PictureIndex()
    kept: list[tuple[Picture, int]] = []
    for number, (drawn, is_added) in enumerate(changes):
        # As users name objects in S3, of which nothing but the name is known.
        picture = Picture(drawn.digest, fingerprint=drawn.fingerprint)
        kept = [(one, value) for one, value in kept if one.digest != picture.digest]
        if is_added:
            index.set(picture, number)
            kept.append((picture, number))
        else:
            index.discard(picture)
    itself = [value for picture, value in kept if picture.digest == searched.digest]
    alike = [value for picture, value in kept if picture.is_same_as(searched)]
    seen = index.find(searched)
    assert (None if seen is None else seen.value) == next(iter([*itself, *alike[::-1]]), None)
    assert len(index) == len(kept)


async def counts(client: RekognitionClient, *collection_ids: str) -> list[tuple[int, int]]:
    """How many faces collections say that they have, and how many are listed."""
    return [
        (
            (await client.describe_collection(collection_id=one)).face_count or 0,
            len(await client.iter_faces(collection_id=one).collect()),
        )
        for one in collection_ids
    ]


async def test_counts_are_right_after_whatever_happened(tmp_path: Path) -> None:
    """Faces are counted as they are listed: seeded twice, deleted, restarted, imported."""
    path = tmp_path / "state.db"
    async with RekognitionEmulator(state=path) as emulator:
        emulator.seed(faces={"a": 250, "b": 3})
        emulator.seed(faces={"a": 251})
        async with RekognitionClient(**emulator.client_options) as client:
            assert await counts(client, "a", "b") == [(251, 251), (3, 3)]
            faces = await client.iter_faces(collection_id="a").collect()
            ids = [face.face_id or "" for face in faces[:5]]
            await client.delete_faces(collection_id="a", face_ids=[*ids, ids[0]])
            await client.index_faces(collection_id="b", image=portrait(1))
            await client.index_faces(collection_id="b", image=portrait(1))
            assert await counts(client, "a", "b") == [(246, 246), (4, 4)]
        exported = emulator.export_state()
    async with RekognitionEmulator(state=path) as emulator:
        async with RekognitionClient(**emulator.client_options) as client:
            assert await counts(client, "a", "b") == [(246, 246), (4, 4)]
            await client.delete_collection(collection_id="a")
            await client.create_collection(collection_id="a")
            assert await counts(client, "a", "b") == [(0, 0), (4, 4)]
            emulator.import_state(exported)
            assert await counts(client, "a", "b") == [(246, 246), (4, 4)]
            emulator.reset()
            emulator.seed(faces={"a": 2})
            assert await counts(client, "a") == [(2, 2)]


async def matches(client: RekognitionClient, picture: bytes) -> list[tuple[str, float]]:
    """The faces that are like that of a picture."""
    answer = await client.search_faces_by_image(collection_id="a", image=picture)
    return [
        (match.face.face_id or "", match.similarity or 0)
        for match in answer.face_matches
        if match.face is not None
    ]


async def test_copies_are_found_after_a_restart_and_an_import(tmp_path: Path) -> None:
    """Fingerprints are searched whether the state was read from a file, imported, or made here."""
    path = tmp_path / "state.db"
    async with RekognitionEmulator(state=path) as emulator:
        emulator.seed(faces={"a": 20})
        async with RekognitionClient(**emulator.client_options) as client:
            await client.index_faces(collection_id="a", image=portrait(1))
            await client.index_faces(collection_id="a", image=portrait(2))
            ((face_id, similarity),) = before = await matches(client, smaller(portrait(1)))
            assert 96 <= similarity < 100
            exported = emulator.export_state()
    async with RekognitionEmulator(state=path) as emulator:
        async with RekognitionClient(**emulator.client_options) as client:
            assert await matches(client, smaller(portrait(1))) == before
            await client.delete_faces(collection_id="a", face_ids=[face_id])
            assert await matches(client, smaller(portrait(1))) == []
            emulator.import_state(exported)
            assert await matches(client, smaller(portrait(1))) == before


async def test_a_seeded_face_is_found_where_it_is_listed(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """A declared person is found among the seeded ones, with the box that listings show."""
    emulator.seed(faces={"a": 30})
    emulator.people.add(portrait(1), ["person-00017"])
    listed = await client.iter_faces(collection_id="a").collect()
    (face,) = [face for face in listed if face.external_image_id == "person-00017"]
    answer = await client.search_faces_by_image(collection_id="a", image=portrait(1))
    assert [match.face for match in answer.face_matches] == [face]
    assert face.bounding_box is not None
    assert 0 < (face.bounding_box.width or 0) < 1
