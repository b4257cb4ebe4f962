"""Bulks whose process is killed, with and without a warning."""

import asyncio
import json
import os
import sys
import textwrap
from pathlib import Path
from typing import Any

from pictures import portrait

from rekognition_async import Journal, RekognitionClient
from rekognition_async.emulator import RekognitionEmulator

PICTURES = 110
"""Enough for twenty kills, each after one to four steps, with three pictures under way beside."""

KILLED = textwrap.dedent(
    """
    import asyncio, json, os, signal, sys
    from contextlib import aclosing
    from rekognition_async import Journal, RekognitionClient
    from rekognition_async.models import IndexFacesRequest

    options, folder, path, kills = json.loads(sys.argv[1])

    def note(log, *words):
        os.write(log, (json.dumps(words) + "\\n").encode())

    class Killed(RekognitionClient):
        # Ends its process at the moment that a test has chosen.
        async def send(self, request):
            if not isinstance(request, IndexFacesRequest):
                return await super().send(request)
            key = request.external_image_id
            step("sending")
            note(log, "sent", key)
            answer = await super().send(request)
            note(log, "answered", key)
            step("answered")
            return answer

    def step(kind):
        global left
        if kind == moment:
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    async def index():
        async with Killed(**options) as client:
            async for outcome in client.index_faces_in_bulk(
                folder, collection_id="c", journal=path, max_in_flight=3
            ):
                outcome.result()
                step("outcome")

    async def tell(ended):
        recorded = [each.key async for each in Journal(path).outcomes()]
        print(json.dumps([ended, recorded]), flush=True)

    # A fork of a process that has all loaded already. All work is done in forks, because they
    # are safe only as long as this process has no thread.
    def fork(work):
        child = os.fork()
        if not child:
            asyncio.run(work)
            os._exit(0)
        work.close()
        _, status = os.waitpid(child, 0)
        return "killed" if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)

    for number, (moment, left) in enumerate([*kills, ("never", 1)]):
        log = os.open(f"{path}-{number}.log", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        ended = fork(index())
        os.close(log)
        fork(tell(ended))
    """
)


def filled(folder: Path, count: int) -> Path:
    """A folder of pictures."""
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:03}.jpg").write_bytes(portrait(number))
    return folder


async def started(script: str, *parameters: Any) -> asyncio.subprocess.Process:
    """A script in a process of its own."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script,
        json.dumps(parameters),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=dict(os.environ),
    )


async def test_a_bulk_goes_on_after_each_of_twenty_kills(tmp_path: Path) -> None:
    """Nothing that was recorded is sent twice, nothing that was answered, and none is left out."""
    moments = ["outcome", "sending", "answered"]
    kills = [(moments[number % 3], 1 + number % 4) for number in range(20)]
    folder, path = filled(tmp_path / "photos", PICTURES), tmp_path / "journal"
    async with RekognitionEmulator() as emulator:
        emulator.seed(collections=["c"])
        process = await started(KILLED, emulator.client_options, str(folder), str(path), kills)
        out, err = await process.communicate()
        assert not err, err.decode()
        runs = [json.loads(line) for line in out.splitlines()]
        async with RekognitionClient(**emulator.client_options) as client:
            faces = [face.external_image_id async for face in client.iter_faces(collection_id="c")]
    ends, recorded = zip(*runs, strict=True)
    assert list(ends) == ["killed"] * 20 + [0]
    before: set[str] = set()
    answered: set[str] = set()
    for number, keys in enumerate(recorded):
        log = (tmp_path / f"journal-{number}.log").read_text().splitlines()
        steps = [json.loads(line) for line in log]
        sent = [key for step, key in steps if step == "sent"]
        assert len(sent) == len(set(sent))
        assert not before & set(sent)
        assert not answered & set(sent)
        assert before <= set(keys)
        answered |= {key for step, key in steps if step == "answered"}
        before = set(keys)
    assert sorted(recorded[-1]) == [f"{number:03}.jpg" for number in range(PICTURES)]
    assert set(faces) <= before


INTERRUPTED = textwrap.dedent(
    """
    import asyncio, json, os, signal, sys
    from rekognition_async import RekognitionClient

    options, folder, path = json.loads(sys.argv[1])

    async def main():
        handed_out = 0
        async with RekognitionClient(**options) as client:
            async for outcome in client.detect_labels_in_bulk(folder, journal=path):
                handed_out += 1
                if handed_out == 4:
                    os.kill(os.getpid(), signal.SIGINT)

    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        print("interrupted")
    """
)


async def test_a_bulk_goes_on_after_ctrl_c(tmp_path: Path) -> None:
    """It ends in good order, and the same call does what was left."""
    folder, path = filled(tmp_path / "photos", 12), tmp_path / "journal"
    async with RekognitionEmulator() as emulator:
        process = await started(INTERRUPTED, emulator.client_options, str(folder), str(path))
        out, err = await process.communicate()
        assert (out, err) == (b"interrupted\n", b"")
        before = {each.key async for each in Journal(path).outcomes()}
        assert 4 <= len(before) < 12
        async with RekognitionClient(**emulator.client_options) as client:
            after = {o.key async for o in client.detect_labels_in_bulk(folder, journal=path)}
        assert not before & after
        assert len(before | after) == 12
