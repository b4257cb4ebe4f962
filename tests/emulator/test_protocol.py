"""AWS JSON 1.1 on the wire: operations, wrong input, and nothing that breaks the server."""

import asyncio
import json
import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wire import call, post

from rekognition_async.emulator import RekognitionEmulator
from rekognition_async.emulator.protocol.messages import service_model
from rekognition_async.emulator.protocol.validation import compiled


@pytest.mark.parametrize("operation", ["Nonsense", "", "listcollections"])
async def test_an_unknown_operation_is_told(emulator: RekognitionEmulator, operation: str) -> None:
    """A target that is none of Rekognition's operations is an error of the framework."""
    reply = await call(emulator, operation=operation)
    assert (reply.status, reply.document["__type"]) == (400, "UnknownOperationException")


async def test_a_wrong_method_is_an_unknown_operation(emulator: RekognitionEmulator) -> None:
    """Only POST calls operations."""
    reply = await post(emulator.url, b"", {}, method="GET")
    assert (reply.status, reply.document["__type"]) == (400, "UnknownOperationException")


async def test_errors_of_operations_have_code_and_message(emulator: RekognitionEmulator) -> None:
    """A service error names itself twice, with a capital Message and a reference."""
    reply = await call(emulator, b'{"CollectionId":"a"}', "DeleteCollection")
    assert reply.status == 400
    assert set(reply.document) == {"__type", "Code", "Message", "Logref"}
    assert reply.document["__type"] == reply.document["Code"] == "ResourceNotFoundException"
    assert reply.document["Message"] == "The collection id: a does not exist"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{", "not valid JSON"),
        (b"\xff", "not valid JSON"),
        (b"[]", "Start of structure expected"),
        (b'{"MaxResults": NaN}', "not valid JSON"),
        (b'{"NextToken":"\\ud83d"}', "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"MaxResults":"1"}', "STRING_VALUE can not be converted to an Integer"),
        (b'{"MaxResults":true}', "BOOLEAN_VALUE can not be converted to an Integer"),
        (b'{"MaxResults":1.5}', "NUMBER_VALUE can not be converted to an Integer"),
        (b'{"NextToken":5}', "NUMBER_VALUE can not be converted to a String"),
        (b'{"NextToken":{}}', "Start of structure or map found where not expected."),
    ],
)
async def test_wrong_types_do_not_serialise(
    emulator: RekognitionEmulator, body: bytes, told: str
) -> None:
    """Another JSON type than the model's is a SerializationException."""
    reply = await call(emulator, body)
    assert reply.status == 400
    assert reply.document == {
        "__type": "SerializationException",
        "Message": reply.document["Message"],
    }
    assert told in reply.document["Message"]


LABELS = ("DetectLabels", {"Image": {"S3Object": {"Bucket": "abc", "Name": "n"}}})
START = ("StartStreamProcessor", {"Name": "nobody"})


def starting_at(time: int) -> dict[str, object]:
    """A place in a stream, which is a long."""
    return {"StartSelector": {"KVSStreamStartSelector": {"ProducerTimestamp": time}}}


@pytest.mark.parametrize(
    ("call_of", "parameters", "answer"),
    [
        (LABELS, {"MaxLabels": 2**31 - 1}, None),
        (LABELS, {"MaxLabels": 2**31}, "SerializationException"),
        (LABELS, {"MaxLabels": -(2**31)}, "ValidationException"),
        (LABELS, {"MaxLabels": -(2**31) - 1}, "SerializationException"),
        (START, starting_at(2**31), "ResourceNotFoundException"),
        (START, starting_at(2**63 - 1), "ResourceNotFoundException"),
        (START, starting_at(2**63), "SerializationException"),
        (START, starting_at(-(2**63)), "ValidationException"),
        (START, starting_at(-(2**63) - 1), "SerializationException"),
    ],
)
async def test_whole_numbers_have_the_bits_of_their_type(
    emulator: RekognitionEmulator,
    call_of: tuple[str, dict[str, object]],
    parameters: dict[str, object],
    answer: str | None,
) -> None:
    """An integer has 32 bits and a long 64; what they hold is left to the limits of the member."""
    operation, others = call_of
    reply = await call(emulator, json.dumps({**others, **parameters}).encode(), operation)
    assert reply.document.get("__type") == answer
    if answer == "SerializationException":
        assert "Numeric value is out of range of" in reply.document["Message"]


@pytest.mark.parametrize(
    ("operation", "parameters", "told"),
    [
        (
            "ListCollections",
            {"MaxResults": 5000},
            "1 validation error detected: Value '5000' at 'maxResults' failed to satisfy "
            "constraint: Member must have value less than or equal to 4096",
        ),
        (
            "ListCollections",
            {"MaxResults": -1, "NextToken": "x" * 256},
            "2 validation errors detected: ",
        ),
        (
            "CreateCollection",
            {},
            "Value null at 'collectionId' failed to satisfy constraint: Member must not be null",
        ),
        (
            "CreateCollection",
            {"CollectionId": None},
            "Value null at 'collectionId' failed to satisfy constraint: Member must not be null",
        ),
        (
            "CreateCollection",
            {"CollectionId": ""},
            "Member must have length greater than or equal to 1",
        ),
        (
            "CreateCollection",
            {"CollectionId": "a b"},
            r"Member must satisfy regular expression pattern: [a-zA-Z0-9_.\-]+",
        ),
        (
            "CreateCollection",
            {"CollectionId": "a", "Tags": {"aws:x": "v"}},
            "at 'tags.key' failed to satisfy constraint",
        ),
        (
            "DetectFaces",
            {"Image": {"S3Object": {"Bucket": "b"}}, "Attributes": ["HAT"]},
            "Value 'HAT' at 'attributes.1.member' failed to satisfy constraint: Member must "
            "satisfy enum value set: [",
        ),
        (
            "DetectFaces",
            {"Image": {"Bytes": "AAAA" * 2_000_000}},
            "Value java.nio.HeapByteBuffer[pos=0 lim=6000000 cap=6000000] at 'image.bytes'",
        ),
    ],
)
async def test_broken_constraints_are_all_told(
    emulator: RekognitionEmulator, operation: str, parameters: dict[str, object], told: str
) -> None:
    """Every limit of the service model refuses, in AWS's words, and never shows an image."""
    reply = await call(emulator, json.dumps(parameters).encode(), operation)
    assert (reply.status, reply.document["__type"]) == (400, "ValidationException")
    assert told in reply.document["message"]
    assert len(reply.document["message"]) < 2000


async def test_unknown_members_and_null_are_passed_over(emulator: RekognitionEmulator) -> None:
    """As AWS does, the emulator reads what it knows."""
    reply = await call(emulator, b'{"MaxResults":null,"Hat":1}')
    assert reply.status == 200
    assert emulator.requests[-1].parameters == {"MaxResults": None, "Hat": 1}


async def test_an_empty_body_is_an_empty_input(emulator: RekognitionEmulator) -> None:
    """No body is no parameters."""
    assert (await call(emulator, b"")).status == 200


async def test_a_huge_body_is_refused(emulator: RekognitionEmulator) -> None:
    """More than any of Rekognition's requests holds is too large."""
    reply = await call(emulator, b" " * (33 * 1024 * 1024))
    assert (reply.status, reply.document["__type"]) == (413, "RequestEntityTooLargeException")


def test_every_pattern_of_the_model_compiles() -> None:
    """Java's patterns mean something in Python, too."""
    shapes = (service_model().shape_for(name) for name in service_model().shape_names)
    patterns = [shape.metadata["pattern"] for shape in shapes if "pattern" in shape.metadata]
    assert len(patterns) > 30
    for pattern in patterns:
        compiled(pattern)


def test_tag_keys_may_be_of_any_script() -> None:
    """The Unicode classes of Java's patterns have their letters, numbers and spaces."""
    pattern = compiled(service_model().shape_for("TagKey").metadata["pattern"])
    assert pattern.fullmatch("größe 名前٣ a_b:/=+-@")
    assert not pattern.fullmatch("aws:mine")
    assert not pattern.fullmatch("a#b")
    assert not pattern.fullmatch("a\tb")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)
documents = st.dictionaries(
    st.sampled_from(["MaxResults", "NextToken", "CollectionId", "Tags", "Image"])
    | st.text(max_size=5),
    json_values,
    max_size=4,
)


@given(
    operation=st.sampled_from([*service_model().operation_names, "No"]),
    body=st.binary(max_size=60) | documents.map(lambda document: json.dumps(document).encode()),
)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_input_breaks_the_server(operation: str, body: bytes) -> None:
    """Any body for any operation gets an answer or an AWS-shaped 400, never a 500."""

    async def send() -> None:
        async with RekognitionEmulator() as emulator:
            reply = await call(emulator, body, operation)
            assert reply.status in {200, 400}
            assert reply.status == 200 or reply.document["__type"]

    asyncio.run(send())


@given(noise=st.binary(max_size=300))
@settings(max_examples=50, deadline=None)
def test_noise_on_the_socket_breaks_nothing(noise: bytes) -> None:
    """Bytes that are no HTTP close their own connection at most; the next client is served."""

    async def send() -> None:
        async with RekognitionEmulator() as emulator:
            host, port = emulator.url.removeprefix("http://").split(":")
            with socket.create_connection((host, int(port))) as connection:
                connection.sendall(noise)
                assert (await call(emulator)).status == 200

    asyncio.run(send())
