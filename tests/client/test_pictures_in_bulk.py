"""Pictures in bulk: where they come from, their keys, and the operations on them."""

import base64
import io
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import encoded, photo, portrait
from PIL import Image
from support import scripted

from rekognition_async import (
    Pictures,
    PicturesSource,
    RekognitionClient,
    RequestValidationError,
    external_image_id,
    key_of_external_image_id,
)
from rekognition_async.emulator import RekognitionEmulator
from rekognition_async.models import S3Object

JPEG = b"\xff\xd8\xff and so on"


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder has one of photos, with other files among them."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "photos"
    (folder / "2024").mkdir(parents=True)
    (folder / "ann.jpg").write_bytes(JPEG)
    (folder / "2024" / "bob.PNG").write_bytes(b"\x89PNG\r\n\x1a\n...")
    (folder / "2024" / "no suffix").write_bytes(b"\0\0\0\x18ftypheic")
    (folder / "2024" / "broken.jpeg").write_bytes(b"")
    (folder / "notes.txt").write_text("buy milk")
    (folder / "._ann.jpg").write_bytes(b"\0\5\x16\7")
    return folder


async def keys(source: PicturesSource, **options: Any) -> list[str]:
    """The keys of the outcomes of a bulk."""
    async with scripted(lambda *_: {"Labels": []}) as (_, client):
        bulk = client.detect_labels_in_bulk(source, **options)
        return sorted([outcome.key async for outcome in bulk])


async def test_pictures_with_their_keys_are_for_queues_too(photos: Path) -> None:
    """What a bulk would take comes without a request, and what is no source is refused."""
    pictures = Pictures("photos")
    async with scripted(lambda *_: {}) as (sent, client):
        keyed = {key: str(picture) async for key, picture in client.keyed_pictures(pictures)}
        with pytest.raises(RequestValidationError, match="pictures: input should be Pictures"):
            client.keyed_pictures(b"a picture")  # type: ignore[arg-type] # what is tested
    assert sorted(keyed) == ["2024/bob.PNG", "2024/broken.jpeg", "2024/no suffix", "ann.jpg"]
    assert keyed["2024/bob.PNG"] == str(Path("photos", "2024", "bob.PNG"))
    assert pictures.passed_over == 2
    assert not sent


async def test_a_folder_gives_all_pictures_in_it(photos: Path) -> None:
    """Under their paths from the folder; what is no picture is passed over and counted."""
    pictures = Pictures(photos)
    assert await keys(pictures) == ["2024/bob.PNG", "2024/broken.jpeg", "2024/no suffix", "ann.jpg"]
    assert (pictures.found, pictures.passed_over) == (4, 2)
    assert await pictures.count() == 4


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (["photos/*.jpg"], ["photos/ann.jpg"]),
        (["photos/**/b*"], ["photos/2024/bob.PNG", "photos/2024/broken.jpeg"]),
        (["photos/ann.jpg"], ["photos/ann.jpg"]),
        (["photos/notes.txt"], []),
        (
            ["photos/2024", "photos/ann.jpg"],
            [
                "photos/2024/bob.PNG",
                "photos/2024/broken.jpeg",
                "photos/2024/no suffix",
                "photos/ann.jpg",
            ],
        ),
    ],
)
async def test_sources_on_this_machine(
    photos: Path, sources: list[str], expected: list[str]
) -> None:
    """Globs, single files, and several at once, whose keys never collide."""
    assert await keys(Pictures(*sources)) == expected


async def test_a_list_of_files_in_a_file(photos: Path) -> None:
    """The lines are the keys; a file that is not there is a failure of its own."""
    listing = photos.parent / "list"
    listing.write_text("photos/ann.jpg\n\nphotos/gone.jpg\ns3://bucket/a.jpg\n")
    pictures = Pictures.listed_in(listing)
    async with scripted(lambda *_: {"Labels": []}) as (_, client):
        outcomes = {o.key: o async for o in client.detect_labels_in_bulk(pictures)}
    assert sorted(outcomes) == ["photos/ann.jpg", "photos/gone.jpg", "s3://bucket/a.jpg"]
    gone = outcomes["photos/gone.jpg"]
    assert isinstance(gone.error, RequestValidationError)
    assert (gone.request, gone.attempts) == (None, 0)
    assert outcomes["s3://bucket/a.jpg"].source == S3Object(bucket="bucket", name="a.jpg")


@pytest.mark.parametrize("kind", ["pipe", "text"])
async def test_a_list_of_files_on_the_standard_input(
    photos: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A pipe, or what a test has put there instead."""
    lines = "photos/ann.jpg\nphotos/2024/bob.PNG"
    if kind == "text":
        monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
        assert await keys("-") == ["photos/2024/bob.PNG", "photos/ann.jpg"]
        return
    reading, writing = os.pipe()
    os.write(writing, lines.encode())
    os.close(writing)
    with os.fdopen(reading) as pipe:
        monkeypatch.setattr(sys, "stdin", pipe)
        assert await keys("-") == ["photos/2024/bob.PNG", "photos/ann.jpg"]


async def test_pictures_of_ones_own() -> None:
    """Mappings, pairs and objects in S3, from iterables and async iterables."""

    async def listing() -> AsyncIterator[S3Object]:
        yield S3Object(bucket="bucket", name="a")
        yield S3Object(bucket="bucket", name="a", version="7")

    assert await keys({"x": JPEG, "y": "s3://bucket/y"}) == ["x", "y"]
    assert await keys([("x", JPEG), "s3://bucket/y?versionId=3"]) == [
        "s3://bucket/y?versionId=3",
        "x",
    ]
    assert await keys(listing()) == ["s3://bucket/a", "s3://bucket/a?versionId=7"]


async def test_a_version_of_an_object_is_what_is_sent() -> None:
    """The URL's version goes along."""
    async with scripted(lambda *_: {"Labels": []}) as (sent, client):
        async for _ in client.detect_labels_in_bulk(["s3://bucket/y?versionId=3"]):
            pass
    assert sent[0][1]["Image"] == {"S3Object": {"Bucket": "bucket", "Name": "y", "Version": "3"}}


@pytest.mark.parametrize("source", [[JPEG], [7]])
async def test_a_picture_needs_a_key(source: Any) -> None:
    """Bytes have none, and the text says what to give."""
    with pytest.raises(TypeError, match="a pair of a key and a picture"):
        await keys(source)


@pytest.mark.parametrize("source", [JPEG, 7, None])
async def test_what_is_no_source_is_refused_at_once(source: Any) -> None:
    """Before anything is read or sent."""
    async with scripted(lambda *_: {}) as (_, client):
        with pytest.raises(RequestValidationError, match="pictures: input should be"):
            client.detect_labels_in_bulk(source)


@pytest.mark.parametrize("source", ["nowhere", "nowhere/*.jpg"])
async def test_a_source_that_is_not_there_says_so(photos: Path, source: str) -> None:
    """A folder with a slip of the pen is not an empty one."""
    with pytest.raises(FileNotFoundError, match="nowhere"):
        await keys(source)


def test_pictures_without_a_source_are_refused() -> None:
    """An empty list of sources is a mistake of the caller's."""
    with pytest.raises(ValueError, match="needs a source"):
        Pictures()
    with pytest.raises(ValueError, match="s3://bucket/prefix"):
        Pictures("s3://")
    with pytest.raises(TypeError, match="text or a path"):
        Pictures(JPEG)  # type: ignore[arg-type] # what the test is about


async def test_wrong_parameters_are_refused_before_the_first_picture() -> None:
    """A parameter of the operation as well as one of the bulk."""
    async with scripted(lambda *_: {}) as (_, client):
        with pytest.raises(RequestValidationError, match="min_confidence"):
            client.detect_labels_in_bulk({}, min_confidence=101)
        with pytest.raises(RequestValidationError, match="collection_id"):
            client.index_faces_in_bulk({}, collection_id="no spaces")
        with pytest.raises(RequestValidationError, match="external_image_id"):
            client.index_faces_in_bulk({}, collection_id="c", external_image_id="no")  # type: ignore[arg-type] # what the test is about


HELPERS: dict[str, Callable[[RekognitionClient, PicturesSource], AsyncGenerator[Any]]] = {
    "DetectCustomLabels": lambda client, source: client.detect_custom_labels_in_bulk(
        source, project_version_arn=ARN, min_confidence=5
    ),
    "DetectFaces": lambda client, source: client.detect_faces_in_bulk(source, attributes=["ALL"]),
    "DetectLabels": lambda client, source: client.detect_labels_in_bulk(source, max_labels=3),
    "DetectModerationLabels": lambda client, source: client.detect_moderation_labels_in_bulk(
        source, min_confidence=5
    ),
    "DetectProtectiveEquipment": lambda client, source: client.detect_protective_equipment_in_bulk(
        source
    ),
    "DetectText": lambda client, source: client.detect_text_in_bulk(source),
    "IndexFaces": lambda client, source: client.index_faces_in_bulk(source, collection_id="c"),
    "RecognizeCelebrities": lambda client, source: client.recognize_celebrities_in_bulk(source),
    "SearchFacesByImage": lambda client, source: client.search_faces_by_image_in_bulk(
        source, collection_id="c", max_faces=3
    ),
    "SearchUsersByImage": lambda client, source: client.search_users_by_image_in_bulk(
        source, collection_id="c", max_users=3
    ),
}
ARN = "arn:aws:rekognition:eu-west-1:123456789012:project/p/version/v/1700000000000"


@pytest.mark.parametrize("operation", HELPERS)
async def test_each_operation_on_an_image_has_its_helper(operation: str) -> None:
    """It sends the picture and its parameters, and knows the answer's class."""
    async with scripted(lambda *_: {}) as (sent, client):
        async for outcome in HELPERS[operation](client, {"a key": portrait(1)}):
            assert type(outcome.result()).__name__ == f"{operation}Response"
            assert outcome.source == portrait(1)
    ((name, parameters),) = sent
    assert name == operation
    assert "Bytes" in parameters["Image"]


WEBP = encoded(photo(1), "WEBP")


@pytest.mark.parametrize(("prepare", "sent_as"), [(None, "JPEG"), (True, "JPEG"), (False, "WEBP")])
async def test_pictures_are_prepared_unless_told_otherwise(
    prepare: bool | None, sent_as: str
) -> None:
    """What the service does not read is sent as what it reads; without it, as it is."""
    async with scripted(lambda *_: {"Labels": []}) as (sent, client):
        bulk = client.detect_labels_in_bulk({"a": WEBP}, prepare=prepare)
        assert [outcome.error async for outcome in bulk] == [None]
    ((_, parameters),) = sent
    content = parameters["Image"]["Bytes"]
    content = base64.b64decode(content) if isinstance(content, str) else content
    assert Image.open(io.BytesIO(content)).format == sent_as


async def test_what_cannot_be_prepared_is_an_outcome() -> None:
    """A file that is no picture is refused before it is sent, and others go on."""
    async with scripted(lambda *_: {"Labels": []}) as (sent, client):
        bulk = client.detect_labels_in_bulk({"bad": b"no picture", "good": WEBP}, ordered=True)
        bad, good = [outcome async for outcome in bulk]
    assert isinstance(bad.error, RequestValidationError)
    assert "no picture" in str(bad.error)
    assert good.error is None
    assert len(sent) == 1


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [("key", "2024:2Fann.jpg"), (lambda key: f"x-{len(key)}", "x-12"), (None, None)],
)
async def test_indexed_faces_carry_the_key(chosen: Any, expected: str | None) -> None:
    """As their ExternalImageId, unless the caller has another one in mind."""
    async with RekognitionEmulator() as emulator:
        emulator.seed(collections=["c"])
        async with RekognitionClient(**emulator.client_options) as client:
            async for outcome in client.index_faces_in_bulk(
                {"2024/ann.jpg": portrait(1)}, collection_id="c", external_image_id=chosen
            ):
                outcome.result()
            faces = [face async for face in client.iter_faces(collection_id="c")]
    assert faces
    assert {face.external_image_id for face in faces} == {expected}


@given(st.text(min_size=1, max_size=80))
def test_a_key_comes_back_from_its_external_image_id(key: str) -> None:
    """Which fits the service's pattern, whatever the key."""
    made = external_image_id(key)
    assert len(made) <= 255
    assert all(each in ALLOWED for each in made)
    assert key_of_external_image_id(made) in {key, None}
    if len(made) < 200:
        assert key_of_external_image_id(made) == key


ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-")


def test_long_keys_do_not_collide() -> None:
    """Nor does one with what stands for another."""
    long = ["é" * 300, "é" * 299 + "e", "a" * 256, "a" * 255 + "b"]
    made = {external_image_id(key) for key in [*long, "a:2Fb", "a/b", "a::b"]}
    assert len(made) == 7
    assert {key_of_external_image_id(external_image_id(key)) for key in long} == {None}
