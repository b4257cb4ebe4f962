"""What type checkers infer; read by mypy and pyright, never run."""

from collections.abc import AsyncIterator
from typing import assert_type

from rekognition_async import Collection, Pages, Paginator, RekognitionClient, ResponseMetadata
from rekognition_async.emulator import ClientOptions, RekognitionEmulator
from rekognition_async.models import (
    CreateCollectionRequest,
    CreateCollectionResponse,
    DeleteCollectionRequest,
    DeleteCollectionResponse,
    DescribeCollectionRequest,
    DescribeCollectionResponse,
    ListCollectionsRequest,
    ListCollectionsResponse,
)


async def send_infers_the_response(client: RekognitionClient) -> None:
    """A request's class decides the response's."""
    listed = await client.send(ListCollectionsRequest(max_results=10))
    assert_type(listed, ListCollectionsResponse)
    created = await client.send(CreateCollectionRequest(collection_id="a"))
    assert_type(created, CreateCollectionResponse)
    described = await client.send(DescribeCollectionRequest(collection_id="a"))
    assert_type(described, DescribeCollectionResponse)
    deleted = await client.send(DeleteCollectionRequest(collection_id="a"))
    assert_type(deleted, DeleteCollectionResponse)


async def methods_tell_their_response(client: RekognitionClient) -> None:
    """Each operation's method, and what a record holds."""
    listed = await client.list_collections(max_results=5, next_token=None)
    assert_type(listed, ListCollectionsResponse)
    assert_type(listed.collections, tuple[Collection, ...])
    assert_type(listed.collection_ids, tuple[str, ...])
    assert_type(listed.next_token, str | None)
    assert_type(listed.metadata, ResponseMetadata)
    assert_type(listed.collections[0].collection_id, str)
    assert_type(listed.collections[0].face_model_version, str | None)
    assert_type(await client.create_collection(collection_id="a"), CreateCollectionResponse)
    assert_type(await client.describe_collection(collection_id="a"), DescribeCollectionResponse)
    assert_type(await client.delete_collection(collection_id="a"), DeleteCollectionResponse)


async def listings_tell_their_items(client: RekognitionClient) -> None:
    """All ways of going through a listing."""
    listing = client.iter_collections(page_size=10, max_items=5, prefetch=1)
    assert_type(listing, Paginator[ListCollectionsResponse, Collection])
    async for coll in listing:
        assert_type(coll, Collection)
    assert_type(await listing, ListCollectionsResponse)
    assert_type(listing.pages(), Pages[ListCollectionsResponse, Collection])
    async for page in listing.pages():
        assert_type(page, ListCollectionsResponse)
    assert_type(await listing.collect(), list[Collection])
    assert_type(await listing.first(), Collection | None)
    assert_type(listing.checkpoint, str)
    iterator: AsyncIterator[Collection] = listing
    assert_type(await anext(iterator), Collection)


async def a_view_is_a_client(client: RekognitionClient) -> None:
    """Options keep the type, of a subclass too."""

    class Mine(RekognitionClient):
        pass

    assert_type(client.with_options(deadline=3), RekognitionClient)
    assert_type(Mine().with_options(deadline=3), Mine)
    async with Mine() as opened:
        assert_type(opened, Mine)


async def an_emulator_opens_a_client(emulator: RekognitionEmulator) -> None:
    """The emulator's options are arguments of the client."""
    assert_type(emulator.client_options, ClientOptions)
    assert_type(RekognitionClient(**emulator.client_options), RekognitionClient)


def a_record_is_a_value(one: Collection, listed: ListCollectionsResponse) -> None:
    """Records are hashable for type checkers, too."""
    assert_type({one: 1}, dict[Collection, int])
    assert_type({listed}, set[ListCollectionsResponse])


async def mistakes_are_found(client: RekognitionClient, one: Collection) -> None:
    """What must not pass a type checker: each ignored line fails the check if it passes."""
    await client.create_collection()  # type: ignore[call-arg] # collection_id is required
    await client.create_collection("a")  # type: ignore[call-arg] # keywords only
    await client.list_collections(max_results="5")  # type: ignore[arg-type] # it is a number
    one.collection_id = "b"  # type: ignore[misc] # records are frozen
    ListCollectionsRequest(MaxItems=5)  # type: ignore[call-arg] # there is no such parameter
