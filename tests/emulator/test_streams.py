"""Stream processors: what they are made of, and how they start, stop and change."""

from typing import Any

import pytest
from support import working

from rekognition_async import RekognitionClient
from rekognition_async.emulator import AnswerRule
from rekognition_async.errors import (
    InvalidParameterException,
    JobFailedError,
    ResourceInUseException,
    ResourceNotFoundException,
)
from rekognition_async.models.common import BoundingBox, Point, RegionOfInterest
from rekognition_async.models.streams import (
    ConnectedHomeSettings,
    ConnectedHomeSettingsForUpdate,
    FaceSearchSettings,
    KinesisDataStream,
    KinesisVideoStream,
    KinesisVideoStreamStartSelector,
    S3Destination,
    StreamProcessingStartSelector,
    StreamProcessingStopSelector,
    StreamProcessorDataSharingPreference,
    StreamProcessorInput,
    StreamProcessorNotificationChannel,
    StreamProcessorOutput,
    StreamProcessorSettings,
    StreamProcessorSettingsForUpdate,
)

ROLE = "arn:aws:iam::123456789012:role/Rekognition"
ARN = "arn:aws:rekognition:us-east-1:123456789012:streamprocessor/"
INPUT = StreamProcessorInput(
    kinesis_video_stream=KinesisVideoStream(
        arn="arn:aws:kinesisvideo:us-east-1:123456789012:stream/door/1"
    )
)
DATA = StreamProcessorOutput(
    kinesis_data_stream=KinesisDataStream(arn="arn:aws:kinesis:us-east-1:123456789012:stream/faces")
)
BUCKET = StreamProcessorOutput(s3_destination=S3Destination(bucket="labels"))
FACES = StreamProcessorSettings(face_search=FaceSearchSettings(collection_id="visitors"))
PETS = StreamProcessorSettings(
    connected_home=ConnectedHomeSettings(labels=("PET",), min_confidence=70.0)
)
DOOR = RegionOfInterest(bounding_box=BoundingBox(left=0.1, top=0.1, width=0.5, height=0.5))
CHANNEL = StreamProcessorNotificationChannel(
    sns_topic_arn="arn:aws:sns:us-east-1:123456789012:AmazonRekognitionDoor"
)
FROM = StreamProcessingStartSelector(
    kvs_stream_start_selector=KinesisVideoStreamStartSelector(producer_timestamp=1)
)
FOR_A_MINUTE = StreamProcessingStopSelector(max_duration_in_seconds=60)


async def create(client: RekognitionClient, name: str = "door", **parameters: Any) -> Any:
    """Adds a processor that searches faces, unless told otherwise."""
    given: dict[str, Any] = {
        "input": INPUT,
        "output": DATA,
        "name": name,
        "settings": FACES,
        "role_arn": ROLE,
    }
    return await client.create_stream_processor(**given | parameters)


async def create_for_labels(client: RekognitionClient, **parameters: Any) -> Any:
    """Adds a processor that detects labels."""
    given: dict[str, Any] = {
        "output": BUCKET,
        "settings": PETS,
        "notification_channel": CHANNEL,
        "regions_of_interest": [DOOR],
    }
    return await create(client, **given | parameters)


async def status(client: RekognitionClient, name: str = "door") -> str | None:
    """What a processor does."""
    return (await client.describe_stream_processor(name=name)).status


async def test_a_processor_starts_and_stops() -> None:
    """STOPPED, STARTING, RUNNING, STOPPING, STOPPED: each change takes its time."""
    async with working(durations={"stream_start": 10, "stream_stop": 20}) as (_, client, clock):
        created = await create(client)
        assert created.stream_processor_arn == f"{ARN}door"
        told = [await status(client)]
        first = await client.start_stream_processor(name="door")
        for seconds in (0, 9, 1, 3600):
            clock.advance(seconds)
            told.append(await status(client))
        await client.stop_stream_processor(name="door")
        for seconds in (19, 1):
            clock.advance(seconds)
            told.append(await status(client))
        second = await client.start_stream_processor(name="door")
    assert told == [
        *("STOPPED", "STARTING", "STARTING", "RUNNING", "RUNNING", "STOPPING", "STOPPED")
    ]
    assert first.session_id != second.session_id


async def test_what_was_created_is_described() -> None:
    """All that a processor was created with comes back, and the times of its changes."""
    async with working(durations={"stream_start": 10}) as (_, client, clock):
        await create_for_labels(
            client,
            kms_key_id="key",
            data_sharing_preference=StreamProcessorDataSharingPreference(opt_in=True),
            tags={"team": "home"},
        )
        clock.advance(5)
        await client.start_stream_processor(
            name="door", start_selector=FROM, stop_selector=FOR_A_MINUTE
        )
        clock.advance(30)
        found = await client.describe_stream_processor(name="door")
    assert (found.name, found.stream_processor_arn) == ("door", f"{ARN}door")
    assert (found.input, found.output, found.role_arn) == (INPUT, BUCKET, ROLE)
    assert (found.settings, found.notification_channel) == (PETS, CHANNEL)
    assert (found.kms_key_id, found.regions_of_interest) == ("key", (DOOR,))
    assert found.data_sharing_preference is not None
    assert found.data_sharing_preference.opt_in
    assert found.creation_timestamp is not None
    assert found.last_update_timestamp is not None
    assert (found.last_update_timestamp - found.creation_timestamp).total_seconds() == 15


@pytest.mark.parametrize(("asked", "kept"), [(None, 80.0), (10.0, 80.0), (95.5, 95.5)])
async def test_faces_match_by_80_and_more(asked: float | None, kept: float) -> None:
    """A FaceMatchThreshold below 80, or none, is 80."""
    settings = StreamProcessorSettings(
        face_search=FaceSearchSettings(collection_id="visitors", face_match_threshold=asked)
    )
    async with working() as (_, client, _):
        await create(client, settings=settings)
        found = await client.describe_stream_processor(name="door")
    assert found.settings is not None
    assert found.settings.face_search is not None
    assert found.settings.face_search.face_match_threshold == kept


async def test_the_waits_follow_a_processor() -> None:
    """wait_for_stream_processor_running and _stopped poll through the changes."""
    async with working(durations={"stream_start": 30, "stream_stop": 5}) as (_, client, clock):
        await create(client)
        await client.start_stream_processor(name="door")
        begun = clock.time()
        running = await client.wait_for_stream_processor_running(name="door")
        assert running.status == "RUNNING"
        assert clock.time() >= begun + 30
        await client.stop_stream_processor(name="door")
        assert (await client.wait_for_stream_processor_stopped(name="door")).status == "STOPPED"


async def test_polls_end_a_change_with_polls_until_done() -> None:
    """A description is a poll, a list is none."""
    async with working(durations=1e9, polls_until_done=1) as (_, client, _):
        await create(client)
        await client.start_stream_processor(name="door")
        for _ in range(3):
            listed = await client.list_stream_processors()
            assert [item.status for item in listed.stream_processors] == ["STARTING"]
        assert [await status(client), await status(client)] == ["STARTING", "RUNNING"]
        listed = await client.list_stream_processors()
        assert [item.status for item in listed.stream_processors] == ["RUNNING"]


async def test_a_declared_failure_fails_the_start() -> None:
    """A rule sees how a processor was created; without it, the next start goes well."""
    rule = AnswerRule(
        "DescribeStreamProcessor",
        {"Status": "FAILED", "StatusMessage": "The stream ended"},
        when=lambda created: created["Name"] == "door" and "Status" not in created,
    )
    async with working(answers=[rule]) as (emulator, client, _):
        await create(client)
        await create(client, "window")
        for name in ("door", "window"):
            await client.start_stream_processor(name=name)
        await client.wait_for_stream_processor_running(name="window")
        with pytest.raises(JobFailedError, match="The stream ended"):
            await client.wait_for_stream_processor_running(name="door")
        assert (await client.describe_stream_processor(name="door")).status_message
        emulator.answers.clear()
        await client.start_stream_processor(name="door")
        running = await client.wait_for_stream_processor_running(name="door")
        assert running.status_message is None


async def test_the_detection_of_labels_ends_by_itself() -> None:
    """It runs for as long as the StopSelector says, or for 10 seconds."""
    durations = {"stream_start": 10, "stream_stop": 1}
    async with working(durations=durations) as (_, client, clock):
        await create_for_labels(client)
        for selector, seconds in ((FOR_A_MINUTE, 60), (StreamProcessingStopSelector(), 10)):
            await client.start_stream_processor(
                name="door", start_selector=FROM, stop_selector=selector
            )
            told = []
            for step in (9, 1, seconds - 1, 1):
                clock.advance(step)
                told.append(await status(client))
            assert told == ["STARTING", "RUNNING", "RUNNING", "STOPPED"]
        await client.start_stream_processor(
            name="door", start_selector=FROM, stop_selector=FOR_A_MINUTE
        )
        # Nobody looked while it ran.
        clock.advance(70)
        assert await status(client) == "STOPPED"
        await client.start_stream_processor(
            name="door", start_selector=FROM, stop_selector=FOR_A_MINUTE
        )
        clock.advance(20)
        await client.stop_stream_processor(name="door")
        clock.advance(1)
        assert await status(client) == "STOPPED"
        clock.advance(3600)
        assert await status(client) == "STOPPED"


async def test_selectors_are_for_the_detection_of_labels() -> None:
    """It needs both of them, and a search for faces takes neither."""
    async with working() as (_, client, _):
        await create_for_labels(client)
        some: tuple[dict[str, Any], ...] = (
            {},
            {"start_selector": FROM},
            {"stop_selector": FOR_A_MINUTE},
            {"start_selector": StreamProcessingStartSelector(), "stop_selector": FOR_A_MINUTE},
        )
        for wrong in some:
            with pytest.raises(InvalidParameterException, match="Selector"):
                await client.start_stream_processor(name="door", **wrong)
        assert await status(client) == "STOPPED"
        await create(client, "faces")
        with pytest.raises(InvalidParameterException, match="StopSelector"):
            await client.start_stream_processor(name="faces", stop_selector=FOR_A_MINUTE)


async def test_an_update_takes_effect_after_a_while() -> None:
    """UPDATING, then STOPPED with the new settings; parameters may be deleted."""
    async with working(durations={"stream_update": 10}) as (_, client, clock):
        await create_for_labels(client)
        settings = StreamProcessorSettingsForUpdate(
            connected_home_for_update=ConnectedHomeSettingsForUpdate(labels=("PERSON", "PACKAGE"))
        )
        corner = RegionOfInterest(polygon=(Point(x=0, y=0), Point(x=0.5, y=0), Point(x=0, y=0.5)))
        sharing = StreamProcessorDataSharingPreference(opt_in=False)
        await client.update_stream_processor(
            name="door",
            settings_for_update=settings,
            regions_of_interest_for_update=[corner],
            data_sharing_preference_for_update=sharing,
        )
        found = await client.describe_stream_processor(name="door")
        assert (found.status, found.settings) == ("UPDATING", PETS)
        clock.advance(10)
        found = await client.describe_stream_processor(name="door")
        assert found.status == "STOPPED"
        assert found.settings is not None
        assert found.settings.connected_home == ConnectedHomeSettings(
            labels=("PERSON", "PACKAGE"), min_confidence=70.0
        )
        assert (found.regions_of_interest, found.data_sharing_preference) == ((corner,), sharing)
        await client.update_stream_processor(
            name="door", parameters_to_delete=["ConnectedHomeMinConfidence", "RegionsOfInterest"]
        )
        clock.advance(10)
        found = await client.describe_stream_processor(name="door")
        assert found.settings is not None
        assert found.settings.connected_home is not None
        assert found.settings.connected_home.min_confidence is None
        assert not found.regions_of_interest


async def test_a_search_for_faces_has_no_settings_to_update() -> None:
    """Labels and regions are those of the other kind; sharing data is a choice of both."""
    async with working() as (_, client, clock):
        await create(client)
        with pytest.raises(InvalidParameterException, match="search for faces"):
            await client.update_stream_processor(name="door", regions_of_interest_for_update=[DOOR])
        sharing = StreamProcessorDataSharingPreference(opt_in=True)
        await client.update_stream_processor(
            name="door", data_sharing_preference_for_update=sharing
        )
        clock.advance(1)
        found = await client.describe_stream_processor(name="door")
        assert (found.status, found.data_sharing_preference) == ("STOPPED", sharing)


async def test_a_wrong_state_is_a_resource_in_use() -> None:
    """What runs or changes is not started, updated or deleted; what does not run is not stopped."""
    async with working() as (_, client, clock):
        await create(client)
        with pytest.raises(ResourceInUseException, match="Processor not available for stopping"):
            await client.stop_stream_processor(name="door")

        async def is_busy() -> None:
            for operation, message in (
                ("start", "Specified resource is in use"),
                ("update", "Specified resource is in use"),
                ("delete", "Cannot delete stream processor"),
            ):
                with pytest.raises(ResourceInUseException, match=message):
                    await getattr(client, f"{operation}_stream_processor")(name="door")

        await client.start_stream_processor(name="door")
        await is_busy()
        with pytest.raises(ResourceInUseException, match="Processor not available for stopping"):
            await client.stop_stream_processor(name="door")
        clock.advance(1)
        await is_busy()
        await client.stop_stream_processor(name="door")
        await is_busy()
        clock.advance(1)
        await client.update_stream_processor(name="door")
        await is_busy()
        clock.advance(1)
        await client.delete_stream_processor(name="door")


async def test_names_are_unique_and_may_come_back() -> None:
    """A name is in use until its processor is deleted; then nothing is known of it."""
    async with working() as (_, client, _):
        await create(client)
        with pytest.raises(ResourceInUseException, match="Stream processor name already in use"):
            await create(client)
        first = await client.start_stream_processor(name="door")
        await client.wait_for_stream_processor_running(name="door")
        await client.stop_stream_processor(name="door")
        await client.wait_for_stream_processor_stopped(name="door")
        await client.delete_stream_processor(name="door")
        for operation in ("describe", "start", "stop", "update", "delete"):
            with pytest.raises(ResourceNotFoundException, match="door does not exist"):
                await getattr(client, f"{operation}_stream_processor")(name="door")
        await create(client)
        assert (await client.start_stream_processor(name="door")).session_id != first.session_id


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"settings": StreamProcessorSettings()}, "either FaceSearch or ConnectedHome"),
        (
            {
                "settings": StreamProcessorSettings(
                    face_search=FACES.face_search, connected_home=PETS.connected_home
                )
            },
            "either FaceSearch or ConnectedHome",
        ),
        ({"input": StreamProcessorInput()}, "KinesisVideoStream"),
        (
            {"settings": StreamProcessorSettings(face_search=FaceSearchSettings())},
            "must have a CollectionId",
        ),
        ({"output": BUCKET}, "must be a KinesisDataStream"),
        ({"settings": PETS}, "must be an S3Destination"),
        ({"notification_channel": CHANNEL}, "NotificationChannel is for the detection of labels"),
        ({"kms_key_id": "key"}, "KmsKeyId is for the detection of labels"),
        ({"regions_of_interest": [DOOR]}, "RegionsOfInterest is for the detection of labels"),
        (
            {
                "output": BUCKET,
                "settings": StreamProcessorSettings(
                    connected_home=ConnectedHomeSettings(labels=("CAT",))
                ),
            },
            "not CAT",
        ),
        (
            {"output": BUCKET, "settings": PETS, "regions_of_interest": [RegionOfInterest()]},
            "either a BoundingBox or a Polygon",
        ),
        (
            {
                "output": BUCKET,
                "settings": PETS,
                "regions_of_interest": [
                    RegionOfInterest(polygon=tuple(Point(x=n / 20, y=0) for n in range(11)))
                ],
            },
            "at most 10 points",
        ),
    ],
)
async def test_a_processor_has_one_purpose(parameters: dict[str, Any], told: str) -> None:
    """What does not go together is refused, and nothing is created."""
    async with working() as (_, client, _):
        with pytest.raises(InvalidParameterException, match=told):
            await create(client, **parameters)
        assert not (await client.list_stream_processors()).stream_processors


async def test_processors_are_listed_page_by_page() -> None:
    """In the order they were created, with what they do."""
    async with working() as (_, client, _):
        for number in range(7):
            await create(client, f"door-{number}")
        await client.start_stream_processor(name="door-3")
        listing = client.iter_stream_processors(page_size=3)
        pages = [page async for page in listing.pages()]
    assert [len(page.stream_processors) for page in pages] == [3, 3, 1]
    listed = [(item.name, item.status) for page in pages for item in page.stream_processors]
    assert listed == [
        (f"door-{number}", "STARTING" if number == 3 else "STOPPED") for number in range(7)
    ]
