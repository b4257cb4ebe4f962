"""`OwnEyes`: asks a user's `Eyes`, beside the event loop, and keeps what they saw.

The server makes one of each eyes that it is given.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import traceback
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar
from weakref import WeakValueDictionary

from rekognition_async.emulator import samples
from rekognition_async.emulator.eyes.interface import Eyes
from rekognition_async.emulator.eyes.results import (
    DetectedFace,
    DetectedModerationLabel,
    DetectedText,
    geometry_of,
    words_of,
)
from rekognition_async.emulator.eyes.source import Source, seen_faces
from rekognition_async.emulator.protocol.messages import EmulatedError
from rekognition_async.emulator.utils.floats import single
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.vision.images import Picture
from rekognition_async.emulator.vision.people import SeenFace

logger: Final = logging.getLogger("rekognition_async.emulator")

_METHODS: Final = ("faces", "text", "unsafe_content")
_MAX_KEPT: Final = 1000
_MAX_TOLD: Final = 200
# AWS documents that no more are read.
_MAX_WORDS: Final = 100

_T = TypeVar("_T")


def own_eyes(eyes: Eyes | Sequence[Eyes]) -> list[OwnEyes]:
    """The sources that ask the user's own eyes, in order.

    Raises:
        TypeError: One of them is no eyes.
    """
    return [OwnEyes(one) for one in (eyes if isinstance(eyes, Sequence) else [eyes])]


class OwnEyes(Source):
    """What a user's eyes see, looked at once."""

    def __init__(self, eyes: Eyes) -> None:
        """Takes the eyes.

        Raises:
            TypeError: They are none.
        """
        if isinstance(eyes, type):
            raise TypeError(f"eyes must be an object, got the class {eyes.__name__}: call it")
        if not any(callable(getattr(eyes, method, None)) for method in _METHODS):
            raise TypeError(
                f"eyes must have one of the methods {', '.join(_METHODS)}, "
                f"got {type(eyes).__name__}"
            )
        self._eyes = eyes
        # One thread: few models may be called from two at once, and they use all cores anyway.
        self._executor = ThreadPoolExecutor(1, "rekognition-eyes")
        self._kept: OrderedDict[tuple[str, str], Any] = OrderedDict()
        self._looking: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def faces(self, picture: Picture) -> list[SeenFace] | None:
        """The faces that they see."""
        found = await self._seen("faces", DetectedFace, picture)
        return None if found is None else seen_faces(picture, found)

    async def text(self, picture: Picture) -> list[JsonObject] | None:
        """The TextDetections that they read."""
        found = await self._seen("text", DetectedText, picture)
        return None if found is None else _text_detections(found)

    async def unsafe_content(self, picture: Picture) -> JsonObject | None:
        """The ModerationLabels that they see, and no ContentTypes, of which they tell nothing."""
        found = await self._seen("unsafe_content", DetectedModerationLabel, picture)
        return None if found is None else {"ModerationLabels": _moderation_labels(found)}

    async def _seen(self, method: str, kind: type[_T], picture: Picture) -> tuple[_T, ...] | None:
        """What a method returns for an image, now or the last time.

        Raises:
            EmulatedError: InternalServerError, where it fails; the log says how.
        """
        look = getattr(self._eyes, method, None)
        # Of an object that is in S3 by its name alone there is nothing to be seen.
        if look is None or picture.content is None:
            return None
        place = (method, picture.digest)
        lock = self._looking.setdefault(place, asyncio.Lock())
        async with lock:
            if place not in self._kept:
                self._kept[place] = await self._look(look, method, kind, picture.content)
                while len(self._kept) > _MAX_KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(place)
            seen: tuple[_T, ...] | None = self._kept[place]
            return seen

    async def _look(
        self, look: Callable[[bytes], Any], method: str, kind: type[_T], content: bytes
    ) -> tuple[_T, ...] | None:
        def look_here() -> Any:
            # A generator sees while it is gone through, so that is done here too.
            found = look(content)
            return found if inspect.isawaitable(found) else _checked(found, kind)

        try:
            if inspect.iscoroutinefunction(look):
                return _checked(await look(content), kind)
            seen = await asyncio.get_running_loop().run_in_executor(self._executor, look_here)
            return _checked(await seen, kind) if inspect.isawaitable(seen) else seen
        except Exception as error:
            name = f"{type(self._eyes).__name__}.{method}"
            frame = traceback.extract_tb(error.__traceback__)[-1]
            told = " ".join(str(error).split())[:_MAX_TOLD]
            logger.error(  # noqa: TRY400 - one line; the traceback is for who looks for it
                "%s failed: %s: %s (%s:%s)",
                name,
                type(error).__name__,
                told,
                frame.filename,
                frame.lineno,
            )
            logger.debug("%s failed", name, exc_info=True)
            raise EmulatedError(
                "InternalServerError", f"{name} of the eyes failed; the emulator's log says how"
            ) from None


def _checked(found: Any, kind: type[_T]) -> tuple[_T, ...] | None:
    if found is None:
        return None
    if not isinstance(found, Iterable):
        raise TypeError(
            f"eyes must return a list of {kind.__name__}, or None, got {type(found).__name__}"
        )
    items: list[Any] = list(found)
    for number, item in enumerate(items):
        if not isinstance(item, kind):
            raise TypeError(f"[{number}] must be a {kind.__name__}, got {type(item).__name__}")
    return tuple(items)


def _text_detections(lines: Sequence[DetectedText]) -> list[JsonObject]:
    """The TextDetections of lines, with at most 100 words."""
    read: list[tuple[DetectedText, Sequence[DetectedText]]] = []
    room = _MAX_WORDS
    for line in lines:
        words = words_of(line)[:room]
        if not words:
            break
        read.append((line, words))
        room -= len(words)
    return samples.numbered_text(
        [(_text_detection(line), [_text_detection(word) for word in words]) for line, words in read]
    )


def _text_detection(text: DetectedText) -> JsonObject:
    return {
        "DetectedText": text.text,
        "Confidence": single(text.confidence),
        "Geometry": geometry_of(text),
    }


def _moderation_labels(labels: Sequence[DetectedModerationLabel]) -> list[JsonObject]:
    """The ModerationLabels of labels, each followed by those above it, the surest first."""
    above: dict[str, Sequence[str]] = {}
    for label in labels:
        if label.parents:
            names = (label.name, *label.parents)
            above |= {name: names[number + 1 :] for number, name in enumerate(names)}
    return samples.labels_with_parents(
        {label.name: single(label.confidence) for label in labels},
        lambda name: above.get(name, samples.lineage(name)),
    )
