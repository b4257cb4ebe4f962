"""Commands that go through pictures: one, or many that fail, are interrupted and continued."""

import asyncio
import json
import os
import re
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from command_line import outcome_of, portraits, run, run_in_terminal, start
from PIL import Image
from support import served

from rekognition_async.emulator import AnswerRule, Fault, FaultRule, RekognitionEmulator

INDEX = ("faces", "index", "photos", "--collection", "team")
POSIX = pytest.mark.skipif(os.name != "posix", reason="there are no signals and pseudo-terminals")


def asked(emulator: RekognitionEmulator, operation: str) -> int:
    """How many requests of an operation came."""
    return sum(request.operation == operation for request in emulator.requests)


@POSIX
async def test_a_folder_is_indexed_interrupted_continued_and_searched(
    emulator: RekognitionEmulator, tmp_path: Path
) -> None:
    """Ctrl-C keeps what is recorded, and the same command does the rest: no face is there twice."""
    names = portraits(tmp_path / "photos", 30)
    twentieth = asyncio.Event()

    async def never() -> None:
        twentieth.set()
        await asyncio.Event().wait()

    emulator.faults.add(FaultRule("IndexFaces", Fault.hold(never), calls=20))
    words = (*INDEX, "--create", "--journal", "run.db", "--format", "ndjson")
    process = await start(*words, emulator=emulator, folder=tmp_path)
    await twentieth.wait()
    process.send_signal(signal.SIGINT)
    interrupted = await outcome_of(process)
    assert interrupted.code == 130
    assert "the same command goes on where it stopped (run.db)" in interrupted.errors
    assert 0 < len(interrupted.documents()) < 30

    emulator.faults.clear()
    continued = await run(*words, emulator=emulator, folder=tmp_path)
    assert continued.code == 0
    done, asked_for = continued.errors.splitlines()
    assert done.endswith(" done, 0 failed")
    assert re.search(
        r"asked for: .*\b\d+ IndexFaces in us-east-1.*billed by the image: \d+", asked_for
    )
    listed = await run(
        *("faces", "list", "--collection", "team", "--format", "ndjson"), emulator=emulator
    )
    assert Counter(face["ExternalImageId"] for face in listed.documents()) == Counter(names)
    recorded = await run("journal", "run.db", folder=tmp_path)
    assert sorted(document["Key"] for document in recorded.documents()) == names

    found = await run(
        *("faces", "search", "photos/07.jpg", "--collection", "team", "--draw", "drawn"),
        emulator=emulator,
        folder=tmp_path,
    )
    assert found.code == 0
    assert found.rows()[0][2] == "07.jpg"
    with (
        Image.open(tmp_path / "photos/07.jpg") as picture,
        Image.open(tmp_path / "drawn/photos/07.jpg") as drawn,
    ):
        assert drawn.size == picture.size
        assert drawn.tobytes() != picture.tobytes()


@POSIX
async def test_an_interrupted_run_without_a_journal_says_what_it_lacks(
    emulator: RekognitionEmulator, tmp_path: Path
) -> None:
    """Ctrl-C names the option with which the same command could go on."""
    portraits(tmp_path / "photos", 6)
    third = asyncio.Event()

    async def never() -> None:
        third.set()
        await asyncio.Event().wait()

    emulator.faults.add(FaultRule("DetectText", Fault.hold(never), calls=3))
    words = ("images", "text", "photos", "--max-in-flight", "1")
    process = await start(*words, emulator=emulator, folder=tmp_path)
    await third.wait()
    process.send_signal(signal.SIGINT)
    interrupted = await outcome_of(process)
    assert interrupted.code == 130
    assert interrupted.errors.rstrip() == (
        "rekognition-async: interrupted: 2 done, and none recorded; with --journal FILE, the same "
        "command could go on"
    )


async def test_each_failure_is_named_and_tried_again_when_told_to(
    emulator: RekognitionEmulator, tmp_path: Path
) -> None:
    """A picture that fails costs the exit code alone; --retry-failed tries it again."""
    emulator.seed(collections=["team"])
    portraits(tmp_path / "photos", 3)
    (tmp_path / "photos/broken.jpg").write_text("no picture")
    (tmp_path / "photos/notes.txt").write_text("no picture, and none by its name")
    words = (*INDEX, "--journal", "run.db")
    first = await run(*words, emulator=emulator, folder=tmp_path)
    assert first.code == 1
    assert len(first.rows()) == 3
    named, summary, asked_for = first.errors.splitlines()
    assert named.startswith("rekognition-async: broken.jpg: RequestValidationError: ")
    assert summary == "rekognition-async: 3 done, 1 failed, 1 file that is no picture passed over"
    assert asked_for == (
        "rekognition-async: asked for: 3 IndexFaces in us-east-1; billed by the image: 3; "
        "faces stored: 3"
    )
    failed = await run("journal", "run.db", "--failed", folder=tmp_path)
    assert [(line["Key"], line["Code"]) for line in failed.documents()] == [
        ("broken.jpg", "RequestValidationError")
    ]

    again = await run(*words, emulator=emulator, folder=tmp_path)
    assert (again.code, again.output) == (1, "")
    assert "1 failed before, and were passed over: --retry-failed tries them" in again.errors

    (tmp_path / "photos/broken.jpg").write_bytes((tmp_path / "photos/00.jpg").read_bytes())
    mended = await run(*words, "--retry-failed", emulator=emulator, folder=tmp_path)
    assert mended.code == 0
    assert [row[0] for row in mended.rows()] == ["broken.jpg"]
    assert asked(emulator, "IndexFaces") == 4


async def test_what_every_picture_would_meet_ends_the_run(
    emulator: RekognitionEmulator, tmp_path: Path
) -> None:
    """A collection that is not there is told once or twice, and not for each of many pictures."""
    portraits(tmp_path / "photos", 20)
    refused = await run(*INDEX, "--max-in-flight", "1", emulator=emulator, folder=tmp_path)
    assert refused.code == 1
    assert "ResourceNotFoundException" in refused.errors.splitlines()[0]
    assert "stopped, as the next picture would fail as well" in refused.errors
    assert asked(emulator, "IndexFaces") < 5


async def test_documents_have_awss_names_and_the_key(
    emulator: RekognitionEmulator, tmp_path: Path
) -> None:
    """Json is one array and ndjson a document a line, with the answer beside the key."""
    names = portraits(tmp_path / "photos", 3)
    words = ("images", "labels", "photos", "--format")
    array = await run(*words, "json", emulator=emulator, folder=tmp_path)
    lines = await run(*words, "ndjson", emulator=emulator, folder=tmp_path)
    documents = sorted(json.loads(array.output), key=lambda document: document["Key"])
    assert documents == sorted(lines.documents(), key=lambda document: document["Key"])
    assert [document["Key"] for document in documents] == names
    assert {"Name", "Confidence", "Instances"} <= set(documents[0]["Labels"][0])


@pytest.mark.parametrize(
    ("command", "operation", "columns"),
    [
        ("labels", "DetectLabels", "KEY LABEL CONFIDENCE INSTANCES PARENTS"),
        ("faces", "DetectFaces", "KEY CONFIDENCE BOX AGE GENDER EMOTION"),
        ("text", "DetectText", "KEY TEXT TYPE CONFIDENCE"),
        ("moderation", "DetectModerationLabels", "KEY LABEL PARENT CONFIDENCE"),
        ("celebrities", "RecognizeCelebrities", "KEY NAME ID CONFIDENCE"),
        ("equipment", "DetectProtectiveEquipment", "KEY PERSON BOX WORN"),
    ],
)
async def test_each_analysis_has_its_table(
    emulator: RekognitionEmulator, tmp_path: Path, command: str, operation: str, columns: str
) -> None:
    """Each command of images asks its operation once a picture, and shows columns of its own."""
    names = portraits(tmp_path / "photos", 2)
    shown = await run("images", command, "photos", emulator=emulator, folder=tmp_path)
    assert (shown.code, shown.errors) == (0, "")
    assert shown.output.splitlines()[0].split() == columns.split()
    assert {row[0] for row in shown.rows()} == set(names)
    assert asked(emulator, operation) == 2


MODEL = "arn:aws:rekognition:us-east-1:123456789012:project/p/version/v/1700000000000"


@pytest.mark.parametrize(
    ("words", "operation", "expected"),
    [
        (
            "labels --feature GENERAL_LABELS --feature IMAGE_PROPERTIES --max-colors 3 "
            "--include-label Person --exclude-label Car --exclude-label Bus "
            "--include-category Animals --exclude-category Vehicles --min-confidence 70",
            "DetectLabels",
            {
                "Features": ["GENERAL_LABELS", "IMAGE_PROPERTIES"],
                "MinConfidence": 70.0,
                "Settings": {
                    "GeneralLabels": {
                        "LabelInclusionFilters": ["Person"],
                        "LabelExclusionFilters": ["Car", "Bus"],
                        "LabelCategoryInclusionFilters": ["Animals"],
                        "LabelCategoryExclusionFilters": ["Vehicles"],
                    },
                    "ImageProperties": {"MaxDominantColors": 3},
                },
            },
        ),
        ("labels --max-labels 4", "DetectLabels", {"MaxLabels": 4}),
        (
            "text --min-confidence 80 --min-height 5 --min-width 2.5",
            "DetectText",
            {
                "Filters": {
                    "WordFilter": {
                        "MinConfidence": 80.0,
                        "MinBoundingBoxHeight": 0.05,
                        "MinBoundingBoxWidth": 0.025,
                    }
                }
            },
        ),
        (f"moderation --adapter {MODEL}", "DetectModerationLabels", {"ProjectVersion": MODEL}),
        (
            "equipment --require HEAD_COVER --require FACE_COVER --min-confidence 75",
            "DetectProtectiveEquipment",
            {
                "SummarizationAttributes": {
                    "MinConfidence": 75.0,
                    "RequiredEquipmentTypes": ["HEAD_COVER", "FACE_COVER"],
                }
            },
        ),
        (
            f"custom-labels --model {MODEL} --min-confidence 50 --max-results 2",
            "DetectCustomLabels",
            {"ProjectVersionArn": MODEL, "MinConfidence": 50.0, "MaxResults": 2},
        ),
    ],
    ids=lambda value: value.split()[0] if isinstance(value, str) else "",
)
async def test_options_are_the_parameters_of_the_operation(
    emulator: RekognitionEmulator,
    tmp_path: Path,
    words: str,
    operation: str,
    expected: dict[str, Any],
) -> None:
    """What an option says is what is asked, beside the image, and nothing else is."""
    portraits(tmp_path / "photos", 1)
    emulator.answers.add(AnswerRule(operation, {}))
    asking = ("images", *words.split(), "photos", "--journal", "run.db", "--format", "ndjson")
    shown = await run(*asking, emulator=emulator, folder=tmp_path)
    assert (shown.code, [document["Key"] for document in shown.documents()]) == (0, ["00.jpg"])
    parameters = dict(emulator.requests[-1].parameters or {})
    assert parameters.pop("Image")
    assert (emulator.requests[-1].operation, parameters) == (operation, expected)


async def test_custom_labels_have_a_table_with_their_boxes(
    emulator: RekognitionEmulator, tmp_path: Path
) -> None:
    """Each label that a model finds is a row."""
    portraits(tmp_path / "photos", 1)
    box = {"Left": 0.25, "Top": 0.5, "Width": 0.1, "Height": 0.2}
    found = [
        {"Name": "dent", "Confidence": 91.25, "Geometry": {"BoundingBox": box}},
        {"Name": "worn", "Confidence": 80.0},
    ]
    emulator.answers.add(AnswerRule("DetectCustomLabels", {"CustomLabels": found}))
    words = ("images", "custom-labels", "photos", "--model", MODEL)
    shown = await run(*words, emulator=emulator, folder=tmp_path)
    assert shown.output.splitlines()[0].split() == ["KEY", "LABEL", "CONFIDENCE", "BOX"]
    assert shown.rows() == [
        ["00.jpg", "dent", "91.2", "25%", "50%", "10%", "20%"],
        ["00.jpg", "worn", "80.0", "-"],
    ]


@pytest.mark.parametrize("words", [("--emulate",), ()])
async def test_s3_is_listed_at_an_endpoint_of_its_own(
    emulator: RekognitionEmulator, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """The objects of a prefix are found there, for AWS and for an embedded emulator."""
    listing = (
        "<ListBucketResult><IsTruncated>false</IsTruncated>"
        "<Contents><Key>in/a.jpg</Key><Size>9</Size></Contents>"
        "<Contents><Key>in/notes.txt</Key><Size>9</Size></Contents></ListBucketResult>"
    )

    async def handle(request: web.BaseRequest) -> web.Response:
        assert (request.path, request.query["prefix"]) == ("/bucket", "in/")
        return web.Response(text=listing, content_type="application/xml")

    async with served(handle) as url:
        shown = await run(
            *("images", "labels", "s3://bucket/in/", "--s3-endpoint-url", url, *words),
            *("--format", "ndjson"),
            emulator=None if words else emulator,
            folder=tmp_path,
        )
    assert [document["Key"] for document in shown.documents()] == ["s3://bucket/in/a.jpg"]
    assert shown.code == 0


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are Unicode")
async def test_a_name_that_is_no_unicode_is_shown(
    emulator: RekognitionEmulator, tmp_path: Path
) -> None:
    """A file's name of any bytes is a key like another, in tables and in documents."""
    portraits(tmp_path / "photos", 1)
    (tmp_path / "photos/00.jpg").rename(tmp_path / os.fsdecode(b"photos/caf\xe9.jpg"))
    words = ("images", "faces", "photos", "--format")
    table = await run(*words, "table", emulator=emulator, folder=tmp_path)
    assert (table.code, table.rows()[0][0]) == (0, r"caf\udce9.jpg")
    lines = await run(*words, "ndjson", emulator=emulator, folder=tmp_path)
    assert [document["Key"] for document in lines.documents()] == ["caf\udce9.jpg"]


async def test_shards_together_take_each_picture_once(
    emulator: RekognitionEmulator, tmp_path: Path
) -> None:
    """The parts 1/3 to 3/3 are all pictures, and none of them twice."""
    names = portraits(tmp_path / "photos", 12)
    taken: list[str] = []
    for shard in ("1/3", "2/3", "3/3"):
        part = await run(
            *("images", "text", "photos", "--format", "ndjson", "--shard", shard),
            emulator=emulator,
            folder=tmp_path,
        )
        taken += [document["Key"] for document in part.documents()]
    assert sorted(taken) == names


async def test_pictures_come_from_globs_lists_and_s3(
    emulator: RekognitionEmulator, tmp_path: Path
) -> None:
    """A glob, the lines of the standard input and an object in S3 are sources as a folder is."""
    names = portraits(tmp_path / "photos", 3)
    lines = "photos/02.jpg\n\ns3://bucket/ann.jpg\n"
    words = ("images", "text", "photos/0[01].jpg", "-", "--format", "ndjson", "--draw", "drawn")
    shown = await run(*words, emulator=emulator, folder=tmp_path, stdin=lines)
    assert shown.code == 0
    assert sorted(document["Key"] for document in shown.documents()) == [
        *(f"photos/{name}" for name in names),
        "s3://bucket/ann.jpg",
    ]
    assert "not drawn, as they are in S3: 1" in shown.errors
    assert sorted(path.name for path in (tmp_path / "drawn/photos").iterdir()) == names


async def test_one_face_is_compared_with_many_pictures(
    emulator: RekognitionEmulator, tmp_path: Path
) -> None:
    """Faces compare finds the face on the picture that has it."""
    portraits(tmp_path / "photos", 3)
    words = ("faces", "compare", "photos/01.jpg", "photos", "--format", "ndjson")
    compared = await run(*words, emulator=emulator, folder=tmp_path)
    assert compared.code == 0
    matches = {doc["Key"]: len(doc.get("FaceMatches", ())) for doc in compared.documents()}
    assert matches == {"00.jpg": 0, "01.jpg": 1, "02.jpg": 0}


@POSIX
async def test_a_terminal_shows_a_bar_and_whole_results(
    emulator: RekognitionEmulator, tmp_path: Path
) -> None:
    """In 80 columns the bar tells how many of all are done, and results stand in whole lines."""
    names = portraits(tmp_path / "photos", 8)
    (tmp_path / "photos/broken.jpg").write_text("no picture")
    words = (*INDEX, "--create", "--format", "ndjson")
    code, shown = await run_in_terminal(
        80, *words, emulator=emulator, folder=tmp_path, with_errors=True
    )
    assert code == 1
    lines = [line.strip() for part in shown.split("\n") for line in part.split("\r")]
    documents = [json.loads(line) for line in lines if line.startswith("{")]
    assert sorted(document["Key"] for document in documents) == names
    assert any("9/9 · 1 failed" in line for line in lines)
    assert "rekognition-async: 8 done, 1 failed" in lines


@POSIX
async def test_a_reader_that_stops_ends_the_command_quietly(
    emulator: RekognitionEmulator, tmp_path: Path
) -> None:
    """A broken pipe ends the run without a word."""
    portraits(tmp_path / "photos", 12)
    read, write = os.pipe()
    os.close(read)
    process = await start(
        *("images", "text", "photos", "--format", "ndjson"),
        emulator=emulator,
        folder=tmp_path,
        stdout=write,
    )
    os.close(write)
    ended = await outcome_of(process)
    assert (ended.code, ended.errors) == (141, "")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("labels", "photos", "--max-colors", "3"), "needs --feature IMAGE_PROPERTIES"),
        (("labels", "photos", "--include-label", "a|b"), "label_inclusion_filters"),
        (("equipment", "photos", "--require", "HEAD_COVER"), "--require and --min-confidence need"),
        (("equipment", "photos", "--min-confidence", "9"), "--require and --min-confidence need"),
        (("custom-labels", "photos"), "Missing option '--model'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
async def test_options_that_do_not_fit_are_told_before_anything_is_sent(
    emulator: RekognitionEmulator, tmp_path: Path, words: tuple[str, ...], complaint: str
) -> None:
    """What an operation would refuse is refused here, with the option or the parameter."""
    portraits(tmp_path / "photos", 1)
    refused = await run("images", *words, emulator=emulator, folder=tmp_path)
    assert (refused.code, refused.output) == (2, "")
    assert complaint in refused.errors
    assert not emulator.requests


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("photos", "--shard", "0/3"), "it must be I/N with 1 <= I <= N, as in 3/10, got '0/3'"),
        (("photos", "--retry-failed"), "--retry-failed needs --journal"),
        (("photos", "--draw", "photos/drawn"), "--draw must be a folder outside of 'photos'"),
        (("nowhere",), "there is no 'nowhere'"),
        (("nowhere/*.jpg",), "no file matches 'nowhere/*.jpg'"),
        (("s3://",), "a source in S3 should be 's3://bucket/prefix'"),
        (("s3://bucket/photos/", "--emulate"), "--emulate has no S3 to list"),
        (("photos", "--quotas", "many"), "it must be learned, aws, none or OPERATION=TPS"),
        (("photos", "--quotas", "Many=2"), "'Many', which is no operation"),
        (("photos", "--emulate", "--profile", "a"), "--emulate excludes --profile"),
        (("photos", "--emulator-state", "a"), "--emulator-state needs --emulate"),
        ((), "Missing argument 'SOURCE...'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
async def test_wrong_usage_is_told_before_anything_is_sent(
    emulator: RekognitionEmulator, tmp_path: Path, words: tuple[str, ...], complaint: str
) -> None:
    """What cannot be meant ends with code 2 and a line that says why."""
    portraits(tmp_path / "photos", 1)
    refused = await run("images", "text", *words, emulator=emulator, folder=tmp_path)
    assert (refused.code, refused.output) == (2, "")
    assert complaint in refused.errors
    assert not emulator.requests


async def test_an_embedded_emulator_keeps_its_state_for_the_next_command(tmp_path: Path) -> None:
    """With --emulate and a file for its state, every example runs without an account."""
    portraits(tmp_path / "photos", 2)
    emulate = ("--emulate", "--emulator-state", "team.db")
    indexed = await run(*INDEX, "--create", *emulate, folder=tmp_path)
    assert (indexed.code, len(indexed.rows())) == (0, 2)
    words = ("faces", "search", "photos/00.jpg", "--collection", "team", *emulate)
    found = await run(*words, folder=tmp_path)
    assert found.rows()[0][2] == "00.jpg"
