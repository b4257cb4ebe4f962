"""The events of our own sessions are aiobotocore's."""

from typing import Any

import pytest
from aiobotocore.hooks import AioHierarchicalEmitter

from rekognition_async._botocore.emitter import Emitter


@pytest.mark.parametrize("cls", [Emitter, AioHierarchicalEmitter])
async def test_handlers_are_called_from_the_most_specific_and_awaited(
    cls: type[AioHierarchicalEmitter],
) -> None:
    """Plain and async ones alike; where an answer ends it, nobody is asked after the first."""
    called: list[tuple[str, str, int]] = []

    def note(name: str, event_name: str, told: int) -> str:
        called.append((name, event_name, told))
        return name

    async def awaited(event_name: str, told: int, **_: Any) -> str:
        return note("awaited", event_name, told)

    async def silent(event_name: str, told: int, **_: Any) -> None:
        note("silent", event_name, told)

    def plain(event_name: str, told: int, **_: Any) -> str:
        return note("plain", event_name, told)

    emitter = cls()
    assert await emitter.emit("a.b.c", told=0) == []
    assert await emitter.emit_until_response("a.b.c", told=0) == (None, None)
    for event, handler in (("a", plain), ("a.b", awaited), ("a.b.c", silent)):
        emitter.register(event, handler)
    answers = [("silent", None), ("awaited", "awaited"), ("plain", "plain")]
    for _ in range(2):
        called.clear()
        emitted = await emitter.emit("a.b.c", told=1)
        assert [(handler.__name__, answer) for handler, answer in emitted] == answers
        assert called == [(name, "a.b.c", 1) for name, _ in answers]
    called.clear()
    assert (await emitter.emit_until_response("a.b.c", told=2))[1] == "awaited"
    assert [name for name, *_ in called] == ["silent", "awaited"]
