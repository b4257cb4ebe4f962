"""Every block of the guides runs, and prints what the page shows."""

import asyncio
import configparser
import contextlib
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import boto3
import httpx
import pytest
from code_blocks import execute
from model_strategies import service_model
from moto_server import moto_server
from pictures import picture
from support import names, needs_aiobotocore_3, run

from rekognition_async.emulator import RekognitionEmulator

DOCS = Path(__file__).parents[2] / "docs"
# These have tests of their own, with what their blocks need.
OTHERS = {
    "bulk.md",
    "cookbook/fastapi.md",
    "cookbook/lambda.md",
    "cookbook/testing.md",
    "emulator.md",
    "pictures.md",
    "telemetry.md",
    "troubleshooting.md",
    "video_jobs.md",
}
FENCE = re.compile(r"^```([\w{}]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
REQUEST_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


class Block(NamedTuple):
    """A code block, with what the page shows of its output where it does."""

    language: str
    code: str
    shown: str | None


def blocks_of(page: str) -> list[Block]:
    """The blocks of a page in order; one of the language ``output`` belongs to that before it."""
    found = FENCE.findall((DOCS / page).read_text())
    following = found[1:] + [("", "")] * bool(found)
    return [
        Block(language, code, next_code if next_language == "output" else None)
        for (language, code), (next_language, next_code) in zip(found, following, strict=True)
        # Sphinx's directives have braces.
        if language != "output" and not language.startswith("{")
    ]


PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
RUN_HERE = [page for page in PAGES if page not in OTHERS and blocks_of(page)]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[RekognitionEmulator]:
    """An emulator that the environment names, in a thread of its own, and pictures to try."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    for seed, name in enumerate(("ann.jpg", "bob.jpg", "street.jpg"), start=1):
        for folder in (tmp_path, tmp_path / "photos"):
            (folder / name).write_bytes(picture(seed, kind="JPEG"))
    (tmp_path / "ann-again.jpg").write_bytes(picture(1, size=(200, 150), kind="JPEG"))
    (tmp_path / "drawing.gif").write_bytes(picture(4, kind="GIF"))
    with RekognitionEmulator(region_name="eu-west-1", durations=0) as emulator:
        emulator.seed(collections=names(3))
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        # The profiles that pages name: all are keys of the emulator.
        key, secret = (
            emulator.environment[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        )
        (tmp_path / "aws-config").write_text(
            "".join(
                f"[profile {name}]\nregion = {region}\n"
                f"aws_access_key_id = {key}\naws_secret_access_key = {secret}\n"
                for name, region in (("shop", "eu-west-1"), ("lab", "us-east-1"))
            )
            + "[profile reports]\nregion = eu-west-1\nsso_session = company\n"
            "sso_account_id = 111122223333\nsso_role_name = Reports\n"
            "[sso-session company]\nsso_region = eu-west-1\n"
            "sso_start_url = https://company.awsapps.com/start\n"
        )
        yield emulator


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """S3 and STS of moto's, with the bucket that pages name."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with moto_server() as url:
        for service in ("S3", "STS"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", url)
        s3: Any = boto3.client("s3", endpoint_url=url)
        s3.create_bucket(
            Bucket="media", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        for name in ("2026/a.jpg", "2026/b.png", "2026/notes.txt"):
            s3.put_object(Bucket="media", Key=name, Body=b"x")
        yield "media"
        s3.close()
        httpx.post(f"{url}/moto-api/reset")


async def run_block(code: str, page: str, namespace: dict[str, Any]) -> None:
    """Runs a block, and a whole program as a process."""
    if "asyncio.run(" in code:
        sys.stdout.write((await run(sys.executable, "-c", code)).decode())
    else:
        await execute(code, page, namespace)


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=[needs_aiobotocore_3] if page == "cookbook/roles.md" else [])
        for page in RUN_HERE
    ],
)
@pytest.mark.usefixtures("service", "bucket")
async def test_every_block_runs(page: str) -> None:
    """The blocks of a page run one after the other, and print what it shows."""
    module = ModuleType("page")
    for block in blocks_of(page):
        if block.language != "python":
            check_other(block)
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            await run_block(block.code, page, vars(module))
        if block.shown is not None:
            assert REQUEST_ID.sub("…", printed.getvalue()) == block.shown


def check_other(block: Block) -> None:
    """Reads a block that is no Python by the rules of its language."""
    if block.language == "json":
        json.loads(block.code)
    elif block.language == "ini":
        configparser.ConfigParser().read_string(block.code)
    else:
        assert block.language in {"bash", "console"}, f"nothing checks {block.language!r}"


async def test_the_functions_for_lambda_answer(service: RekognitionEmulator) -> None:
    """The handlers are called as Lambda calls them: outside a loop, time and again."""
    module = ModuleType("function")
    film = {"S3Object": {"Bucket": "media", "Name": "market.mp4"}}
    rekognition: Any = boto3.client("rekognition")
    job_id = rekognition.start_label_detection(Video=film)["JobId"]
    rekognition.close()
    new_object = {"s3": {"bucket": {"name": "media"}, "object": {"key": "street.jpg"}}}
    finished = json.dumps({"JobId": job_id, "Status": "SUCCEEDED"})

    def invoke() -> tuple[Any, Any, int]:
        for block in blocks_of("cookbook/lambda.md"):
            exec(block.code, vars(module))  # noqa: S102 - the page's own code
        function = vars(module)
        answers = [function["handler"]({"Records": [new_object]}, None) for _ in range(2)]
        count = function["on_finished_job"]({"Records": [{"Sns": {"Message": finished}}]}, None)
        function["runner"].run(function["client"].aclose())
        function["runner"].close()
        return answers[0], answers[1], count

    first, second, count = await asyncio.to_thread(invoke)
    assert first == second
    assert len(first["street.jpg"]) == 5
    assert count > 0
    assert len(blocks_of("cookbook/lambda.md")) == 2
    assert {request.operation for request in service.requests} >= {"GetLabelDetection"}


def test_the_tests_of_a_service_pass(pytester: pytest.Pytester) -> None:
    """The page's files, by the names in their first lines, are a service and tests of it."""
    blocks = blocks_of("cookbook/testing.md")
    for block in blocks:
        name = block.code.partition("\n")[0].removeprefix("# ")
        pytester.path.joinpath(name).write_text(block.code)
    options = ("-W", "error", "-p", "no:cacheprovider", "-o", "pythonpath=.")
    pytester.runpytest_subprocess(*options).assert_outcomes(passed=5)
    assert len(blocks) == 4


def test_the_policies_name_actions_that_there_are() -> None:
    """Each action of Rekognition in a policy is an operation, and each operation has a row."""
    page = (DOCS / "permissions.md").read_text()
    operations = set(service_model().operation_names)
    assert set(re.findall(r"rekognition:([A-Z]\w+)", page)) <= operations
    table = (DOCS / "permissions_by_operation.md").read_text()
    assert (
        set(re.findall(r"^\| `\w+`.*? \| `rekognition:(\w+)` \|", table, re.MULTILINE))
        == operations
    )


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.stem)
def test_links_of_the_guides_lead_to_files(page: Path) -> None:
    """They work in the repository too, where a page is a file; Sphinx takes a name without it."""
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        path = link.partition("#")[0]
        assert link.startswith("https://") or not path or (page.parent / path).is_file(), link


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_links_lead_to_files(name: str) -> None:
    """What a page outside the documentation links to is there; Sphinx checks those inside."""
    root = DOCS.parent
    links = re.findall(r"\]\(([^)\s]+)\)", (root / name).read_text())
    within = [link for link in links if not link.startswith(("https://", "#"))]
    assert within
    for link in within:
        path, _, anchor = link.partition("#")
        text = (root / path).read_text()
        titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        assert not anchor or anchor in {title.lower().replace(" ", "-") for title in titles}, link
