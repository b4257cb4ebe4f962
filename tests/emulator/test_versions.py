"""Model versions of projects: trained, started, stopped, copied and deleted."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from custom_labels import (
    OUTPUT,
    boxed,
    changes,
    image,
    labelling,
    new_datasets,
    new_project,
    new_version,
    status_of,
    stored,
)
from pictures import portrait

from rekognition_async import RekognitionClient
from rekognition_async.emulator import (
    AnswerRule,
    Credential,
    ManualClock,
    RekognitionEmulator,
)
from rekognition_async.errors import (
    AccessDeniedException,
    InvalidParameterException,
    JobFailedError,
    LimitExceededException,
    ResourceInUseException,
    ResourceNotFoundException,
)
from rekognition_async.models import versions
from rekognition_async.models.common import GroundTruthManifest, S3Object
from rekognition_async.models.versions import (
    Asset,
    CustomizationFeatureConfig,
    CustomizationFeatureContentModerationConfig,
    OutputConfig,
    TrainingData,
)

FROM_MANIFESTS = TrainingData(
    assets=(
        Asset(
            ground_truth_manifest=GroundTruthManifest(
                s3_object=S3Object(bucket="photos", name="train.manifest")
            )
        ),
    )
)
# Not imported by name: pytest would take it for a test.
SPLIT = versions.TestingData(auto_create=True)
OWNER, OTHER = "123456789012", "999999999999"


@asynccontextmanager
async def trained(
    **settings: Any,
) -> AsyncGenerator[tuple[RekognitionClient, ManualClock, str, str]]:
    """A client, the clock, and the ARNs of a project and of its trained version ``v1``."""
    async with labelling(**settings) as (_, client, clock):
        project_arn = await new_project(client)
        await new_datasets(client, clock, project_arn)
        version_arn = await new_version(client, project_arn)
        clock.advance(60)
        yield client, clock, project_arn, version_arn


async def test_a_version_is_trained_in_time() -> None:
    """A version trains until its time is over; then it tells when, how well, and where."""
    async with labelling(durations={"training": 1_899, "*": 1}) as (_, client, clock):
        project_arn = await new_project(client)
        await new_datasets(client, clock, project_arn)
        begun = clock.time()
        arn = await new_version(client, project_arn)
        milliseconds = round(begun * 1000)
        prefix = "arn:aws:rekognition:us-east-1:123456789012:project/birds"
        assert arn == f"{prefix}/version/v1/{milliseconds}"
        (version,) = await client.iter_project_versions(project_arn=project_arn).collect()
        assert version.status == "TRAINING_IN_PROGRESS"
        assert version.evaluation_result is None
        assert version.training_end_timestamp is None
        clock.advance(1_899)
        version = await client.wait_for_project_version_training_completed(
            project_arn=project_arn, version_name="v1"
        )
        assert version.project_version_arn == arn
        assert version.status_message == "The model is ready to run."
        assert version.creation_timestamp == datetime.fromtimestamp(begun, UTC)
        assert version.training_end_timestamp == datetime.fromtimestamp(begun + 1_899, UTC)
        assert version.billable_training_time_in_seconds == 1_899
        assert version.feature == "CUSTOM_LABELS"
        assert version.output_config == OUTPUT
        assert version.evaluation_result is not None
        assert version.evaluation_result.f1_score is not None
        assert 0.8 <= version.evaluation_result.f1_score <= 1
        assert version.evaluation_result.summary is not None
        assert version.evaluation_result.summary.s3_object == S3Object(
            bucket="results", name="training/EvaluationResultSummary-birds-v1.json"
        )
        assert version.manifest_summary is not None
        assert version.training_data_result is not None
        assert version.testing_data_result is not None
        assert version.testing_data_result.output is not None
        assert version.testing_data_result.output.auto_create is False


async def test_versions_are_listed_newest_first() -> None:
    """The latest version comes first, over all pages, and names narrow the listing."""
    async with trained() as (client, clock, project_arn, _):
        other = await new_project(client, "others")
        await new_datasets(client, clock, other)
        await new_version(client, other)
        for name in ("v2", "v3"):
            await new_version(client, project_arn, name)
            clock.advance(60)

        async def listed(**filters: Any) -> list[str]:
            found = client.iter_project_versions(project_arn=project_arn, page_size=1, **filters)
            return [(version.project_version_arn or "").split("/")[3] async for version in found]

        assert await listed() == ["v3", "v2", "v1"]
        assert await listed(version_names=["v1", "v3", "v9"]) == ["v3", "v1"]
        with pytest.raises(ResourceNotFoundException):
            await client.describe_project_versions(project_arn=f"{project_arn}0")


async def test_a_version_needs_data() -> None:
    """Without both datasets, or with manifests beside them, nothing is trained."""
    async with labelling() as (_, client, clock):
        project_arn = await new_project(client)

        async def train(**data: Any) -> None:
            await client.create_project_version(
                project_arn=project_arn, version_name="v1", output_config=OUTPUT, **data
            )

        with pytest.raises(InvalidParameterException, match="training and a test dataset"):
            await train()
        with pytest.raises(InvalidParameterException, match="together"):
            await train(training_data=FROM_MANIFESTS)
        with pytest.raises(InvalidParameterException, match="must have a manifest"):
            await train(training_data=TrainingData(), testing_data=SPLIT)
        with pytest.raises(InvalidParameterException, match="AutoCreate"):
            await train(training_data=FROM_MANIFESTS, testing_data=versions.TestingData())
        with pytest.raises(InvalidParameterException, match="S3Bucket"):
            await client.create_project_version(
                project_arn=project_arn, version_name="v1", output_config=OutputConfig()
            )
        moderation = CustomizationFeatureContentModerationConfig(confidence_threshold=50)
        with pytest.raises(InvalidParameterException, match="FeatureConfig"):
            await train(feature_config=CustomizationFeatureConfig(content_moderation=moderation))
        await client.create_dataset(dataset_type="TRAIN", project_arn=project_arn)
        await client.create_dataset(dataset_type="TEST", project_arn=project_arn)
        with pytest.raises(ResourceInUseException, match="CREATE_IN_PROGRESS"):
            await train()
        with pytest.raises(InvalidParameterException, match="without datasets"):
            await train(training_data=FROM_MANIFESTS, testing_data=SPLIT)
        clock.advance(60)
        await train()
        with pytest.raises(ResourceInUseException, match="name v1"):
            await train()


async def test_a_version_is_trained_on_manifests(tmp_path: Path) -> None:
    """What was given to train with is told; a manifest that is not there fails the training."""
    async with labelling(s3=tmp_path) as (_, client, clock):
        project_arn = await new_project(client)

        async def train(name: str) -> None:
            await client.create_project_version(
                project_arn=project_arn,
                version_name=name,
                output_config=OutputConfig(s3_bucket="results"),
                training_data=FROM_MANIFESTS,
                testing_data=SPLIT,
                version_description="from a manifest",
                kms_key_id="a-key",
            )
            clock.advance(60)

        await train("missing")
        with pytest.raises(JobFailedError, match="Unable to get object"):
            await client.wait_for_project_version_training_completed(
                project_arn=project_arn, version_name="missing"
            )
        stored(tmp_path, b"{")
        await train("broken")
        with pytest.raises(JobFailedError, match="no valid JSON lines"):
            await client.wait_for_project_version_training_completed(
                project_arn=project_arn, version_name="broken"
            )
        (failed, _) = await client.iter_project_versions(project_arn=project_arn).collect()
        assert failed.evaluation_result is None
        assert failed.billable_training_time_in_seconds is None
        assert failed.training_end_timestamp is not None
        stored(tmp_path, image("a.jpg", "owl"))
        await train("good")
        version = await client.wait_for_project_version_training_completed(
            project_arn=project_arn, version_name="good"
        )
        assert version.training_data_result is not None
        assert version.training_data_result.input == FROM_MANIFESTS
        assert version.testing_data_result is not None
        assert version.testing_data_result.input == SPLIT
        assert version.version_description == "from a manifest"
        assert version.kms_key_id == "a-key"
        assert version.manifest_summary is not None
        assert version.manifest_summary.s3_object == S3Object(
            bucket="results", name="ManifestSummary-birds-good.json"
        )


async def test_an_adapter_is_trained_and_never_started() -> None:
    """An adapter keeps its configuration, and cannot be run."""
    config = CustomizationFeatureConfig(
        content_moderation=CustomizationFeatureContentModerationConfig(confidence_threshold=50)
    )
    async with labelling() as (_, client, clock):
        created = await client.create_project(
            project_name="adapter", feature="CONTENT_MODERATION", auto_update="ENABLED"
        )
        project_arn = created.project_arn or ""
        made = await client.create_project_version(
            project_arn=project_arn,
            version_name="v1",
            output_config=OUTPUT,
            training_data=FROM_MANIFESTS,
            feature_config=config,
        )
        clock.advance(60)
        version = await client.wait_for_project_version_training_completed(
            project_arn=project_arn, version_name="v1"
        )
        assert (version.feature, version.feature_config) == ("CONTENT_MODERATION", config)
        assert version.base_model_version is not None
        with pytest.raises(InvalidParameterException, match="Custom Labels"):
            await client.start_project_version(
                project_version_arn=made.project_version_arn or "", min_inference_units=1
            )


async def test_a_model_is_started_and_stopped() -> None:
    """A model goes through STARTING and RUNNING to STOPPING and STOPPED, and may start again."""
    async with trained() as (client, clock, project_arn, arn):
        with pytest.raises(ResourceInUseException, match="TRAINING_COMPLETED"):
            await client.stop_project_version(project_version_arn=arn)
        for units, most in ((1, 3), (2, None)):
            started = await client.start_project_version(
                project_version_arn=arn, min_inference_units=units, max_inference_units=most
            )
            assert started.status == "STARTING"
            assert await status_of(client, project_arn) == "STARTING"
            with pytest.raises(ResourceInUseException, match="STARTING"):
                await client.stop_project_version(project_version_arn=arn)
            clock.advance(60)
            version = await client.wait_for_project_version_running(
                project_arn=project_arn, version_name="v1"
            )
            assert (version.min_inference_units, version.max_inference_units) == (units, most)
            with pytest.raises(ResourceInUseException, match="RUNNING"):
                await client.start_project_version(project_version_arn=arn, min_inference_units=1)
            with pytest.raises(ResourceInUseException, match="RUNNING"):
                await client.delete_project_version(project_version_arn=arn)
            stopped = await client.stop_project_version(project_version_arn=arn)
            assert stopped.status == "STOPPING"
            clock.advance(60)
            await client.wait_for_project_version_stopped(
                project_arn=project_arn, version_name="v1"
            )


async def test_limits_are_kept() -> None:
    """Two trainings and two running models at a time, and five inference units for a model."""
    async with trained() as (client, clock, project_arn, arn):
        arns = [arn]
        arns += [await new_version(client, project_arn, name) for name in ("v2", "v3")]
        with pytest.raises(LimitExceededException, match="2 trainings"):
            await new_version(client, project_arn, "v4")
        clock.advance(60)
        with pytest.raises(LimitExceededException, match="5 inference units"):
            await client.start_project_version(project_version_arn=arn, min_inference_units=6)
        with pytest.raises(InvalidParameterException, match="MaxInferenceUnits"):
            await client.start_project_version(
                project_version_arn=arn, min_inference_units=2, max_inference_units=1
            )
        for started in arns[:2]:
            await client.start_project_version(project_version_arn=started, min_inference_units=1)
        with pytest.raises(LimitExceededException, match="2 running"):
            await client.start_project_version(project_version_arn=arns[2], min_inference_units=1)


async def test_a_project_has_a_hundred_versions() -> None:
    """The version after the hundredth is refused."""
    async with labelling(durations=0) as (_, client, clock):
        project_arn = await new_project(client)
        await new_datasets(client, clock, project_arn)
        for number in range(100):
            await new_version(client, project_arn, f"v{number}")
        with pytest.raises(LimitExceededException, match="100 models"):
            await new_version(client, project_arn, "one-more")


async def test_a_version_is_deleted_in_time() -> None:
    """A version that neither trains nor runs is DELETING until it is gone."""
    async with trained(durations={"version_deletion": 10, "*": 60}) as (
        client,
        clock,
        project_arn,
        arn,
    ):
        training = await new_version(client, project_arn, "v2")
        with pytest.raises(ResourceInUseException, match="TRAINING_IN_PROGRESS"):
            await client.delete_project_version(project_version_arn=training)
        deleted = await client.delete_project_version(project_version_arn=arn)
        assert deleted.status == "DELETING"
        assert await status_of(client, project_arn) == "DELETING"
        with pytest.raises(ResourceInUseException, match="DELETING"):
            await client.delete_project_version(project_version_arn=arn)
        with pytest.raises(ResourceInUseException, match="DELETING"):
            await client.start_project_version(project_version_arn=arn, min_inference_units=1)
        clock.advance(10)
        assert await status_of(client, project_arn) is None
        for change in (client.delete_project_version, client.stop_project_version):
            with pytest.raises(ResourceNotFoundException):
                await change(project_version_arn=arn)


async def test_polls_carry_a_version_on() -> None:
    """With polls_until_done, the polls of a wait are what each state takes."""
    async with labelling(polls_until_done=2) as (emulator, client, _):
        project_arn = await new_project(client)
        for kind in ("TRAIN", "TEST"):
            created = await client.create_dataset(dataset_type=kind, project_arn=project_arn)
            await client.wait_for_dataset_created(dataset_arn=created.dataset_arn or "")
        arn = await new_version(client, project_arn)
        await client.wait_for_project_version_training_completed(
            project_arn=project_arn, version_name="v1"
        )
        await client.start_project_version(project_version_arn=arn, min_inference_units=1)
        await client.wait_for_project_version_running(project_arn=project_arn, version_name="v1")
        await client.stop_project_version(project_version_arn=arn)
        await client.wait_for_project_version_stopped(project_arn=project_arn, version_name="v1")
        operations = [request.operation for request in emulator.requests]
        assert operations.count("DescribeProjectVersions") == 9


def declared(**description: Any) -> AnswerRule:
    """A rule for what becomes of the versions named ``unlucky``."""
    return AnswerRule(
        "DescribeProjectVersions",
        {"ProjectVersionDescriptions": [description]},
        when=lambda parameters: parameters["VersionNames"] == ["unlucky"],
    )


async def test_a_failed_training_can_be_declared() -> None:
    """A rule for DescribeProjectVersions makes the training of the version it is about fail."""
    rule = declared(Status="TRAINING_FAILED", StatusMessage="Too few images")
    async with labelling(answers=[rule]) as (_, client, clock):
        project_arn = await new_project(client)
        await new_datasets(client, clock, project_arn)
        arn = await new_version(client, project_arn, "unlucky")
        await new_version(client, project_arn, "lucky")
        clock.advance(60)
        with pytest.raises(JobFailedError, match="Too few images"):
            await client.wait_for_project_version_training_completed(
                project_arn=project_arn, version_name="unlucky"
            )
        await client.wait_for_project_version_training_completed(
            project_arn=project_arn, version_name="lucky"
        )
        with pytest.raises(ResourceInUseException, match="TRAINING_FAILED"):
            await client.start_project_version(project_version_arn=arn, min_inference_units=1)
        await client.delete_project_version(project_version_arn=arn)


async def test_a_failed_start_can_be_declared() -> None:
    """A rule with the status FAILED leaves the training alone, and makes the start fail."""
    async with labelling(answers=[declared(Status="FAILED")]) as (emulator, client, clock):
        project_arn = await new_project(client)
        await new_datasets(client, clock, project_arn)
        arn = await new_version(client, project_arn, "unlucky")
        clock.advance(60)
        await client.wait_for_project_version_training_completed(
            project_arn=project_arn, version_name="unlucky"
        )
        await client.start_project_version(project_version_arn=arn, min_inference_units=1)
        clock.advance(60)
        with pytest.raises(JobFailedError, match="FAILED"):
            await client.wait_for_project_version_running(
                project_arn=project_arn, version_name="unlucky"
            )
        emulator.answers.clear()
        await client.start_project_version(project_version_arn=arn, min_inference_units=1)
        clock.advance(60)
        assert await status_of(client, project_arn, "unlucky") == "RUNNING"


async def test_the_score_can_be_declared() -> None:
    """A rule without a status gives the results of a training that goes well."""
    rule = declared(EvaluationResult={"F1Score": 0.25}, StatusMessage="hm")
    async with labelling(answers=[rule]) as (_, client, clock):
        project_arn = await new_project(client)
        await new_datasets(client, clock, project_arn)
        await new_version(client, project_arn, "unlucky")
        clock.advance(60)
        version = await client.wait_for_project_version_training_completed(
            project_arn=project_arn, version_name="unlucky"
        )
        assert version.evaluation_result is not None
        assert version.evaluation_result.f1_score == 0.25
        assert version.status_message == "hm"


def copy_of(project_arn: str, version_arn: str, destination: str) -> dict[str, Any]:
    """The parameters of a copy."""
    return {
        "source_project_arn": project_arn,
        "source_project_version_arn": version_arn,
        "destination_project_arn": destination,
        "version_name": "copy",
        "output_config": OutputConfig(s3_bucket="copies"),
    }


async def test_a_version_is_copied_within_an_account() -> None:
    """A copy becomes COPYING_COMPLETED with the results of its source, and can be started."""
    async with trained() as (client, clock, project_arn, arn):
        destination = await new_project(client, "others")
        (source,) = await client.iter_project_versions(project_arn=project_arn).collect()
        request = copy_of(project_arn, arn, destination)
        copied = await client.copy_project_version(**request)
        assert await status_of(client, destination, "copy") == "COPYING_IN_PROGRESS"
        with pytest.raises(ResourceInUseException):
            await client.copy_project_version(**request)
        clock.advance(60)
        version = await client.wait_for_project_version_copied(
            project_arn=destination, version_name="copy"
        )
        assert version.project_version_arn == copied.project_version_arn
        assert version.source_project_version_arn == arn
        assert version.output_config == OutputConfig(s3_bucket="copies")
        assert version.training_end_timestamp == source.training_end_timestamp
        assert version.evaluation_result is not None
        assert source.evaluation_result is not None
        assert version.evaluation_result.f1_score == source.evaluation_result.f1_score
        await client.start_project_version(
            project_version_arn=version.project_version_arn or "", min_inference_units=1
        )
        clock.advance(60)
        assert await status_of(client, destination, "copy") == "RUNNING"


async def test_what_is_not_there_or_not_trained_is_not_copied() -> None:
    """The source has to exist, in its project and this region, and to be trained."""
    async with trained() as (client, clock, project_arn, arn):
        destination = await new_project(client, "others")
        training = await new_version(client, project_arn, "v2")
        good = copy_of(project_arn, arn, destination)
        bad: list[tuple[dict[str, Any], type[Exception]]] = [
            ({"source_project_version_arn": training}, ResourceInUseException),
            ({"source_project_version_arn": f"{arn}0"}, ResourceNotFoundException),
            ({"source_project_arn": destination}, ResourceNotFoundException),
            ({"destination_project_arn": f"{destination}0"}, ResourceNotFoundException),
            (
                {"source_project_version_arn": arn.replace("us-east-1", "eu-west-1")},
                InvalidParameterException,
            ),
        ]
        for changes, expected in bad:
            with pytest.raises(expected):
                await client.copy_project_version(**good | changes)
        await client.delete_project_version(project_version_arn=arn)
        with pytest.raises(ResourceInUseException, match="DELETING"):
            await client.copy_project_version(**good)
        clock.advance(60)
        assert await client.iter_project_versions(project_arn=destination).collect() == []


def statement(effect: str, principal: object, resource: object) -> dict[str, object]:
    """A statement about copying."""
    return {
        "Effect": effect,
        "Principal": principal,
        "Action": "rekognition:CopyProjectVersion",
        "Resource": resource,
    }


V1 = "arn:aws:rekognition:us-east-1:123456789012:project/birds/version/v1/*"


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([], False),
        ([statement("Allow", {"AWS": OTHER}, V1)], True),
        ([statement("Allow", {"AWS": [f"arn:aws:iam::{OTHER}:root"]}, ["x", V1])], True),
        ([statement("Allow", {"AWS": f"arn:aws:iam::{OTHER}:role/Admin"}, "*")], True),
        ([statement("Allow", "*", "*")], True),
        ([statement("Allow", {"AWS": "111111111111"}, V1)], False),
        ([statement("Allow", {"AWS": OTHER}, V1.replace("v1", "v2"))], False),
        ([statement("Allow", "*", "*"), statement("Deny", {"AWS": OTHER}, V1)], False),
    ],
)
async def test_another_account_copies_what_a_policy_allows(
    statements: list[dict[str, object]], allowed: bool
) -> None:
    """Without a policy of the source project that allows it, a copy is denied."""
    credentials = {"OWNERS": Credential("secret", OWNER), "OTHERS": Credential("secret", OTHER)}
    async with RekognitionEmulator(credentials=credentials, durations=0) as emulator:

        def client_of(key: str) -> RekognitionClient:
            options = emulator.client_options
            options["aws_access_key_id"] = key
            return RekognitionClient(**options)

        async with client_of("OWNERS") as owner, client_of("OTHERS") as other:
            source = await new_project(owner)
            await owner.create_dataset(dataset_type="TRAIN", project_arn=source)
            await owner.create_dataset(dataset_type="TEST", project_arn=source)
            arn = await new_version(owner, source)
            if statements:
                await owner.put_project_policy(
                    project_arn=source,
                    policy_name="copies",
                    policy_document=json.dumps({"Statement": statements}),
                )
            destination = await new_project(other, "mine")
            request = copy_of(source, arn, destination)
            if allowed:
                await other.copy_project_version(**request)
                assert await status_of(other, destination, "copy") == "COPYING_COMPLETED"
            else:
                with pytest.raises(AccessDeniedException, match="CopyProjectVersion"):
                    await other.copy_project_version(**request)
                assert await status_of(other, destination, "copy") is None


async def test_a_model_finds_what_it_was_trained_with(tmp_path: Path) -> None:
    """The labels are those of the dataset or the manifest, with boxes where that has boxes."""
    stored(tmp_path, boxed("a.jpg", "egg"), boxed("b.jpg", "egg", "nest"))
    async with labelling(durations=0, s3=tmp_path) as (_, client, clock):
        by_dataset, by_manifest = await new_project(client), await new_project(client, "nests")
        await new_datasets(client, clock, by_dataset)
        (dataset,) = [
            found.dataset_arn
            for project in await client.iter_projects(project_names=["birds"]).collect()
            for found in project.datasets
            if found.dataset_type == "TRAIN"
        ]
        await client.update_dataset_entries(
            dataset_arn=dataset or "", changes=changes(image("more.jpg", "wren"))
        )
        copy = await client.copy_project_version(
            **copy_of(by_dataset, await new_version(client, by_dataset), by_manifest)
        )
        trained = await client.create_project_version(
            project_arn=by_manifest,
            version_name="v1",
            output_config=OUTPUT,
            training_data=FROM_MANIFESTS,
            testing_data=SPLIT,
        )
        for arn, labels, has_boxes in (
            (copy.project_version_arn, {"owl", "wren"}, False),
            (trained.project_version_arn, {"egg", "nest"}, True),
        ):
            await client.start_project_version(project_version_arn=arn or "", min_inference_units=1)
            found = [
                label
                for seed in range(8)
                for label in (
                    await client.detect_custom_labels(
                        project_version_arn=arn or "", image=portrait(seed), min_confidence=0
                    )
                ).custom_labels
            ]
            assert {label.name for label in found} == labels
            assert {label.geometry is not None for label in found} == {has_boxes}


async def test_a_policy_can_forbid_copies_within_an_account() -> None:
    """What a project's policy denies is denied in its own account, too."""
    async with trained() as (client, _, project_arn, arn):
        await client.put_project_policy(
            project_arn=project_arn,
            policy_name="none",
            policy_document=json.dumps({"Statement": statement("Deny", "*", "*")}),
        )
        with pytest.raises(AccessDeniedException):
            await client.copy_project_version(**copy_of(project_arn, arn, project_arn))
