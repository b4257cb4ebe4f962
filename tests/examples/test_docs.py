"""Every block of the documentation's pages runs, and agrees with the README."""

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pillow_heif
import pytest
from code_blocks import blocks, execute
from model_strategies import service_model
from moto_server import moto_server
from pictures import photo, picture
from support import names

from rekognition_async import RekognitionClient
from rekognition_async.emulator import RekognitionEmulator

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"::\n\n((?: {4}.*\n|\n)+)")
PAGES = {
    path.stem: [textwrap.dedent(block) for block in BLOCK.findall(path.read_text())]
    for path in (ROOT / "docs" / "api").glob("*.rst")
}


def test_the_first_example_is_the_readmes() -> None:
    """The documentation begins with the same lines as the README."""
    index, readme = ((ROOT / name).read_text() for name in ("docs/index.md", "README.md"))
    assert blocks("python", index) == blocks("python", readme)[:1]


@pytest.mark.parametrize("page", [page for page, blocks in PAGES.items() if blocks])
async def test_every_block_runs(
    page: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The blocks of a page run one after the other, with a client at hand."""
    async with RekognitionEmulator(region_name="eu-west-1", page_size=2) as emulator:
        emulator.seed(collections=names(5))
        options = emulator.client_options
        monkeypatch.setenv("AWS_ENDPOINT_URL_REKOGNITION", options["endpoint_url"])
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", options["aws_access_key_id"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", options["aws_secret_access_key"])
        async with RekognitionClient(**options) as client:
            namespace: dict[str, Any] = {
                "RekognitionClient": RekognitionClient,
                "client": client,
                "ids": [],
            }
            for block in PAGES[page]:
                await execute(block, page, namespace)
    if page == "listings":
        assert capsys.readouterr().out.endswith(
            "behind it: collection-00003\nbehind it: collection-00004\n"
        )


GUIDE = (ROOT / "docs" / "emulator.md").read_text()
GUIDE_BLOCKS = blocks("python", GUIDE)


async def test_every_block_of_the_emulators_guide_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The blocks run one after the other, beside the pictures that they name."""
    monkeypatch.chdir(tmp_path)
    for name, seed, size in (("team", 1, 320), ("team-small", 1, 200), ("bird", 2, 320)):
        content = picture(seed, size=(size, size * 3 // 4), kind="JPEG")
        (tmp_path / f"{name}{'.png' if name == 'bird' else '.jpg'}").write_bytes(content)
    namespace: dict[str, Any] = {}
    for block in GUIDE_BLOCKS:
        await execute(block, "emulator.md", namespace)
    assert len(GUIDE_BLOCKS) == 8


JOBS = (ROOT / "docs" / "video_jobs.md").read_text()
JOBS_BLOCKS = blocks("python", JOBS)


@pytest.fixture
def topic_and_queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of moto's server, with the topic and the queue that the page on video jobs names."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with moto_server() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", url)
        sns: Any = boto3.client("sns", endpoint_url=url)
        sqs: Any = boto3.client("sqs")
        sqs.create_queue(QueueName="video-jobs")
        sns.subscribe(
            TopicArn=sns.create_topic(Name="AmazonRekognition-jobs")["TopicArn"],
            Protocol="sqs",
            Endpoint="arn:aws:sqs:eu-west-1:123456789012:video-jobs",
        )
        yield url
        sns.close()
        sqs.close()


async def test_every_block_on_video_jobs_runs(
    monkeypatch: pytest.MonkeyPatch, topic_and_queue: str
) -> None:
    """The blocks run one after the other, with topic and queue of moto's."""
    async with RekognitionEmulator(
        region_name="eu-west-1", durations={"video": 0}, notifications=topic_and_queue
    ) as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        namespace: dict[str, Any] = {}
        for block in JOBS_BLOCKS:
            await execute(block, "video_jobs.md", namespace)
        assert [each.error for each in emulator.notifications] == [None]
        assert len(namespace["counts"]) == 25
    assert len(JOBS_BLOCKS) == 3


async def test_every_block_of_the_page_on_watching_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks run one after the other, and what they collect is there."""
    page = (ROOT / "docs" / "telemetry.md").read_text()
    code = blocks("python", page)
    async with RekognitionEmulator(region_name="eu-west-1") as emulator:
        options = emulator.client_options
        monkeypatch.setenv("AWS_ENDPOINT_URL_REKOGNITION", options["endpoint_url"])
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", options["aws_access_key_id"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", options["aws_secret_access_key"])
        namespace: dict[str, Any] = {}
        for block in code:
            await execute(block, "telemetry.md", namespace)
        assert len(emulator.requests) == len(code) == 4
    assert namespace["reader"].get_metrics_data() is not None
    assert namespace["client"].usage.calls == 1


PICTURES = (ROOT / "docs" / "pictures.md").read_text()


async def test_every_block_about_pictures_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The blocks run one after the other, beside the phone's picture that they name."""
    monkeypatch.chdir(tmp_path)
    pillow_heif.from_pillow(photo(1)).save(tmp_path / "phone.heic")
    code = blocks("python", PICTURES)
    assert len(code) == 3
    async with RekognitionEmulator() as emulator:
        namespace: dict[str, Any] = {"options": emulator.client_options}
        for block in code:
            await execute(block, "pictures.md", namespace)
    assert (tmp_path / "drawn.jpg").exists()


def test_the_guides_test_passes(pytester: pytest.Pytester) -> None:
    """What the guide shows of pytest is a test that runs, through throttling."""
    (block,) = [block for block in GUIDE_BLOCKS if "@pytest.mark" in block]
    pytester.makepyfile(block)
    options = ("-W", "error", "-p", "no:cacheprovider")
    pytester.runpytest_subprocess(
        *options, "-o", "asyncio_default_fixture_loop_scope=function"
    ).assert_outcomes(passed=1)


def test_the_guide_tells_of_every_operation() -> None:
    """Each of the 75 operations has a row that says what is faithful of it, and what is not."""
    rows = re.findall(r"^\| ([A-Z]\w+) \|(?:[^|]*\|){3}$", GUIDE, re.MULTILINE)
    assert sorted(rows) == sorted(service_model().operation_names)


def test_the_pages_with_blocks_are_known() -> None:
    """No block escapes for a change of its form."""
    assert {page: len(blocks) for page, blocks in PAGES.items() if blocks} == {
        "bulk": 2,
        "configuration": 2,
        "emulator": 1,
        "listings": 2,
        "models": 2,
        "observing": 1,
    }
