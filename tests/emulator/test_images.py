"""The operations on images: what is declared, what is made up, and what parameters leave of it."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pictures import heavy, picture
from wire import call

from rekognition_async import RekognitionClient
from rekognition_async.emulator import AnswerRule, RekognitionEmulator
from rekognition_async.emulator.protocol.caller import Caller
from rekognition_async.errors import (
    ImageTooLargeException,
    InvalidImageFormatException,
    InvalidParameterException,
    InvalidS3ObjectException,
    ResourceNotFoundException,
    ResourceNotReadyException,
)
from rekognition_async.models import (
    BoundingBox,
    DetectionFilter,
    DetectLabelsImagePropertiesSettings,
    DetectLabelsSettings,
    DetectTextFilters,
    GeneralLabelsSettings,
    HumanLoopConfig,
    Point,
    ProtectiveEquipmentSummarizationAttributes,
    RegionOfInterest,
)

PICTURE = picture(1)
VERSION = "arn:aws:rekognition:us-east-1:123456789012:project/parts/version/one/1700000000000"

LABELS: dict[str, Any] = {
    "Labels": [
        {"Name": "Cat", "Confidence": 90.0, "Categories": [{"Name": "Animals and Pets"}]},
        {"Name": "Rose", "Confidence": 99.0, "Categories": [{"Name": "Plants and Flowers"}]},
        {"Name": "Dog", "Confidence": 60.0, "Categories": [{"Name": "Animals and Pets"}]},
        {"Name": "Spoon", "Confidence": 20.0, "Categories": [{"Name": "Everyday Objects"}]},
    ]
}


def word(number: int, text: str, left: float, top: float, **members: Any) -> dict[str, Any]:
    """A word of line 0, a tenth of the picture wide and high."""
    box = {"Left": left, "Top": top, "Width": 0.1, "Height": 0.1}
    return {
        "DetectedText": text,
        "Type": "WORD",
        "Id": number,
        "ParentId": 0,
        "Confidence": 95.0,
        "Geometry": {"BoundingBox": box},
        **members,
    }


LINE = {"DetectedText": "a b c", "Type": "LINE", "Id": 0, "Confidence": 90.0}
TEXT = {
    "TextDetections": [
        LINE,
        word(1, "a", 0.1, 0.1),
        word(2, "b", 0.5, 0.1, Confidence=75.0),
        word(3, "c", 0.8, 0.8),
    ]
}


async def test_an_answer_is_made_up_for_each_picture(client: RekognitionClient) -> None:
    """The same picture gets the same labels each time, other pictures get others."""
    first = await client.detect_labels(image=PICTURE)
    assert first.labels
    assert all((label.confidence or 0) >= 55 for label in first.labels)
    assert first.label_model_version == "3.0"
    assert first.image_properties is None
    again = await client.detect_labels(image=PICTURE)
    assert again.labels == first.labels
    others = [await client.detect_labels(image=picture(seed)) for seed in range(2, 8)]
    assert all(other.labels != first.labels for other in others)


async def test_an_object_in_name_only_is_a_picture_too(client: RekognitionClient) -> None:
    """Where nobody knows what objects hold, their names tell one from another."""
    first = await client.detect_labels(image="s3://bucket/one.jpg")
    assert first.labels == (await client.detect_labels(image="s3://bucket/one.jpg")).labels
    assert first.labels != (await client.detect_labels(image="s3://bucket/two.jpg")).labels


async def labels_of(client: RekognitionClient, **parameters: Any) -> list[str | None]:
    """The names of the labels of a picture."""
    answer = await client.detect_labels(image=PICTURE, **parameters)
    return [label.name for label in answer.labels]


def general(**filters: Any) -> DetectLabelsSettings:
    """Settings for labels."""
    return DetectLabelsSettings(general_labels=GeneralLabelsSettings(**filters))


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ({}, ["Cat", "Rose", "Dog"]),
        ({"min_confidence": 0}, ["Cat", "Rose", "Dog", "Spoon"]),
        ({"min_confidence": 90}, ["Cat", "Rose"]),
        ({"max_labels": 2}, ["Cat", "Rose"]),
        ({"max_labels": 1}, ["Rose"]),
        ({"max_labels": 0}, ["Cat", "Rose", "Dog"]),
        ({"settings": general(label_inclusion_filters=["Dog"])}, ["Dog"]),
        (
            {"settings": general(label_inclusion_filters=["Dog"]), "min_confidence": 70},
            [],
        ),
        ({"settings": general(label_exclusion_filters=["Dog"])}, ["Cat", "Rose"]),
        (
            {"settings": general(label_category_inclusion_filters=["Animals and Pets"])},
            ["Cat", "Dog"],
        ),
        (
            {"settings": general(label_category_exclusion_filters=["Animals and Pets"])},
            ["Rose"],
        ),
        (
            {
                "settings": general(
                    label_inclusion_filters=["Rose"],
                    label_category_inclusion_filters=["Animals and Pets"],
                    label_exclusion_filters=["Cat"],
                )
            },
            ["Rose", "Dog"],
        ),
        (
            {
                "settings": general(
                    label_inclusion_filters=["Rose", "Dog"],
                    label_category_exclusion_filters=["Plants and Flowers"],
                )
            },
            ["Dog"],
        ),
    ],
)
async def test_labels_are_chosen_by_parameters(
    emulator: RekognitionEmulator,
    client: RekognitionClient,
    parameters: dict[str, Any],
    names: list[str],
) -> None:
    """Thresholds, limits and filters apply to declared labels, which keep their order."""
    emulator.answers.add(AnswerRule("DetectLabels", LABELS))
    assert await labels_of(client, **parameters) == names


async def test_made_up_labels_are_chosen_by_parameters_too(client: RekognitionClient) -> None:
    """What is left of made-up labels is what would be there otherwise."""
    everything = (await client.detect_labels(image=PICTURE, min_confidence=0)).labels
    assert len(everything) > 3
    some = await client.detect_labels(image=PICTURE, min_confidence=0, max_labels=3)
    assert some.labels == everything[:3]
    least = everything[2].confidence
    assert least is not None
    sure = await client.detect_labels(image=PICTURE, min_confidence=least)
    assert sure.labels == tuple(label for label in everything if (label.confidence or 0) >= least)


async def test_features_decide_what_is_told(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """Labels, or colours and quality, or both, with as many colours as asked for."""
    settings = DetectLabelsSettings(
        image_properties=DetectLabelsImagePropertiesSettings(max_dominant_colors=2)
    )
    only = await client.detect_labels(
        image=PICTURE, features=["IMAGE_PROPERTIES"], settings=settings
    )
    assert only.labels == ()
    assert only.image_properties is not None
    for section in (
        only.image_properties,
        only.image_properties.foreground,
        only.image_properties.background,
    ):
        assert section is not None
        assert len(section.dominant_colors) == 2
        assert section.quality is not None
    both = await client.detect_labels(
        image=PICTURE, features=["GENERAL_LABELS", "IMAGE_PROPERTIES"]
    )
    assert both.image_properties is not None
    assert len(both.image_properties.dominant_colors) == 10
    assert [label.name for label in both.labels] == await labels_of(client)
    emulator.answers.add(AnswerRule("DetectLabels", LABELS))
    declared = await client.detect_labels(
        image=PICTURE, features=["IMAGE_PROPERTIES"], settings=settings
    )
    assert declared.labels == ()
    assert declared.image_properties == only.image_properties


MODERATION = {
    "ModerationLabels": [
        {"Name": "Smoking", "ParentName": "Drugs & Tobacco", "Confidence": 80.0},
        {"Name": "Drugs & Tobacco", "ParentName": "", "Confidence": 45.0},
    ]
}


async def test_moderation_keeps_to_its_threshold(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """Labels of less than 50 percent are told where they are asked for."""
    emulator.answers.add(AnswerRule("DetectModerationLabels", MODERATION))
    for least, names in (
        (None, ["Smoking"]),
        (0, ["Smoking", "Drugs & Tobacco"]),
        (90, []),
    ):
        answer = await client.detect_moderation_labels(image=PICTURE, min_confidence=least)
        assert [label.name for label in answer.moderation_labels] == names
        assert answer.moderation_model_version == "7.0"
        assert answer.content_types == ()
        assert answer.human_loop_activation_output is None


async def test_made_up_moderation_finds_something_now_and_then(client: RekognitionClient) -> None:
    """Some pictures are unsafe, and others are not."""
    found = [
        len(
            (await client.detect_moderation_labels(image=f"s3://bucket/{key}")).moderation_labels
            or ()
        )
        for key in range(20)
    ]
    assert 0 in found
    assert max(found) > 0


async def test_people_look_at_what_is_unsafe(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """A human loop begins where a label is left, and not for pictures without."""
    emulator.answers.add(AnswerRule("DetectModerationLabels", MODERATION))
    flow = "arn:aws:sagemaker:us-east-1:123456789012:flow-definition/review"
    loop = HumanLoopConfig(human_loop_name="loop-1", flow_definition_arn=flow)
    unsafe = await client.detect_moderation_labels(image=PICTURE, human_loop_config=loop)
    output = unsafe.human_loop_activation_output
    assert output is not None
    assert output.human_loop_arn == "arn:aws:sagemaker:us-east-1:123456789012:human-loop/loop-1"
    assert output.human_loop_activation_reasons == ("ConditionsEvaluation",)
    safe = await client.detect_moderation_labels(
        image=PICTURE, human_loop_config=loop, min_confidence=99
    )
    output = safe.human_loop_activation_output
    assert output is not None
    assert output.human_loop_arn is None
    assert output.human_loop_activation_reasons == ()
    results = json.loads(str(output.human_loop_activation_conditions_evaluation_results))
    assert [condition["EvaluationResult"] for condition in results["Conditions"]] == [False]


def keep_version(emulator: RekognitionEmulator, **document: Any) -> None:
    """Stores a version of a project, as the operations on versions do."""
    store = emulator._live().backend.store
    shelf = store.shelf(Caller("123456789012", "us-east-1"), "project_version")
    shelf.remove(VERSION)
    shelf.add(VERSION, document, at=0)


async def test_an_adapter_has_to_be_trained(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """A trained adapter is named in the answer, an expired one is left aside."""
    with pytest.raises(ResourceNotFoundException, match="does not exist"):
        await client.detect_moderation_labels(image=PICTURE, project_version=VERSION)
    keep_version(emulator, Status="TRAINING_IN_PROGRESS")
    with pytest.raises(ResourceNotReadyException, match="TRAINING_IN_PROGRESS"):
        await client.detect_moderation_labels(image=PICTURE, project_version=VERSION)
    keep_version(emulator, Status="TRAINING_COMPLETED")
    answer = await client.detect_moderation_labels(image=PICTURE, project_version=VERSION)
    assert answer.project_version == VERSION
    keep_version(emulator, Status="EXPIRED")
    answer = await client.detect_moderation_labels(image=PICTURE, project_version=VERSION)
    assert answer.project_version is None


async def test_custom_labels_need_a_model_that_runs(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """Without the model, or while it does not run, nothing is found; once it runs, it is."""
    with pytest.raises(ResourceNotFoundException, match="does not exist"):
        await client.detect_custom_labels(image=PICTURE, project_version_arn=VERSION)
    keep_version(emulator, Status="STOPPED")
    with pytest.raises(ResourceNotReadyException, match="not running: STOPPED"):
        await client.detect_custom_labels(image=PICTURE, project_version_arn=VERSION)
    durations = emulator._live().backend.durations
    keep_version(
        emulator, **durations.begin("model_start", 0, {"Status": "RUNNING"}, Status="STARTING")
    )
    everything = await client.detect_custom_labels(
        image=PICTURE, project_version_arn=VERSION, min_confidence=0
    )
    labels = everything.custom_labels
    assert labels
    sure = await client.detect_custom_labels(image=PICTURE, project_version_arn=VERSION)
    assert sure.custom_labels == tuple(label for label in labels if (label.confidence or 0) >= 50)
    first = await client.detect_custom_labels(
        image=PICTURE, project_version_arn=VERSION, min_confidence=0, max_results=1
    )
    assert first.custom_labels == labels[:1]


async def test_declared_custom_labels_are_told_whatever_their_confidence(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """Without a threshold that of the model applies, and a declared one has none."""
    keep_version(emulator, Status="RUNNING")
    declared = {"CustomLabels": [{"Name": "dent", "Confidence": 12.0}, {"Name": "rust"}]}
    emulator.answers.add(AnswerRule("DetectCustomLabels", declared))
    for least, names in ((None, ["dent", "rust"]), (20, ["rust"])):
        answer = await client.detect_custom_labels(
            image=PICTURE, project_version_arn=VERSION, min_confidence=least
        )
        assert [label.name for label in answer.custom_labels] == names


async def texts_of(
    client: RekognitionClient, filters: DetectTextFilters | None
) -> list[str | None]:
    """What is read on a picture."""
    answer = await client.detect_text(image=PICTURE, filters=filters)
    return [item.detected_text for item in answer.text_detections]


def region(left: float, top: float, width: float, height: float) -> RegionOfInterest:
    """A region that is a box."""
    return RegionOfInterest(
        bounding_box=BoundingBox(left=left, top=top, width=width, height=height)
    )


def polygon(*points: tuple[float, float]) -> RegionOfInterest:
    """A region of another shape."""
    return RegionOfInterest(polygon=tuple(Point(x=x, y=y) for x, y in points))


@pytest.mark.parametrize(
    ("filters", "texts"),
    [
        ({"word_filter": DetectionFilter()}, ["a b c", "a", "c"]),
        ({"word_filter": DetectionFilter(min_confidence=70)}, ["a b c", "a", "b", "c"]),
        ({"word_filter": DetectionFilter(min_confidence=99)}, []),
        ({"word_filter": DetectionFilter(min_bounding_box_height=0.11)}, []),
        ({"word_filter": DetectionFilter(min_bounding_box_width=0.05)}, ["a b c", "a", "c"]),
        ({"regions_of_interest": [region(0, 0, 0.3, 0.3)]}, ["a b c", "a"]),
        ({"regions_of_interest": [region(0.14, 0.1, 0.3, 0.3)]}, ["a b c", "a"]),
        ({"regions_of_interest": [region(0.16, 0.1, 0.3, 0.3)]}, []),
        (
            {"regions_of_interest": [region(0, 0, 0.3, 0.3), region(0.7, 0.7, 0.3, 0.3)]},
            ["a b c", "a", "c"],
        ),
        # Above the diagonal there are the first two words, below it the third.
        ({"regions_of_interest": [polygon((0, 0), (1, 0), (0, 0.9))]}, ["a b c", "a", "b"]),
        ({"regions_of_interest": [polygon((1, 1), (1, 0.2), (0.2, 1))]}, ["a b c", "c"]),
        # An L that goes around the word in the middle.
        (
            {
                "regions_of_interest": [
                    polygon((0, 0), (0.4, 0), (0.4, 0.7), (1, 0.7), (1, 1), (0, 1))
                ]
            },
            ["a b c", "a", "c"],
        ),
    ],
)
async def test_text_is_chosen_by_filters(
    emulator: RekognitionEmulator,
    client: RekognitionClient,
    filters: dict[str, Any],
    texts: list[str],
) -> None:
    """Words that are unsure, small, or less than half in a region go, and lines without any."""
    emulator.answers.add(AnswerRule("DetectText", TEXT))
    assert await texts_of(client, None) == ["a b c", "a", "b", "c"]
    assert await texts_of(client, DetectTextFilters(**filters)) == texts


async def test_a_line_without_words_is_filtered_by_its_own_place(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """Whoever declares lines alone still gets those that are in the region."""
    geometry = {"BoundingBox": {"Left": 0.1, "Top": 0.1, "Width": 0.2, "Height": 0.1}}
    lines = {"TextDetections": [{**LINE, "Geometry": geometry}]}
    emulator.answers.add(AnswerRule("DetectText", lines))
    for place, texts in ((region(0, 0, 0.5, 0.5), ["a b c"]), (region(0.5, 0, 0.5, 0.5), [])):
        assert await texts_of(client, DetectTextFilters(regions_of_interest=(place,))) == texts


async def test_a_region_has_a_shape(client: RekognitionClient) -> None:
    """A region without a box, or with a polygon of two corners, is refused."""
    for place in (RegionOfInterest(), polygon((0, 0), (1, 1))):
        with pytest.raises(InvalidParameterException, match="invalid parameters"):
            await texts_of(client, DetectTextFilters(regions_of_interest=(place,)))


def person(number: int, **parts: Any) -> dict[str, Any]:
    """A person, of whose head and hands is told what covers them."""
    kinds = {"HEAD": "HEAD_COVER", "LEFT_HAND": "HAND_COVER", "RIGHT_HAND": "HAND_COVER"}
    return {
        "Id": number,
        "Confidence": 99.0,
        "BodyParts": [
            {
                "Name": name,
                "Confidence": 95.0,
                "EquipmentDetections": []
                if cover is None
                else [
                    {
                        "Type": kinds[name],
                        "Confidence": 90.0,
                        "CoversBodyPart": {"Value": cover > 0, "Confidence": abs(cover)},
                    }
                ],
            }
            for name, cover in parts.items()
        ],
    }


PERSONS: dict[str, Any] = {
    "Persons": [
        person(0, HEAD=90, LEFT_HAND=90, RIGHT_HAND=90),
        person(1, HEAD=None, LEFT_HAND=90),
        person(2, HEAD=-90, LEFT_HAND=90),
        person(3, HEAD=60, LEFT_HAND=90, RIGHT_HAND=None),
        person(4, LEFT_HAND=90),
        person(5, HEAD=40, LEFT_HAND=90),
    ]
}


@pytest.mark.parametrize(
    ("least", "required", "lists"),
    [
        (50, ["HEAD_COVER"], ([0, 3], [1, 2, 5], [4])),
        (80, ["HEAD_COVER"], ([0], [1, 2, 3, 5], [4])),
        (0, ["HEAD_COVER"], ([0, 3], [1, 2, 5], [4])),
        (92, ["HEAD_COVER"], ([], [0, 1, 2, 3, 5], [4])),
        (96, ["HEAD_COVER"], ([], [], [0, 1, 2, 3, 4, 5])),
        (50, ["HAND_COVER"], ([0, 1, 2, 4, 5], [3], [])),
        (50, ["HAND_COVER", "HEAD_COVER"], ([0], [1, 2, 3, 5], [4])),
        (50, ["FACE_COVER"], ([], [], [0, 1, 2, 3, 4, 5])),
    ],
)
async def test_the_summary_tells_who_lacks_what(
    emulator: RekognitionEmulator,
    client: RekognitionClient,
    least: float,
    required: Any,
    lists: tuple[list[int], ...],
) -> None:
    """Each person is with, or without, or of those of whom it cannot be told."""
    emulator.answers.add(AnswerRule("DetectProtectiveEquipment", PERSONS))
    attributes = ProtectiveEquipmentSummarizationAttributes(
        min_confidence=least, required_equipment_types=required
    )
    answer = await client.detect_protective_equipment(
        image=PICTURE, summarization_attributes=attributes
    )
    assert answer.summary is not None
    assert (
        answer.summary.persons_with_required_equipment,
        answer.summary.persons_without_required_equipment,
        answer.summary.persons_indeterminate,
    ) == tuple(map(tuple, lists))


async def test_made_up_persons_are_all_summarized(client: RekognitionClient) -> None:
    """There is a summary where one is asked for, and each person is in one of its lists."""
    attributes = ProtectiveEquipmentSummarizationAttributes(
        min_confidence=80, required_equipment_types=("FACE_COVER", "HEAD_COVER")
    )
    for key in range(10):
        image = f"s3://bucket/{key}"
        plain = await client.detect_protective_equipment(image=image)
        assert plain.summary is None
        assert plain.protective_equipment_model_version == "1.0"
        answer = await client.detect_protective_equipment(
            image=image, summarization_attributes=attributes
        )
        assert answer.persons == plain.persons
        assert answer.summary is not None
        told = [
            *(answer.summary.persons_with_required_equipment),
            *(answer.summary.persons_without_required_equipment),
            *(answer.summary.persons_indeterminate),
        ]
        assert sorted(told) == [found.id for found in answer.persons]


async def test_who_was_recognized_can_be_asked_for(client: RekognitionClient) -> None:
    """The Id of each celebrity leads to the same name, gender and addresses."""
    seen: set[str] = set()
    for key in range(20):
        answer = await client.recognize_celebrities(image=f"s3://bucket/{key}")
        for celebrity in answer.celebrity_faces:
            info = await client.get_celebrity_info(id=str(celebrity.id))
            assert (info.name, info.urls) == (celebrity.name, celebrity.urls)
            assert info.known_gender == celebrity.known_gender
            seen.add(str(celebrity.id))
    assert len(seen) > 3
    with pytest.raises(ResourceNotFoundException, match="nobody1"):
        await client.get_celebrity_info(id="nobody1")


async def test_declared_celebrities_can_be_asked_for(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """Once somebody declared was recognized, the Id is known, as it was declared last."""
    for name in ("Ann Other", "Ann Newname"):
        emulator.answers.clear()
        emulator.answers.add(
            AnswerRule(
                "RecognizeCelebrities",
                {"CelebrityFaces": [{"Name": name, "Id": "ann1"}, {"Name": "Without Id"}]},
            )
        )
        answer = await client.recognize_celebrities(image=PICTURE)
        assert [face.name for face in answer.celebrity_faces] == [name, "Without Id"]
        assert answer.unrecognized_faces == ()
        info = await client.get_celebrity_info(id="ann1")
        assert (info.name, info.urls) == (name, ())
    emulator.answers.add(AnswerRule("GetCelebrityInfo", {"Name": "Declared", "Urls": []}))
    assert (await client.get_celebrity_info(id="whoever")).name == "Declared"


@pytest.fixture(params=["DetectLabels", "DetectText", "RecognizeCelebrities"])
def operation(request: pytest.FixtureRequest) -> str:
    """An operation on images."""
    name: str = request.param
    return name


async def refused(emulator: RekognitionEmulator, operation: str, **members: Any) -> tuple[str, str]:
    """Code and message of the error that a request ends with."""
    reply = await call(emulator, json.dumps(members).encode(), operation)
    assert reply.status == 400
    document = reply.document
    return document["__type"], document.get("Message") or document["message"]


async def test_a_picture_is_a_png_or_jpeg(emulator: RekognitionEmulator, operation: str) -> None:
    """Other formats, broken pictures and no picture at all are told apart."""
    wrong = ("InvalidImageFormatException", "Request has invalid image format")
    for content in (b"GIF89a...", PICTURE[:400], picture(1, kind="WEBP"), b"\xff\xd8\xff"):
        image = {"Bytes": b64encode(content).decode()}
        assert await refused(emulator, operation, Image=image) == wrong
    invalid = ("InvalidParameterException", "Request has invalid parameters")
    assert await refused(emulator, operation, Image={}) == invalid
    code, _ = await refused(emulator, operation, Image={"S3Object": {"Bucket": "bucket"}})
    assert code == "InvalidS3ObjectException"


async def test_inline_pictures_have_limits(emulator: RekognitionEmulator) -> None:
    """Five megabytes are the model's limit, four that of equipment and custom labels."""
    image = {"Bytes": b64encode(heavy(4.5)).decode()}
    too_large = ("ImageTooLargeException", "Image size is too large")
    keep_version(emulator, Status="RUNNING")
    assert await refused(emulator, "DetectProtectiveEquipment", Image=image) == too_large
    members = {"Image": image, "ProjectVersionArn": VERSION}
    assert await refused(emulator, "DetectCustomLabels", **members) == too_large
    body = json.dumps({"Image": image}).encode()
    assert (await call(emulator, body, "DetectLabels")).status == 200
    larger = {"Bytes": b64encode(heavy(5.5)).decode()}
    code, message = await refused(emulator, "DetectLabels", Image=larger)
    assert code == "ValidationException"
    assert "must have length less than or equal to 5242880" in message


@pytest.fixture
async def with_folder(tmp_path: Any) -> AsyncIterator[tuple[Any, RekognitionClient]]:
    """A folder with a bucket, and a client of an emulator that reads objects from there."""
    (tmp_path / "bucket").mkdir()
    async with RekognitionEmulator(s3=tmp_path) as emulator:
        async with RekognitionClient(**emulator.client_options) as client:
            yield tmp_path / "bucket", client


async def test_objects_are_pictures(with_folder: tuple[Any, RekognitionClient]) -> None:
    """An object is what its bytes are, and what is no picture, too large or missing is refused."""
    bucket, client = with_folder
    (bucket / "one.png").write_bytes(PICTURE)
    (bucket / "text.png").write_bytes(b"text")
    (bucket / "large.png").write_bytes(heavy(15.2))
    (bucket / "fits.png").write_bytes(heavy(5.5))
    found = await client.detect_labels(image="s3://bucket/one.png")
    assert found.labels == (await client.detect_labels(image=PICTURE)).labels
    assert (await client.detect_protective_equipment(image="s3://bucket/fits.png")).persons
    with pytest.raises(InvalidImageFormatException):
        await client.detect_labels(image="s3://bucket/text.png")
    with pytest.raises(ImageTooLargeException):
        await client.detect_labels(image="s3://bucket/large.png")
    for missing in ("bucket/none.png", "other/one.png", "bucket/../../one.png"):
        with pytest.raises(InvalidS3ObjectException, match="Unable to get object metadata"):
            await client.detect_labels(image=f"s3://{missing}")
