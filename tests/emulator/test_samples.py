"""What the emulator makes up: valid, consistent, and the same for the same seed."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from rekognition_async.emulator import samples
from rekognition_async.emulator.handlers.video import KINDS, arranged
from rekognition_async.emulator.protocol.messages import service_model
from rekognition_async.emulator.protocol.validation import validate
from rekognition_async.emulator.samples import moderation
from rekognition_async.emulator.samples.faces import full_face
from rekognition_async.emulator.samples.labels import lineage
from rekognition_async.emulator.samples.segments import Footage
from rekognition_async.emulator.utils.floats import single
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.utils.seeded_random import SeededRandom

SEEDS = st.integers(0, 2**256 - 1)
# However busy the machine is. Seeds are all alike, so that a few dozen show what hundreds would.
steady = settings(deadline=None, max_examples=40)
MODEL = "arn:aws:rekognition:us-east-1:123456789012:project/p/version/v/1"

VIDEO_LISTS = {
    "GetCelebrityRecognition": "Celebrities",
    "GetContentModeration": "ModerationLabels",
    "GetFaceDetection": "Faces",
    "GetFaceSearch": "Persons",
    "GetLabelDetection": "Labels",
    "GetPersonTracking": "Persons",
    "GetSegmentDetection": "Segments",
    "GetTextDetection": "TextDetections",
}
FACE = {
    "FaceId": "11111111-2222-4333-8444-555555555555",
    "ImageId": "11111111-2222-4333-8444-666666666666",
    "ExternalImageId": "ann",
    "Confidence": 99.5,
}


def images_of(seed: int) -> Iterator[tuple[str, JsonObject]]:
    """An operation on images, and an answer with all that is made up for it."""
    yield (
        "DetectLabels",
        {
            "Labels": samples.detected_labels(seed),
            "ImageProperties": samples.image_properties(seed),
        },
    )
    yield (
        "DetectModerationLabels",
        {
            "ModerationLabels": samples.moderation_labels(seed),
            "ContentTypes": samples.content_types(seed),
        },
    )
    yield "DetectText", {"TextDetections": samples.text_detections(seed)}
    yield "DetectProtectiveEquipment", {"Persons": samples.equipped_persons(seed)}
    yield "DetectCustomLabels", {"CustomLabels": samples.detected_custom_labels(seed, MODEL)}
    recognized, others = samples.celebrity_faces(seed)
    yield "RecognizeCelebrities", {"CelebrityFaces": recognized, "UnrecognizedFaces": others}


def check_valid(operation: str, answer: JsonObject) -> None:
    """Holds an answer against the model: botocore's types, our limits, and no unknown members."""
    shape: Any = service_model().operation_model(operation).output_shape
    assert not ParamValidator().validate(answer, shape).has_errors()
    assert validate(shape, answer) == answer
    for box in found_within(answer, "BoundingBox"):
        assert box["Left"] >= 0
        assert box["Top"] >= 0
        assert box["Width"] > 0
        assert box["Height"] > 0
        assert box["Left"] + box["Width"] <= 1
        assert box["Top"] + box["Height"] <= 1


def found_within(value: Any, name: str) -> Iterator[Any]:
    """All members of a name, however deep."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key == name:
                yield item
            yield from found_within(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from found_within(item, name)


@settings(steady, max_examples=100)
@given(SEEDS)
def test_made_up_answers_about_images_are_valid(seed: int) -> None:
    """Types, enums, limits and boxes hold, and a second look gives the same."""
    answers = dict(images_of(seed))
    for operation, answer in answers.items():
        check_valid(operation, answer)
    assert dict(images_of(seed)) == answers


@steady
@given(SEEDS)
def test_labels_come_with_what_they_are_kinds_of(seed: int) -> None:
    """Every parent is a label of the answer, and at least as sure as its child."""
    labels = [
        (label["Name"], label["Confidence"], [parent["Name"] for parent in label["Parents"]])
        for label in samples.detected_labels(seed)
    ]
    moderation = [
        (label["Name"], label["Confidence"], [label["ParentName"]][: label["TaxonomyLevel"] - 1])
        for label in samples.moderation_labels(seed)
    ]
    for listed in (labels, moderation):
        confidences = {name: confidence for name, confidence, _ in listed}
        assert len(confidences) == len(listed)
        for _, confidence, parents in listed:
            assert all(confidences[parent] >= confidence for parent in parents)
        assert list(confidences.values()) == sorted(confidences.values(), reverse=True)


@steady
@given(SEEDS)
def test_unsafe_content_comes_before_what_it_is_a_kind_of(seed: int) -> None:
    """The surest leaf is first, then its parents upwards, and so on with the next one."""
    names = [label["Name"] for label in samples.moderation_labels(seed)]
    expected: list[str] = []
    for name in names:
        if name not in expected:
            above = moderation.lineage(name)
            assert not any(name in moderation.lineage(other) for other in names)
            expected += [one for one in (name, *above) if one not in expected]
    assert names == expected


def test_a_label_and_what_it_is_a_kind_of_are_in_mixed_order() -> None:
    """Of equally sure labels the first is at times the thing itself, at times a kind of things."""
    firsts = [samples.detected_labels(seed)[:2] for seed in range(60)]
    levels = [len(first["Parents"]) < len(second["Parents"]) for first, second in firsts]
    assert 10 < sum(levels) < 50


def test_content_is_animated_or_illustrated_or_both() -> None:
    """Most pictures have no ContentTypes; there are two of them, the surest first."""
    found = [samples.content_types(seed) for seed in range(200)]
    names = {tuple(sorted(content["Name"] for content in types)) for types in found}
    assert names == {(), ("Animated",), ("Illustrated",), ("Animated", "Illustrated")}
    for types in found:
        sure = [content["Confidence"] for content in types]
        assert sure == sorted(sure, reverse=True)


@steady
@given(SEEDS)
def test_custom_labels_have_rounded_numbers_and_no_polygon(seed: int) -> None:
    """Confidences have three decimals and boxes five, before they are of single precision."""
    for label in samples.detected_custom_labels(seed, MODEL):
        assert label["Confidence"] == single(round(label["Confidence"], 3))
        for geometry in found_within(label, "Geometry"):
            assert list(geometry) == ["BoundingBox"]
            assert all(side == single(round(side, 5)) for side in geometry["BoundingBox"].values())


@steady
@given(SEEDS)
def test_parts_of_the_body_are_in_the_services_order(seed: int) -> None:
    """Whichever of them are seen: the face, the hands, the head."""
    order = ["FACE", "LEFT_HAND", "RIGHT_HAND", "HEAD"]
    for person in samples.equipped_persons(seed):
        parts = [part["Name"] for part in person["BodyParts"]]
        assert parts == [name for name in order if name in parts]


def test_persons_are_seen_in_part() -> None:
    """Of those tracked, more than half have no Face and a quarter no BoundingBox."""
    persons = [
        item["Person"]
        for seed in range(20)
        for item in samples.video_results("GetPersonTracking", seed, {})["Persons"]
    ]
    for member, least, most in (("Face", 0.5, 0.63), ("BoundingBox", 0.18, 0.3)):
        share = sum(member not in person for person in persons) / len(persons)
        assert least < share < most
    assert all({"Face", "BoundingBox"} & person.keys() for person in persons)


def test_celebrities_in_videos_have_no_box_of_their_own() -> None:
    """What tells where they are is the Face; of some, no Urls are known."""
    found = samples.video_results("GetCelebrityRecognition", 7, {})["Celebrities"]
    assert found
    assert all("BoundingBox" not in item["Celebrity"] for item in found)
    assert all("BoundingBox" in item["Celebrity"]["Face"] for item in found)
    assert {len(celebrity["Urls"]) for celebrity in samples.CELEBRITIES.values()} == {0, 1}


@steady
@given(SEEDS)
def test_videos_have_only_text_that_is_quite_sure(seed: int) -> None:
    """Nothing is below 80 percent, lines as well as words, unless a filter asks for it."""
    found = samples.video_results("GetTextDetection", seed, {})["TextDetections"]
    assert all(item["TextDetection"]["Confidence"] >= 80 for item in found)
    filters = {"WordFilter": {"MinConfidence": 0}}
    more = samples.video_results("GetTextDetection", seed, {"Filters": filters})["TextDetections"]
    assert all(item in more for item in found)


@steady
@given(SEEDS)
def test_emotions_are_each_of_a_confidence_of_their_own(seed: int) -> None:
    """Together they are more than 100 percent; the likeliest stands out."""
    emotions = full_face(
        SeededRandom(seed), {"Left": 0, "Top": 0, "Width": 1, "Height": 1}, person=1
    )
    likely = [emotion["Confidence"] for emotion in emotions["Emotions"]]
    assert 107.9 < sum(likely) < 118.1
    assert 56 <= likely[0] <= 96
    assert likely == sorted(likely, reverse=True)


@steady
@given(SEEDS)
def test_labels_stay_where_they_are_without_their_colours(seed: int) -> None:
    """Asking for colours moves no box."""
    colored = samples.detected_labels(seed)
    for label in colored:
        for instance in label["Instances"]:
            assert len(instance.pop("DominantColors")) == 3
    assert samples.detected_labels(seed, colored=False) == colored


@steady
@given(SEEDS)
def test_colours_are_what_their_names_say(seed: int) -> None:
    """The hex code is that of the numbers, and colours together have at most all pixels."""
    properties = samples.image_properties(seed)
    for section in (properties, properties["Foreground"], properties["Background"]):
        colors = section["DominantColors"]
        for color in colors:
            assert color["HexCode"] == "#{Red:02x}{Green:02x}{Blue:02x}".format(**color)
        shares = [color["PixelPercent"] for color in colors]
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) <= 100


@steady
@given(SEEDS)
def test_lines_are_their_words(seed: int) -> None:
    """Ids are numbered through, words are in their line's box, and joined they give its text."""
    detections = samples.text_detections(seed)
    assert [item["Id"] for item in detections] == list(range(len(detections)))
    lines = {item["Id"]: item for item in detections if item["Type"] == "LINE"}
    words: dict[int, list[str]] = {number: [] for number in lines}
    for word in detections[len(lines) :]:
        assert word["Type"] == "WORD"
        words[word["ParentId"]].append(word["DetectedText"])
        inner = word["Geometry"]["BoundingBox"]
        outer = lines[word["ParentId"]]["Geometry"]["BoundingBox"]
        assert inner["Left"] >= outer["Left"] - 1e-6
        assert inner["Left"] + inner["Width"] <= outer["Left"] + outer["Width"] + 1e-6
    assert {number: " ".join(found) for number, found in words.items()} == {
        number: line["DetectedText"] for number, line in lines.items()
    }


@steady
@given(SEEDS)
def test_equipment_is_worn_where_it_belongs(seed: int) -> None:
    """Each person has each part of the body at most once, with what covers such a part."""
    belongs = {"FACE": "FACE_COVER", "HEAD": "HEAD_COVER"}
    persons = samples.equipped_persons(seed)
    assert [person["Id"] for person in persons] == list(range(len(persons)))
    for person in persons:
        parts = [part["Name"] for part in person["BodyParts"]]
        assert len(parts) == len(set(parts))
        for part in person["BodyParts"]:
            for item in part["EquipmentDetections"]:
                assert item["Type"] == belongs.get(part["Name"], "HAND_COVER")


def as_asked(
    operation: str,
    seed: int,
    parameters: JsonObject,
    sort_by: str = "TIMESTAMP",
    aggregate_by: str = "TIMESTAMPS",
) -> JsonObject:
    """Made-up results, as the operation arranges them."""
    results = samples.video_results(operation, seed, parameters, known_faces=[FACE])
    kind = KINDS[operation.removeprefix("Get")]
    return arranged(kind, results, parameters, sort_by, aggregate_by)


@pytest.mark.parametrize("operation", VIDEO_LISTS)
@steady
@given(SEEDS, st.data())
def test_made_up_results_of_videos_are_valid(
    operation: str, seed: int, data: st.DataObject
) -> None:
    """Whatever was asked for, the results are valid, and the same when asked for again."""
    get = service_model().operation_model(operation).input_shape
    parameters: JsonObject = {"FaceAttributes": data.draw(st.sampled_from(["ALL", "DEFAULT"]))}
    how = {
        name: data.draw(st.sampled_from(get.members[member].metadata["enum"]))
        for name, member in (("sort_by", "SortBy"), ("aggregate_by", "AggregateBy"))
        if member in get.members
    }
    results = as_asked(operation, seed, parameters, **how)
    check_valid(operation, results)
    assert as_asked(operation, seed, parameters, **how) == results
    duration = next(
        found_within(samples.video_results("GetFaceDetection", seed, {}), "DurationMillis")
    )
    times = [*found_within(results, "Timestamp"), *found_within(results, "EndTimestampMillis")]
    assert all(0 <= time <= duration for time in times)


@pytest.mark.parametrize(("operation", "items"), VIDEO_LISTS.items())
@steady
@given(SEEDS)
def test_results_of_videos_are_listings_in_order(operation: str, items: str, seed: int) -> None:
    """There is enough to page through, and by default it is in the order of time."""
    results = samples.video_results(operation, seed, {})
    listed = results[items]
    assert 20 <= len(listed) <= 60
    if operation != "GetSegmentDetection":
        times = [item["Timestamp"] for item in listed]
        assert times == sorted(times)
        assert len(set(times)) >= 3


@steady
@given(SEEDS)
def test_one_video_is_the_same_for_all_operations(seed: int) -> None:
    """Every operation tells the same metadata, whose numbers go together."""
    metadata = {
        str(results["VideoMetadata"][0] if items == "Segments" else results["VideoMetadata"])
        for operation, items in VIDEO_LISTS.items()
        for results in [samples.video_results(operation, seed, {})]
    }
    assert len(metadata) == 1
    results = samples.video_results("GetSegmentDetection", seed, {})
    (video,), (audio,) = results["VideoMetadata"], results["AudioMetadata"]
    frames = results["Segments"][-1]["EndFrameNumber"] + 1
    assert video["DurationMillis"] == pytest.approx(1000 * frames / video["FrameRate"], abs=1)
    assert audio["DurationMillis"] == video["DurationMillis"]


@steady
@given(SEEDS)
def test_segments_and_moments_tell_the_same(seed: int) -> None:
    """Each label is in a segment exactly at the moments at which it is seen."""
    for operation, items, inner in (
        ("GetLabelDetection", "Labels", "Label"),
        ("GetContentModeration", "ModerationLabels", "ModerationLabel"),
    ):
        by_moment = as_asked(operation, seed, {}, aggregate_by="TIMESTAMPS")
        by_segment = as_asked(operation, seed, {}, aggregate_by="SEGMENTS")
        assert by_moment["GetRequestMetadata"]["AggregateBy"] == "TIMESTAMPS"
        assert by_segment["GetRequestMetadata"]["AggregateBy"] == "SEGMENTS"
        seen = {(item[inner]["Name"], item["Timestamp"]) for item in by_moment[items]}
        moments = {moment for _, moment in seen}
        timed: set[tuple[str, int]] = set()
        for item in by_segment[items]:
            start, end = item["StartTimestampMillis"], item["EndTimestampMillis"]
            # Labels have lost what belongs to a moment.
            assert item.get("Timestamp") == (None if inner == "Label" else start)
            assert item["DurationMillis"] == end - start > 0
            assert "Instances" not in item[inner]
            timed |= {(item[inner]["Name"], moment) for moment in moments if start <= moment < end}
        assert timed == seen


@steady
@given(SEEDS)
def test_results_of_videos_are_sorted_as_asked(seed: int) -> None:
    """By name then confidence, by persons (tracked, by confidence), or by the Id of celebrities."""
    for operation, items, inner in (
        ("GetLabelDetection", "Labels", "Label"),
        ("GetContentModeration", "ModerationLabels", "ModerationLabel"),
    ):
        results = as_asked(operation, seed, {}, sort_by="NAME")
        keys = [(item[inner]["Name"], -item[inner]["Confidence"]) for item in results[items]]
        assert keys == sorted(keys)
        assert results["GetRequestMetadata"]["SortBy"] == "NAME"
    persons = as_asked("GetFaceSearch", seed, {}, sort_by="INDEX")["Persons"]
    indexes = [(item["Person"]["Index"], item["Timestamp"]) for item in persons]
    assert indexes == sorted(indexes)
    persons = as_asked("GetPersonTracking", seed, {}, sort_by="INDEX")["Persons"]
    surest = [
        (one["Person"]["Index"], -one["Person"].get("Face", {}).get("Confidence", 0.0))
        for one in persons
    ]
    assert surest == sorted(surest)
    celebrities = as_asked("GetCelebrityRecognition", seed, {}, sort_by="ID")
    ids = [item["Celebrity"]["Id"] for item in celebrities["Celebrities"]]
    assert ids == sorted(ids)
    assert samples.CELEBRITIES.keys() >= set(ids)


@steady
@given(SEEDS, st.floats(50, 100))
def test_results_of_videos_keep_to_thresholds_and_filters(seed: int, least: float) -> None:
    """MinConfidence, filters of labels and words, and thresholds of segments leave out the rest."""
    all_labels = samples.video_results("GetLabelDetection", seed, {})["Labels"]
    settings = {"GeneralLabels": {"LabelInclusionFilters": [all_labels[0]["Label"]["Name"]]}}
    parameters = {"MinConfidence": least, "Settings": settings}
    kept = samples.video_results("GetLabelDetection", seed, parameters)["Labels"]
    wanted = all_labels[0]["Label"]["Name"]
    assert kept == [
        item
        for item in all_labels
        if item["Label"]["Name"] == wanted and item["Label"]["Confidence"] >= least
    ]
    words = samples.video_results(
        "GetTextDetection", seed, {"Filters": {"WordFilter": {"MinConfidence": least}}}
    )["TextDetections"]
    assert all(
        item["TextDetection"]["Confidence"] >= least
        for item in words
        if item["TextDetection"]["Type"] == "WORD"
    )
    filters = {"ShotFilter": {"MinSegmentConfidence": least}}
    segments = samples.video_results(
        "GetSegmentDetection", seed, {"SegmentTypes": ["SHOT"], "Filters": filters}
    )
    assert [kind["Type"] for kind in segments["SelectedSegmentTypes"]] == ["SHOT"]
    assert all(item["ShotSegment"]["Confidence"] >= least for item in segments["Segments"])


@steady
@given(SEEDS)
def test_segments_follow_one_another_to_the_end(seed: int) -> None:
    """Technical cues first, then shots; each kind leaves no frame out, and its numbers agree."""
    results = samples.video_results("GetSegmentDetection", seed, {})
    kinds = [segment["Type"] for segment in results["Segments"]]
    assert kinds == sorted(kinds, reverse=True)
    for kind in ("TECHNICAL_CUE", "SHOT"):
        segments = [item for item in results["Segments"] if item["Type"] == kind]
        expected = 0
        for segment in segments:
            assert segment["StartFrameNumber"] == expected
            expected = segment["EndFrameNumber"] + 1
            start, end = segment["StartTimestampMillis"], segment["EndTimestampMillis"]
            assert segment["DurationMillis"] == end - start
        assert ("ShotSegment" in segments[0]) == (kind == "SHOT")


@pytest.mark.parametrize(
    ("rate", "frame", "timecode"),
    [
        ((25, 1, 25), 0, "00:00:00:00"),
        ((25, 1, 25), 90_049, "01:00:01:24"),
        ((30_000, 1_001, 30), 1_799, "00:00:59;29"),
        ((30_000, 1_001, 30), 1_800, "00:01:00;02"),
        ((30_000, 1_001, 30), 17_981, "00:09:59;29"),
        ((30_000, 1_001, 30), 17_982, "00:10:00;00"),
        ((30_000, 1_001, 30), 107_892, "01:00:00;00"),
    ],
)
def test_timecodes_are_those_of_smpte(rate: Any, frame: int, timecode: str) -> None:
    """At 29.97 frames a second two numbers are dropped each minute, but not each tenth."""
    assert Footage(1280, 720, rate, 200_000, 48_000).timecode(frame) == timecode


def test_face_search_finds_the_faces_of_the_collection() -> None:
    """A person matches a known face as well as was asked for; others have no FaceMatches at all."""
    parameters = {"FaceMatchThreshold": 95.0}
    for known in ([], [FACE]):
        results = samples.video_results("GetFaceSearch", 7, parameters, known_faces=known)
        for item in results["Persons"]:
            assert ("FaceMatches" in item) == (known != [] and item["Person"]["Index"] == 0)
            for match in item.get("FaceMatches", ()):
                assert match["Face"] == FACE
                assert match["Similarity"] >= 95


@steady
@given(SEEDS)
def test_numbers_fit_into_32_bits(seed: int) -> None:
    """Floats are those that the service has: 32 bits, widened."""
    for _, answer in images_of(seed):
        assert all(single(number) == number for number in found_within(answer, "Confidence"))
        assert all(single(number) == number for number in found_within(answer, "Left"))


def test_parents_have_their_parents() -> None:
    """The table of labels is closed: what a parent is a kind of, its child is, too."""
    names = {label["Name"] for seed in range(500) for label in samples.detected_labels(seed)}
    for name in names:
        for parent in lineage(name):
            assert set(lineage(parent)) < set(lineage(name))


def test_another_process_makes_up_the_same() -> None:
    """Nothing depends on how Python hashes strings that day."""
    code = (
        "from rekognition_async.emulator import samples;"
        "print([samples.video_results('GetLabelDetection', seed, {})"
        " for seed in range(20)], samples.equipped_persons(1), samples.detected_labels(1))"
    )
    printed = {
        subprocess.run(  # noqa: S603 - our own code
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1


def test_chance_keeps_to_its_ranges() -> None:
    """Both ends are drawn, nothing beyond; chosen items differ, and keep their order."""
    rng = SeededRandom("ranges")
    assert {rng.count(1, 3) for _ in range(200)} == {1, 2, 3}
    assert {rng.pick("ab") for _ in range(100)} == {"a", "b"}
    for count in range(8):
        some = rng.some("abcde", count)
        assert some == sorted(set(some))
        assert len(some) == min(count, 5)
