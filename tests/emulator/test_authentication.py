"""Who is let in, and what the others are told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from multidict import CIMultiDict
from wire import call, post, signed_headers

from rekognition_async import RekognitionClient
from rekognition_async.emulator import Credential, ManualClock, RekognitionEmulator


async def test_a_signed_request_is_let_in(emulator: RekognitionEmulator) -> None:
    """A success looks as AWS's does: status, media type, request id, compact JSON."""
    reply = await call(emulator)
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert len(reply.headers["x-amzn-RequestId"]) == 36
    assert reply.body == b'{"CollectionIds":[],"FaceModelVersions":[]}'


async def test_a_wrong_secret_is_a_wrong_signature(emulator: RekognitionEmulator) -> None:
    """The signature is held against the secret of the key."""
    reply = await call(emulator, secret="another")
    assert reply.status == 400
    assert reply.document["__type"] == "InvalidSignatureException"
    assert "does not match the signature you provided" in reply.document["message"]
    assert "Code" not in reply.document


async def test_an_altered_body_is_a_wrong_signature(emulator: RekognitionEmulator) -> None:
    """The signature covers the body."""
    options = emulator.client_options
    headers = signed_headers(
        f"{emulator.url}/",
        b"{}",
        key_id=options["aws_access_key_id"],
        secret=options["aws_secret_access_key"],
    )
    reply = await post(f"{emulator.url}/", b'{"MaxResults":1}', headers)
    assert reply.document["__type"] == "InvalidSignatureException"
    reply = await post(
        f"{emulator.url}/", b"{}", {**headers, "X-Amz-Target": "RekognitionService.ListFaces"}
    )
    assert reply.document["__type"] == "InvalidSignatureException"


async def test_a_signed_header_that_is_missing_is_a_wrong_signature(
    emulator: RekognitionEmulator,
) -> None:
    """What was signed has to arrive; what was not may go."""
    options = emulator.client_options
    headers = signed_headers(
        f"{emulator.url}/",
        b"{}",
        key_id=options["aws_access_key_id"],
        secret=options["aws_secret_access_key"],
    )
    assert (await post(f"{emulator.url}/", b"{}", {**headers, "X-More": "1"})).status == 200
    headers["Authorization"] = headers["Authorization"].replace("x-amz-date", "x-amz-date;x-gone")
    reply = await post(f"{emulator.url}/", b"{}", headers)
    assert (reply.status, reply.document["__type"]) == (400, "InvalidSignatureException")


@pytest.mark.parametrize("name", ["host", "x-amz-date", "x-amz-target", "x-amz-security-token"])
async def test_a_signature_covers_host_and_amazons_headers(name: str) -> None:
    """What decides where a request goes, and what it does, cannot be left unsigned."""
    credentials = {"AKIDTEMPORARY": Credential("secret", session_token="token")}
    async with RekognitionEmulator(credentials=credentials) as emulator:
        signing: dict[str, Any] = {"key_id": "AKIDTEMPORARY", "secret": "secret", "token": "token"}
        assert (await call(emulator, **signing)).status == 200
        reply = await call(emulator, unsigned=name, **signing)
        assert reply.document["__type"] == "InvalidSignatureException"
        assert "must be a 'SignedHeader' in the AWS Authorization" in reply.document["message"]


async def test_a_header_that_is_sent_twice_is_signed_twice(emulator: RekognitionEmulator) -> None:
    """Another value beside the one that was signed is a wrong signature."""
    options = emulator.client_options
    url = f"{emulator.url}/"
    headers = CIMultiDict(
        signed_headers(
            url,
            b"{}",
            key_id=options["aws_access_key_id"],
            secret=options["aws_secret_access_key"],
        )
    )
    headers.add("X-Amz-Target", "RekognitionService.ListFaces")
    async with aiohttp.ClientSession() as session:
        async with session.post(url, data=b"{}", headers=headers) as response:
            assert "InvalidSignatureException" in await response.text()


async def test_an_unknown_key_is_refused(emulator: RekognitionEmulator) -> None:
    """A key that the emulator was not given is an unknown client."""
    reply = await call(emulator, key_id="AKIDNOBODY")
    assert reply.document == {
        "__type": "UnrecognizedClientException",
        "message": "The security token included in the request is invalid.",
    }


@pytest.mark.parametrize(
    ("minutes", "told"), [(-6, "Signature expired: "), (6, "Signature not yet current: ")]
)
async def test_a_skewed_clock_is_refused(
    emulator: RekognitionEmulator, minutes: int, told: str
) -> None:
    """A signature is good for five minutes, either way."""
    now = datetime.now(UTC)
    reply = await call(emulator, at=now + timedelta(minutes=minutes))
    assert reply.document["__type"] == "InvalidSignatureException"
    assert reply.document["message"].startswith(told)
    assert (await call(emulator, at=now + timedelta(minutes=minutes * 2 / 3))).status == 200


async def test_no_signature_is_a_missing_token(emulator: RekognitionEmulator) -> None:
    """A request without Authorization is told what it lacks."""
    headers = {"X-Amz-Target": "RekognitionService.ListCollections"}
    reply = await post(emulator.url, b"{}", headers)
    assert reply.document == {
        "__type": "MissingAuthenticationTokenException",
        "message": "Missing Authentication Token",
    }
    reply = await post(emulator.url, b"{}", {**headers, "Authorization": "Bearer me"})
    assert reply.document["__type"] == "IncompleteSignatureException"


async def test_a_signature_for_another_service_is_refused(emulator: RekognitionEmulator) -> None:
    """The scope of the key names the service."""
    reply = await call(emulator, service="s3")
    assert reply.document["__type"] == "InvalidSignatureException"
    assert "'rekognition'" in reply.document["message"]


async def test_session_tokens_are_checked() -> None:
    """Temporary credentials work with their token, until they expire."""
    future = datetime.now(UTC) + timedelta(hours=1)
    credentials = {
        "AKIDGOOD": Credential("s", session_token="t", expires_at=future),
        "AKIDOLD": Credential("s", session_token="t", expires_at=datetime(2020, 1, 1, tzinfo=UTC)),
    }
    async with RekognitionEmulator(credentials=credentials) as emulator:
        assert (await call(emulator, key_id="AKIDGOOD", secret="s", token="t")).status == 200
        for token in (None, "other"):
            reply = await call(emulator, key_id="AKIDGOOD", secret="s", token=token)
            assert reply.document["__type"] == "UnrecognizedClientException"
        reply = await call(emulator, key_id="AKIDOLD", secret="s", token="t")
        assert reply.document["__type"] == "ExpiredTokenException"


async def test_temporary_credentials_end_by_the_emulators_clock() -> None:
    """They are good until the second they expire at, and at that second they are not."""
    clock = ManualClock(1_900_000_000)
    ends = datetime.fromtimestamp(1_900_000_060, UTC)
    credentials = {"AKIDTEMP": Credential("s", session_token="t", expires_at=ends)}
    async with RekognitionEmulator(credentials=credentials, clock=clock) as emulator:
        signing: dict[str, Any] = {"key_id": "AKIDTEMP", "secret": "s", "token": "t"}
        assert (await call(emulator, **signing)).status == 200
        clock.advance(59.999)
        assert (await call(emulator, **signing)).status == 200
        clock.advance(0.001)
        reply = await call(emulator, **signing)
        assert (reply.status, reply.document["__type"]) == (400, "ExpiredTokenException")


async def test_accounts_and_regions_have_their_own_state() -> None:
    """What one account has in one region, no other sees."""
    credentials = {
        "AKIDONE": Credential("s1", account_id="111111111111"),
        "AKIDTWO": Credential("s2", account_id="222222222222"),
    }
    async with RekognitionEmulator(credentials=credentials) as emulator:
        seen: dict[tuple[str, str], tuple[str, ...]] = {}
        for key_id, secret in (("AKIDONE", "s1"), ("AKIDTWO", "s2")):
            for region in ("eu-west-1", "us-west-2"):
                async with RekognitionClient(
                    region,
                    endpoint_url=emulator.url,
                    aws_access_key_id=key_id,
                    aws_secret_access_key=secret,
                ) as client:
                    created = await client.create_collection(collection_id=f"{key_id}-{region}")
                    assert f"{region}:{credentials[key_id].account_id}:" in (
                        created.collection_arn or ""
                    )
                    seen[key_id, region] = (await client.list_collections()).collection_ids
        assert seen == {place: ("-".join(place),) for place in seen}
        assert len(seen) == 4


async def test_signatures_may_go_unchecked() -> None:
    """Without verification anybody is let in, signed or not."""
    async with RekognitionEmulator(verify_signatures=False, region_name="eu-west-1") as emulator:
        assert (await call(emulator, secret="wrong", region_name="sa-east-1")).status == 200
        assert emulator.requests[-1].region_name == "sa-east-1"
        headers = {"X-Amz-Target": "RekognitionService.ListCollections"}
        assert (await post(emulator.url, b"{}", headers)).status == 200
        assert emulator.requests[-1].region_name == "eu-west-1"


@pytest.mark.parametrize(
    "settings",
    [
        {"account_id": "12"},
        {"account_id": "abcdefghijkl"},
        {"expires_at": datetime(2030, 1, 1)},  # noqa: DTZ001 - that it is refused is the test
    ],
)
def test_a_credential_is_checked_when_made(settings: dict[str, object]) -> None:
    """An account id that is none, and a time without zone, are refused; the secret is not shown."""
    with pytest.raises(ValueError, match=r"account_id|expires_at"):
        Credential("secret", **settings)  # type: ignore[arg-type] # wrong on purpose
    assert "hush" not in repr(Credential("hush", session_token="hush"))
