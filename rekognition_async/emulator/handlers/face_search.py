"""Searches a collection for the faces that are like one, without looking at each where it can.

Who is on a face, and the picture of a face of nobody in particular, are looked up; copies of the
picture are found by its fingerprint. All faces have to be compared only where strangers count, and
other calls are answered meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, NamedTuple

from rekognition_async.emulator.state.store import Record, Shelf
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.vision.identities import MAX_OF_STRANGERS, Identity
from rekognition_async.emulator.vision.people import made_up_box
from rekognition_async.emulator.vision.trait_index import FingerprintIndex, TraitIndex

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
    """Finds the faces that are alike; it remembers the fingerprints that it has read."""

    def __init__(self) -> None:
        """Begins without any."""
        self._indexes: dict[int, _Traits] = {}

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
        has_vector = any(identity.vector is not None for identity in searched)
        if least <= MAX_OF_STRANGERS or has_vector:
            async for records in _portions(shelf):
                yield _at_least(least, searched, records)
            return
        for key in dict.fromkeys(_key(identity) for identity in searched):
            async for records in _portions(shelf, key):
                yield _at_least(least, searched, records)
        copies = await self._copies(shelf, searched)
        # Those of the very pictures were found by their key.
        image_ids = {identity.image_id for identity in searched if identity.person is None}
        for begin in range(0, len(copies), CHUNK):
            records = shelf.at(copies[begin : begin + CHUNK])
            others = [one for one in records if one.document["ImageId"] not in image_ids]
            yield _at_least(least, searched, others)
            if begin + CHUNK < len(copies):
                await asyncio.sleep(0)

    async def _copies(self, shelf: Shelf, searched: Sequence[Identity]) -> list[int]:
        """The sequences of faces that may be on copies of the pictures that faces are on."""
        traits = {identity.fingerprint for identity in searched if identity.person is None}
        found = [await self._candidates(shelf, trait) for trait in traits if trait is not None]
        return sorted(set(chain.from_iterable(found)))

    async def _candidates(self, shelf: Shelf, trait: str) -> Sequence[int]:
        number = shelf.number
        if number is None:
            return ()
        known = self._indexes.get(number)
        if known is None or len(known.index) > 2 * shelf.count() + CHUNK:
            for other in [one for one in self._indexes if not shelf.store.has_shelf(one)]:
                del self._indexes[other]
            known = self._indexes[number] = _Traits()
        # Sequences only grow: what is new since the last search is behind the last one.
        while rows := shelf.traits(after=known.last, most=CHUNK):
            known.add(rows)
            if len(rows) == CHUNK:
                await asyncio.sleep(0)
        return known.index.candidates(trait)


class _Traits:
    """The traits of a shelf up to a sequence, those of faces that are gone among them."""

    def __init__(self) -> None:
        self.index: TraitIndex = FingerprintIndex()
        self.last = 0

    def add(self, rows: Iterable[tuple[int, str]]) -> None:
        for self.last, trait in rows:
            self.index.add(self.last, trait)


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


def likeness(searched: Sequence[Identity], other: Identity) -> float:
    """How much a face is like the one that it is most like."""
    return max(identity.similarity(other) for identity in searched)


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
