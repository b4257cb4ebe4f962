"""DetectLabels and GetLabelDetection: labels with their parents, categories, aliases and boxes.

`detected_labels` makes those of an image; videos combine `scene`, `lineage` and `label`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rekognition_async.emulator.samples.colors import dominant_colors
from rekognition_async.emulator.samples.taxonomy import with_ancestors
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.utils.seeded_random import SeededRandom

LABEL_MODEL_VERSION: Final = "3.0"

_MAX_INSTANCES: Final = 3


@dataclass(frozen=True)
class _Kind:
    category: str
    parents: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    has_instances: bool = False


_ANIMALS: Final = "Animals and Pets"
_BUILDINGS: Final = "Buildings and Architecture"
_FOOD: Final = "Food and Beverage"
_FURNITURE: Final = "Furniture and Furnishings"
_NATURE: Final = "Nature and Outdoors"
_PEOPLE: Final = "Person Description"
_PLANTS: Final = "Plants and Flowers"
_SPORTS: Final = "Sports"
_TECHNOLOGY: Final = "Technology and Computing"
_VEHICLES: Final = "Vehicles and Automotive"

_KINDS: Final = {
    "Adult": _Kind(_PEOPLE, ("Person",), has_instances=True),
    "Animal": _Kind(_ANIMALS),
    "Ball": _Kind(_SPORTS, has_instances=True),
    "Beach": _Kind(_NATURE, ("Coast", "Shoreline", "Nature", "Outdoors")),
    "Bicycle": _Kind(_VEHICLES, ("Transportation", "Vehicle"), ("Bike",), has_instances=True),
    "Bread": _Kind(_FOOD, ("Food",)),
    "Building": _Kind(_BUILDINGS, ("Architecture",), has_instances=True),
    "Architecture": _Kind(_BUILDINGS),
    "Canine": _Kind(_ANIMALS, ("Animal", "Mammal")),
    "Car": _Kind(_VEHICLES, ("Transportation", "Vehicle"), ("Automobile",), has_instances=True),
    "Cat": _Kind(_ANIMALS, ("Animal", "Mammal", "Pet"), has_instances=True),
    "Chair": _Kind(_FURNITURE, ("Furniture",), has_instances=True),
    "City": _Kind(_BUILDINGS, (), ("Town",)),
    "Coast": _Kind(_NATURE, ("Shoreline", "Nature", "Outdoors")),
    "Computer": _Kind(_TECHNOLOGY, ("Electronics",), has_instances=True),
    "Couch": _Kind(_FURNITURE, ("Furniture",), has_instances=True),
    "Dog": _Kind(_ANIMALS, ("Animal", "Canine", "Mammal", "Pet"), has_instances=True),
    "Electronics": _Kind(_TECHNOLOGY),
    "Flower": _Kind(_PLANTS, ("Plant",), has_instances=True),
    "Food": _Kind(_FOOD),
    "Football": _Kind(_SPORTS, ("Ball", "Sport"), ("Soccer",), has_instances=True),
    "Fruit": _Kind(_FOOD, ("Food", "Plant", "Produce")),
    "Furniture": _Kind(_FURNITURE),
    "Laptop": _Kind(_TECHNOLOGY, ("Computer", "Electronics", "Pc"), has_instances=True),
    "Male": _Kind(_PEOPLE, ("Person",), has_instances=True),
    "Mammal": _Kind(_ANIMALS, ("Animal",)),
    "Man": _Kind(_PEOPLE, ("Adult", "Male", "Person"), has_instances=True),
    "Female": _Kind(_PEOPLE, ("Person",), has_instances=True),
    "Woman": _Kind(_PEOPLE, ("Adult", "Female", "Person"), has_instances=True),
    "Mountain": _Kind(_NATURE, ("Mountain Range", "Nature", "Outdoors", "Peak")),
    "Mountain Range": _Kind(_NATURE, ("Nature", "Outdoors", "Peak")),
    "Nature": _Kind(_NATURE, ("Outdoors",)),
    "Outdoors": _Kind(_NATURE),
    "Pc": _Kind(_TECHNOLOGY, ("Computer", "Electronics"), ("Desktop Computer",)),
    "Peak": _Kind(_NATURE, ("Nature", "Outdoors"), ("Summit",)),
    "Person": _Kind(_PEOPLE, (), ("Human",), has_instances=True),
    "Pet": _Kind(_ANIMALS, ("Animal",)),
    "Plant": _Kind(_PLANTS),
    "Produce": _Kind(_FOOD, ("Food",)),
    "Road": _Kind(_BUILDINGS),
    "Sea": _Kind(_NATURE, ("Nature", "Outdoors", "Water"), ("Ocean",)),
    "Shoreline": _Kind(_NATURE, ("Nature", "Outdoors")),
    "Sport": _Kind(_SPORTS, (), ("Sports",)),
    "Street": _Kind(_BUILDINGS, ("City", "Road")),
    "Table": _Kind(_FURNITURE, ("Furniture",), has_instances=True),
    "Transportation": _Kind(_VEHICLES),
    "Tree": _Kind(_PLANTS, ("Plant",), has_instances=True),
    "Vehicle": _Kind(_VEHICLES, ("Transportation",)),
    "Water": _Kind(_NATURE),
}

# What is seen together.
_SCENES: Final = (
    ("Bicycle", "Building", "Car", "Street", "Tree", "Woman"),
    ("Beach", "Man", "Sea", "Woman"),
    ("Cat", "Chair", "Couch", "Flower", "Table"),
    ("Chair", "Laptop", "Man", "Table", "Woman"),
    ("Dog", "Flower", "Mountain", "Tree", "Woman"),
    ("Bread", "Flower", "Fruit", "Table"),
    ("Dog", "Football", "Man", "Tree"),
)


def detected_labels(seed: int, *, colored: bool = True) -> list[JsonObject]:
    """The Labels of a picture, the surest first, down to those that are quite unsure.

    Args:
        seed: What they depend on.
        colored: Whether they say in what colours things are; they are the same otherwise.

    Returns:
        The labels. They are not to be changed.
    """
    return list(_labels(seed, colored=colored))


@lru_cache(maxsize=256)
def _labels(seed: int, *, colored: bool) -> Sequence[JsonObject]:
    """The labels of a picture, kept because tests ask for those of the same ones again."""
    rng = SeededRandom(seed, "labels")
    leaves = {name: rng.number(40, 99.9) for name in scene(rng, 6)}
    # Whatever the threshold, there is something to be seen.
    leaves[next(iter(leaves))] = rng.number(90, 99.9)
    found = [
        label(SeededRandom(seed, name), name, confidence, colored=colored)
        for name, confidence in with_ancestors(leaves, lineage).items()
    ]
    # Where a thing and what it is a kind of are equally sure, either may come first.
    ranks = {item["Name"]: rng.number(0, 1) for item in found}
    return tuple(sorted(found, key=lambda item: (-item["Confidence"], ranks[item["Name"]])))


def scene(rng: SeededRandom, most: int) -> Sequence[str]:
    """At least two labels that are seen together, and below which there are no others."""
    things = rng.pick(_SCENES)
    return rng.some(things, rng.count(2, most))


def lineage(name: str) -> Sequence[str]:
    """What a label is a kind of."""
    return _KINDS[name].parents


def label(rng: SeededRandom, name: str, confidence: float, *, colored: bool = False) -> JsonObject:
    """A Label.

    Args:
        rng: Decides where it is.
        name: Its name.
        confidence: How sure it is.
        colored: Whether it says in what colours.
    """
    kind = _KINDS[name]
    count = rng.count(1, _MAX_INSTANCES) if kind.has_instances else 0
    instances: list[JsonObject] = [
        {
            "BoundingBox": rng.box((0.08, 0.5), (0.08, 0.6)),
            # A label is as sure as the instance that is seen best.
            "Confidence": rng.number(confidence * 0.7, confidence) if number else confidence,
        }
        for number in range(count)
    ]
    if colored:
        for instance in instances:
            instance["DominantColors"] = dominant_colors(rng, 3)
    return {
        "Name": name,
        "Confidence": confidence,
        "Instances": instances,
        "Parents": [{"Name": parent} for parent in kind.parents],
        "Aliases": [{"Name": alias} for alias in kind.aliases],
        "Categories": [{"Name": kind.category}],
    }
