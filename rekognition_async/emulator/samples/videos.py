"""Results of the eight kinds of video job, each found at moments of the video.

`video_results` makes those of a job by the name of the operation that gets them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from rekognition_async.emulator.samples import labels, moderation
from rekognition_async.emulator.samples.celebrities import CELEBRITIES
from rekognition_async.emulator.samples.faces import default_face, full_face
from rekognition_async.emulator.samples.segments import Footage, segment_results
from rekognition_async.emulator.samples.taxonomy import Lineage, with_ancestors
from rekognition_async.emulator.samples.texts import TEXT_MODEL_VERSION, text_detections
from rekognition_async.emulator.utils.floats import single
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.utils.seeded_random import SeededRandom
from rekognition_async.emulator.vision.filters import chosen_labels, chosen_text, sure_enough
from rekognition_async.emulator.vision.geometry import part_of

# Enough for a listing of several pages, and few enough to read.
_ENOUGH: Final = 40
_MIN_CONFIDENCE: Final = 50.0
_MIN_SIMILARITY: Final = 80.0
_MIN_TEXT_CONFIDENCE: Final = 80.0

# Of 400 recorded items of GetPersonTracking, how many had no Face, and how many no BoundingBox.
_WITHOUT_FACE: Final = 227 / 400
_WITHOUT_BOX: Final = 96 / 400


@dataclass(frozen=True)
class _Job:
    """What results are made of: the video, what was asked for, and whose faces are known."""

    seed: int
    parameters: JsonObject
    known_faces: Sequence[JsonObject]
    footage: Footage

    def rng(self, *parts: object) -> SeededRandom:
        return SeededRandom(self.seed, *parts)


_Results: TypeAlias = Callable[[_Job], JsonObject]


def video_results(
    operation: str,
    seed: int,
    parameters: JsonObject,
    *,
    known_faces: Sequence[JsonObject] = (),
) -> JsonObject:
    """All results of a video job that went well, and what every page says beside them.

    They are in the order of time, moment by moment: what SortBy and AggregateBy ask for is up to
    the operation that gets them.

    Args:
        operation: The operation that gets them, as in ``"GetLabelDetection"``.
        seed: What they depend on, such as `seed_of` the video's name; for one video, all
            operations give the same VideoMetadata.
        parameters: What the job was started with, such as MinConfidence, Filters and
            SegmentTypes.
        known_faces: For GetFaceSearch, the Face of each face that is found in the collection.

    Returns:
        The members of the answer but those of the job and of the page: not JobStatus, JobId,
        JobTag, Video and NextToken.

    Raises:
        EmulatedError: InvalidParameterException, where a filter means nothing.
    """
    job = _Job(seed, parameters, known_faces, Footage.of(seed))
    return _RESULTS[operation](job)


def _get_label_detection(job: _Job) -> JsonObject:
    rng = job.rng("labels")
    scene = [*labels.scene(rng, 3)]
    found: list[JsonObject] = [
        {
            "Timestamp": moment,
            # By itself each, so that no threshold moves what it leaves.
            "Label": labels.label(job.rng("label", name, moment), name, confidence),
        }
        for name, confidence, moment in _sightings(job, rng, scene, labels.lineage)
    ]
    wanted = job.parameters.get("Settings", {}).get("GeneralLabels", {})
    kept = {id(label) for label in chosen_labels([item["Label"] for item in found], wanted)}
    return {
        "VideoMetadata": job.footage.metadata(),
        "Labels": [item for item in found if id(item["Label"]) in kept],
        "LabelModelVersion": labels.LABEL_MODEL_VERSION,
    }


def _get_content_moderation(job: _Job) -> JsonObject:
    rng = job.rng("moderation")
    seen = _sightings(job, rng, moderation.unwanted(rng, 3), moderation.lineage)
    types = moderation.content_types(job.seed)
    return {
        "VideoMetadata": job.footage.metadata(),
        "ModerationLabels": [
            {
                "Timestamp": moment,
                "ModerationLabel": moderation.moderation_label(
                    name, confidence, moderation.lineage(name)
                ),
                "ContentTypes": types,
            }
            for name, confidence, moment in seen
        ],
        "ModerationModelVersion": moderation.MODERATION_MODEL_VERSION,
    }


def _sightings(
    job: _Job, rng: SeededRandom, leaves: Sequence[str], lineage: Lineage
) -> list[tuple[str, float, int]]:
    """Names that are seen at one moment and not at another, each with its confidence and when."""
    least = job.parameters.get("MinConfidence", _MIN_CONFIDENCE)
    frames: list[dict[str, float]] = []
    visible = [leaves[0]]
    while sum(map(len, frames)) < _ENOUGH:
        frames.append(with_ancestors({name: rng.number(55, 99.9) for name in visible}, lineage))
        # Things come, stay for a while, and go; at times there is nothing to be seen.
        if rng.happens(0.4):
            visible = rng.some(leaves, rng.count(0, len(leaves)))
    return [
        (name, confidence, moment)
        for moment, names in zip(job.footage.moments(len(frames)), frames, strict=True)
        for name, confidence in names.items()
        if confidence >= least
    ]


def _get_face_detection(job: _Job) -> JsonObject:
    full = job.parameters.get("FaceAttributes") == "ALL"
    return {
        "VideoMetadata": job.footage.metadata(),
        "Faces": [
            {
                "Timestamp": moment,
                "Face": full_face(rng, _face_within(body), person=(job.seed, index))
                if full
                else default_face(rng, _face_within(body)),
            }
            for moment, index, body, rng in _people(job, "faces")
        ],
    }


def _get_person_tracking(job: _Job) -> JsonObject:
    return {
        "VideoMetadata": job.footage.metadata(),
        "Persons": [
            {"Timestamp": moment, "Person": _seen_in_part(_person(index, body, rng), rng)}
            for moment, index, body, rng in _people(job, "persons")
        ],
    }


def _get_face_search(job: _Job) -> JsonObject:
    least = job.parameters.get("FaceMatchThreshold", _MIN_SIMILARITY)
    return {
        "VideoMetadata": job.footage.metadata(),
        "Persons": [
            {
                "Timestamp": moment,
                "Person": _person(index, body, rng),
                **_face_matches(rng, least, job.known_faces[index : index + 1]),
            }
            for moment, index, body, rng in _people(job, "search")
        ],
    }


def _get_celebrity_recognition(job: _Job) -> JsonObject:
    known = job.rng("celebrities").some(list(CELEBRITIES.values()), 3)
    found: list[JsonObject] = [
        {
            "Timestamp": moment,
            "Celebrity": {
                **known[index],
                "Confidence": rng.number(80, 99.9),
                "Face": default_face(rng, _face_within(body)),
            },
        }
        for moment, index, body, rng in _people(job, "celebrities")
    ]
    return {"VideoMetadata": job.footage.metadata(), "Celebrities": found}


def _people(job: _Job, *parts: object) -> Iterator[tuple[int, int, JsonObject, SeededRandom]]:
    """Up to three people who walk through the video.

    Yields:
        A moment, the index of a person who is seen, the box of the body, and rng.
    """
    rng = job.rng("people", *parts)
    boxes = [rng.box((0.15, 0.25), (0.5, 0.9)) for _ in range(rng.count(1, 3))]
    paces = [rng.number(-0.01, 0.01) for _ in boxes]
    moments = job.footage.moments(-(-_ENOUGH // len(boxes)))
    for moment in moments:
        for index, (box, pace) in enumerate(zip(boxes, paces, strict=True)):
            yield moment, index, box, rng
            left = min(max(box["Left"] + pace, 0.0), 1 - box["Width"] - 0.001)
            boxes[index] = {**box, "Left": single(left)}


def _person(index: int, body: JsonObject, rng: SeededRandom) -> JsonObject:
    face = default_face(rng, _face_within(body))
    return {"Index": index, "BoundingBox": body, "Face": face}


def _seen_in_part(person: JsonObject, rng: SeededRandom) -> JsonObject:
    """A person of whom the face is turned away, or of whom there is nothing but the face."""
    share = rng.number(0, 1)
    hidden: tuple[str, ...] = ()
    if share < _WITHOUT_FACE:
        hidden = ("Face",)
    elif share < _WITHOUT_FACE + _WITHOUT_BOX:
        hidden = ("BoundingBox",)
    return {name: value for name, value in person.items() if name not in hidden}


def _face_matches(rng: SeededRandom, least: float, faces: Sequence[JsonObject]) -> JsonObject:
    """The FaceMatches of a person, a member that is not there where nobody matches."""
    matches = [{"Similarity": rng.number(least, 100), "Face": face} for face in faces]
    return {"FaceMatches": matches} if matches else {}


def _face_within(body: JsonObject) -> JsonObject:
    return part_of(body, 0.3, 0.04, 0.4, 0.18)


def _get_text_detection(job: _Job) -> JsonObject:
    frames: list[list[JsonObject]] = []
    count = 0
    while count < _ENOUGH:
        # What is written somewhere is seen for more than a moment.
        frames.append(text_detections(job.rng("text", len(frames) // 3).count(0, 1 << 32)))
        count += len(_chosen_lines(frames[-1], {}))
    filters = job.parameters.get("Filters", {})
    return {
        "VideoMetadata": job.footage.metadata(),
        "TextDetections": [
            {"Timestamp": moment, "TextDetection": detection}
            for moment, frame in zip(job.footage.moments(len(frames)), frames, strict=True)
            for detection in _chosen_lines(frame, filters)
        ],
        "TextModelVersion": TEXT_MODEL_VERSION,
    }


def _chosen_lines(frame: Sequence[JsonObject], filters: JsonObject) -> list[JsonObject]:
    """The lines and words of a moment that filters let through.

    In videos the threshold of a WordFilter is there without being asked for, and for lines too.
    """
    word_filter = filters.get("WordFilter", {})
    least = word_filter.get("MinConfidence", _MIN_TEXT_CONFIDENCE)
    found = chosen_text(frame, {**filters, "WordFilter": word_filter})
    lines = {item["Id"] for item in sure_enough(found, least) if item["Type"] == "LINE"}
    return [item for item in found if item.get("ParentId", item["Id"]) in lines]


def _get_segment_detection(job: _Job) -> JsonObject:
    return segment_results(job.seed, job.footage, job.parameters)


_RESULTS: Final[Mapping[str, _Results]] = {
    "GetCelebrityRecognition": _get_celebrity_recognition,
    "GetContentModeration": _get_content_moderation,
    "GetFaceDetection": _get_face_detection,
    "GetFaceSearch": _get_face_search,
    "GetLabelDetection": _get_label_detection,
    "GetPersonTracking": _get_person_tracking,
    "GetSegmentDetection": _get_segment_detection,
    "GetTextDetection": _get_text_detection,
}
