"""The overlay: each entry fits the service model, and each part of the model has words of ours."""

import copy
import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.loaders import create_loader
from model_strategies import service_model

from codegen.overlay import Overlay, OverlayError
from codegen.pages import FOLDER, Pages
from codegen.read import read
from codegen.render.indexes import HAND_WRITTEN
from rekognition_async import RekognitionClient, models
from rekognition_async.pictures.limits import OWN_LIMITS, PictureLimits

ROOT = Path(__file__).parents[2]
OVERLAY = Overlay.load()
SERVICE = read(OVERLAY.domain_of)
WORDS_THAT_ARE_NO_CHANCE = 8

BY_HAND = {
    *HAND_WRITTEN,
    "Collection",
    "DatasetEntry",
    "DatasetEntryBox",
    "DatasetEntryError",
    "DatasetEntryLabel",
}
needs_newest = pytest.mark.skipif(
    not {*models.__all__} - BY_HAND <= {*service_model().shape_names},
    reason="the overlay knows what the newest botocore that the package supports knows",
)


@needs_newest
def test_every_entry_fits_the_service_model() -> None:
    """Nothing in the overlay is about something that the service does not have."""
    OVERLAY.check(SERVICE)


def test_everything_has_words() -> None:
    """Every operation, structure and member is documented; what is not yet is named here."""
    assert OVERLAY.undocumented(SERVICE) == []


def test_what_has_no_words_is_named() -> None:
    """An operation, a structure and a member that nothing is written of are told by name."""
    overlay = copy.deepcopy(OVERLAY)
    del overlay.operations["DeleteFaces"]["returns"]
    del overlay.shapes["Smile"]
    del overlay.terms["response"]["VideoMetadata"]
    assert {
        "operation DeleteFaces",
        "structure Smile",
        "member Smile.Value",
        "member GetFaceSearchResponse.VideoMetadata",
    } <= {*overlay.undocumented(SERVICE)}


def with_more(entry: Any, more: Any) -> Any:
    """An entry of the overlay, with more in its tables and lists."""
    if isinstance(entry, dict):
        return entry | {name: with_more(entry.get(name), value) for name, value in more.items()}
    return [*entry, *more] if isinstance(entry, list) else more


STRANGERS: dict[str, dict[str, Any]] = {
    "no operation DetectGhosts": {"domains": {"images": {"operations": ["DetectGhosts"]}}},
    "operations of images share no Ghost, in modules compared_face": {
        "modules": {"images": {"compared_face": {"names": ["Ghost"]}}}
    },
    "operations of images share no Image, in modules compared_face": {
        "modules": {"images": {"compared_face": {"names": ["Image"]}}}
    },
    "Image, which operations of common share, is in 2 modules": {
        "modules": {"common": {"geometry": {"names": ["Image"]}}}
    },
    "no operation DeleteGhost": {"operations": {"DeleteGhost": {"summary": "Deletes a ghost."}}},
    "DeleteFaces has no error GhostException": {
        "operations": {"DeleteFaces": {"raises": {"GhostException": "It haunts."}}}
    },
    "operation DeleteFaces has an unknown sumary": {
        "operations": {"DeleteFaces": {"sumary": "Deletes faces."}}
    },
    "no structure Ghost": {"shapes": {"Ghost": {"summary": "A ghost."}}},
    "no member Smile.Ghost": {"shapes": {"Smile": {"members": {"Ghost": "Its ghost."}}}},
    "structure Smile has an unknown sumary": {"shapes": {"Smile": {"sumary": "A smile."}}},
    "no response takes the term Ghost": {"terms": {"response": {"Ghost": "A ghost."}}},
    "no member Ghost.Name, in fields or bases": {
        "corrections": {"fields": {"Ghost.Name": "ghost_name"}}
    },
    "no member ListFacesResponse.Ghosts, in fields or bases": {
        "corrections": {"bases": {"ListFacesResponse": {"members": ["Ghosts"]}}}
    },
    "no pattern ghost": {"corrections": {"patterns": {"ghost": {"validator": "GHOST"}}}},
    "no list Ghosts, in views": {"corrections": {"views": {"Ghosts": {"classes": []}}}},
    "no member Ghost anywhere, in hidden": {"corrections": {"hidden": {"members": ["Ghost"]}}},
    "DetectFaces is no operation that fits in pages": {
        "corrections": {
            "pages": {
                "DetectFaces": {
                    "iterator": "iter_detected_faces",
                    "items": "FaceDetails",
                    "key": [],
                    "noun": "faces",
                }
            }
        }
    },
    "ListFaces answers with no list Ghosts, in pages": {
        "corrections": {"pages": {"ListFaces": {"items": "Ghosts"}}}
    },
    "no member Face.Ghost, in pages": {"corrections": {"pages": {"ListFaces": {"key": ["Ghost"]}}}},
    "ListFaces is no operation that fits in client_request_tokens": {
        "corrections": {"client_request_tokens": {"operations": ["ListFaces"]}}
    },
}


@pytest.mark.parametrize("complaint", STRANGERS)
def test_an_entry_that_matches_nothing_fails_with_its_name(complaint: str) -> None:
    """Wherever an entry stands, it is refused where the service model has nothing for it."""
    overlay = Overlay(**with_more(vars(OVERLAY), STRANGERS[complaint]))
    with pytest.raises(OverlayError) as caught:
        overlay.check(SERVICE)
    assert complaint in str(caught.value).splitlines()


def test_what_a_new_operation_needs_is_named() -> None:
    """What has no domain, no module, no iterator or no word on its token is told by name."""
    overlay = copy.deepcopy(OVERLAY)
    overlay.domains["tags"]["operations"].remove("TagResource")
    del overlay.corrections["pages"]["ListFaces"]
    del overlay.modules["images"]["compared_face"]
    overlay.corrections["client_request_tokens"]["operations"].remove("CreateUser")
    with pytest.raises(OverlayError) as caught:
        overlay.check(read(overlay.domain_of))
    assert {
        "operation TagResource has no domain",
        "ComparedFace, which operations of images share, is in 0 modules",
        "operation ListFaces pages, and is not in pages",
        "operation CreateUser takes a ClientRequestToken, and is not listed",
    } <= {*str(caught.value).splitlines()}


@needs_newest
def test_the_reference_has_a_page_of_each_domain() -> None:
    """The pages are those that the generator writes, and have every method and model once."""
    written = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in (ROOT / FOLDER).iterdir()
    }
    assert written == Pages(SERVICE, OVERLAY).sources()
    directives = re.findall(
        r"^\.\. auto\w+:: rekognition_async\.(.*)$", "".join(written.values()), re.MULTILINE
    )
    assert len(directives) == len(set(directives))
    methods = {name for name in directives if name.startswith("RekognitionClient.")}
    assert {*directives} - methods == {
        f"models.{name}" for name in models.__all__ if name not in HAND_WRITTEN
    }
    assert {f"RekognitionClient.{each.method}" for each in SERVICE.operations.values()} <= methods
    assert all(hasattr(RekognitionClient, name.partition(".")[2]) for name in methods)


def rows_of_words(text: str) -> set[tuple[str, ...]]:
    """All words that follow each other in a text, so many at a time."""
    words = re.findall(r"\w+", html.unescape(re.sub(r"<[^>]+>", " ", text)).lower())
    ends = range(WORDS_THAT_ARE_NO_CHANCE, len(words) + 1)
    return {tuple(words[end - WORDS_THAT_ARE_NO_CHANCE : end]) for end in ends}


def texts(entry: Any) -> Iterator[str]:
    """Every text in nested entries."""
    if isinstance(entry, str):
        yield entry
    elif isinstance(entry, dict):
        for value in entry.values():
            yield from texts(value)


def documentation(entry: Any) -> Iterator[str]:
    """What AWS writes in its service model."""
    if isinstance(entry, dict):
        for name, value in entry.items():
            if name == "documentation" and isinstance(value, str):
                yield value
            else:
                yield from documentation(value)


def test_the_words_are_our_own() -> None:
    """No text of ours has eight words in a row from AWS's documentation of the service."""
    model = create_loader().load_service_model("rekognition", "service-2")
    theirs = {row for text in documentation(model) for row in rows_of_words(text)}
    assert len(theirs) > 10_000
    ours = [OVERLAY.operations, OVERLAY.shapes, OVERLAY.terms]
    assert not [text for entries in ours for text in texts(entries) if rows_of_words(text) & theirs]


def test_limits_of_pictures_are_of_operations_that_take_pictures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Limits for an operation that takes no picture, or is none, stop the generator."""
    monkeypatch.setitem(cast("dict[str, PictureLimits]", OWN_LIMITS), "ListFaces", PictureLimits())
    with pytest.raises(
        OverlayError, match=r"ListFaces is no operation that fits in pictures/limits\.py"
    ):
        OVERLAY.check(SERVICE)
