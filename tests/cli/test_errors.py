"""Whatever goes wrong outside, a command ends with one line that names what to mend."""

import asyncio
import hashlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from rekognition_async.emulator import RekognitionEmulator

ROLE = "arn:aws:iam::123456789012:role/faces"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDTESTS", "AWS_SECRET_ACCESS_KEY": "not-a-secret"}
START_URL = "https://nowhere.invalid/start"


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int | None
    errors: str


async def list_collections(*options: str, **environment: str) -> Outcome:
    """Runs ``collections list`` where no terminal is, with nothing of AWS's but this."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "rekognition_async", "collections", "list"),
        *("--max-attempts", "1", *options),
        env={**inherited, "AWS_DEFAULT_REGION": "us-east-1", **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # Without a terminal to ask on, wherever the tests run.
        start_new_session=True,
    )
    output, errors = await process.communicate()
    # The transport closes in the loop's next rounds, and warns if the loop is gone by then.
    process._transport.close()  # type: ignore[attr-defined] # asyncio offers no other way
    assert output == b""
    return Outcome(process.returncode, errors.decode())


def configure(tmp_path: Path, **settings: object) -> None:
    """Writes the default profile."""
    lines = "\n".join(f"{name} = {value}" for name, value in settings.items())
    (tmp_path / "aws-config").write_text(f"[default]\n{lines}\n")


def helper(tmp_path: Path, code: str) -> str:
    """A program for credential_process."""
    path = tmp_path / "helper.py"
    path.write_text(code)
    return f"{sys.executable} {path}"


PROCESSES = {
    "missing": None,
    "a list": "print('[]')",
    "text": "print('hello')",
    "an error": "import sys; sys.exit('log in\\nfirst')",
}


@pytest.mark.parametrize("process", PROCESSES)
async def test_a_helper_that_gives_no_credentials(
    emulator: RekognitionEmulator, tmp_path: Path, process: str
) -> None:
    """A credential_process that fails is one line, and the exit code of a wrong configuration."""
    code = PROCESSES[process]
    command = "/nowhere/helper" if code is None else helper(tmp_path, code)
    configure(tmp_path, credential_process=command)
    outcome = await list_collections(AWS_ENDPOINT_URL_REKOGNITION=emulator.url)
    assert len(outcome.errors.splitlines()) == 1
    assert "credential_process of profile 'default'" in outcome.errors
    assert outcome.code == 2


PROFILES: dict[str, dict[str, str]] = {
    "a web identity without its token": {
        "role_arn": ROLE,
        "web_identity_token_file": "/nowhere/token",
    },
    "MFA without a terminal": {
        "role_arn": ROLE,
        "credential_source": "Environment",
        "mfa_serial": "arn:aws:iam::123456789012:mfa/ann",
    },
    "an SSO cache cut short": {
        "sso_start_url": START_URL,
        "sso_region": "us-east-1",
        "sso_account_id": "123456789012",
        "sso_role_name": "faces",
    },
}


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_profile_that_gives_no_credentials(
    emulator: RekognitionEmulator, tmp_path: Path, profile: str
) -> None:
    """So is a profile whose settings lead to nothing."""
    settings = PROFILES[profile]
    configure(tmp_path, **settings)
    cache = tmp_path / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    name = hashlib.sha1(START_URL.encode()).hexdigest()  # noqa: S324 - as AWS's tools name it
    (cache / f"{name}.json").write_text(json.dumps({"expiresAt": "2999-01-01T00:00:00Z"}))
    outcome = await list_collections(
        *("--profile", "default"),
        AWS_ENDPOINT_URL_REKOGNITION=emulator.url,
        HOME=str(tmp_path),
        # The source of the role that wants MFA.
        **(KEYS if "mfa_serial" in settings else {}),
    )
    assert len(outcome.errors.splitlines()) == 1
    for setting in settings:
        if setting not in {"sso_region", "sso_account_id", "sso_role_name"}:
            assert setting in outcome.errors
    assert "of profile 'default'" in outcome.errors
    assert outcome.code == 2


async def test_sts_behind_a_proxy_that_answers_html(
    emulator: RekognitionEmulator, tmp_path: Path
) -> None:
    """A role that cannot be assumed for the moment is the exit code of a service that failed."""

    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(text="<html><p>s3cret", content_type="text/html")

    token = tmp_path / "token"
    token.write_text("identity")
    configure(tmp_path, role_arn=ROLE, web_identity_token_file=token)
    async with RawTestServer(answer) as server:
        outcome = await list_collections(
            AWS_ENDPOINT_URL_REKOGNITION=emulator.url,
            AWS_ENDPOINT_URL_STS=str(server.make_url("/")),
        )
    assert len(outcome.errors.splitlines()) == 1
    assert "s3cret" not in outcome.errors
    assert outcome.code == 1


SETTINGS = {
    "no credentials": ({}, "no credentials"),
    "a port that is none": (
        {"AWS_ENDPOINT_URL_REKOGNITION": "http://127.0.0.1:99999/"},
        "AWS_ENDPOINT_URL_REKOGNITION",
    ),
    "a CA bundle that is none": ({"AWS_CA_BUNDLE": "/nowhere/ca.pem"}, "AWS_CA_BUNDLE '/nowhere"),
    "a region that is none": ({"AWS_DEFAULT_REGION": "mars"}, "region_name 'mars'"),
    "a container's token that is missing": (
        {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9/",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/nowhere/token",
        },
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    ),
}


@pytest.mark.parametrize("setting", SETTINGS)
async def test_a_variable_that_is_wrong(emulator: RekognitionEmulator, setting: str) -> None:
    """A variable of the environment that cannot work is named in one line."""
    environment, named = SETTINGS[setting]
    if setting != "a region that is none":
        environment = {
            "AWS_ENDPOINT_URL_REKOGNITION": emulator.url.replace("http:", "https:")
            if "CA" in setting
            else emulator.url,
            **environment,
        }
    if setting.startswith(("a port", "a CA", "a region")):
        environment = {**environment, **KEYS}
    outcome = await list_collections(**environment)
    assert len(outcome.errors.splitlines()) == 1
    assert named in outcome.errors
    assert outcome.code == 2
