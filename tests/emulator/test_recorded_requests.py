"""What the emulator keeps of the requests that arrived."""

import json
from base64 import b64encode
from hashlib import sha256

import pytest
from pictures import picture
from wire import call, post

from rekognition_async import RekognitionClient, ServiceError
from rekognition_async.emulator import Fault, FaultRule, RekognitionEmulator


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


async def test_an_image_is_recorded_by_digest_and_length(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """Which image was sent can be told, and its bytes are not kept, wherever it stands."""
    image = picture(1)
    await client.compare_faces(source_image=image, target_image=picture(2))
    parameters = emulator.requests[-1].parameters or {}
    assert parameters["SourceImage"] == {
        "Bytes": {"SHA256": sha256(image).hexdigest(), "Length": len(image)}
    }
    assert parameters["TargetImage"]["Bytes"]["SHA256"] == sha256(picture(2)).hexdigest()
    for odd in ('"a"', "5"):
        await call(emulator, b'{"Image":{"Bytes":%b}}' % odd.encode(), "DetectLabels")
        assert emulator.requests[-1].parameters is not None


@pytest.mark.parametrize("rules", [[], [FaultRule("*", Fault.throttle())]], ids=len)
async def test_nothing_is_kept_of_what_a_refused_caller_sent(rules: list[FaultRule]) -> None:
    """Unsigned or wrongly signed, a body is neither parsed nor recorded, with a fault or not."""
    async with RekognitionEmulator(faults=rules) as emulator:
        headers = {"X-Amz-Target": "RekognitionService.ListCollections"}
        await post(emulator.url, b'{"MaxResults":1}', headers)
        await call(emulator, b'{"MaxResults":1}', secret="wrong")
        await call(emulator, b"no JSON", secret="wrong")
        assert [request.parameters for request in emulator.requests] == [None] * 3
        if not rules:
            codes = [request.error_code for request in emulator.requests]
            assert (
                codes == ["MissingAuthenticationTokenException"] + ["InvalidSignatureException"] * 2
            )


async def test_what_is_kept_is_bounded_by_bytes() -> None:
    """The oldest requests are forgotten, and what alone is too large is not kept."""
    async with RekognitionEmulator(max_recorded_bytes=20_000) as emulator:
        for number in range(30):
            await call(emulator, b'{"NextToken":"%s"}' % (b"%d" % number * 1000)[:1000])
        kept = [(request.parameters or {})["NextToken"] for request in emulator.requests]
        assert 5 < len(kept) < 20
        assert kept[-1].startswith("2929")
        await call(emulator, b'{"NextToken":"%s"}' % (b"x" * 30_000))
        too_large = emulator.requests[-1]
        assert too_large.parameters is None
        assert len(emulator.requests) > 5
        image = b64encode(b"\x89PNG" * 100_000).decode()
        await call(emulator, json.dumps({"Image": {"Bytes": image}}).encode(), "DetectLabels")
        assert (emulator.requests[-1].parameters or {})["Image"]["Bytes"]["Length"] == 400_000
        emulator.requests.clear()
        await call(emulator)
        assert len(emulator.requests) == 1


@pytest.mark.parametrize("name", ["max_recorded_requests", "max_recorded_bytes"])
def test_limits_of_the_record_are_not_negative(name: str) -> None:
    """None at all may be kept, and no fewer."""
    with pytest.raises(ValueError, match=f"{name} must be at least 0, got -1"):
        RekognitionEmulator(**{name: -1})  # type: ignore[arg-type] # by its name


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
