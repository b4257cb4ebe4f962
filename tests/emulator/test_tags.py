"""Tags of everything that can have them."""

import pytest
from custom_labels import (
    OUTPUT,
    labelling,
    new_datasets,
    new_project,
    new_version,
)

from rekognition_async import RekognitionClient
from rekognition_async.emulator import ManualClock
from rekognition_async.emulator.protocol.caller import Caller
from rekognition_async.errors import (
    LimitExceededException,
    ResourceNotFoundException,
    ServiceQuotaExceededException,
)

PREFIX = "arn:aws:rekognition:us-east-1:123456789012"


async def tags(client: RekognitionClient, arn: str) -> dict[str, str]:
    """The tags of a resource."""
    response = await client.list_tags_for_resource(resource_arn=arn)
    return dict(response.tags or {})


async def resources(client: RekognitionClient, clock: ManualClock) -> dict[str, str]:
    """The ARN of one of each kind, each created with a tag."""
    given = {"team": "vision"}
    await client.create_collection(collection_id="mine", tags=given)
    project = await client.create_project(project_name="birds", tags=given)
    arn = project.project_arn or ""
    dataset = await client.create_dataset(dataset_type="TRAIN", project_arn=arn, tags=given)
    await client.create_dataset(dataset_type="TEST", project_arn=arn)
    clock.advance(60)
    version = await client.create_project_version(
        project_arn=arn, version_name="v1", output_config=OUTPUT, tags=given
    )
    clock.advance(60)
    copy = await client.copy_project_version(
        source_project_arn=arn,
        source_project_version_arn=version.project_version_arn or "",
        destination_project_arn=arn,
        version_name="copy",
        output_config=OUTPUT,
        tags=given,
    )
    return {
        "collection": f"{PREFIX}:collection/mine",
        "collection as created": f"{PREFIX}:collection/mine".removeprefix("arn:"),
        "project": arn,
        "dataset": dataset.dataset_arn or "",
        "version": version.project_version_arn or "",
        "copy": copy.project_version_arn or "",
    }


async def test_all_kinds_of_resources_have_tags() -> None:
    """Tags are added, replaced and removed, and the rest of a resource stays as it is."""
    async with labelling() as (_, client, clock):
        found = await resources(client, clock)
        for kind, arn in found.items():
            assert await tags(client, arn) == {"team": "vision"}, kind
            await client.tag_resource(resource_arn=arn, tags={"team": "labels", "cost": "7"})
            assert await tags(client, arn) == {"team": "labels", "cost": "7"}, kind
            await client.untag_resource(resource_arn=arn, tag_keys=["cost", "nothing"])
            assert await tags(client, arn) == {"team": "labels"}, kind
            await client.tag_resource(resource_arn=arn, tags={"team": "vision"})
        (project,) = await client.iter_projects().collect()
        assert project.status == "CREATED"
        clock.advance(60)
        versions = await client.iter_project_versions(project_arn=found["project"]).collect()
        assert [version.status for version in versions] == [
            "COPYING_COMPLETED",
            "TRAINING_COMPLETED",
        ]


async def test_work_goes_on_while_tags_change() -> None:
    """Tags that change during a training do not hinder its end."""
    async with labelling() as (_, client, clock):
        project_arn = await new_project(client)
        await new_datasets(client, clock, project_arn)
        arn = await new_version(client, project_arn)
        await client.tag_resource(resource_arn=arn, tags={"team": "vision"})
        clock.advance(60)
        await client.wait_for_project_version_training_completed(
            project_arn=project_arn, version_name="v1"
        )
        assert await tags(client, arn) == {"team": "vision"}


async def test_stream_processors_have_tags() -> None:
    """A stream processor is found by its name, whoever put it there."""
    async with labelling() as (emulator, client, _):
        owner = Caller("123456789012", "us-east-1")
        emulator._live().backend.store.shelf(owner, "stream_processor").add("door", {}, at=0)
        arn = f"{PREFIX}:streamprocessor/door"
        assert await tags(client, arn) == {}
        await client.tag_resource(resource_arn=arn, tags={"team": "vision"})
        assert await tags(client, arn) == {"team": "vision"}


@pytest.mark.parametrize(
    "arn",
    [
        f"{PREFIX}:collection/others",
        f"{PREFIX}:streamprocessor/nothing",
        f"{PREFIX}:project/birds/1",
        f"{PREFIX}:project/birds/dataset/train/1",
        f"{PREFIX}:project/birds/version/v1/1",
        f"{PREFIX}:project/birds",
        f"{PREFIX}:user/somebody",
        f"{PREFIX}:collection/mine".replace("us-east-1", "eu-west-1"),
        f"{PREFIX}:collection/mine".replace("123456789012", "999999999999"),
        "aws:rekognition:us-east-1:123456789012:project/birds/1",
        "this is not the name of a resource",
        "arn:aws:s3:::photos-of-birds",
    ],
)
async def test_a_resource_has_to_exist(arn: str) -> None:
    """What does not exist, or is another account's or region's, has no tags."""
    async with labelling() as (_, client, _):
        await client.create_collection(collection_id="mine")
        await new_project(client)
        with pytest.raises(ResourceNotFoundException):
            await client.list_tags_for_resource(resource_arn=arn)
        with pytest.raises(ResourceNotFoundException):
            await client.tag_resource(resource_arn=arn, tags={"team": "vision"})
        with pytest.raises(ResourceNotFoundException):
            await client.untag_resource(resource_arn=arn, tag_keys=["team"])


async def test_a_resource_has_fifty_tags_at_most() -> None:
    """A change that would leave more is refused whole; replacing is not adding."""
    many = {f"key-{number}": "a" for number in range(50)}
    async with labelling() as (_, client, _):
        with pytest.raises(LimitExceededException):
            await client.create_project(project_name="birds", tags={**many, "team": "vision"})
        created = await client.create_project(project_name="birds", tags=many)
        arn = created.project_arn or ""
        with pytest.raises(ServiceQuotaExceededException):
            await client.tag_resource(resource_arn=arn, tags={"key-0": "b", "team": "vision"})
        assert await tags(client, arn) == many
        await client.tag_resource(resource_arn=arn, tags={"key-0": "b"})
        assert await tags(client, arn) == {**many, "key-0": "b"}
