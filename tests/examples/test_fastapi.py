"""The FastAPI service of the cookbook serves."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from code_blocks import blocks
from pictures import picture
from support import names

from rekognition_async.emulator import RekognitionEmulator

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "examples" / "fastapi_service.py").read_text()
PAGE = (ROOT / "docs" / "cookbook" / "fastapi.md").read_text()
BLOCKS = blocks("python", PAGE)


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RekognitionEmulator]:
    """An emulator that the example finds by the environment."""
    async with RekognitionEmulator(region_name="eu-west-1", page_size=2) as emulator:
        emulator.seed(collections=names(5))
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        yield emulator


def application() -> Any:
    """The application that the blocks of the page make, one after the other."""
    module = ModuleType("service")
    for block in BLOCKS:
        exec(block, vars(module))  # noqa: S102 - the page's own code
    return vars(module)["app"]


def test_the_page_has_the_example() -> None:
    """What the page shows is the file of the repository, and an upload."""
    assert BLOCKS[0] == EXAMPLE
    assert len(BLOCKS) == 2


async def test_the_fastapi_example_serves(service: RekognitionEmulator) -> None:
    """The lifespan opens and closes the client, and models are response models."""
    app = application()
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://service") as browser,
    ):
        listed = await browser.get("/collections", params={"limit": 2})
        assert listed.json() == [
            {"CollectionId": name, "FaceModelVersion": "7.0"} for name in names(2)
        ]
        described = await browser.get("/collections/collection-00000")
        assert described.json()["FaceCount"] == 0
        assert (await browser.get("/collections/nobody")).status_code == 404
        schema = (await browser.get("/openapi.json")).json()
    assert "CollectionId" in schema["components"]["schemas"]["Collection"]["properties"]


async def test_the_fastapi_example_bears_a_burst(service: RekognitionEmulator) -> None:
    """200 requests at once at five calls a second are answered, or told when to come again."""
    app = application()
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://service") as browser,
    ):
        assert (await browser.get("/collections")).status_code == 200
        service.quotas = "aws"
        responses = await asyncio.gather(
            *(browser.get("/collections", params={"limit": 1}) for _ in range(200))
        )
    refused = [response for response in responses if response.status_code == 503]
    assert len(refused) + sum(response.status_code == 200 for response in responses) == 200
    assert 0 < len(refused) < 200
    assert all(int(response.headers["Retry-After"]) >= 1 for response in refused)


async def test_an_upload_is_looked_at(service: RekognitionEmulator) -> None:
    """A picture gets labels; what is too large, empty or no picture is told so."""
    app = application()
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://service") as browser,
    ):
        labels = await browser.post("/labels", content=picture(1))
        assert labels.json()["Labels"]
        refused = [
            (await browser.post("/labels", content=content)).status_code
            for content in (b"", b"\xff" * (5 * 1024 * 1024 + 1), picture(1, kind="GIF"))
        ]
    assert refused == [422, 413, 415]
    assert len(service.requests) == 2
