"""Collections: named tuples that serve Pydantic as models do."""

import copy
import pickle
from typing import Any, cast

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from rekognition_async.models import Collection


class Tenant(BaseModel):
    """A model of a service's own, with collections in it."""

    main: Collection
    others: list[Collection] = []


BOTH = Collection(collection_id="a", face_model_version="7.0")


@pytest.mark.parametrize(
    "same",
    [
        lambda: Collection("a", "7.0"),
        lambda: Collection("a", face_model_version="7.0"),
        lambda: Collection.model_validate({"collection_id": "a", "face_model_version": "7.0"}),
        lambda: Collection.model_validate({"CollectionId": "a", "FaceModelVersion": "7.0"}),
        lambda: Collection.model_validate(BOTH),
        lambda: Collection.model_validate_json('{"CollectionId": "a", "FaceModelVersion": "7.0"}'),
        lambda: TypeAdapter(Collection).validate_python(BOTH),
        lambda: pickle.loads(pickle.dumps(BOTH)),
        lambda: copy.deepcopy(BOTH),
        lambda: BOTH._replace(collection_id="a"),
    ],
)
def test_all_ways_to_make_one_agree(same: Any) -> None:
    """By place, by name, by the wire's name, from JSON and by copying comes the same collection."""
    made = same()
    assert type(made) is Collection
    assert made == BOTH
    assert hash(made) == hash(BOTH)
    assert repr(made) == "Collection(collection_id='a', face_model_version='7.0')"


def test_the_version_may_be_left_out() -> None:
    """A collection whose version was not told has None."""
    assert Collection(collection_id="a").face_model_version is None


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: Collection.model_validate({}), "CollectionId\n.*Field required"),
        (lambda: Collection.model_validate({"CollectionId": 3}), "CollectionId\n.*valid string"),
        (lambda: Collection.model_validate_json("[]"), "1 validation error for Collection"),
        (lambda: Collection("a", cast("str", 7)), "face_model_version\n.*valid string"),
    ],
)
def test_what_is_no_collection_is_refused(make: Any, problem: str) -> None:
    """Pydantic's own error names the member, whichever way it was handed in."""
    with pytest.raises(ValidationError, match=problem):
        make()


def test_too_many_or_double_values_are_refused() -> None:
    """As by any other class in Python."""
    make: Any = Collection
    with pytest.raises(TypeError, match="takes 2 values, got 3"):
        make("a", "7.0", "b")
    with pytest.raises(TypeError, match="got collection_id twice"):
        make("a", collection_id="b")


def test_dumps_have_a_models_options() -> None:
    """Names of either kind, members left out, and JSON."""
    assert BOTH.model_dump() == {"collection_id": "a", "face_model_version": "7.0"}
    assert BOTH.model_dump(by_alias=True) == {"CollectionId": "a", "FaceModelVersion": "7.0"}
    assert Collection("a").model_dump(exclude_none=True) == {"collection_id": "a"}
    assert BOTH.model_dump_json(include={"collection_id"}) == '{"collection_id":"a"}'


def test_models_of_a_service_take_and_dump_collections() -> None:
    """Within another model, collections are read from either form, and dumped as objects."""
    tenant = Tenant.model_validate({"main": BOTH, "others": [{"CollectionId": "b"}]})
    assert tenant.others == [Collection("b")]
    assert tenant.model_dump(by_alias=True, exclude_none=True) == {
        "main": {"CollectionId": "a", "FaceModelVersion": "7.0"},
        "others": [{"CollectionId": "b"}],
    }
    assert Tenant.model_validate_json(tenant.model_dump_json()) == tenant


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_json_schema_knows_a_collection_by_its_name(mode: Any) -> None:
    """Generated clients and documentation show a Collection with its two members."""
    schema = Tenant.model_json_schema(mode=mode)
    assert schema["properties"]["main"] == {"$ref": "#/$defs/Collection"}
    assert set(schema["$defs"]["Collection"]["properties"]) == {"CollectionId", "FaceModelVersion"}
    assert Collection.model_json_schema()["title"] == "Collection"
