"""Sends calls at the pace that an account's quotas bear, instead of having them refused."""
