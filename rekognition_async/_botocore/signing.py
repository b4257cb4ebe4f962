"""Signature Version 4: botocore's signer, with the derived key kept from request to request.

Importing it registers `CachedKeySigV4Auth` with botocore under `SIGNATURE_VERSION`, which
`connection` sets in the configuration of a client. The signature is botocore's own, to the byte.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Final

from botocore.auth import (
    AUTH_TYPE_MAPS,
    SIGNED_HEADERS_BLACKLIST,
    SIGV4_TIMESTAMP,
    SigV4Auth,
    logger,
)
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SIGNATURE_VERSION: Final = "v4-rekognition-async"
"""What a client's configuration calls `CachedKeySigV4Auth`, as ``"v4"`` is botocore's own."""

_UNSIGNED_HEADERS: Final = frozenset(SIGNED_HEADERS_BLACKLIST)
_DIGEST_HEADER: Final = "x-amz-content-sha256"


class CachedKeySigV4Auth(SigV4Auth):
    """Signs as botocore does, to the byte, in a third of the time; made for each request.

    The key of a day, region and service is derived once, as AWS means it to be. The headers are
    read once and not four times, and a body that is bytes is taken as it is. A request that is not
    as all of Rekognition's are is signed by botocore, with the key that is kept.
    """

    def __init__(self, credentials: Credentials, service_name: str, region_name: str) -> None:
        super().__init__(credentials, service_name, region_name)
        self._scope = region_name, service_name

    def add_auth(self, request: AWSRequest) -> None:
        """Signs a request, in its header ``Authorization``."""
        body, context, headers = request.data, request.context, request.headers
        if (
            not isinstance(body, bytes)
            or not body
            or request.params
            or "checksum" in context
            or not context.get("payload_signing_enabled", True)
            or "Date" in headers
        ):
            super().add_auth(request)
            return
        context["timestamp"] = timestamp = datetime.now(UTC).strftime(SIGV4_TIMESTAMP)
        signed = {name.lower(): value for name, value in headers.raw_items()}
        changes = {"Authorization": None, "X-Amz-Date": timestamp}
        if token := self.credentials.token:
            changes["X-Amz-Security-Token"] = token
        for name, value in changes.items():
            if signed.pop(name.lower(), None):
                del headers[name]  # An earlier attempt has set it.
            if value:
                headers[name] = signed[name.lower()] = value
        start, host = _canonical_start(request.method, request.url)
        signed.setdefault("host", host)
        names = sorted(signed.keys() - _UNSIGNED_HEADERS)
        signed_headers = ";".join(names)
        digest = signed.get(_DIGEST_HEADER) or hashlib.sha256(body).hexdigest()
        lines = [f"{name}:{' '.join(signed[name].split())}" for name in names]
        canonical = "\n".join((start, *lines, "", signed_headers, digest))
        # As botocore tells it: what a signature was made of is what one that is refused is about.
        logger.debug("CanonicalRequest:\n%s", canonical)
        signature = self.signature(self.string_to_sign(request, canonical), request)
        headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.scope(request)}, "
            f"SignedHeaders={signed_headers}, Signature={signature}"
        )

    def signature(self, string_to_sign: str, request: AWSRequest) -> str:
        """The signature, in hexadecimal digits."""
        day: str = request.context["timestamp"][:8]
        key = _signing_key(self.credentials.secret_key, day, *self._scope)
        return hmac.digest(key, string_to_sign.encode(), "sha256").hex()


# One a client that is in use: credentials that refresh themselves change every few hours.
@functools.lru_cache(maxsize=64)
def _signing_key(secret_key: str, *scope: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in (*scope, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


@functools.lru_cache(maxsize=64)
def _canonical_start(method: str | None, url: str | None) -> tuple[str, str]:
    """How the canonical request of an address begins, and the value of its header ``host``."""
    canonical = SigV4Auth.canonical_request(_UNSIGNED, AWSRequest(method=method, url=url))
    *start, host = canonical.split("\n")[:4]
    return "\n".join(start), host.removeprefix("host:")


_UNSIGNED: Final = SigV4Auth(Credentials("", ""), "", "")

AUTH_TYPE_MAPS[SIGNATURE_VERSION] = CachedKeySigV4Auth
