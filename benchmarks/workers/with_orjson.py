"""aiobotocore, with bodies parsed by orjson to dicts that nothing checks."""

from __future__ import annotations

from typing import Final

import orjson  # type: ignore[import-not-found]  # in its own environment only
from aiobotocore.session import get_session

from benchmarks.workers.bodies import Bodies
from benchmarks.workers.peer import OPERATIONS, Peer

PEER: Final[Peer] = Bodies(get_session(), dict.fromkeys(OPERATIONS, orjson.loads))
