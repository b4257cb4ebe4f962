"""Sends calls at the pace that an account's quotas bear, instead of having them refused."""

from rekognition_async.rate_limiting.limiter import RateLimiter

__all__ = ["RateLimiter"]
