"""Bytes that requests carry as base64: decoded once, and hashed once, whoever asks for them.

`parse` makes an `EncodedBlob` of what may be an image; a `Blob` is what validation makes of that.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cached_property


class Blob(bytes):
    """Bytes that know their digest."""

    @cached_property
    def digest(self) -> str:
        """Their SHA-256 in 64 hexadecimal digits."""
        return hashlib.sha256(self).hexdigest()


class EncodedBlob(str):  # noqa: SLOT000 - what is decoded is kept beside it
    """Base64 that is decoded when it is first asked for."""

    @cached_property
    def decoded(self) -> Blob:
        """The bytes.

        Raises:
            ValueError: It is no base64.
        """
        return Blob(base64.b64decode(self, validate=True))
