"""Keys as ExternalImageIds, which take letters, digits and ``_.-:`` alone, and at most 255."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final

_MAX_LENGTH: Final = 255
_UNFIT: Final = re.compile(rb"[^a-zA-Z0-9_.\-]")
_ESCAPED: Final = re.compile(r":([0-9A-F]{2})")
_CUT: Final = "::"
"""Stands before the digest of a key that is too long; an escape never begins so."""
_DIGEST_BYTES: Final = 20


def external_image_id(key: str) -> str:
    """The ExternalImageId under which `RekognitionClient.index_faces_in_bulk` indexes a picture.

    Letters, digits, ``_``, ``.`` and ``-`` stay; any other byte of the key's UTF-8 becomes ``:``
    and two hexadecimal digits, as in ``2024:2Fann.jpg`` for ``2024/ann.jpg``. A key that gets too
    long so is cut, and ends in ``::`` and its digest. Two keys never have the same.

    Args:
        key: The key of a picture.

    Returns:
        An id of at most 255 characters.
    """
    raw = key.encode("utf-8", "surrogateescape")
    escaped = _UNFIT.sub(lambda found: b":%02X" % ord(found[0]), raw).decode("ascii")
    if len(escaped) <= _MAX_LENGTH:
        return escaped
    digest = _CUT + blake2b(raw, digest_size=_DIGEST_BYTES).hexdigest()
    return escaped[: _MAX_LENGTH - len(digest)].rstrip(":") + digest


def key_of_external_image_id(external_image_id: str) -> str | None:
    """The key of the picture that a face was indexed from.

    Args:
        external_image_id: What `external_image_id` made of the key.

    Returns:
        The key; None where it was too long to be kept whole.
    """
    if _CUT in external_image_id:
        return None
    raw = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), external_image_id)
    return raw.encode("latin-1", "replace").decode("utf-8", "surrogateescape")
