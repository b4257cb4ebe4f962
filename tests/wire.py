"""Requests as they are on the wire, for what no well-behaved client sends."""

import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from rekognition_async.emulator import RekognitionEmulator


class _Signer(SigV4Auth):
    """botocore's signer, that leaves out one header."""

    def __init__(
        self, credentials: Credentials, service: str, region_name: str, unsigned: str
    ) -> None:
        super().__init__(credentials, service, region_name)
        self._unsigned = unsigned

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        headers = super().headers_to_sign(request)
        del headers[self._unsigned]
        return headers


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document


def signed_headers(
    url: str,
    body: bytes,
    *,
    operation: str = "ListCollections",
    key_id: str,
    secret: str,
    region_name: str = "us-east-1",
    service: str = "rekognition",
    token: str | None = None,
    at: datetime | None = None,
    unsigned: str = "",
) -> dict[str, str]:
    """The headers of a request, signed as at some time, but for one that is left unsigned."""
    request = AWSRequest(
        method="POST",
        url=url,
        data=body,
        headers={
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"RekognitionService.{operation}",
        },
    )
    stamp = f"{at or datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    request.headers["X-Amz-Date"] = stamp
    if token is not None:
        request.headers["X-Amz-Security-Token"] = token
    request.context["timestamp"] = stamp
    signer = _Signer(Credentials(key_id, secret), service, region_name, unsigned)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    names = ";".join(sorted(signer.headers_to_sign(request).keys()))
    scope = f"{key_id}/{stamp[:8]}/{region_name}/{service}/aws4_request"
    request.headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, "
        f"Signature={signer.signature(text, request)}"
    )
    return dict(request.headers.items())


async def post(url: str, body: bytes, headers: dict[str, str], *, method: str = "POST") -> Reply:
    """Sends one request over a connection of its own."""
    async with aiohttp.ClientSession() as session:
        async with session.request(method, url, data=io.BytesIO(body), headers=headers) as response:
            return Reply(response.status, dict(response.headers), await response.read())


async def call(
    emulator: RekognitionEmulator,
    body: bytes = b"{}",
    operation: str = "ListCollections",
    **signing: Any,
) -> Reply:
    """Sends a request that is signed with the emulator's own key, unless told otherwise."""
    options = emulator.client_options
    signing.setdefault("key_id", options["aws_access_key_id"])
    signing.setdefault("secret", options["aws_secret_access_key"])
    headers = signed_headers(f"{emulator.url}/", body, operation=operation, **signing)
    return await post(f"{emulator.url}/", body, headers)
