"""The page on troubleshooting shows messages as the package gives them."""

import asyncio
import base64
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pictures import picture
from support import FakeClock, needs_aiobotocore_3, patient

from rekognition_async import RekognitionClient, RetryPolicy
from rekognition_async.emulator import Fault, FaultRule, RekognitionEmulator
from rekognition_async.models import S3Object, Video

PAGE = (Path(__file__).parents[2] / "docs" / "troubleshooting.md").read_text()
PNG_AS_BASE64 = base64.b64encode(picture(1)).decode()
MESSAGES = [
    " ".join(block.split())
    for block in re.findall(r"^```text\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
]
# What is another on each machine and in each run.
CHANGING = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}", "…"),
    (r"127\.0\.0\.1:\d+", "HOST"),
    (r"botocore knows of .*", "botocore knows of …"),
    (r"in about [\d.]+ s", "in about 1.8 s"),
    (r"/\S*/aws-(config|credentials)", r"~/.aws/\1"),
)
REPLIES = {
    "ProvisionedThroughputExceededException": Fault.throttle(),
    "ThrottlingException": Fault.error("ThrottlingException", "Rate exceeded"),
    "LimitExceededException": Fault.error("LimitExceededException", "Subscriber limit exceeded"),
    "AccessDeniedException": Fault.error(
        "AccessDeniedException",
        "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: "
        "rekognition:ListUsers",
    ),
    "NotInThisRegion": Fault.respond({"__type": "AccessDeniedException"}, 400),
    "ExpiredTokenException": Fault.error(
        "ExpiredTokenException", "The security token included in the request is expired"
    ),
    "InvalidS3ObjectException": Fault.error(
        "InvalidS3ObjectException",
        "Unable to get object metadata from S3. Check object key, region and/or access "
        "permissions.",
    ),
    "503": Fault.http(503, body="<html>busy</html>"),
    "login page": Fault.http(200, body="<html>log in</html>"),
    "schema": Fault.respond({"Users": [{"UserId": 5}]}),
}


async def message_of(call: Awaitable[object]) -> str:
    """What a call that fails says, as a traceback's last line has it."""
    try:
        await call
    except Exception as error:  # noqa: BLE001 - whatever a reader may paste
        text = " ".join(f"{type(error).__name__}: {error}".split())
        for pattern, plain in CHANGING:
            text = re.sub(pattern, plain, text)
        return text
    pytest.fail("nothing was raised")


async def listed(**settings: Any) -> None:
    """A client of these settings lists collections."""
    async with RekognitionClient(**settings) as client:
        await client.list_collections()


async def before_sending(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The messages about settings and the life of a client."""
    (tmp_path / "aws-config").write_text(
        "[profile reports]\nregion = eu-west-1\nsso_session = company\n"
        "sso_account_id = 111122223333\nsso_role_name = Reports\n"
        "[sso-session company]\nsso_region = eu-west-1\n"
        "sso_start_url = https://company.awsapps.com/start\n"
    )
    local = {"region_name": "eu-west-1", "endpoint_url": "http://127.0.0.1:9"}
    once = {"retry": RetryPolicy(max_attempts=1)}
    found = [await message_of(listed()), await message_of(listed(**local, **once))]
    found.append(await message_of(listed(region_name="eu-wst-1")))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    found += [
        await message_of(listed(**local)),
        await message_of(listed(profile_name="reports")),
        await message_of(listed(profile_name="nobody", region_name="eu-west-1")),
    ]
    unopened = RekognitionClient("eu-west-1")
    found.append(await message_of(unopened.list_collections()))
    return found


async def of_pictures(client: RekognitionClient) -> list[str]:
    """The messages about pictures that are none, or not where they are said to be."""
    sources: list[str | bytes] = [
        "nofile.jpg",
        "https://example.com/a.jpg",
        PNG_AS_BASE64,
        b"\xff" * 6_000_000,
    ]
    found = [await message_of(client.detect_labels(image=source)) for source in sources]
    found.append(await message_of(client.detect_labels(image=picture(1, kind="GIF"))))
    return found


async def of_callers(client: RekognitionClient, emulator: RekognitionEmulator) -> list[str]:
    """The messages about what does not exist, exists already, or cannot be."""
    film = Video(s3_object=S3Object(bucket="media", name="market.mp4"))
    await client.create_collection(collection_id="visitors")
    job = await client.start_label_detection(video=film)
    assert job.job_id is not None
    emulator.people.add("s3://media/landscape.jpg", [])
    nobody = "s3://media/landscape.jpg"
    calls: list[Awaitable[object]] = [
        client.list_faces(collection_id="nobody"),
        client.describe_collection(collection_id="nobody"),
        client.create_collection(collection_id="visitors"),
        client.create_collection(collection_id="no spaces"),
        client.list_collections(next_token="of-another-list"),
        client.search_faces_by_image(collection_id="visitors", image=nobody),
        client.iter_label_detection(job_id=job.job_id).collect(),
        client.with_options(retry=patient(FakeClock())).wait_for_label_detection(
            job_id=job.job_id, timeout=600
        ),
    ]
    return [await message_of(call) for call in calls]


async def of_the_service(client: RekognitionClient, emulator: RekognitionEmulator) -> list[str]:
    """The messages about what AWS, or something in front of it, answers."""
    eager = client.with_options(
        retry=RetryPolicy(max_attempts=2, base_delay=0, max_delay=0), quotas=None
    )
    found = []
    film = Video(s3_object=S3Object(bucket="media", name="market.mp4"))
    others: dict[str, Callable[[], Awaitable[object]]] = {
        "InvalidS3ObjectException": lambda: eager.detect_labels(image="s3://media/nothing.jpg"),
        "LimitExceededException": lambda: eager.start_label_detection(video=film),
    }
    for name, reply in REPLIES.items():
        emulator.faults.replace([FaultRule("*", reply)])
        call = others.get(name, lambda: eager.list_users(collection_id="visitors"))
        found.append(await message_of(call()))
    emulator.faults.clear()
    options = emulator.client_options
    stranger: dict[str, Any] = {**options, "aws_access_key_id": "AKIAUNKNOWN"}
    mistyped: dict[str, Any] = {**options, "aws_secret_access_key": "mistyped"}
    found += [await message_of(listed(**stranger)), await message_of(listed(**mistyped))]
    emulator.quotas = {"ListUsers": 1}
    hasty = client.with_options(deadline=1, quotas={"ListUsers": 1})
    calls = [message_of(hasty.list_users(collection_id="visitors")) for _ in range(4)]
    told = await asyncio.gather(*calls, return_exceptions=True)
    found.append(next(text for text in told if isinstance(text, str)))
    return found


async def of_python(client: RekognitionClient) -> list[str]:
    """The messages of Python itself about calls that are written in another way."""

    async def positional() -> None:
        await client.create_collection("visitors")  # type: ignore[call-arg] # as one may try

    async def aws_names() -> None:
        await client.create_collection(CollectionId="visitors")  # type: ignore[call-arg] # likewise

    async def plain_loop() -> None:
        for _ in client.iter_collections():  # type: ignore[attr-defined] # likewise
            pass

    async def forgotten_await() -> None:
        answer = client.list_collections()
        try:
            answer.collections  # type: ignore[attr-defined] # noqa: B018 - the mistake
        finally:
            answer.close()

    async def nested_run() -> None:
        main = client.list_collections()
        try:
            asyncio.run(main)
        finally:
            main.close()

    async def another_loop() -> None:
        await asyncio.to_thread(lambda: asyncio.run(in_a_new_loop()))

    async def in_a_new_loop() -> None:
        await client.list_collections()

    mistakes = (positional, aws_names, plain_loop, forgotten_await, nested_run, another_loop)
    return [await message_of(mistake()) for mistake in mistakes]


@needs_aiobotocore_3
async def test_the_messages_are_those_of_the_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each message of the page is provoked, and each that is provoked is on the page."""
    monkeypatch.chdir(tmp_path)
    provoked = await before_sending(monkeypatch, tmp_path)
    async with RekognitionEmulator(region_name="eu-west-1", durations=60) as emulator:
        async with RekognitionClient(**emulator.client_options) as client:
            provoked += await of_pictures(client)
            provoked += await of_callers(client, emulator)
            provoked += await of_the_service(client, emulator)
            provoked += await of_python(client)
        provoked.append(await message_of(client.list_collections()))
    assert sorted(MESSAGES) == sorted(provoked)
