"""What the emulator keeps of the requests that arrived."""

import pytest
from wire import call, post

from rekognition_async import RekognitionClient, ServiceError
from rekognition_async.emulator import RekognitionEmulator


async def test_requests_are_recorded(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """Operation, parameters, region, account and outcome of each request, in order."""
    await client.create_collection(collection_id="a", tags={"k": "v"})
    with pytest.raises(ServiceError):
        await client.describe_collection(collection_id="b")
    created, described = emulator.requests
    assert (created.operation, created.parameters) == (
        "CreateCollection",
        {"CollectionId": "a", "Tags": {"k": "v"}},
    )
    assert (created.region_name, created.account_id) == ("us-east-1", "123456789012")
    assert (created.status, created.error_code) == (200, None)
    assert (described.status, described.error_code) == (400, "ResourceNotFoundException")
    assert created.connection_id == described.connection_id


async def test_headers_are_found_in_any_case_without_secrets(emulator: RekognitionEmulator) -> None:
    """Signature and token are kept out of the record, and parameters out of its repr."""
    await call(emulator, b'{"NextToken":"hush"}', token="hush")
    recorded = emulator.requests[-1]
    assert recorded.headers["x-amz-target"] == recorded.headers["X-Amz-Target"]
    assert recorded.headers["authorization"] == recorded.headers["x-amz-security-token"] == "***"
    assert "hush" not in repr(emulator.requests)


async def test_what_was_no_request_of_rekognition_is_recorded_too(
    emulator: RekognitionEmulator,
) -> None:
    """Without a target there is no operation, and without JSON there are no parameters."""
    await post(emulator.url, b"hello", {})
    recorded = emulator.requests[-1]
    assert (recorded.operation, recorded.parameters, recorded.region_name) == ("", None, None)


async def test_the_record_is_a_sequence_with_a_limit() -> None:
    """The latest requests are kept, sliced, and forgotten when told."""
    async with RekognitionEmulator(max_recorded_requests=3) as emulator:
        for number in range(5):
            await call(emulator, b'{"MaxResults":%d}' % number)
        kept = [(request.parameters or {})["MaxResults"] for request in emulator.requests]
        assert kept == [2, 3, 4]
        assert emulator.requests[1:] == list(emulator.requests)[1:]
        emulator.requests.clear()
        assert len(emulator.requests) == 0
