"""The pytest plugin: a local Rekognition, and a client of it, as fixtures.

pytest imports it in every run, so nothing else of the package is loaded before a test asks for a
fixture.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from rekognition_async import RekognitionClient
    from rekognition_async.emulator import RekognitionEmulator

_MARK: Final = "rekognition"


def pytest_configure(config: pytest.Config) -> None:
    """Makes the mark known."""
    config.addinivalue_line(
        "markers",
        "rekognition(faults=..., quotas=..., **settings): settings of the emulator that the "
        "fixtures rekognition_emulator and rekognition_client use; faults may be texts such as "
        "'ListFaces:throttle:0.2'.",
    )


@pytest.fixture
def rekognition_emulator(request: pytest.FixtureRequest) -> Iterator[RekognitionEmulator]:
    """A local Rekognition for one test, which ``@pytest.mark.rekognition`` sets up.

    It runs in a thread of its own: sync tests use it as well as async ones.
    """
    with _running(_marked(request.node)) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def rekognition_session_settings() -> dict[str, Any]:
    """The settings of the emulator of the session; override it to have others."""
    return {}


@pytest.fixture(scope="session")
def rekognition_emulator_session(
    rekognition_session_settings: dict[str, Any],
) -> Iterator[RekognitionEmulator]:
    """A local Rekognition that all tests of a session share, with all that they leave in it."""
    with _running(rekognition_session_settings) as emulator:
        yield emulator


@pytest.fixture
def rekognition_client(request: pytest.FixtureRequest) -> RekognitionClient:
    """An open client of ``rekognition_emulator``, for tests of pytest-asyncio or anyio."""
    return _dispatched(request, "_rekognition_client")


@pytest.fixture(scope="session")
def rekognition_client_session(request: pytest.FixtureRequest) -> RekognitionClient:
    """An open client of ``rekognition_emulator_session``.

    It belongs to one event loop, so the tests have to share one: with pytest-asyncio they have
    ``loop_scope="session"``, with anyio an ``anyio_backend`` fixture of that scope.
    """
    return _dispatched(request, "_rekognition_client_session")


def _dispatched(request: pytest.FixtureRequest, name: str) -> RekognitionClient:
    # Each of the two plugins takes its own async fixtures, and trips over the other's.
    framework = "anyio" if "anyio_backend" in request.fixturenames else "asyncio"
    if framework == "asyncio" and not request.config.pluginmanager.has_plugin("asyncio"):
        raise pytest.UsageError(f"{name.strip('_')} needs pytest-asyncio, or a test of anyio's")
    client: RekognitionClient = request.getfixturevalue(f"{name}_{framework}")
    return client


def _client_of(emulator: RekognitionEmulator) -> RekognitionClient:
    from rekognition_async import RekognitionClient  # noqa: PLC0415 - see the module's docstring

    return RekognitionClient(**emulator.client_options)


@pytest.fixture
async def _rekognition_client_anyio(
    rekognition_emulator: RekognitionEmulator,
) -> AsyncIterator[RekognitionClient]:
    async with _client_of(rekognition_emulator) as client:
        yield client


@pytest.fixture(scope="session")
async def _rekognition_client_session_anyio(
    rekognition_emulator_session: RekognitionEmulator,
) -> AsyncIterator[RekognitionClient]:
    async with _client_of(rekognition_emulator_session) as client:
        yield client


if find_spec("pytest_asyncio") is not None:
    import pytest_asyncio

    @pytest_asyncio.fixture(loop_scope="function")
    async def _rekognition_client_asyncio(
        rekognition_emulator: RekognitionEmulator,
    ) -> AsyncIterator[RekognitionClient]:
        async with _client_of(rekognition_emulator) as client:
            yield client

    @pytest_asyncio.fixture(scope="session", loop_scope="session")
    async def _rekognition_client_session_asyncio(
        rekognition_emulator_session: RekognitionEmulator,
    ) -> AsyncIterator[RekognitionClient]:
        async with _client_of(rekognition_emulator_session) as client:
            yield client


@contextmanager
def _running(settings: dict[str, Any]) -> Generator[RekognitionEmulator]:
    from rekognition_async.emulator import FaultRule, RekognitionEmulator  # noqa: PLC0415 - as above

    faults = [
        FaultRule.parse(fault) if isinstance(fault, str) else fault
        for fault in settings.get("faults", ())
    ]
    settings = {**settings, "faults": faults}
    with RekognitionEmulator(**settings) as emulator:
        yield emulator


def _marked(node: pytest.Item) -> dict[str, Any]:
    """The settings of all marks on a test, its class and its module; the nearest counts."""
    settings: dict[str, Any] = {}
    for mark in reversed(list(node.iter_markers(_MARK))):
        if mark.args:
            raise pytest.UsageError("the settings of @pytest.mark.rekognition are named")
        settings |= mark.kwargs
    return settings
