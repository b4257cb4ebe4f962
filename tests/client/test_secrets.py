"""Secrets stay out of botocore's debug log, and out of what our errors carry."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from aiohttp import web
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.credentials import Credentials
from support import FakeClock, options_for, patient, served

from rekognition_async import RekognitionClient, RekognitionError, ServiceError, TransportError

SESSION_TOKEN = options_for("")["aws_session_token"]
SECRET_KEY = options_for("")["aws_secret_access_key"]
PAGE_TOKEN = "page-token-of-tests"
PICTURE = "cGljdHVyZSBvZiB0ZXN0cw=="
CANONICAL = f"The Canonical String is x-amz-security-token:{SESSION_TOKEN}"


async def answer(request: web.BaseRequest) -> web.Response:
    """Answers that hold what must not be told: a token, a picture, an echo of what was signed."""
    operation = request.headers["X-Amz-Target"].rpartition(".")[2]
    if operation == "ListCollections":
        return web.json_response(
            {"CollectionIds": [], "FaceModelVersions": [], "NextToken": PAGE_TOKEN}
        )
    if operation == "GetFaceLivenessSessionResults":
        return web.json_response(
            {"SessionId": "s", "Status": "SUCCEEDED", "ReferenceImage": {"Bytes": PICTURE}}
        )
    refusal = {"__type": "InvalidSignatureException", "message": CANONICAL}
    return web.json_response(refusal, status=403)


async def some_calls(client: RekognitionClient) -> None:
    """Calls with secrets in what is sent and in what is answered."""
    await client.list_collections()
    await client.list_collections(next_token=PAGE_TOKEN)
    await client.get_face_liveness_session_results(
        session_id="123e4567-e89b-42d3-a456-426614174000"
    )
    with pytest.raises(ServiceError):
        await client.describe_collection(collection_id="a")


@pytest.mark.parametrize("is_borrowed", [False, True])
async def test_the_debug_log_tells_no_secret_of_our_calls(
    caplog: pytest.LogCaptureFixture, *, is_borrowed: bool
) -> None:
    """At DEBUG, for every logger there is: no session token, page token, picture or signature."""
    async with (
        served(answer) as url,
        get_session().create_client("rekognition", **options_for(url)) as raw,
    ):
        caplog.set_level(logging.DEBUG)
        if is_borrowed:
            await some_calls(RekognitionClient.from_aiobotocore(raw))
        else:
            async with RekognitionClient(**options_for(url)) as client:
                await some_calls(client)
    for secret in (SESSION_TOKEN, SECRET_KEY, PAGE_TOKEN, PICTURE, "Signature="):
        assert secret not in caplog.text
    # What is left is still of use: where a request went, what was signed, how long an answer was.
    assert f"Sending http request: POST {url}" in caplog.text
    assert "x-amz-security-token:***" in caplog.text
    assert "bytes)" in caplog.text


async def test_the_log_of_an_owners_own_calls_is_left_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A service that debugs its own calls over a client that we wrap sees what botocore tells."""
    async with served(answer) as url:
        async with get_session().create_client("rekognition", **options_for(url)) as raw:
            client = RekognitionClient.from_aiobotocore(raw)
            await client.list_collections()
            caplog.set_level(logging.DEBUG)
            await raw.list_collections()
    assert PAGE_TOKEN in caplog.text


def reachable_from(error: object) -> Iterator[object]:
    """All that a debugger or an error tracker finds in an error and its causes by attributes."""
    seen: set[int] = set()
    to_do = [error]
    while to_do:
        found = to_do.pop()
        if id(found) in seen or found is None:
            continue
        seen.add(id(found))
        yield found
        if isinstance(found, BaseException):
            to_do += [found.__cause__, found.__context__, *found.args, *vars(found).values()]
        elif isinstance(found, dict):
            to_do += found.values()
        elif isinstance(found, list | tuple):
            to_do += found


def holds_no_secret(error: RekognitionError) -> bool:
    """Whether nothing of a signed request, and no secret in text, is reachable from an error."""
    everything = list(reachable_from(error))
    return not any(
        isinstance(found, AWSPreparedRequest | AWSRequest | Credentials)
        or SESSION_TOKEN in repr(found)
        or SECRET_KEY in repr(found)
        for found in everything
    )


async def drop(request: web.BaseRequest) -> web.Response:
    """Closes the connection in place of an answer."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def hang(request: web.BaseRequest) -> web.StreamResponse:
    """Closes the connection within an answer."""
    response = web.StreamResponse()
    response.content_length = 100
    await response.prepare(request)
    await response.write(b"{")
    assert request.transport is not None
    request.transport.close()
    return response


@pytest.mark.parametrize("handle", [drop, hang])
@pytest.mark.parametrize("is_borrowed", [False, True])
async def test_the_cause_of_an_error_holds_no_request(handle: Any, *, is_borrowed: bool) -> None:
    """The cause tells what went wrong, and the signed request is not to be reached from it."""
    policy = patient(FakeClock(), 2)
    async with served(handle) as url:
        async with get_session().create_client("rekognition", **options_for(url)) as raw:
            if is_borrowed:
                with pytest.raises(TransportError) as raised:
                    await RekognitionClient.from_aiobotocore(raw, retry=policy).list_collections()
            else:
                async with RekognitionClient(**options_for(url), retry=policy) as client:
                    with pytest.raises(TransportError) as raised:
                        await client.list_collections()
    assert "Connection was closed" in str(raised.value.__cause__)
    assert holds_no_secret(raised.value)


async def test_a_refusing_proxys_error_holds_no_request() -> None:
    """What a proxy that refuses to connect leaves behind is without the request's headers."""

    async def refuse(_: web.BaseRequest) -> web.Response:
        return web.Response(status=407)

    async with served(refuse) as proxy:
        config = AioConfig(proxies={"https": proxy})
        async with RekognitionClient(
            **options_for("https://rekognition.invalid"),
            config=config,
            retry=patient(FakeClock(), 1),
        ) as client:
            with pytest.raises(TransportError) as raised:
                await client.list_collections()
    assert holds_no_secret(raised.value)
    assert "407" in repr(list(reachable_from(raised.value)))


@pytest.fixture
def role(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A profile whose credentials STS gives."""
    (tmp_path / "aws-config").write_text(
        "[profile base]\n"
        "aws_access_key_id = AKIDTESTS\n"
        f"aws_secret_access_key = {SECRET_KEY}\n"
        f"aws_session_token = {SESSION_TOKEN}\n"
        "[profile role]\n"
        "role_arn = arn:aws:iam::123456789012:role/tests\n"
        "source_profile = base\n"
    )
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    return "role"


async def test_a_failed_assume_role_holds_no_request(
    role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where STS does not answer, its own signed request is not reachable either."""
    async with served(drop) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
        async with RekognitionClient("us-east-1", endpoint_url=url, profile_name=role) as client:
            with pytest.raises(RekognitionError) as raised:
                await client.list_collections()
    assert "Connection was closed" in str(raised.value)
    assert holds_no_secret(raised.value)


async def test_the_debug_log_tells_no_credentials_of_a_role(
    role: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What STS answers within a call of ours is not told, nor what it is asked with."""

    async def assume_role(_: web.BaseRequest) -> web.Response:
        return web.Response(
            text="""<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
            <AssumeRoleResult><Credentials>
            <AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>of-the-role</SecretAccessKey>
            <SessionToken>token-of-role</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration>
            </Credentials></AssumeRoleResult></AssumeRoleResponse>""",
            content_type="text/xml",
        )

    caplog.set_level(logging.DEBUG)
    async with served(assume_role) as sts, served(answer) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sts)
        async with RekognitionClient("us-east-1", endpoint_url=url, profile_name=role) as client:
            await client.list_collections()
    assert f"POST {sts}" in caplog.text
    for secret in (SESSION_TOKEN, SECRET_KEY, "of-the-role", "token-of-role", "Signature="):
        assert secret not in caplog.text


async def test_no_redirect_of_sts_is_followed(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request that assumes a role goes to STS and nowhere else."""
    followed: list[str] = []

    async def elsewhere(request: web.BaseRequest) -> web.Response:
        followed.append(request.method)
        return web.Response()

    async with served(elsewhere) as target:

        async def redirect(_: web.BaseRequest) -> web.Response:
            refusal = "<ErrorResponse><Error><Code>Moved</Code></Error></ErrorResponse>"
            return web.Response(status=307, text=refusal, headers={"Location": target})

        async with served(redirect) as url:
            monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
            async with RekognitionClient(
                "us-east-1", endpoint_url=target, profile_name=role
            ) as client:
                with pytest.raises(RekognitionError):
                    await client.list_collections()
    assert followed == []
