"""Projects and their policies."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from custom_labels import START, labelling, new_datasets, new_project, new_version

from rekognition_async.errors import (
    InvalidParameterException,
    InvalidPolicyRevisionIdException,
    LimitExceededException,
    MalformedPolicyDocumentException,
    ResourceAlreadyExistsException,
    ResourceInUseException,
    ResourceNotFoundException,
)

NO_PROJECT = "arn:aws:rekognition:us-east-1:123456789012:project/nothing/1"


def policy(**changes: Any) -> str:
    """A policy that allows an account to copy all versions, with other members."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::999999999999:root"},
        "Action": "rekognition:CopyProjectVersion",
        "Resource": "*",
    }
    statement = {key: value for key, value in (statement | changes).items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


async def test_a_projects_arn_holds_its_name_and_its_time() -> None:
    """A project is there at once, under an ARN that ends with milliseconds."""
    async with labelling() as (_, client, _):
        arn = await new_project(client)
        assert arn == "arn:aws:rekognition:us-east-1:123456789012:project/birds/1700000000250"
        (project,) = await client.iter_projects().collect()
        assert project.project_arn == arn
        assert project.creation_timestamp == datetime.fromtimestamp(START, UTC)
        assert (project.status, project.feature) == ("CREATED", "CUSTOM_LABELS")
        assert project.auto_update is None
        assert list(project.datasets or ()) == []


async def test_a_name_is_one_projects() -> None:
    """A second project of a name is refused, and one of its name after its deletion is not it."""
    async with labelling() as (_, client, clock):
        first = await new_project(client)
        with pytest.raises(ResourceInUseException):
            await new_project(client)
        await client.delete_project(project_arn=first)
        clock.advance(60)
        second = await new_project(client)
        assert second != first
        with pytest.raises(ResourceNotFoundException):
            await client.list_project_policies(project_arn=first)


async def test_an_adapter_says_whether_it_is_updated() -> None:
    """AutoUpdate is required of adapters, and not for others."""
    async with labelling() as (_, client, _):
        with pytest.raises(InvalidParameterException):
            await client.create_project(project_name="a", feature="CONTENT_MODERATION")
        with pytest.raises(InvalidParameterException):
            await client.create_project(project_name="a", auto_update="ENABLED")
        await client.create_project(
            project_name="a", feature="CONTENT_MODERATION", auto_update="ENABLED"
        )
        (project,) = await client.iter_projects(features=["CONTENT_MODERATION"]).collect()
        assert project.auto_update == "ENABLED"


async def test_projects_are_listed_by_name_and_feature() -> None:
    """Without Features, those of Custom Labels are listed, over as many pages as it takes."""
    async with labelling() as (emulator, client, _):
        for number in range(5):
            await new_project(client, f"p{number}")
        await client.create_project(
            project_name="adapter", feature="CONTENT_MODERATION", auto_update="DISABLED"
        )

        async def listed(**filters: Any) -> list[str]:
            arns = [project.project_arn or "" async for project in client.iter_projects(**filters)]
            return [arn.split("/")[1] for arn in arns]

        assert await listed(page_size=2) == ["p0", "p1", "p2", "p3", "p4"]
        assert [request.operation for request in emulator.requests[-3:]] == ["DescribeProjects"] * 3
        assert await listed(project_names=["p3", "p1", "adapter"]) == ["p1", "p3"]
        assert await listed(features=["CONTENT_MODERATION"]) == ["adapter"]
        both: Any = ["CONTENT_MODERATION", "CUSTOM_LABELS"]
        assert len(await listed(features=both)) == 6


async def test_a_page_has_a_hundred_projects_at_most() -> None:
    """The account's hundred projects are one page; the next project is over the limit."""
    async with labelling() as (_, client, _):
        for number in range(100):
            await new_project(client, f"p{number}")
        page = await client.describe_projects()
        assert len(page.project_descriptions or ()) == 100
        assert page.next_token is None
        with pytest.raises(LimitExceededException):
            await new_project(client, "one-more")


async def test_a_project_is_deleted_in_time() -> None:
    """A project is DELETING until its time is over, and then gone."""
    async with labelling(durations={"project_deletion": 10}) as (_, client, clock):
        arn = await new_project(client)
        await client.put_project_policy(
            project_arn=arn, policy_name="open", policy_document=policy()
        )
        assert (await client.delete_project(project_arn=arn)).status == "DELETING"
        (project,) = await client.iter_projects().collect()
        assert project.status == "DELETING"
        with pytest.raises(ResourceInUseException):
            await client.delete_project(project_arn=arn)
        with pytest.raises(ResourceInUseException):
            await new_project(client)
        with pytest.raises(ResourceNotFoundException):
            await client.create_dataset(dataset_type="TRAIN", project_arn=arn)
        clock.advance(10)
        assert await client.iter_projects().collect() == []
        with pytest.raises(ResourceNotFoundException):
            await client.delete_project(project_arn=arn)


async def test_polls_end_a_deletion() -> None:
    """With polls_until_done, a listing that shows the project going counts as a poll."""
    async with labelling(polls_until_done=2) as (_, client, _):
        arn = await new_project(client)
        await client.delete_project(project_arn=arn)
        seen = [len(await client.iter_projects().collect()) for _ in range(3)]
        assert seen == [1, 1, 0]


async def test_a_project_in_use_stays() -> None:
    """A project with datasets or versions cannot be deleted."""
    async with labelling() as (_, client, clock):
        arn = await new_project(client)
        await new_datasets(client, clock, arn)
        with pytest.raises(ResourceInUseException, match="datasets"):
            await client.delete_project(project_arn=arn)
        version_arn = await new_version(client, arn)
        clock.advance(60)
        (project,) = await client.iter_projects().collect()
        for dataset in project.datasets or ():
            await client.delete_dataset(dataset_arn=dataset.dataset_arn or "")
        clock.advance(60)
        with pytest.raises(ResourceInUseException, match="versions"):
            await client.delete_project(project_arn=arn)
        await client.delete_project_version(project_version_arn=version_arn)
        with pytest.raises(ResourceInUseException, match="versions"):
            await client.delete_project(project_arn=arn)
        clock.advance(60)
        await client.delete_project(project_arn=arn)


async def test_a_policy_is_replaced_by_its_revision() -> None:
    """Only who names the current revision replaces a policy, which gets another revision."""
    async with labelling() as (_, client, clock):
        arn = await new_project(client)

        async def put(document: str, revision: str | None = None) -> str | None:
            response = await client.put_project_policy(
                project_arn=arn,
                policy_name="open",
                policy_document=document,
                policy_revision_id=revision,
            )
            return response.policy_revision_id

        with pytest.raises(InvalidPolicyRevisionIdException):
            await put(policy(), "abc123")
        first = await put(policy())
        with pytest.raises(ResourceAlreadyExistsException):
            await put(policy())
        with pytest.raises(InvalidPolicyRevisionIdException):
            await put(policy(), "abc123")
        clock.advance(5)
        second = await put(policy(Effect="Deny"), first)
        assert second != first
        with pytest.raises(InvalidPolicyRevisionIdException):
            await put(policy(), first)
        (stored,) = await client.iter_project_policies(project_arn=arn).collect()
        assert stored.policy_revision_id == second
        assert stored.policy_document == policy(Effect="Deny")
        assert stored.creation_timestamp == datetime.fromtimestamp(START, UTC)
        assert stored.last_updated_timestamp == datetime.fromtimestamp(START + 5, UTC)


async def test_policies_are_listed_five_a_page() -> None:
    """A project's policies come in the order they were attached, until they are deleted."""
    async with labelling() as (emulator, client, _):
        arn = await new_project(client)
        for number in range(7):
            await client.put_project_policy(
                project_arn=arn, policy_name=f"p{number}", policy_document=policy()
            )
        listed = await client.iter_project_policies(project_arn=arn).collect()
        assert [found.policy_name for found in listed] == [f"p{number}" for number in range(7)]
        operations = [request.operation for request in emulator.requests]
        assert operations.count("ListProjectPolicies") == 2
        with pytest.raises(InvalidPolicyRevisionIdException):
            await client.delete_project_policy(
                project_arn=arn, policy_name="p0", policy_revision_id="0"
            )
        for found in listed[:6]:
            await client.delete_project_policy(
                project_arn=arn,
                policy_name=found.policy_name or "",
                policy_revision_id=found.policy_revision_id,
            )
        await client.delete_project_policy(project_arn=arn, policy_name="p6")
        assert await client.iter_project_policies(project_arn=arn).collect() == []
        with pytest.raises(ResourceNotFoundException):
            await client.delete_project_policy(project_arn=arn, policy_name="p6")


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("{", "not JSON"),
        ("[" * 1500, "not JSON"),
        ("[]", "not a JSON object"),
        ("{}", "no Statement"),
        ('{"Version": {}, "Statement": []}', "Version"),
        ('{"Statement": ["allow"]}', "not a JSON object"),
        (policy(Effect=None), "no Effect"),
        (policy(Principal=None), "no Principal"),
        (policy(Effect="ALLOW"), "Allow or Deny"),
        (policy(Effect=["Allow"]), "Allow or Deny"),
        (policy(Action="rekognition:*"), "only Action"),
        (policy(Action=[{}]), "Action must be text"),
        (policy(Resource=[]), "Resource must be text"),
        (policy(Principal={"AWS": 7}), "Principal must be text"),
        (policy(NotAction="s3:*"), "NotAction"),
    ],
)
async def test_a_malformed_policy_is_refused(document: str, told: str) -> None:
    """What is no policy of a project is refused with the reason, and nothing is kept."""
    async with labelling() as (_, client, _):
        arn = await new_project(client)
        with pytest.raises(MalformedPolicyDocumentException, match=told):
            await client.put_project_policy(
                project_arn=arn, policy_name="bad", policy_document=document
            )
        assert await client.iter_project_policies(project_arn=arn).collect() == []


async def test_policies_belong_to_projects_of_custom_labels() -> None:
    """Neither a project that does not exist nor an adapter's has policies."""
    async with labelling() as (_, client, _):
        created = await client.create_project(
            project_name="a", feature="CONTENT_MODERATION", auto_update="ENABLED"
        )
        with pytest.raises(InvalidParameterException, match="Custom Labels"):
            await client.list_project_policies(project_arn=created.project_arn or "")
        with pytest.raises(ResourceNotFoundException):
            await client.list_project_policies(project_arn=NO_PROJECT)
