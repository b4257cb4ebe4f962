"""The command line, run as a user runs it."""

import asyncio
import json
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from command_line import COMMAND, outcome_of, run, run_in_terminal, start
from support import names

from rekognition_async.emulator import Fault, FaultRule, RekognitionEmulator


def ids_in(output: str) -> list[str]:
    """The collection ids of JSON lines."""
    return [json.loads(line)["collection_id"] for line in output.splitlines()]


async def test_json_lines_are_collections(emulator: RekognitionEmulator) -> None:
    """With ndjson, there is one Collection a line, under its snake_case names."""
    emulator.seed(collections=["a", "b"])
    listed = await run("collections", "list", "--format", "ndjson", emulator=emulator)
    assert [json.loads(line) for line in listed.output.splitlines()] == [
        {"collection_id": "a", "face_model_version": "7.0"},
        {"collection_id": "b", "face_model_version": "7.0"},
    ]
    assert (listed.code, listed.errors) == (0, "")


@pytest.mark.parametrize("count", [0, 1, 3])
async def test_json_is_one_array(emulator: RekognitionEmulator, count: int) -> None:
    """With json, the output is valid as a whole, an empty list too."""
    emulator.seed(collections=names(count))
    listed = await run("collections", "list", "--format", "json", emulator=emulator)
    assert [record["collection_id"] for record in json.loads(listed.output)] == names(count)


async def test_the_table_has_a_header_and_columns(emulator: RekognitionEmulator) -> None:
    """The table is for people, and has one header however many pages came."""
    emulator.seed(collections=names(5))
    emulator.seed(collections=["x" * 255], face_model_version="3.0")
    listed = await run("collections", "list", "--page-size", "2", emulator=emulator)
    lines = [line.split() for line in listed.output.splitlines()]
    assert lines[0] == ["COLLECTION", "ID", "FACE", "MODEL", "VERSION"]
    assert lines[1:6] == [[name, "7.0"] for name in names(5)]
    assert lines[6] == ["x" * 255, "3.0"]
    assert [(request.parameters or {})["MaxResults"] for request in emulator.requests] == [2] * 3


async def test_max_items_ends_the_list(emulator: RekognitionEmulator) -> None:
    """--max-items is what it says."""
    emulator.seed(collections=names(9))
    listed = await run(
        "collections", "list", "--max-items", "4", "--format", "ndjson", emulator=emulator
    )
    assert ids_in(listed.output) == names(4)


async def test_a_refused_region_stops_no_other(emulator: RekognitionEmulator) -> None:
    """The regions that answer are listed; the one that refuses is reported, with exit code 1."""
    for region in ("eu-west-1", "us-west-2"):
        emulator.seed(collections=[f"in-{region}"], region_name=region)
    emulator.faults.add(
        FaultRule("*", Fault.error("AccessDeniedException", "no"), region_name="sa-east-1")
    )
    regions = ("--region", "eu-west-1", "--region", "sa-east-1", "--region", "us-west-2")
    listed = await run("collections", "list", *regions, "--format", "ndjson", emulator=emulator)
    assert sorted(
        (record["region_name"], record["collection_id"])
        for record in map(json.loads, listed.output.splitlines())
    ) == [("eu-west-1", "in-eu-west-1"), ("us-west-2", "in-us-west-2")]
    assert listed.code == 1
    assert re.fullmatch(r"rekognition-async: sa-east-1: .*AccessDeniedException.*\n", listed.errors)


async def test_all_regions_are_botocores(emulator: RekognitionEmulator) -> None:
    """--all-regions asks every region of the partition that has Rekognition."""
    listed = await run(
        "collections", "list", "--all-regions", "--format", "json", emulator=emulator
    )
    assert (listed.code, json.loads(listed.output)) == (0, [])
    asked = {request.region_name for request in emulator.requests}
    assert {"us-east-1", "eu-west-1", "ap-south-1"} <= asked
    assert not any((region or "").startswith(("us-gov", "cn-")) for region in asked)
    assert len(asked) == len(emulator.requests) >= 15


@pytest.mark.skipif(os.name != "posix", reason="there are no pseudo-terminals")
@pytest.mark.parametrize("columns", [80, 40])
async def test_no_terminal_is_too_narrow_for_a_table(
    emulator: RekognitionEmulator, columns: int
) -> None:
    """An id that is longer than the terminal is wide stays whole, and so does what is beside it."""
    name = "-".join(["collection"] * 8)[:85]
    emulator.seed(collections=["a", name])
    _, listed = await run_in_terminal(columns, "collections", "list", emulator=emulator)
    assert [line.split() for line in listed.splitlines()[1:]] == [["a", "7.0"], [name, "7.0"]]
    both = ("--region", "us-east-1", "--region", "eu-west-1")
    _, listed = await run_in_terminal(columns, "collections", "list", *both, emulator=emulator)
    assert ["us-east-1", name, "7.0"] in [line.split() for line in listed.splitlines()]
    _, described = await run_in_terminal(
        columns, "collections", "describe", name, emulator=emulator
    )
    shown = dict(line.rsplit(maxsplit=1) for line in described.splitlines())
    assert shown["collection arn"].endswith(f":collection/{name}")
    assert shown["face model version"] == "7.0"


@pytest.mark.skipif(os.name != "posix", reason="there is no SIGINT to send")
async def test_an_interrupted_list_prints_where_it_stood(emulator: RekognitionEmulator) -> None:
    """Ctrl-C prints a checkpoint, and --resume goes on behind the last line."""
    emulator.seed(collections=names(10))
    third = asyncio.Event()

    async def never() -> None:
        third.set()
        await asyncio.Event().wait()

    emulator.faults.add(FaultRule("*", Fault.hold(never), calls=3))
    arguments = ("collections", "list", "--format", "ndjson", "--page-size", "3", "--prefetch", "0")
    process = await start(*arguments, emulator=emulator)
    await third.wait()
    process.send_signal(signal.SIGINT)
    interrupted = await outcome_of(process)
    assert interrupted.code == 130
    assert ids_in(interrupted.output) == names(6)
    hint = re.fullmatch(
        r"rekognition-async: interrupted; go on with --resume (\S+)\n+", interrupted.errors
    )
    assert hint is not None, interrupted.errors
    resumed = await run(*arguments, "--resume", hint[1], emulator=emulator)
    assert resumed.code == 0
    assert ids_in(resumed.output) == names(10)[6:]


async def test_a_list_that_fails_prints_where_it_stood(emulator: RekognitionEmulator) -> None:
    """An error behind the first page leaves a checkpoint for each region that it hit."""
    for region in ("eu-west-1", "us-west-2"):
        emulator.seed(collections=names(4), region_name=region)
    emulator.faults.add(
        FaultRule("*", Fault.error("AccessDeniedException", "no"), calls=2, region_name="us-west-2")
    )
    arguments = ("collections", "list", "--format", "ndjson", "--page-size", "2", "--prefetch", "0")
    regions = ("--region", "eu-west-1", "--region", "us-west-2")
    failed = await run(*arguments, *regions, emulator=emulator)
    assert failed.code == 1
    hint = re.search(r"--resume (us-west-2=\S+)\)", failed.errors)
    assert hint is not None
    resumed = await run(*arguments, "--region", "us-west-2", "--resume", hint[1], emulator=emulator)
    assert ids_in(resumed.output) == names(4)[2:]


@pytest.mark.skipif(os.name != "posix", reason="pipes break otherwise")
@pytest.mark.parametrize("form", ["table", "json", "ndjson"])
async def test_a_reader_that_leaves_ends_the_list_quietly(
    emulator: RekognitionEmulator, form: str
) -> None:
    """With ``| head`` there is neither a traceback nor a message."""
    emulator.seed(collections=20_000)
    process = await start("collections", "list", "--format", form, emulator=emulator)
    assert process.stdout is not None
    await process.stdout.readline()
    process.stdout._transport.close()  # type: ignore[attr-defined] # as head does when it has enough
    assert process.stderr is not None
    errors = await process.stderr.read()
    assert await process.wait() == 141
    process._transport.close()  # type: ignore[attr-defined] # asyncio offers no other way
    assert errors == b""


async def test_a_collection_is_created_described_and_deleted(emulator: RekognitionEmulator) -> None:
    """The life of a collection, from the command line."""
    created = await run("collections", "create", "mine", "--tag", "team=a=b", emulator=emulator)
    assert "collection/mine" in created.output
    assert (emulator.requests[-1].parameters or {})["Tags"] == {"team": "a=b"}
    described = await run("collections", "describe", "mine", "--format", "json", emulator=emulator)
    assert json.loads(described.output)["face_count"] == 0
    deleted = await run("collections", "delete", "mine", "--region", "us-east-1", emulator=emulator)
    assert (deleted.code, deleted.errors) == (0, "")
    missing = await run("collections", "describe", "mine", emulator=emulator)
    assert missing.code == 1
    assert "ResourceNotFoundException" in missing.errors
    assert missing.errors.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["collections"], "Missing command"),
        (["collections", "create"], "Missing argument 'COLLECTION_ID'"),
        (["collections", "create", "a b", "--emulate", "0"], "collection_id"),
        (["collections", "create", "a", "--tag", "b", "--emulate", "0"], "--tag must be KEY=VALUE"),
        (["collections", "list", "--page-size", "5000"], "--page-size"),
        (["collections", "list", "--max-items", "-1"], "--max-items"),
        (["collections", "list", "--max-attempts", "0"], "--max-attempts"),
        (["collections", "list", "--format", "xml"], "--format"),
        (["collections", "list", "--region", "a", "--all-regions"], "exclude each other"),
        (["collections", "list", "--emulate", "1", "--profile", "x"], "--emulate excludes"),
        (["collections", "list", "--emulate", "1", "--resume", "x"], "is no checkpoint"),
        (["collections", "list", "--emulate", "1", "--resume", "r=x"], "not listed: r"),
        (["collections", "list"], "no region"),
        (["collections", "list", "--profile", "nobody"], "nobody"),
        (["emulator", "--fault", "x"], "OPERATION:FAULT"),
        (["emulator", "--quotas", "x"], "--quotas must be aws or OPERATION=TPS"),
        (["emulator", "--quotas", "Nonsense=3"], "Nonsense"),
        (["emulator", "--port", "70000"], "--port"),
    ],
)
async def test_what_is_wrong_is_told_in_one_line(arguments: list[str], told: str) -> None:
    """A wrong command, parameter or configuration is one line and a code, and nothing is sent."""
    refused = await run(*arguments)
    assert told in refused.errors
    assert refused.errors.startswith("rekognition-async: ")
    assert refused.errors.count("\n") == 1
    assert refused.output == ""
    assert refused.code == 2


async def test_an_unreachable_service_is_told_in_one_line() -> None:
    """A connection that is refused is exit code 1."""
    refused = await run(
        *("collections", "list", "--region", "eu-west-1", "--max-attempts", "1"),
        *("--endpoint-url", "http://127.0.0.1:1"),
    )
    assert refused.code == 1
    assert re.fullmatch(
        r"rekognition-async: ListCollections: Could not connect.*\n", refused.errors
    )


async def test_emulate_needs_no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """--emulate runs a command on an emulator of its own, and says what went on there."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    listed = await run("collections", "list", "--emulate", "1200", "--format", "ndjson")
    assert ids_in(listed.output) == names(1200)
    assert listed.errors == (
        "rekognition-async: 1,200 collections in 3 requests to the emulator, 0 of them throttled\n"
    )


async def test_emulate_is_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    """--emulate is the same whatever proxy, profile and certificates the machine has."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_PROFILE", "none")
    monkeypatch.setenv("AWS_CA_BUNDLE", "/no/such/bundle.pem")
    listed = await run("collections", "list", "--emulate", "3", "--format", "ndjson")
    assert ids_in(listed.output) == names(3)


@pytest.mark.skipif(os.name != "posix", reason="there is no SIGTERM to send")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_emulator_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    """It prints the environment for clients, serves, and ends with code 0 when told to."""
    process = await start(
        *("emulator", "--port", "0", "--seed", "3", "--state", str(tmp_path / "state.db")),
        *("--fault", "ListCollections:http=503:1", "--quotas", "*=100", "--region", "eu-west-1"),
    )
    assert process.stdout is not None
    lines = [(await process.stdout.readline()).decode() for _ in range(5)]
    exported = dict(re.findall(r"^export (\w+)=(\S+)$", "".join(lines), re.MULTILINE))
    assert exported["AWS_DEFAULT_REGION"] == "eu-west-1"
    listed = await asyncio.create_subprocess_exec(
        *COMMAND,
        *("collections", "list", "--format", "ndjson"),
        env={**os.environ, **exported},
        stdout=PIPE,
        stderr=PIPE,
    )
    assert ids_in((await outcome_of(listed)).output) == names(3)
    process.send_signal(number)
    stopped = await outcome_of(process)
    assert (stopped.code, stopped.output, stopped.errors) == (0, "", "")


@pytest.mark.parametrize(
    ("package", "arguments"),
    [("click", ["--help"]), ("rich", ["collections", "list", "--emulate", "0"])],
)
async def test_without_its_packages_the_command_says_what_to_install(
    package: str, arguments: list[str]
) -> None:
    """The extra is optional, and its absence is told in one line."""
    hidden = f"""
import sys

class Hidden:
    def find_spec(self, name, path, target=None):
        if name == {package!r}:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Hidden())
sys.argv[1:] = {arguments!r}
from rekognition_async.cli import main
main()
"""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", hidden),
        stdout=PIPE,
        stderr=PIPE,
    )
    refused = await outcome_of(process)
    assert (refused.code, refused.errors.count("\n")) == (2, 1)
    assert "pip install 'rekognition-async[cli]'" in refused.errors
