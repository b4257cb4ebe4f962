"""RecognizeCelebrities: invented celebrities, and faces on an image that are theirs or nobody's.

`celebrity_faces` makes those of an image, `celebrities_among` finds them among known faces, and
`CELEBRITIES` is all that there are, by id.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rekognition_async.emulator.samples.faces import EXPRESSIVE, expressive_face
from rekognition_async.emulator.utils.identifiers import job_id_of
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.utils.seeded_random import SeededRandom
from rekognition_async.emulator.vision.face_details import shown

_ID_LENGTH: Final = 8

# Invented: no face is taken for that of a real person.
_NAMES: Final = {
    "Amara Quill": "Female",
    "Bram Osterley": "Male",
    "Celeste Marrow": "Female",
    "Dorian Falk": "Male",
    "Imogen Vale": "Female",
    "Juno Ashdown": "Nonbinary",
    "Matteo Brisk": "Male",
    "Odile Renner": "Unlisted",
}

# Of some the service knows no page.
_WITHOUT_URLS: Final = frozenset({"Imogen Vale"})


def _url(name: str) -> str:
    return f"www.example.com/{name.lower().replace(' ', '-')}"


def _celebrity(name: str, gender: str) -> JsonObject:
    return {
        "Urls": [] if name in _WITHOUT_URLS else [_url(name)],
        "Name": name,
        "Id": job_id_of("celebrity", name)[:_ID_LENGTH],
        "KnownGender": {"Type": gender},
    }


CELEBRITIES: Final = {
    celebrity["Id"]: celebrity for celebrity in (_celebrity(*item) for item in _NAMES.items())
}
"""What is known of each, by Id: Urls, Name and KnownGender."""


def celebrity_faces(seed: int) -> tuple[list[JsonObject], list[JsonObject]]:
    """The CelebrityFaces of a picture, and its UnrecognizedFaces; most pictures have few."""
    rng = SeededRandom(seed, "celebrities")
    famous = rng.some(list(CELEBRITIES.values()), rng.count(0, 2))
    faces = [
        expressive_face(rng, rng.box((0.08, 0.3), (0.1, 0.4)))
        for _ in range(len(famous) + rng.count(0, 2))
    ]
    recognized = [
        {**celebrity, "Face": face, "MatchConfidence": rng.number(80, 99.9)}
        for celebrity, face in zip(famous, faces, strict=False)
    ]
    return recognized, faces[len(famous) :]


def celebrities_among(
    seed: int, faces: Iterable[tuple[str | None, JsonObject]]
) -> tuple[list[JsonObject], list[JsonObject]]:
    """The CelebrityFaces and the UnrecognizedFaces of a picture whose faces are known.

    Args:
        seed: Decides how sure each match is.
        faces: Whose they are, where that is known, and their whole FaceDetails. Who has the name of
            one of the celebrities is recognized.
    """
    rng = SeededRandom(seed, "celebrities")
    by_name = {celebrity["Name"]: celebrity for celebrity in CELEBRITIES.values()}
    recognized: list[JsonObject] = []
    others: list[JsonObject] = []
    for name, detail in faces:
        face = shown(detail, EXPRESSIVE)
        if name in by_name:
            sure = rng.number(80, 99.9)
            recognized.append({**by_name[name], "Face": face, "MatchConfidence": sure})
        else:
            others.append(face)
    return recognized, others
