from collections.abc import Callable, Sequence
from typing import Any

from botocore.hooks import HierarchicalEmitter

class AioHierarchicalEmitter(HierarchicalEmitter):
    async def emit(
        self, event_name: str, **kwargs: Any
    ) -> Sequence[tuple[Callable[..., Any], Any]]: ...
    async def emit_until_response(
        self, event_name: str, **kwargs: Any
    ) -> tuple[Callable[..., Any] | None, Any]: ...
    async def _emit(
        self, event_name: str, kwargs: dict[str, Any], stop_on_response: bool = False
    ) -> Sequence[tuple[Callable[..., Any], Any]]: ...
