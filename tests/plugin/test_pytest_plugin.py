"""The fixtures that come with installing the package, in test runs of their own."""

import pytest

ASYNC_TEST = """
    import pytest
    from rekognition_async import RekognitionClient
    from rekognition_async.emulator import RekognitionEmulator

    {marks}
    async def test_with_a_client(
        rekognition_client{suffix}: RekognitionClient,
        rekognition_emulator{suffix}: RekognitionEmulator,
    ) -> None:
        await rekognition_client{suffix}.create_collection(collection_id="mine")
        async for coll in rekognition_client{suffix}.iter_collections():
            assert coll.collection_id == "mine"
        assert len(rekognition_emulator{suffix}.requests) == 2
"""


def run(pytester: pytest.Pytester, *arguments: str, passed: int, errors: int = 0) -> str:
    """Runs the tests in a process of their own, with warnings as errors."""
    options = ["-W", "error", "-p", "no:cacheprovider", *arguments]
    if "no:asyncio" not in arguments:
        options += ["-o", "asyncio_default_fixture_loop_scope=function"]
    result = pytester.runpytest_subprocess(*options)
    result.assert_outcomes(passed=passed, errors=errors)
    return result.stdout.str()


@pytest.mark.parametrize("suffix", ["", "_session"])
@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_the_client_works_with_pytest_asyncio(
    pytester: pytest.Pytester, mode: str, suffix: str
) -> None:
    """In both of its modes, a test gets an open client of an emulator, in its own event loop."""
    scope = "session" if suffix else "function"
    marks = f'@pytest.mark.asyncio(loop_scope="{scope}")'
    pytester.makepyfile(ASYNC_TEST.format(marks=marks, suffix=suffix))
    run(pytester, "-o", f"asyncio_mode={mode}", passed=1)


@pytest.mark.parametrize("suffix", ["", "_session"])
def test_the_client_works_with_anyio(pytester: pytest.Pytester, suffix: str) -> None:
    """With anyio's plugin, on its asyncio backend, the fixtures are the same."""
    scope = "session" if suffix else "module"
    pytester.makeconftest(
        f"""
        import pytest

        @pytest.fixture(scope="{scope}")
        def anyio_backend():
            return "asyncio"
        """
    )
    pytester.makepyfile(ASYNC_TEST.format(marks="@pytest.mark.anyio", suffix=suffix))
    run(pytester, "-o", "asyncio_mode=strict", passed=1)
    run(pytester, "-p", "no:asyncio", passed=1)


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_the_client_is_in_the_loop_of_the_test(pytester: pytest.Pytester, mode: str) -> None:
    """Whichever loop a mark or the configuration chooses, that is where the client is open."""
    tests = "".join(
        f"""
            @pytest.mark.asyncio(loop_scope="{scope}")
            async def test_in_the_loop_of_a_{scope}(self, rekognition_client):
                await rekognition_client.create_collection(collection_id="mine")
        """
        for scope in ("function", "class", "module", "package", "session")
    )
    pytester.makepyfile(
        f"""
        import pytest

        class TestLoops:
            @pytest.mark.asyncio
            async def test_in_the_configured_loop(self, rekognition_client):
                assert not await rekognition_client.iter_collections().collect()
        {tests}
        """
    )
    configured = "asyncio_default_test_loop_scope=session"
    run(pytester, "-o", f"asyncio_mode={mode}", "-o", configured, passed=6)


def test_the_client_works_with_anyios_mark_in_auto_mode(pytester: pytest.Pytester) -> None:
    """Where pytest-asyncio runs the tests that anyio's mark is on, the client is in their loop."""
    pytester.makepyfile(
        """
        import pytest

        pytestmark = pytest.mark.anyio

        async def test_function(rekognition_client, rekognition_emulator):
            await rekognition_client.create_collection(collection_id="mine")
            assert len(rekognition_emulator.requests) == 1

        class TestMethods:
            async def test_method(self, rekognition_client):
                assert not await rekognition_client.iter_collections().collect()

        async def test_of_the_session(rekognition_client_session): ...
        """
    )
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def anyio_backend():
            return "asyncio"
        """
    )
    told = run(pytester, "-o", "asyncio_mode=auto", passed=2, errors=1)
    assert "rekognition_client_session is not for tests with anyio's mark" in told


def test_async_fixtures_use_the_client(pytester: pytest.Pytester) -> None:
    """A fixture in the loop of the test, and one of a sync test, call the open client."""
    pytester.makepyfile(
        """
        import boto3
        import pytest
        import pytest_asyncio

        @pytest_asyncio.fixture
        async def collection(rekognition_client):
            await rekognition_client.create_collection(collection_id="mine")
            yield "mine"
            await rekognition_client.delete_collection(collection_id="mine")

        @pytest.mark.asyncio
        async def test_async(collection, rekognition_client):
            await rekognition_client.describe_collection(collection_id=collection)

        def test_sync(collection, rekognition_emulator):
            assert len(rekognition_emulator.requests) == 1
        """
    )
    run(pytester, passed=2)


def test_the_environment_points_at_the_emulator(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clients that code under test makes are the emulator's, whatever the machine is set up for."""
    for name, value in {
        "HTTP_PROXY": "http://127.0.0.1:1",
        "NO_PROXY": "corp.example",
        "AWS_PROFILE": "none",
        "AWS_CA_BUNDLE": "/no/such/bundle.pem",
        "AWS_SESSION_TOKEN": "mine",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    }.items():
        monkeypatch.setenv(name, value)
    pytester.makepyfile(
        """
        import os
        import subprocess
        import sys

        import boto3
        import pytest
        from rekognition_async import RekognitionClient

        def test_boto3(rekognition_environment, rekognition_emulator):
            client = boto3.client("rekognition")
            client.create_collection(CollectionId="mine")
            client.close()
            [request] = rekognition_emulator.requests
            assert request.status == 200

        @pytest.mark.asyncio
        @pytest.mark.rekognition(region_name="eu-west-1")
        async def test_ours(rekognition_environment, rekognition_emulator):
            async with RekognitionClient() as client:
                await client.create_collection(collection_id="mine")
            [request] = rekognition_emulator.requests
            assert (request.status, request.region_name) == (200, "eu-west-1")
            assert rekognition_environment.items() <= os.environ.items()
            assert os.environ["NO_PROXY"] == "corp.example,127.0.0.1"

        def test_afterwards():
            assert os.environ["AWS_PROFILE"] == "none"
            assert "AWS_ENDPOINT_URL_REKOGNITION" not in os.environ
        """
    )
    run(pytester, passed=3)


def test_a_sync_test_uses_the_emulator_with_boto3(pytester: pytest.Pytester) -> None:
    """The emulator needs no event loop of the test's."""
    pytester.makepyfile(
        """
        import boto3

        def test_with_boto3(rekognition_emulator):
            client = boto3.client("rekognition", **rekognition_emulator.client_options)
            client.create_collection(CollectionId="mine")
            assert client.list_collections()["CollectionIds"] == ["mine"]
            rekognition_emulator.seed(collections=["another"])
            assert client.list_collections()["CollectionIds"] == ["mine", "another"]
            client.close()
        """
    )
    run(pytester, passed=1)


def test_marks_set_the_emulator_up(pytester: pytest.Pytester) -> None:
    """Faults, as rules or as texts, and other settings come from marks; the nearest counts."""
    pytester.makepyfile(
        """
        import pytest
        from rekognition_async import RetryPolicy
        from rekognition_async.emulator import Fault, FaultRule
        from rekognition_async.errors import ProvisionedThroughputExceededException

        pytestmark = pytest.mark.rekognition(page_size=7, quotas={"*": 1})
        THROTTLE = FaultRule("ListCollections", Fault.throttle(), calls=2)

        @pytest.mark.asyncio
        @pytest.mark.rekognition(faults=[THROTTLE, "CreateCollection:reset:1"], quotas=None)
        async def test_faults(rekognition_client, rekognition_emulator):
            client = rekognition_client.with_options(retry=RetryPolicy(base_delay=0))
            rekognition_emulator.seed(collections=20)
            assert len(await client.iter_collections().collect()) == 20
            await client.create_collection(collection_id="mine")
            outcomes = [(r.operation[:4], r.status) for r in rekognition_emulator.requests]
            assert outcomes == [
                ("List", 200), ("List", 400), ("List", 200), ("List", 200),
                ("Crea", None), ("Crea", 200),
            ]

        @pytest.mark.asyncio
        async def test_quotas(rekognition_client):
            client = rekognition_client.with_options(quotas=None, retry=RetryPolicy(max_attempts=1))
            await client.list_collections()
            with pytest.raises(ProvisionedThroughputExceededException):
                await client.list_collections()
        """
    )
    run(pytester, passed=2)


def test_the_session_has_settings_of_its_own(pytester: pytest.Pytester) -> None:
    """The emulator of the session is set up by overriding a fixture, and keeps its state."""
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def rekognition_session_settings():
            return {"region_name": "eu-central-1"}
        """
    )
    pytester.makepyfile(
        """
        def test_one(rekognition_emulator_session):
            assert rekognition_emulator_session.client_options["region_name"] == "eu-central-1"

        def test_two(rekognition_emulator_session, rekognition_emulator):
            assert rekognition_emulator_session.url != rekognition_emulator.url
        """
    )
    run(pytester, passed=2)


def test_mistakes_are_told(pytester: pytest.Pytester) -> None:
    """A setting without a name, one that does not exist, and wrong values name the mark."""
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.rekognition("aws")
        def test_unnamed(rekognition_emulator): ...

        @pytest.mark.rekognition(qoutas="aws")
        def test_unknown(rekognition_emulator): ...

        @pytest.mark.rekognition(page_size=0)
        def test_out_of_range(rekognition_emulator): ...

        @pytest.mark.rekognition(faults="NoOperation:throttle")
        def test_no_fault(rekognition_emulator): ...

        def test_session(rekognition_emulator_session): ...
        """
    )
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def rekognition_session_settings():
            return {"page_sise": 1}
        """
    )
    told = run(pytester, passed=0, errors=5)
    mark = "@pytest.mark.rekognition"
    for line in (
        f"the settings of {mark} are named",
        f"{mark} got an unexpected keyword argument 'qoutas'; did you mean 'quotas'?",
        f"{mark}: page_size must be 1 to 4096, got 0",
        f"{mark}: operation must be one of Rekognition's or '*', got 'NoOperation'",
        "rekognition_session_settings got an unexpected keyword argument 'page_sise'",
    ):
        assert line in told


def test_one_fault_is_one_text(pytester: pytest.Pytester) -> None:
    """Where a test has one fault, a text or a rule stands alone."""
    pytester.makepyfile(
        """
        import pytest
        from rekognition_async.emulator import Fault, FaultRule

        @pytest.mark.rekognition(faults="ListFaces:throttle:1")
        def test_text(rekognition_emulator):
            [rule] = rekognition_emulator.faults.rules
            assert (rule.operation, rule.fault.name, rule.calls) == ("ListFaces", "throttle", {1})

        @pytest.mark.rekognition(faults=FaultRule("ListFaces", Fault.hang()))
        def test_rule(rekognition_emulator):
            assert len(rekognition_emulator.faults.rules) == 1
        """
    )
    run(pytester, passed=2)


def test_a_mark_gives_the_emulator_eyes(pytester: pytest.Pytester) -> None:
    """A test's mark takes eyes, one or several, and those that are none are told."""
    pytester.makepyfile(
        """
        import pytest
        from rekognition_async.emulator import Eyes

        class Empty(Eyes):
            def faces(self, image, /):
                return []

        PIXELS = bytes(range(256)) * 120

        def picture():
            import io
            from PIL import Image
            file = io.BytesIO()
            Image.frombytes("RGB", (100, 100), PIXELS[:30000]).save(file, "PNG")
            return file.getvalue()

        @pytest.mark.rekognition(eyes=Empty())
        @pytest.mark.asyncio
        async def test_one(rekognition_client):
            assert not (await rekognition_client.detect_faces(image=picture())).face_details

        @pytest.mark.rekognition(eyes=[Empty(), Empty()])
        @pytest.mark.asyncio
        async def test_several(rekognition_client):
            assert not (await rekognition_client.detect_faces(image=picture())).face_details

        @pytest.mark.rekognition(eyes=7)
        def test_none(rekognition_emulator): ...
        """
    )
    told = run(pytester, passed=2, errors=1)
    assert "@pytest.mark.rekognition: eyes must have one of the methods" in told


def test_nothing_is_loaded_before_it_is_used(pytester: pytest.Pytester) -> None:
    """A run that uses none of the fixtures loads neither the client nor aiobotocore."""
    pytester.makepyfile(
        """
        import sys

        def test_light(request):
            assert request.config.pluginmanager.has_plugin("rekognition-async")
            for name in ("rekognition_async.client", "aiobotocore", "botocore", "pydantic"):
                assert name not in sys.modules, name
        """
    )
    run(pytester, passed=1)
