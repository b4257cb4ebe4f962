"""The User-Agent header: botocore's, built once for each set of features that it tells of.

`connection` registers `CachedUserAgent` with each session of our own.
"""

from __future__ import annotations

from typing import Self

from aiobotocore.config import AioConfig
from botocore.context import get_context
from botocore.useragent import UserAgentString


class CachedUserAgent(UserAgentString):
    """Builds the header as botocore does, and keeps it.

    Of what the header tells, only the features that a call has made use of differ between the
    calls of a client.
    """

    def __init__(self, *parts: str | None, **named_parts: str | None) -> None:
        super().__init__(*parts, **named_parts)
        self._built: dict[frozenset[str], str] = {}

    def with_client_config(self, client_config: AioConfig) -> Self:
        """A copy for a client."""
        mine = super().with_client_config(client_config)
        mine._built = {}
        return mine

    def to_string(self) -> str:
        """The header."""
        context = get_context()
        features = frozenset(context.features if context is not None else ())
        kept = self._built.get(features)
        if kept is None:
            kept = self._built[features] = super().to_string()
        return kept
