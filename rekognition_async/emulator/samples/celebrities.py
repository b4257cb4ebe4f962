"""RecognizeCelebrities: invented celebrities, and faces on an image that are theirs or nobody's.

`celebrity_faces` makes those of an image; `CELEBRITIES` is all that there are, by id.
"""

from __future__ import annotations

from typing import Final

from rekognition_async.emulator.samples.faces import expressive_face
from rekognition_async.emulator.utils.identifiers import job_id_of
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.utils.seeded_random import SeededRandom

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
