"""Liveness sessions, without anybody before a camera."""

from typing import Any

import pytest
from support import working

from rekognition_async import RekognitionClient
from rekognition_async.emulator import AnswerRule
from rekognition_async.emulator.vision.images import read_picture
from rekognition_async.errors import (
    IdempotentParameterMismatchException,
    JobFailedError,
    SessionNotFoundException,
)
from rekognition_async.models.liveness import (
    ChallengePreference,
    CreateFaceLivenessSessionRequestSettings,
    GetFaceLivenessSessionResultsResponse,
    LivenessOutputConfig,
    Versions,
)


async def begin(client: RekognitionClient, token: str | None = None, **settings: Any) -> str:
    """Begins a session, and gives its id."""
    response = await client.create_face_liveness_session(
        settings=CreateFaceLivenessSessionRequestSettings(**settings) if settings else None,
        client_request_token=token,
    )
    assert response.session_id is not None
    return response.session_id


async def results(
    client: RekognitionClient, session_id: str
) -> GetFaceLivenessSessionResultsResponse:
    """What a session's check gave, so far."""
    return await client.get_face_liveness_session_results(session_id=session_id)


async def test_a_session_is_checked_after_a_while() -> None:
    """CREATED, then IN_PROGRESS, then SUCCEEDED with a confidence and a picture of the face."""
    async with working(durations={"liveness": 20}) as (_, client, clock):
        session_id = await begin(client)
        for status in ("CREATED", "IN_PROGRESS"):
            found = await results(client, session_id)
            assert (found.status, found.confidence, found.reference_image) == (status, None, None)
            clock.advance(10)
        found = await results(client, session_id)
    assert found.status == "SUCCEEDED"
    assert found.session_id == session_id
    assert found.confidence is not None
    assert 90 <= found.confidence < 100
    assert not found.audit_images
    assert found.challenge is not None
    assert found.challenge.type == "FaceMovementAndLightChallenge"
    image = found.reference_image
    assert image is not None
    assert image.s3_object is None
    box = image.bounding_box
    assert box is not None
    assert box.left is not None
    assert box.width is not None
    assert 0 < box.left < box.left + box.width < 1


async def test_polls_check_a_session_with_polls_until_done() -> None:
    """After two polls the check is made, whatever the clock says."""
    async with working(durations=1e9, polls_until_done=2) as (_, client, _):
        session_id = await begin(client)
        told = [(await results(client, session_id)).status for _ in range(4)]
    assert told == ["CREATED", "IN_PROGRESS", "SUCCEEDED", "SUCCEEDED"]


async def test_the_wait_ends_with_the_check() -> None:
    """wait_for_face_liveness_session gives the results."""
    async with working(durations={"liveness": 30}) as (_, client, clock):
        begun = clock.time()
        found = await client.wait_for_face_liveness_session(session_id=await begin(client))
        assert found.status == "SUCCEEDED"
        assert clock.time() >= begun + 30


async def test_pictures_tell_one_session_from_another() -> None:
    """All pictures of a session show the same, and none shows what another session does."""
    async with working(durations=0) as (_, client, _):
        sessions = []
        for _ in range(3):
            found = await results(client, await begin(client, audit_images_limit=4))
            assert found.reference_image is not None
            images = [found.reference_image, *found.audit_images]
            assert len(images) == 5
            contents = [image.bytes for image in images]
            assert len(set(contents)) == 5
            sessions.append([read_picture(content) for content in contents if content])
    for number, pictures in enumerate(sessions):
        assert all((picture.width, picture.height) == (96, 96) for picture in pictures)
        assert all(picture.is_same_as(pictures[0]) for picture in pictures)
        for other in sessions[number + 1 :]:
            assert not any(picture.is_same_as(other[0]) for picture in pictures)


async def test_pictures_go_to_a_bucket_if_there_is_one() -> None:
    """With an OutputConfig, pictures are named and not sent."""
    output = LivenessOutputConfig(s3_bucket="selfies", s3_key_prefix="door/")
    async with working(durations=0) as (_, client, _):
        session_id = await begin(client, output_config=output, audit_images_limit=2)
        found = await results(client, session_id)
    assert found.reference_image is not None
    images = [found.reference_image, *found.audit_images]
    assert [image.s3_object.name for image in images if image.s3_object] == [
        f"door/{session_id}/{name}.png"
        for name in ("reference-image", "audit-image-1", "audit-image-2")
    ]
    assert all(image.bytes is None and image.bounding_box for image in images)


async def test_the_preferred_challenge_is_made() -> None:
    """The first of the preferences, in the newest version that is acceptable."""
    versions = Versions(minimum="1.0.0", maximum="1.2.0")
    preferences = [
        ChallengePreference(type="FaceMovementChallenge", versions=versions),
        ChallengePreference(type="FaceMovementAndLightChallenge"),
    ]
    async with working(durations=0) as (_, client, _):
        found = await results(client, await begin(client, challenge_preferences=preferences))
    assert found.challenge is not None
    assert (found.challenge.type, found.challenge.version) == ("FaceMovementChallenge", "1.2.0")


async def test_results_live_for_three_minutes() -> None:
    """After that, what was found is not to be had any more."""
    async with working() as (_, client, clock):
        session_id = await begin(client)
        clock.advance(179)
        assert (await results(client, session_id)).status == "SUCCEEDED"
        clock.advance(1)
        with pytest.raises(SessionNotFoundException):
            await results(client, session_id)


async def test_a_session_that_nobody_used_expires() -> None:
    """It is EXPIRED after three minutes, and not found after three more."""
    async with working(durations={"liveness": 200}, polls_until_done=2) as (_, client, clock):
        session_id = await begin(client)
        clock.advance(179)
        assert (await results(client, session_id)).status == "IN_PROGRESS"
        clock.advance(1)
        for _ in range(3):
            assert (await results(client, session_id)).status == "EXPIRED"
        with pytest.raises(JobFailedError, match="EXPIRED"):
            await client.wait_for_face_liveness_session(session_id=session_id)
        clock.advance(180)
        with pytest.raises(SessionNotFoundException):
            await results(client, session_id)


async def test_what_is_declared_is_found() -> None:
    """A rule for the results overrides what is made up; the limit of audit images stays."""
    images = [{"Bytes": "AAAA"}, {"Bytes": "AAEC"}]
    rule = AnswerRule(
        "GetFaceLivenessSessionResults",
        {"Confidence": 12.5, "AuditImages": images},
        when=lambda created: created["Settings"]["AuditImagesLimit"] == 1,
    )
    async with working(answers=[rule], durations=0) as (_, client, _):
        found = await results(client, await begin(client, audit_images_limit=1))
        assert found.confidence == 12.5
        assert [image.bytes for image in found.audit_images] == [b"\0\0\0"]
        assert found.reference_image is not None
        other = await results(client, await begin(client, audit_images_limit=2))
        assert other.confidence != 12.5


@pytest.mark.parametrize("status", ["FAILED", "EXPIRED", "CREATED"])
async def test_a_check_may_be_declared_to_fail(status: str) -> None:
    """A declared status is what a session ends with; a failed one has no picture."""
    rule = AnswerRule("GetFaceLivenessSessionResults", {"Status": status})
    async with working(answers=[rule]) as (_, client, clock):
        session_id = await begin(client)
        assert (await results(client, session_id)).status == "CREATED"
        clock.advance(1)
        found = await results(client, session_id)
        assert (found.status, found.confidence, found.reference_image) == (status, None, None)
        clock.advance(179)
        if status == "FAILED":
            with pytest.raises(SessionNotFoundException):
                await results(client, session_id)
        else:
            assert (await results(client, session_id)).status == "EXPIRED"


async def test_a_session_is_begun_once_for_a_token() -> None:
    """The same token gives the same session, and other settings are refused."""
    async with working() as (_, client, _):
        first = await begin(client, "once", audit_images_limit=1)
        assert await begin(client, "once", audit_images_limit=1) == first
        with pytest.raises(IdempotentParameterMismatchException):
            await begin(client, "once", audit_images_limit=2)
        assert await begin(client, audit_images_limit=1) != first
        with pytest.raises(SessionNotFoundException):
            await results(client, "00000000-0000-4000-8000-000000000000")


async def test_sessions_are_the_same_in_another_emulator() -> None:
    """Ids, confidences and pictures depend on nothing but the order of the calls."""
    told = []
    for _ in range(2):
        async with working(durations=0) as (_, client, _):
            session_id = await begin(client, audit_images_limit=1)
            told.append((session_id, (await results(client, session_id)).model_dump_json()))
    assert told[0] == told[1]
