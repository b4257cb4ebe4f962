"""Users of a collection, and the faces that are theirs."""

import json
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from pictures import portrait
from wire import call

from rekognition_async import RekognitionClient
from rekognition_async.emulator import ManualClock, Person, RekognitionEmulator
from rekognition_async.emulator.handlers import users as user_handlers
from rekognition_async.errors import (
    ConflictException,
    IdempotentParameterMismatchException,
    InvalidPaginationTokenException,
    InvalidParameterException,
    ResourceNotFoundException,
    ServiceQuotaExceededException,
)
from rekognition_async.models.users import AssociateFacesResponse, DisassociateFacesResponse

UNKNOWN = str(uuid.UUID(int=7))


class Mine:
    """A collection ``mine``, and what tests do with it."""

    def __init__(
        self, emulator: RekognitionEmulator, client: RekognitionClient, clock: ManualClock
    ) -> None:
        self.emulator = emulator
        self.client = client
        self.clock = clock
        self._pictures = 0

    async def index(self, *people: str) -> list[str]:
        """Indexes a picture of each; tells the ids of the faces."""
        found: list[str] = []
        for person in people:
            self._pictures += 1
            picture = portrait(self._pictures)
            self.emulator.people.add(picture, [person])
            answer = await self.client.index_faces(collection_id="mine", image=picture)
            face = answer.face_records[0].face
            assert face is not None
            found.append(face.face_id or "")
        return found

    async def associate(
        self, user_id: str, face_ids: Sequence[str], **more: Any
    ) -> AssociateFacesResponse:
        return await self.client.associate_faces(
            collection_id="mine", user_id=user_id, face_ids=face_ids, **more
        )

    async def disassociate(
        self, user_id: str, face_ids: Sequence[str]
    ) -> DisassociateFacesResponse:
        return await self.client.disassociate_faces(
            collection_id="mine", user_id=user_id, face_ids=face_ids
        )

    async def user(self, user_id: str, *faces: str) -> None:
        """Creates a user that has these faces, whoever they show."""
        await self.client.create_user(collection_id="mine", user_id=user_id)
        if faces:
            await self.associate(user_id, faces)
            self.clock.advance(1)

    async def owned(self, user_id: str) -> set[str]:
        """The ids of a user's faces."""
        answer = await self.client.list_faces(collection_id="mine", user_id=user_id)
        return {face.face_id or "" for face in answer.faces}

    async def status(self, user_id: str) -> str | None:
        """A user's status, as it is listed."""
        users = (await self.client.list_users(collection_id="mine")).users
        return next(user.user_status for user in users if user.user_id == user_id)


@pytest.fixture
async def mine() -> AsyncIterator[Mine]:
    """An empty collection in an emulator whose time stands still."""
    clock = ManualClock()
    async with RekognitionEmulator(clock=clock) as emulator:
        emulator.seed(collections=["mine"])
        async with RekognitionClient(**emulator.client_options) as client:
            yield Mine(emulator, client, clock)


def refusals(
    answer: AssociateFacesResponse | DisassociateFacesResponse,
) -> list[tuple[str | None, str | None, tuple[str, ...]]]:
    """The faces that were refused, with whose they are and the reasons."""
    refused = (
        answer.unsuccessful_face_associations
        if isinstance(answer, AssociateFacesResponse)
        else answer.unsuccessful_face_disassociations
    )
    return [(face.face_id, face.user_id, tuple(map(str, face.reasons))) for face in refused]


async def test_users_come_and_go(mine: Mine) -> None:
    """A user is listed from its creation to its deletion, and its name is good for one only."""
    for name in ("zoe", "ann"):
        await mine.client.create_user(collection_id="mine", user_id=name)
    users = (await mine.client.list_users(collection_id="mine")).users
    assert [(user.user_id, user.user_status) for user in users] == [
        ("zoe", "CREATED"),
        ("ann", "CREATED"),
    ]
    with pytest.raises(ConflictException, match="ann already exists"):
        await mine.client.create_user(collection_id="mine", user_id="ann")
    await mine.client.delete_user(collection_id="mine", user_id="zoe")
    with pytest.raises(ResourceNotFoundException, match="zoe does not exist"):
        await mine.client.delete_user(collection_id="mine", user_id="zoe")
    left = (await mine.client.list_users(collection_id="mine")).users
    assert [user.user_id for user in left] == ["ann"]


async def test_a_token_makes_a_user_once(mine: Mine) -> None:
    """The same token with the same parameters does nothing more, with others it is refused."""
    for _ in range(2):
        await mine.client.create_user(
            collection_id="mine", user_id="ann", client_request_token="once"
        )
    with pytest.raises(IdempotentParameterMismatchException):
        await mine.client.create_user(
            collection_id="mine", user_id="bob", client_request_token="once"
        )


async def test_users_are_listed_page_by_page(mine: Mine) -> None:
    """Pages hold 500 users at most, and a token is good for its own collection only."""
    names = [f"user-{number:03}" for number in range(501)]
    for name in names:
        await mine.client.create_user(collection_id="mine", user_id=name)
    first = await mine.client.list_users(collection_id="mine")
    assert len(first.users) == 500
    users = await mine.client.iter_users(collection_id="mine", page_size=200).collect()
    assert [user.user_id for user in users] == names
    mine.emulator.seed(collections=["theirs"])
    with pytest.raises(InvalidPaginationTokenException):
        await mine.client.list_users(collection_id="theirs", next_token=first.next_token)


async def test_a_full_collection_takes_no_more_users(
    mine: Mine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the most users that a collection holds, none is created."""
    monkeypatch.setattr(user_handlers, "MAX_USERS_A_COLLECTION", 1)
    await mine.user("ann")
    with pytest.raises(ServiceQuotaExceededException):
        await mine.user("bob")


async def test_faces_become_a_users(mine: Mine) -> None:
    """Associated faces are the user's, and those that are so already are passed over."""
    one, two = await mine.index("ann", "ann")
    await mine.user("ann")
    first = await mine.associate("ann", [one])
    assert [face.face_id for face in first.associated_faces] == [one]
    second = await mine.associate("ann", [one, two, two])
    assert [face.face_id for face in second.associated_faces] == [two]
    assert refusals(second) == []
    assert await mine.owned("ann") == {one, two}


async def test_a_status_follows_the_faces(mine: Mine) -> None:
    """A user is UPDATING for as long as it takes, then ACTIVE, and CREATED without faces again."""
    faces = await mine.index("ann")
    await mine.user("ann")
    assert await mine.status("ann") == "CREATED"
    assert (await mine.associate("ann", faces)).user_status == "UPDATING"
    assert await mine.status("ann") == "UPDATING"
    assert (await mine.associate("ann", faces)).user_status == "UPDATING"
    mine.clock.advance(1)
    assert (await mine.associate("ann", faces)).user_status == "ACTIVE"
    assert await mine.status("ann") == "ACTIVE"
    assert (await mine.disassociate("ann", faces)).user_status == "UPDATING"
    mine.clock.advance(1)
    assert await mine.status("ann") == "CREATED"
    assert (await mine.disassociate("ann", faces)).user_status == "CREATED"


async def test_listing_polls_a_status() -> None:
    """With polls_until_done a user is ACTIVE after so many listings."""
    async with RekognitionEmulator(
        clock=ManualClock(), durations={"user_update": 60}, polls_until_done=2
    ) as emulator:
        emulator.seed(faces={"mine": 1})
        async with RekognitionClient(**emulator.client_options) as client:
            (face,) = (await client.list_faces(collection_id="mine")).faces
            await client.create_user(collection_id="mine", user_id="ann")
            await client.associate_faces(
                collection_id="mine", user_id="ann", face_ids=[face.face_id or ""]
            )
            statuses = [
                (await client.list_users(collection_id="mine")).users[0].user_status
                for _ in range(3)
            ]
    assert statuses == ["UPDATING", "UPDATING", "ACTIVE"]


async def test_faces_that_cannot_be_associated_are_told_why(mine: Mine) -> None:
    """Unknown faces, those of another user, and those of another person are refused."""
    ann, more_ann, bob, stranger = await mine.index("ann", "ann", "bob", "stranger")
    await mine.user("ann", ann)
    await mine.user("bob", bob)
    answer = await mine.associate("ann", [UNKNOWN, bob, stranger, more_ann])
    assert [face.face_id for face in answer.associated_faces] == [more_ann]
    assert refusals(answer) == [
        (UNKNOWN, None, ("FACE_NOT_FOUND",)),
        (bob, "bob", ("ASSOCIATED_TO_A_DIFFERENT_USER",)),
        (stranger, None, ("LOW_MATCH_CONFIDENCE",)),
    ]
    confidence = answer.unsuccessful_face_associations[2].confidence
    assert confidence is not None
    assert 1 <= confidence <= 30
    assert await mine.owned("ann") == {ann, more_ann}


async def test_the_threshold_of_a_match_is_the_callers(mine: Mine) -> None:
    """A threshold of 0 takes any face, one of 100 none; a user without faces takes any."""
    ann, more_ann, stranger = await mine.index("ann", "ann", "stranger")
    await mine.user("ann", ann)
    strict = await mine.associate("ann", [more_ann], user_match_threshold=100)
    assert refusals(strict) == [(more_ann, None, ("LOW_MATCH_CONFIDENCE",))]
    lenient = await mine.associate("ann", [stranger], user_match_threshold=0)
    assert [face.face_id for face in lenient.associated_faces] == [stranger]
    await mine.user("any", *(await mine.index("cleo", "dora")))
    assert len(await mine.owned("any")) == 2


async def test_a_user_is_like_the_best_of_its_faces(mine: Mine) -> None:
    """Faces of two persons make a user that both are like."""
    ann, bob, more_ann, more_bob = await mine.index("ann", "bob", "ann", "bob")
    await mine.user("both", ann, bob)
    for face_id in (more_ann, more_bob):
        answer = await mine.client.search_users(collection_id="mine", face_id=face_id)
        assert [match.user.user_id for match in answer.user_matches if match.user] == ["both"]
    taken = await mine.associate("both", [more_ann, more_bob])
    assert len(taken.associated_faces) == 2


async def test_a_user_has_a_hundred_faces_at_most(mine: Mine) -> None:
    """What is more comes back without a reason; a user with a hundred faces takes no more."""
    mine.emulator.seed(faces={"mine": 105})
    faces = (await mine.client.list_faces(collection_id="mine")).faces
    ids = [face.face_id or "" for face in faces]
    await mine.user("ann", *ids[:98])
    answer = await mine.associate("ann", ids[98:103], user_match_threshold=0)
    assert [face.face_id for face in answer.associated_faces] == ids[98:100]
    assert refusals(answer) == [(face_id, None, ()) for face_id in ids[100:103]]
    with pytest.raises(ServiceQuotaExceededException):
        await mine.associate("ann", ids[103:], user_match_threshold=0)
    assert await mine.owned("ann") == set(ids[:100])
    assert (await mine.associate("ann", ids[:100])).associated_faces == ()


async def test_faces_are_taken_away_from_a_user(mine: Mine) -> None:
    """Disassociated faces stay in the collection; unknown ones and another user's are refused."""
    one, two, free, bob = await mine.index("ann", "ann", "ann", "bob")
    await mine.user("ann", one, two)
    await mine.user("bob", bob)
    answer = await mine.disassociate("ann", [one, free, bob, UNKNOWN])
    assert [face.face_id for face in answer.disassociated_faces] == [one]
    assert refusals(answer) == [
        (bob, "bob", ("ASSOCIATED_TO_A_DIFFERENT_USER",)),
        (UNKNOWN, None, ("FACE_NOT_FOUND",)),
    ]
    assert await mine.owned("ann") == {two}
    assert (await mine.client.describe_collection(collection_id="mine")).face_count == 4
    assert (await mine.client.delete_faces(collection_id="mine", face_ids=[one])).deleted_faces


async def test_a_deleted_users_faces_are_free(mine: Mine) -> None:
    """The faces of a deleted user stay, and may become another's."""
    faces = await mine.index("ann", "ann")
    await mine.user("ann", *faces)
    await mine.client.delete_user(collection_id="mine", user_id="ann")
    await mine.user("anna", *faces)
    assert await mine.owned("anna") == set(faces)


async def test_a_face_finds_its_user(mine: Mine) -> None:
    """A face, of a user or not, finds the users that are like it, the most alike first."""
    ann, more_ann, bob = await mine.index("ann", "ann", "bob")
    await mine.user("ann", ann)
    await mine.user("bob", bob)
    await mine.user("nobody")
    answer = await mine.client.search_users(collection_id="mine", face_id=more_ann)
    assert answer.searched_face is not None
    assert (answer.searched_face.face_id, answer.searched_user) == (more_ann, None)
    assert answer.face_model_version == "7.0"
    (match,) = answer.user_matches
    assert match.user is not None
    assert (match.user.user_id, match.user.user_status) == ("ann", "ACTIVE")
    assert 96 <= (match.similarity or 0) < 99.9
    everybody = await mine.client.search_users(
        collection_id="mine", face_id=more_ann, user_match_threshold=0
    )
    assert [match.user.user_id for match in everybody.user_matches if match.user] == ["ann", "bob"]
    best = await mine.client.search_users(
        collection_id="mine", face_id=more_ann, user_match_threshold=0, max_users=1
    )
    assert best.user_matches == everybody.user_matches[:1]


async def test_a_user_finds_others_like_it(mine: Mine) -> None:
    """A user finds users with faces like its own, and not itself; without faces it finds none."""
    one, two, bob = await mine.index("ann", "ann", "bob")
    await mine.user("ann", one)
    await mine.user("anna", two)
    await mine.user("bob", bob)
    await mine.user("nobody")
    answer = await mine.client.search_users(collection_id="mine", user_id="ann")
    assert answer.searched_user is not None
    assert (answer.searched_user.user_id, answer.searched_face) == ("ann", None)
    assert [match.user.user_id for match in answer.user_matches if match.user] == ["anna"]
    nothing = await mine.client.search_users(
        collection_id="mine", user_id="nobody", user_match_threshold=0
    )
    assert nothing.user_matches == ()


async def test_a_search_shows_an_update_under_way(mine: Mine) -> None:
    """The status of a user that is found is the one it has by now."""
    faces = await mine.index("ann")
    await mine.client.create_user(collection_id="mine", user_id="ann")
    await mine.associate("ann", faces)
    for expected in ("UPDATING", "ACTIVE"):
        answer = await mine.client.search_users(collection_id="mine", face_id=faces[0])
        (match,) = answer.user_matches
        assert match.user is not None
        assert match.user.user_status == expected
        mine.clock.advance(1)


@pytest.mark.parametrize("searched", [{}, {"FaceId": UNKNOWN, "UserId": "ann"}])
async def test_one_of_face_and_user_is_searched_for(mine: Mine, searched: dict[str, str]) -> None:
    """Neither, or both, is an error."""
    body = json.dumps({"CollectionId": "mine", **searched}).encode()
    reply = await call(mine.emulator, body, "SearchUsers")
    assert (reply.status, reply.document["Code"]) == (400, "InvalidParameterException")


async def test_what_is_not_there_cannot_be_searched(mine: Mine) -> None:
    """Unknown faces, users and collections are errors."""
    with pytest.raises(InvalidParameterException, match="faceId was not found in the collection"):
        await mine.client.search_users(collection_id="mine", face_id=UNKNOWN)
    with pytest.raises(ResourceNotFoundException, match="nobody does not exist"):
        await mine.client.search_users(collection_id="mine", user_id="nobody")
    for use in (mine.associate, mine.disassociate):
        with pytest.raises(ResourceNotFoundException, match="nobody does not exist"):
            await use("nobody", [UNKNOWN])
    with pytest.raises(ResourceNotFoundException, match="The collection id: none does not exist"):
        await mine.client.create_user(collection_id="none", user_id="ann")


async def test_a_picture_finds_users(mine: Mine) -> None:
    """The largest good face of a picture is searched for, and the others are told with reasons."""
    ann, bob = await mine.index("ann", "bob")
    await mine.user("ann", ann)
    await mine.user("bob", bob)
    blurred = Person((0.5, 0.0, 0.5, 0.5), {"Quality": {"Sharpness": 5}})
    crowd = {"ann": (0.0, 0.0, 0.25, 0.25), "bob": blurred, "cleo": (0.0, 0.5, 0.1, 0.1)}
    mine.emulator.people.add(portrait(20), crowd)
    for quality_filter, expected, others in (
        ("NONE", "bob", [("FACE_NOT_LARGEST",), ("FACE_NOT_LARGEST",)]),
        ("AUTO", "ann", [("LOW_SHARPNESS",), ("FACE_NOT_LARGEST",)]),
    ):
        answer = await mine.client.search_users_by_image(
            collection_id="mine",
            image=portrait(20),
            quality_filter=quality_filter,  # type: ignore[arg-type] # a string in a table
        )
        assert [match.user.user_id for match in answer.user_matches if match.user] == [expected]
        assert [face.reasons for face in answer.unsearched_faces] == others
        assert answer.searched_face is not None
        assert answer.searched_face.face_detail is not None
        assert answer.searched_face.face_detail.pose is not None


async def test_a_picture_without_faces_finds_no_users(mine: Mine) -> None:
    """Nobody on a picture is an answer without matches, and not an error."""
    mine.emulator.people.add(portrait(20), [])
    answer = await mine.client.search_users_by_image(collection_id="mine", image=portrait(20))
    assert (answer.user_matches, answer.searched_face) == ((), None)
    assert answer.unsearched_faces == ()
