"""The 23 errors of the service model as they come over the wire, and which of them are retried."""

from typing import Any

import pytest
from aiohttp import web
from botocore import xform_name
from model_strategies import required, service_model
from support import FakeClock, RefusalError, options_for, patient, scripted, served

from rekognition_async import RekognitionClient, ServiceError, TransportError, errors
from rekognition_async.errors import (
    FINAL_CODES,
    SERVICE_ERRORS,
    THROTTLING_CODES,
    TRANSIENT_CODES,
    HumanLoopQuotaExceededException,
)

MODEL = service_model()
MODELLED = [name for name in MODEL.shape_names if MODEL.shape_for(name).metadata.get("exception")]
RETRIED = {
    "InternalServerError": 500,
    "ProvisionedThroughputExceededException": 400,
    "ThrottlingException": 400,
}


def test_every_modelled_error_has_one_verdict_and_a_reason() -> None:
    """The table says of all 23 errors whether a retry may help, and why."""
    assert len(MODELLED) == 23
    assert set(MODELLED) == set(SERVICE_ERRORS)
    tables = [THROTTLING_CODES, TRANSIENT_CODES, FINAL_CODES]
    for code in MODELLED:
        (reason,) = [table[code] for table in tables if code in table]
        assert reason
    assert set(FINAL_CODES) == set(MODELLED) - set(RETRIED)
    assert not set(THROTTLING_CODES) & set(TRANSIENT_CODES)


@pytest.mark.parametrize("prefix", ["", "com.amazonaws.rekognition#"])
@pytest.mark.parametrize("code", MODELLED)
async def test_each_error_is_its_class_and_is_retried_or_not(code: str, prefix: str) -> None:
    """What may pass is sent again as often as the policy says, and all else once."""

    def answer(*_: object) -> object:
        refusal = RefusalError(code, f"{code} it is", status=RETRIED.get(code, 400))
        refusal.document["__type"] = prefix + code
        raise refusal

    retry = patient(FakeClock(), max_attempts=3)
    async with scripted(answer, retry=retry, quotas=None) as (asked, client):
        with pytest.raises(ServiceError) as raised:
            await client.list_collections()
    error = raised.value
    assert type(error) is getattr(errors, code)
    assert (error.code, error.message) == (code, f"{code} it is")
    assert (error.operation, error.http_status_code) == (
        "ListCollections",
        RETRIED.get(code, 400),
    )
    assert error.retryable is (code in RETRIED)
    assert error.throttled is (code in THROTTLING_CODES)
    assert len(asked) == error.attempts == (3 if code in RETRIED else 1)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_what_rekognition_itself_says_counts_before_the_status(status: int) -> None:
    """An error that no retry cures is final under any status."""

    def answer(*_: object) -> object:
        raise RefusalError("LimitExceededException", "too many jobs", status=status)

    async with scripted(answer) as (asked, client):
        with pytest.raises(errors.LimitExceededException):
            await client.start_face_detection(video={"S3Object": {"Bucket": "abc", "Name": "v"}})  # type: ignore[arg-type] # dicts are read, too
    assert len(asked) == 1


async def test_the_members_of_the_human_loop_error_come_over_the_wire() -> None:
    """The one error with members of its own has all three as attributes."""
    members = set(MODEL.shape_for("HumanLoopQuotaExceededException").members)  # type: ignore[attr-defined] # a structure
    own: dict[str, Any] = {
        "ResourceType": "HumanLoop",
        "QuotaCode": "L-1",
        "ServiceCode": "sagemaker",
    }
    assert set(own) == members - {"Message", "Code", "Logref"}

    def answer(*_: object) -> object:
        raise RefusalError("HumanLoopQuotaExceededException", **own)

    async with scripted(answer) as (_, client):
        with pytest.raises(HumanLoopQuotaExceededException) as raised:
            await client.detect_moderation_labels(image=b"image")
    error = raised.value
    assert (error.resource_type, error.quota_code, error.service_code) == tuple(own.values())


def without_output() -> list[str]:
    """The operations that answer with a structure of no members."""
    shapes = {name: MODEL.operation_model(name).output_shape for name in MODEL.operation_names}
    return [name for name, shape in shapes.items() if shape is not None and not shape.members]


@pytest.mark.parametrize("operation", without_output())
async def test_a_proxys_page_is_not_taken_for_done(operation: str) -> None:
    """An operation that answers nothing is done at an empty answer, and not at any other of 200."""
    bodies = [b"<html>Sign in to the network</html>", b"", b"{}"]
    asked: list[bytes] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        asked.append(await request.read())
        return web.Response(body=bodies[len(asked) - 1], content_type="text/html")

    parameters = {xform_name(name): value for name, value in required(operation).items()}
    async with served(answer) as url:
        async with RekognitionClient(**options_for(url), retry=patient(FakeClock(), 1)) as client:
            method = getattr(client, xform_name(operation))
            with pytest.raises(TransportError, match=r"HTTP 200 with a body that is not JSON"):
                await method(**parameters)
            for _ in bodies[1:]:
                await method(**parameters)
    assert len(asked) == 3
