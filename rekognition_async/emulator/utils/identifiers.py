"""UUIDs, job ids and seeds from a hash of their parts: the same input gives the same ones.

They make tests repeatable on every machine.
"""

from __future__ import annotations

import hashlib
import uuid


def seed_of(*parts: object) -> int:
    """A number of 256 bits that is the same for the same parts."""
    return int.from_bytes(_digest(parts))


def uuid_of(*parts: object, version: int = 4) -> str:
    """A UUID that is the same for the same parts."""
    return str(uuid.UUID(bytes=_digest(parts)[:16], version=version))


def job_id_of(*parts: object) -> str:
    """64 hexadecimal digits that are the same for the same parts."""
    return _digest(parts).hex()


def _digest(parts: tuple[object, ...]) -> bytes:
    return hashlib.sha256("\0".join(map(str, parts)).encode(errors="surrogatepass")).digest()
