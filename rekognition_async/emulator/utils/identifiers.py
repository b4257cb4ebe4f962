"""UUIDs, job ids and seeds from a hash of their parts: the same input gives the same ones.

They make tests repeatable on every machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

# The bits of a UUID that say of which variant it is, by the digit they are put into.
_VARIANTS: Final = {f"{digit:x}": f"{digit & 3 | 8:x}" for digit in range(16)}


def seed_of(*parts: object) -> int:
    """A number of 256 bits that is the same for the same parts."""
    return int.from_bytes(_digest(parts))


def uuid_of(*parts: object, version: int = 4) -> str:
    """A UUID that is the same for the same parts."""
    *first, last = parts
    return uuids_of(*first, version=version)(str(last))


def uuids_of(*parts: object, version: int = 4) -> Callable[[str], str]:
    """`uuid_of` of these parts and a last one, for very many last ones."""
    first, sha256 = "\0".join(map(str, (*parts, ""))), hashlib.sha256

    def made(last: str) -> str:
        digits = sha256((first + last).encode("utf-8", "surrogatepass")).hexdigest()
        return (
            f"{digits[:8]}-{digits[8:12]}-{version}{digits[13:16]}-"
            f"{_VARIANTS[digits[16]]}{digits[17:20]}-{digits[20:32]}"
        )

    return made


def job_id_of(*parts: object) -> str:
    """64 hexadecimal digits that are the same for the same parts."""
    return _digest(parts).hex()


def _digest(parts: tuple[object, ...]) -> bytes:
    return hashlib.sha256("\0".join(map(str, parts)).encode(errors="surrogatepass")).digest()
