"""Datasets of Custom Labels, their entries and labels."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from custom_labels import (
    START,
    boxed,
    changes,
    image,
    labelling,
    new_project,
    new_version,
    stored,
)
from hypothesis import given
from hypothesis import strategies as st

from rekognition_async import RekognitionClient
from rekognition_async.emulator import AnswerRule
from rekognition_async.emulator.handlers.manifest import read_manifest, stats_of
from rekognition_async.emulator.protocol.messages import service_model
from rekognition_async.emulator.protocol.validation import matches
from rekognition_async.errors import (
    InvalidPaginationTokenException,
    InvalidParameterException,
    InvalidS3ObjectException,
    JobFailedError,
    LimitExceededException,
    ResourceAlreadyExistsException,
    ResourceInUseException,
    ResourceNotFoundException,
    ResourceNotReadyException,
)
from rekognition_async.models.common import GroundTruthManifest, S3Object
from rekognition_async.models.dataset_entry import DatasetEntry
from rekognition_async.models.datasets import DatasetSource, DatasetStats, DistributeDataset

NO_DATASET = "arn:aws:rekognition:us-east-1:123456789012:project/birds/dataset/train/1"


def manifest(name: str = "train.manifest") -> DatasetSource:
    """A manifest in the bucket ``photos``."""
    place = S3Object(bucket="photos", name=name)
    return DatasetSource(ground_truth_manifest=GroundTruthManifest(s3_object=place))


async def new_dataset(
    client: RekognitionClient,
    project_arn: str,
    kind: Any = "TRAIN",
    source: DatasetSource | None = None,
) -> str:
    """Begins to create a dataset, and tells its ARN."""
    created = await client.create_dataset(
        dataset_type=kind, project_arn=project_arn, dataset_source=source
    )
    assert created.dataset_arn is not None
    return created.dataset_arn


async def entries(client: RekognitionClient, arn: str, **filters: Any) -> list[dict[str, Any]]:
    """The entries of a dataset, two a page."""
    found = client.iter_dataset_entries(dataset_arn=arn, page_size=2, **filters)
    return [json.loads(line) async for line in found]


async def keys(client: RekognitionClient, arn: str, **filters: Any) -> list[str]:
    """The names of a dataset's images."""
    found = await entries(client, arn, **filters)
    return [entry["source-ref"].removeprefix("s3://photos/") for entry in found]


async def codes(client: RekognitionClient, arn: str) -> list[list[str]]:
    """What is wrong with each entry of a dataset that has something wrong with it."""
    found = await entries(client, arn, has_errors=True)
    return [[error["code"] for error in entry["cl-errors"]] for entry in found]


async def test_a_manifest_in_s3_becomes_a_dataset(tmp_path: Path) -> None:
    """The lines of a manifest are the entries, in their order, and are counted once it is done."""
    content = (
        image("a.jpg", "owl"),
        b"",
        boxed("b.jpg", "owl", "crow", "crow"),
        image("c.jpg"),
    )
    stored(tmp_path, *content)
    async with labelling(s3=tmp_path) as (_, client, clock):
        project_arn = await new_project(client)
        arn = await new_dataset(client, project_arn, source=manifest())
        prefix = "arn:aws:rekognition:us-east-1:123456789012:project/birds"
        assert arn == f"{prefix}/dataset/train/1700000000250"
        described = (await client.describe_dataset(dataset_arn=arn)).dataset_description
        assert described is not None
        assert (described.status, described.dataset_stats) == ("CREATE_IN_PROGRESS", None)
        with pytest.raises(ResourceNotReadyException):
            await client.list_dataset_entries(dataset_arn=arn)
        with pytest.raises(ResourceNotReadyException):
            await client.list_dataset_labels(dataset_arn=arn)
        clock.advance(60)
        created = await client.wait_for_dataset_created(dataset_arn=arn)
        assert created.status_message_code == "SUCCESS"
        assert created.creation_timestamp == datetime.fromtimestamp(START, UTC)
        assert created.last_updated_timestamp == datetime.fromtimestamp(START + 60, UTC)
        assert created.dataset_stats == DatasetStats(
            labeled_entries=2, total_entries=3, total_labels=2, error_entries=0
        )
        assert await keys(client, arn) == ["a.jpg", "b.jpg", "c.jpg"]
        listed = client.iter_dataset_entries(dataset_arn=arn)
        found = [DatasetEntry.parse(line) async for line in listed]
        assert [entry.is_labeled for entry in found] == [True, True, False]
        assert [label.name for label in found[0].labels] == ["owl"]
        assert [box.name for box in found[1].boxes] == ["owl", "crow", "crow"]
        assert found[0].document == {**content[0], "cl-metadata": {"is_labeled": True}}
        labels = await client.iter_dataset_labels(dataset_arn=arn, page_size=1).collect()
        told = [(label.label_name, label.label_stats) for label in labels]
        assert [name for name, _ in told] == ["crow", "owl"]
        counts = [
            (stats.entry_count, stats.bounding_box_count) for _, stats in told if stats is not None
        ]
        assert counts == [(1, 2), (2, 1)]


async def test_a_project_tells_of_its_datasets() -> None:
    """DescribeProjects gives each dataset with its type and status; a project has one of each."""
    async with labelling() as (_, client, clock):
        project_arn = await new_project(client)
        train = await new_dataset(client, project_arn)
        clock.advance(60)
        test = await new_dataset(client, project_arn, "TEST")
        (project,) = await client.iter_projects().collect()
        told = [
            (dataset.dataset_type, dataset.dataset_arn, dataset.status)
            for dataset in project.datasets or ()
        ]
        assert told == [("TRAIN", train, "CREATE_COMPLETE"), ("TEST", test, "CREATE_IN_PROGRESS")]
        for kind in ("TRAIN", "TEST"):
            with pytest.raises(ResourceAlreadyExistsException):
                await new_dataset(client, project_arn, kind)


async def test_entries_are_filtered(tmp_path: Path) -> None:
    """Each filter narrows the listing, together with the others and over all pages."""
    stored(
        tmp_path,
        image("owls/1.jpg", "owl"),
        image("owls/2.jpg", "owl"),
        image("crows/1.jpg", "crow"),
        boxed("both/1.jpg", "owl", "crow"),
        image("none/1.jpg"),
        {**image("none/2.jpg", "owl"), "kind-metadata": {"type": "other"}},
    )
    async with labelling(s3=tmp_path) as (_, client, clock):
        arn = await new_dataset(client, await new_project(client), source=manifest())
        clock.advance(60)
        assert len(await keys(client, arn)) == 6
        assert await keys(client, arn, contains_labels=["crow"]) == ["crows/1.jpg", "both/1.jpg"]
        assert len(await keys(client, arn, contains_labels=["crow", "owl"])) == 4
        assert await keys(client, arn, contains_labels=["finch"]) == []
        assert await keys(client, arn, labeled=False) == ["none/1.jpg"]
        assert len(await keys(client, arn, labeled=True)) == 5
        assert await keys(client, arn, source_ref_contains="s3://photos/owls/") == [
            "owls/1.jpg",
            "owls/2.jpg",
        ]
        assert await keys(client, arn, has_errors=True) == ["none/2.jpg"]
        assert len(await keys(client, arn, has_errors=False)) == 5
        assert await keys(client, arn, contains_labels=["owl"], source_ref_contains="2") == [
            "owls/2.jpg"
        ]


async def test_a_token_is_good_for_its_filters_only() -> None:
    """The next page of one filter is not that of another."""
    async with labelling() as (_, client, clock):
        arn = await new_dataset(client, await new_project(client))
        clock.advance(60)
        await client.update_dataset_entries(
            dataset_arn=arn, changes=changes(*(image(f"{n}.jpg", "owl") for n in range(3)))
        )
        clock.advance(60)
        page = await client.list_dataset_entries(dataset_arn=arn, max_results=1, labeled=True)
        assert page.next_token is not None
        with pytest.raises(InvalidPaginationTokenException):
            await client.list_dataset_entries(
                dataset_arn=arn, max_results=1, labeled=False, next_token=page.next_token
            )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"{no json", ["ERROR_INVALID_JSON_LINE"]),
        (b"[1]", ["ERROR_INVALID_JSON_LINE"]),
        (b'{"source-ref": "s3://photos/a.jpg", "x": NaN}', ["ERROR_INVALID_JSON_LINE"]),
        (b'{"source-ref": "s3://photos/a.jpg", "x": 1e999}', ["ERROR_INVALID_JSON_LINE"]),
        (b'{"source-ref": "s3://photos/\\ud800.jpg"}', ["ERROR_INVALID_JSON_LINE"]),
        (b"\xff\xfe\xff", ["ERROR_INVALID_JSON_LINE"]),
        (b"[" * 100_000, ["ERROR_INVALID_JSON_LINE"]),
        ({}, ["ERROR_MISSING_SOURCE_REF"]),
        ({"source-ref": "https://photos/a.jpg"}, ["ERROR_INVALID_SOURCE_REF_FORMAT"]),
        ({"source-ref": 7}, ["ERROR_INVALID_SOURCE_REF_FORMAT"]),
        (image("a.jpg") | {"kind": 1}, ["ERROR_NO_LABEL_ATTRIBUTES"]),
        (
            image("a.jpg") | {"kind": 1, "kind-metadata": 1},
            ["ERROR_INVALID_LABEL_ATTRIBUTE_METADATA_FORMAT", "ERROR_NO_VALID_LABEL_ATTRIBUTES"],
        ),
        (
            image("a.jpg")
            | {"kind": 1, "kind-metadata": {"type": "groundtruth/image-classification"}},
            ["ERROR_INVALID_LABEL_ATTRIBUTE_METADATA_FORMAT", "ERROR_NO_VALID_LABEL_ATTRIBUTES"],
        ),
        (
            image("a.jpg", "snowy\nowl"),
            ["ERROR_INVALID_LABEL_ATTRIBUTE_METADATA_FORMAT", "ERROR_NO_VALID_LABEL_ATTRIBUTES"],
        ),
        (
            image("a.jpg", "x" * 256),
            ["ERROR_INVALID_LABEL_NAME_LENGTH", "ERROR_NO_VALID_LABEL_ATTRIBUTES"],
        ),
        (
            boxed("a.jpg", "owl") | {"boxes": {"annotations": [{"class_id": 0}]}},
            ["ERROR_INVALID_LABEL_ATTRIBUTE_FORMAT", "ERROR_NO_VALID_LABEL_ATTRIBUTES"],
        ),
        (
            boxed("a.jpg", *["owl"] * 51),
            ["ERROR_TOO_MANY_BOUNDING_BOXES", "ERROR_NO_VALID_LABEL_ATTRIBUTES"],
        ),
        # One attribute is wrong, and the other is not.
        (
            image("a.jpg", "owl") | {"mood": 1, "mood-metadata": {"type": "groundtruth/mood"}},
            ["ERROR_UNSUPPORTED_USE_CASE_TYPE"],
        ),
    ],
)
async def test_a_wrong_line_says_what_is_wrong(
    line: dict[str, Any] | bytes, expected: list[str]
) -> None:
    """A line that cannot be used is listed with its errors, and fails nothing."""
    async with labelling() as (_, client, clock):
        arn = await new_dataset(client, await new_project(client))
        clock.advance(60)
        await client.update_dataset_entries(
            dataset_arn=arn, changes=changes(image("good.jpg", "owl"), line)
        )
        clock.advance(60)
        updated = await client.wait_for_dataset_updated(dataset_arn=arn)
        assert updated.dataset_stats is not None
        assert updated.dataset_stats.total_entries == 2
        assert updated.dataset_stats.error_entries == 1
        assert await codes(client, arn) == [expected]


@pytest.mark.parametrize(
    ("metadata", "box", "code"),
    [
        ({"class-map": []}, {}, "ERROR_INVALID_LABEL_ATTRIBUTE_METADATA_FORMAT"),
        ({"objects": [{}]}, {}, "ERROR_MISSING_BOUNDING_BOX_CONFIDENCE"),
        ({"class-map": {"1": "owl"}}, {}, "ERROR_MISSING_CLASS_MAP_ID"),
        ({"class-map": {"0": ""}}, {}, "ERROR_INVALID_LABEL_NAME_LENGTH"),
        ({}, {"left": -1}, "ERROR_INVALID_BOUNDING_BOX"),
        ({}, {"left": 611}, "ERROR_INVALID_BOUNDING_BOX"),
        ({}, {"height": 461}, "ERROR_INVALID_BOUNDING_BOX"),
    ],
)
async def test_a_wrong_box_is_told(
    metadata: dict[str, Any], box: dict[str, Any], code: str
) -> None:
    """A box off the image, or without a label or a confidence, makes its entry an error."""
    entry = boxed("a.jpg", "owl")
    entry["boxes-metadata"] |= metadata
    entry["boxes"]["annotations"][0] |= box
    async with labelling() as (_, client, clock):
        arn = await new_dataset(client, await new_project(client))
        clock.advance(60)
        await client.update_dataset_entries(dataset_arn=arn, changes=changes(entry))
        clock.advance(60)
        assert await codes(client, arn) == [[code, "ERROR_NO_VALID_LABEL_ATTRIBUTES"]]
        assert await client.iter_dataset_labels(dataset_arn=arn).collect() == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ((), "empty"),
        ((b"{", b"\n"), "no valid JSON lines"),
        ((image("a.jpg"), image("b.jpg", bucket="others")), "multiple S3 buckets"),
    ],
)
async def test_a_manifest_of_no_use_fails_the_dataset(
    tmp_path: Path, content: tuple[Any, ...], told: str
) -> None:
    """A dataset whose manifest cannot be taken is CREATE_FAILED, and can only be deleted."""
    stored(tmp_path, *content)
    async with labelling(s3=tmp_path) as (_, client, clock):
        project_arn = await new_project(client)
        arn = await new_dataset(client, project_arn, source=manifest())
        clock.advance(60)
        with pytest.raises(JobFailedError, match=told):
            await client.wait_for_dataset_created(dataset_arn=arn)
        with pytest.raises(ResourceNotReadyException):
            await client.list_dataset_entries(dataset_arn=arn)
        with pytest.raises(InvalidParameterException):
            await client.update_dataset_entries(dataset_arn=arn, changes=changes(image("a.jpg")))
        with pytest.raises(ResourceAlreadyExistsException):
            await new_dataset(client, project_arn)
        await client.delete_dataset(dataset_arn=arn)
        clock.advance(60)
        await new_dataset(client, project_arn)


async def test_a_manifest_has_to_be_there(tmp_path: Path) -> None:
    """A manifest that S3 does not hold is refused at once, and so is a source that says nothing."""
    (tmp_path / "photos").mkdir()
    async with labelling(s3=tmp_path) as (_, client, _):
        project_arn = await new_project(client)
        with pytest.raises(InvalidS3ObjectException):
            await new_dataset(client, project_arn, source=manifest())
        nowhere = DatasetSource(ground_truth_manifest=GroundTruthManifest())
        with pytest.raises(InvalidS3ObjectException):
            await new_dataset(client, project_arn, source=nowhere)
        with pytest.raises(InvalidParameterException):
            await new_dataset(client, project_arn, source=DatasetSource())
        (project,) = await client.iter_projects().collect()
        assert list(project.datasets or ()) == []


async def test_a_manifest_in_name_only_is_empty() -> None:
    """Where the emulator has no objects, a named manifest makes a dataset without entries."""
    async with labelling() as (_, client, clock):
        arn = await new_dataset(client, await new_project(client), source=manifest())
        clock.advance(60)
        created = await client.wait_for_dataset_created(dataset_arn=arn)
        assert created.dataset_stats is not None
        assert created.dataset_stats.total_entries == 0


async def test_a_dataset_is_copied() -> None:
    """A copy has the entries that the other dataset had, and goes its own way."""
    async with labelling() as (_, client, clock):
        first = await new_dataset(client, await new_project(client))
        other_project = await new_project(client, "others")
        with pytest.raises(InvalidParameterException):
            await new_dataset(client, other_project, source=DatasetSource(dataset_arn=first))
        clock.advance(60)
        await client.update_dataset_entries(
            dataset_arn=first, changes=changes(image("a.jpg", "owl"))
        )
        clock.advance(60)
        copy = await new_dataset(
            client, other_project, "TEST", source=DatasetSource(dataset_arn=first)
        )
        clock.advance(60)
        await client.update_dataset_entries(
            dataset_arn=copy, changes=changes(image("b.jpg", "crow"))
        )
        clock.advance(60)
        assert await keys(client, first) == ["a.jpg"]
        assert await keys(client, copy) == ["a.jpg", "b.jpg"]
        with pytest.raises(ResourceNotFoundException):
            await new_dataset(client, other_project, source=DatasetSource(dataset_arn=NO_DATASET))


async def test_an_update_replaces_and_adds() -> None:
    """An entry about a known image takes its place; its numbers count when the update is done."""
    async with labelling() as (_, client, clock):
        arn = await new_dataset(client, await new_project(client))
        clock.advance(60)
        for content in (
            (image("a.jpg", "owl"), image("b.jpg")),
            (image("c.jpg", "owl"), image("a.jpg", "crow")),
        ):
            await client.update_dataset_entries(dataset_arn=arn, changes=changes(*content))
            with pytest.raises(ResourceInUseException):
                await client.list_dataset_entries(dataset_arn=arn)
            with pytest.raises(ResourceInUseException):
                await client.update_dataset_entries(
                    dataset_arn=arn, changes=changes(image("d.jpg"))
                )
            with pytest.raises(ResourceInUseException):
                await client.delete_dataset(dataset_arn=arn)
            before = (await client.describe_dataset(dataset_arn=arn)).dataset_description
            clock.advance(60)
            after = await client.wait_for_dataset_updated(dataset_arn=arn)
        assert before is not None
        assert before.status == "UPDATE_IN_PROGRESS"
        assert before.dataset_stats is not None
        assert after.dataset_stats is not None
        totals = (before.dataset_stats.total_entries, after.dataset_stats.total_entries)
        assert totals == (2, 3)
        assert await keys(client, arn) == ["a.jpg", "b.jpg", "c.jpg"]
        labels = await client.iter_dataset_labels(dataset_arn=arn).collect()
        assert [label.label_name for label in labels] == ["crow", "owl"]


async def test_what_was_listed_can_be_put_back() -> None:
    """The service's remarks in a listed line are made anew, not kept."""
    async with labelling() as (_, client, clock):
        arn = await new_dataset(client, await new_project(client))
        clock.advance(60)
        wrong = image("a.jpg", "owl")
        wrong["kind-metadata"]["type"] = "other"
        await client.update_dataset_entries(dataset_arn=arn, changes=changes(wrong))
        clock.advance(60)
        (entry,) = await entries(client, arn)
        assert entry["cl-errors"]
        mended = dict(entry)
        mended["kind-metadata"] = image("a.jpg", "owl")["kind-metadata"]
        await client.update_dataset_entries(dataset_arn=arn, changes=changes(mended))
        clock.advance(60)
        (entry,) = await entries(client, arn)
        assert entry == {**image("a.jpg", "owl"), "cl-metadata": {"is_labeled": True}}


async def test_an_update_of_no_use_fails() -> None:
    """A failed update changes nothing, and the dataset can be updated again."""
    async with labelling() as (_, client, clock):
        arn = await new_dataset(client, await new_project(client))
        clock.advance(60)
        await client.update_dataset_entries(dataset_arn=arn, changes=changes(image("a.jpg")))
        clock.advance(60)
        await client.update_dataset_entries(
            dataset_arn=arn, changes=changes(image("b.jpg"), image("c.jpg", bucket="others"))
        )
        clock.advance(60)
        with pytest.raises(JobFailedError, match="multiple S3 buckets"):
            await client.wait_for_dataset_updated(dataset_arn=arn)
        assert await keys(client, arn) == ["a.jpg"]
        await client.update_dataset_entries(dataset_arn=arn, changes=changes(image("b.jpg")))
        clock.advance(60)
        assert await keys(client, arn) == ["a.jpg", "b.jpg"]


async def test_a_dataset_has_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """An update that would go over the number of images is refused whole."""
    monkeypatch.setattr("rekognition_async.emulator.handlers.datasets.MAX_ENTRIES", 2)
    async with labelling() as (_, client, clock):
        arn = await new_dataset(client, await new_project(client))
        clock.advance(60)
        two = changes(image("a.jpg"), image("b.jpg"))
        for _ in range(2):
            await client.update_dataset_entries(dataset_arn=arn, changes=two)
            clock.advance(60)
        with pytest.raises(LimitExceededException):
            await client.update_dataset_entries(
                dataset_arn=arn, changes=changes(image("a.jpg", "owl"), image("c.jpg"))
            )
        found = await entries(client, arn)
        assert [entry["cl-metadata"]["is_labeled"] for entry in found] == [False, False]


async def test_a_fifth_of_the_images_goes_to_the_tests() -> None:
    """Distribution moves the same fifth each time, and needs an empty test dataset to begin."""
    moved: list[list[str]] = []
    for _ in range(2):
        async with labelling() as (_, client, clock):
            project_arn = await new_project(client)
            train = await new_dataset(client, project_arn)
            test = await new_dataset(client, project_arn, "TEST")
            pair = [DistributeDataset(arn=train), DistributeDataset(arn=test)]
            with pytest.raises(ResourceNotReadyException):
                await client.distribute_dataset_entries(datasets=pair)
            clock.advance(60)
            with pytest.raises(InvalidParameterException, match="must have images"):
                await client.distribute_dataset_entries(datasets=pair)
            await client.update_dataset_entries(
                dataset_arn=train, changes=changes(*(image(f"{n}.jpg", "owl") for n in range(20)))
            )
            clock.advance(60)
            await client.distribute_dataset_entries(datasets=pair)
            clock.advance(60)
            for arn in (train, test):
                await client.wait_for_dataset_updated(dataset_arn=arn)
            kept, gone = await keys(client, train), await keys(client, test)
            assert (len(kept), len(gone)) == (16, 4)
            assert {*kept, *gone} == {f"{n}.jpg" for n in range(20)}
            with pytest.raises(InvalidParameterException, match="must be empty"):
                await client.distribute_dataset_entries(datasets=pair)
            moved.append(gone)
    assert moved[0] == moved[1]


async def test_distribution_takes_the_two_datasets_of_a_project() -> None:
    """Two of the same kind, or of different projects, are refused."""
    async with labelling() as (_, client, clock):
        first, second = await new_project(client), await new_project(client, "others")
        train = await new_dataset(client, first)
        test = await new_dataset(client, second, "TEST")
        clock.advance(60)
        for pair in ((train, train), (train, test)):
            with pytest.raises(InvalidParameterException, match="one project"):
                await client.distribute_dataset_entries(
                    datasets=[DistributeDataset(arn=arn) for arn in pair]
                )


async def test_a_dataset_is_deleted_in_time() -> None:
    """A dataset is DELETE_IN_PROGRESS until its time is over, and then not to be found."""
    async with labelling(durations={"dataset_deletion": 10}) as (_, client, clock):
        project_arn = await new_project(client)
        arn = await new_dataset(client, project_arn)
        await client.update_dataset_entries(dataset_arn=arn, changes=changes(image("a.jpg", "owl")))
        await client.wait_for_dataset_updated(dataset_arn=arn)
        await client.delete_dataset(dataset_arn=arn)
        described = (await client.describe_dataset(dataset_arn=arn)).dataset_description
        assert described is not None
        assert described.status == "DELETE_IN_PROGRESS"
        with pytest.raises(ResourceInUseException):
            await client.list_dataset_entries(dataset_arn=arn)
        with pytest.raises(ResourceInUseException):
            await client.delete_dataset(dataset_arn=arn)
        clock.advance(10)
        for ask in (client.describe_dataset, client.list_dataset_entries, client.delete_dataset):
            with pytest.raises(ResourceNotFoundException):
                await ask(dataset_arn=arn)
        again = await new_dataset(client, project_arn)
        assert await keys(client, again) == []


async def test_a_dataset_that_is_trained_with_stays() -> None:
    """A dataset cannot be deleted while a version is trained with it."""
    async with labelling() as (_, client, clock):
        project_arn = await new_project(client)
        arns = [await new_dataset(client, project_arn, kind) for kind in ("TRAIN", "TEST")]
        clock.advance(60)
        await new_version(client, project_arn)
        with pytest.raises(ResourceInUseException, match="training"):
            await client.delete_dataset(dataset_arn=arns[0])
        clock.advance(60)
        await client.delete_dataset(dataset_arn=arns[0])


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def broken(whole: Any) -> st.SearchStrategy[Any]:
    """A document in which any part may be missing, or anything else."""
    if isinstance(whole, dict):
        parts = {key: broken(value) for key, value in whole.items()}
        return st.fixed_dictionaries({}, optional=parts) | st.fixed_dictionaries(parts) | ANYTHING
    if isinstance(whole, list):
        return st.tuples(*map(broken, whole)).map(list) | ANYTHING
    return st.just(whole) | ANYTHING


@given(
    st.lists(
        broken(image("a.jpg", "owl")).map(json.dumps)
        | broken(boxed("b.jpg", "owl", "crow")).map(json.dumps)
        | st.text(max_size=20),
        max_size=3,
    )
)
def test_any_manifest_can_be_read(content: list[str]) -> None:
    """Whatever the lines hold, what is listed of them is JSON within the service's limits."""
    manifest = read_manifest("\n".join(content).encode(errors="surrogatepass"))
    shapes = service_model()
    for entry in manifest.entries.values():
        line = json.dumps(entry["Line"], allow_nan=False)
        assert matches(shapes.shape_for("DatasetEntry"), line)
        assert entry["Errors"] == ("cl-errors" in json.loads(line))
    stats, labels = stats_of(manifest.entries.values())
    assert stats["TotalLabels"] == len(labels)
    assert all(matches(shapes.shape_for("DatasetLabel"), name) for name in labels)


async def test_polls_make_a_dataset() -> None:
    """With polls_until_done, the polls of a wait are what a dataset takes."""
    async with labelling(polls_until_done=3) as (emulator, client, _):
        arn = await new_dataset(client, await new_project(client))
        await client.wait_for_dataset_created(dataset_arn=arn)
        operations = [request.operation for request in emulator.requests]
        assert operations.count("DescribeDataset") == 4


async def test_a_failure_can_be_declared() -> None:
    """A rule for DescribeDataset makes the dataset that it is about fail, with its message."""
    rules = [
        AnswerRule(
            "DescribeDataset",
            {"DatasetDescription": {"Status": "CREATE_FAILED", "StatusMessage": "no luck"}},
            when=lambda parameters: "/dataset/test/" in parameters["DatasetArn"],
        ),
        AnswerRule("DescribeDataset", {"DatasetDescription": {"Status": "UPDATE_FAILED"}}),
    ]
    async with labelling(answers=rules) as (_, client, clock):
        project_arn = await new_project(client)
        train = await new_dataset(client, project_arn)
        test = await new_dataset(client, project_arn, "TEST")
        clock.advance(60)
        await client.wait_for_dataset_created(dataset_arn=train)
        with pytest.raises(JobFailedError, match="no luck"):
            await client.wait_for_dataset_created(dataset_arn=test)
        await client.update_dataset_entries(dataset_arn=train, changes=changes(image("a.jpg")))
        clock.advance(60)
        with pytest.raises(JobFailedError, match="UPDATE_FAILED"):
            await client.wait_for_dataset_updated(dataset_arn=train)
        assert await keys(client, train) == []


async def test_adapters_have_no_datasets() -> None:
    """Datasets belong to projects of Custom Labels."""
    async with labelling() as (_, client, _):
        created = await client.create_project(
            project_name="a", feature="CONTENT_MODERATION", auto_update="ENABLED"
        )
        with pytest.raises(InvalidParameterException, match="Custom Labels"):
            await new_dataset(client, created.project_arn or "")


async def test_a_state_file_keeps_a_dataset_and_its_work(tmp_path: Path) -> None:
    """Another emulator on the same file goes on with what the first one began."""
    path = tmp_path / "state.db"
    async with labelling(state=path) as (_, client, clock):
        arn = await new_dataset(client, await new_project(client))
        clock.advance(60)
        await client.update_dataset_entries(dataset_arn=arn, changes=changes(image("a.jpg", "owl")))
    async with labelling(state=path) as (_, client, clock):
        clock.advance(120)
        await client.wait_for_dataset_updated(dataset_arn=arn)
        assert await keys(client, arn) == ["a.jpg"]
