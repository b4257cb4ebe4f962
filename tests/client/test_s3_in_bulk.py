"""Pictures in S3: listed page by page, with the client's credentials."""

from typing import Any
from xml.sax.saxutils import escape

import pytest
from aiohttp import web
from support import scripted, served

from rekognition_async import Pictures
from rekognition_async.errors import UnmodeledServiceError

OBJECTS = {"in/a.jpg": 9, "in/b": 9, "in/notes.txt": 9, "in/": 0, "in/c & d.PNG": 9}


def page(names: list[str], token: str | None) -> str:
    """S3's answer to ListObjectsV2."""
    contents = "".join(
        f"<Contents><Key>{escape(name)}</Key><Size>{OBJECTS[name]}</Size></Contents>"
        for name in names
    )
    more = f"<NextContinuationToken>{token}</NextContinuationToken>" if token else ""
    truncated = "true" if token else "false"
    return (
        f'<?xml version="1.0"?><ListBucketResult><IsTruncated>{truncated}</IsTruncated>'
        f"{more}{contents}</ListBucketResult>"
    )


async def test_the_objects_of_a_prefix_are_listed_page_by_page() -> None:
    """Their URLs are their keys, and Rekognition reads them; what is no picture is counted."""
    asked: list[web.BaseRequest] = []

    async def handle(request: web.BaseRequest) -> web.Response:
        asked.append(request)
        first = "continuation-token" not in request.query
        names = sorted(OBJECTS)
        text = page(names[:2], "t") if first else page(names[2:], None)
        return web.Response(text=text, content_type="application/xml")

    async with served(handle) as url, scripted(lambda *_: {"Labels": []}) as (sent, client):
        pictures = Pictures("s3://bucket/in/", s3_endpoint_url=url)
        keys = [outcome.key async for outcome in client.detect_labels_in_bulk(pictures)]
    assert sorted(keys) == ["s3://bucket/in/a.jpg", "s3://bucket/in/b", "s3://bucket/in/c & d.PNG"]
    assert (pictures.found, pictures.passed_over) == (3, 2)
    assert await pictures.count() is None
    assert [(each.path, each.query["prefix"]) for each in asked] == [("/bucket", "in/")] * 2
    assert all("AWS4-HMAC-SHA256 Credential=" in each.headers["Authorization"] for each in asked)
    images: list[Any] = [parameters["Image"] for _, parameters in sent]
    assert {"S3Object": {"Bucket": "bucket", "Name": "in/c & d.PNG"}} in images


async def test_a_bucket_that_may_not_be_listed_ends_the_bulk() -> None:
    """With S3's own error."""

    async def handle(_: web.BaseRequest) -> web.Response:
        text = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
        return web.Response(status=403, text=text, content_type="application/xml")

    async with served(handle) as url, scripted(lambda *_: {}) as (sent, client):
        pictures = Pictures("s3://bucket/in/", s3_endpoint_url=url)
        with pytest.raises(UnmodeledServiceError, match="ListObjectsV2") as refused:
            await anext(client.detect_labels_in_bulk(pictures))
    assert refused.value.code == "AccessDenied"
    assert not sent
