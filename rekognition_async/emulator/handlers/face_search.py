"""Searches a collection for the faces that are like one, without looking at each where it can.

Who is on a face, and the picture of a face of nobody in particular, are looked up; copies of the
picture are found by its fingerprint, and faces that have vectors by these. All faces have to be
compared only where strangers count. Other calls are answered meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from rekognition_async.emulator.state.store import Record, Shelf
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.vision.identities import MAX_OF_STRANGERS, Identity, likeness
from rekognition_async.emulator.vision.people import made_up_box
from rekognition_async.emulator.vision.trait_index import FingerprintIndex, VectorIndex

CHUNK: Final = 200
"""After how many faces others have their turn; it takes a few milliseconds."""


class KnownFace(NamedTuple):
    """A face of a collection that is like the one that is searched.

    Attributes:
        face_id: Its id.
        user_id: Whose user it belongs to, if any.
        similarity: How alike they are, in percent.
    """

    face_id: str
    user_id: str | None
    similarity: float


class FaceSearch:
    """Finds the faces that are alike; it remembers the traits that it has read."""

    def __init__(self) -> None:
        """Begins without any."""
        self._traits: dict[int, _Traits] = {}

    async def alike(
        self, shelf: Shelf, searched: Sequence[Identity], least: float
    ) -> AsyncIterator[Iterable[KnownFace]]:
        """The faces that are at least so much like one of those that are searched.

        Args:
            shelf: The faces of a collection.
            searched: The faces; each other is as similar as it is to the one it is most like.
            least: The least similarity, in percent.

        Yields:
            Some of them, each once, in no order.
        """
        if not searched:
            return
        if least <= MAX_OF_STRANGERS:
            async for records in _portions(shelf):
                yield _at_least(least, searched, records)
            return
        keys = {_key(identity) for identity in searched}
        for key in keys:
            async for records in _portions(shelf, key):
                yield _at_least(least, searched, records)
        others = await self._others(shelf, searched, least)
        for begin in range(0, len(others), CHUNK):
            records = shelf.at(others[begin : begin + CHUNK])
            # The rest was found by its key.
            yield _at_least(
                least, searched, [one for one in records if _key(identity_of(one)) not in keys]
            )
            if begin + CHUNK < len(others):
                await asyncio.sleep(0)

    async def _others(
        self, shelf: Shelf, searched: Sequence[Identity], least: float
    ) -> Sequence[int]:
        """The sequences of faces that may be alike by a vector, or be on a copy of a picture."""
        vectors = {identity.vector for identity in searched}.difference([None])
        fingerprints = {one.fingerprint for one in searched}.difference([None])
        number = shelf.number
        if number is None or not (vectors or fingerprints):
            return ()
        known = await self._known(shelf, number)
        found: set[int] = set()
        for fingerprint in filter(None, fingerprints):
            found.update(known.fingerprints.candidates(fingerprint))
        for vector in filter(None, vectors):
            for numbers in known.vectors.candidates(vector, least):
                found.update(numbers)
                await asyncio.sleep(0)
        return sorted(found)

    async def _known(self, shelf: Shelf, number: int) -> _Traits:
        """The traits of a shelf of a number, all that there are now."""
        known = self._traits.get(number)
        if known is None or known.count > 2 * shelf.count() + CHUNK:
            for other in [one for one in self._traits if not shelf.store.has_shelf(one)]:
                del self._traits[other]
            known = self._traits[number] = _Traits()
        # Sequences only grow: what is new since the last search is behind the last one.
        while records := shelf.with_traits(CHUNK, after=known.last):
            known.add(records)
            if len(records) == CHUNK:
                await asyncio.sleep(0)
        return known


class _Traits:
    """The traits of a shelf up to a sequence, those of faces that are gone among them."""

    def __init__(self) -> None:
        self.fingerprints = FingerprintIndex()
        self.vectors = VectorIndex()
        self.count = 0
        self.last = 0

    def add(self, records: Iterable[Record]) -> None:
        for record in records:
            identity = identity_of(record)
            if identity.fingerprint is not None:
                self.fingerprints.add(record.sequence, identity.fingerprint)
            if identity.vector is not None:
                self.vectors.add(record.sequence, identity.vector)
            self.count += 1
            self.last = record.sequence


def identity_of(record: Record) -> Identity:
    """Whose face is kept in a record."""
    document = record.document
    person, image_id = document.get("Person"), document["ImageId"]
    if "Seed" not in document:
        return Identity.of(person, image_id, None)
    return Identity(
        person,
        image_id,
        document["Seed"],
        document.get("Fingerprint"),
        document.get("Place", 0),
        document.get("Vector"),
    )


def box_of(record: Record) -> JsonObject:
    """Where a face is on its picture; of a seeded face that is made up when somebody asks."""
    box: JsonObject | None = record.document.get("BoundingBox")
    return made_up_box(record.document["Person"]) if box is None else box


async def _portions(shelf: Shelf, key: str | None = None) -> AsyncIterator[list[Record]]:
    """The records of a shelf, or those with a key, with turns for others in between."""
    after = 0
    while records := shelf.some(CHUNK, after=after, key=key):
        yield records
        if len(records) < CHUNK:
            return
        after = records[-1].sequence
        await asyncio.sleep(0)


def _key(identity: Identity) -> str:
    """The key in the store of all faces that are of the same person, or on the same picture."""
    return identity.image_id if identity.person is None else identity.person


def _at_least(
    least: float, searched: Sequence[Identity], records: Iterable[Record]
) -> Iterator[KnownFace]:
    for record in records:
        similarity = likeness(searched, identity_of(record))
        if similarity >= least:
            yield KnownFace(record.name, record.document.get("UserId"), similarity)
