"""The journal of a bulk: what is recorded, what is passed over, and whom it refuses."""

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from pictures import portrait
from support import RefusalError, scripted

from rekognition_async import ConfigurationError, Journal, PictureOutcome, RekognitionClient
from rekognition_async.errors import AccessDeniedException, ClientClosedError
from rekognition_async.models import (
    DescribeCollectionRequest,
    DescribeCollectionResponse,
    DetectLabelsSettings,
    GeneralLabelsSettings,
    IndexFacesResponse,
)


def requests(count: int) -> Iterator[tuple[str, DescribeCollectionRequest]]:
    """So many requests, each under a key."""
    for number in range(count):
        yield f"k{number}", DescribeCollectionRequest(collection_id=f"c{number}")


def described(_: str, asked: dict[str, Any]) -> dict[str, Any]:
    """A service that has all collections but the third."""
    if asked["CollectionId"] == "c3":
        raise RefusalError("ResourceNotFoundException", "gone")
    return {"FaceCount": 7}


async def keys(client: RekognitionClient, count: int, journal: Any, **options: Any) -> list[str]:
    """The keys that a bulk hands out."""
    bulk = client.send_in_bulk(requests(count), journal=journal, **options)
    return sorted([outcome.key async for outcome in bulk])


async def test_what_is_recorded_is_not_sent_again(tmp_path: Path) -> None:
    """The same call does what is new, and failures again where it is told to."""
    path = tmp_path / "journal"
    async with scripted(described) as (sent, client):
        assert await keys(client, 4, path) == ["k0", "k1", "k2", "k3"]
        assert await keys(client, 6, str(path)) == ["k4", "k5"]
        assert await keys(client, 6, Journal(path)) == []
        assert await keys(client, 6, Journal(path, retry_failed=True)) == ["k3"]
    assert len(sent) == 7


async def test_recorded_outcomes_can_be_read(tmp_path: Path) -> None:
    """Answers as documents under AWS's names, and failures with code and text."""
    journal = Journal(tmp_path / "journal")
    async with scripted(described) as (_, client):
        await keys(client, 5, journal)
    recorded = {each.key: each async for each in journal.outcomes()}
    assert sorted(recorded) == ["k0", "k1", "k2", "k3", "k4"]
    answered, failed = recorded["k0"], recorded["k3"]
    assert answered.response is not None
    assert DescribeCollectionResponse.model_validate(answered.response).face_count == 7
    assert (answered.code, answered.message, answered.attempts) == (None, None, 1)
    assert answered.recorded_at.tzinfo is not None
    assert failed.response is None
    assert failed.code == "ResourceNotFoundException"
    assert "gone" in (failed.message or "")
    counts = await journal.counts()
    assert (counts.succeeded, counts.failed, counts.in_doubt) == (4, 1, 0)


async def test_an_outcome_is_on_disk_before_it_is_handed_out(tmp_path: Path) -> None:
    """Whoever copies the file at that moment finds it there."""
    path, copy = tmp_path / "journal", tmp_path / "copy"
    async with scripted(described) as (_, client):
        async with aclosing(client.send_in_bulk(requests(5), journal=path)) as outcomes:
            async for outcome in outcomes:
                for suffix in ("", "-wal"):
                    shutil.copyfile(f"{path}{suffix}", f"{copy}{suffix}")
                found = [each.key async for each in Journal(copy).outcomes()]
                assert outcome.key in found


async def test_a_key_that_comes_twice_is_sent_once(tmp_path: Path) -> None:
    """Whether its first request is under way or recorded."""
    twice = [*requests(2), *requests(2)]
    async with scripted(described) as (sent, client):
        bulk = client.send_in_bulk(twice, journal=tmp_path / "journal")
        assert sorted([outcome.key async for outcome in bulk]) == ["k0", "k1"]
    assert len(sent) == 2


async def test_another_request_under_a_recorded_key_is_refused(tmp_path: Path) -> None:
    """A key stands for one request, or nobody knows what was done."""
    path = tmp_path / "journal"
    async with scripted(described) as (sent, client):
        await keys(client, 1, path)
        other = {"k0": DescribeCollectionRequest(collection_id="other")}
        with pytest.raises(ConfigurationError, match="another request under the key 'k0'"):
            await anext(client.send_in_bulk(other, journal=path))
    assert len(sent) == 1


@pytest.mark.parametrize(
    ("collection_id", "operation", "told"),
    [
        ("other", "search", "is of SearchFacesByImage with collection_id='c', not 'other'"),
        ("c", "index", "is of SearchFacesByImage, not of IndexFaces"),
    ],
)
async def test_a_journal_serves_for_one_operation_and_its_parameters(
    tmp_path: Path, collection_id: str, operation: str, told: str
) -> None:
    """Another collection, or another operation, is refused by name before anything is sent."""
    path = tmp_path / "journal"
    async with scripted(lambda *_: {"FaceMatches": []}) as (sent, client):
        async for outcome in client.search_faces_by_image_in_bulk(
            {"a": portrait(1)}, collection_id="c", journal=path
        ):
            outcome.result()
        bulk: Any = (
            client.index_faces_in_bulk
            if operation == "index"
            else client.search_faces_by_image_in_bulk
        )
        with pytest.raises(ConfigurationError) as refused:
            await anext(bulk({"b": b"2"}, collection_id=collection_id, journal=path))
    assert told in str(refused.value)
    assert len(sent) == 1


async def test_a_journal_is_bound_to_settings_as_to_other_parameters(tmp_path: Path) -> None:
    """A model and the mapping it stands for are the same parameters; other values are others."""

    def filtered(label: str) -> DetectLabelsSettings:
        return DetectLabelsSettings(
            general_labels=GeneralLabelsSettings(label_inclusion_filters=(label,))
        )

    as_mapping: Any = {"general_labels": {"label_inclusion_filters": ["Heron"]}}
    path = tmp_path / "journal"
    async with scripted(lambda *_: {"Labels": []}) as (sent, client):
        for settings in (filtered("Heron"), filtered("Heron"), as_mapping):
            bulk = client.detect_labels_in_bulk({"a": portrait(1)}, settings=settings, journal=path)
            async for outcome in bulk:
                outcome.result()
        others = client.detect_labels_in_bulk(
            {"a": portrait(1)}, settings=filtered("Owl"), journal=path
        )
        with pytest.raises(ConfigurationError, match="Owl"):
            await anext(others)
    assert len(sent) == 1


async def test_one_bulk_at_a_time_has_a_journal(tmp_path: Path) -> None:
    """A second one is refused, and so is reading meanwhile; afterwards it is free."""
    path = tmp_path / "journal"
    async with scripted(described) as (_, client):
        async with aclosing(client.send_in_bulk(requests(3), journal=path)) as first:
            await anext(first)
            with pytest.raises(ConfigurationError, match="is in use"):
                await anext(client.send_in_bulk(requests(3), journal=path))
            with pytest.raises(ConfigurationError, match="is in use"):
                await Journal(path).counts()
        assert len(await keys(client, 9, path)) >= 6


async def test_other_files_are_no_journals(tmp_path: Path) -> None:
    """They are refused, and stay as they are."""
    text, database = tmp_path / "text", tmp_path / "database"
    text.write_text("no database at all, but long enough to be looked at\n" * 30)
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    async with scripted(described) as (sent, client):
        with pytest.raises(ConfigurationError, match="file is not a database"):
            await keys(client, 1, text)
        with pytest.raises(ConfigurationError, match="is no journal, but another database"):
            await keys(client, 1, database)
        with pytest.raises(ConfigurationError, match="cannot be used"):
            await keys(client, 1, tmp_path / "no" / "folder")
        with pytest.raises(ConfigurationError, match="there is no journal"):
            await Journal(tmp_path / "none").counts()
    assert text.read_text().startswith("no database")
    assert not sent


async def test_the_end_of_the_client_is_not_recorded(tmp_path: Path) -> None:
    """It says nothing of a request, which is sent by the next run."""
    path = tmp_path / "journal"
    async with scripted(described) as (_, client):
        bulk = client.send_in_bulk(requests(30), journal=path, max_in_flight=2)
        await anext(bulk)
        await client.aclose()
        errors = [outcome.error async for outcome in bulk]
        assert isinstance(errors[-1], ClientClosedError)
        counts = await Journal(path).counts()
        async with client:
            done = await keys(client, 30, path)
    assert len(done) == 30 - counts.succeeded - counts.failed


async def test_what_was_sent_and_not_recorded_is_looked_for_before_it_is_sent_again(
    tmp_path: Path,
) -> None:
    """Its faces are its answer; where nobody can look for them, it stays in doubt."""
    path, arrived, listed = tmp_path / "journal", asyncio.Event(), False

    async def answer(operation: str, _: dict[str, Any]) -> dict[str, Any]:
        if operation == "IndexFaces":
            arrived.set()
            await asyncio.Event().wait()
        if not listed:
            raise RefusalError("AccessDeniedException")
        face_id = "00000000-0000-4000-8000-000000000000"
        return {"Faces": [{"FaceId": face_id, "ExternalImageId": "a.jpg"}]}

    async def index() -> list[PictureOutcome[IndexFacesResponse]]:
        bulk = client.index_faces_in_bulk({"a.jpg": portrait(1)}, collection_id="c", journal=path)
        return [outcome async for outcome in bulk]

    async with scripted(answer) as (sent, client):
        first = asyncio.create_task(index())
        await arrived.wait()
        first.cancel()
        await asyncio.wait({first})
        assert (await Journal(path).counts()).in_doubt == 1
        (refused,) = await index()
        assert isinstance(refused.error, AccessDeniedException)
        assert (await Journal(path).counts()).in_doubt == 1
        listed = True
        (found,) = await index()
        (record,) = found.result().face_records
        assert record.face is not None
        assert record.face.external_image_id == "a.jpg"
        assert (found.attempts, found.request) == (0, None)
        assert (await Journal(path).counts()).succeeded == 1
    assert [operation for operation, _ in sent] == ["IndexFaces", "ListFaces", "ListFaces"]
