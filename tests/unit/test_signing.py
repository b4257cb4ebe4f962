"""The signature of our own clients is botocore's."""

from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from rekognition_async._botocore.signing import CachedKeySigV4Auth

TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=30)
NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,20}", fullmatch=True)
HOSTS = st.sampled_from(["rekognition.eu-west-1.amazonaws.com", "127.0.0.1:5000", "[::1]:80"])
HEADERS = st.dictionaries(NAMES | st.sampled_from(["User-Agent", "Host", "Expect"]), TEXT).filter(
    lambda headers: len({name.lower() for name in headers}) == len(headers)
)
PATHS = st.sampled_from(["", "/", "/a/b", "/a b/../c", "/?x=1&b=2&a="])


def signed(signer: type[SigV4Auth], credentials: Credentials, **request: Any) -> AWSRequest:
    """A request with a signature of this signer's."""
    headers = request.pop("headers")
    signing = request.pop("context")
    asked = AWSRequest(method="POST", **request)
    for name, value in headers.items():
        asked.headers[name] = value
    asked.context.update(signing)
    signer(credentials, "rekognition", "eu-west-1").add_auth(asked)
    return asked


@given(
    secret=TEXT,
    token=st.none() | TEXT,
    headers=HEADERS,
    data=st.binary(max_size=200) | st.just(None) | TEXT,
    url=st.builds("{}://{}{}".format, st.sampled_from(["http", "https"]), HOSTS, PATHS),
    params=st.just(None) | st.dictionaries(TEXT, TEXT, max_size=2),
    context=st.sampled_from([{}, {"payload_signing_enabled": False}]),
)
def test_a_request_is_signed_as_botocore_signs_it(
    secret: str, token: str | None, **request: Any
) -> None:
    """The same request gets the same headers, byte for byte, whatever is in it."""
    credentials = Credentials("AKIDEXAMPLE", secret, token)
    # The clock is botocore's: the second may turn between the two, so both are compared as of one.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SigV4Auth, "string_to_sign", _at_noon(SigV4Auth.string_to_sign))
        theirs = signed(SigV4Auth, credentials, **request)
        ours = signed(CachedKeySigV4Auth, credentials, **request)
    assert _without_date(ours) == _without_date(theirs)


def _at_noon(string_to_sign: Any) -> Any:
    def at_noon(self: SigV4Auth, request: AWSRequest, canonical_request: str) -> str:
        real = request.context["timestamp"]
        request.context["timestamp"] = "20261125T120000Z"
        return str(string_to_sign(self, request, canonical_request.replace(real, "NOW")))

    return at_noon


def _without_date(request: AWSRequest) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if name.lower() != "x-amz-date"}


def test_a_new_day_and_new_credentials_have_keys_of_their_own() -> None:
    """A derived key serves for its day, region, service and secret, and for nothing else."""
    signatures = set()
    for secret, day, region in [
        ("one", "20261125", "eu-west-1"),
        ("two", "20261125", "eu-west-1"),
        ("one", "20261126", "eu-west-1"),
        ("one", "20261125", "us-east-1"),
    ]:
        request = AWSRequest(method="POST", url="https://example.com/", data=b"{}")
        request.context["timestamp"] = f"{day}T120000Z"
        credentials = Credentials("AKIDEXAMPLE", secret)
        made = [
            cls(credentials, "rekognition", region).signature("text", request)
            for cls in (CachedKeySigV4Auth, SigV4Auth, CachedKeySigV4Auth)
        ]
        assert len(set(made)) == 1
        signatures.add(made[0])
    assert len(signatures) == 4
