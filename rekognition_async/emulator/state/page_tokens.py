"""Page tokens: the position in a listing, sealed with a key so that nobody can alter one.

`Call.page` and `Call.page_of` read the NextToken of a request and issue that of the answer.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from typing import Final, NamedTuple

from rekognition_async.emulator.protocol.messages import EmulatedError

_FORM: Final = struct.Struct(">IdH")
_SEAL_LENGTH: Final = 20
# Tokens of videos are recorded with 72 characters, which is so many bytes in base64.
_LENGTH: Final = 54
_INVALID: Final = "Invalid Pagination Token"


class Position(NamedTuple):
    """Behind which item a page begins, and how many pages came before it.

    An item is named by what it is ordered by, which no other item ever gets: items that come and
    go between two pages neither hide nor repeat one that stays. The count of pages tells the token
    of an empty page from that of the page before.
    """

    after: str | None = None
    page: int = 0


class Tokens:
    """Makes page tokens, and reads back its own."""

    def __init__(self, key: bytes, lifetime: float) -> None:
        """Takes the secret that seals them, and the seconds for which they are good."""
        self._key = key
        self._lifetime = lifetime

    def issue(self, position: Position, *scope: str, now: float) -> str:
        """The token for a page.

        Args:
            position: Where the page begins.
            scope: What the token is good for: account, region, operation, filters.
            now: Seconds since the epoch.
        """
        after = (position.after or "").encode()
        content = _FORM.pack(position.page, now, len(after)) + after
        return base64.b64encode(content + self._seal(content, scope)).decode()

    def read(self, token: str, *scope: str, now: float) -> Position:
        """Where the page of a token begins.

        Raises:
            EmulatedError: InvalidPaginationTokenException, for a token that was not issued here
                and for this scope, or too long ago.
        """
        try:
            sealed = base64.b64decode(token, validate=True)
            page, issued, length = _FORM.unpack_from(sealed)
        except (binascii.Error, ValueError, struct.error):
            raise EmulatedError("InvalidPaginationTokenException", _INVALID) from None
        end = _FORM.size + length
        content, seal = sealed[:end], sealed[end:]
        genuine = hmac.compare_digest(seal, self._seal(content, scope))
        # base64 has several spellings of the same bytes; only the one that was issued counts.
        is_issued = genuine and base64.b64encode(sealed).decode() == token
        if not is_issued or now > issued + self._lifetime:
            raise EmulatedError("InvalidPaginationTokenException", _INVALID)
        return Position(content[_FORM.size :].decode() or None, page)

    def _seal(self, content: bytes, scope: tuple[str, ...]) -> bytes:
        said = "\0".join(scope).encode() + b"\0" + content
        # All of a short token that says nothing is seal.
        length = max(_SEAL_LENGTH, _LENGTH - len(content))
        return hmac.digest(self._key, said, hashlib.sha512)[:length]
