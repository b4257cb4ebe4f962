"""TLS with a certificate of the emulator's own."""

import asyncio
import json
import os
import ssl
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from rekognition_async import RekognitionClient, RetryPolicy, TransportError
from rekognition_async.emulator import Fault, FaultRule, RekognitionEmulator


async def test_a_client_that_trusts_the_certificate_is_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """RekognitionClient takes the certificate from AWS_CA_BUNDLE, and keeps its connection."""
    async with RekognitionEmulator(tls=True) as emulator:
        assert emulator.url.startswith("https://127.0.0.1:")
        monkeypatch.setenv("AWS_CA_BUNDLE", str(emulator.certificate))
        emulator.seed(collections=3)
        async with RekognitionClient(**emulator.client_options) as client:
            assert len(await client.iter_collections(page_size=1).collect()) == 3
        assert {request.connection_id for request in emulator.requests} == {1}


async def test_a_client_that_does_not_trust_it_refuses() -> None:
    """The certificate is nobody's that a client knows, and no request arrives without it."""
    async with RekognitionEmulator(tls=True) as emulator:
        async with RekognitionClient(**emulator.client_options, retry=RetryPolicy(1)) as client:
            with pytest.raises(TransportError, match="CERTIFICATE_VERIFY_FAILED"):
                await client.list_collections()
        assert len(emulator.requests) == 0


async def test_boto3_takes_it_as_verify() -> None:
    """boto3 is told by its argument, and meets faults over TLS as well."""
    async with RekognitionEmulator(tls=True) as emulator:
        emulator.faults.add(FaultRule("ListCollections", Fault.reset(), calls=1))
        emulator.seed(collections=["a"])

        def use() -> Any:
            client = boto3.client(
                "rekognition", **emulator.client_options, verify=str(emulator.certificate)
            )
            return client.list_collections()["CollectionIds"]

        assert await asyncio.to_thread(use) == ["a"]
        assert [request.fault for request in emulator.requests] == ["reset", None]


async def test_the_aws_cli_takes_it_from_the_environment() -> None:
    """The AWS CLI is told by AWS_CA_BUNDLE."""
    async with RekognitionEmulator(tls=True) as emulator:
        emulator.seed(collections=["a"])
        options = emulator.client_options
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "awscli", "rekognition", "list-collections"),
            *("--endpoint-url", emulator.url, "--output", "json"),
            env=os.environ
            | {
                "AWS_CA_BUNDLE": str(emulator.certificate),
                "AWS_ACCESS_KEY_ID": options["aws_access_key_id"],
                "AWS_SECRET_ACCESS_KEY": options["aws_secret_access_key"],
                "AWS_DEFAULT_REGION": options["region_name"],
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await process.communicate()
        process._transport.close()  # type: ignore[attr-defined] # asyncio offers no other way
        assert (process.returncode, errors) == (0, b"")
        assert json.loads(output)["CollectionIds"] == ["a"]


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
async def test_it_is_good_for_the_names_of_this_machine(name: str) -> None:
    """A client may call the emulator by any name that means the loopback."""
    async with RekognitionEmulator(tls=True) as emulator:
        context = ssl.create_default_context(cafile=str(emulator.certificate))
        port = urlsplit(emulator.url).port
        _, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=context, server_hostname=name
        )
        writer.close()
        await writer.wait_closed()


async def test_the_certificate_goes_with_the_emulator() -> None:
    """The file is there while it runs, and another one each time; without TLS there is none."""
    emulator = RekognitionEmulator(tls=True)
    contents = set[bytes]()
    for _ in range(2):
        async with emulator:
            assert isinstance(emulator.certificate, Path)
            path = emulator.certificate
            contents.add(path.read_bytes())
        assert not path.exists()
        assert not path.parent.exists()
    assert len(contents) == 2
    async with RekognitionEmulator() as plain:
        assert plain.certificate is None


async def test_without_its_package_tls_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The extra is optional, and its absence is told."""
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(RuntimeError, match=r"rekognition-async\[emulator\]"):
        await RekognitionEmulator(tls=True).start()


async def test_a_client_that_speaks_no_tls_hurts_nobody() -> None:
    """Plain HTTP to the TLS port ends its own connection, and nothing is logged."""
    async with RekognitionEmulator(tls=True) as emulator:
        address = urlsplit(emulator.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.read()
        writer.close()
        context = ssl.create_default_context(cafile=str(emulator.certificate))
        reader, writer = await asyncio.open_connection(
            address.hostname, address.port, ssl=context, server_hostname="localhost"
        )
        writer.write(b"GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200 OK" in await reader.readuntil(b"}")
        writer.close()
        await writer.wait_closed()
