"""Parents of labels: adds to labels that were chosen the ones above them.

Labels and moderation labels both call `with_ancestors` with their own taxonomy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

Lineage: TypeAlias = Callable[[str], Sequence[str]]
"""The names that a name stands below, the next one first."""


def with_ancestors(leaves: Mapping[str, float], lineage: Lineage) -> dict[str, float]:
    """The names of things seen, and of all that they are kinds of, with a confidence each.

    What a thing is a kind of is as sure as the thing at the least: no threshold leaves a name
    without those above it.

    Args:
        leaves: The confidence in each thing seen.
        lineage: Tells what it is a kind of.

    Returns:
        Names with confidences, the surest first, and each thing before what it is a kind of.
    """
    confidences: dict[str, float] = {}
    # The surest thing comes first, and is what those above it are as sure as.
    for leaf in sorted(leaves, key=lambda name: (-leaves[name], name)):
        for name in (leaf, *lineage(leaf)):
            confidences.setdefault(name, leaves[leaf])
    return confidences
