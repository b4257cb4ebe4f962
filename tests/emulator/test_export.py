"""The state as JSON: out of one emulator, into another."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import names
from wire import call

from rekognition_async import RekognitionClient
from rekognition_async.emulator import Credential, RekognitionEmulator
from rekognition_async.emulator.state.snapshots import entries_of, exported, lines
from rekognition_async.emulator.state.store import Store

RECORD: dict[str, Any] = {
    "account_id": "123456789012",
    "region_name": "eu-west-1",
    "kind": "collection",
    "parent": "",
    "sequence": 7,
    "name": "mine",
    "created_at": 1_800_000_000.25,
    "document": {"FaceModelVersion": "7.0", "Tags": {"größe": "\u0000"}},
}


def document_with(*records: Any) -> dict[str, Any]:
    """An exported document with these records."""
    return {"format": "rekognition-emulator-state", "version": 1, "records": list(records)}


async def test_another_emulator_goes_on_with_what_was_exported() -> None:
    """Accounts, regions, order, times and tags are as they were, and so is the next export."""
    credentials = {"AKIDONE": Credential("one"), "AKIDTWO": Credential("two", "000000000002")}
    async with RekognitionEmulator(credentials=credentials) as first:
        first.seed(collections=["z", "a", "m"])
        first.seed(collections=["theirs"], account_id="000000000002", region_name="eu-west-1")
        async with RekognitionClient(**first.client_options) as client:
            await client.create_collection(collection_id="tagged", tags={"team": "vision"})
            await client.delete_collection(collection_id="a")
            described = await client.describe_collection(collection_id="tagged")
        document = first.export_state()
    async with RekognitionEmulator(credentials=credentials) as second:
        second.seed(collections=["gone"])
        assert second.import_state(json.loads(json.dumps(document))) == 4
        assert second.export_state() == document
        async with RekognitionClient(**second.client_options) as client:
            listed = [coll.collection_id async for coll in client.iter_collections()]
            assert listed == ["z", "m", "tagged"]
            again = await client.describe_collection(collection_id="tagged")
            assert again.creation_timestamp == described.creation_timestamp
            await client.create_collection(collection_id="later")
            listed = [coll.collection_id async for coll in client.iter_collections()]
            assert listed == ["z", "m", "tagged", "later"]
        reply = await call(second, key_id="AKIDTWO", secret="two", region_name="eu-west-1")
        assert reply.document["CollectionIds"] == ["theirs"]


async def test_an_import_outlives_the_process(tmp_path: Path) -> None:
    """What was imported is in the state file."""
    path = tmp_path / "state.db"
    async with RekognitionEmulator(state=path) as emulator:
        emulator.import_state(document_with(RECORD))
    async with RekognitionEmulator(state=path) as emulator:
        assert emulator.export_state() == document_with(RECORD)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (None, "no exported state"),
        ([], "no exported state"),
        ({}, "no exported state"),
        ({"format": "terraform", "version": 1, "records": []}, "no exported state"),
        ({**document_with(), "version": 2}, "of version 2, this emulator's is 1"),
        ({**document_with(), "version": True}, "of version True"),
        ({**document_with(), "records": {}}, "records must be a list, got dict"),
        (document_with(RECORD, 5), r"records\[1\]: must be an object, got int"),
        (document_with({"name": "a"}), r"records\[0\]: must have the members account_id, "),
        (document_with({**RECORD, "hat": 1}), "must have the members"),
        (document_with({**RECORD, "account_id": "12"}), "account_id must be 12 digits, got '12'"),
        (document_with({**RECORD, "account_id": 5}), "account_id must be a text, got int"),
        (document_with({**RECORD, "region_name": ""}), "region_name must not be empty"),
        (document_with({**RECORD, "name": "\ud800"}), "name holds half of a surrogate pair"),
        (document_with({**RECORD, "sequence": 0}), "sequence must be 1 to"),
        (document_with({**RECORD, "sequence": True}), "sequence must be 1 to"),
        (document_with({**RECORD, "sequence": 2**63}), "sequence must be 1 to"),
        (document_with({**RECORD, "created_at": "now"}), "created_at must be seconds"),
        (document_with({**RECORD, "created_at": float("nan")}), "created_at must be seconds"),
        (document_with({**RECORD, "created_at": 10**400}), "created_at must be seconds"),
        (document_with({**RECORD, "document": []}), "document must be an object, got list"),
        (document_with({**RECORD, "document": {"a": {1}}}), "document must be JSON"),
        (document_with({**RECORD, "document": {"a": float("inf")}}), "document must be JSON"),
        (document_with({**RECORD, "document": {"a": "\udfff"}}), "document must be JSON"),
        (document_with(RECORD, {**RECORD, "name": "b"}), "two records have the same sequence"),
        (document_with(RECORD, {**RECORD, "sequence": 8}), "two records have the same"),
    ],
)
async def test_what_is_no_exported_state_changes_nothing(
    emulator: RekognitionEmulator, document: Any, told: str
) -> None:
    """All of a document is taken or nothing, and the message says where it is wrong."""
    emulator.seed(collections=names(2))
    before = emulator.export_state()
    with pytest.raises(ValueError, match=told):
        emulator.import_state(document)
    assert emulator.export_state() == before
    assert (await call(emulator)).document["CollectionIds"] == names(2)


async def test_reset_empties_the_state_and_forgets_the_requests() -> None:
    """After it the emulator is as new, on the same address and with the same quotas."""
    async with RekognitionEmulator(quotas={"*": 100}) as emulator:
        emulator.seed(collections=3)
        await call(emulator)
        emulator.reset()
        assert len(emulator.requests) == 0
        assert (await call(emulator)).document["CollectionIds"] == []
        assert emulator.quotas == {"*": 100}


def test_a_stopped_emulator_has_no_state_to_export() -> None:
    """Export, import and reset are those of a running one."""
    emulator = RekognitionEmulator()
    for use in (emulator.export_state, emulator.reset, lambda: emulator.import_state({})):
        with pytest.raises(RuntimeError, match="not running"):
            use()


texts = st.text(st.characters(codec="utf-8"), max_size=8)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
records = st.lists(
    st.fixed_dictionaries(
        {
            "account_id": st.sampled_from(["123456789012", "000000000001"]),
            "region_name": st.sampled_from(["us-east-1", "eu-west-1"]),
            "kind": texts.filter(bool),
            "parent": texts,
            "sequence": st.integers(1, 2**63 - 1),
            "name": texts,
            "created_at": st.floats(0, 4e9),
            "document": st.dictionaries(texts, json_values, max_size=3),
        }
    ),
    max_size=6,
    unique_by=(
        lambda record: record["sequence"],
        lambda record: tuple(
            record[part] for part in ("account_id", "region_name", "kind", "parent", "name")
        ),
    ),
)


@given(records=records)
@settings(max_examples=100, deadline=None)
def test_any_state_comes_back_exactly(records: list[dict[str, Any]]) -> None:
    """Whatever is kept, of kinds that do not exist yet too, goes through JSON and back."""
    document = document_with(*sorted(records, key=lambda record: record["sequence"]))
    before = copy.deepcopy(document)
    store = Store(None)
    store.replace_everything(entries_of(document))
    assert exported(store) == document == before
    assert json.loads("".join(lines(exported(store)))) == document
    store.close()
