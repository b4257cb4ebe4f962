"""What every view of the page is given: what was asked for, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rekognition_async.emulator.admin.sources import Kept, PageSource
from rekognition_async.emulator.protocol.caller import Caller

_MAX_NUMBER: Final = 2**62


@dataclass(frozen=True)
class View:
    """A view of the page that is asked for.

    Attributes:
        emulator: What the page is about.
        kept: What it keeps.
        query: The parameters of the address.
        is_admin: Whether the admin routes are on, so that there are buttons.
        token: What forms have to send, so that no other site can.
        message: What went wrong with the form that was sent.
    """

    emulator: PageSource
    kept: Kept
    query: Mapping[str, str]
    is_admin: bool = False
    token: str = ""
    message: str = ""

    def text(self, name: str) -> str:
        """A parameter; empty where it is not given."""
        return self.query.get(name, "")

    def number(self, name: str) -> int | None:
        """A parameter that is a whole number; None where it is none."""
        value = self.text(name)
        if not value.isascii() or not value.isdigit():
            return None
        return min(int(value[:20]), _MAX_NUMBER)

    def caller(self) -> Caller | None:
        """Whose state is asked for; None for everybody's."""
        account, region = self.text("account"), self.text("region")
        return Caller(account, region) if account or region else None
