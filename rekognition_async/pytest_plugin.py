"""The pytest plugin: a local Rekognition, and a client of it, as fixtures.

pytest imports it in every run, so nothing else of the package is loaded before a test asks for a
fixture.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast

import pytest

if TYPE_CHECKING:
    from rekognition_async import RekognitionClient
    from rekognition_async.emulator import RekognitionEmulator

_MARK: Final = "rekognition"
_MARK_IN_TESTS: Final = f"@pytest.mark.{_MARK}"
# What would send code under test elsewhere, or make it trust others than the emulator.
_UNSET: Final = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CA_BUNDLE")

_Scope: TypeAlias = Literal["function", "class", "module", "package", "session"]


def pytest_configure(config: pytest.Config) -> None:
    """Makes the mark known."""
    config.addinivalue_line(
        "markers",
        "rekognition(faults=..., quotas=..., **settings): settings of the emulator that the "
        "fixtures rekognition_emulator and rekognition_client use; faults may be a text such as "
        "'ListFaces:throttle:0.2', or several.",
    )


@pytest.fixture
def rekognition_emulator(request: pytest.FixtureRequest) -> Iterator[RekognitionEmulator]:
    """A local Rekognition for one test, which ``@pytest.mark.rekognition`` sets up.

    It runs in a thread of its own: sync tests use it as well as async ones.
    """
    with _running(_marked(request.node), _MARK_IN_TESTS) as emulator:
        yield emulator


@pytest.fixture
def rekognition_environment(
    rekognition_emulator: RekognitionEmulator, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The environment, as ``rekognition_emulator`` needs it, for code that makes its own client.

    It sets what `RekognitionEmulator.environment` names for the time of the test, and takes away
    profiles and certificates that clients would use instead.
    """
    for name in _UNSET:
        monkeypatch.delenv(name, raising=False)
    environment = rekognition_emulator.environment
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment


@pytest.fixture(scope="session")
def rekognition_session_settings() -> dict[str, Any]:
    """The settings of the emulator of the session; override it to have others."""
    return {}


@pytest.fixture(scope="session")
def rekognition_emulator_session(
    rekognition_session_settings: dict[str, Any],
) -> Iterator[RekognitionEmulator]:
    """A local Rekognition that all tests of a session share, with all that they leave in it."""
    with _running(rekognition_session_settings, "rekognition_session_settings") as emulator:
        yield emulator


@pytest.fixture
def rekognition_client(request: pytest.FixtureRequest) -> RekognitionClient:
    """An open client of ``rekognition_emulator``, in the event loop that the test runs in.

    It works with pytest-asyncio, in whatever ``loop_scope``, and with anyio's plugin on asyncio.
    """
    if not _is_anyio(request):
        return _client_from(request, f"_rekognition_client_in_{_loop_scope(request)}_loop")
    if _asyncio_mode(request.config) == "auto":
        return _opened_in_test(request, request.getfixturevalue("rekognition_emulator"))
    return _client_from(request, "_rekognition_client_anyio")


@pytest.fixture(scope="session")
def rekognition_client_session(request: pytest.FixtureRequest) -> RekognitionClient:
    """An open client of ``rekognition_emulator_session``.

    It belongs to one event loop, so the tests have to share one: with pytest-asyncio they have
    ``loop_scope="session"``, with anyio an ``anyio_backend`` fixture of that scope.
    """
    if not _is_anyio(request):
        return _client_from(request, "_rekognition_client_session_asyncio")
    if _asyncio_mode(request.config) == "auto":
        raise pytest.UsageError(
            "rekognition_client_session is not for tests with anyio's mark where asyncio_mode is "
            "auto: pytest-asyncio runs those tests, and anyio their fixtures in another event loop"
        )
    return _client_from(request, "_rekognition_client_session_anyio")


def _is_anyio(request: pytest.FixtureRequest) -> bool:
    """Whether anyio runs the async fixtures of the test: all of them, pytest-asyncio's too."""
    if "anyio_backend" in request.fixturenames:
        return True
    if not request.config.pluginmanager.has_plugin("asyncio"):
        raise pytest.UsageError(f"{request.fixturename} needs pytest-asyncio, or a test of anyio's")
    return False


def _asyncio_mode(config: pytest.Config) -> object:
    """pytest-asyncio's mode: in ``"auto"`` it runs all async tests, those of anyio's mark too."""
    if not config.pluginmanager.has_plugin("asyncio"):
        return None
    return config.getoption("asyncio_mode") or config.getini("asyncio_mode")


def _opened_in_test(
    request: pytest.FixtureRequest, emulator: RekognitionEmulator
) -> RekognitionClient:
    """A client that the test itself opens and closes, since no fixture shares its event loop."""
    client, item = _client_of(emulator), request.node
    test = item.obj

    @functools.wraps(test)
    async def test_with_open_client(*arguments: Any, **named: Any) -> None:
        async with client:
            await test(*arguments, **named)

    item.obj = test_with_open_client
    request.addfinalizer(lambda: setattr(item, "obj", test))
    return client


def _loop_scope(request: pytest.FixtureRequest) -> str:
    """Which of pytest-asyncio's event loops the test runs in; of a sync test, its fixtures."""
    from pytest_asyncio import is_async_test  # noqa: PLC0415 - it is there where it runs the test

    if is_async_test(request.node):
        mark = request.node.get_closest_marker("asyncio")
        named = mark.kwargs.get("loop_scope") or mark.kwargs.get("scope") if mark else None
        return str(named or request.config.getini("asyncio_default_test_loop_scope"))
    return str(request.config.getini("asyncio_default_fixture_loop_scope") or "function")


def _client_from(request: pytest.FixtureRequest, fixture: str) -> RekognitionClient:
    return cast("RekognitionClient", request.getfixturevalue(fixture))


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

    def _client_in_loop(loop_scope: _Scope) -> Any:
        @pytest_asyncio.fixture(loop_scope=loop_scope)
        async def client_in_loop(
            rekognition_emulator: RekognitionEmulator,
        ) -> AsyncIterator[RekognitionClient]:
            async with _client_of(rekognition_emulator) as client:
                yield client

        return client_in_loop

    # A client a test, in each of the loops that a test may run in.
    _rekognition_client_in_function_loop = _client_in_loop("function")
    _rekognition_client_in_class_loop = _client_in_loop("class")
    _rekognition_client_in_module_loop = _client_in_loop("module")
    _rekognition_client_in_package_loop = _client_in_loop("package")
    _rekognition_client_in_session_loop = _client_in_loop("session")

    @pytest_asyncio.fixture(scope="session", loop_scope="session")
    async def _rekognition_client_session_asyncio(
        rekognition_emulator_session: RekognitionEmulator,
    ) -> AsyncIterator[RekognitionClient]:
        async with _client_of(rekognition_emulator_session) as client:
            yield client


@contextmanager
def _running(settings: dict[str, Any], origin: str) -> Generator[RekognitionEmulator]:
    """Runs an emulator.

    Args:
        settings: What `RekognitionEmulator` takes; faults may be texts.
        origin: Who gave them, for whoever reads that they are wrong.
    """
    from rekognition_async.emulator import FaultRule, RekognitionEmulator  # noqa: PLC0415 - as above

    known = inspect.signature(RekognitionEmulator).parameters
    for name in settings.keys() - known.keys():
        similar = get_close_matches(name, known, 1)
        hint = f"; did you mean {similar[0]!r}?" if similar else ""
        raise pytest.UsageError(f"{origin} got an unexpected keyword argument {name!r}{hint}")
    settings = dict(settings)
    faults = settings.pop("faults", ())
    try:
        rules = [
            FaultRule.parse(fault) if isinstance(fault, str) else fault
            for fault in ([faults] if isinstance(faults, str | FaultRule) else faults)
        ]
        emulator = RekognitionEmulator(**settings, faults=rules)
    except (TypeError, ValueError) as error:
        raise pytest.UsageError(f"{origin}: {error}") from error
    with emulator:
        yield emulator


def _marked(node: pytest.Item) -> dict[str, Any]:
    """The settings of all marks on a test, its class and its module; the nearest counts."""
    settings: dict[str, Any] = {}
    for mark in reversed(list(node.iter_markers(_MARK))):
        if mark.args:
            raise pytest.UsageError(f"the settings of {_MARK_IN_TESTS} are named")
        settings |= mark.kwargs
    return settings
