"""What no other attempt would cure is told at once, with the setting to mend."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession, get_session
from aiohttp.abc import AbstractResolver, ResolveResult
from support import FakeClock, patient

from rekognition_async import (
    ConfigurationError,
    RekognitionClient,
    RekognitionError,
    TransportError,
)
from rekognition_async.emulator import Fault, FaultRule, RekognitionEmulator
from rekognition_async.errors import UnmodeledServiceError


async def failure_of(
    clock: FakeClock, region_name: str | None = "us-east-1", **settings: Any
) -> RekognitionError:
    """What opening a client, or a call of it, ends with."""
    with pytest.raises(RekognitionError) as raised:
        async with RekognitionClient(region_name, retry=patient(clock), **settings) as client:
            await client.list_collections()
    return raised.value


async def mended_by(region_name: str | None = "us-east-1", **settings: Any) -> str:
    """What an error of configuration says, that comes at once."""
    clock = FakeClock()
    error = await failure_of(clock, region_name, **settings)
    assert type(error) is ConfigurationError
    assert clock.slept == []
    return str(error)


@pytest.fixture
def bad_files(tmp_path: Path) -> dict[str, str]:
    """Paths where no certificate is."""
    junk = tmp_path / "junk.pem"
    junk.write_text("junk")
    return {"missing": str(tmp_path / "no.pem"), "junk": str(junk), "folder": str(tmp_path)}


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
@pytest.mark.parametrize("kind", ["missing", "junk", "folder"])
async def test_a_ca_bundle_that_is_none_is_named(
    monkeypatch: pytest.MonkeyPatch, bad_files: dict[str, str], kind: str, variable: str
) -> None:
    """A file of certificates that cannot be used is named with its variable and path."""
    monkeypatch.setenv(variable, bad_files[kind])
    text = await mended_by(endpoint_url="https://127.0.0.1:9/")
    assert f"{variable} {bad_files[kind]!r}" in text


async def test_a_ca_bundle_of_a_profile_is_named(tmp_path: Path, bad_files: dict[str, str]) -> None:
    """So is the ca_bundle of a profile."""
    (tmp_path / "aws-config").write_text(f"[default]\nca_bundle = {bad_files['missing']}\n")
    text = await mended_by(endpoint_url="https://127.0.0.1:9/")
    assert f"ca_bundle {bad_files['missing']!r}: No such file" in text


@pytest.mark.parametrize("kind", ["missing", "junk", "folder"])
async def test_a_client_certificate_that_is_none_is_named(
    bad_files: dict[str, str], kind: str
) -> None:
    """A client certificate that cannot be used is named with its path."""
    path = bad_files[kind]
    config = AioConfig(client_cert=(path, path))
    text = await mended_by(endpoint_url="https://127.0.0.1:9/", config=config)
    assert "client_cert of AioConfig" in text
    assert path in text


@pytest.mark.parametrize("setting", ["proxy_ca_bundle", "proxy_client_cert"])
async def test_a_certificate_for_a_proxy_that_is_none_is_named(
    bad_files: dict[str, str], setting: str
) -> None:
    """What a proxy needs is named likewise."""
    config = AioConfig(
        proxies={"https": "https://127.0.0.1:9"}, proxies_config={setting: bad_files["missing"]}
    )
    text = await mended_by(endpoint_url="https://127.0.0.1:9/", config=config)
    assert f"{setting} of AioConfig {bad_files['missing']!r}: No such file" in text


@pytest.mark.parametrize(
    "proxy",
    [
        "not a url",
        "http://[bad",
        "http://",
        "http://127.0.0.1:99999",
        "ftp://127.0.0.1:1",
        "socks5://127.0.0.1:1",
        "http://ann:s3cret@127.0.0.1:x",
    ],
)
@pytest.mark.parametrize("where", ["config", "environment"])
async def test_a_proxy_that_is_no_address_is_named(
    monkeypatch: pytest.MonkeyPatch, where: str, proxy: str
) -> None:
    """A malformed proxy is named with its setting, and without the password in it."""
    if where == "config":
        text = await mended_by(
            endpoint_url="http://rekognition.invalid/", config=AioConfig(proxies={"http": proxy})
        )
        assert "proxies of AioConfig" in text
    else:
        monkeypatch.setenv("HTTP_PROXY", proxy)
        text = await mended_by(endpoint_url="http://rekognition.invalid/")
        assert "HTTP_PROXY" in text
    assert proxy.rpartition("@")[2].partition("://")[2] in text
    assert "s3cret" not in text


async def test_https_on_a_plain_port_is_named(emulator: RekognitionEmulator) -> None:
    """An https:// address of a server that speaks plain HTTP is told apart from an outage."""
    text = await mended_by(endpoint_url=emulator.url.replace("http://", "https://"))
    assert f"endpoint_url 'https://127.0.0.1:{emulator.url.rpartition(':')[2]}" in text
    assert "does not speak TLS" in text


@pytest.mark.parametrize(
    "endpoint_url",
    [
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:x/",
        "http://ann:s3cret@127.0.0.1:x/",
        "127.0.0.1:80",
        "ftp://127.0.0.1/",
        "http://[::1",
        "http:///",
        "http://a b/",
    ],
)
@pytest.mark.parametrize("where", ["argument", "environment"])
async def test_an_endpoint_that_is_no_address_is_named(
    monkeypatch: pytest.MonkeyPatch, endpoint_url: str, where: str
) -> None:
    """A malformed endpoint is an error of the setting that gave it."""
    if where == "argument":
        text = await mended_by(endpoint_url=endpoint_url)
    else:
        monkeypatch.setenv("AWS_ENDPOINT_URL_REKOGNITION", endpoint_url)
        text = await mended_by()
        assert "AWS_ENDPOINT_URL_REKOGNITION" in text
    assert "endpoint_url" in text
    assert endpoint_url.rpartition("@")[2] in text
    assert "s3cret" not in text


class NoNames(AbstractResolver):
    """Knows no host, as DNS knows none of a region that does not exist."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def close(self) -> None:
        pass


async def test_a_region_that_is_not_found_is_named_with_those_near_it() -> None:
    """A region that botocore does not know, and no host has, is told at once with others."""
    names = NoNames()
    config = AioConfig(connector_args={"resolver": names})
    text = await mended_by("us-esat-1", config=config)
    assert "'us-esat-1'" in text
    near, known = text.split("did you mean")[1].split("? botocore knows of")
    assert "us-east-1" in near
    assert "ap-northeast-1" in known
    assert names.asked == ["rekognition.us-esat-1.amazonaws.com"]


async def test_a_known_region_that_is_not_found_may_be_found_later() -> None:
    """A name server that is out is no matter of configuration: the policy repeats."""
    names = NoNames()
    clock = FakeClock()
    config = AioConfig(connector_args={"resolver": names})
    error = await failure_of(clock, "us-east-1", config=config)
    assert isinstance(error, TransportError)
    assert error.attempts == len(names.asked) == 8


@pytest.mark.parametrize("region", ["mars", "us east 1", "eu_west_1", "US-EAST-1"])
async def test_a_region_that_cannot_be_is_named_at_once(region: str) -> None:
    """A name that no region can have is refused when the client opens."""
    with pytest.raises(ConfigurationError, match=r"region_name .*Rekognition") as raised:
        await RekognitionClient(region).open()
    assert repr(region) in str(raised.value)


async def test_any_region_goes_with_an_endpoint(emulator: RekognitionEmulator) -> None:
    """An endpoint of the caller's own may have regions that AWS has not."""
    options = {**emulator.client_options, "region_name": "mars"}
    async with RekognitionClient(**options) as client:  # type: ignore[arg-type] # a TypedDict no more
        await client.list_collections()


DEEP = b'{"a":' * 200_000
UTF_16 = json.dumps({"__type": "AccessDeniedException", "Message": "s3cret"}).encode("utf-16")


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("body", [DEEP, b"[" * 200_000, UTF_16, b"\xef\xbb\xbf{}", b"\xff"])
async def test_an_error_that_is_no_document_is_its_status(
    emulator: RekognitionEmulator, body: bytes, *, wrapped: bool
) -> None:
    """A 400 whose body nobody can read is an error with that status, in one attempt."""
    emulator.faults.add(FaultRule("*", Fault.http(400, body=body)))
    async with get_session().create_client("rekognition", **emulator.client_options) as raw:
        client = (
            RekognitionClient.from_aiobotocore(raw)
            if wrapped
            else RekognitionClient(**emulator.client_options)
        )
        async with client:
            with pytest.raises(UnmodeledServiceError) as raised:
                await client.list_collections()
    assert raised.value.http_status_code == 400
    assert "s3cret" not in str(raised.value)
    assert len(emulator.requests) == 1


@pytest.mark.parametrize("body", [DEEP, b"[" * 200_000, UTF_16])
async def test_an_answer_that_nobody_can_read_is_asked_for_again(
    emulator: RekognitionEmulator, body: bytes
) -> None:
    """A 200 of the same kinds is an answer that was broken on its way."""
    emulator.faults.add(FaultRule("*", Fault.http(200, body=body), calls=1))
    async with RekognitionClient(**emulator.client_options, retry=patient(FakeClock())) as client:
        assert (await client.list_collections()).metadata.retry_attempts == 1


@pytest.mark.parametrize("event", ["before-call", "before-sign", "before-send", "after-call"])
async def test_what_a_hook_raises_is_its_own(emulator: RekognitionEmulator, event: str) -> None:
    """An exception of the user's own hook reaches the user as it is."""

    def hook(**_: object) -> None:
        raise ZeroDivisionError("the hook's own")

    session = AioSession()
    session.register(f"{event}.rekognition", hook)
    async with RekognitionClient(**emulator.client_options, session=session) as client:
        with pytest.raises(ZeroDivisionError, match="the hook's own"):
            await client.list_collections()


async def test_what_botocore_trips_over_in_a_wrapped_client_is_told(
    emulator: RekognitionEmulator,
) -> None:
    """A wrapped client with an endpoint that is none fails as one of our own does."""
    options = {**emulator.client_options, "endpoint_url": "http://127.0.0.1:99999/"}
    async with get_session().create_client("rekognition", **options) as raw:
        with pytest.raises(ConfigurationError, match=r"endpoint_url .*99999"):
            await RekognitionClient.from_aiobotocore(raw).list_collections()


async def test_what_a_clock_raises_is_its_own(emulator: RekognitionEmulator) -> None:
    """So does an exception of a clock that the user handed in."""

    class Broken(FakeClock):
        async def sleep(self, seconds: float) -> None:
            raise ZeroDivisionError("the clock's own")

    emulator.faults.add(FaultRule("*", Fault.throttle()))
    async with RekognitionClient(**emulator.client_options, retry=patient(Broken())) as client:
        with pytest.raises(ZeroDivisionError, match="the clock's own"):
            await client.list_collections()
