"""aiobotocore."""

from __future__ import annotations

from typing import Final

from aiobotocore.session import get_session

from benchmarks.workers.dicts import Dicts
from benchmarks.workers.peer import Peer

PEER: Final[Peer] = Dicts(get_session().create_client)
