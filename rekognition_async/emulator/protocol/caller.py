"""The account and region that a request is made for."""

from __future__ import annotations

from typing import NamedTuple


class Caller(NamedTuple):
    """Whose state a request reads and changes."""

    account_id: str
    region_name: str
