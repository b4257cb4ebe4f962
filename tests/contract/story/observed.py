"""What each client tells of the story: one JSON document, with AWS's words for AWS's things.

The chapters, each of which deletes at its end what it made:

- people: two people are indexed from one picture, and found on a smaller copy; one becomes a user;
- crowd: the ten thousand faces of a collection that is there before are listed;
- film: a video is searched for labels;
- model: a project is tagged, its model trained, started, used and stopped;
- nobody: somebody asks for a collection that does not exist;
- left: what is there at the end.

`javascript/story.mjs` tells the same in its own language.
"""

import hashlib
from collections.abc import Iterable
from typing import Any, Final, TypeAlias, TypedDict

Document: TypeAlias = dict[str, Any]

GUESTS: Final = "guests"
UNKNOWN_FACE: Final = "00000000-0000-4000-8000-000000000000"
CROWD: Final = "crowd"
PAGE_SIZES: Final = {"list_faces": 1000, "list_dataset_entries": 3}
FILM: Final = {"S3Object": {"Bucket": "films", "Name": "market.mp4"}}
BIRD: Final = {"S3Object": {"Bucket": "photos", "Name": "garden.jpg"}}
GROUP_PICTURE: Final = "group.jpg"
SMALLER_PICTURE: Final = "smaller.jpg"
MANIFEST: Final = "birds.manifest"


class People(TypedDict):
    """What became of the people."""

    collection_arn: str
    created_at: float
    """Seconds since the epoch, as DescribeCollection tells."""
    faces: list[Document]
    """The Face of each FaceRecord."""
    faces_found: list[list[Any]]
    """FaceId and Similarity of each face that the copy finds."""
    association: list[Any]
    """AssociatedFaces, UnsuccessfulFaceAssociations and UserStatus, to which a face is unknown."""
    users: list[Document]
    """All that the client's paginator lists."""
    users_found: list[list[Any]]
    """UserId and Similarity of each user that a face finds."""
    deleted: list[Any]
    """DisassociatedFaces, DeletedFaces, and the collection's StatusCode."""


class Crowd(TypedDict):
    """What the client's paginator listed, which is too long to be told."""

    count: int
    digest: str
    """SHA-256 over the ids in their order, a line each."""
    members: list[str]
    """The members that the faces have, in the order of the alphabet."""
    deleted: int
    """The collection's StatusCode."""


class Film(TypedDict):
    """What was found in a video."""

    job_id: str
    statuses: list[str]
    """What each poll told, to the end."""
    pages: list[list[list[Any]]]
    """Timestamp, name and confidence of the labels of each page."""


class Model(TypedDict):
    """What became of a model."""

    version_arn: str
    images: list[str]
    """The source-ref of each entry of the training dataset, as the client's paginator lists."""
    tags: list[dict[str, str]]
    """The tags before and after one is taken away."""
    statuses: list[str]
    """After each of the client's waiters."""
    labels: list[Document]
    deleted: list[str]
    """Status that the stop, and the deletions of the version and of the project answer."""


class Nobody(TypedDict):
    """An error, as the client gives it to its caller."""

    code: str
    message: str


class Left(TypedDict):
    """What the client's paginators list at the end."""

    collections: list[str]
    projects: list[Document]


class Observed(TypedDict):
    """The document."""

    people: People
    crowd: Crowd
    film: Film
    model: Model
    nobody: Nobody
    left: Left


def crowd_of(faces: Iterable[Document], deleted: int) -> Crowd:
    """What is told of so many faces."""
    ids: list[str] = []
    members: set[str] = set()
    for face in faces:
        ids.append(face["FaceId"])
        members |= face.keys()
    digest = hashlib.sha256("\n".join(ids).encode()).hexdigest()
    return {
        "count": len(ids),
        "digest": digest,
        "members": sorted(members),
        "deleted": deleted,
    }


def labels_of(page: Document) -> list[list[Any]]:
    """What is told of a page of GetLabelDetection."""
    return [
        [found["Timestamp"], found["Label"]["Name"], found["Label"]["Confidence"]]
        for found in page["Labels"]
    ]
