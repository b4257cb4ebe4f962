"""Where region, credentials, endpoint and limits come from."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import botocore.handlers
import pytest
from aiobotocore.config import AioConfig
from aiobotocore.httpsession import AIOHTTPSession
from aiobotocore.session import AioSession
from aiohttp import web
from aiohttp.typedefs import Handler
from botocore import UNSIGNED
from botocore.exceptions import NoCredentialsError

from rekognition_async import ConfigurationError, RekognitionClient
from rekognition_async.emulator import ClientOptions, Credential, RekognitionEmulator
from rekognition_async.errors import UnmodeledServiceError


async def region_seen(emulator: RekognitionEmulator, client: RekognitionClient) -> str | None:
    """The region that a client signs for."""
    async with client:
        await client.list_collections()
    return emulator.requests[-1].region_name


@pytest.fixture
def credentials_in_environment(
    emulator: RekognitionEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The emulator's keys and address, in the environment."""
    options = emulator.client_options
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", options["aws_access_key_id"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", options["aws_secret_access_key"])
    monkeypatch.setenv("AWS_ENDPOINT_URL_REKOGNITION", options["endpoint_url"])


@pytest.mark.usefixtures("credentials_in_environment")
async def test_the_environment_is_enough(
    emulator: RekognitionEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys, endpoint and AWS_REGION, which boto overlooks, all come from the environment."""
    monkeypatch.setenv("AWS_REGION", "ap-south-1")
    assert await region_seen(emulator, RekognitionClient()) == "ap-south-1"


@pytest.mark.usefixtures("credentials_in_environment")
@pytest.mark.parametrize(
    ("environment", "profile", "argument", "config", "expected"),
    [
        ({"AWS_REGION": "r-1", "AWS_DEFAULT_REGION": "d-1"}, "p-1", "a-1", "c-1", "a-1"),
        ({"AWS_REGION": "r-1", "AWS_DEFAULT_REGION": "d-1"}, "p-1", None, "c-1", "c-1"),
        ({"AWS_REGION": "r-1", "AWS_DEFAULT_REGION": "d-1"}, "p-1", None, None, "d-1"),
        ({"AWS_REGION": "r-1"}, "p-1", None, None, "r-1"),
        ({}, "p-1", None, None, "p-1"),
    ],
)
async def test_the_region_has_an_order(
    emulator: RekognitionEmulator,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    environment: dict[str, str],
    profile: str,
    argument: str | None,
    config: str | None,
    expected: str,
) -> None:
    """Argument, AioConfig, AWS_DEFAULT_REGION, AWS_REGION, profile: the first that is set."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "aws-config").write_text(f"[default]\nregion = {profile}\n")
    given = None if config is None else AioConfig(region_name=config)
    assert await region_seen(emulator, RekognitionClient(argument, config=given)) == expected


async def test_no_region_is_a_clear_error() -> None:
    """Without a region anywhere, opening says which settings would give one."""
    with pytest.raises(ConfigurationError, match=r"no region: pass region_name"):
        await RekognitionClient().open()


async def test_no_credentials_is_a_clear_error(
    emulator: RekognitionEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without credentials anywhere, a call says so under the package's root, and sends nothing."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    async with RekognitionClient("eu-west-1", endpoint_url=emulator.url) as client:
        with pytest.raises(ConfigurationError, match="no credentials from") as raised:
            await client.list_collections()
    assert isinstance(raised.value.__cause__, NoCredentialsError)
    assert len(emulator.requests) == 0


async def test_an_unknown_profile_is_a_clear_error() -> None:
    """A profile that is in no file is named."""
    with pytest.raises(ConfigurationError, match="nobody"):
        await RekognitionClient("eu-west-1", profile_name="nobody").open()


async def test_a_profile_gives_region_and_credentials(
    emulator: RekognitionEmulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """profile_name reads the AWS configuration files."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    options = emulator.client_options
    (tmp_path / "aws-config").write_text("[profile team]\nregion = sa-east-1\n")
    (tmp_path / "aws-credentials").write_text(
        f"[team]\naws_access_key_id = {options['aws_access_key_id']}\n"
        f"aws_secret_access_key = {options['aws_secret_access_key']}\n"
    )
    client = RekognitionClient(profile_name="team", endpoint_url=emulator.url)
    assert await region_seen(emulator, client) == "sa-east-1"


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"connect_timeout": 0}, "connect_timeout must be more than 0"),
        ({"read_timeout": -1}, "read_timeout must be more than 0"),
        ({"max_pool_connections": 0}, "max_pool_connections must be at least 1"),
        ({"aws_access_key_id": "a"}, "aws_secret_access_key is missing"),
        ({"aws_secret_access_key": "s3cret"}, "aws_access_key_id is missing"),
        ({"aws_session_token": "t0ken"}, "aws_session_token needs"),
        ({"session": AioSession(), "profile_name": "x"}, "exclude each other"),
    ],
)
def test_settings_are_checked_when_given(settings: dict[str, object], problem: str) -> None:
    """A setting that cannot work is refused before anything is opened, and secrets not quoted."""
    with pytest.raises(ValueError, match=problem) as refused:
        RekognitionClient(**settings)  # type: ignore[arg-type] # wrong on purpose
    assert "s3cret" not in str(refused.value)
    assert "t0ken" not in str(refused.value)


async def test_an_aioconfig_is_merged(emulator: RekognitionEmulator) -> None:
    """Config's settings count before our defaults, and an argument before config's."""
    config = AioConfig(max_pool_connections=3, read_timeout=7, user_agent_extra="service/1")
    async with RekognitionClient(
        **emulator.client_options, config=config, read_timeout=9
    ) as client:
        merged = client._connection.transport()._client.meta.config
        await client.list_collections()
    assert (merged.max_pool_connections, merged.read_timeout) == (3, 9)
    agent = emulator.requests[-1].headers["User-Agent"]
    assert "service/1" in agent
    assert "rekognition-async/" in agent


async def test_connector_args_of_a_config_are_kept(emulator: RekognitionEmulator) -> None:
    """Aiohttp's own settings in an AioConfig survive the merge."""
    config = AioConfig(connector_args={"keepalive_timeout": 3})
    async with RekognitionClient(**emulator.client_options, config=config) as client:
        merged = client._connection.transport()._client.meta.config
        assert vars(merged)["connector_args"] == {"keepalive_timeout": 3}


async def test_retries_of_a_config_are_not_used_and_say_so(
    emulator: RekognitionEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    """AioConfig(retries=...) has no effect, which a warning in the log tells."""
    config = AioConfig(retries={"max_attempts": 3})
    async with RekognitionClient(**emulator.client_options, config=config):
        pass
    assert "AioConfig.retries is not used" in caplog.text


async def test_a_session_lends_its_credentials(emulator: RekognitionEmulator) -> None:
    """A session's credentials and region are used, and the session stays as it was."""
    session = AioSession()
    options = emulator.client_options
    session.set_credentials(options["aws_access_key_id"], options["aws_secret_access_key"])
    session.set_config_variable("region", "eu-north-9")
    parser = session.get_component("response_parser_factory")
    loader = session.get_component("data_loader")
    client = RekognitionClient(session=session, endpoint_url=emulator.url)
    assert await region_seen(emulator, client) == "eu-north-9"
    assert session.get_component("response_parser_factory") is parser
    assert session.get_component("data_loader") is loader
    async with session.create_client("rekognition", endpoint_url=emulator.url) as raw:
        assert (await raw.list_collections())["CollectionIds"] == []


async def test_a_session_lends_its_default_configuration(emulator: RekognitionEmulator) -> None:
    """What a session gives to all its clients counts, behind what the client itself is given."""
    session = AioSession()
    session.set_default_client_config(AioConfig(user_agent_extra="lent/1", read_timeout=7))
    options: dict[str, Any] = {**emulator.client_options, "session": session}
    for config, agent in ((None, "lent/1"), (AioConfig(user_agent_extra="own/2"), "own/2")):
        async with RekognitionClient(**options, config=config) as client:
            await client.list_collections()
            assert client._connection.transport()._client.meta.config.read_timeout == 7
        assert agent in emulator.requests[-1].headers["User-Agent"].split()


async def test_wrong_credentials_are_a_service_error(emulator: RekognitionEmulator) -> None:
    """A key that nobody knows is refused by the service, with its code, once."""
    async with RekognitionClient("eu-west-1", endpoint_url=emulator.url) as client:
        with pytest.raises(UnmodeledServiceError) as raised:
            await client.list_collections()
    assert raised.value.code == "UnrecognizedClientException"
    assert len(emulator.requests) == 1


@asynccontextmanager
async def served(method: str, path: str, answer: Handler) -> AsyncGenerator[str]:
    """A server with one route, and its address."""
    app = web.Application()
    app.router.add_route(method, path, answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}{path}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def metadata_service(options: ClientOptions) -> AsyncGenerator[tuple[str, list[int]]]:
    """A container's credentials endpoint, that counts how often it was asked."""
    asked: list[int] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(1)
        return web.Response(
            text=json.dumps(
                {
                    "AccessKeyId": options["aws_access_key_id"],
                    "SecretAccessKey": options["aws_secret_access_key"],
                    "Token": "",
                    "Expiration": "2999-01-01T00:00:00Z",
                }
            ),
            content_type="application/json",
        )

    async with served("GET", "/creds", answer) as url:
        yield url, asked


async def test_clients_ask_a_role_for_its_credentials_once(
    emulator: RekognitionEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty clients that open side by side, and more after them, resolve a role once."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    async with metadata_service(emulator.client_options) as (url, asked):
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)

        async def list_once() -> None:
            async with RekognitionClient("eu-west-1", endpoint_url=emulator.url) as client:
                await client.list_collections()

        await asyncio.gather(*(list_once() for _ in range(20)))
        await list_once()
        assert len(asked) == 1
    assert len(emulator.requests) == 21


async def test_a_role_is_assumed_within_the_first_call(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """STS is asked, in its own protocol, while a call of ours waits; its answer is its own."""

    async def assume_role(request: web.Request) -> web.Response:
        assert (await request.post())["RoleArn"] == "arn:aws:iam::123456789012:role/faces"
        return web.Response(
            text="""<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
            <AssumeRoleResult><Credentials>
            <AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>of-the-role</SecretAccessKey>
            <SessionToken>token</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration>
            </Credentials></AssumeRoleResult></AssumeRoleResponse>""",
            content_type="text/xml",
        )

    (tmp_path / "aws-config").write_text(
        "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/faces\n"
        "credential_source = Environment\n"
    )
    credential = Credential("of-the-role", "123456789012", session_token="token")
    async with (
        served("POST", "/", assume_role) as url,
        RekognitionEmulator(credentials={"ASIAROLE": credential}) as emulator,
    ):
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
        async with RekognitionClient(
            "eu-west-1", profile_name="role", endpoint_url=emulator.url
        ) as client:
            page = await client.list_collections()
    assert page.collections == ()


async def test_calls_go_through_a_proxy_where_one_is_configured() -> None:
    """AioConfig(proxies=...) sends a call to the proxy, whole, and brings its answer back."""
    asked: list[str] = []

    async def forward(request: web.Request) -> web.Response:
        asked.append(str(request.url))
        return web.json_response({"CollectionIds": ["behind"], "FaceModelVersions": ["7.0"]})

    async with served("POST", "/", forward) as proxy:
        through = AioConfig(proxies={"http": proxy})
        async with RekognitionClient(
            "eu-west-1", endpoint_url="http://rekognition.invalid/", config=through
        ) as client:
            ids = [coll.collection_id async for coll in client.iter_collections()]
    assert ids == ["behind"]
    assert asked == ["http://rekognition.invalid/"]


async def test_an_http_session_of_the_callers_counts(emulator: RekognitionEmulator) -> None:
    """A config may bring a class of its own for HTTP, as aiobotocore's does."""
    sent: list[object] = []

    class Recording(AIOHTTPSession):
        async def send(self, request: object) -> object:
            sent.append(request)
            return await super().send(request)

    recording = AioConfig(http_session_cls=Recording)
    async with RekognitionClient(**emulator.client_options, config=recording) as client:
        await client.list_collections()
    assert len(sent) == 1


async def test_a_signature_version_of_the_callers_counts(emulator: RekognitionEmulator) -> None:
    """A config that wants requests unsigned gets them unsigned."""
    unsigned = AioConfig(signature_version=UNSIGNED)
    async with RekognitionClient(**emulator.client_options, config=unsigned) as client:
        with pytest.raises(UnmodeledServiceError, match="MissingAuthenticationToken"):
            await client.list_collections()
    assert "Authorization" not in emulator.requests[-1].headers


@pytest.mark.parametrize("changed", ["file", "variable"])
async def test_clients_that_share_a_session_see_new_settings(
    emulator: RekognitionEmulator,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    changed: str,
) -> None:
    """The next client has the region and keys that a file or a variable says by then."""
    config = tmp_path / "aws-config"
    config.write_text("[default]\nregion = eu-west-1\n")
    endpoint_url = emulator.client_options["endpoint_url"]
    regions = []
    for region in ("eu-west-1", "eu-west-2"):
        if changed == "file":
            config.write_text(f"[default]\nregion = {region}\n")
        else:
            monkeypatch.setenv("AWS_DEFAULT_REGION", region)
        async with RekognitionClient(endpoint_url=endpoint_url) as client:
            regions.append(client._connection.transport().region_name)
    assert regions == ["eu-west-1", "eu-west-2"]


async def test_handlers_that_are_given_to_all_sessions_reach_the_next_client(
    emulator: RekognitionEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is added to botocore's own handlers, as moto does when imported, is called."""
    async with RekognitionClient(**emulator.client_options):
        pass
    seen: list[str] = []

    def handler(event_name: str, **_: object) -> None:
        seen.append(event_name)

    added = [*botocore.handlers.BUILTIN_HANDLERS, ("before-send", handler)]
    monkeypatch.setattr(botocore.handlers, "BUILTIN_HANDLERS", added)
    async with RekognitionClient(**emulator.client_options) as client:
        await client.list_collections()
    assert seen == ["before-send.rekognition.ListCollections"]
