"""Every block of the documentation's pages runs, and agrees with the README."""

import ast
import inspect
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
from support import names

from rekognition_async import RekognitionClient
from rekognition_async.emulator import RekognitionEmulator

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"::\n\n((?: {4}.*\n|\n)+)")
PAGES = {
    path.stem: [textwrap.dedent(block) for block in BLOCK.findall(path.read_text())]
    for path in (ROOT / "docs" / "api").glob("*.rst")
}


def test_the_first_example_is_the_readmes() -> None:
    """The documentation begins with the same lines as the README."""
    first = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    index, readme = ((ROOT / name).read_text() for name in ("docs/index.md", "README.md"))
    assert first.findall(index) == first.findall(readme)[:1]


@pytest.mark.parametrize("page", [page for page, blocks in PAGES.items() if blocks])
async def test_every_block_runs(
    page: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The blocks of a page run one after the other, with a client at hand."""
    async with RekognitionEmulator(region_name="eu-west-1", page_size=2) as emulator:
        emulator.seed(collections=names(5))
        options = emulator.client_options
        monkeypatch.setenv("AWS_ENDPOINT_URL_REKOGNITION", options["endpoint_url"])
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", options["aws_access_key_id"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", options["aws_secret_access_key"])
        async with RekognitionClient(**options) as client:
            namespace: dict[str, Any] = {
                "RekognitionClient": RekognitionClient,
                "client": client,
                "ids": [],
            }
            for block in PAGES[page]:
                code = compile(block, page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
                result = eval(code, namespace)  # noqa: S307 - the pages' own code
                if inspect.isawaitable(result):
                    await result
    if page == "listings":
        assert capsys.readouterr().out.endswith(
            "behind it: collection-00003\nbehind it: collection-00004\n"
        )


def test_the_pages_with_blocks_are_known() -> None:
    """No block escapes for a change of its form."""
    assert {page: len(blocks) for page, blocks in PAGES.items() if blocks} == {
        "bulk": 1,
        "configuration": 1,
        "emulator": 1,
        "listings": 2,
        "models": 1,
    }
