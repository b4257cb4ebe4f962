"""A plot of ratios, as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

_LEFT: Final = 140
_WIDTH: Final = 560
_BAR: Final = 13
_GAP: Final = 14
_TOP: Final = 66
_KEYS_A_LINE: Final = 4
_COLOURS: Final = ("#3b6fb6", "#7fa7d9", "#4aa3a2", "#d98032", "#5a9a55", "#8c63a8")


def drawn(ratios: Mapping[str, Mapping[str, float]], peers: Sequence[str]) -> str:
    """Horizontal bars from the line where both are equal: to the left is in our favour.

    The scale is logarithmic, as half the time and twice the time weigh the same.

    Args:
        ratios: The ratio to each peer, by case.
        peers: The order of the peers.

    Returns:
        The SVG document.
    """
    powers = [math.log2(ratio) for bars in ratios.values() for ratio in bars.values()]
    lowest = math.floor(min([-2.0, *powers]))
    highest = math.ceil(max([2.0, *powers]))
    octave = _WIDTH / (highest - lowest)
    even = _LEFT - lowest * octave
    shapes: list[str] = []
    for number, (peer, colour) in enumerate(zip(peers, _COLOURS, strict=False)):
        line, place = divmod(number, _KEYS_A_LINE)
        key, top = _LEFT + 150 * place, 12 + 18 * line
        shapes += [_bar(key, top, 12, colour), _text(key + 17, top + 10, f"CPU ours / {peer}")]
    y = _TOP
    for case, bars in ratios.items():
        shapes.append(_text(_LEFT - 8, y + len(bars) * _BAR / 2 + 3, case, "end"))
        for peer, ratio in bars.items():
            end = even + math.log2(ratio) * octave
            shapes.append(_bar(min(even, end), y, abs(end - even), _COLOURS[peers.index(peer)]))
            shapes.append(_text(max(even, end) + 4, y + 10, f"{ratio:.2f}"))
            y += _BAR
        y += _GAP
    grid: list[str] = []
    for power in range(lowest, highest + 1):
        x = even + power * octave
        grid.append(_line(x, y, "#dddddd"))
        shapes.append(_text(x, y + 14, f"{2.0**power:g}", "middle"))
    shapes.append(_line(even, y, "#b03030"))
    size = f'width="{_LEFT + _WIDTH + 60}" height="{y + 24}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">'
    paper = '<rect width="100%" height="100%" fill="white"/>'
    return "\n".join([head, paper, *grid, *shapes, "</svg>", ""])


def _bar(x: float, y: float, width: float, colour: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}"'
    return f'<rect {place} height="{_BAR - 2}" fill="{colour}"/>'


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} font-size="11" fill="#333333">{escape(text)}</text>'


def _line(x: float, bottom: float, colour: str) -> str:
    return f'<line x1="{x:.1f}" y1="{_TOP - 8}" x2="{x:.1f}" y2="{bottom}" stroke="{colour}"/>'
