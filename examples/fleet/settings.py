"""What all processes of the fleet have in common, from the environment."""

import json
import os

REDIS_URL = os.environ.get("FLEET_REDIS_URL", "redis://127.0.0.1:6379/0")
RUN = os.environ.get("FLEET_RUN", "fleet")
"""What the run's keys in Redis begin with."""
COLLECTION = os.environ.get("FLEET_COLLECTION", "visitors")
QUOTAS = json.loads(os.environ.get("FLEET_QUOTAS", '"aws"'))
"""The account's quotas, as RedisRateLimiter takes them: ``"aws"`` or ``{"IndexFaces": 200}``."""
MAX_WORKERS = int(os.environ.get("FLEET_MAX_WORKERS", "10"))
"""How many worker processes there are at most."""
LOST_AFTER = float(os.environ.get("FLEET_LOST_AFTER", "300"))
"""Seconds after which a picture that a worker has taken goes to another worker. It has to be
longer than a picture takes, with the wait for the quota and with retries."""

QUEUE = f"{RUN}:queue"
"""A stream: a message a picture."""
RESULTS = f"{RUN}:results"
"""A stream: what became of each picture, until it is collected."""
STATES = f"{RUN}:states"
"""A hash: how far each key is, QUEUED, SENT or DONE."""
PRODUCED = f"{RUN}:produced"
"""How many keys there are, once the producer has gone through all pictures."""

QUEUED, SENT, DONE = "queued", "sent", "done"
