"""Objects in S3: at an endpoint, in a folder, and in name only."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from aiohttp import web
from moto_server import moto_server
from pictures import heavy, picture
from support import served

from rekognition_async import RekognitionClient
from rekognition_async.emulator import RekognitionEmulator, S3Endpoint
from rekognition_async.emulator.protocol.messages import EmulatedError
from rekognition_async.emulator.vision.s3 import name_of, objects_of
from rekognition_async.errors import (
    ImageTooLargeException,
    InvalidImageFormatException,
    InvalidS3ObjectException,
)
from rekognition_async.models import Image, S3Object


@pytest.fixture
def endpoint() -> Iterator[str]:
    """The URL of moto's S3."""
    with moto_server() as url:
        yield url


@pytest.fixture
def bucket(endpoint: str) -> Iterator[Any]:
    """A bucket there, which keeps versions."""
    storage = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=endpoint,
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )
    storage.create_bucket(Bucket="bucket")
    storage.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    yield storage
    storage.close()


async def test_an_endpoint_has_the_objects(endpoint: str, bucket: Any) -> None:
    """What is stored there is what operations see; what is not there is refused as AWS does."""

    def put(key: str, content: bytes) -> str:
        version: str = bucket.put_object(Bucket="bucket", Key=key, Body=content)["VersionId"]
        return version

    old = await asyncio.to_thread(put, "folder/a b.png", picture(1))
    for key, content in (
        ("folder/a b.png", picture(2)),
        ("text.png", b"text"),
        ("empty.png", b""),
        ("large.png", heavy(15.2)),
    ):
        await asyncio.to_thread(put, key, content)
    async with RekognitionEmulator(s3=endpoint) as emulator:
        async with RekognitionClient(**emulator.client_options) as client:
            for image, seed in (
                (S3Object(bucket="bucket", name="folder/a b.png"), 2),
                (S3Object(bucket="bucket", name="folder/a b.png", version=old), 1),
            ):
                found = await client.detect_labels(image=image)
                assert found.labels == (await client.detect_labels(image=picture(seed))).labels
            for key in ("text.png", "empty.png"):
                with pytest.raises(InvalidImageFormatException):
                    await client.detect_labels(image=f"s3://bucket/{key}")
            with pytest.raises(ImageTooLargeException):
                await client.detect_labels(image="s3://bucket/large.png")
            for name in ("bucket/none.png", "none/text.png"):
                with pytest.raises(InvalidS3ObjectException, match="Unable to get object metadata"):
                    await client.detect_labels(image=f"s3://{name}")


async def test_an_endpoint_that_is_not_there_is_told_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Callers cannot tell it from an object that is missing; whoever runs the emulator can."""
    nowhere = S3Endpoint("http://127.0.0.1:1", max_attempts=1)
    async with RekognitionEmulator(s3=nowhere) as emulator:
        async with RekognitionClient(**emulator.client_options) as client:
            with caplog.at_level(logging.WARNING), pytest.raises(InvalidS3ObjectException):
                await client.detect_labels(image="s3://bucket/key")
    assert "S3 at http://127.0.0.1:1 cannot be read" in caplog.text


@pytest.mark.parametrize(
    "key",
    ["", "none", "../other/secret", "../../secret", "/etc/passwd", "a\0b", "x" * 1024, "\ud800"],
    ids=repr,
)
async def test_odd_keys_name_no_file(tmp_path: Path, key: str) -> None:
    """A key names a file in its bucket's folder or nothing, whatever it looks like."""
    (tmp_path / "bucket").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "secret").write_bytes(b"secret")
    (tmp_path / "secret").write_bytes(b"secret")
    objects = objects_of(tmp_path)
    with pytest.raises(EmulatedError, match="InvalidS3ObjectException"):
        await objects.read("bucket", key, 100)


async def test_a_file_outside_is_none_by_a_link_either(tmp_path: Path) -> None:
    """A link that leads out of the bucket's folder names no object, and a folder is none."""
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "bucket" / "folder").mkdir(parents=True)
    (tmp_path / "bucket" / "link").symlink_to(tmp_path / "secret")
    objects = objects_of(str(tmp_path))
    for key in ("link", "folder"):
        with pytest.raises(EmulatedError, match="InvalidS3ObjectException"):
            await objects.read("bucket", key, 100)


async def test_a_bucket_is_no_way_out_either(tmp_path: Path) -> None:
    """A bucket that is a link out of the folder, or a name that leads there, has no objects."""
    for folder in ("outside", "folder/alias-of"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "key").write_bytes(b"content")
    (tmp_path / "key").write_bytes(b"secret")
    (tmp_path / "folder" / "key").write_bytes(b"no object of any bucket")
    (tmp_path / "folder" / "linked").symlink_to(tmp_path / "outside")
    (tmp_path / "folder" / "alias").symlink_to(tmp_path / "folder" / "alias-of")
    async with RekognitionEmulator(s3=tmp_path / "folder") as emulator:
        async with RekognitionClient(**emulator.client_options) as client:
            with pytest.raises(InvalidS3ObjectException):
                await client.detect_labels(image="s3://linked/key")
    objects = objects_of(tmp_path / "folder")
    for bucket in ("linked", "..", "."):
        with pytest.raises(EmulatedError, match="InvalidS3ObjectException"):
            await objects.read(bucket, "key", 100)
    assert await objects.read("alias", "key", 100) == b"content"


async def test_no_more_is_read_than_somebody_wants(tmp_path: Path) -> None:
    """One byte more than the most tells that an object is larger."""
    (tmp_path / "bucket").mkdir()
    (tmp_path / "bucket" / "key").write_bytes(b"0123456789")
    objects = objects_of(tmp_path)
    assert await objects.read("bucket", "key", 4) == b"01234"
    assert await objects.read("bucket", "key", 10) == b"0123456789"


async def test_whatever_is_named_exists_where_nobody_looks() -> None:
    """Without a folder or an endpoint objects have names, and keys of any kind do."""
    assert await objects_of(None).read("bucket", "key", 1) is None
    async with RekognitionEmulator() as emulator:
        async with RekognitionClient(**emulator.client_options) as client:
            image = Image(s3_object=S3Object(bucket="bucket", name="käse/ü.png"))
            assert (await client.detect_labels(image=image)).labels


def test_objects_are_in_a_folder_or_at_an_endpoint(tmp_path: Path) -> None:
    """A folder that is not there is refused, and secrets stay out of what is shown."""
    with pytest.raises(ValueError, match="s3 must be a folder or the URL of an endpoint"):
        objects_of(tmp_path / "none")
    mine = S3Endpoint("http://127.0.0.1:9000", aws_secret_access_key="hidden-secret")
    assert objects_of(mine) is mine
    assert "hidden-secret" not in repr(mine)
    assert objects_of("http://127.0.0.1:9000") == S3Endpoint("http://127.0.0.1:9000")


def test_an_object_has_a_bucket_and_a_name() -> None:
    """One without the other names nothing."""
    assert name_of({"Bucket": "bucket", "Name": "a/b"}) == "bucket/a/b"
    for part in ({"Bucket": "bucket"}, {"Name": "key"}, {}):
        with pytest.raises(EmulatedError, match="InvalidS3ObjectException"):
            name_of(part)


async def test_an_endpoint_that_redirects_is_not_followed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A signed request for an object goes to the endpoint that was named, and nowhere else."""
    followed: list[str] = []

    async def elsewhere(request: web.BaseRequest) -> web.Response:
        followed.append(request.path)
        return web.Response(body=b"from elsewhere")

    async with served(elsewhere) as target:

        async def redirect(_: web.BaseRequest) -> web.Response:
            return web.Response(status=307, headers={"Location": target})

        async with served(redirect) as url:
            with pytest.raises(EmulatedError, match="Unable to get object metadata"):
                await objects_of(url).read("bucket", "key", 100)
    assert followed == []
    assert "HTTP 307: no redirect is followed" in caplog.text


async def test_no_more_of_an_object_is_read_than_is_wanted() -> None:
    """An endpoint that knows of no ranges sends all; what is read is what was asked for."""

    async def all_of_it(_: web.BaseRequest) -> web.Response:
        return web.Response(body=b"x" * 1000)

    async with served(all_of_it) as url:
        assert await objects_of(url).read("bucket", "key", 100) == b"x" * 101
