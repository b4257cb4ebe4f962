"""The 23 errors of the service model as they come over the wire, and which of them are retried."""

from typing import Any

import pytest
from model_strategies import service_model
from support import FakeClock, RefusalError, patient, scripted

from rekognition_async import ServiceError, errors
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
