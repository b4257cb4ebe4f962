"""Every block of the guide to bulks runs."""

from pathlib import Path
from typing import Any

import pytest
from code_blocks import blocks, execute
from pictures import portrait

from rekognition_async import Journal
from rekognition_async.emulator import RekognitionEmulator

GUIDE = Path(__file__).parents[2] / "docs" / "bulk.md"
BLOCKS = blocks("python", GUIDE.read_text())


async def test_every_block_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One after the other, in a folder with photos, one of which is broken."""
    monkeypatch.chdir(tmp_path)
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(3):
        (photos / f"{number}.jpg").write_bytes(portrait(number))
    (photos / "broken.jpg").write_bytes(b"no picture")
    (photos / "notes.txt").write_text("no picture")
    async with RekognitionEmulator(region_name="eu-west-1") as emulator:
        emulator.seed(collections=["visitors"])
        options = emulator.client_options
        monkeypatch.setenv("AWS_ENDPOINT_URL_REKOGNITION", options["endpoint_url"])
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", options["aws_access_key_id"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", options["aws_secret_access_key"])
        namespace: dict[str, Any] = {}
        for block in BLOCKS:
            await execute(block, GUIDE.name, namespace)
    printed = capsys.readouterr().out
    assert "failed: broken.jpg IndexFaces not sent: source: the file is no picture" in printed
    assert "1 files are no pictures" in printed
    assert "JournalCounts(succeeded=3, failed=1, in_doubt=0)" in printed
    assert printed.endswith("ann 1 None\nbob 1 None\n")
    assert (await Journal("users.journal").counts()).succeeded == 2
