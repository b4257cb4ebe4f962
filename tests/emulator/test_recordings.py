"""What published recordings of real answers show, and AWS's own pages say, seen on the wire."""

import io
import json
from base64 import b64decode, b64encode
from typing import Any
from uuid import UUID

import pytest
from pictures import encoded, photo, picture, portrait
from PIL import ExifTags, Image
from support import working
from wire import Reply, call

from rekognition_async import RekognitionClient, RetryPolicy
from rekognition_async.emulator import (
    AnswerRule,
    DetectedFace,
    Eyes,
    Fault,
    FaultRule,
    RekognitionEmulator,
)
from rekognition_async.errors import (
    IdempotentParameterMismatchException,
    ImageTooLargeException,
    InvalidPaginationTokenException,
    InvalidParameterException,
    LimitExceededException,
    ThrottlingException,
)
from rekognition_async.models import IndexFacesResponse, S3Object, Video

FILM = {"S3Object": {"Bucket": "films", "Name": "market.mp4"}}
ONE_ATTEMPT = RetryPolicy(1)
BOXES = [
    {"Left": 0.1, "Top": 0.1, "Width": 0.3, "Height": 0.4},
    {"Left": 0.5, "Top": 0.1, "Width": 0.3, "Height": 0.3},
]


async def ask(emulator: RekognitionEmulator, operation: str, **parameters: Any) -> Reply:
    """The answer to a call, as it is on the wire."""
    return await call(emulator, json.dumps(parameters).encode(), operation)


def inline(content: bytes) -> dict[str, str]:
    """An Image that holds a picture."""
    return {"Bytes": b64encode(content).decode()}


async def results(name: str, *, rules: list[AnswerRule] | None = None, **start: Any) -> Any:
    """The answer to a Get of a video job that is over."""
    async with RekognitionEmulator(durations=0, answers=rules or []) as emulator:
        emulator.seed(collections=["visitors"])
        started = await ask(emulator, f"Start{name}", Video=FILM, **start)
        return (await ask(emulator, f"Get{name}", JobId=started.document["JobId"])).document


def face_of(indexed: IndexFacesResponse) -> tuple[str, str]:
    """The FaceId and the ImageId of the one face that was indexed."""
    (record,) = indexed.face_records
    assert record.face is not None
    assert record.face.face_id is not None
    assert record.face.image_id is not None
    return record.face.face_id, record.face.image_id


async def ids_in_time(emulator: RekognitionEmulator) -> list[tuple[str, str]]:
    """The ids that a face has at first, when it is back, and in a collection that is back."""
    async with RekognitionClient(**emulator.client_options) as client:
        found: list[tuple[str, str]] = []
        for _ in range(2):
            await client.create_collection(collection_id="visitors")
            for _ in range(2):
                indexed = await client.index_faces(collection_id="visitors", image=portrait(1))
                again = await client.index_faces(collection_id="visitors", image=portrait(1))
                assert face_of(again) == face_of(indexed)
                found.append(face_of(indexed))
                await client.delete_faces(collection_id="visitors", face_ids=[found[-1][0]])
            await client.delete_collection(collection_id="visitors")
        return found


async def test_a_face_that_comes_back_has_another_id(emulator: RekognitionEmulator) -> None:
    """FaceIds are new after a deletion, ImageIds are not, and both are the same everywhere."""
    found = await ids_in_time(emulator)
    assert len({face_id for face_id, _ in found}) == 4
    assert len({image_id for _, image_id in found}) == 1
    assert {UUID(face_id).version for face_id, _ in found} == {4}
    assert UUID(found[0][1]).version == 3
    async with RekognitionEmulator() as another:
        assert await ids_in_time(another) == found


async def test_one_picture_is_entirely_alike(client: RekognitionClient) -> None:
    """A search and a comparison of the same picture tell a Similarity of 100."""
    await client.create_collection(collection_id="visitors")
    await client.index_faces(collection_id="visitors", image=portrait(1))
    found = await client.search_faces_by_image(collection_id="visitors", image=portrait(1))
    compared = await client.compare_faces(source_image=portrait(1), target_image=portrait(1))
    assert [match.similarity for match in found.face_matches] == [100]
    assert [match.similarity for match in compared.face_matches] == [100]


async def test_unsafe_content_begins_with_the_leaf(client: RekognitionClient) -> None:
    """The most particular label is first, and what it is a kind of follows it."""
    seen = 0
    for seed in range(12):
        labels = (await client.detect_moderation_labels(image=picture(seed))).moderation_labels
        if labels:
            levels = [label.taxonomy_level or 0 for label in labels]
            assert levels[0] == max(levels[: levels.index(1) + 1])
            assert labels[0].parent_name in {"", *(label.name for label in labels[1:])}
            seen += 1
    assert seen > 2


async def test_one_label_may_be_the_thing_itself(client: RekognitionClient) -> None:
    """With MaxLabels=1 some pictures tell what is on them, and others what kind of thing it is."""
    has_parents: set[bool] = set()
    for seed in range(24):
        (label,) = (await client.detect_labels(image=picture(seed), max_labels=1)).labels
        has_parents.add(bool(label.parents))
    assert has_parents == {True, False}


@pytest.mark.parametrize(
    ("name", "items", "member"),
    [
        ("LabelDetection", "Labels", "Label"),
        ("ContentModeration", "ModerationLabels", "ModerationLabel"),
    ],
)
async def test_labels_of_one_moment_are_in_the_order_of_their_names(
    name: str, items: str, member: str
) -> None:
    """By TIMESTAMP is by time and then by name, whatever is surest."""
    seen = [(500, "Owl"), (0, "Owl"), (500, "Bird"), (0, "Wren"), (0, "Ant")]
    declared = {items: [{"Timestamp": time, member: {"Name": label}} for time, label in seen]}
    found = await results(name, rules=[AnswerRule(f"Get{name}", declared)])
    assert [(item["Timestamp"], item[member]["Name"]) for item in found[items]] == sorted(seen)


async def test_optional_members_are_absent_at_times() -> None:
    """Persons are seen in part, match nobody without FaceMatches, and celebrities have no box."""
    persons = [item["Person"] for item in (await results("PersonTracking"))["Persons"]]
    for member in ("Face", "BoundingBox"):
        assert {member in person for person in persons} == {True, False}
    searched = (await results("FaceSearch", CollectionId="visitors"))["Persons"]
    assert searched
    assert all("FaceMatches" not in item for item in searched)
    celebrities = (await results("CelebrityRecognition"))["Celebrities"]
    assert celebrities
    assert all("BoundingBox" not in item["Celebrity"] for item in celebrities)


async def test_text_of_videos_is_sure_without_being_asked() -> None:
    """Nothing below 80 percent is told where there are no filters."""
    found = (await results("TextDetection"))["TextDetections"]
    assert found
    assert min(item["TextDetection"]["Confidence"] for item in found) >= 80


async def test_parts_of_the_body_begin_with_the_face(emulator: RekognitionEmulator) -> None:
    """The head comes last."""
    order = ["FACE", "LEFT_HAND", "RIGHT_HAND", "HEAD"]
    reply = await ask(emulator, "DetectProtectiveEquipment", Image=inline(picture(1)))
    for person in reply.document["Persons"]:
        parts = [part["Name"] for part in person["BodyParts"]]
        assert parts == [name for name in order if name in parts]


async def test_tokens_of_videos_are_of_72_characters() -> None:
    """They are standard base64, mostly with what URLs and names of files do not take."""
    async with RekognitionEmulator(durations=0, page_size=2) as emulator:
        started = await ask(emulator, "StartLabelDetection", Video=FILM)
        parameters = {"JobId": started.document["JobId"]}
        tokens: list[str] = []
        while token := (await ask(emulator, "GetLabelDetection", **parameters)).document.get(
            "NextToken"
        ):
            parameters["NextToken"] = token
            tokens.append(token)
    assert len(tokens) > 10
    assert {len(token) for token in tokens} == {72}
    assert {len(b64decode(token, validate=True)) for token in tokens} == {54}
    assert sum(bool({"+", "/"} & {*token}) for token in tokens) > len(tokens) / 3


async def test_no_answer_tells_the_server(emulator: RekognitionEmulator) -> None:
    """Neither an answer nor an error has a header of that name."""
    for operation, status in (("ListCollections", 200), ("NoSuchOperation", 400)):
        reply = await ask(emulator, operation)
        assert reply.status == status
        assert "Server" not in reply.headers
        assert {"x-amzn-RequestId", "Content-Type", "Content-Length", "Date"} <= set(reply.headers)


async def test_too_many_jobs_are_told_with_number_and_user() -> None:
    """The message has how many jobs are open, whose they are, and how many there may be."""
    video = Video(s3_object=S3Object(bucket="films", name="market.mp4"))
    async with working(durations=60) as (_, client, _):
        for _ in range(20):
            await client.start_label_detection(video=video)
        with pytest.raises(LimitExceededException) as caught:
            await client.start_label_detection(video=video)
    assert caught.value.message == (
        "20 open Jobs for User arn:aws:iam::123456789012:root Maximum limit: 20"
    )


async def test_tokens_that_are_wrong_are_told_in_awss_words(client: RekognitionClient) -> None:
    """A ClientRequestToken with other parameters, and a NextToken that nobody issued."""
    video = Video(s3_object=S3Object(bucket="films", name="market.mp4"))
    await client.start_label_detection(video=video, client_request_token="one")
    with pytest.raises(IdempotentParameterMismatchException) as mismatch:
        await client.start_label_detection(
            video=video, client_request_token="one", min_confidence=70
        )
    told = "The ClientRequestToken: one you have supplied is already in use"
    assert mismatch.value.message == told
    with pytest.raises(InvalidPaginationTokenException) as unknown:
        await client.list_collections(next_token="none")
    assert unknown.value.message == "Invalid Pagination Token"


@pytest.mark.parametrize(
    ("status", "message"),
    [(400, "Slow down; sudden increase in rate of requests"), (500, "Service Unavailable")],
)
async def test_throttling_has_two_statuses(
    emulator: RekognitionEmulator, status: int, message: str
) -> None:
    """A ThrottlingException is 400 or 500, each with a message of its own."""
    fault = Fault.throttle("ThrottlingException", status=status)
    emulator.faults.add(FaultRule("*", fault))
    async with RekognitionClient(
        **emulator.client_options, retry=ONE_ATTEMPT, quotas=None
    ) as client:
        with pytest.raises(ThrottlingException) as caught:
            await client.list_collections()
    assert (caught.value.http_status_code, caught.value.message) == (status, message)
    assert caught.value.retryable
    with pytest.raises(ValueError, match="status must be 400 or 500, got 429"):
        Fault.throttle(status=429)


def plain(width: int, height: int) -> dict[str, str]:
    """An Image of this size."""
    return inline(encoded(Image.new("L", (width, height))))


@pytest.mark.parametrize(
    ("operation", "size", "code"),
    [
        ("DetectFaces", (79, 200), InvalidParameterException),
        ("DetectFaces", (200, 79), InvalidParameterException),
        ("DetectFaces", (80, 80), None),
        ("DetectText", (10_001, 80), None),
        ("DetectLabels", (10_000, 80), None),
        ("DetectLabels", (10_001, 80), ImageTooLargeException),
        ("DetectModerationLabels", (80, 10_001), ImageTooLargeException),
        ("DetectProtectiveEquipment", (64, 64), None),
        ("DetectProtectiveEquipment", (63, 200), InvalidParameterException),
        ("DetectProtectiveEquipment", (4096, 64), None),
        ("DetectProtectiveEquipment", (4097, 64), ImageTooLargeException),
    ],
)
async def test_pictures_have_the_sides_that_aws_publishes(
    emulator: RekognitionEmulator, operation: str, size: tuple[int, int], code: type | None
) -> None:
    """At least 80 pixels, or 64 for equipment; at most 10,000 for labels and 4,096 there."""
    reply = await ask(emulator, operation, Image=plain(*size))
    assert reply.document.get("Code") == (code and code.__name__)


def deep(seed: int) -> bytes:
    """A greyscale PNG of 16 bits a pixel, as scanners and medicine have them."""
    grey = photo(seed).convert("L")
    pixels = b"".join((256 * value + 128).to_bytes(2, "little") for value in grey.tobytes())
    return encoded(Image.frombytes("I;16", grey.size, pixels))


def drawn(seed: int, colour: str) -> bytes:
    """A drawing of one colour, which is made of its opacity alone."""
    drawing = Image.new("RGBA", (320, 240), colour)
    drawing.putalpha(photo(seed).convert("L"))
    return encoded(drawing)


def in_palette(seed: int) -> bytes:
    """A drawing of one colour in a palette, of which each entry has an opacity."""
    drawing = Image.frombytes("P", (320, 240), photo(seed).convert("L").tobytes())
    drawing.putpalette([0, 0, 0] * 256)
    return encoded(drawing, transparency=bytes(range(256)))


PAIRS = {
    "16 bits": (deep(1), deep(2)),
    **{
        f"{colour} drawing": (drawn(1, colour), drawn(2, colour))
        for colour in ("black", "white", "grey")
    },
    "palette": (in_palette(1), in_palette(2)),
}
"""Two pictures that are others, of each kind that is easily taken for one."""


@pytest.mark.parametrize(("one", "other"), PAIRS.values(), ids=PAIRS)
async def test_pictures_of_all_depths_are_told_apart(
    emulator: RekognitionEmulator, client: RekognitionClient, one: bytes, other: bytes
) -> None:
    """What is declared of one picture is not answered for another, however its pixels are kept."""
    emulator.answers.add(AnswerRule("DetectText", {"TextDetections": []}, image=one))
    assert not (await client.detect_text(image=one)).text_detections
    assert (await client.detect_text(image=other)).text_detections
    small = encoded(Image.open(io.BytesIO(other)).resize((160, 120)))
    assert (await client.detect_text(image=small)).text_detections


async def test_a_picture_of_16_bits_is_known_again_in_8(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """A small JPEG of it shows who is declared to be on it."""
    emulator.people.add(deep(1), ["ann", "bob"])
    copy = encoded(photo(1).convert("L").resize((160, 120)), "JPEG", quality=80)
    assert len((await client.detect_faces(image=copy)).face_details) == 2


TURNED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a camera that was held so has the picture in its file, by EXIF's orientation."""


@pytest.mark.parametrize("orientation", TURNED)
async def test_a_turned_photo_is_its_upright_copy(
    emulator: RekognitionEmulator, client: RekognitionClient, orientation: int
) -> None:
    """The orientation of EXIF is applied: a thumbnail that was set upright is known again."""
    turn = TURNED[orientation]
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    held = photo(1) if turn is None else photo(1).transpose(turn)
    taken = encoded(held, "JPEG", quality=90, exif=exif)
    emulator.people.add(taken, ["ann", "bob"])
    upright = encoded(photo(1).resize((160, 120)), "JPEG", quality=80)
    assert len((await client.detect_faces(image=upright)).face_details) == 2
    unsaid = encoded(held, "JPEG", quality=90)
    faces = 2 if turn is None else 1
    assert len((await client.detect_faces(image=unsaid)).face_details) == faces


async def test_broken_exif_does_no_harm(client: RekognitionClient) -> None:
    """A photo whose EXIF nobody can read is a photo all the same."""
    broken = encoded(photo(1), "JPEG", exif=b"Exif\0\0this is no TIFF")
    assert (await client.detect_faces(image=broken)).face_details


async def test_undeclared_faces_of_one_picture_are_several_people() -> None:
    """Each has an id of its own, is found on a copy, and is like none of the others."""

    class TwoFaces(Eyes):
        def faces(self, _: bytes, /) -> list[DetectedFace]:
            return [DetectedFace(box) for box in BOXES]

    async with (
        RekognitionEmulator(eyes=TwoFaces()) as emulator,
        RekognitionClient(**emulator.client_options) as client,
    ):
        await client.create_collection(collection_id="visitors")
        indexed = await client.index_faces(collection_id="visitors", image=portrait(1))
        ids = [record.face.face_id for record in indexed.face_records if record.face is not None]
        assert len(set(ids)) == 2
        for face_id in ids:
            assert face_id is not None
            alike = await client.search_faces(collection_id="visitors", face_id=face_id)
            assert not alike.face_matches
        copy = encoded(photo(1).resize((160, 120)), "JPEG", quality=80)
        found = await client.search_faces_by_image(collection_id="visitors", image=copy)
        assert [match.face.face_id for match in found.face_matches if match.face] == ids[:1]
        compared = await client.compare_faces(source_image=portrait(1), target_image=copy)
    assert (len(compared.face_matches), len(compared.unmatched_faces)) == (1, 1)
