"""The emulator's own routes: health, and what changes it while it runs."""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from pictures import picture
from wire import Reply, call, post

from rekognition_async.emulator import (
    Fault,
    FaultRule,
    ManualClock,
    OffsetClock,
    RekognitionEmulator,
)
from rekognition_async.emulator.rules.fault_documents import document_of, rule_of


@pytest.fixture
async def administered() -> AsyncIterator[RekognitionEmulator]:
    """An emulator with its admin routes on."""
    async with RekognitionEmulator(admin=True, clock=ManualClock(1_800_000_000)) as running:
        yield running


async def ask(
    emulator: RekognitionEmulator, method: str, name: str, sent: object = None, **headers: str
) -> Reply:
    """Sends a request to one of the emulator's own addresses."""
    body = b"" if sent is None else json.dumps(sent).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await post(f"{emulator.url}/_emulator/{name}", body, named, method=method)


async def test_health_is_told_without_a_key(emulator: RekognitionEmulator) -> None:
    """A health check needs no key, and is no request of the service."""
    reply = await ask(emulator, "GET", "health")
    assert reply.status == 200
    assert reply.document["status"] == "ok"
    assert (await ask(emulator, "HEAD", "health")).status == 200
    wrong = await ask(emulator, "POST", "health")
    assert (wrong.status, wrong.headers["Allow"]) == (405, "GET, HEAD")
    assert len(emulator.requests) == 0


@pytest.mark.parametrize(
    ("method", "name"),
    [("GET", "faults"), ("PUT", "quotas"), ("DELETE", "state"), ("POST", "clock")],
)
async def test_admin_routes_are_off_unless_asked_for(
    emulator: RekognitionEmulator, method: str, name: str
) -> None:
    """Without admin, nothing can be read or changed, and the answer says how to turn it on."""
    reply = await ask(emulator, method, name, {})
    assert (reply.status, reply.document["__type"]) == (403, "AccessDeniedException")
    assert "--admin" in reply.document["message"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:80"},
        {"Host": "localhost.evil.example"},
        {"Host": "192.0.2.1"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:3000"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
@pytest.mark.parametrize("name", ["state", "", "health", "../"])
async def test_other_web_sites_see_and_change_nothing(
    administered: RekognitionEmulator, name: str, headers: dict[str, str]
) -> None:
    """A name that was pointed at the loopback, or a page of another site, is refused."""
    administered.seed(collections=1)
    for method in ("GET", "DELETE"):
        reply = await ask(administered, method, name, **headers)
        assert (reply.status, reply.document["__type"]) == (403, "AccessDeniedException")
    assert len(administered.export_state()["records"]) == 1
    assert len(administered.requests) == 0


async def test_an_emulator_for_other_machines_has_any_name() -> None:
    """With allow_remote operations and health have any Host; page and admin routes do not."""
    async with RekognitionEmulator(allow_remote=True, admin=True) as emulator:
        strange = {"Host": "rekognition:5000", "Origin": "http://localhost:3000"}
        for name, status in {"health": 200, "": 403, "state": 403}.items():
            assert (await ask(emulator, "GET", name, **strange)).status == status
        headers = {"X-Amz-Target": "RekognitionService.ListCollections", **strange}
        refused = await post(emulator.url, b"{}", headers)
        assert refused.document["__type"] == "MissingAuthenticationTokenException"


async def test_the_emulators_own_pages_and_names_are_let_in(
    administered: RekognitionEmulator,
) -> None:
    """The loopback has several names, and an Origin may be the emulator's own."""
    port = urlsplit(administered.url).port
    for host in ("localhost", "LOCALHOST.", "rekognition.localhost", "127.0.0.1", "[::1]"):
        reply = await ask(
            administered,
            "GET",
            "quotas",
            Host=f"{host}:{port}",
            Origin=f"http://{host}:{port}",
            Sec_Fetch_Site="same-origin",
        )
        assert reply.status == 200


async def test_faults_are_put_added_and_taken_away(administered: RekognitionEmulator) -> None:
    """Rules come as texts and as objects, and hold from the next call on."""
    put = await ask(administered, "PUT", "faults", {"faults": ["ListCollections:throttle:1"]})
    assert put.document == {
        "faults": [
            {
                "operation": "ListCollections",
                "fault": "throttle",
                "code": "ProvisionedThroughputExceededException",
                "calls": [1],
            }
        ]
    }
    added = {
        "operation": "ListCollections",
        "fault": "error",
        "code": "AccessDeniedException",
        "message": "no",
        "headers": {"Retry-After": "2"},
        "calls": 1,
        "region_name": "us-east-1",
    }
    await ask(administered, "POST", "faults", {"faults": [added]})
    assert (await call(administered)).document["__type"] == "ProvisionedThroughputExceededException"
    await ask(administered, "PUT", "faults", {"faults": [added]})
    refused = await call(administered)
    assert (refused.document["Message"], refused.headers["Retry-After"]) == ("no", "2")
    assert (await call(administered)).status == 200
    assert (await ask(administered, "DELETE", "faults")).document == {"faults": []}
    assert list(administered.faults.rules) == []


@pytest.mark.parametrize(
    "rule",
    [
        FaultRule("*", Fault.throttle("ThrottlingException"), probability=0.25),
        FaultRule("*", Fault.throttle("ThrottlingException", status=500)),
        FaultRule("ListFaces", Fault.error("InternalServerError", "m", status=503)),
        FaultRule("ListFaces", Fault.http(502, body="<h1>", headers={"A": "b"}), calls=(3, 1)),
        FaultRule("ListFaces", Fault.respond({"Faces": [None]}, 201), region_name="eu-west-1"),
        FaultRule("ListFaces", Fault.respond([])),
        FaultRule("ListFaces", Fault.truncate(chunked=True)),
        FaultRule("ListFaces", Fault.delay(1.5), calls=2),
        FaultRule("ListFaces", Fault.reset()),
        FaultRule("ListFaces", Fault.disconnect()),
        FaultRule("ListFaces", Fault.hang()),
    ],
    ids=lambda rule: rule.fault.name,
)
def test_a_rule_goes_through_json_and_back(rule: FaultRule) -> None:
    """What is told of a rule is what makes it again."""
    document = json.loads(json.dumps(document_of(rule)))
    again = rule_of(document)
    assert document_of(again) == document
    assert (again.operation, again.calls, again.probability, again.region_name) == (
        rule.operation,
        rule.calls,
        rule.probability,
        rule.region_name,
    )
    assert again.fault.name == rule.fault.name
    assert again.fault.delivery is rule.fault.delivery


@pytest.mark.parametrize(
    ("method", "name", "sent", "told"),
    [
        ("PUT", "faults", {}, "expected an object with 'faults' alone"),
        ("PUT", "faults", [], "Start of structure expected"),
        ("PUT", "faults", {"faults": {}}, "faults must be a list, got dict"),
        ("PUT", "faults", {"faults": [5]}, "a fault must be a text or an object, got int"),
        ("PUT", "faults", {"faults": ["x"]}, "OPERATION:FAULT"),
        ("PUT", "faults", {"faults": [{"fault": "hold"}]}, "fault must be one of delay, "),
        ("PUT", "faults", {"faults": [{"fault": []}]}, "fault must be one of"),
        ("PUT", "faults", {"faults": [{"fault": "hang"}]}, "operation is missing"),
        (
            "POST",
            "faults",
            {"faults": ["*:hang", {"operation": "*", "fault": "error"}]},
            "code is missing",
        ),
        ("PUT", "faults", {"faults": [{"operation": "No", "fault": "hang"}]}, "got 'No'"),
        (
            "PUT",
            "faults",
            {"faults": [{"operation": "*", "fault": "hang", "seconds": 1}]},
            "no member 'seconds'",
        ),
        (
            "PUT",
            "faults",
            {"faults": [{"operation": "*", "fault": "delay", "seconds": True}]},
            "seconds must be int or float, got bool",
        ),
        (
            "PUT",
            "faults",
            {"faults": [{"operation": "*", "fault": "hang", "calls": ["1"]}]},
            "calls must be int, got str",
        ),
        (
            "PUT",
            "faults",
            {"faults": [{"operation": "*", "fault": "http", "status": 99}]},
            "status must be 200 to 599, got 99",
        ),
        (
            "PUT",
            "faults",
            {
                "faults": [
                    {"operation": "*", "fault": "http", "status": 200, "headers": {"a": "\n"}}
                ]
            },
            "the header 'a' must be a line of text",
        ),
        ("PUT", "quotas", {"quotas": "azure"}, "quotas must be null, 'aws' or an object"),
        ("PUT", "quotas", {"quotas": {"No": 1}}, "'No'"),
        ("PUT", "quotas", {"quotas": {"*": "1"}}, "quotas.* must be a number, got str"),
        ("PUT", "quotas", {"quotas": {"*": 0}}, "must be above 0"),
        ("PUT", "quotas", {"quotas": 5}, "quotas must be null, 'aws' or an object"),
        ("PUT", "latency", {"latency": None}, "must be a number, got NoneType"),
        ("PUT", "latency", {"latency": {"*": -1}}, "must be at least 0"),
        ("POST", "clock", {"advance": "1 day"}, "advance must be a number, got str"),
        ("POST", "clock", {"advance": -1}, "at least 0"),
        ("POST", "clock", {"set": "soon"}, "set must be as in '2027-01-15T08:00:00Z', got 'soon'"),
        ("POST", "clock", {"set": 1}, "time only goes forward"),
        ("POST", "clock", {"set": 2_000_000_000, "advance": 1}, "'set' alone"),
        ("POST", "clock", {"advance": 10**400}, "advance is too large"),
        ("PUT", "state", {"records": []}, "no exported state"),
    ],
)
async def test_what_is_wrong_is_told_and_changes_nothing(
    administered: RekognitionEmulator, method: str, name: str, sent: object, told: str
) -> None:
    """A wrong document is a 400 that names the member; what was in force stays."""
    administered.faults.add(FaultRule("ListFaces", Fault.hang()))
    administered.quotas = "aws"
    reply = await ask(administered, method, name, sent)
    assert (reply.status, reply.document["__type"]) == (400, "ValidationException")
    assert told in reply.document["message"]
    assert len(administered.faults.rules) == 1
    assert administered.quotas == "aws"
    assert administered.clock.time() == 1_800_000_000


async def test_quotas_and_latency_are_changed(administered: RekognitionEmulator) -> None:
    """They are read and set in the form that the constructor takes."""
    assert (await ask(administered, "GET", "quotas")).document == {"quotas": None}
    for quotas in ("aws", {"ListFaces": 2.5, "*": 1}, None):
        put = await ask(administered, "PUT", "quotas", {"quotas": quotas})
        assert put.document == {"quotas": quotas}
        assert administered.quotas == quotas
    administered.quotas = "aws"
    assert (await ask(administered, "DELETE", "quotas")).document == {"quotas": None}
    put = await ask(administered, "PUT", "latency", {"latency": {"ListFaces": 2}})
    assert put.document == {"latency": {"ListFaces": 2.0}}
    put = await ask(administered, "PUT", "latency", {"latency": 0.5})
    assert put.document == {"latency": {"*": 0.5}}
    assert (await ask(administered, "DELETE", "latency")).document == {"latency": {"*": 0.0}}


async def test_the_clock_is_moved_on(administered: RekognitionEmulator) -> None:
    """A day passes at once; a clock that cannot be moved says so."""
    told = await ask(administered, "GET", "clock")
    assert told.document == {
        "time": 1_800_000_000,
        "written": "2027-01-15T08:00:00.000Z",
        "can_advance": True,
    }
    for moment in ("2027-01-15T09:00:00+01:00", "2027-01-15 08:00:00", 1_800_000_000):
        moved = await ask(administered, "POST", "clock", {"set": moment})
        assert moved.document["time"] == 1_800_000_000
    moved = await ask(administered, "POST", "clock", {"advance": 86_400})
    assert moved.document["written"] == "2027-01-16T08:00:00.000Z"
    assert administered.clock.time() == 1_800_086_400

    class Fixed:
        def time(self) -> float:
            return 0.0

        async def sleep(self, seconds: float) -> None: ...

    async with RekognitionEmulator(admin=True, clock=Fixed()) as fixed:
        assert not (await ask(fixed, "GET", "clock")).document["can_advance"]
        refused = await ask(fixed, "POST", "clock", {"advance": 1})
        assert "cannot be moved" in refused.document["message"]
    async with RekognitionEmulator(admin=True) as usual:
        assert isinstance(usual.clock, OffsetClock)
        before = usual.clock.time()
        await ask(usual, "POST", "clock", {"advance": 1000})
        assert usual.clock.time() >= before + 1000


async def test_the_state_is_exported_imported_and_emptied(
    administered: RekognitionEmulator,
) -> None:
    """It goes out and in as the document that Python has, and is emptied with the requests."""
    administered.seed(collections=3)
    await call(administered)
    exported = (await ask(administered, "GET", "state")).document
    assert exported == administered.export_state()
    assert (await ask(administered, "DELETE", "state")).document == {}
    assert administered.export_state()["records"] == []
    assert len(administered.requests) == 0
    assert (await ask(administered, "PUT", "state", exported)).document == {"records": 3}
    assert administered.export_state() == exported


async def test_requests_are_told_without_payloads(administered: RekognitionEmulator) -> None:
    """What arrived can be read, and forgotten; images and tokens are left out."""
    sent = {"CollectionId": "a", "Image": {"Bytes": "aHVzaA=="}, "ClientRequestToken": "hush"}
    await call(administered, json.dumps(sent).encode(), "CreateCollection")
    (told,) = (await ask(administered, "GET", "requests")).document["requests"]
    assert told["operation"] == "CreateCollection"
    assert told["status"] == 200
    assert told["parameters"] == {
        "CollectionId": "a",
        "Image": {"Bytes": "***"},
        "ClientRequestToken": "***",
    }
    await ask(administered, "DELETE", "requests")
    assert len(administered.requests) == 0


async def test_unknown_addresses_and_methods_are_told(administered: RekognitionEmulator) -> None:
    """404 and 405, as JSON, with the methods that there are."""
    missing = await ask(administered, "GET", "nonsense")
    assert (missing.status, missing.document["__type"]) == (404, "NotFoundException")
    wrong = await ask(administered, "PATCH", "faults", {})
    assert (wrong.status, wrong.headers["Allow"]) == (405, "DELETE, GET, HEAD, POST, PUT")
    assert (await ask(administered, "HEAD", "faults")).status == 200
    near = await post(f"{administered.url}/_emulatorx", b"{}", {})
    assert near.document["__type"] == "UnknownOperationException"


async def test_a_hostile_body_is_refused(administered: RekognitionEmulator) -> None:
    """What is no JSON is a 400 here, too."""
    for body in (b"{", b"\xff", b'{"faults":["\\ud800"]}', b"[" * 100_000):
        reply = await post(f"{administered.url}/_emulator/faults", body, {}, method="PUT")
        assert (reply.status, reply.document["__type"]) == (400, "ValidationException")


async def test_concurrent_changes_do_not_mix(administered: RekognitionEmulator) -> None:
    """Of several imports at once, one is the state in the end, whole."""
    administered.seed(collections=3)
    three = administered.export_state()
    administered.seed(collections=5)
    five = administered.export_state()
    documents: list[dict[str, Any]] = [three, five] * 5
    await asyncio.gather(*(ask(administered, "PUT", "state", document) for document in documents))
    assert administered.export_state() in (three, five)


async def test_answers_and_people_are_declared_while_it_runs(
    administered: RekognitionEmulator,
) -> None:
    """Any language declares what is to be seen on pictures, which it sends or names."""
    inline = f"data:image/png;base64,{b64encode(picture(1)).decode()}"
    told = {"operation": "DetectText", "image": inline, "answer": {"TextModelVersion": "mine"}}
    assert (await ask(administered, "PUT", "answers", {"answers": [told]})).document == {"rules": 1}
    who = [{"image": inline, "people": ["Ann", "Bob"]}, {"image": "s3://a/b", "people": {}}]
    assert (await ask(administered, "POST", "people", {"people": who})).document == {"pictures": 2}
    image = json.dumps({"Image": {"Bytes": b64encode(picture(1)).decode()}}).encode()
    assert (await call(administered, image, "DetectText")).document["TextModelVersion"] == "mine"
    assert len((await call(administered, image, "DetectFaces")).document["FaceDetails"]) == 2
    wrong = [told, {"operation": "DetectText", "image": "local.png", "answer": {}}]
    for method in ("PUT", "POST"):
        reply = await ask(administered, method, "answers", {"answers": wrong})
        assert (reply.status, "[1]: image must begin" in reply.document["message"]) == (400, True)
    assert (await ask(administered, "GET", "answers")).document == {"rules": 1}
    assert (await ask(administered, "POST", "answers", {"answers": [told]})).document["rules"] == 2
    for name, counted in (("answers", "rules"), ("people", "pictures")):
        assert (await ask(administered, "DELETE", name)).document == {counted: 0}
    assert len((await call(administered, image, "DetectFaces")).document["FaceDetails"]) == 1
