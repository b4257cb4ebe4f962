from collections.abc import Callable, Sequence
from typing import Any, TypedDict

class _UniqueHandler(TypedDict):
    handler: Callable[..., Any]

class _PrefixTrie:
    def prefix_search(self, key: str) -> Sequence[Callable[..., Any]]: ...

class HierarchicalEmitter:
    _handlers: _PrefixTrie
    _lookup_cache: dict[str, Sequence[Callable[..., Any]]]
    _unique_id_handlers: dict[str, _UniqueHandler]
    def register(
        self,
        event_name: str,
        handler: Callable[..., Any],
        unique_id: str | None = None,
        unique_id_uses_count: bool = False,
    ) -> None: ...

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
