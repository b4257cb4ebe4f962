"""Which hosts can only mean this machine.

The client reaches an endpoint there without a proxy, and the emulator lets in who asks for one.
"""

from __future__ import annotations

import ipaddress
from typing import Final

_LOCAL_NAME: Final = "localhost"


def is_loopback(host: str) -> bool:
    """Whether a name or an address, without a port, can only mean this machine."""
    name = host.lower().removesuffix(".")
    if name == _LOCAL_NAME or name.endswith(f".{_LOCAL_NAME}"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
