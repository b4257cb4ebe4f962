"""Where credentials come from fails, is slow, is late, or gives what the service refuses."""

import asyncio
import json
import os
import sys
import traceback
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiobotocore.session import AioSession
from aiohttp import web
from aiohttp.test_utils import RawTestServer
from botocore.exceptions import ClientError
from botocore.utils import ContainerMetadataFetcher
from support import FakeClock, names, patient

from rekognition_async import (
    ConfigurationError,
    RekognitionClient,
    RekognitionError,
    RetryDetails,
    ServiceError,
    TransportError,
)
from rekognition_async.emulator import Credential, Fault, FaultRule, RekognitionEmulator

ROLE = "arn:aws:iam::123456789012:role/faces"
SECRET = "of-the-role"
ASSUMED = """<AssumeRole{kind}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRole{kind}Result><Credentials><AccessKeyId>{key}</AccessKeyId>
<SecretAccessKey>of-the-role</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>{expiration}</Expiration></Credentials></AssumeRole{kind}Result>
</AssumeRole{kind}Response>"""
STS_ERROR = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>
<Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"""

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but what a test says has credentials."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")


@pytest.fixture
async def roles() -> AsyncGenerator[RekognitionEmulator]:
    """An emulator that knows the keys of two terms of a role."""
    credential = Credential(SECRET, "123456789012", session_token="token")
    keys = {f"ASIAROLE{term}": credential for term in (1, 2)}
    async with RekognitionEmulator(credentials=keys, page_size=2) as emulator:
        emulator.seed(collections=names(6))
        yield emulator


@dataclass
class Config:
    """The files of AWS's configuration."""

    folder: Path

    def profile(self, name: str = "team", **settings: object) -> None:
        """Adds a profile."""
        lines = [f"[profile {name}]", *(f"{key} = {value}" for key, value in settings.items())]
        with (self.folder / "aws-config").open("a") as file:
            file.write("\n".join(lines) + "\n")

    def token(self) -> Path:
        """The file of a web identity."""
        path = self.folder / "token"
        path.write_text("identity")
        return path

    def helper(self, code: str, name: str = "helper.py") -> str:
        """A program for credential_process: how to start it."""
        path = self.folder / name
        path.write_text(f"import json, os, sys, time\n{code}\n")
        return f"{sys.executable} {path}"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """AWS's configuration, empty."""
    return Config(tmp_path)


def keys(term: int, expiration: str | None = "2999-01-01T00:00:00Z") -> dict[str, object]:
    """What a credential_process prints."""
    document: dict[str, object] = {
        "Version": 1,
        "AccessKeyId": f"ASIAROLE{term}",
        "SecretAccessKey": SECRET,
        "SessionToken": "token",
    }
    return document if expiration is None else {**document, "Expiration": expiration}


def soon(**time: float) -> str:
    """A time that is near, in AWS's form."""
    return f"{datetime.now(UTC) + timedelta(**time):%Y-%m-%dT%H:%M:%SZ}"


@dataclass
class Sts:
    """A scripted STS."""

    url: str = ""
    asked: int = 0
    answers: list[tuple[int, str]] = field(default_factory=list)


@pytest.fixture
async def sts(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Sts]:
    """STS, that gives a role's keys, the terms in turn, unless it has other answers to give."""
    script = Sts()

    async def answer(request: web.BaseRequest) -> web.Response:
        action = str((await request.post())["Action"])
        script.asked += 1
        if script.answers:
            status, body = script.answers.pop(0)
            return web.Response(status=status, text=body, content_type="text/xml")
        text = ASSUMED.format(
            kind=action.removeprefix("AssumeRole"),
            key=f"ASIAROLE{min(script.asked, 2)}",
            expiration="2999-01-01T00:00:00Z",
        )
        return web.Response(text=text, content_type="text/xml")

    async with RawTestServer(answer) as server:
        script.url = str(server.make_url("/"))
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", script.url)
        yield script


def client_of(
    emulator: RekognitionEmulator, profile_name: str | None = "team", max_attempts: int = 8
) -> RekognitionClient:
    """A client that has its credentials from a profile."""
    return RekognitionClient(
        "us-east-1",
        endpoint_url=emulator.url,
        profile_name=profile_name,
        retry=patient(FakeClock(), max_attempts),
    )


async def failure_of(client: RekognitionClient) -> RekognitionError:
    """What opening a client, or a call of it, ends with."""
    with pytest.raises(RekognitionError) as raised:
        async with client:
            await client.list_collections()
    return raised.value


PROCESSES = {
    "missing": ("/nowhere/helper", "No such file or directory: '/nowhere/helper'"),
    "a list": ("print('[]')", "AttributeError"),
    "text": ("print('hello s3cret')", "JSONDecodeError"),
    "nothing": ("", "JSONDecodeError"),
    "bytes": ("sys.stdout.buffer.write(b'\\xff\\xfe')", "UnicodeDecodeError"),
    "no keys": ("print('{\"Version\": 1}')", "Missing required key"),
    "a time that is none": (
        f"print(json.dumps({keys(1, 's3cret')!r}))",
        "ParserError",
    ),
    "an error": ("sys.exit('log in first')", "log in first"),
}


@pytest.mark.parametrize("process", PROCESSES)
async def test_a_helper_that_gives_no_credentials_is_named(
    emulator: RekognitionEmulator, config: Config, process: str
) -> None:
    """Whatever goes wrong with a credential_process, profile, setting and file are in the text."""
    command, problem = PROCESSES[process]
    if not command.startswith("/"):
        command = config.helper(command)
    config.profile(credential_process=command)
    error = await failure_of(client_of(emulator))
    assert type(error) is ConfigurationError
    assert "credential_process of profile 'team'" in str(error)
    assert str(config.folder / "aws-config") in str(error)
    assert problem in str(error)
    assert "s3cret" not in str(error)
    assert error.__cause__ is not None


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such bit")
async def test_a_helper_that_may_not_be_run_is_named(
    emulator: RekognitionEmulator, config: Config
) -> None:
    """A credential_process without the right to execute says so, with its path."""
    helper = config.folder / "helper"
    helper.write_text("#!/bin/sh\n")
    config.profile(credential_process=helper)
    error = await failure_of(client_of(emulator))
    assert isinstance(error, ConfigurationError)
    assert f"Permission denied: {str(helper)!r}" in str(error)
    assert isinstance(error.__cause__, PermissionError)


async def test_a_web_identity_without_its_token_is_named(
    emulator: RekognitionEmulator, config: Config, sts: Sts
) -> None:
    """A web identity token file that is not there is named with setting and path."""
    config.profile(role_arn=ROLE, web_identity_token_file="/nowhere/token")
    error = await failure_of(client_of(emulator))
    assert isinstance(error, ConfigurationError)
    assert "web_identity_token_file of profile 'team'" in str(error)
    assert "No such file or directory: '/nowhere/token'" in str(error)
    assert sts.asked == 0


async def test_a_container_without_its_token_is_named(
    emulator: RekognitionEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container's authorization token file that is not there is named with its variable."""
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/nowhere/token")
    error = await failure_of(client_of(emulator, None))
    assert isinstance(error, ConfigurationError)
    assert "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE" in str(error)
    assert "No such file or directory: '/nowhere/token'" in str(error)


async def test_a_role_of_a_profile_names_both(
    emulator: RekognitionEmulator, config: Config, sts: Sts
) -> None:
    """Where a role's source profile fails, the settings of both profiles are named."""
    config.profile("base", credential_process="/nowhere/helper")
    config.profile(role_arn=ROLE, source_profile="base")
    error = await failure_of(client_of(emulator))
    assert isinstance(error, ConfigurationError)
    assert "role_arn of profile 'team', credential_process of profile 'base'" in str(error)
    assert sts.asked == 0


async def test_a_refresh_that_fails_leaves_a_listing_with_its_checkpoint(
    roles: RekognitionEmulator, config: Config
) -> None:
    """Credentials that cannot be refreshed in mid-listing say so, and the listing goes on later."""
    state = config.folder / "keys.json"
    # So near their end that each use refreshes them.
    state.write_text(json.dumps(keys(1, soon(minutes=5))))
    command = config.helper(f"print(open({str(state)!r}).read())")
    config.profile(credential_process=command)
    async with client_of(roles) as client:
        listing = client.iter_collections()
        seen = [(await anext(listing)).collection_id]
        seen.append((await anext(listing)).collection_id)
        state.unlink()
        with pytest.raises(ConfigurationError, match="credential_process of profile") as raised:
            await anext(listing)
        checkpoint = raised.value.checkpoint
        assert checkpoint is not None
        state.write_text(json.dumps(keys(2)))
        seen += [coll.collection_id async for coll in client.iter_collections(resume=checkpoint)]
    assert seen == names(6)


TROUBLES = {
    "Throttling": (400, STS_ERROR.format(code="Throttling"), ServiceError),
    "503": (503, STS_ERROR.format(code="ServiceUnavailable"), ServiceError),
    "a proxy's page": (200, "<html><p>s3cret", TransportError),
    "a proxy's error page": (502, "<html><p>s3cret", RekognitionError),
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_a_role_is_assumed_again_where_sts_is_in_trouble(
    roles: RekognitionEmulator, config: Config, sts: Sts, trouble: str
) -> None:
    """The policy repeats AssumeRole past what passes, and the call then goes out."""
    status, body, _ = TROUBLES[trouble]
    sts.answers = [(status, body)] * 3
    config.profile(role_arn=ROLE, web_identity_token_file=config.token())
    told: list[RetryDetails] = []
    clock = FakeClock()
    client = RekognitionClient(
        "us-east-1",
        endpoint_url=roles.url,
        profile_name="team",
        retry=patient(clock, on_retry=told.append),
    )
    async with client:
        await client.list_collections()
    assert sts.asked == 4
    assert len(roles.requests) == 1
    assert [(details.operation, details.attempt) for details in told] == [
        ("ListCollections", attempt) for attempt in (1, 2, 3)
    ]
    assert [details.delay for details in told] == clock.slept


async def test_a_deadline_counts_for_credentials_too(
    roles: RekognitionEmulator, config: Config, sts: Sts
) -> None:
    """Where the next attempt at a role would pass the call's deadline, its error comes at once."""
    sts.answers = [(503, STS_ERROR.format(code="ServiceUnavailable"))] * 9
    config.profile(role_arn=ROLE, web_identity_token_file=config.token())
    async with client_of(roles) as client:
        with pytest.raises(ServiceError, match="AssumeRoleWithWebIdentity"):
            await client.with_options(deadline=0.5).list_collections()
    assert sts.asked == 2


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_sts_in_trouble_is_not_called_misconfiguration(
    roles: RekognitionEmulator,
    config: Config,
    sts: Sts,
    trouble: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Past the policy, STS's trouble is an error that the README's resume loop catches."""
    status, body, kind = TROUBLES[trouble]
    sts.answers = [(status, body)] * 9
    config.profile(role_arn=ROLE, web_identity_token_file=config.token())
    async with client_of(roles, max_attempts=3) as client:
        listing = client.iter_collections()
        with pytest.raises((ServiceError, TransportError)) as raised:
            await anext(listing)
    assert isinstance(raised.value, kind)
    assert raised.value.checkpoint is not None
    assert "s3cret" not in "".join(traceback.format_exception(raised.value))
    assert "s3cret" not in caplog.text
    assert sts.asked == 3


async def test_sts_out_of_reach_is_a_transport_error(
    roles: RekognitionEmulator,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
    unused_tcp_port: int,
) -> None:
    """A role that cannot be assumed for want of a connection is no matter of configuration."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{unused_tcp_port}/")
    config.profile(role_arn=ROLE, web_identity_token_file=config.token())
    error = await failure_of(client_of(roles, max_attempts=2))
    assert isinstance(error, TransportError)
    assert "role_arn, web_identity_token_file of profile 'team'" in str(error)


async def test_a_role_that_may_not_be_assumed_is_misconfiguration(
    roles: RekognitionEmulator, config: Config, sts: Sts
) -> None:
    """AccessDenied of AssumeRole is final, asked for once, and names role and profile."""
    sts.answers = [(403, STS_ERROR.format(code="AccessDenied"))]
    config.profile(role_arn=ROLE, web_identity_token_file=config.token())
    error = await failure_of(client_of(roles))
    assert isinstance(error, ConfigurationError)
    assert "AccessDenied" in str(error)
    assert "of profile 'team'" in str(error)
    assert sts.asked == 1


@pytest.mark.parametrize("code", ["ExpiredTokenException", "UnrecognizedClientException"])
async def test_refused_credentials_are_replaced_once(config: Config, sts: Sts, code: str) -> None:
    """Keys that the service refuses are given up, and this and later clients have others."""
    config.profile(role_arn=ROLE, web_identity_token_file=config.token())
    credential = Credential(SECRET, "123456789012", session_token="token")
    async with RekognitionEmulator(credentials={"ASIAROLE2": credential}) as emulator:
        # The first keys are unknown, and the fault comes before anybody looks at them.
        emulator.faults.add(FaultRule("*", Fault.error(code), calls=1))
        async with client_of(emulator) as client:
            page = await client.list_collections()
            assert page.metadata.retry_attempts == 1
            assert (await client.list_collections()).metadata.retry_attempts == 0
        async with client_of(emulator) as client:
            assert (await client.list_collections()).metadata.retry_attempts == 0
    assert sts.asked == 2


async def test_calls_that_are_refused_side_by_side_replace_credentials_once(
    config: Config, sts: Sts
) -> None:
    """Twenty calls that are refused together ask for one other set of keys."""
    config.profile(role_arn=ROLE, web_identity_token_file=config.token())
    credential = Credential(SECRET, "123456789012", session_token="token")
    async with (
        RekognitionEmulator(credentials={"ASIAROLE2": credential}) as emulator,
        client_of(emulator) as client,
    ):
        await asyncio.gather(*(client.list_collections() for _ in range(20)))
    assert sts.asked == 2


async def test_refused_credentials_of_a_session_are_refreshed(
    roles: RekognitionEmulator, config: Config
) -> None:
    """The keys of the user's own session refresh themselves when the service refuses them."""
    state = config.folder / "keys.json"
    state.write_text(json.dumps({**keys(2), "AccessKeyId": "ASIADEAD"}))
    config.profile(credential_process=config.helper(f"print(open({str(state)!r}).read())"))
    session = AioSession(profile="team")
    async with RekognitionClient("us-east-1", endpoint_url=roles.url, session=session) as client:
        state.write_text(json.dumps(keys(2)))
        await client.list_collections()
    assert len(roles.requests) == 2


async def test_refused_credentials_of_a_wrapped_client_are_refreshed(
    roles: RekognitionEmulator, config: Config
) -> None:
    """So do those of a client that is only wrapped."""
    state = config.folder / "keys.json"
    state.write_text(json.dumps({**keys(2), "AccessKeyId": "ASIADEAD"}))
    config.profile(credential_process=config.helper(f"print(open({str(state)!r}).read())"))
    session = AioSession(profile="team")
    async with session.create_client("rekognition", "us-east-1", endpoint_url=roles.url) as raw:
        state.write_text(json.dumps(keys(2)))
        await RekognitionClient.from_aiobotocore(raw).list_collections()
    assert len(roles.requests) == 2


async def test_without_others_refused_credentials_are_sent_once(
    roles: RekognitionEmulator, config: Config
) -> None:
    """A source that goes on giving the keys that were refused leaves the service's own error."""
    document = {**keys(1), "AccessKeyId": "ASIADEAD"}
    config.profile(credential_process=config.helper(f"print(json.dumps({document!r}))"))
    error = await failure_of(client_of(roles))
    assert isinstance(error, ServiceError)
    assert error.code == "UnrecognizedClientException"
    assert len(roles.requests) == 1


async def test_one_attempt_stays_one_and_the_next_call_has_other_credentials(
    roles: RekognitionEmulator, config: Config
) -> None:
    """A policy without retries sends once, and what was refused is not used again."""
    state = config.folder / "keys.json"
    state.write_text(json.dumps({**keys(2), "AccessKeyId": "ASIADEAD"}))
    config.profile(credential_process=config.helper(f"print(open({str(state)!r}).read())"))
    async with client_of(roles, max_attempts=1) as client:
        state.write_text(json.dumps(keys(2)))
        with pytest.raises(ServiceError):
            await client.list_collections()
        assert len(roles.requests) == 1
        await client.list_collections()


async def test_a_missed_metadata_answer_is_asked_for_again(
    roles: RekognitionEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that opens while the metadata service is out has credentials when it is back."""
    up = False

    async def answer(request: web.BaseRequest) -> web.Response:
        if not up:
            return web.Response(status=503)
        if request.method == "PUT":
            return web.Response(text="token")
        if request.path.endswith("/security-credentials/"):
            return web.Response(text="role")
        document = {**keys(1), "Token": "token", "Code": "Success"}
        return web.json_response(document)

    async with RawTestServer(answer) as server:
        monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", str(server.make_url("/")))
        async with client_of(roles, None) as client:
            with pytest.raises(ConfigurationError, match="no credentials"):
                await client.list_collections()
            up = True
            await client.list_collections()
    assert len(roles.requests) == 1


def written_by(marker: Path) -> str:
    """What a helper has written so far."""
    return marker.read_text() if marker.exists() else ""


async def started(marker: Path) -> int:
    """The process id that a helper writes when it runs."""
    while not written_by(marker):
        await asyncio.sleep(0)
    return int(written_by(marker))


def endless(config: Config, marker: Path) -> str:
    """A helper that writes its process id, and never ends by itself."""
    return config.helper(
        f"open({str(marker)!r}, 'w').write(str(os.getpid()))\n"
        "import signal\nsignal.sigwait([signal.SIGUSR1])",
        "endless.py",
    )


def is_running(process_id: int) -> bool:
    """Whether a child of this process is there."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
async def test_a_slow_helper_holds_up_nobody_else(
    roles: RekognitionEmulator, config: Config, tmp_path: Path
) -> None:
    """While the helper of one profile runs, a client of another opens and calls."""
    marker = tmp_path / "marker"
    config.profile("slow", credential_process=endless(config, marker))
    config.profile(credential_process=config.helper(f"print(json.dumps({keys(1)!r}))"))
    slow = asyncio.create_task(client_of(roles, "slow").open())
    await started(marker)
    async with asyncio.timeout(60), client_of(roles) as client:
        await client.list_collections()
    assert not slow.done()
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("through_a_role", [False, True])
async def test_a_cancelled_open_ends_the_helper(
    roles: RekognitionEmulator, config: Config, tmp_path: Path, *, through_a_role: bool
) -> None:
    """Whoever stops waiting for a credential_process leaves none running."""
    marker = tmp_path / "marker"
    config.profile("helped", credential_process=endless(config, marker))
    config.profile(role_arn=ROLE, source_profile="helped")
    opening = asyncio.create_task(client_of(roles, "team" if through_a_role else "helped").open())
    process_id = await started(marker)
    assert is_running(process_id)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert not is_running(process_id)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
async def test_a_cancelled_call_ends_the_helper(
    roles: RekognitionEmulator, config: Config, tmp_path: Path
) -> None:
    """So does a call that is cancelled while it refreshes its credentials."""
    marker, state = tmp_path / "marker", tmp_path / "keys.json"
    state.write_text(json.dumps(keys(1, soon(minutes=5))))
    command = config.helper(
        f"path = {str(state)!r}\n"
        "if os.path.exists(path):\n    print(open(path).read())\n    sys.exit()\n"
        f"open({str(marker)!r}, 'w').write(str(os.getpid()))\n"
        "import signal\nsignal.sigwait([signal.SIGUSR1])"
    )
    config.profile(credential_process=command)
    async with client_of(roles) as client:
        state.unlink()
        call = asyncio.create_task(client.list_collections())
        process_id = await started(marker)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert not is_running(process_id)


@pytest.mark.parametrize("where", ["argument", "environment"])
@pytest.mark.parametrize("name", ["aws_access_key_id", "aws_secret_access_key"])
async def test_a_key_with_a_line_break_is_named(
    emulator: RekognitionEmulator, monkeypatch: pytest.MonkeyPatch, where: str, name: str
) -> None:
    """A key that was read with the end of its line is refused at once, and not quoted."""
    given = {"aws_access_key_id": "AKIDTESTS", "aws_secret_access_key": "not-a-secret"}
    given[name] += "\n"
    clock = FakeClock()
    settings: dict[str, Any] = {}
    if where == "argument":
        settings = given
    else:
        for key, value in given.items():
            monkeypatch.setenv(key.upper(), value)
    client = RekognitionClient(
        "us-east-1", endpoint_url=emulator.url, retry=patient(clock), **settings
    )
    error = await failure_of(client)
    assert isinstance(error, ConfigurationError)
    assert f"{name} of " in str(error)
    assert "line break" in str(error)
    assert "not-a-secret" not in str(error)
    assert clock.slept == []
    assert len(emulator.requests) == 0


async def test_mfa_without_a_terminal_is_named(
    roles: RekognitionEmulator, config: Config, sts: Sts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A role that wants an MFA code says so where nobody can be asked for it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDTESTS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    config.profile(
        role_arn=ROLE,
        credential_source="Environment",
        mfa_serial="arn:aws:iam::123456789012:mfa/ann",
    )
    error = await failure_of(client_of(roles))
    assert isinstance(error, ConfigurationError)
    assert "mfa_serial of profile 'team'" in str(error)
    assert "no terminal to ask for the MFA code on" in str(error)
    assert sts.asked == 0


async def test_a_container_that_does_not_answer_is_a_transport_error(
    emulator: RekognitionEmulator, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    """A container's credentials that are out of reach are no matter of configuration."""
    monkeypatch.setattr(ContainerMetadataFetcher, "SLEEP_TIME", 0)
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://127.0.0.1:{unused_tcp_port}/")
    error = await failure_of(client_of(emulator, None))
    assert isinstance(error, TransportError)
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" in str(error)


@pytest.mark.parametrize(("status", "kind"), [(500, TransportError), (404, ConfigurationError)])
async def test_a_containers_refusal_is_what_its_status_says(
    emulator: RekognitionEmulator,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    kind: type[RekognitionError],
) -> None:
    """A metadata service in trouble may recover; one that has nothing there is not the one."""
    monkeypatch.setattr(ContainerMetadataFetcher, "SLEEP_TIME", 0)

    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(status=status, text="s3cret")

    async with RawTestServer(answer) as server:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", str(server.make_url("/")))
        error = await failure_of(client_of(emulator, None))
    assert type(error) is kind
    assert f"HTTP {status}" in str(error)
    assert "s3cret" not in str(error)


async def test_clients_that_wait_for_a_failure_share_it(
    emulator: RekognitionEmulator, config: Config
) -> None:
    """Twenty clients that open side by side run a helper that fails once, and all are told."""
    count = config.folder / "count"
    config.profile(
        credential_process=config.helper(f"open({str(count)!r}, 'a').write('x')\nsys.exit(3)")
    )
    results = await asyncio.gather(
        *(client_of(emulator).open() for _ in range(20)), return_exceptions=True
    )
    assert {type(result) for result in results} == {ConfigurationError}
    assert count.read_text() == "x"


async def test_a_session_of_the_users_without_credentials_is_named(
    emulator: RekognitionEmulator, config: Config
) -> None:
    """The settings of a session that was handed in are named like those of a profile."""
    config.profile(credential_process="/nowhere/helper")
    session = AioSession(profile="team")
    client = RekognitionClient("us-east-1", endpoint_url=emulator.url, session=session)
    error = await failure_of(client)
    assert isinstance(error, ConfigurationError)
    assert "credential_process of profile 'team'" in str(error)
    assert isinstance(error.__cause__, FileNotFoundError)


async def test_a_wrapped_clients_refresh_that_fails_is_told(
    roles: RekognitionEmulator, config: Config
) -> None:
    """What stops a wrapped client from signing is a ConfigurationError with the file and cause."""
    config.profile(role_arn=ROLE, web_identity_token_file="/nowhere/token")
    session = AioSession(profile="team")
    async with session.create_client("rekognition", "us-east-1", endpoint_url=roles.url) as raw:
        with pytest.raises(ConfigurationError, match="/nowhere/token") as raised:
            await RekognitionClient.from_aiobotocore(raw).list_collections()
    assert isinstance(raised.value.__cause__, FileNotFoundError)


async def test_a_configuration_that_nobody_can_read_is_named(
    emulator: RekognitionEmulator, config: Config
) -> None:
    """A configuration file that is none is named with its path."""
    (config.folder / "aws-config").write_text("nothing of the kind")
    error = await failure_of(client_of(emulator, None))
    assert isinstance(error, ConfigurationError)
    assert str(config.folder / "aws-config") in str(error)


async def test_what_the_caller_handles_meanwhile_is_not_taken_for_the_cause(
    emulator: RekognitionEmulator, config: Config
) -> None:
    """A client that opens while another service's throttling is handled tells its own trouble."""
    config.profile(credential_process="/nowhere/helper")

    def throttle() -> None:
        raise ClientError({"Error": {"Code": "Throttling", "Message": "slow"}}, "GetObject")

    with pytest.raises(ConfigurationError, match="credential_process of profile 'team'"):
        try:
            throttle()
        except ClientError:
            await client_of(emulator).open()
