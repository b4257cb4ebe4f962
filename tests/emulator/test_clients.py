"""Clients of an emulator on a machine that is set up for the rest of the world."""

import os
from pathlib import Path

import boto3
import pytest
from aiobotocore.config import AioConfig

from rekognition_async import ConfigurationError, RekognitionClient, RetryPolicy, TransportError
from rekognition_async.emulator import Credential, RekognitionEmulator


@pytest.fixture
def developers_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A proxy that is not there, a profile with a broken endpoint, and a bundle of certificates."""
    config = tmp_path / "config"
    config.write_text("[profile corp]\nendpoint_url = http://127.0.0.1:1\nca_bundle = /none.pem\n")
    for name, value in {
        "HTTP_PROXY": "http://127.0.0.1:1",
        "http_proxy": "http://127.0.0.1:1",
        "AWS_CONFIG_FILE": str(config),
        "AWS_PROFILE": "corp",
        "AWS_CA_BUNDLE": "/no/such/bundle.pem",
        "AWS_REGION": "eu-west-1",
        "AWS_SESSION_TOKEN": "mine",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("profile", ["corp", "none"])
@pytest.mark.usefixtures("developers_machine")
async def test_an_emulator_is_reached_directly(
    emulator: RekognitionEmulator, monkeypatch: pytest.MonkeyPatch, profile: str
) -> None:
    """A client with the emulator's options speaks to it at once, by its keys."""
    monkeypatch.setenv("AWS_PROFILE", profile)
    options = emulator.client_options
    async with RekognitionClient(**options, retry=RetryPolicy(max_attempts=1)) as client:
        await client.list_collections()
    assert emulator.requests[-1].status == 200
    assert emulator.requests[-1].region_name == "us-east-1"


@pytest.mark.usefixtures("developers_machine")
async def test_what_the_client_is_given_still_counts(emulator: RekognitionEmulator) -> None:
    """A proxy or a profile that is an argument is used; so is the environment's without keys."""
    options = emulator.client_options
    once = RetryPolicy(max_attempts=1)
    proxied = AioConfig(proxies={"http": "http://127.0.0.1:1"})
    async with RekognitionClient(**options, config=proxied, retry=once) as client:
        with pytest.raises(TransportError):
            await client.list_collections()
    with pytest.raises(ConfigurationError, match="other"):
        await RekognitionClient(**options, profile_name="other").open()
    async with RekognitionClient(endpoint_url=emulator.url, retry=once) as client:
        with pytest.raises((TransportError, ConfigurationError)):
            await client.list_collections()
    assert len(emulator.requests) == 0


async def test_the_options_have_the_token_of_temporary_credentials() -> None:
    """An emulator that wants a session token gives it to its own clients."""
    credentials = {"AKIDTEMPORARY": Credential("secret", session_token="token")}
    async with RekognitionEmulator(credentials=credentials) as emulator:
        async with RekognitionClient(**emulator.client_options) as client:
            assert (await client.list_collections()).collections == ()
        assert emulator.environment["AWS_SESSION_TOKEN"] == "token"


@pytest.mark.usefixtures("developers_machine")
def test_the_environment_is_enough_for_boto3(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client without any argument reaches the emulator, in its region and by its key."""
    # What tests before this one made of their own environments.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("NO_PROXY", "corp.example")
    with RekognitionEmulator(region_name="sa-east-1") as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        client = boto3.client("rekognition")
        assert client.list_collections()["CollectionIds"] == []
        client.close()
        assert emulator.requests[-1].region_name == "sa-east-1"
        assert os.environ["no_proxy"] == "corp.example,127.0.0.1"
        monkeypatch.setenv("no_proxy", "*")
        assert emulator.environment["NO_PROXY"] == "*"


async def test_the_environment_names_the_certificate(emulator: RekognitionEmulator) -> None:
    """With TLS clients trust the emulator by AWS_CA_BUNDLE, and without there is none."""
    assert "AWS_CA_BUNDLE" not in emulator.environment
    async with RekognitionEmulator(tls=True) as secure:
        assert secure.environment["AWS_CA_BUNDLE"] == str(secure.certificate)
