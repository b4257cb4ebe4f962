"""One call: what is sent, what comes back, what is logged."""

import asyncio
import logging

import pytest
from botocore import xform_name
from model_strategies import required, service_model
from support import FakeClock, emulated, names, patient

from rekognition_async import (
    Collection,
    RekognitionClient,
    RequestValidationError,
    ResponseValidationError,
    RetryPolicy,
    models,
)
from rekognition_async.emulator import Fault, FaultRule, RekognitionEmulator
from rekognition_async.errors import ResourceAlreadyExistsException, ResourceNotFoundException
from rekognition_async.models import ListCollectionsRequest, ListCollectionsResponse


async def test_collections_are_made_described_listed_and_deleted(
    client: RekognitionClient,
) -> None:
    """The life of a collection, through the four methods."""
    created = await client.create_collection(collection_id="faces", tags={"team": "vision"})
    assert created.status_code == 200
    assert created.collection_arn is not None
    assert created.collection_arn.endswith(":collection/faces")
    described = await client.describe_collection(collection_id="faces")
    assert (described.face_count, described.user_count) == (0, 0)
    assert described.creation_timestamp is not None
    assert described.creation_timestamp.tzinfo is not None
    listed = await client.list_collections()
    assert listed.collections == (
        Collection(collection_id="faces", face_model_version=created.face_model_version),
    )
    assert (await client.delete_collection(collection_id="faces")).status_code == 200
    assert (await client.list_collections()).collections == ()


async def test_send_gives_the_response_of_the_request(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """A request object through send is the same call as the method."""
    emulator.seed(collections=names(3))
    response = await client.send(ListCollectionsRequest(max_results=2))
    assert type(response) is ListCollectionsResponse
    assert response.collections == (await client.list_collections(max_results=2)).collections
    assert response.next_token is not None
    rest = await client.list_collections(next_token=response.next_token)
    assert [*response.collection_ids, *rest.collection_ids] == names(3)


async def test_a_response_knows_its_exchange() -> None:
    """Request id, status and retries are in the metadata."""
    async with emulated([FaultRule("ListCollections", Fault.throttle(), calls=(1, 2))]) as (
        _,
        client,
    ):
        metadata = (await client.list_collections()).metadata
    assert metadata.request_id is not None
    assert len(metadata.request_id) == 36
    assert (metadata.http_status_code, metadata.retry_attempts) == (200, 2)


async def test_a_wrong_parameter_sends_nothing(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """Each method refuses before the network, in the words of its own parameters."""
    with pytest.raises(RequestValidationError, match="max_results"):
        await client.list_collections(max_results=5000)
    with pytest.raises(RequestValidationError, match="page_size"):
        client.iter_collections(page_size=-1)
    with pytest.raises(RequestValidationError, match="starting_token"):
        client.iter_collections(starting_token="x" * 256)
    with pytest.raises(RequestValidationError, match="collection_id"):
        await client.create_collection(collection_id="no spaces")
    with pytest.raises(RequestValidationError, match="collection_id"):
        await client.describe_collection(collection_id="")
    with pytest.raises(RequestValidationError, match="collection_id"):
        await client.delete_collection(collection_id="a" * 256)
    assert len(emulator.requests) == 0


async def test_errors_of_the_service_have_their_class(client: RekognitionClient) -> None:
    """A modelled error arrives as the class of its name, after one attempt."""
    await client.create_collection(collection_id="faces")
    with pytest.raises(ResourceAlreadyExistsException) as twice:
        await client.create_collection(collection_id="faces")
    assert twice.value.attempts == 1
    assert twice.value.request_id is not None
    with pytest.raises(ResourceNotFoundException, match="nothing"):
        await client.describe_collection(collection_id="nothing")


async def test_unpaired_versions_are_an_error_that_hides_the_answer() -> None:
    """An answer whose versions cannot be paired is refused once, and not quoted."""
    odd = {"CollectionIds": ["private-a", "private-b"], "FaceModelVersions": ["7.0"]}
    async with emulated([FaultRule("ListCollections", Fault.respond(odd))]) as (emulator, client):
        with pytest.raises(ResponseValidationError) as refused:
            await client.list_collections()
        assert len(emulator.requests) == 1
    assert "1 FaceModelVersions cannot be paired with 2 CollectionIds" in str(refused.value)
    assert "private" not in str(refused.value) + repr(refused.value.__dict__)
    assert refused.value.request_id is not None


async def test_calls_share_a_client(emulator: RekognitionEmulator) -> None:
    """Fifty calls at a time each get their own answer, over no more connections than allowed."""
    emulator.seed(collections=names(50))
    async with RekognitionClient(**emulator.client_options, max_pool_connections=7) as client:
        described = await asyncio.gather(
            *(client.describe_collection(collection_id=name) for name in names(50))
        )
    arns = [answer.collection_arn or "" for answer in described]
    assert [arn.rpartition("/")[2] for arn in arns] == names(50)
    assert len({request.connection_id for request in emulator.requests}) <= 7


async def test_fifty_calls_run_at_once_by_default() -> None:
    """Where boto queues the eleventh call, fifty are under way together."""
    async with RekognitionEmulator() as emulator:
        arrived = asyncio.Barrier(51)
        emulator.faults.add(FaultRule("ListCollections", Fault.hold(arrived.wait)))
        async with RekognitionClient(**emulator.client_options) as client:
            calls = [asyncio.create_task(client.list_collections()) for _ in range(50)]
            await arrived.wait()
            await asyncio.gather(*calls)


async def test_logs_tell_the_calls_and_nothing_secret(caplog: pytest.LogCaptureFixture) -> None:
    """One debug line a call, one info line a retry, and no secret, token or payload in any."""
    caplog.set_level(logging.DEBUG, logger="rekognition_async")
    async with RekognitionEmulator(
        faults=[
            FaultRule("ListCollections", Fault.http(503, body="<html>payload</html>"), calls=1)
        ],
        page_size=1,
    ) as emulator:
        emulator.seed(collections=["payload-a", "payload-b"])
        options = emulator.client_options
        async with RekognitionClient(**options, retry=patient(FakeClock())) as client:
            page = await client.list_collections()
            await client.list_collections(next_token=page.next_token)
    lines = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert [level for level, _ in lines] == ["INFO", "DEBUG", "DEBUG"]
    assert "ListCollections attempt 1 of 8 failed with UnmodeledServiceError 503" in lines[0][1]
    assert page.metadata.request_id is not None
    assert page.metadata.request_id in lines[1][1]
    # The wait before the second attempt is all the time that passes.
    assert "after 2 attempt(s), 200.0 ms, " in lines[1][1]
    told = " ".join(message for _, message in lines)
    assert page.next_token is not None
    for secret in ("payload", page.next_token, options["aws_secret_access_key"]):
        assert secret not in told


async def test_botocore_does_not_log_our_payloads(
    client: RekognitionClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Even botocore's debug log of responses holds none of what was listed."""
    await client.create_collection(collection_id="payload-a")
    caplog.clear()
    caplog.set_level(logging.DEBUG, logger="botocore.parsers")
    assert (await client.list_collections()).collection_ids == ("payload-a",)
    assert "payload" not in caplog.text


async def test_secrets_stay_out_of_every_repr(emulator: RekognitionEmulator) -> None:
    """Neither the client nor what it is made of shows a secret."""
    client = RekognitionClient(
        "eu-west-1",
        aws_access_key_id="AKID",
        aws_secret_access_key="very-secret",
        aws_session_token="very-secret-too",
        retry=RetryPolicy(),
    )
    shown = repr(client) + repr(vars(client)) + repr(vars(client._connection))
    assert "very-secret" not in shown


NOTHING = [
    name
    for name in service_model().operation_names
    if not service_model().operation_model(name).output_shape.members  # type: ignore[union-attr] # every operation has one
]


@pytest.mark.parametrize("operation", NOTHING)
async def test_where_nothing_is_answered_an_empty_body_is_as_good(operation: str) -> None:
    """An operation without results takes no body and an empty document alike."""
    empty, document = (Fault.http(200, body=body) for body in ("", "{}"))
    faults = [FaultRule(operation, empty, calls=1), FaultRule(operation, document)]
    async with RekognitionEmulator(faults=faults) as emulator:
        async with RekognitionClient(**emulator.client_options) as client:
            parameters = {xform_name(name): value for name, value in required(operation).items()}
            for _ in range(2):
                response = await getattr(client, xform_name(operation))(**parameters)
                assert response == getattr(models, f"{operation}Response")()
        assert len(emulator.requests) == 2
