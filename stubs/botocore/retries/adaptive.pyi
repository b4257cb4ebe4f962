from botocore.retries.bucket import Clock

class RateClocker:
    def __init__(
        self, clock: Clock, smoothing: float = 0.8, time_bucket_range: float = 0.5
    ) -> None: ...
