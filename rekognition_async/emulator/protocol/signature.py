"""Signature Version 4: checks who sent a request, with botocore's own signer.

`Authenticator.authenticate` gives the account and region of a `SignedRequest`, or raises AWS's
error.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from multidict import CIMultiDictProxy

from rekognition_async.emulator.protocol.caller import Caller
from rekognition_async.emulator.protocol.messages import SERVICE, FrameworkError

DEFAULT_ACCOUNT_ID: Final = "123456789012"

_TIME_FORMAT: Final = "%Y%m%dT%H%M%SZ"
_ALLOWED_SKEW: Final = timedelta(minutes=5)
_AUTHORIZATION: Final = re.compile(
    r"AWS4-HMAC-SHA256\s+"
    r"Credential=(?P<key>[^/\s,]+)/(?P<date>\d{8})/(?P<region>[^/\s,]+)/(?P<service>[^/\s,]+)"
    r"/aws4_request,\s*"
    r"SignedHeaders=(?P<headers>[^\s,]+),\s*"
    r"Signature=(?P<signature>[0-9a-f]{64})"
)
_MISMATCH: Final = (
    "The request signature we calculated does not match the signature you provided. Check your "
    "AWS Secret Access Key and signing method. Consult the service documentation for details."
)
_UNKNOWN: Final = "The security token included in the request is invalid."


@dataclass(frozen=True)
class Credential:
    """A key that the emulator knows.

    Attributes:
        secret_access_key: The secret that requests are signed with.
        account_id: The account that the key belongs to, 12 digits.
        session_token: The token that requests have to carry, for temporary credentials.
        expires_at: When temporary credentials end, with a time zone; None is never.
    """

    secret_access_key: str = field(repr=False)
    account_id: str = DEFAULT_ACCOUNT_ID
    session_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        """Checks what would otherwise fail in a request.

        Raises:
            ValueError: The account id is not 12 digits, or ``expires_at`` has no time zone.
        """
        if not re.fullmatch(r"\d{12}", self.account_id, re.ASCII):
            raise ValueError(f"account_id must be 12 digits, got {self.account_id!r}")
        if self.expires_at is not None and self.expires_at.tzinfo is None:
            raise ValueError("expires_at must have a time zone")


@dataclass(frozen=True)
class SignedRequest:
    """The parts of a request that a signature covers."""

    method: str
    url: str
    headers: CIMultiDictProxy[str]
    body: bytes


class Authenticator:
    """Tells who sent a request, and refuses those that no known key has signed."""

    def __init__(
        self, credentials: Mapping[str, Credential], *, region_name: str, verify: bool
    ) -> None:
        """Takes key ids with their credentials.

        Args:
            credentials: The keys that are known.
            region_name: The region of a request that names none, where nothing is verified.
            verify: Whether signatures are checked; otherwise any caller is let in, and only
                account and region are read from what it sends.
        """
        self._credentials = dict(credentials)
        self._region_name = region_name
        self._verify = verify

    def authenticate(self, request: SignedRequest, now: float) -> Caller:
        """Tells who sent a request.

        Args:
            request: What arrived.
            now: The emulator's time, that session tokens expire by.

        Raises:
            FrameworkError: The request is not signed, or wrongly, or by nobody known.
        """
        header = request.headers.get("Authorization", "")
        claim = _AUTHORIZATION.fullmatch(header.strip())
        if not self._verify:
            key_id, region = (claim["key"], claim["region"]) if claim else ("", self._region_name)
            known = self._credentials.get(key_id)
            return Caller(known.account_id if known else DEFAULT_ACCOUNT_ID, region)
        if not header:
            raise FrameworkError(
                "MissingAuthenticationTokenException", "Missing Authentication Token"
            )
        if claim is None:
            raise FrameworkError(
                "IncompleteSignatureException",
                "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' "
                "parameters of AWS4-HMAC-SHA256.",
            )
        credential = self._credentials.get(claim["key"])
        token = request.headers.get("X-Amz-Security-Token")
        if credential is None or token != credential.session_token:
            raise FrameworkError("UnrecognizedClientException", _UNKNOWN)
        _check_signed_headers(claim, request.headers)
        _check_scope(claim, request.headers)
        try:
            expected = _signature(request, claim, credential)
        except ValueError:
            # A Host or a path of which botocore can make no URL was never signed by it.
            raise FrameworkError("InvalidSignatureException", _MISMATCH) from None
        if not hmac.compare_digest(expected, claim["signature"]):
            raise FrameworkError("InvalidSignatureException", _MISMATCH)
        if credential.expires_at is not None and credential.expires_at.timestamp() <= now:
            raise FrameworkError(
                "ExpiredTokenException", "The security token included in the request is expired"
            )
        return Caller(credential.account_id, claim["region"])


def _check_signed_headers(claim: re.Match[str], headers: Mapping[str, str]) -> None:
    """Refuses a signature that others could use with another host, target, date or token."""
    sent = {name.lower() for name in headers}
    needed = {"host", *(name for name in sent if name.startswith("x-amz-"))}
    missing = sorted(needed.difference(claim["headers"].split(";")))
    if missing:
        name = "'Host' or ':authority'" if missing[0] == "host" else f"'{missing[0]}'"
        raise FrameworkError(
            "InvalidSignatureException",
            f"{name} must be a 'SignedHeader' in the AWS Authorization.",
        )


def _check_scope(claim: re.Match[str], headers: Mapping[str, str]) -> None:
    if claim["service"] != SERVICE:
        raise FrameworkError(
            "InvalidSignatureException",
            f"Credential should be scoped to correct service: '{SERVICE}'.",
        )
    sent = headers.get("X-Amz-Date", "")
    try:
        signed_at = datetime.strptime(sent, _TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        raise FrameworkError(
            "IncompleteSignatureException",
            "Date must be in ISO-8601 'basic format', in the header 'X-Amz-Date'.",
        ) from None
    if claim["date"] != sent[:8]:
        raise FrameworkError(
            "InvalidSignatureException",
            f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date: "
            f"'{claim['date']}' != '{sent[:8]}'.",
        )
    # The machine's time, whatever clock the emulator runs on: clients sign with no other.
    now = datetime.fromtimestamp(time.time(), UTC)
    earliest, latest = now - _ALLOWED_SKEW, now + _ALLOWED_SKEW
    if signed_at < earliest:
        raise FrameworkError(
            "InvalidSignatureException",
            f"Signature expired: {sent} is now earlier than {earliest:{_TIME_FORMAT}} "
            f"({now:{_TIME_FORMAT}} - 5 min.)",
        )
    if signed_at > latest:
        raise FrameworkError(
            "InvalidSignatureException",
            f"Signature not yet current: {sent} is still later than {latest:{_TIME_FORMAT}} "
            f"({now:{_TIME_FORMAT}} + 5 min.)",
        )


def _signature(request: SignedRequest, claim: re.Match[str], credential: Credential) -> str:
    """The signature that the credential's owner would have sent."""
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    from rekognition_async.emulator.protocol.signer import AllHeadersSigner

    checksum = request.headers.get("X-Amz-Content-SHA256")
    if checksum is not None and checksum != hashlib.sha256(request.body).hexdigest():
        raise FrameworkError("InvalidSignatureException", _MISMATCH)
    signed = claim["headers"].split(";")
    again = AWSRequest(
        method=request.method,
        url=request.url,
        data=request.body,
        headers={name: ",".join(request.headers.getall(name, [""])) for name in signed},
    )
    again.context["timestamp"] = request.headers["X-Amz-Date"]
    signer = AllHeadersSigner(
        Credentials(claim["key"], credential.secret_access_key), SERVICE, claim["region"]
    )
    text = signer.string_to_sign(again, signer.canonical_request(again))
    key = _signing_key(credential.secret_access_key, claim["date"], claim["region"])
    return hmac.new(key, text.encode(), "sha256").hexdigest()


@lru_cache(maxsize=64)
def _signing_key(secret_access_key: str, date: str, region_name: str) -> bytes:
    """The key of a day, for which botocore takes four digests each time."""
    key = f"AWS4{secret_access_key}".encode()
    for part in (date, region_name, SERVICE, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
