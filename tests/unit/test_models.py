"""What the models take, refuse, pair and dump."""

import base64
import copy
import json
import pickle
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from rekognition_async import RequestValidationError, models
from rekognition_async.models import (
    Collection,
    CreateCollectionRequest,
    DescribeCollectionResponse,
    ListCollectionsRequest,
    ListCollectionsResponse,
)
from rekognition_async.operation import ResponseMetadata, WireModel


def page(**members: object) -> ListCollectionsResponse:
    """A page with these members on the wire."""
    return ListCollectionsResponse.model_validate_json(json.dumps(members))


def test_ids_pair_with_versions_in_order() -> None:
    """Each id of a page stands with the version at its own place."""
    response = page(CollectionIds=["a", "b"], FaceModelVersions=["6.0", "7.0"])
    assert response.collections == (
        Collection(collection_id="a", face_model_version="6.0"),
        Collection(collection_id="b", face_model_version="7.0"),
    )
    assert response.collection_ids == ("a", "b")
    assert response.face_model_versions == ("6.0", "7.0")


@pytest.mark.parametrize("versions", [{}, {"FaceModelVersions": None}, {"FaceModelVersions": []}])
def test_no_versions_at_all_pair_as_none(versions: dict[str, object]) -> None:
    """Absent, null and empty versions beside ids all read as: no version was told."""
    response = page(CollectionIds=["a", "b"], **versions)
    assert [coll.face_model_version for coll in response.collections] == [None, None]


@pytest.mark.parametrize(
    ("ids", "versions"),
    [(["a", "b"], ["7.0"]), (["a"], ["7.0", "7.0"]), ([], ["7.0"]), (None, ["7.0"])],
)
def test_another_count_of_versions_is_never_guessed_at(
    ids: list[str] | None, versions: list[str]
) -> None:
    """Versions that cannot be paired one to one are an error, not a shorter list."""
    with pytest.raises(ValidationError, match="cannot be paired"):
        page(CollectionIds=ids, FaceModelVersions=versions)


@pytest.mark.parametrize("body", ["{}", '{"CollectionIds": null}', '{"CollectionIds": []}'])
def test_an_empty_account_has_no_collections(body: str) -> None:
    """Absent, null and empty ids all read as an empty page."""
    assert ListCollectionsResponse.model_validate_json(body).collections == ()


@pytest.mark.parametrize("body", ["[]", '"text"', "1", "null", '{"CollectionIds": [1]}'])
def test_another_shape_is_refused(body: str) -> None:
    """JSON that is no ListCollections answer is an error, not an empty page."""
    with pytest.raises(ValidationError):
        ListCollectionsResponse.model_validate_json(body)


def test_unknown_members_are_harmless() -> None:
    """A member that AWS adds later neither fails nor appears in a dump."""
    response = page(CollectionIds=["a"], Novelty={"x": 1})
    assert response == page(CollectionIds=["a"])
    assert response.model_dump(by_alias=True) == {"CollectionIds": ["a"], "FaceModelVersions": []}


@pytest.mark.parametrize("by_alias", [True, False])
def test_dumps_round_trip(by_alias: bool) -> None:
    """A dump, under the wire's names or ours, validates to an equal response."""
    response = page(CollectionIds=["a"], FaceModelVersions=["7.0"], NextToken="t")
    dump = response.model_dump(by_alias=by_alias)
    assert ListCollectionsResponse.model_validate(dump) == response
    text = response.model_dump_json(by_alias=by_alias)
    assert ListCollectionsResponse.model_validate_json(text) == response


PROJECT = "arn:aws:rekognition:eu-west-1:123456789012:project/birds"

CONTENT = bytes(range(240, 256)) + b"\x00"
"""Bytes whose base64 has both of the characters that are others in URLs, and padding."""


@pytest.mark.parametrize("by_alias", [True, False])
@pytest.mark.parametrize(
    "value",
    [
        models.Image(bytes=CONTENT),
        models.DetectLabelsRequest(image=models.Image(bytes=CONTENT)),
        models.CompareFacesRequest(
            source_image=models.Image(bytes=CONTENT), target_image=models.Image(bytes=CONTENT)
        ),
        models.UpdateDatasetEntriesRequest(
            dataset_arn=f"{PROJECT}/dataset/train/1700000000000",
            changes=models.DatasetChanges(ground_truth=CONTENT),
        ),
        models.GetFaceLivenessSessionResultsResponse(
            session_id="11111111-2222-3333-4444-555555555555",
            status="SUCCEEDED",
            reference_image=models.AuditImage(bytes=CONTENT),
            audit_images=(models.AuditImage(bytes=CONTENT), models.AuditImage()),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_bytes_come_back_from_json(value: WireModel, by_alias: bool) -> None:
    """Bytes are AWS's base64 in JSON, and read from it and from that of URLs alike."""
    document = value.model_dump_json(by_alias=by_alias)
    encoded = base64.b64encode(CONTENT).decode()
    assert {"+", "/", "="} <= {*encoded}
    assert encoded in document
    for_urls = document.replace(encoded, base64.urlsafe_b64encode(CONTENT).decode())
    unpadded = document.replace(encoded, encoded.rstrip("="))
    for text in (document, for_urls, unpadded):
        assert type(value).model_validate_json(text) == value


@pytest.mark.parametrize(
    "encoded", ["c2VjcmV0*", "c2VjcmV0 c2VjcmV0", "c2VjcmV0\\n", "c2VjcmV0é", "c"]
)
def test_ill_formed_base64_is_refused_by_its_place(encoded: str) -> None:
    """The error names the field and what is wrong with it, and quotes nothing of it."""
    document = f'{{"Image": {{"Bytes": "{encoded}"}}}}'
    with pytest.raises(ValidationError) as refused:
        models.DetectLabelsRequest.model_validate_json(document)
    (problem,) = refused.value.errors(include_input=False)
    assert (problem["loc"], problem["msg"]) == (("Image", "Bytes"), "Input should be base64")
    assert "c2VjcmV0" not in str(refused.value)
    told = str(models.DetectLabelsRequest.to_error(refused.value))
    assert told == (
        f"DetectLabels not sent: image.Bytes: input should be base64, got str of length "
        f"{len(json.loads(document)['Image']['Bytes'])}"
    )


def test_an_answer_comes_back_from_a_dict_that_is_fit_for_json() -> None:
    """Nothing but base64 is text in an answer's bytes."""
    answer = models.AuditImage(bytes=CONTENT)
    assert models.AuditImage.model_validate(answer.model_dump(mode="json")) == answer


def test_bytes_of_a_caller_are_base64_in_json_alone() -> None:
    """In Python text is no bytes, and a dump to Python has the bytes as they are."""
    with pytest.raises(ValidationError, match="valid bytes"):
        models.Image.model_validate({"Bytes": "aGVsbG8="})
    assert models.Image(bytes=CONTENT).model_dump() == {"bytes": CONTENT}


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_the_json_schema_of_bytes_says_base64(mode: Literal["validation", "serialization"]) -> None:
    """A JSON Schema describes the text that stands for the bytes."""
    described = models.DatasetChanges.model_json_schema(mode=mode)["properties"]["GroundTruth"]
    assert (described["type"], described["contentEncoding"]) == ("string", "base64")


def test_a_dump_by_alias_is_the_wire_form() -> None:
    """Under the wire's names, lists are lists and what is not set is left out."""
    response = page(CollectionIds=["a"], FaceModelVersions=["7.0"])
    assert response.model_dump(by_alias=True) == {
        "CollectionIds": ["a"],
        "FaceModelVersions": ["7.0"],
    }
    assert ListCollectionsRequest(max_results=3).model_dump(by_alias=True) == {"MaxResults": 3}


def test_a_page_is_gone_through_by_its_items() -> None:
    """A page gives its items, is true without any, and stays a model in all else."""
    listed = page(CollectionIds=["a", "b"], FaceModelVersions=["6.0", "7.0"], NextToken="more")
    assert tuple(listed) == listed.collections
    assert Collection(collection_id="b", face_model_version="7.0") in listed
    assert bool(page())
    assert copy.deepcopy(listed) == listed
    assert listed.model_copy(update={"next_token": None}) != listed
    assert ListCollectionsResponse.model_validate(listed) is listed
    assert listed.model_dump(by_alias=True) == {
        "CollectionIds": ["a", "b"],
        "FaceModelVersions": ["6.0", "7.0"],
        "NextToken": "more",
    }


def test_metadata_is_no_part_of_value_or_dump() -> None:
    """Two answers with other request ids are equal, hash alike, and dump the same."""
    one, other = page(CollectionIds=["a"]), page(CollectionIds=["a"])
    one.attach_metadata(ResponseMetadata("id-1", 200, 2))
    assert one == other
    assert hash(one) == hash(other)
    assert one.model_dump() == other.model_dump()
    assert "id-1" not in repr(one)
    assert one.metadata == ResponseMetadata("id-1", 200, 2)
    assert other.metadata == ResponseMetadata()


def test_reading_the_pairs_does_not_change_a_response() -> None:
    """A response whose pairs were read equals one whose pairs were not."""
    one, other = page(CollectionIds=["a"]), page(CollectionIds=["a"])
    assert one.collections
    assert one == other
    assert one.model_dump() == other.model_dump()


def test_models_are_frozen_and_hashable() -> None:
    """A record serves as a dictionary key and cannot be changed."""
    record = Collection(collection_id="a", face_model_version="7.0")
    assert {record: 1}[Collection.model_validate({"CollectionId": "a", "FaceModelVersion": "7.0"})]
    with pytest.raises(AttributeError, match="can't set"):
        record.collection_id = "b"  # type: ignore[misc] # that it is refused is the test
    assert len({page(CollectionIds=["a"]), page(CollectionIds=["a"])}) == 1


def test_models_pickle_with_their_metadata() -> None:
    """A response goes through pickle whole."""
    response = page(CollectionIds=["a"], FaceModelVersions=["7.0"])
    response.attach_metadata(ResponseMetadata("id-1", 200, 0))
    loaded = pickle.loads(pickle.dumps(response))
    assert loaded == response
    assert loaded.metadata == response.metadata


def test_pickles_of_an_earlier_build_load() -> None:
    """Where each class was found when a module had a whole domain, it is found still."""
    earlier = pickle.loads((Path(__file__).parent / "models_by_domain.pickle").read_bytes())
    assert len(earlier["classes"]) > 300
    assert all(cls is getattr(models, cls.__name__) for cls in earlier["classes"])
    labels, request, listing, collections, face = earlier["made"]
    assert isinstance(labels, models.DetectLabelsResponse)
    assert labels.labels[0].instances[0].bounding_box == models.BoundingBox(
        width=0.5, height=0.25, left=0.1, top=0.2
    )
    assert labels.metadata == ResponseMetadata("id-1", 200, 1)
    assert request == models.DetectLabelsRequest.model_validate(
        {"image": "s3://bucket/key", "max_labels": 10}
    )
    assert listing == models.ListCollectionsResponse.model_validate(
        {"CollectionIds": ["a"], "FaceModelVersions": ["7.0"], "NextToken": "next"}
    )
    assert collections == (Collection(collection_id="a", face_model_version="7.0"),)
    assert isinstance(face.emotions[0].type, models.UnknownValue)


def test_timestamps_are_aware() -> None:
    """Epoch seconds with a fraction read as a datetime with a time zone."""
    described = DescribeCollectionResponse.model_validate_json(
        '{"FaceCount":0,"CollectionARN":"arn:aws:x","CreationTimestamp":1700000000.25}'
    )
    assert described.creation_timestamp == datetime(2023, 11, 14, 22, 13, 20, 250_000, UTC)
    assert described.collection_arn == "arn:aws:x"


def test_json_schema_describes_the_wire() -> None:
    """The schema of a response names the members as they travel."""
    schema = ListCollectionsResponse.model_json_schema(mode="serialization")
    assert set(schema["properties"]) == {"CollectionIds", "FaceModelVersions", "NextToken"}
    request = ListCollectionsRequest.model_json_schema()
    assert request["additionalProperties"] is False
    assert request["properties"]["MaxResults"]["anyOf"][0]["maximum"] == 4096


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"max_results": -1}, r"max_results: .*greater than or equal to 0, got -1"),
        ({"max_results": 4097}, r"max_results: .*less than or equal to 4096, got 4097"),
        ({"max_results": True}, r"max_results: .*valid integer, got True"),
        ({"max_results": "10"}, r"max_results: .*valid integer, got '10'"),
        ({"MaxResults": 4097}, r"max_results: .*4096"),
        ({"next_token": "x" * 256}, r"next_token: .*at most 255 characters, got str of length 256"),
        ({"page": 1}, r"page: is not a parameter"),
    ],
)
def test_a_request_out_of_limits_is_refused_when_made(
    parameters: dict[str, object], problem: str
) -> None:
    """The error names the field as the caller wrote it, the value and the limit."""
    with pytest.raises(RequestValidationError, match=problem) as refused:
        ListCollectionsRequest(**parameters)  # type: ignore[arg-type] # wrong on purpose
    assert isinstance(refused.value, ValueError)


@pytest.mark.parametrize("limit", [0, 4096])
def test_the_limits_themselves_are_fine(limit: int) -> None:
    """Both ends of MaxResults' range are taken."""
    assert ListCollectionsRequest(max_results=limit).max_results == limit
    assert ListCollectionsRequest(next_token="x" * 255).next_token == "x" * 255


@pytest.mark.parametrize("name", ["", "a" * 256, "a b", "ä", "a/b", "a\n"])
def test_a_collection_id_out_of_its_alphabet_is_refused(name: str) -> None:
    """Ids that the service model forbids never leave."""
    with pytest.raises(RequestValidationError, match="collection_id"):
        CreateCollectionRequest(collection_id=name)


@pytest.mark.parametrize("name", ["a", "A" * 255, "a_b.c-9"])
def test_a_collection_id_of_its_alphabet_is_taken(name: str) -> None:
    """Ids at the ends of the range, and with each kind of character, are taken."""
    assert CreateCollectionRequest(collection_id=name).collection_id == name


@pytest.mark.parametrize(
    "tags", [{"aws:x": "1"}, {"": "1"}, {"k" * 129: "1"}, {"k": "v" * 257}, {"k": "<"}]
)
def test_a_tag_out_of_limits_is_refused(tags: dict[str, str]) -> None:
    """Tag keys and values keep the service model's limits."""
    with pytest.raises(RequestValidationError, match="tags"):
        CreateCollectionRequest(collection_id="a", tags=tags)


def test_tokens_stay_out_of_a_repr() -> None:
    """A page token may be worth something, so no repr shows one."""
    assert "secret" not in repr(ListCollectionsRequest(next_token="secret"))
    assert "secret" not in repr(page(NextToken="secret"))


def test_a_request_is_a_part_of_other_models() -> None:
    """Inside another model a wrong request is Pydantic's own error, with the path to it."""

    class Job(BaseModel):
        request: ListCollectionsRequest

    job = TypeAdapter(Job).validate_python({"request": {"MaxResults": 5}})
    assert job.request.max_results == 5
    with pytest.raises(ValidationError) as refused:
        Job.model_validate({"request": {"MaxResults": 5000}})
    assert refused.value.errors()[0]["loc"] == ("request", "MaxResults")
