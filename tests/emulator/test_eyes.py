"""The user's own eyes: what they see on a picture is what operations answer."""

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Awaitable, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pictures import portrait

from rekognition_async import RekognitionClient, RetryPolicy
from rekognition_async.emulator import (
    AnswerRule,
    DetectedFace,
    DetectedModerationLabel,
    DetectedText,
    Eyes,
    RekognitionEmulator,
)
from rekognition_async.emulator.eyes import own
from rekognition_async.errors import InternalServerError
from rekognition_async.models import (
    DetectionFilter,
    DetectTextFilters,
    ProtectiveEquipmentSummarizationAttributes,
    TextDetection,
)

ONE_ATTEMPT = RetryPolicy(1)
BOX = (0.25, 0.25, 0.25, 0.25)

ANN, ANN_AGAIN, BOB = portrait(1), portrait(2), portrait(3)


class Looking(Eyes):
    """Sees what it is told to see on pictures, and remembers which it was shown."""

    def __init__(
        self,
        faces: dict[bytes, list[DetectedFace]] | None = None,
        text: list[DetectedText] | None = None,
        unsafe_content: list[DetectedModerationLabel] | None = None,
    ) -> None:
        self._faces = faces or {}
        self._text = text
        self._unsafe_content = unsafe_content
        self.shown: list[bytes] = []

    def faces(self, image: bytes, /) -> list[DetectedFace] | None:
        self.shown.append(image)
        return self._faces.get(image)

    def text(self, image: bytes, /) -> list[DetectedText] | None:
        self.shown.append(image)
        return self._text

    def unsafe_content(self, image: bytes, /) -> list[DetectedModerationLabel] | None:
        self.shown.append(image)
        return self._unsafe_content


@asynccontextmanager
async def seeing(
    *eyes: Eyes, **settings: Any
) -> AsyncGenerator[tuple[RekognitionEmulator, RekognitionClient]]:
    """An emulator with eyes, and a client of it that asks once."""
    async with (
        RekognitionEmulator(eyes=eyes, **settings) as emulator,
        RekognitionClient(**emulator.client_options, retry=ONE_ATTEMPT) as client,
    ):
        yield emulator, client


def people(**vectors: tuple[float, ...]) -> Looking:
    """Eyes that see Ann on two photos, and Bob on one."""
    seen = {"ann": ANN, "again": ANN_AGAIN, "bob": BOB}
    return Looking(
        {seen[name]: [DetectedFace(BOX, vector=vector)] for name, vector in vectors.items()}
    )


async def similarity(client: RekognitionClient, one: bytes, other: bytes) -> float | None:
    """How alike the largest faces of two pictures are."""
    answer = await client.compare_faces(
        source_image=one, target_image=other, similarity_threshold=0
    )
    return answer.face_matches[0].similarity


async def lines(client: RekognitionClient, image: bytes = ANN) -> list[str | None]:
    """The lines that are read on a picture."""
    answer = await client.detect_text(image=image)
    return [text.detected_text for text in answer.text_detections if text.type == "LINE"]


async def test_what_is_read_is_answered_by_line_and_by_word() -> None:
    """Lines come first, and their words have their share of the place."""
    line = DetectedText("KEEP LEFT", box=(0.0, 0.5, 0.9, 0.25), confidence=87.5)
    eyes = Looking(text=[line])
    async with seeing(eyes) as (_, client):
        found = (await client.detect_text(image=ANN)).text_detections
    assert [(text.type, text.detected_text, text.id, text.parent_id) for text in found] == [
        ("LINE", "KEEP LEFT", 0, None),
        ("WORD", "KEEP", 1, 0),
        ("WORD", "LEFT", 2, 0),
    ]
    assert {text.confidence for text in found} == {87.5}
    assert [left_and_width(text) for text in found] == [(0.0, 0.9), (0.0, 0.4), (0.5, 0.4)]
    assert eyes.shown == [ANN]


def left_and_width(text: TextDetection) -> tuple[float, float]:
    """Where a text is, from left to right."""
    assert text.geometry is not None
    box = text.geometry.bounding_box
    assert box is not None
    assert box.left is not None
    assert box.width is not None
    return round(box.left, 4), round(box.width, 4)


async def test_words_may_be_given_and_places_may_be_polygons() -> None:
    """The corners are answered as they are seen, and filters of a call hold."""
    steep = [(0.5, 0.0), (0.5, 0.5), (0.25, 0.5), (0.25, 0.0)]
    words = [
        DetectedText("NO", polygon=steep, confidence=99),
        DetectedText("PARKING", box=BOX, confidence=40),
    ]
    eyes = Looking(text=[DetectedText("NO PARKING", polygon=steep, words=words)])
    async with seeing(eyes) as (_, client):
        line, no, parking = (await client.detect_text(image=ANN)).text_detections
        filtered = await client.detect_text(
            image=ANN, filters=DetectTextFilters(word_filter=DetectionFilter(min_confidence=50))
        )
    assert line.geometry is not None
    assert [(point.x, point.y) for point in line.geometry.polygon] == steep
    assert left_and_width(no) == (0.25, 0.25)
    assert (parking.detected_text, parking.confidence) == ("PARKING", 40)
    assert [text.detected_text for text in filtered.text_detections] == ["NO PARKING", "NO"]


@pytest.mark.parametrize(
    ("place", "widths"),
    [
        ({"box": (0.75, 0.5, 0.5, 0.1)}, [0.0, 0.25]),
        ({"polygon": [(0, 0), (0.75, 0), (0.75, 0.5)]}, [0.25, 0.25]),
    ],
    ids=["over the edge", "three corners"],
)
async def test_words_have_places_whatever_the_line_has(
    place: dict[str, Any], widths: list[float]
) -> None:
    """The words of a line over the picture's edge, or with few corners, are on the picture."""
    async with seeing(Looking(text=[DetectedText("A B", **place)])) as (_, client):
        _, *words = (await client.detect_text(image=ANN)).text_detections
    found = [left_and_width(word) for word in words]
    assert all(0 <= left <= left + width <= 1 for left, width in found)
    assert len(found) == len(widths)


async def test_a_hundred_words_are_read() -> None:
    """Of more words the first hundred are answered, and the lines that have some of them."""
    eyes = Looking(text=[DetectedText("one two three", box=BOX)] * 40)
    async with seeing(eyes) as (_, client):
        found = (await client.detect_text(image=ANN)).text_detections
    assert sum(text.type == "WORD" for text in found) == 100
    assert sum(text.type == "LINE" for text in found) == 34


async def test_what_nobody_sees_is_made_up() -> None:
    """Eyes with one method leave the rest as it is without them, and None leaves it, too."""

    class Reader(Eyes):
        def text(self, image: bytes, /) -> list[DetectedText] | None:
            return None if image == BOB else []

    async with seeing() as (_, client):
        without = [await client.detect_faces(image=ANN), await client.detect_text(image=BOB)]
        unsafe = await client.detect_moderation_labels(image=ANN)
    async with seeing(Reader()) as (_, client):
        assert await lines(client, ANN) == []
        assert without == [
            await client.detect_faces(image=ANN),
            await client.detect_text(image=BOB),
        ]
        assert await client.detect_moderation_labels(image=ANN) == unsafe


async def test_sources_are_asked_in_order() -> None:
    """What is declared comes before all eyes, and the first eyes that know before the next."""
    first = Looking({BOB: []})
    second = Looking({ANN: [], BOB: [DetectedFace(BOX)]}, text=[DetectedText("two", box=BOX)])
    async with seeing(first, second) as (emulator, client):
        assert await lines(client) == ["two"]
        assert len((await client.detect_faces(image=BOB)).face_details) == 0
        assert len((await client.detect_faces(image=ANN)).face_details) == 0
        emulator.people.add(ANN, ["ann", "bob"])
        assert len((await client.detect_faces(image=ANN)).face_details) == 2
        declared = {"TextDetections": [{"DetectedText": "one", "Type": "LINE", "Id": 0}]}
        emulator.answers.add(AnswerRule("DetectText", declared))
        assert await lines(client) == ["one"]


async def test_objects_in_name_only_are_not_looked_at() -> None:
    """Of an object in S3 whose bytes nobody has, the answer is made up."""
    eyes = Looking({}, text=[], unsafe_content=[])
    async with seeing(eyes) as (_, client):
        assert (await client.detect_text(image="s3://photos/ann.jpg")).text_detections
    assert eyes.shown == []


async def test_objects_of_a_folder_are_looked_at(tmp_path: Path) -> None:
    """Eyes are given the file of an object that there is."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "ann.jpg").write_bytes(ANN)
    eyes = Looking(text=[])
    async with seeing(eyes, s3=tmp_path) as (_, client):
        assert not (await client.detect_text(image="s3://photos/ann.jpg")).text_detections
    assert eyes.shown == [ANN]


async def test_faces_have_what_is_seen_of_them() -> None:
    """Place, confidence and attributes are the eyes', and all else is made up."""
    marks = {"Landmarks": [{"Type": "eyeLeft", "X": 0.25, "Y": 0.5}], "Smile": {"Value": True}}
    small = DetectedFace((0.0, 0.0, 0.125, 0.125))
    large = DetectedFace(BOX, confidence=62.5, attributes=marks)
    async with seeing(Looking({ANN: [small, large]})) as (_, client):
        face, other = (await client.detect_faces(image=ANN, attributes=["ALL"])).face_details
    assert face.bounding_box is not None
    assert face.bounding_box.left == 0.25
    assert face.confidence == 62.5
    assert [(mark.type, mark.x) for mark in face.landmarks] == [("eyeLeft", 0.25)]
    assert face.smile is not None
    assert face.smile.value is True
    assert face.age_range is not None
    assert other.bounding_box is not None
    assert other.bounding_box.width == 0.125


async def test_photos_of_one_person_match_by_vector() -> None:
    """Every search finds Ann on another photo of hers, and nobody else."""
    eyes = people(ann=(3.0, 0.0, 0.0), again=(0.8, 0.6, 0.0), bob=(0.0, 0.0, 7.0))
    async with seeing(eyes, durations=0) as (_, client):
        await client.create_collection(collection_id="staff")
        ids: dict[bytes, str] = {}
        for photo in (ANN, ANN_AGAIN, BOB):
            indexed = await client.index_faces(collection_id="staff", image=photo)
            (record,) = indexed.face_records
            assert record.face is not None
            assert record.face.face_id is not None
            ids[photo] = record.face.face_id
        assert len(set(ids.values())) == 3
        compared = await client.compare_faces(source_image=ANN, target_image=ANN_AGAIN)
        alike = compared.face_matches[0].similarity
        assert alike == pytest.approx(93.3333, abs=0.001)
        assert not (await client.compare_faces(source_image=ANN, target_image=BOB)).face_matches
        by_image = await client.search_faces_by_image(collection_id="staff", image=ANN)
        assert [
            (match.similarity, match.face and match.face.face_id) for match in by_image.face_matches
        ] == [(100, ids[ANN]), (alike, ids[ANN_AGAIN])]
        by_face = await client.search_faces(collection_id="staff", face_id=ids[ANN])
        assert [match.face and match.face.face_id for match in by_face.face_matches] == [
            ids[ANN_AGAIN]
        ]
        for name, photo in (("ann", ANN), ("bob", BOB)):
            await client.create_user(collection_id="staff", user_id=name)
            await client.associate_faces(collection_id="staff", user_id=name, face_ids=[ids[photo]])
        users = await client.search_users_by_image(collection_id="staff", image=ANN_AGAIN)
        assert [match.user and match.user.user_id for match in users.user_matches] == ["ann"]
        like_face = await client.search_users(collection_id="staff", face_id=ids[ANN_AGAIN])
        assert [match.user and match.user.user_id for match in like_face.user_matches] == ["ann"]
        refused = await client.associate_faces(
            collection_id="staff", user_id="bob", face_ids=[ids[ANN_AGAIN]]
        )
        assert refused.unsuccessful_face_associations[0].reasons == ("LOW_MATCH_CONFIDENCE",)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ((1.0, 0.0), 100),
        ((0.7, 0.714142842854285), 90),
        ((0.4, 0.916515138991168), 80),
        ((0.2, 0.979795897113271), 40),
        ((0.0, 1.0), 0),
        ((-1.0, 0.0), 0),
    ],
)
async def test_the_cosine_decides_the_similarity(
    other: tuple[float, float], expected: float
) -> None:
    """It is 80 percent where the cosine is 0.4, and goes up to 100 and down to 0 from there."""
    async with seeing(people(ann=(5.0, 0.0), bob=other)) as (_, client):
        assert await similarity(client, ANN, BOB) == pytest.approx(expected, abs=0.001)


async def test_vectors_that_cannot_be_compared_are_not() -> None:
    """A face without a vector, or with one of another model, is compared by its picture."""
    eyes = people(ann=(1.0, 0.0), again=(1.0, 0.0, 0.0))
    async with seeing(eyes) as (_, client):
        assert 1 <= (await similarity(client, ANN, ANN_AGAIN) or 0) < 31
        assert 1 <= (await similarity(client, ANN, BOB) or 0) < 31


async def test_vectors_stay_with_the_state(tmp_path: Path) -> None:
    """A face is found by its vector in a state file, and after export and import."""
    eyes = people(ann=(1.0, 0.0), again=(0.8, 0.6), bob=(0.0, 1.0))
    file = tmp_path / "state.db"

    async def found(client: RekognitionClient) -> int:
        answer = await client.search_faces_by_image(collection_id="staff", image=ANN_AGAIN)
        return len(answer.face_matches)

    async with seeing(eyes, state=file) as (_, client):
        await client.create_collection(collection_id="staff")
        for photo in (ANN, BOB):
            await client.index_faces(collection_id="staff", image=photo)
        before = await client.iter_faces(collection_id="staff").collect()
    async with seeing(eyes, state=file) as (emulator, client):
        assert await client.iter_faces(collection_id="staff").collect() == before
        assert await found(client) == 2
        document = emulator.export_state()
    async with seeing(eyes) as (emulator, client):
        emulator.import_state(document)
        assert await found(client) == 2


async def test_eyes_may_know_who_it_is() -> None:
    """A named face is that person's on every picture, as a declared one is."""
    eyes = Looking({ANN: [DetectedFace(BOX, person="ann")], BOB: [DetectedFace(BOX, person="bob")]})
    async with seeing(eyes) as (emulator, client):
        emulator.people.add(ANN_AGAIN, ["ann"])
        assert 96 <= (await similarity(client, ANN, ANN_AGAIN) or 0) < 100
        assert (await similarity(client, BOB, ANN_AGAIN) or 100) < 31


async def test_unsafe_content_comes_with_what_it_is_a_kind_of() -> None:
    """AWS's labels have their parents, others those that are given, and thresholds hold."""
    seen = [
        DetectedModerationLabel("Weapons", 75),
        DetectedModerationLabel("Tank", 87.5, parents=["Vehicle", "Thing"]),
        DetectedModerationLabel("Odd", 62.5),
        DetectedModerationLabel("Gambling", 12.5),
    ]
    async with seeing(Looking(unsafe_content=seen)) as (_, client):
        answer = await client.detect_moderation_labels(image=ANN)
    assert [
        (label.name, label.confidence, label.parent_name, label.taxonomy_level)
        for label in answer.moderation_labels
    ] == [
        ("Tank", 87.5, "Vehicle", 3),
        ("Vehicle", 87.5, "Thing", 2),
        ("Thing", 87.5, "", 1),
        ("Weapons", 75, "Violence", 2),
        ("Violence", 75, "", 1),
        ("Odd", 62.5, "", 1),
    ]
    assert answer.content_types == ()


async def test_celebrities_are_among_the_faces_that_are_seen() -> None:
    """Who has the name of one of the emulator's celebrities is recognized, and others are not."""
    famous = DetectedFace(BOX, person="Juno Ashdown")
    other = DetectedFace((0.75, 0.75, 0.125, 0.125))
    async with seeing(Looking({ANN: [other, famous]})) as (emulator, client):
        answer = await client.recognize_celebrities(image=ANN)
        (known,), (unknown,) = answer.celebrity_faces, answer.unrecognized_faces
        emulator.people.add(BOB, ["bob"])
        declared = await client.recognize_celebrities(image=BOB)
    assert known.name == "Juno Ashdown"
    assert known.face is not None
    assert known.face.bounding_box is not None
    assert known.face.bounding_box.left == 0.25
    assert unknown.bounding_box is not None
    assert unknown.bounding_box.left == 0.75
    assert (len(declared.celebrity_faces), len(declared.unrecognized_faces)) == (0, 1)


async def test_each_face_is_on_a_body_that_may_wear_equipment() -> None:
    """Persons are as many as faces, each around its own."""
    faces = [DetectedFace((left, 0.25, 0.0625, 0.0625)) for left in (0.125, 0.5, 0.75)]
    wanted = ProtectiveEquipmentSummarizationAttributes(
        min_confidence=80, required_equipment_types=("FACE_COVER",)
    )
    async with seeing(Looking({ANN: faces, BOB: []})) as (_, client):
        answer = await client.detect_protective_equipment(
            image=ANN, summarization_attributes=wanted
        )
        nobody = await client.detect_protective_equipment(image=BOB)
    assert len(answer.persons) == 3
    for person, face in zip(answer.persons, (0.125, 0.5, 0.75), strict=True):
        box = person.bounding_box
        assert box is not None
        assert box.left is not None
        assert box.width is not None
        assert box.left < face < box.left + box.width <= 1
    assert nobody.persons == ()


async def test_others_are_served_while_eyes_look() -> None:
    """A method that is not async runs in a thread: it ends when another call was answered."""
    answered = threading.Event()

    class Slow(Eyes):
        def text(self, _: bytes, /) -> list[DetectedText]:
            assert answered.wait(60)
            return [DetectedText("seen", box=BOX)]

    async with seeing(Slow()) as (_, client):
        reading = asyncio.create_task(lines(client))
        await client.list_collections()
        answered.set()
        assert await reading == ["seen"]


async def test_a_picture_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls that come at once wait for one look, and the last pictures are remembered."""
    monkeypatch.setattr(own, "_MAX_KEPT", 2)
    eyes = Looking(text=[])
    async with seeing(eyes) as (_, client):
        await asyncio.gather(*(client.detect_text(image=ANN) for _ in range(5)))
        await client.detect_text(image=ANN_AGAIN)
        await client.detect_text(image=ANN)
        assert eyes.shown == [ANN, ANN_AGAIN]
        await client.detect_text(image=BOB)
        await client.detect_text(image=ANN)
        await client.detect_text(image=ANN_AGAIN)
    assert eyes.shown == [ANN, ANN_AGAIN, BOB, ANN_AGAIN]


class Awaited(Eyes):
    """Is awaited."""

    async def text(self, _: bytes, /) -> list[DetectedText]:
        await asyncio.sleep(0)
        return [DetectedText("seen", box=BOX)]


class Generating(Eyes):
    """Sees one line after the other, in its own thread."""

    def text(self, _: bytes, /) -> Iterator[DetectedText]:
        yield DetectedText(threading.current_thread().name.partition("_")[0], box=BOX)


class Handing(Eyes):
    """Hands on what is to be awaited."""

    def text(self, image: bytes, /) -> Awaitable[Iterable[DetectedText]]:
        return Awaited().text(image)


class Unrelated:
    """Reads, and knows nothing of the Protocol."""

    def text(self, _: bytes) -> tuple[DetectedText, ...]:
        return (DetectedText("seen", box=BOX),)


@pytest.mark.parametrize(
    ("eyes", "seen"),
    [
        (Awaited(), "seen"),
        (Generating(), "rekognition-eyes"),
        (Handing(), "seen"),
        (Unrelated(), "seen"),
    ],
)
async def test_methods_are_of_any_kind(eyes: Any, seen: str) -> None:
    """Coroutines, generators and objects with some of the methods are eyes."""
    async with seeing(eyes) as (_, client):
        assert await lines(client) == [seen]


def failing(kind: type[Exception], told: str) -> Any:
    """Looks, and fails."""

    def text(_: bytes) -> list[DetectedText]:
        raise kind(told)

    return text


@pytest.mark.parametrize(
    ("look", "told"),
    [
        (failing(RuntimeError, "no\nmodel"), "RuntimeError: no model (/"),
        (lambda _: 7, "TypeError: eyes must return a list of DetectedText, or None, got int"),
        (lambda _: ["EXIT"], r"TypeError: [0] must be a DetectedText, got str"),
        (lambda _: [DetectedText("EXIT")], "ValueError: text must have either a box or a polygon"),
    ],
    ids=["raises", "no list", "no text", "no place"],
)
async def test_eyes_that_fail_are_told_in_the_log(
    caplog: pytest.LogCaptureFixture, look: Any, told: str
) -> None:
    """Callers see an internal error, the log says in one line why, and the next call looks anew."""

    class Failing(Eyes):
        looks = 0

        def text(self, image: bytes, /) -> Any:
            self.looks += 1
            return look(image) if self.looks == 1 else []

    async with seeing(Failing()) as (_, client):
        with (
            caplog.at_level(logging.INFO, "rekognition_async"),
            pytest.raises(InternalServerError, match=r"Failing\.text of the eyes failed"),
        ):
            await client.detect_text(image=ANN)
        assert await lines(client) == []
    (record,) = (entry for entry in caplog.records if entry.levelno == logging.ERROR)
    message = record.getMessage()
    assert message.startswith(f"Failing.text failed: {told}")
    assert "\n" not in message
    assert record.exc_info is None


@pytest.mark.parametrize(
    ("eyes", "told"),
    [
        (Looking, "eyes must be an object, got the class Looking: call it"),
        (7, "one of the methods faces, text, unsafe_content, got int"),
        ([Looking(), "models:Reader"], "got str"),
    ],
)
def test_what_are_no_eyes_is_refused(eyes: Any, told: str) -> None:
    """A setting that sees nothing is told when it is made."""
    with pytest.raises(TypeError, match=told):
        RekognitionEmulator(eyes=eyes)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: DetectedFace((10, 20, 64, 64)), "Left of a box must be 0 to 1.*got 10"),
        (lambda: DetectedFace((0, 0, 1)), r"must be \(left, top, width, height\)"),
        (lambda: DetectedFace(BOX, vector=[]), "vector must have 1 to 4096 numbers, got 0"),
        (lambda: DetectedFace(BOX, vector=[0.0, 0]), "a number other than 0"),
        (lambda: DetectedFace(BOX, vector=[float("nan")]), "finite numbers"),
        (lambda: DetectedFace(BOX, person=" "), "person must be a text that is not blank"),
        (lambda: DetectedFace(BOX, confidence=101), "confidence must be 0 to 100, got 101"),
        (lambda: DetectedFace(BOX, attributes={"Hat": 1}), "no member 'Hat'"),
        (lambda: DetectedText("", box=BOX), "text must be a text that is not blank"),
        (lambda: DetectedText("a"), "either a box or a polygon"),
        (lambda: DetectedText("a", box=BOX, polygon=[]), "either a box or a polygon"),
        (lambda: DetectedText("a", polygon=[(0, 0)]), "at least 3 corners, got 1"),
        (lambda: DetectedText("a", polygon=[(0, 0, 0)] * 3), r"a corner must be \(x, y\)"),
        (lambda: DetectedText("a", polygon=[(0, 40)] * 3), "0 to 1.*got 40"),
        (lambda: DetectedText("a", polygon=[(0, float("nan"))] * 3), "0 to 1.*got nan"),
        (lambda: DetectedText("a", box=BOX, confidence=-1), "0 to 100, got -1"),
        (lambda: DetectedText("a", box=BOX, words=["a"]), "a word must be a DetectedText, got str"),  # type: ignore[list-item] # it is refused
        (lambda: DetectedModerationLabel(""), "name of a label must be a text"),
        (lambda: DetectedModerationLabel("a", parents="b"), "parents must be a list of names"),
        (lambda: DetectedModerationLabel("a", 100.5), "0 to 100, got 100.5"),
    ],
)
def test_what_cannot_be_seen_is_refused(make: Any, told: str) -> None:
    """A result that no answer could have is told where it is made, with member and value."""
    with pytest.raises(ValueError, match=told):
        make()


def test_results_show_no_vectors() -> None:
    """The text of a face leaves out what says who it is."""
    face = DetectedFace(BOX, vector=[0.125, 0.5], attributes={"Smile": {"Value": True}})
    assert "0.125" not in repr(face)
