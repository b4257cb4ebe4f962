"""``rekognition-async emulator``: its options, and its state as JSON."""

import asyncio
import json
import os
import re
import signal
import ssl
import sys
import urllib.request
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pictures import picture
from support import names

from rekognition_async import RekognitionClient
from rekognition_async.cli import app
from rekognition_async.emulator.handlers.collections import seed
from rekognition_async.emulator.protocol.caller import Caller
from rekognition_async.emulator.state.progress import KINDS
from rekognition_async.emulator.state.snapshots import exported
from rekognition_async.emulator.state.store import Store

COMMAND = [sys.executable, "-m", "rekognition_async", "emulator"]


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    output: str
    errors: str


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Outcome:
    """Runs a command to its end, in this process."""
    code = app.run(["emulator", *arguments])
    captured = capsys.readouterr()
    return Outcome(code, captured.out, captured.err)


@dataclass
class Serving:
    """A process that serves, and what it printed."""

    exported: dict[str, str]
    rest: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.exported["AWS_ENDPOINT_URL_REKOGNITION"]

    def client(self) -> RekognitionClient:
        return RekognitionClient(
            self.exported["AWS_DEFAULT_REGION"],
            endpoint_url=self.url,
            aws_access_key_id=self.exported["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.exported["AWS_SECRET_ACCESS_KEY"],
        )

    async def ask(self, name: str, sent: object = None, method: str = "GET") -> Any:
        """Asks one of the emulator's own addresses, by Python's own client."""
        bundle = self.exported.get("AWS_CA_BUNDLE")
        context = None if bundle is None else ssl.create_default_context(cafile=bundle)
        body = None if sent is None else json.dumps(sent).encode()
        request = urllib.request.Request(  # noqa: S310 - the emulator's own address
            f"{self.url}/_emulator/{name}", body, method=method
        )

        def ask() -> Any:
            with urllib.request.urlopen(request, context=context) as response:  # noqa: S310 - as above
                return json.load(response)

        return await asyncio.to_thread(ask)


@asynccontextmanager
async def serving(*arguments: str, lines: int = 5) -> AsyncGenerator[Serving]:
    """An emulator as a process, until it is told to end."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        *("--port", "0", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    printed = [(await process.stdout.readline()).decode() for _ in range(lines)]
    server = Serving(dict(re.findall(r"^export (\w+)=(\S+)$", "".join(printed), re.MULTILINE)))
    try:
        yield server
    finally:
        if os.name == "posix":
            process.send_signal(signal.SIGTERM)
        else:
            process.terminate()
        output, errors = await process.communicate()
        process._transport.close()  # type: ignore[attr-defined] # asyncio offers no other way
    server.rest = [json.loads(line) for line in output.decode().splitlines()]
    assert errors == b""


async def test_with_tls_it_prints_what_clients_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    """--tls serves HTTPS, and AWS_CA_BUNDLE is in the environment that it prints."""
    async with serving("--tls", "--seed", "2", lines=6) as server:
        bundle = Path(server.exported["AWS_CA_BUNDLE"])
        assert server.url.startswith("https://")
        monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
        async with server.client() as client:
            assert [coll.collection_id async for coll in client.iter_collections()] == names(2)
        assert (await server.ask("health"))["status"] == "ok"
    assert not await asyncio.to_thread(bundle.exists)


async def test_with_admin_it_is_changed_while_it_runs() -> None:
    """--admin lets time pass, faults come, and the state be read in a process of its own."""
    async with serving("--admin", "--seed", "1") as server:
        before = (await server.ask("clock"))["time"]
        moved = await server.ask("clock", {"advance": 86_400}, "POST")
        assert moved["time"] >= before + 86_400
        await server.ask("faults", {"faults": ["ListCollections:throttle:1"]}, "PUT")
        async with server.client() as client:
            await client.create_collection(collection_id="later")
            described = await client.describe_collection(collection_id="later")
        assert described.creation_timestamp is not None
        assert described.creation_timestamp.timestamp() >= before + 86_399
        records = (await server.ask("state"))["records"]
        assert [record["name"] for record in records] == [*names(1), "later"]


async def test_the_request_log_goes_to_stdout_or_a_file(tmp_path: Path) -> None:
    """--request-log prints a JSON line a request, or adds it to a file."""
    async with serving("--request-log", "-") as server, server.client() as client:
        await client.list_collections()
    assert [(line["operation"], line["status"]) for line in server.rest] == [
        ("ListCollections", 200)
    ]
    path = tmp_path / "requests.jsonl"
    async with serving("--request-log", str(path)) as server, server.client() as client:
        await client.list_collections()
    assert server.rest == []
    assert json.loads(path.read_text())["operation"] == "ListCollections"


async def test_every_setting_may_be_given(tmp_path: Path) -> None:
    """What RekognitionEmulator takes, the command takes, several times where it is by name."""
    async with serving(
        *("--s3", str(tmp_path), "--page-size", "2", "--seed", "3", "--polls-until-done", "2"),
        *("--duration", "video=30", "--duration", "training=600", "--duration", "0"),
        *("--latency", "0", "--latency", "IndexFaces=5", "--quotas", "*=50", "--admin"),
        *("--quota-window", "sliding", "--burst", "0.5"),
        *("--fault", "ListFaces:hang", "--fault", "ListUsers:throttle", "--host", "localhost"),
    ) as server:
        assert (await server.ask("latency"))["latency"] == {"*": 0.0, "IndexFaces": 5.0}
        assert (await server.ask("quotas"))["quotas"] == {"*": 50.0}
        assert len((await server.ask("faults"))["faults"]) == 2
        async with server.client() as client:
            assert len((await client.list_collections()).collections) == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--host", "0.0.0.0"], "--allow-remote"),  # noqa: S104 - it is refused
        (["--burst", "0"], "burst must be above 0 seconds and finite, got 0.0"),
        (["--quota-window", "leaky"], "'leaky' is not one of 'bucket', 'fixed', 'sliding'"),
        (["--duration", "nap=3"], "KIND must be one of collection_visibility, "),
        (["--duration", "video=soon"], "must be [KIND=]SECONDS, got 'video=soon'"),
        (["--duration", "video=-1"], "must be at least 0, got 'video=-1'"),
        (["--latency", "x"], "must be [OPERATION=]SECONDS, got 'x'"),
        (["--latency", "No=1"], "latency names no operation of Rekognition: 'No'"),
        (["--polls-until-done", "-1"], "--polls-until-done"),
        (["--notifications", "localhost:4566"], "notifications must be the URL of an endpoint"),
        (["--s3", "/no/such/folder"], "s3 must be a folder or the URL of an endpoint"),
        (["--request-log", "/no/such/folder/log"], "No such file"),
        (["export"], "Missing option '--state'"),
        (["export", "--state", "/no/such/state.db"], "there is no state file"),
        (["--port", "5", "export", "--state", "x"], "--port is the server's"),
        (["import", "--state", "x", "/no/such/document"], "No such file"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    """A wrong option is one line and a code, and nothing is served."""
    refused = run(capsys, *arguments)
    assert told in refused.errors
    assert refused.errors.startswith("rekognition-async: ")
    assert refused.errors.count("\n") == 1
    at_start = "--request-log" in arguments
    assert (refused.output, refused.code) == ("", 1 if at_start else 2)


def test_a_wrong_setting_is_a_wrong_command(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """What only the emulator can tell of an option ends the command as any wrong option does."""
    notes = tmp_path / "notes.txt"
    notes.write_text("no JSON")
    for arguments in (
        ("--quotas", "nope=3"),
        ("--host", "0.0.0.0"),  # noqa: S104 - it is refused
        ("--answers", str(notes)),
        ("--people", str(notes)),
        ("--state", str(tmp_path / "no" / "state.db")),
        ("--state", str(tmp_path)),
    ):
        refused = run(capsys, *arguments)
        assert (refused.code, refused.output, refused.errors.count("\n")) == (2, "", 1), arguments


@pytest.mark.skipif(os.name != "posix", reason="there is no limit to set")
async def test_without_descriptors_one_line_is_told() -> None:
    """Connections that cannot be taken wait, are told of once, and are served in the end."""
    process = await asyncio.create_subprocess_exec(
        *("sh", "-c", 'ulimit -n 48 && exec "$@"', "sh", *COMMAND, "--port", "0"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    printed = [(await process.stdout.readline()).decode() for _ in range(5)]
    port = int(re.findall(r"http://127.0.0.1:(\d+)", printed[0])[0])
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(80)]
    told = (await process.stderr.readline()).decode()
    assert told.startswith("no more connections can be taken (Too many open files)")
    for _, writer in opened:
        writer.close()
        await writer.wait_closed()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 200 OK")
    writer.close()
    await writer.wait_closed()
    process.send_signal(signal.SIGTERM)
    _, errors = await process.communicate()
    process._transport.close()  # type: ignore[attr-defined] # asyncio offers no other way
    assert (process.returncode, errors) == (0, b"")


def test_the_help_names_every_kind_of_work(capsys: pytest.CaptureFixture[str]) -> None:
    """--help says what --duration may name, and shows the subcommands."""
    told = run(capsys, "--help")
    assert told.code == 0
    assert f"KIND is one of {', '.join(sorted(KINDS))}." in " ".join(told.output.split())
    assert "export" in told.output
    assert "import" in told.output


def written(path: Path, **changes: Any) -> dict[str, Any]:
    """A state file with two collections; what it exports."""
    with closing(Store(path)) as store:
        seed(store, Caller("123456789012", "us-east-1"), ["a", "b"], time=1.5, **changes)
        return exported(store)


def test_a_state_goes_out_and_into_another_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Export writes a record a line, to stdout or a file, and import takes it."""
    first, second, file = tmp_path / "first.db", tmp_path / "second.db", tmp_path / "state.json"
    document = written(first, face_model_version="7.0")
    told = run(capsys, "export", "--state", str(first))
    assert (told.code, told.errors) == (0, "")
    assert json.loads(told.output) == document
    assert len(told.output.splitlines()) == 2 + 2
    assert run(capsys, "export", "--state", str(first), str(file)) == Outcome(0, "", "")
    assert json.loads(file.read_text()) == document
    imported = run(capsys, "import", "--state", str(second), str(file))
    assert imported == Outcome(0, "", "rekognition-async: 2 records\n")
    assert json.loads(run(capsys, "export", "--state", str(second)).output) == document


async def test_it_goes_through_a_pipe(tmp_path: Path) -> None:
    """``export | import`` moves a state, as processes."""
    first, second = tmp_path / "first.db", tmp_path / "second.db"
    document = written(first, face_model_version="7.0")
    for arguments in (("export", "--state", str(first)), ("import", "--state", str(second))):
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate(json.dumps(document).encode())
        process._transport.close()  # type: ignore[attr-defined] # asyncio offers no other way
        assert process.returncode == 0
        document = json.loads(output) if output else document
    with closing(Store(second)) as store:
        assert exported(store) == document


def test_an_import_replaces_a_state_only_when_asked(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A state that holds something is refused, and replaced whole with --replace."""
    path, file = tmp_path / "state.db", tmp_path / "state.json"
    before = written(path, face_model_version="7.0")
    file.write_text(json.dumps({**before, "records": []}))
    refused = run(capsys, "import", "--state", str(path), str(file))
    assert (refused.code, "--replace" in refused.errors) == (2, True)
    assert json.loads(run(capsys, "export", "--state", str(path)).output) == before
    assert run(capsys, "import", "--state", str(path), "--replace", str(file)).code == 0
    assert json.loads(run(capsys, "export", "--state", str(path)).output)["records"] == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"\xff", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"{}", "no exported state"),
        (b'{"format":"rekognition-emulator-state","version":9}', "of version 9"),
        (
            b'{"format":"rekognition-emulator-state","version":1,"records":[{}]}',
            "records[0]: must have the members",
        ),
    ],
    ids=range(7),
)
def test_a_wrong_document_makes_no_state(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, given: bytes, told: str
) -> None:
    """What is no exported state is told in a line, and no file is made."""
    path, file = tmp_path / "state.db", tmp_path / "state.json"
    file.write_bytes(given)
    refused = run(capsys, "import", "--state", str(path), str(file))
    assert (refused.code, refused.output, refused.errors.count("\n")) == (1, "", 1)
    assert told in refused.errors
    assert not path.exists()


def test_a_state_in_use_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """An emulator that runs on the file keeps others from it."""
    path = tmp_path / "state.db"
    with closing(Store(path)):
        refused = run(capsys, "export", "--state", str(path))
    assert (refused.code, refused.output) == (1, "")
    assert "in use" in refused.errors


READER = """
from rekognition_async.emulator import DetectedText, Eyes

class Reader(Eyes):
    def text(self, image, /):
        return [DetectedText("EXIT", box=(0.1, 0.1, 0.5, 0.2))]

class Nobody(Eyes):
    def text(self, image, /):
        return None

nobody = Nobody()

class Broken(Eyes):
    def __init__(self):
        raise OSError("no model")
"""


async def test_eyes_of_a_module_are_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--eyes takes objects and classes of modules in this folder, asked in order."""
    (tmp_path / "own_eyes.py").write_text(READER)
    monkeypatch.chdir(tmp_path)
    arguments = ("--eyes", "own_eyes:nobody", "--eyes", "own_eyes:Reader")
    async with serving(*arguments) as server, server.client() as client:
        (line, _) = (await client.detect_text(image=picture(1))).text_detections
    assert line.detected_text == "EXIT"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("broken_eyes", "must be MODULE:ATTRIBUTE, got 'broken_eyes'"),
        ("no_such_module:Reader", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("broken_eyes:Gone", "has no attribute 'Gone'"),
        ("broken_eyes:Broken", "OSError: no model"),
        ("broken_eyes:READER", "eyes must have one of the methods"),
    ],
)
def test_eyes_that_cannot_be_had_are_told(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    told: str,
) -> None:
    """A name that is none, and eyes that cannot be made, are one line and code 2."""
    (tmp_path / "broken_eyes.py").write_text(READER + "READER = 7\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    refused = run(capsys, "--port", "0", "--eyes", name)
    assert (refused.code, refused.output, refused.errors.count("\n")) == (2, "", 1)
    assert told in refused.errors
