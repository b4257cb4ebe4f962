"""Which keys belong to one of several parts: the same on every machine and with every version."""

from __future__ import annotations

from hashlib import blake2b

_DIGEST_BYTES = 8


def shard_problem(shard: object) -> str | None:
    """What is wrong with a shard; None where nothing is."""
    match shard:
        case None:
            return None
        case (int(index), int(count)) if not isinstance(index, bool) and 0 <= index < count:
            return None
        case _:
            pass
    return (
        "input should be (index, count) with 0 <= index < count, as in (0, 10) for the first "
        f"of ten, got {shard!r}"
    )


def is_in_shard(key: str, shard: tuple[int, int] | None) -> bool:
    """Whether a key belongs to a part of the whole.

    Args:
        key: The key.
        shard: The part's index, from 0, and how many parts there are; None is the whole.
    """
    if shard is None:
        return True
    index, count = shard
    digest = blake2b(key.encode("utf-8", "surrogateescape"), digest_size=_DIGEST_BYTES).digest()
    return int.from_bytes(digest, "big") % count == index
