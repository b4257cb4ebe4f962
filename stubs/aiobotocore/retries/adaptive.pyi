from typing import Any, Protocol

from aiobotocore.retries.bucket import AsyncTokenBucket, Clock
from botocore.retries.adaptive import RateClocker
from botocore.retries.throttling import CubicCalculator

class _ThrottlingDetector(Protocol):
    def is_throttling_error(self, **kwargs: Any) -> bool: ...

class AsyncClientRateLimiter:
    _enabled: bool
    def __init__(
        self,
        rate_adjustor: CubicCalculator,
        rate_clocker: RateClocker,
        token_bucket: AsyncTokenBucket,
        throttling_detector: _ThrottlingDetector,
        clock: Clock,
    ) -> None: ...
    async def on_sending_request(self, request: object, **kwargs: Any) -> None: ...
    async def on_receiving_response(self, **kwargs: Any) -> None: ...
