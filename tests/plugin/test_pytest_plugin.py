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


def run(pytester: pytest.Pytester, *arguments: str, passed: int, failed: int = 0) -> str:
    """Runs the tests in a process of their own, with warnings as errors."""
    options = ["-W", "error", "-p", "no:cacheprovider", *arguments]
    if "no:asyncio" not in arguments:
        options += ["-o", "asyncio_default_fixture_loop_scope=function"]
    result = pytester.runpytest_subprocess(*options)
    result.assert_outcomes(passed=passed, failed=failed)
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
            client = rekognition_client.with_options(retry=RetryPolicy(max_attempts=1))
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
    """A setting without a name, and one that does not exist."""
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.rekognition("aws")
        def test_unnamed(rekognition_emulator): ...

        @pytest.mark.rekognition(qoutas="aws")
        def test_unknown(rekognition_emulator): ...
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*settings of @pytest.mark.rekognition are named*"])
    result.stdout.fnmatch_lines(["*unexpected keyword argument 'qoutas'*"])


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
