from botocore.retries.bucket import Clock as Clock

class AsyncTokenBucket:
    def __init__(self, max_rate: float, clock: Clock, min_rate: float = 0.5) -> None: ...
