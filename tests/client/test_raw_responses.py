"""Raw answers: what came over the wire, beside what a response model makes of it."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from aiobotocore.session import get_session
from aiobotocore.stub import AioStubber
from support import FakeClock, emulated, names, patient

from rekognition_async import (
    ClientClosedError,
    RawResponse,
    RekognitionClient,
    ResponseValidationError,
    TransportError,
)
from rekognition_async.emulator import Fault, FaultRule, RekognitionEmulator
from rekognition_async.errors import ResourceNotFoundException
from rekognition_async.models import (
    DeleteProjectPolicyRequest,
    DeleteProjectPolicyResponse,
    DescribeCollectionRequest,
    ListCollectionsRequest,
    ListCollectionsResponse,
)

NEWER = {"CollectionIds": ["private-a"], "FaceModelVersions": ["8.0"], "Owner": {"Team": "vision"}}
LIST = ListCollectionsRequest()


async def test_a_member_that_is_newer_than_this_version_is_in_the_body() -> None:
    """What the model passes over is in the body, beside status, headers and request id."""
    answer = Fault.http(200, body=json.dumps(NEWER), headers={"X-Amzn-New": "yes"})
    async with emulated([FaultRule("ListCollections", answer)]) as (emulator, client):
        raw = await client.send_raw(LIST)
        assert json.loads(raw.body) == NEWER
        assert raw.operation == "ListCollections"
        assert raw.http_status_code == 200
        assert raw.headers["x-amzn-new"] == "yes"
        assert raw.request_id == raw.headers["x-amzn-requestid"]
        assert raw.parse() == await client.send(LIST)
        assert raw.parse().metadata == raw.metadata
        assert len(emulator.requests) == 2


@pytest.mark.parametrize("borrowed", [False, True])
async def test_a_raw_answer_is_the_one_that_send_reads(
    emulator: RekognitionEmulator, borrowed: bool
) -> None:
    """An own client and a wrapped one give the bytes that came, and the same response."""
    emulator.seed(collections=names(3))
    options: Any = emulator.client_options
    if borrowed:
        async with get_session().create_client("rekognition", **options) as lent:
            client = RekognitionClient.from_aiobotocore(lent)
            raw, page = await client.send_raw(LIST), await client.list_collections()
    else:
        async with RekognitionClient(**options) as client:
            raw, page = await client.send_raw(LIST), await client.list_collections()
    assert json.loads(raw.body)["CollectionIds"] == names(3)
    assert int(raw.headers["content-length"]) == len(raw.body)
    assert raw.parse() == page
    assert type(raw.parse()) is ListCollectionsResponse


async def test_failed_attempts_are_repeated_as_for_send() -> None:
    """Throttling and a body that is not JSON are retried, and the count is in the metadata."""
    faults = [
        FaultRule("ListCollections", Fault.throttle(), calls=1),
        FaultRule("ListCollections", Fault.http(200, body="<html>"), calls=2),
    ]
    async with emulated(faults, collections=names(1)) as (_, client):
        raw = await client.send_raw(LIST)
    assert raw.metadata.retry_attempts == 2
    assert raw.parse().collection_ids == ("collection-00000",)


async def test_errors_are_raised_as_by_send() -> None:
    """An error of the service, an answer that is none, and a closed client raise the same."""
    faults = [FaultRule("ListCollections", Fault.http(200, body="<html>"))]
    async with emulated(faults, retry=patient(FakeClock(), 2)) as (_, client):
        with pytest.raises(ResourceNotFoundException):
            await client.send_raw(DescribeCollectionRequest(collection_id="nobody"))
        with pytest.raises(TransportError) as failed:
            await client.send_raw(LIST)
        assert failed.value.attempts == 2
    with pytest.raises(ClientClosedError):
        await client.send_raw(LIST)


async def test_an_answer_that_contradicts_its_schema_is_still_to_be_had() -> None:
    """Where ``send`` refuses an answer, its bytes are here, and ``parse`` refuses."""
    odd = {"CollectionIds": ["private-a", "private-b"], "FaceModelVersions": ["7.0"]}
    async with emulated([FaultRule("ListCollections", Fault.respond(odd))]) as (emulator, client):
        raw = await client.send_raw(LIST)
        assert json.loads(raw.body) == odd
        assert raw.http_status_code == 200
        with pytest.raises(ResponseValidationError) as refused:
            raw.parse()
        assert refused.value.request_id == raw.request_id == emulator.requests[0].request_id
        with pytest.raises(ResponseValidationError):
            await client.send(LIST)
        assert len(emulator.requests) == 2


async def test_an_empty_body_stays_one() -> None:
    """An operation without results has the body that came, and its response."""
    arn = "arn:aws:rekognition:us-east-1:123456789012:project/p/1"
    request = DeleteProjectPolicyRequest(project_arn=arn, policy_name="p")
    faults = [FaultRule("DeleteProjectPolicy", Fault.http(200, body=""))]
    async with emulated(faults) as (_, client):
        raw = await client.send_raw(request)
    assert (raw.body, raw.parse()) == (b"", DeleteProjectPolicyResponse())


async def test_what_a_stub_gives_is_json_without_an_exchange(emulator: RekognitionEmulator) -> None:
    """Where nothing was sent, the body says what stood in for an answer."""
    options: Any = emulator.client_options
    created = datetime(2026, 1, 2, tzinfo=UTC)
    async with get_session().create_client("rekognition", **options) as lent:
        with AioStubber(lent) as stubber:
            given = {"FaceCount": 3, "CreationTimestamp": created}
            stubber.add_response("describe_collection", given, {"CollectionId": "a"})
            client = RekognitionClient.from_aiobotocore(lent)
            raw = await client.send_raw(DescribeCollectionRequest(collection_id="a"))
    assert json.loads(raw.body) == {"FaceCount": 3, "CreationTimestamp": "2026-01-02T00:00:00Z"}
    assert (raw.request_id, dict(raw.headers)) == (None, {})
    assert raw.parse().creation_timestamp == created
    assert len(emulator.requests) == 0


async def test_neither_repr_nor_log_shows_a_raw_answer(caplog: pytest.LogCaptureFixture) -> None:
    """What was answered stays out of a repr and of the debug lines."""
    caplog.set_level(logging.DEBUG, logger="rekognition_async")
    answer = Fault.http(200, body=json.dumps(NEWER), headers={"Set-Cookie": "private=1"})
    async with emulated([FaultRule("ListCollections", answer)]) as (_, client):
        raw: RawResponse[ListCollectionsResponse] = await client.send_raw(LIST)
    assert raw.request_id is not None
    assert raw.request_id in repr(raw)
    assert raw.request_id in caplog.text
    assert "private" not in repr(raw) + caplog.text
