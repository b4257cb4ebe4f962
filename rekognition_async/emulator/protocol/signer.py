"""botocore's signer, as `signature` uses it; loaded when the first signature is checked."""

from __future__ import annotations

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders


class AllHeadersSigner(SigV4Auth):
    """Signs all headers of the request it is given: the claim says which they are."""

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        """The request's headers."""
        return request.headers
