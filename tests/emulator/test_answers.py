"""What users declare that operations answer, from Python and from a file."""

import asyncio
import json
import logging
import signal
import sys
from base64 import b64encode
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import Phase, find, settings
from hypothesis import strategies as st
from model_strategies import required, service_model, valid
from pictures import picture
from support import working
from wire import call

from rekognition_async import RekognitionClient, RetryPolicy
from rekognition_async.emulator import AnswerPlan, AnswerRule, RekognitionEmulator
from rekognition_async.emulator.rules.answers import parse_answer_rules
from rekognition_async.errors import InternalServerError, ResourceNotFoundException
from rekognition_async.models import S3Object, Video

VIDEO = Video(s3_object=S3Object(bucket="films", name="market.mp4"))
ONE_ATTEMPT = RetryPolicy(1)


def labels(*names: str) -> dict[str, Any]:
    """An answer of DetectLabels."""
    return {"Labels": [{"Name": name, "Confidence": 99.0} for name in names]}


async def names_on(client: RekognitionClient, image: bytes | str) -> list[str | None]:
    """The names of the labels of a picture."""
    return [label.name for label in (await client.detect_labels(image=image)).labels]


async def test_a_rule_without_conditions_is_for_every_call(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """Whatever picture is sent gets the answer, of this operation and of no other."""
    emulator.answers.add(AnswerRule("DetectLabels", labels("Heron")))
    assert await names_on(client, picture(1)) == ["Heron"]
    assert await names_on(client, "s3://bucket/key") == ["Heron"]
    assert (await client.detect_text(image=picture(1))).text_detections


@pytest.mark.parametrize(
    "copy",
    [
        picture(1),
        picture(1, size=(160, 120)),
        picture(1, size=(800, 600)),
        picture(1, kind="JPEG", quality=40),
        picture(1, size=(500, 375), kind="JPEG"),
    ],
    ids=["same", "smaller", "larger", "compressed", "both"],
)
async def test_a_rule_is_for_a_picture_and_its_copies(
    emulator: RekognitionEmulator, client: RekognitionClient, copy: bytes
) -> None:
    """A picture is the same when it is scaled or compressed anew, and another one is another."""
    emulator.answers.add(AnswerRule("DetectLabels", labels("Heron"), image=picture(1)))
    assert await names_on(client, copy) == ["Heron"]
    for seed in range(2, 12):
        assert await names_on(client, picture(seed)) != ["Heron"]


async def test_a_picture_is_bytes_a_file_or_an_object(
    client: RekognitionClient, emulator: RekognitionEmulator, tmp_path: Path
) -> None:
    """Whichever way it is declared, it is recognized; an object in name only by its name."""
    path = tmp_path / "heron.png"
    path.write_bytes(picture(1))
    for image in (picture(1), path, str(path)):
        emulator.answers.clear()
        emulator.answers.add(AnswerRule("DetectLabels", labels("Heron"), image=image))
        assert await names_on(client, picture(1)) == ["Heron"]
        assert await names_on(client, "s3://bucket/heron.png") != ["Heron"]
    emulator.answers.add(AnswerRule("DetectLabels", labels("Crane"), image="s3://bucket/crane.png"))
    assert await names_on(client, "s3://bucket/crane.png") == ["Crane"]
    assert await names_on(client, "s3://other/crane.png") != ["Crane"]


async def test_a_file_in_a_bucket_is_recognized_by_what_it_shows(tmp_path: Path) -> None:
    """A rule by picture and a rule by name both find an object that is a file."""
    (tmp_path / "bucket").mkdir()
    (tmp_path / "bucket" / "photo[1].jpg").write_bytes(picture(1, kind="JPEG"))
    (tmp_path / "bucket" / "other.png").write_bytes(picture(2))
    rules = [
        AnswerRule("DetectLabels", labels("Heron"), image=picture(1)),
        AnswerRule("DetectLabels", labels("Other"), name="bucket/other.*"),
    ]
    async with RekognitionEmulator(s3=tmp_path, answers=rules) as emulator:
        async with RekognitionClient(**emulator.client_options) as client:
            assert await names_on(client, "s3://bucket/photo[1].jpg") == ["Heron"]
            assert await names_on(client, "s3://bucket/other.png") == ["Other"]


@pytest.mark.parametrize(
    ("pattern", "applies_to", "not_to"),
    [
        ("bucket/key.png", ["bucket/key.png"], ["bucket/key.jpg", "bucket/Key.png"]),
        ("bucket/*", ["bucket/a", "bucket/a/b"], ["bucket2/a"]),
        ("*.png", ["any/a.png", "other/b/c.png"], ["any/a.jpg"]),
        ("bucket/?.png", ["bucket/a.png"], ["bucket/ab.png"]),
        ("bucket/photo[1].png", ["bucket/photo[1].png"], ["bucket/photo1.png"]),
    ],
)
async def test_a_rule_is_for_names(
    emulator: RekognitionEmulator,
    client: RekognitionClient,
    pattern: str,
    applies_to: list[str],
    not_to: list[str],
) -> None:
    """Names are patterns of a bucket and a key; whatever is sent as bytes has none."""
    emulator.answers.add(AnswerRule("DetectLabels", labels("Named"), name=pattern))
    for name in applies_to:
        assert await names_on(client, f"s3://{name}") == ["Named"]
    for name in not_to:
        assert await names_on(client, f"s3://{name}") != ["Named"]
    assert await names_on(client, picture(1)) != ["Named"]


async def test_a_rule_is_for_what_a_function_says(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """A predicate sees the parameters by AWS's names, with a picture as bytes."""
    seen: list[dict[str, Any]] = []

    def is_limited(parameters: dict[str, Any]) -> bool:
        seen.append(parameters)
        return "MaxLabels" in parameters

    emulator.answers.add(AnswerRule("DetectLabels", labels("Few"), when=is_limited))
    limited = await client.detect_labels(image=picture(1), max_labels=1)
    assert [label.name for label in limited.labels] == ["Few"]
    assert await names_on(client, picture(1)) != ["Few"]
    assert seen == [
        {"Image": {"Bytes": picture(1)}, "MaxLabels": 1},
        {"Image": {"Bytes": picture(1)}},
    ]


async def test_all_conditions_of_a_rule_have_to_hold(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """A name and a predicate, say, narrow a rule together."""
    emulator.answers.add(
        AnswerRule(
            "DetectLabels",
            labels("Both"),
            name="bucket/*",
            when=lambda parameters: parameters.get("MinConfidence") == 70,
        )
    )
    for image, least, expected in (
        ("s3://bucket/a", 70, True),
        ("s3://bucket/a", 80, False),
        ("s3://other/a", 70, False),
    ):
        answer = await client.detect_labels(image=image, min_confidence=least)
        assert ([label.name for label in answer.labels] == ["Both"]) == expected


async def test_a_function_gives_the_answer(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """It is called for each call, with its parameters."""
    answers = iter((labels("First"), MappingProxyType({"Labels": ({"Name": "Second"},)})))
    emulator.answers.add(AnswerRule("DetectLabels", lambda _: next(answers)))
    assert await names_on(client, picture(1)) == ["First"]
    assert await names_on(client, picture(1)) == ["Second"]


async def test_the_first_rule_that_applies_counts(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """Rules are held against a call in the order they were added, until they are cleared."""
    emulator.answers.add(AnswerRule("DetectLabels", labels("Mine"), name="bucket/mine/*"))
    emulator.answers.add(AnswerRule("DetectLabels", labels("Bucket"), name="bucket/*"))
    emulator.answers.add(AnswerRule("DetectLabels", labels("Any")))
    assert await names_on(client, "s3://bucket/mine/a") == ["Mine"]
    assert await names_on(client, "s3://bucket/yours/a") == ["Bucket"]
    assert await names_on(client, picture(1)) == ["Any"]
    emulator.answers.clear()
    assert await names_on(client, picture(1)) not in (["Mine"], ["Bucket"], ["Any"])


async def test_what_was_declared_stays_the_users(client: RekognitionClient) -> None:
    """An answer is a copy: changing one changes no other, and not the user's."""
    declared = labels("Heron")
    plan = AnswerPlan([AnswerRule("DetectLabels", declared)])
    first = plan.find("DetectLabels", {})
    assert first == declared
    assert first is not None
    first["Labels"][0]["Name"] = "Changed"
    assert plan.find("DetectLabels", {}) == labels("Heron") == declared


@pytest.mark.parametrize(
    ("operation", "answer", "told"),
    [
        ("DetectLabel", {}, "operation must be one of Rekognition's, got 'DetectLabel'"),
        ("DetectLabels", {"Label": []}, "DetectLabels has no member 'Label'; it has Labels, "),
        (
            "DetectLabels",
            {"Labels": [{}, {"Parents": [{"Nam": "x"}]}]},
            r"DetectLabels.Labels\[1\].Parents\[0\] has no member 'Nam'; it has Name",
        ),
        ("DetectLabels", {"Labels": {}}, "DetectLabels.Labels must be a list, got dict"),
        ("DetectLabels", {"Labels": ["Cat"]}, r"Labels\[0\] must be an object, got str"),
        ("DetectLabels", {"Labels": [{"Name": 3}]}, "Name must be a string, got int"),
        (
            "DetectLabels",
            {"Labels": [{"Confidence": "99"}]},
            r"DetectLabels.Labels\[0\].Confidence must be a number, got str",
        ),
        ("DetectLabels", {"Labels": [{"Confidence": True}]}, "must be a number, got bool"),
        (
            "DetectLabels",
            {"Labels": [{"Confidence": float("nan")}]},
            "must be a finite number, got nan",
        ),
        ("DetectText", {"TextDetections": [{"Id": 1.5}]}, "must be a whole number, got float"),
        (
            "DetectFaces",
            {"FaceDetails": [{"Smile": {"Value": 1}}]},
            "Smile.Value must be true or false, got int",
        ),
        ("ListTagsForResource", {"Tags": {"team": 1}}, r"Tags\['team'\] must be a string, got int"),
        ("ListTagsForResource", {"Tags": {1: "x"}}, "a key of .*Tags must be a string, got int"),
        ("DetectLabels", ["Cat"], "DetectLabels must be an object, got list"),
    ],
)
def test_what_no_client_could_read_is_refused(operation: str, answer: Any, told: str) -> None:
    """The error names the path to what is wrong, and what would be right."""
    with pytest.raises(ValueError, match=told):
        AnswerRule(operation, answer)


@cache
def complete(operation: str) -> dict[str, Any]:
    """Some answer of an operation, with all its members."""
    shape: Any = service_model().operation_model(operation).output_shape
    members = {name: valid(member, wire=True) for name, member in shape.members.items()}
    some = settings(phases=[Phase.generate], database=None, derandomize=True)
    answer = find(st.fixed_dictionaries(members), lambda _: True, settings=some)
    # Not asked for below.
    answer.pop("ImageProperties", None)
    return answer


@pytest.mark.parametrize("operation", service_model().operation_names)
async def test_every_operation_takes_a_declared_answer(
    emulator: RekognitionEmulator, operation: str
) -> None:
    """What was recorded elsewhere is answered, though the emulator knows none of its ids."""
    recorded = complete(operation)
    emulator.answers.add(AnswerRule(operation, recorded))
    parameters = required(operation)
    s3_object = {"S3Object": {"Bucket": "bucket", "Name": "key"}}
    parameters |= {
        name: s3_object for name in ("Image", "SourceImage", "TargetImage") if name in parameters
    }
    body = json.dumps(parameters, default=lambda blob: b64encode(blob).decode()).encode()
    reply = await call(emulator, body, operation)
    assert (reply.status, reply.document) == (200, recorded)


async def test_a_declared_operation_is_not_done(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """A recording of IndexFaces adds no face; what no rule applies to is done as ever."""
    await client.create_collection(collection_id="visitors")
    recorded = {"FaceRecords": [{"Face": {"ExternalImageId": "recorded"}}]}
    emulator.answers.add(AnswerRule("IndexFaces", recorded, image=picture(1)))
    for copy in (picture(1), picture(1, size=(160, 120))):
        indexed = await client.index_faces(collection_id="visitors", image=copy)
        (record,) = indexed.face_records
        assert record.face is not None
        assert record.face.external_image_id == "recorded"
    assert await client.iter_faces(collection_id="visitors").collect() == []
    await client.index_faces(collection_id="visitors", image=picture(2))
    assert len(await client.iter_faces(collection_id="visitors").collect()) == 1


async def test_either_picture_of_a_comparison_has_its_answer(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """A rule for a picture applies to it as the source and as the target."""
    recorded = {"FaceMatches": [{"Similarity": 12.5}]}
    emulator.answers.add(AnswerRule("CompareFaces", recorded, image=picture(1)))
    for pair in ((1, 2), (2, 1)):
        source, target = map(picture, pair)
        compared = await client.compare_faces(source_image=source, target_image=target)
        assert [match.similarity for match in compared.face_matches] == [12.5]
    other = await client.compare_faces(source_image=picture(2), target_image=picture(3))
    assert not other.face_matches


async def test_a_recorded_end_of_a_job_is_for_jobs_from_elsewhere_too() -> None:
    """A JobId that was not given out here gets the answer as it is; a job here ends with it."""
    recorded = {"JobStatus": "SUCCEEDED", "Labels": [{"Timestamp": 5, "Label": {"Name": "Owl"}}]}
    rules = [AnswerRule("GetLabelDetection", recorded)]
    async with working(answers=rules, durations=1) as (_, client, clock):
        elsewhere = await client.get_label_detection(job_id="a" * 64)
        assert [item.timestamp for item in elsewhere.labels] == [5]
        started = await client.start_label_detection(video=VIDEO)
        assert started.job_id is not None
        here = await client.get_label_detection(job_id=started.job_id)
        assert here.job_status == "IN_PROGRESS"
        clock.advance(8 * 86_400)
        with pytest.raises(ResourceNotFoundException):
            await client.get_label_detection(job_id=started.job_id)


async def answer_later(_: object) -> dict[str, Any]:
    """A function that is to be awaited."""
    return {}


def test_rules_that_could_never_apply_are_refused(tmp_path: Path) -> None:
    """A name without a key, functions to be awaited, and images that are none."""
    with pytest.raises(ValueError, match=r"name must be as in 'bucket/key' .* got 'a.png'"):
        AnswerRule("DetectLabels", {}, name="a.png")
    later: Any = answer_later
    for functions in ({"answer": later}, {"answer": {}, "when": later}):
        with pytest.raises(ValueError, match="must be a plain function, got one to be awaited"):
            AnswerRule("DetectLabels", **functions)
    plan = AnswerPlan([])
    good = AnswerRule("DetectLabels", {})
    with pytest.raises(ValueError, match="must be a PNG or JPEG"):
        plan.extend([good, AnswerRule("DetectLabels", {}, image=b"text")])
    with pytest.raises(FileNotFoundError):
        plan.extend([good, AnswerRule("DetectLabels", {}, image=tmp_path / "none.png")])
    assert plan.find("DetectLabels", {}) is None


def fail(_: object) -> Any:
    """A function of the user's with a mistake in it."""
    raise LookupError("the user's own mistake")


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (AnswerRule("DetectLabels", fail), "the user's own mistake"),
        (AnswerRule("DetectLabels", {}, when=fail), "the user's own mistake"),
        (
            AnswerRule("DetectLabels", lambda _: {"Labels": [{"Nam": 1}]}),
            "DetectLabels.Labels[0] has no member 'Nam'",
        ),
        (AnswerRule("DetectLabels", lambda _: None), "must be an object, got NoneType"),  # type: ignore[arg-type,return-value] # what is refused
    ],
    ids=["answer raises", "when raises", "wrong member", "nothing"],
)
async def test_a_function_that_fails_is_told_in_the_log(
    emulator: RekognitionEmulator,
    caplog: pytest.LogCaptureFixture,
    rule: AnswerRule,
    told: str,
) -> None:
    """Callers see an internal error that points to the log, and the log says what is wrong."""
    emulator.answers.add(AnswerRule("DetectText", {}))
    emulator.answers.add(rule)
    async with RekognitionClient(**emulator.client_options, retry=ONE_ATTEMPT) as client:
        with caplog.at_level(logging.ERROR), pytest.raises(InternalServerError) as caught:
            await client.detect_labels(image=picture(1))
    assert "The answer that is declared for DetectLabels failed" in str(caught.value)
    assert "declared answer 2, for DetectLabels, failed" in caplog.text
    assert told in caplog.text
    body = json.dumps({"Image": {"Bytes": b64encode(picture(1)).decode()}}).encode()
    reply = await call(emulator, body, "DetectLabels")
    assert reply.status == 500
    assert b"Traceback" not in reply.body
    assert b"mistake" not in reply.body


def written(folder: Path, document: object) -> Path:
    """A file with declared answers."""
    path = folder / "answers.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


async def test_a_file_declares_answers(
    emulator: RekognitionEmulator, client: RekognitionClient, tmp_path: Path
) -> None:
    """Images are files beside it, objects in S3, or in the file itself."""
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "heron.png").write_bytes(picture(1))
    inline = f"data:image/png;base64,{b64encode(picture(2)).decode()}"
    path = written(
        tmp_path,
        [
            {"operation": "DetectLabels", "answer": labels("File"), "image": "pictures/heron.png"},
            {"operation": "DetectLabels", "answer": labels("Inline"), "image": inline},
            {"operation": "DetectLabels", "answer": labels("Object"), "image": "s3://bucket/a"},
            {"operation": "DetectLabels", "answer": labels("Named"), "name": "bucket/*"},
            {"operation": "DetectLabels", "answer": labels("Any")},
        ],
    )
    emulator.answers.load(path)
    assert await names_on(client, picture(1, size=(200, 150))) == ["File"]
    assert await names_on(client, picture(2)) == ["Inline"]
    assert await names_on(client, "s3://bucket/a") == ["Object"]
    assert await names_on(client, "s3://bucket/b") == ["Named"]
    assert await names_on(client, picture(3)) == ["Any"]


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("[{", "answers.json' cannot be used"),
        ("\udcff", "answers.json' cannot be used"),
        ({}, "the rules must be a list, got dict"),
        (["DetectLabels"], r"\[0\]: a rule must be an object, got str"),
        ([{"answer": {}}], r"\[0\]: a rule must have the member 'operation'"),
        ([{"operation": "DetectLabels"}], r"\[0\]: a rule must have the member 'answer'"),
        (
            [{"operation": "DetectLabels", "answer": {}}, {"operation": "DetectLabels", "when": 1}],
            r"\[1\]: a rule has no member 'when'; it has operation, image, name, answer",
        ),
        ([{"operation": 1, "answer": {}}], r"\[0\]: operation must be a string, got int"),
        ([{"operation": "Detect", "answer": {}}], r"\[0\]: operation must be one of"),
        ([{"operation": "DetectLabels", "answer": []}], r"\[0\]: answer must be an object"),
        (
            [{"operation": "DetectLabels", "answer": {"Labels": [{"Nam": ""}]}}],
            r"\[0\]: DetectLabels.Labels\[0\] has no member 'Nam'",
        ),
        (
            [{"operation": "DetectLabels", "answer": {}, "image": "none.png"}],
            r"\[0\]: image names no file: '.*none.png'",
        ),
        (
            [{"operation": "DetectLabels", "answer": {}, "image": "data:image/png;base64,***"}],
            r"\[0\]: image must be 'data:image/png;base64,' with base64 behind",
        ),
        (
            [{"operation": "DetectLabels", "answer": {}, "image": "answers.json"}],
            "a picture must be a PNG or JPEG",
        ),
    ],
)
def test_a_file_is_all_right_or_none_of_it_counts(tmp_path: Path, document: Any, told: str) -> None:
    """The error names the file, the rule and what is wrong with it; no rule comes into force."""
    if isinstance(document, list):
        document = [{"operation": "DetectLabels", "answer": {}}, *document]
        told = told.replace(r"\[1\]", r"\[2\]").replace(r"\[0\]: ", r"\[1\]: ", 1)
    path = tmp_path / "answers.json"
    text = document if isinstance(document, str) else json.dumps(document)
    path.write_bytes(text.encode(errors="surrogateescape"))
    plan = AnswerPlan([])
    with pytest.raises(ValueError, match=told) as caught:
        plan.load(path)
    assert str(path) in str(caught.value)
    assert plan.find("DetectLabels", {}) is None


def test_without_a_folder_no_file_is_read(tmp_path: Path) -> None:
    """Who declares from afar names no files of this machine."""
    path = tmp_path / "heron.png"
    path.write_bytes(picture(1))
    entry = {"operation": "DetectLabels", "answer": {}}
    with pytest.raises(ValueError, match=r"\[0\]: image must begin with 's3://' or 'data:' here"):
        parse_answer_rules([{**entry, "image": str(path)}])
    (rule,) = parse_answer_rules([{**entry, "image": "s3://bucket/key"}])
    assert rule.image == "s3://bucket/key"


async def test_the_command_takes_a_file(tmp_path: Path) -> None:
    """``rekognition-async emulator --answers FILE`` answers what the file declares."""
    path = written(tmp_path, [{"operation": "DetectLabels", "answer": labels("Heron")}])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "rekognition_async", "emulator", "--port", "0"),
        *("--answers", str(path)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    lines = [(await process.stdout.readline()).decode() for _ in range(5)]
    exported = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines[1:])
    async with RekognitionClient(
        exported["AWS_DEFAULT_REGION"],
        endpoint_url=exported["AWS_ENDPOINT_URL_REKOGNITION"],
        aws_access_key_id=exported["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=exported["AWS_SECRET_ACCESS_KEY"],
    ) as client:
        assert await names_on(client, "s3://bucket/key") == ["Heron"]
    process.send_signal(signal.SIGTERM)
    await process.communicate()
    process._transport.close()  # type: ignore[attr-defined] # asyncio offers no other way
    assert process.returncode == 0


async def test_the_command_says_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    """A file that cannot be used ends the command before it listens."""
    path = written(tmp_path, [{"operation": "DetectLabels", "answer": {"Label": []}}])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "rekognition_async", "emulator", "--port", "0"),
        *("--answers", str(path)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    process._transport.close()  # type: ignore[attr-defined] # asyncio offers no other way
    assert process.returncode == 2
    assert output == b""
    assert b"[0]: DetectLabels has no member 'Label'; it has Labels" in errors
    assert b"Traceback" not in errors
