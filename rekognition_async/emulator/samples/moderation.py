"""DetectModerationLabels and GetContentModeration: labels of the taxonomy of model version 7.

`moderation_labels` and `content_types` make those of an image; videos combine `unwanted`, `lineage`
and `moderation_label`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rekognition_async.emulator.samples.taxonomy import Lineage, with_ancestors
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.utils.seeded_random import SeededRandom

MODERATION_MODEL_VERSION: Final = "7.0"

_NUDITY: Final = "Non-Explicit Nudity of Intimate parts and Kissing"
_SUBSTANCES: Final = "Drugs & Tobacco Paraphernalia & Use"

# The name above each; those at the top have none.
_PARENTS: Final = {
    "Air Crash": "Crashes",
    "Alcohol": "",
    "Alcohol Use": "Alcohol",
    "Alcoholic Beverages": "Alcohol",
    "Bare Back": "Non-Explicit Nudity",
    "Blood & Gore": "Graphic Violence",
    "Crashes": "Visually Disturbing",
    "Drinking": "Alcohol Use",
    "Drugs & Tobacco": "",
    _SUBSTANCES: "Drugs & Tobacco",
    "Explicit": "",
    "Explicit Nudity": "Explicit",
    "Explosions and Blasts": "Graphic Violence",
    "Female Swimwear or Underwear": "Swimwear or Underwear",
    "Gambling": "",
    "Graphic Violence": "Violence",
    "Kissing on the Lips": _NUDITY,
    "Male Swimwear or Underwear": "Swimwear or Underwear",
    "Middle Finger": "Rude Gestures",
    "Non-Explicit Nudity": _NUDITY,
    _NUDITY: "",
    "Pills": "Products",
    "Products": "Drugs & Tobacco",
    "Rude Gestures": "",
    "Smoking": _SUBSTANCES,
    "Swimwear or Underwear": "",
    "Violence": "",
    "Visually Disturbing": "",
    "Weapons": "Violence",
}
_LEAVES: Final = sorted(_PARENTS.keys() - set(_PARENTS.values()))


def moderation_labels(seed: int) -> list[JsonObject]:
    """The ModerationLabels of a picture; every second picture has none.

    The surest is first, each followed by those above it.
    """
    rng = SeededRandom(seed, "moderation")
    if rng.happens(0.5):
        return []
    leaves = {name: rng.number(45, 99.9) for name in unwanted(rng, 2)}
    return labels_with_parents(leaves, lineage)


def labels_with_parents(leaves: Mapping[str, float], lineage: Lineage) -> list[JsonObject]:
    """ModerationLabels, the surest first, each followed by those above it.

    Args:
        leaves: The confidence in each that is seen.
        lineage: Tells the names above a name.
    """
    found = with_ancestors(leaves, lineage)
    return [moderation_label(name, sure, lineage(name)) for name, sure in found.items()]


def content_types(seed: int) -> list[JsonObject]:
    """The ContentTypes of a picture; most pictures are photographs, and have none."""
    rng = SeededRandom(seed, "content types")
    if rng.happens(0.8):
        return []
    names = rng.some(("Animated", "Illustrated"), rng.count(1, 2))
    types = [{"Name": name, "Confidence": rng.number(70, 99.9)} for name in names]
    return sorted(types, key=lambda content: -content["Confidence"])


def unwanted(rng: SeededRandom, most: int) -> Sequence[str]:
    """At least one label below which there are no others."""
    return rng.some(_LEAVES, rng.count(1, most))


def lineage(name: str) -> Sequence[str]:
    """The labels above one; none are known of a name that is not known."""
    above: list[str] = []
    while name := _PARENTS.get(name, ""):
        above.append(name)
    return above


def moderation_label(name: str, confidence: float, above: Sequence[str]) -> JsonObject:
    """A ModerationLabel, with the names above it."""
    return {
        "Confidence": confidence,
        "Name": name,
        "ParentName": above[0] if above else "",
        "TaxonomyLevel": len(above) + 1,
    }
