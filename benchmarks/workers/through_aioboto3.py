"""aioboto3."""

from __future__ import annotations

from typing import Final

import aioboto3

from benchmarks.workers.dicts import Dicts
from benchmarks.workers.peer import Peer

PEER: Final[Peer] = Dicts(aioboto3.Session().client)
