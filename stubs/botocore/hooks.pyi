from collections.abc import Callable
from typing import Any, TypedDict

class _UniqueHandler(TypedDict):
    handler: Callable[..., Any]

class HierarchicalEmitter:
    _unique_id_handlers: dict[str, _UniqueHandler]

class EventAliaser:
    _emitter: HierarchicalEmitter
    def register(
        self,
        event_name: str,
        handler: Callable[..., Any],
        unique_id: str | None = None,
        unique_id_uses_count: bool = False,
    ) -> None: ...
    def unregister(
        self,
        event_name: str,
        handler: Callable[..., Any] | None = None,
        unique_id: str | None = None,
        unique_id_uses_count: bool = False,
    ) -> None: ...
