"""Paints what an answer tells onto the picture it is about."""

from __future__ import annotations

import io
import os
import unicodedata
import zlib
from collections.abc import Iterable
from typing import Any, Final, Literal, TypeAlias

from PIL import Image, ImageDraw, ImageFont
from pydantic import BaseModel

from rekognition_async.drawing.marks import Findings, Mark, findings_of
from rekognition_async.pictures.sources import PictureSource, displayed

Color: TypeAlias = tuple[int, int, int]
_Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont
_Place: TypeAlias = tuple[int, int, int, int]

_PALETTE: Final[tuple[Color, ...]] = (
    (230, 85, 13), (49, 130, 189), (148, 52, 201), (214, 39, 108),
    (0, 150, 136), (178, 134, 0), (84, 92, 214), (190, 60, 60),
)  # fmt: skip
_TONES: Final[dict[str, Color]] = {
    "good": (22, 140, 60),
    "poor": (205, 40, 40),
    "minor": (120, 120, 120),
}
_DARK: Final[Color] = (20, 20, 20)
_LIGHT: Final[Color] = (255, 255, 255)
_HALF: Final = 128
_ASCII: Final = 128
_PANEL_OPACITY: Final = 190
_MAX_PANEL_SHARE: Final = 0.6
_MAX_PREVIEW_SIDE: Final = 1600


class Drawing:
    """A picture with what was found on it; it shows itself in a notebook.

    Attributes:
        image: The picture in Pillow's form, RGB, upright.
    """

    def __init__(self, image: Image.Image) -> None:
        self.image = image

    @property
    def width(self) -> int:
        """Pixels."""
        return self.image.width

    @property
    def height(self) -> int:
        """Pixels."""
        return self.image.height

    def save(self, path: str | os.PathLike[str], **options: Any) -> None:
        """Writes the drawing to a file, in the format that its ending names.

        Args:
            path: The file.
            options: Pillow's for the format, such as ``quality`` of a JPEG.

        Raises:
            OSError: The file cannot be written.
            ValueError: The ending names no format.
        """
        self.image.save(path, **options)

    def _repr_png_(self) -> bytes:
        """The drawing for a notebook, at most 1,600 pixels a side."""
        shown = self.image.copy()
        shown.thumbnail((_MAX_PREVIEW_SIDE, _MAX_PREVIEW_SIDE))
        buffer = io.BytesIO()
        shown.save(buffer, "PNG")
        return buffer.getvalue()

    def __repr__(self) -> str:
        return f"<Drawing of {self.width} by {self.height} pixels>"


def paint(
    image: PictureSource,
    response: BaseModel | Iterable[BaseModel],
    *,
    compared: Literal["source", "target"],
    font: str | os.PathLike[str] | None,
) -> Drawing:
    """Draws what an answer tells onto its picture."""
    canvas = displayed(image).convert("RGB")
    if canvas is image:
        canvas = canvas.copy()
    _Painter(canvas, font).paint(findings_of(response, compared))
    return Drawing(canvas)


class _Painter:
    """Paints onto one picture, in sizes that suit it."""

    def __init__(self, canvas: Image.Image, font: str | os.PathLike[str] | None) -> None:
        side = (canvas.width * canvas.height) ** 0.5
        self._canvas = canvas
        self._draw = ImageDraw.Draw(canvas)
        self._line = max(2, round(side / 250))
        size = max(11, round(side / 38))
        self._has_every_letter = font is not None
        self._font: _Font = (
            ImageFont.load_default(size)
            if font is None
            else ImageFont.truetype(os.fspath(font), size)
        )
        self._padding = max(2, size // 4)
        self._taken: list[_Place] = []

    def paint(self, found: Findings) -> None:
        """Paints outlines first, so that no line runs through a caption."""
        for mark in sorted(found.marks, key=lambda mark: mark.tone != "minor"):
            self._paint_outline(mark)
        for mark in found.marks:
            if mark.caption:
                self._paint_caption(mark)
        if found.notes:
            self._paint_notes(found.notes)

    def _paint_outline(self, mark: Mark) -> None:
        color = _color_of(mark)
        line = max(1, self._line // 2) if mark.tone == "minor" else self._line
        corners = self._pixels(mark.corners)
        closed = [*corners, corners[0], corners[1]]
        # A dark seam sets bright lines off from bright ground.
        self._draw.line(closed, fill=_DARK, width=line + 2, joint="curve")
        self._draw.line(closed, fill=color, width=line, joint="curve")
        radius = max(1, self._line * 3 // 4)
        for x, y in self._pixels(mark.points):
            around = (x - radius, y - radius, x + radius, y + radius)
            self._draw.ellipse(around, fill=color, outline=_LIGHT)

    def _paint_caption(self, mark: Mark) -> None:
        text = self._shortened(self._legible(mark.caption))
        width, height = self._size_of(text)
        corners = self._pixels(mark.corners)
        left, top = min(x for x, _ in corners), min(y for _, y in corners)
        right, bottom = max(x for x, _ in corners), max(y for _, y in corners)
        candidates = [
            self._inside(x, y, width, height)
            for y in (top - height, bottom, top, bottom - height)
            for x in (left, right - width)
        ]
        place = min(candidates, key=self._overlap)
        self._taken.append(place)
        color = _color_of(mark)
        self._draw.rectangle(place, fill=color)
        self._write(text, place, _LIGHT if _luminance(color) < _HALF else _DARK)

    def _paint_notes(self, notes: list[str]) -> None:
        """Writes what has no place into a corner, as many lines as there is room for."""
        lines = [self._shortened(self._legible(note)) for note in notes]
        _, height = self._size_of("Ag")
        room = max(1, int(self._canvas.height * _MAX_PANEL_SHARE) // height)
        if len(lines) > room:
            lines = [*lines[: room - 1], f"and {len(lines) - room + 1} more"]
        width = max(self._size_of(line)[0] for line in lines)
        tall = height * len(lines)
        canvas = self._canvas
        corners = [
            self._inside(x, y, width, tall) for y in (0, canvas.height) for x in (0, canvas.width)
        ]
        left, top, right, bottom = min(corners, key=self._overlap)
        ground = Image.new("L", (right - left, bottom - top), _PANEL_OPACITY)
        canvas.paste(_DARK, (left, top), ground)
        for index, line in enumerate(lines):
            place = (left, top + index * height, right, top + (index + 1) * height)
            self._write(line, place, _LIGHT)

    def _write(self, text: str, place: _Place, color: Color) -> None:
        left, top, _, bottom = place
        middle = (top + bottom) / 2
        self._draw.text(
            (left + self._padding, middle), text, fill=color, font=self._font, anchor="lm"
        )

    def _pixels(self, corners: Iterable[tuple[float, float]]) -> list[tuple[int, int]]:
        width, height = self._canvas.size
        # What reaches beyond the picture is drawn along its edge.
        return [
            (
                round(min(max(x, 0.0), 1.0) * (width - 1)),
                round(min(max(y, 0.0), 1.0) * (height - 1)),
            )
            for x, y in corners
        ]

    def _size_of(self, text: str) -> tuple[int, int]:
        _, top, _, bottom = self._font.getbbox("Ag")
        height = round(bottom - top) + 2 * self._padding
        return round(self._font.getlength(text)) + 2 * self._padding, height

    def _inside(self, left: int, top: int, width: int, height: int) -> _Place:
        """A place of a size, moved so that it is on the picture."""
        left = max(0, min(left, self._canvas.width - 1 - width))
        top = max(0, min(top, self._canvas.height - 1 - height))
        return left, top, left + width, top + height

    def _overlap(self, place: _Place) -> int:
        """How many pixels of a place are written on already."""
        left, top, right, bottom = place
        return sum(
            max(0, min(right, other[2]) - max(left, other[0]))
            * max(0, min(bottom, other[3]) - max(top, other[1]))
            for other in self._taken
        )

    def _shortened(self, text: str) -> str:
        """A text that is no wider than the picture."""
        most = self._canvas.width - 1 - 2 * self._padding
        if self._font.getlength(text) <= most:
            return text
        while text and self._font.getlength(f"{text}...") > most:
            text = text[:-1]
        return f"{text}..."

    def _legible(self, text: str) -> str:
        """A text in the letters that the font has: Pillow's own has those of ASCII."""
        text = " ".join(text.split())
        if self._has_every_letter:
            return text
        plain = unicodedata.normalize("NFKD", text)
        return "".join(
            letter if ord(letter) < _ASCII else "?"
            for letter in plain
            if not unicodedata.combining(letter)
        )


def _color_of(mark: Mark) -> Color:
    if mark.tone is not None:
        return _TONES[mark.tone]
    return _PALETTE[zlib.crc32(mark.subject.encode()) % len(_PALETTE)]


def _luminance(color: Color) -> float:
    red, green, blue = color
    return 0.299 * red + 0.587 * green + 0.114 * blue
