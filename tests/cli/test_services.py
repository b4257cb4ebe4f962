"""Commands of single calls: faces and users of a collection, jobs, and any operation."""

import json
from pathlib import Path

import pytest
from command_line import portraits, run

from rekognition_async.cli import app
from rekognition_async.emulator import RekognitionEmulator

NO_FACE = "00000000-0000-4000-8000-000000000000"


async def indexed(emulator: RekognitionEmulator, folder: Path, count: int) -> list[str]:
    """The ids of faces that are in the collection team, in the order of their pictures."""
    emulator.seed(collections=["team"])
    portraits(folder / "photos", count)
    words = ("faces", "index", "photos", "--collection", "team", "--format", "ndjson")
    done = await run(*words, emulator=emulator, folder=folder)
    documents = sorted(done.documents(), key=lambda document: document["Key"])
    return [document["FaceRecords"][0]["Face"]["FaceId"] for document in documents]


async def test_faces_are_searched_by_id_and_deleted(
    emulator: RekognitionEmulator, tmp_path: Path
) -> None:
    """A face finds those that resemble it; one that is not there is named when deleted."""
    first, second, third = await indexed(emulator, tmp_path, 3)
    of_team = ("--collection", "team")
    search = ("faces", "search", "--face", first, *of_team, "--threshold", "0")
    found = await run(*search, emulator=emulator)
    assert {row[0] for row in found.rows()} == {second, third}
    deleted = await run(
        *("faces", "delete", first, "-", *of_team), emulator=emulator, stdin=f"{second}\n{NO_FACE}"
    )
    assert deleted.code == 1
    assert {row[0] for row in deleted.rows()} == {first, second}
    assert deleted.errors == f"rekognition-async: {NO_FACE}: FACE_NOT_FOUND\n"
    left = await run("faces", "list", *of_team, emulator=emulator)
    assert [row[0] for row in left.rows()] == [third]


async def test_a_user_has_faces_and_is_found_by_them(
    emulator: RekognitionEmulator, tmp_path: Path
) -> None:
    """Users are created, given faces, found by picture and by id, and deleted."""
    (face,) = await indexed(emulator, tmp_path, 1)
    of_team = ("--collection", "team")
    created = await run("users", "create", "ann", *of_team, emulator=emulator)
    assert (created.code, created.output) == (0, "")
    given = await run("users", "associate", "ann", face, *of_team, emulator=emulator)
    assert [row[0] for row in given.rows()] == [face]
    listed = await run("users", "list", *of_team, "--format", "json", emulator=emulator)
    assert [user["UserId"] for user in json.loads(listed.output)] == ["ann"]
    search = ("users", "search", "--face", face, *of_team)
    searched = await run(*search, emulator=emulator)
    assert searched.rows() == [["ann", "100.0"]]
    taken = await run("users", "disassociate", "ann", face, NO_FACE, *of_team, emulator=emulator)
    assert taken.code == 1
    assert [row[0] for row in taken.rows()] == [face]
    assert taken.errors.startswith(f"rekognition-async: {NO_FACE}: ")
    gone = await run("users", "delete", "ann", *of_team, emulator=emulator)
    assert gone.code == 0
    listed = await run("users", "list", *of_team, "--format", "json", emulator=emulator)
    assert json.loads(listed.output) == []


@pytest.mark.parametrize(
    "kind",
    ["celebrities", "face-search", "faces", "labels", "moderation", "persons", "segments", "text"],
)
async def test_a_job_is_started_waited_for_and_read(kind: str) -> None:
    """Each kind of job goes from its start to rows of what it found, by one name."""
    async with RekognitionEmulator(polls_until_done=1, durations=0.0) as emulator:
        emulator.seed(collections=["team"])
        options = ("--collection", "team") if kind == "face-search" else ()
        words = ("jobs", "start", kind, "s3://bucket/video.mp4", *options, "--format", "json")
        started = await run(*words, emulator=emulator)
        job_id = json.loads(started.output)["JobId"]
        waited = await run("jobs", "wait", kind, job_id, emulator=emulator)
        assert (waited.code, waited.output) == (0, "")
        found = await run("jobs", "results", kind, job_id, "--max-items", "3", emulator=emulator)
    assert found.code == 0
    assert found.output.splitlines()[0].split() == ["MILLISECONDS", "FOUND"]
    assert 1 <= len(found.rows()) <= 3
    assert all(row[1] != "-" for row in found.rows())


async def test_results_of_a_job_that_runs_are_an_error() -> None:
    """A job that is not done has no results, which is not the same as an empty list."""
    async with RekognitionEmulator(durations=3600.0) as emulator:
        words = ("jobs", "start", "labels", "s3://bucket/video.mp4", "--format", "json")
        started = await run(*words, emulator=emulator)
        job_id = json.loads(started.output)["JobId"]
        early = await run("jobs", "results", "labels", job_id, emulator=emulator)
    assert (early.code, early.output) == (1, "")
    assert "IN_PROGRESS" in early.errors


async def test_any_operation_is_called_in_any_spelling(emulator: RekognitionEmulator) -> None:
    """Parameters come as JSON, from a file's name or from the standard input, in either names."""
    emulator.seed(collections=["team"])
    words = ("call", "describe_collection", "--parameters")
    given = await run(*words, '{"CollectionId": "team"}', emulator=emulator)
    assert json.loads(given.output)["FaceCount"] == 0
    read = await run(*words, "-", emulator=emulator, stdin='{"collection_id": "team"}')
    assert read.output == given.output


async def test_all_pages_are_items_of_one_list(emulator: RekognitionEmulator) -> None:
    """--all goes through pages, an item a line or all in one array."""
    emulator.seed(collections=["a", "b", "c"])
    words = ("call", "ListCollections", "--all", "--parameters", '{"MaxResults": 2}', "--format")
    lines = await run(*words, "ndjson", emulator=emulator)
    assert [document["CollectionId"] for document in lines.documents()] == ["a", "b", "c"]
    assert len(emulator.requests) == 2
    array = await run(*words, "json", emulator=emulator)
    assert json.loads(array.output) == lines.documents()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("ListColections",), "no operation 'ListColections'; did you mean ListCollections"),
        (("DescribeCollection",), "collection_id: "),
        (("DescribeCollection", "--parameters", '{"CollectionId": "a b"}'), "collection_id: "),
        (("DescribeCollection", "--parameters", '{"CollectionId"'), "invalid JSON"),
        (("ListCollections", "--parameters", '{"Max": 1}'), "is not a parameter"),
        (("ListCollections", "--parameters", "nowhere.json"), "--parameters cannot be read"),
        (
            ("DescribeCollection", "--all", "--parameters", '{"CollectionId": "a"}'),
            "not answered in pages",
        ),
    ],
)
async def test_a_wrong_call_is_refused(
    emulator: RekognitionEmulator, words: tuple[str, ...], complaint: str
) -> None:
    """What is wrong is told with code 2, and nothing is sent."""
    refused = await run("call", *words, emulator=emulator)
    assert (refused.code, refused.output) == (2, "")
    assert complaint in refused.errors
    assert not emulator.requests


def test_the_list_of_commands_is_that_of_their_help() -> None:
    """What help lists without loading a command is the first line of the command's own help."""
    context = app.app.make_context("rekognition-async", ["call", "x"], resilient_parsing=True)
    for name, first_line in app.COMMANDS.items():
        command = app.app.get_command(context, name)
        assert command is not None
        assert command.help is not None
        assert command.help.splitlines()[0] == first_line
