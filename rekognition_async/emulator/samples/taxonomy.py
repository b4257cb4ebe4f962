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

    What a thing is a kind of is as sure as the thing at the least, and comes before it: so any
    threshold and any limit leaves no name without those above it.

    Args:
        leaves: The confidence in each thing seen.
        lineage: Tells what it is a kind of.

    Returns:
        Names with confidences, the surest first.
    """
    confidences = dict(leaves)
    for leaf, confidence in leaves.items():
        for name in lineage(leaf):
            confidences[name] = max(confidences.get(name, 0.0), confidence)
    ordered = sorted(confidences, key=lambda name: (-confidences[name], len(lineage(name)), name))
    return {name: confidences[name] for name in ordered}
