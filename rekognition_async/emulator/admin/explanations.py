"""Why a search found whom it found, and why it did not find somebody.

The searched face is the one that the call saw. It is compared with the collection as it is now, and
what came after the search is told apart.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

from rekognition_async.emulator.admin.drawing import are_alike
from rekognition_async.emulator.admin.observations import Observation, ObservedFace
from rekognition_async.emulator.admin.sources import Kept
from rekognition_async.emulator.http.recorded_requests import RecordedRequest
from rekognition_async.emulator.protocol.caller import Caller
from rekognition_async.emulator.state.browsing import Place, page_of
from rekognition_async.emulator.state.store import Entry, Record
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.vision.identities import Identity, likeness

MAX_COMPARED: Final = 10_000
"""How many faces of a collection are compared for the page, the latest."""

NEAREST: Final = 20
"""How many candidates are told of."""

FACE: Final = "face"

_COMPARED_AT_ONCE: Final = 500


class Search(NamedTuple):
    """What the parameters and the answer of a search are called.

    Attributes:
        threshold: The parameter with the least similarity.
        default: The least similarity where the parameter is not given, as AWS documents it.
        most: The parameter with the number of matches; empty where there is none.
        matches: The member of the answer with the matches.
        member: The parameter with the picture of the searched face; empty where there is none.
    """

    threshold: str
    default: float
    most: str
    matches: str
    member: str


SEARCHES: Final[Mapping[str, Search]] = {
    "CompareFaces": Search("SimilarityThreshold", 80.0, "", "FaceMatches", "SourceImage"),
    "SearchFaces": Search("FaceMatchThreshold", 80.0, "MaxFaces", "FaceMatches", ""),
    "SearchFacesByImage": Search("FaceMatchThreshold", 80.0, "MaxFaces", "FaceMatches", "Image"),
    "SearchUsers": Search("UserMatchThreshold", 80.0, "MaxUsers", "UserMatches", ""),
    "SearchUsersByImage": Search("UserMatchThreshold", 80.0, "MaxUsers", "UserMatches", "Image"),
}


class Verdict(NamedTuple):
    """What became of somebody in a call.

    Attributes:
        short: It in a word or two.
        sentence: It in a sentence.
        look: Whether that is ``"good"``, ``"bad"``, or a ``"warn"``.
        similarity: How alike the searched face is to the nearest of theirs, in percent.
    """

    short: str
    sentence: str
    look: str = "bad"
    similarity: float | None = None


@dataclass(frozen=True)
class Candidate:
    """A face that a search could have found.

    Attributes:
        who: The person, or else the ExternalImageId.
        face_id: Its FaceId; empty for one on a picture.
        user_id: Its user.
        similarity: How alike it is to the searched face, in percent.
        verdict: What became of it.
    """

    who: str
    face_id: str
    user_id: str
    similarity: float
    verdict: Verdict


@dataclass(frozen=True)
class Call:
    """A recorded call with all that is kept of it.

    Attributes:
        request: The request.
        observation: What it saw and answered.
        kept: What else there is.
    """

    request: RecordedRequest
    observation: Observation
    kept: Kept

    @property
    def search(self) -> Search | None:
        """What its parameters are called, if it is a search."""
        return SEARCHES.get(self.request.operation)

    @cached_property
    def parameters(self) -> JsonObject:
        """What was sent."""
        return self.request.parameters or {}

    @cached_property
    def answer(self) -> JsonObject:
        """What was answered."""
        return self.observation.answer

    @property
    def collection_id(self) -> str:
        """The collection that it is about."""
        return str(self.parameters.get("CollectionId", ""))

    @property
    def caller(self) -> Caller:
        """Who called."""
        return Caller(self.request.account_id or "", self.request.region_name or "")

    @property
    def threshold(self) -> float:
        """The least similarity of a match."""
        search = self.search or SEARCHES["SearchFaces"]
        given = self.parameters.get(search.threshold)
        return float(given) if isinstance(given, int | float) else search.default

    @cached_property
    def matches(self) -> Sequence[JsonObject]:
        """The matches that were answered."""
        found = self.answer.get(self.search.matches) if self.search else None
        return [match for match in found or () if isinstance(match, dict)]

    @cached_property
    def matched(self) -> frozenset[str]:
        """The FaceIds, or the UserIds, of the matches."""
        return frozenset(map(_match_name, self.matches))

    def chosen_box(self) -> Any:
        """The box of the searched face."""
        answer = self.answer
        if self.request.operation == "CompareFaces":
            return _member(answer, "SourceImageFace", "BoundingBox")
        if self.request.operation == "SearchUsersByImage":
            return _member(answer, "SearchedFace", "FaceDetail", "BoundingBox")
        return answer.get("SearchedFaceBoundingBox")

    def searched(self) -> list[Identity]:
        """Whose faces were searched for; nobody's where that cannot be told."""
        search = self.search
        if search is None:
            return []
        if search.member:
            seen = self.observation.faces_of(search.member)
            box = self.chosen_box()
            return [face.identity for face in seen if are_alike(face.box, box)][:1]
        if "FaceId" in self.parameters:
            return self._identities(self.parameters["FaceId"])
        user = self._find("user", str(self.parameters.get("UserId", "")))
        return [] if user is None else self._identities(*user.document.get("FaceIds", ()))

    def is_own(self, face_id: str, user_id: str) -> bool:
        """Whether a face is the searched one itself, or its user's own."""
        parameters = self.parameters
        return face_id == parameters.get("FaceId") or (
            bool(user_id) and user_id == parameters.get("UserId")
        )

    def _identities(self, *face_ids: str) -> list[Identity]:
        found = (self._find(FACE, str(face_id)) for face_id in face_ids)
        return [self.kept.identity_of(record) for record in found if record is not None]

    def _find(self, kind: str, name: str) -> Record | None:
        return self.kept.store.shelf(self.caller, kind, self.collection_id).find(name)


async def candidates(call: Call) -> list[Candidate]:
    """Those that were found, and those that came nearest, the most alike first."""
    searched = call.searched()
    if not searched:
        return []
    if call.request.operation == "CompareFaces":
        faces = call.observation.faces_of("TargetImage")
        return sorted(
            (_on_target(call, face, searched) for face in faces),
            key=lambda candidate: -candidate.similarity,
        )
    place = Place(call.caller, FACE, call.collection_id)
    entries = page_of(call.kept.store, place, most=MAX_COMPARED).entries
    compared: dict[str, Candidate] = {}
    for number, entry in enumerate(entries):
        if number % _COMPARED_AT_ONCE == 0:
            # Other requests are answered meanwhile.
            await asyncio.sleep(0)
        candidate = _candidate(call, entry, searched)
        if call.is_own(candidate.face_id, candidate.user_id):
            continue
        # A user is as alike as the best of the faces.
        name = _name_in(call, entry) or candidate.face_id
        if name not in compared or compared[name].similarity < candidate.similarity:
            compared[name] = candidate
    return heapq.nsmallest(NEAREST, compared.values(), key=lambda found: -found.similarity)


def explain(call: Call, name: str, faces: Sequence[Entry]) -> Verdict | None:
    """What became of somebody in a call.

    Args:
        call: The call.
        name: Whose name is asked for: a person's, an ExternalImageId, or a UserId.
        faces: The faces that are kept of this name, in whatever collection.

    Returns:
        It; None where the call has nothing to do with them.
    """
    identities = [call.kept.identity_of(face.record) for face in faces]
    there = [
        face for face in faces if face.caller == call.caller and face.parent == call.collection_id
    ]
    if call.request.operation == "IndexFaces":
        return _of_index(call, name, identities)
    if call.search is None:
        return None
    return _of_failure(call) or _of_search(call, name, identities, there)


def _of_failure(call: Call) -> Verdict | None:
    request = call.request
    if request.status is None:
        return Verdict("no answer", f"It was not answered{_fault(request)}.", "warn")
    if request.error_code is not None or not 200 <= request.status < 300:  # noqa: PLR2004 - HTTP's
        message = call.answer.get("Message") or call.answer.get("message") or ""
        code = request.error_code or request.status
        return Verdict("failed", f"It failed{_fault(request)}: {code} {message}".rstrip())
    if call.observation.is_declared or request.fault == "respond":
        return Verdict(
            "declared", "Its answer is a declared one, and nothing was searched.", "warn"
        )
    return None


def _fault(request: RecordedRequest) -> str:
    return f", by the planned fault {request.fault}" if request.fault else ""


def _of_search(  # noqa: PLR0911 - a reason each
    call: Call, name: str, identities: Sequence[Identity], there: Sequence[Entry]
) -> Verdict:
    searched = call.searched()
    if not searched:
        return Verdict("unknown", "What was searched for is not kept any longer.", "warn")
    if call.request.operation == "CompareFaces":
        seen = call.observation.faces_of("TargetImage")
        own = [face for face in seen if _is_of(face.identity, name, identities)]
        if not own:
            return Verdict("not there", f"{name} is not on the target picture.")
        best = max(searched[0].similarity(face.identity) for face in own)
        return _by_similarity(call, best, is_found=best >= call.threshold)
    similarity, nearest = _nearest(call, searched, there)
    is_searched = any(_is_of(identity, name, identities) for identity in searched)
    is_found = any(_name_in(call, face) in call.matched for face in there)
    if is_found:
        return _by_similarity(call, similarity or 0.0, is_found=True)
    # Of faces that have vectors nobody says whose they are: only how alike they are tells.
    are_vectors = nearest is not None and "Vector" in nearest.record.document
    if not is_searched and not (are_vectors and searched[0].vector is not None):
        return Verdict(
            "not searched",
            _who_was_searched(call, name, identities, searched),
            similarity=similarity,
        )
    if nearest is None:
        elsewhere = f" {call.collection_id}" if call.collection_id else ""
        return Verdict("not kept", f"The collection{elsewhere} has no other face of {name}.")
    if nearest.record.created_at > call.request.time:
        later = nearest.record.created_at - call.request.time
        return Verdict(
            "added later", f"The face was added {later:,.1f} s later.", "bad", similarity
        )
    if call.search is not None and call.search.matches == "UserMatches" and not _user(nearest):
        return Verdict("no user", f"No face of {name} belongs to a user.", "bad", similarity)
    return _by_similarity(call, similarity or 0.0, is_found=False)


def _who_was_searched(
    call: Call, name: str, identities: Sequence[Identity], searched: Sequence[Identity]
) -> str:
    other = searched[0].person
    seen = call.observation.faces_of(call.search.member if call.search else "")
    own = [face for face in seen if _is_of(face.identity, name, identities)]
    box = call.chosen_box()
    chosen = next((face for face in seen if are_alike(face.box, box)), None)
    if own and chosen is not None:
        whose = f"that of {other}" if other else "another one"
        if _size(own[0]) > _size(chosen):
            return (
                f"{name} is on the picture, but the QualityFilter held the face back:"
                f" {whose} was searched."
            )
        return f"{name} is on the picture, but {whose} is larger, and only the largest is searched."
    if other:
        return f"The searched face is that of {other}."
    if seen and searched[0].vector is None:
        return "Nothing is declared of the picture: its face is like that of no other picture."
    return "The searched face is somebody else's."


def _by_similarity(call: Call, similarity: float, *, is_found: bool) -> Verdict:
    search = call.search or SEARCHES["SearchFaces"]
    alike = f"{similarity:.1f} percent alike"
    how = "given" if search.threshold in call.parameters else "by default"
    threshold = f"{search.threshold} {call.threshold:.1f}, {how}"
    if is_found:
        return Verdict("found", f"Found, {alike} ({threshold}).", "good", similarity)
    if similarity < call.threshold:
        return Verdict(
            "below threshold", f"{alike}, which is less than {threshold}.", "bad", similarity
        )
    if search.most and len(call.matches) == call.parameters.get(search.most):
        sentence = f"{alike}, but {search.most} is {len(call.matches)}, and others were more alike."
        return Verdict(f"beyond {search.most}", sentence, "bad", similarity)
    return Verdict("changed since", f"{alike} now; it was different then.", "warn", similarity)


def _of_index(call: Call, name: str, identities: Sequence[Identity]) -> Verdict | None:
    own = [
        face
        for face in call.observation.faces_of("Image")
        if _is_of(face.identity, name, identities)
    ]
    if not own:
        return None
    failure = _of_failure(call)
    if failure is not None:
        return failure
    for left in call.answer.get("UnindexedFaces") or ():
        if are_alike(_member(left, "FaceDetail", "BoundingBox"), own[0].box):
            reasons = ", ".join(left.get("Reasons") or ()) or "no reason given"
            return Verdict("left out", f"Not added to {call.collection_id}: {reasons}.")
    return Verdict("kept", f"Added to {call.collection_id}.", "good")


def _is_of(identity: Identity, name: str, known: Sequence[Identity]) -> bool:
    return identity.person == name or any(identity.is_same_as(other) for other in known)


def _nearest(
    call: Call, searched: Sequence[Identity], there: Sequence[Entry]
) -> tuple[float | None, Entry | None]:
    compared = [
        (likeness(searched, call.kept.identity_of(entry.record)), entry)
        for entry in there
        if not call.is_own(entry.record.name, _user(entry))
    ]
    return max(compared, key=lambda pair: pair[0], default=(None, None))


def _candidate(call: Call, entry: Entry, searched: Sequence[Identity]) -> Candidate:
    similarity = likeness(searched, call.kept.identity_of(entry.record))
    search = call.search or SEARCHES["SearchFaces"]
    user_id = _user(entry)
    if _name_in(call, entry) in call.matched:
        verdict = _by_similarity(call, similarity, is_found=True)
    elif entry.record.created_at > call.request.time:
        verdict = Verdict("added later", "It was added after the search.", "warn", similarity)
    elif search.matches == "UserMatches" and not user_id:
        verdict = Verdict("no user", "It belongs to no user.", "warn", similarity)
    else:
        verdict = _by_similarity(call, similarity, is_found=False)
    who = entry.record.document.get("Person") or entry.record.document.get("ExternalImageId")
    return Candidate(str(who or ""), entry.record.name, user_id, similarity, verdict)


def _on_target(call: Call, face: ObservedFace, searched: Sequence[Identity]) -> Candidate:
    similarity = searched[0].similarity(face.identity)
    is_found = any(
        are_alike(_member(match, "Face", "BoundingBox"), face.box) for match in call.matches
    )
    verdict = _by_similarity(call, similarity, is_found=is_found)
    return Candidate(face.identity.person or "", "", "", similarity, verdict)


def _name_in(call: Call, entry: Entry) -> str:
    """What a face is named by in the matches of a call: its FaceId, or its user's id."""
    is_of_users = call.search is not None and call.search.matches == "UserMatches"
    return _user(entry) if is_of_users else entry.record.name


def _match_name(match: JsonObject) -> str:
    return str(_member(match, "Face", "FaceId") or _member(match, "User", "UserId") or "")


def _user(entry: Entry) -> str:
    return str(entry.record.document.get("UserId") or "")


def _size(face: ObservedFace) -> float:
    return face.box["Width"] * face.box["Height"]


def _member(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
