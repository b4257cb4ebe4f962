"""Starting, stopping, and what outlives it."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from support import names
from wire import call

from rekognition_async import RekognitionClient
from rekognition_async.emulator import RekognitionEmulator


async def test_start_and_stop_are_idempotent() -> None:
    """Starting twice and stopping twice do what once does; then it starts anew, and empty."""
    emulator = RekognitionEmulator()
    await emulator.stop()
    await emulator.start()
    url = emulator.url
    await emulator.start()
    assert emulator.url == url
    emulator.seed(collections=1)
    await emulator.stop()
    await emulator.stop()
    await emulator.start()
    assert (await call(emulator)).document["CollectionIds"] == []
    await emulator.stop()


def test_a_stopped_emulator_says_so() -> None:
    """Address and state are those of a running one."""
    emulator = RekognitionEmulator()
    with pytest.raises(RuntimeError, match="not running"):
        _ = emulator.client_options
    with pytest.raises(RuntimeError, match="not running"):
        emulator.seed(collections=1)


async def test_a_port_in_use_is_an_error_that_leaves_nothing(tmp_path: Path) -> None:
    """Failing to listen closes the state again."""
    async with RekognitionEmulator() as first:
        port = int(first.url.rpartition(":")[2])
        second = RekognitionEmulator(port=port, state=tmp_path / "state.db")
        with pytest.raises(OSError, match="in use"):
            await second.start()
    async with RekognitionEmulator(state=tmp_path / "state.db"):
        pass


async def test_it_listens_on_other_addresses_when_asked() -> None:
    """IPv6 loopback is written as URLs write it."""
    async with RekognitionEmulator(host="::1") as emulator:
        assert emulator.url.startswith("http://[::1]:")
        assert (await call(emulator)).status == 200


async def test_a_file_keeps_the_state_and_the_tokens(tmp_path: Path) -> None:
    """Another emulator on the same file goes on with a listing that the first one began."""
    path = tmp_path / "rekognition.db"
    async with RekognitionEmulator(state=path) as emulator:
        emulator.seed(collections=names(3), face_model_version="6.0")
        async with RekognitionClient(**emulator.client_options) as client:
            paginator = client.iter_collections(page_size=2)
            await anext(paginator)
    async with RekognitionEmulator(state=str(path)) as emulator:
        async with RekognitionClient(**emulator.client_options) as client:
            rest = await client.iter_collections(page_size=2, resume=paginator.checkpoint).collect()
    assert [(coll.collection_id, coll.face_model_version) for coll in rest] == [
        (name, "6.0") for name in names(3)[1:]
    ]


async def test_a_file_is_one_emulators(tmp_path: Path) -> None:
    """A second emulator on a state that is in use is told so."""
    path = tmp_path / "rekognition.db"
    async with RekognitionEmulator(state=path):
        with pytest.raises(ValueError, match="in use"):
            await RekognitionEmulator(state=path).start()


async def test_a_foreign_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    """Neither another database nor another kind of file is taken for a state."""
    database = tmp_path / "other.db"
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE mine (x)")
    connection.close()
    text = tmp_path / "text"
    text.write_bytes(b"not a database" * 500)
    for path, told in ((database, "another program's"), (text, "not an emulator's state")):
        before = path.read_bytes()
        with pytest.raises(ValueError, match=told):
            await RekognitionEmulator(state=path).start()
        assert path.read_bytes()[100:] == before[100:]


@pytest.mark.skipif(os.name != "posix", reason="there is no SIGKILL")
async def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """A state file outlives kill -9 in the middle of writing, with all that had an answer."""
    path = tmp_path / "rekognition.db"
    command = [sys.executable, "-m", "rekognition_async", "emulator", "--port", "0"]
    process = subprocess.Popen(  # noqa: ASYNC220, S603 - it is read by line, and killed
        [*command, "--state", str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process, process.stdout:
        exported = dict(
            process.stdout.readline().removeprefix("export ").strip().partition("=")[::2]
            for _ in range(5)
        )
        acknowledged: list[str] = []
        async with RekognitionClient(
            exported["AWS_DEFAULT_REGION"],
            endpoint_url=exported["AWS_ENDPOINT_URL_REKOGNITION"],
            aws_access_key_id=exported["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=exported["AWS_SECRET_ACCESS_KEY"],
        ) as client:
            for name in names(100):
                await client.create_collection(collection_id=name)
                acknowledged.append(name)
            process.send_signal(signal.SIGKILL)
    async with RekognitionEmulator(state=path) as emulator:
        async with RekognitionClient(**emulator.client_options) as client:
            listed = [coll.collection_id async for coll in client.iter_collections()]
    assert listed == acknowledged


def test_only_its_owner_reads_a_state(tmp_path: Path) -> None:
    """The file, and what SQLite puts beside it, have mode 0600, whatever the umask."""
    before = os.umask(0)
    try:
        with RekognitionEmulator(state=tmp_path / "state.db") as emulator:
            emulator.seed(collections=1)
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes["state.db"] == 0o600
    assert set(modes.values()) == {0o600}


@pytest.mark.parametrize("name", ["no/state.db", ".", "file/state.db", "a\0b", "x" * 300])
async def test_a_state_that_cannot_be_is_told(tmp_path: Path, name: str) -> None:
    """A path that is no file's is a ValueError in one line, that names it."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ValueError, match=r"the state file .* cannot be opened: ") as refused:
        await RekognitionEmulator(state=tmp_path / name).start()
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "statement", ["DELETE FROM secrets", "DROP TABLE secrets", "DROP TABLE records"]
)
async def test_a_state_without_its_tables_is_told(tmp_path: Path, statement: str) -> None:
    """A file that lost what every state has is none, and is told so at the start."""
    path = tmp_path / "state.db"
    async with RekognitionEmulator(state=path):
        pass
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)
    with pytest.raises(ValueError, match="is not an emulator's state"):
        await RekognitionEmulator(state=path).start()
