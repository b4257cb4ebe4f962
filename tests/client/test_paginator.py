"""Listings: what they give, where they stand, and how they end."""

import asyncio
import gc
import json
import pickle
from collections.abc import Mapping, Sequence

import pytest
from support import FakeClock, emulated, names, patient

from rekognition_async import (
    Collection,
    PaginationError,
    RekognitionClient,
    RequestValidationError,
    ServiceError,
)
from rekognition_async.emulator import Fault, FaultRule, RekognitionEmulator
from rekognition_async.errors import InvalidPaginationTokenException, ThrottlingException
from rekognition_async.models import ListCollectionsResponse


def ids(collections: Sequence[Collection]) -> list[str]:
    """The ids of collections."""
    return [coll.collection_id for coll in collections]


def scripted(*pages: Mapping[str, object]) -> list[FaultRule]:
    """Answers for the first, second, third … ListCollections."""
    return [
        FaultRule("ListCollections", Fault.respond(page), calls=number)
        for number, page in enumerate(pages, start=1)
    ]


async def test_async_for_gives_every_collection_with_its_version() -> None:
    """All pages come out as one sequence of records, in the service's order."""
    async with emulated(page_size=10) as (emulator, client):
        emulator.seed(collections=names(25), face_model_version="6.0")
        listed = [coll async for coll in client.iter_collections()]
        assert ids(listed) == names(25)
        assert {coll.face_model_version for coll in listed} == {"6.0"}
        assert len(emulator.requests) == 3


async def test_nothing_is_sent_before_it_is_asked_for(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """Making a paginator costs nothing."""
    client.iter_collections()
    client.iter_collections(prefetch=3)
    assert len(emulator.requests) == 0


async def test_page_size_is_max_results() -> None:
    """page_size goes to the service with each page."""
    async with emulated(collections=names(5)) as (emulator, client):
        assert ids(await client.iter_collections(page_size=2).collect()) == names(5)
        sent = [request.parameters for request in emulator.requests]
    assert [(parameters or {})["MaxResults"] for parameters in sent] == [2, 2, 2]


@pytest.mark.parametrize("prefetch", [0, 2])
@pytest.mark.parametrize(("limit", "requests"), [(0, 0), (1, 1), (10, 1), (11, 2), (99, 3)])
async def test_max_items_ends_the_listing(limit: int, requests: int, prefetch: int) -> None:
    """No more items than asked for, and no page that is not needed for them."""
    async with emulated(collections=names(25), page_size=10) as (emulator, client):
        listed = await client.iter_collections(max_items=limit, prefetch=prefetch).collect()
        assert ids(listed) == names(25)[:limit]
        assert len(emulator.requests) == requests


async def test_max_items_keeps_versions_with_their_ids() -> None:
    """What boto's MaxItems breaks: the version of a cut listing is still the id's own."""
    page = {"CollectionIds": ["a", "b", "c"], "FaceModelVersions": ["1", "2", "3"]}
    async with emulated(scripted(page, page)) as (_, client):
        cut = client.iter_collections(max_items=2)
        listed = [coll async for coll in cut]
        rest = await client.iter_collections(resume=cut.checkpoint).collect()
    assert [coll.face_model_version for coll in [*listed, *rest]] == ["1", "2", "3"]


async def test_awaiting_gives_the_first_page() -> None:
    """``await`` is one request, and its page."""
    async with emulated(collections=names(5), page_size=2) as (emulator, client):
        page = await client.iter_collections()
        assert type(page) is ListCollectionsResponse
        assert ids(page.collections) == names(2)
        assert len(emulator.requests) == 1


async def test_pages_gives_the_responses() -> None:
    """Each page comes with its metadata and all it carries."""
    async with emulated(collections=names(5), page_size=2) as (_, client):
        pages = [page async for page in client.iter_collections().pages()]
        assert [len(page.collections) for page in pages] == [2, 2, 1]
        assert all(page.metadata.request_id for page in pages)
        limited = [page async for page in client.iter_collections(max_items=3).pages()]
        assert [len(page.collections) for page in limited] == [2, 2]


async def test_first_gives_one_or_none() -> None:
    """The first item of the first page that has one; None where the list is empty."""
    async with emulated(page_sizes=[0, 0]) as (emulator, client):
        assert await client.iter_collections().first() is None
        emulator.seed(collections=names(3))
        first = await client.iter_collections().first()
        assert first is not None
        assert first.collection_id == names(1)[0]
        assert await client.iter_collections(max_items=0).first() is None


async def test_going_over_a_finished_paginator_lists_again() -> None:
    """Where boto's PageIterator gives only the last page the second time, all come again."""
    async with emulated(collections=names(5), page_size=2) as (_, client):
        paginator = client.iter_collections()
        assert ids([coll async for coll in paginator]) == names(5)
        assert ids([coll async for coll in paginator]) == names(5)
        assert ids(await paginator.collect()) == names(5)
        with pytest.raises(StopAsyncIteration):
            await anext(paginator)


async def test_leaving_a_loop_keeps_the_place() -> None:
    """After a break the next loop goes on behind the last item."""
    async with emulated(collections=names(7), page_size=3) as (emulator, client):
        paginator = client.iter_collections()
        seen: list[str] = []
        async for coll in paginator:
            seen.append(coll.collection_id)
            if len(seen) == 4:
                break
        seen += [coll.collection_id async for coll in paginator]
        assert seen == names(7)
        assert len(emulator.requests) == 3


async def test_an_empty_page_with_a_token_is_not_the_end() -> None:
    """Pages without items are passed over as long as there is a token."""
    async with emulated(collections=names(5), page_sizes=[0, 2, 0, 0, 2]) as (_, client):
        assert ids(await client.iter_collections().collect()) == names(5)


async def test_an_empty_token_ends_the_list() -> None:
    """An empty string is no token, and is not sent."""
    async with emulated(scripted({"CollectionIds": ["a"], "NextToken": ""})) as (emulator, client):
        assert ids(await client.iter_collections().collect()) == ["a"]
        assert len(emulator.requests) == 1


@pytest.mark.parametrize("prefetch", [0, 1, 5])
@pytest.mark.parametrize(
    ("tokens", "expected"),
    [(["A", "A"], 2), (["A", "B", "A"], 3), (["A", "B", "C", "B"], 4)],
)
async def test_tokens_in_a_circle_are_an_error(
    tokens: list[str], expected: int, prefetch: int
) -> None:
    """A repeated token, or a longer cycle, stops the listing after the pages that were new."""
    pages = [
        {"CollectionIds": [f"c{number}"], "NextToken": token} for number, token in enumerate(tokens)
    ]
    async with emulated(scripted(*pages, *pages)) as (emulator, client):
        paginator = client.iter_collections(prefetch=prefetch)
        seen: list[str] = []
        for _ in range(2):
            with pytest.raises(PaginationError, match="given before") as raised:
                async for coll in paginator:
                    seen.append(coll.collection_id)  # noqa: PERF401 - what came before the error counts
            assert raised.value.checkpoint == paginator.checkpoint
        assert seen == [f"c{number}" for number in range(expected)]
        assert len(emulator.requests) == expected


async def test_a_starting_token_in_the_circle_counts() -> None:
    """The token that a listing starts from is one that it has seen."""
    async with emulated(scripted({"CollectionIds": ["a"], "NextToken": "S"})) as (_, client):
        with pytest.raises(PaginationError):
            await client.iter_collections(starting_token="S").collect()


@pytest.mark.parametrize("prefetch", [0, 1, 3])
async def test_after_an_error_the_same_page_is_asked_for_again(prefetch: int) -> None:
    """A listing that failed goes on where it was; it never looks finished."""
    rules = [FaultRule("ListCollections", Fault.error("AccessDeniedException", "no"), calls=(2, 3))]
    async with emulated(rules, collections=names(6), page_size=2) as (emulator, client):
        paginator = client.iter_collections(prefetch=prefetch)
        seen: list[str] = []
        left_at: list[tuple[int, str | None]] = []
        while True:
            try:
                async for coll in paginator:
                    seen.append(coll.collection_id)  # noqa: PERF401 - what came before the error counts
            except ServiceError as error:
                left_at.append((len(seen), error.checkpoint))
            else:
                break
        assert seen == names(6)
        assert len(left_at) == 2
        emulator.faults.clear()
        for count, checkpoint in left_at:
            rest = await client.iter_collections(resume=checkpoint).collect()
            assert ids(rest) == names(6)[count:]


async def test_after_a_cancellation_the_same_page_is_asked_for_again() -> None:
    """A consumer that was cancelled may go on with the same iterator."""
    async with emulated(collections=names(4), page_size=2) as (emulator, client):
        paginator = client.iter_collections()
        seen = [(await anext(paginator)).collection_id for _ in range(2)]
        arrived = asyncio.Event()

        async def never() -> None:
            arrived.set()
            await asyncio.Event().wait()

        emulator.faults.add(FaultRule("*", Fault.hold(never)))
        task = asyncio.create_task(anext(paginator))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        emulator.faults.clear()
        seen += [coll.collection_id async for coll in paginator]
        assert seen == names(4)


async def test_a_bad_token_surfaces_with_the_checkpoint() -> None:
    """InvalidPaginationTokenException in mid-listing tells where the listing stood."""
    rule = FaultRule(
        "ListCollections", Fault.error("InvalidPaginationTokenException", "expired"), calls=2
    )
    async with emulated([rule], collections=names(4), page_size=2) as (_, client):
        paginator = client.iter_collections()
        with pytest.raises(InvalidPaginationTokenException) as raised:
            await paginator.collect()
        assert raised.value.checkpoint is not None
        rest = await client.iter_collections(resume=raised.value.checkpoint).collect()
        assert ids(rest) == names(4)[2:]


async def test_a_throttled_listing_surfaces_with_the_checkpoint() -> None:
    """Throttled past the policy, the error has the place; through pickle too."""
    rule = FaultRule("ListCollections", Fault.throttle("ThrottlingException"), calls=(2, 3))
    async with emulated(
        [rule], collections=names(4), page_size=2, retry=patient(FakeClock(), 2), quotas=None
    ) as (_, client):
        with pytest.raises(ThrottlingException) as raised:
            await client.iter_collections().collect()
        resumed = client.iter_collections(
            resume=pickle.loads(pickle.dumps(raised.value)).checkpoint
        )
        assert ids(await resumed.collect()) == names(4)[2:]


@pytest.mark.parametrize("taken", range(8))
async def test_a_checkpoint_resumes_behind_the_last_item(taken: int) -> None:
    """At the start, in mid-page, between pages and at the end: JSON text that goes on there."""
    async with emulated(collections=names(7), page_size=3) as (_, client):
        paginator = client.iter_collections()
        seen = [(await anext(paginator)).collection_id for _ in range(taken)]
        checkpoint = json.loads(json.dumps(paginator.checkpoint))
        assert len(checkpoint) < 1024
        rest = [coll.collection_id async for coll in client.iter_collections(resume=checkpoint)]
        assert seen + rest == names(7)


async def test_a_checkpoint_keeps_its_place_at_another_page_size() -> None:
    """The page that was left half-way is asked for as before; the next ones as wished now."""
    async with emulated(collections=names(9)) as (emulator, client):
        paginator = client.iter_collections(page_size=4)
        seen = [(await anext(paginator)).collection_id for _ in range(3)]
        resumed = client.iter_collections(page_size=2, resume=paginator.checkpoint)
        seen += [coll.collection_id async for coll in resumed]
        assert seen == names(9)
        sent = [(request.parameters or {})["MaxResults"] for request in emulator.requests]
        assert sent == [4, 4, 2, 2, 2]


async def test_a_checkpoint_holds_while_what_was_listed_is_deleted() -> None:
    """Deleting each collection as it comes, stopping, and resuming misses none."""
    async with emulated(collections=names(9), page_size=4) as (_, client):
        paginator = client.iter_collections()
        for _ in range(6):
            coll = await anext(paginator)
            await client.delete_collection(collection_id=coll.collection_id)
        resumed = client.iter_collections(resume=paginator.checkpoint)
        assert [coll.collection_id async for coll in resumed] == names(9)[6:]


async def test_a_checkpoint_holds_while_some_are_deleted() -> None:
    """The latest item handed out that is still there marks the place."""
    async with emulated(collections=names(9), page_size=6) as (_, client):
        paginator = client.iter_collections()
        for _ in range(4):
            await anext(paginator)
        for gone in (1, 3, 5):
            await client.delete_collection(collection_id=names(9)[gone])
        resumed = client.iter_collections(resume=paginator.checkpoint)
        assert [coll.collection_id async for coll in resumed] == [names(9)[n] for n in (4, 6, 7, 8)]


async def test_a_checkpoint_of_a_resumed_listing_resumes_again() -> None:
    """Stopping and going on may be repeated, item by item."""
    async with emulated(collections=names(5), page_size=2) as (_, client):
        seen: list[str] = []
        checkpoint: str | None = None
        while True:
            paginator = client.iter_collections(resume=checkpoint)
            item = await anext(paginator, None)
            if item is None:
                break
            seen.append(item.collection_id)
            checkpoint = paginator.checkpoint
        assert seen == names(5)


async def test_checkpoints_of_pages_stand_behind_the_page() -> None:
    """The pages of a listing have checkpoints too."""
    async with emulated(collections=names(5), page_size=2) as (_, client):
        pages = client.iter_collections().pages()
        await anext(pages)
        rest = await client.iter_collections(resume=pages.checkpoint).collect()
        assert ids(rest) == names(5)[2:]
        await pages.aclose()


async def test_a_listing_resumed_at_the_end_is_over(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """The checkpoint of a finished listing gives nothing and asks nothing."""
    emulator.seed(collections=names(2))
    paginator = client.iter_collections()
    assert len([coll async for coll in paginator]) == 2
    emulator.requests.clear()
    resumed = client.iter_collections(resume=paginator.checkpoint)
    assert [coll async for coll in resumed] == []
    with pytest.raises(PaginationError, match="no page"):
        await resumed
    assert len(emulator.requests) == 0


@pytest.mark.parametrize("value", ["", "rka1.", "rka1.!!!", "rka1.e30", "eyJ4IjoxfQ", 7])
async def test_what_is_no_checkpoint_is_refused(client: RekognitionClient, value: str) -> None:
    """Damaged or foreign text is an error when given, and is not quoted."""
    with pytest.raises(RequestValidationError, match="resume: is no checkpoint"):
        client.iter_collections(resume=value)


async def test_resume_excludes_a_starting_token(client: RekognitionClient) -> None:
    """Two starting points contradict each other."""
    checkpoint = client.iter_collections().checkpoint
    with pytest.raises(RequestValidationError, match="resume: excludes starting_token"):
        client.iter_collections(resume=checkpoint, starting_token="t")


@pytest.mark.parametrize("setting", ["max_items", "prefetch", "page_size"])
@pytest.mark.parametrize("value", [-1, 1.5, "2", True])
async def test_numbers_are_checked_when_given(
    client: RekognitionClient, setting: str, value: object
) -> None:
    """A negative, fractional or textual number is an error that names the parameter."""
    with pytest.raises(RequestValidationError, match=setting):
        client.iter_collections(**{setting: value})  # type: ignore[arg-type] # wrong on purpose


@pytest.mark.parametrize("prefetch", [0, 1])
async def test_two_tasks_on_one_iterator_are_told(
    emulator: RekognitionEmulator, prefetch: int
) -> None:
    """The second task gets a clear error; the first gets its page whole."""
    emulator.seed(collections=names(3))
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        arrived.set()
        await go_on.wait()

    emulator.faults.add(FaultRule("*", Fault.hold(hold)))
    async with RekognitionClient(**emulator.client_options) as client:
        paginator = client.iter_collections(prefetch=prefetch)
        first = asyncio.create_task(paginator.__anext__())
        await arrived.wait()
        with pytest.raises(PaginationError, match="in use by another task"):
            await anext(paginator)
        go_on.set()
        assert (await first).collection_id == names(1)[0]
        await paginator.aclose()


@pytest.mark.parametrize("prefetch", [1, 2, 10])
async def test_prefetch_changes_nothing_but_the_time(prefetch: int) -> None:
    """Items and order are the same, through empty pages and throttling."""
    rules = [FaultRule("ListCollections", Fault.throttle(), calls=(2, 5))]
    async with emulated(rules, collections=names(9), page_sizes=[2, 0, 3, 1]) as (_, client):
        listed = [coll async for coll in client.iter_collections(prefetch=prefetch)]
        assert ids(listed) == names(9)


async def test_prefetch_works_while_the_consumer_does() -> None:
    """With the first page in hand, exactly n more pages arrive without being asked for."""
    async with emulated(collections=names(10), page_size=1) as (emulator, client):
        async with client.iter_collections(prefetch=3) as paginator:
            await anext(paginator)
            while len(emulator.requests) < 4:
                await asyncio.sleep(0)
            for _ in range(200):
                await asyncio.sleep(0)
            assert len(emulator.requests) == 4


async def test_an_error_ahead_comes_in_its_turn() -> None:
    """What fails while prefetching is raised when the consumer gets there, not before."""
    rules = [FaultRule("ListCollections", Fault.error("AccessDeniedException", "no"), calls=3)]
    async with emulated(rules, collections=names(6), page_size=2) as (_, client):
        paginator = client.iter_collections(prefetch=5)
        seen: list[str] = []
        with pytest.raises(ServiceError) as raised:
            async for coll in paginator:
                seen.append(coll.collection_id)  # noqa: PERF401 - what came before the error counts
        assert seen == names(4)
        assert raised.value.checkpoint == paginator.checkpoint
        assert ids([coll async for coll in paginator]) == names(6)[4:]


@pytest.mark.parametrize("leave", ["break", "cancel", "aclose", "client"])
async def test_leaving_early_leaves_no_task(leave: str) -> None:
    """However a prefetching listing is left, its background task ends, without a warning."""
    tasks = asyncio.all_tasks()
    async with RekognitionEmulator(page_size=1) as emulator:
        emulator.seed(collections=names(9))
        arrived = asyncio.Event()

        async def never() -> None:
            arrived.set()
            await asyncio.Event().wait()

        emulator.faults.add(FaultRule("*", Fault.hold(never), calls=2))
        async with RekognitionClient(**emulator.client_options) as client:
            before = asyncio.all_tasks()
            if leave == "cancel":

                async def consume() -> None:
                    async for _ in client.iter_collections(prefetch=2):
                        pass

                consumer = asyncio.create_task(consume())
                await arrived.wait()
                consumer.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await consumer
                del consumer
            else:
                paginator = client.iter_collections(prefetch=2)
                async for _ in paginator:
                    await arrived.wait()
                    break
                if leave == "aclose":
                    await paginator.aclose()
                elif leave == "client":
                    await client.aclose()
                del paginator
            gc.collect()
            for _ in range(10):
                await asyncio.sleep(0)
            ours = {task for task in asyncio.all_tasks() - before if "next" in repr(task)}
            assert not ours
    assert asyncio.all_tasks() <= tasks


async def test_a_listing_of_many_pages_is_flat() -> None:
    """A thousand pages come through one iterator, each asked for once."""
    async with emulated(collections=names(1000), page_size=1) as (emulator, client):
        assert ids(await client.iter_collections().collect()) == names(1000)
        assert len(emulator.requests) == 1000


@pytest.mark.parametrize("offset", [1, 7, 20, 39])
async def test_resuming_finds_its_place_in_pages_cut_otherwise(offset: int) -> None:
    """Where the service makes smaller pages than before, nothing comes twice."""
    async with emulated(collections=names(60), page_sizes=[40, 3, 0, 2, 5]) as (_, client):
        paginator = client.iter_collections()
        for _ in range(offset):
            await anext(paginator)
        rest = await client.iter_collections(resume=paginator.checkpoint).collect()
        assert ids(rest) == names(60)[offset:]


async def test_resuming_loses_nothing_where_all_marks_are_gone() -> None:
    """With all remembered items deleted, what is left of their page comes again."""
    async with emulated(collections=names(30)) as (_, client):
        paginator = client.iter_collections(page_size=25)
        for _ in range(20):
            await anext(paginator)
        for name in names(30)[2:20]:
            await client.delete_collection(collection_id=name)
        rest = await client.iter_collections(page_size=25, resume=paginator.checkpoint).collect()
        assert ids(rest) == [*names(30)[:2], *names(30)[20:]]


async def test_an_error_while_finding_the_place_is_no_end() -> None:
    """Resuming goes on where it failed, with the checkpoint that it began with."""
    rules = [FaultRule("ListCollections", Fault.error("AccessDeniedException", "no"), calls=(2, 4))]
    async with emulated(rules, collections=names(9), page_sizes=[5, 2, 2]) as (_, client):
        paginator = client.iter_collections()
        for _ in range(4):
            await anext(paginator)
        resumed = client.iter_collections(resume=paginator.checkpoint)
        for _ in range(2):
            with pytest.raises(ServiceError) as raised:
                await anext(resumed)
            assert raised.value.checkpoint == paginator.checkpoint
        assert ids([coll async for coll in resumed]) == names(9)[4:]
