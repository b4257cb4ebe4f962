"""Pages and their tokens."""

import base64
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import names
from wire import call

from rekognition_async import RekognitionClient
from rekognition_async.emulator import ManualClock, RekognitionEmulator
from rekognition_async.emulator.protocol.messages import EmulatedError
from rekognition_async.emulator.state.page_tokens import Position, Tokens
from rekognition_async.errors import InvalidPaginationTokenException


async def test_pages_follow_each_other(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """MaxResults cuts the pages, 0 means the emulator's own size, and the last has no token."""
    emulator.seed(collections=names(5))
    first = await client.list_collections(max_results=2)
    second = await client.list_collections(max_results=2, next_token=first.next_token)
    third = await client.list_collections(max_results=2, next_token=second.next_token)
    assert [len(page.collections) for page in (first, second, third)] == [2, 2, 1]
    assert third.next_token is None
    assert len((await client.list_collections(max_results=0)).collections) == 5
    assert len((await client.list_collections(max_results=5)).collections) == 5


async def test_an_exact_last_page_has_no_token() -> None:
    """A list that fills its pages ends without an empty one."""
    async with RekognitionEmulator(page_size=2) as emulator:
        emulator.seed(collections=4)
        async with RekognitionClient(**emulator.client_options) as client:
            pages = [page async for page in client.iter_collections().pages()]
    assert [len(page.collections) for page in pages] == [2, 2]


async def test_what_stays_is_listed_once_while_the_list_changes(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """Collections that come and go between pages neither hide nor repeat those that stay."""
    emulator.seed(collections=names(40))
    gone = {name for index, name in enumerate(names(40)) if index % 3 == 0}
    doomed = iter(sorted(gone, key=lambda name: (int(name[-2:]) % 7, name)))
    seen: list[str] = []
    token: str | None = None
    for page_number in itertools.count():
        page = await client.list_collections(max_results=3, next_token=token)
        seen += page.collection_ids
        token = page.next_token
        if token is None:
            break
        if page_number < 8:
            await client.create_collection(collection_id=f"new-{page_number}")
        for name in itertools.islice(doomed, 2):
            await client.delete_collection(collection_id=name)
            await client.create_collection(collection_id=name)
            await client.delete_collection(collection_id=name)
    stayed = [name for name in names(40) if name not in gone]
    assert [name for name in seen if name in stayed] == stayed
    assert len(seen) == len(set(seen))


async def test_tokens_are_good_for_their_own_listing_only() -> None:
    """A token of another region, or of another emulator, is refused."""
    async with RekognitionEmulator() as emulator, RekognitionEmulator() as other:
        for local in (emulator, other):
            local.seed(collections=3)
            local.seed(collections=3, region_name="eu-west-1")
        async with RekognitionClient(**emulator.client_options) as client:
            token = (await client.list_collections(max_results=1)).next_token
        options = emulator.client_options
        options["region_name"] = "eu-west-1"
        for foreign in (options, other.client_options):
            async with RekognitionClient(**foreign) as client:
                with pytest.raises(
                    InvalidPaginationTokenException, match="Invalid Pagination Token"
                ):
                    await client.list_collections(next_token=token)


@given(
    position=st.builds(
        Position, st.none() | st.text("0a-", min_size=1, max_size=60), st.integers(0, 2**32 - 1)
    ),
    scope=st.lists(st.text(max_size=300), max_size=3),
    alteration=st.tuples(st.integers(0, 200), st.integers(1, 255)),
)
def test_a_token_is_read_back_and_an_altered_one_refused(
    position: Position, scope: list[str], alteration: tuple[int, int]
) -> None:
    """A token holds its position within 255 characters, and no bit of it can change."""
    tokens = Tokens(b"key", 60)
    token = tokens.issue(position, *scope, now=1.5)
    assert len(token) <= 255
    assert tokens.read(token, *scope, now=2) == position
    content = bytearray(base64.urlsafe_b64decode(token))
    place, change = alteration
    content[place % len(content)] ^= change
    altered = base64.urlsafe_b64encode(content).decode()
    for wrong, where in ((altered, scope), (token, [*scope, "x"]), (token + "=", scope)):
        with pytest.raises(EmulatedError, match="InvalidPaginationTokenException"):
            tokens.read(wrong, *where, now=2)


@given(token=st.text(max_size=255))
def test_made_up_tokens_are_refused(token: str) -> None:
    """Text that was never issued is no token."""
    with pytest.raises(EmulatedError, match="InvalidPaginationTokenException"):
        Tokens(b"key", 60).read(token, "scope", now=2)


@pytest.mark.parametrize(("settings", "lifetime"), [({"token_lifetime": 60}, 60), ({}, 86_400)])
async def test_a_token_is_good_for_its_lifetime(settings: dict[str, Any], lifetime: int) -> None:
    """By the emulator's clock, up to the last second; behind it the list has to be begun anew."""
    clock = ManualClock(1_900_000_000)
    async with RekognitionEmulator(clock=clock, **settings) as emulator:
        emulator.seed(collections=names(3))
        async with RekognitionClient(**emulator.client_options) as client:
            token = (await client.list_collections(max_results=2)).next_token
            clock.advance(lifetime)
            rest = await client.list_collections(next_token=token)
            assert list(rest.collection_ids) == names(3)[2:]
            clock.advance(0.001)
            with pytest.raises(InvalidPaginationTokenException, match="Invalid Pagination Token"):
                await client.list_collections(next_token=token)


async def test_an_empty_token_begins_the_list(emulator: RekognitionEmulator) -> None:
    """As with AWS, an empty NextToken is none."""
    emulator.seed(collections=["a"])
    reply = await call(emulator, b'{"NextToken":""}')
    assert reply.document["CollectionIds"] == ["a"]


async def test_page_sizes_are_a_script() -> None:
    """The first pages have the sizes that were asked for, empty ones with a token among them."""
    async with RekognitionEmulator(page_sizes=[1, 0, 2], page_size=3) as emulator:
        emulator.seed(collections=names(8))
        async with RekognitionClient(**emulator.client_options) as client:
            pages = [page async for page in client.iter_collections().pages()]
    assert [len(page.collections) for page in pages] == [1, 0, 2, 3, 2]


async def test_seeding_refuses_what_the_service_would(emulator: RekognitionEmulator) -> None:
    """One wrong id, and nothing is added."""
    with pytest.raises(ValueError, match="'b c'"):
        emulator.seed(collections=["a", "b c"])
    assert (await call(emulator)).document["CollectionIds"] == []


async def test_seeding_again_keeps_what_is_there(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """Collections that exist stay as they are, with their version."""
    emulator.seed(collections=["a"], face_model_version="5.0")
    emulator.seed(collections=["a", "b"], face_model_version="6.0")
    listed = await client.iter_collections().collect()
    assert [coll.face_model_version for coll in listed] == ["5.0", "6.0"]
