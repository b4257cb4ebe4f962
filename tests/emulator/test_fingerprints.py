"""How pictures are told apart, and known again."""

import itertools
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pictures import card, encoded, flat, gradient, noise, photo, portrait, shapes
from PIL import Image

from rekognition_async.emulator.vision.fingerprints import Fingerprint
from rekognition_async.emulator.vision.images import Picture, read_picture

KINDS = pytest.mark.parametrize("make", [photo, gradient, shapes, noise, flat])


def copies(picture: Image.Image) -> dict[str, bytes]:
    """The picture as it comes out of mail, messengers and thumbnailers."""
    width, height = picture.size
    half = picture.resize((width // 2, height // 2))
    quarter = picture.resize((width // 4, height // 4))
    twice = picture.resize((width * 2, height * 2), Image.Resampling.BICUBIC)
    return {
        "JPEG 90": encoded(picture, "JPEG", quality=90),
        "JPEG 30": encoded(picture, "JPEG", quality=30),
        "half": encoded(half),
        "half, JPEG 40": encoded(half, "JPEG", quality=40),
        "quarter": encoded(quarter),
        "quarter, JPEG 75": encoded(quarter, "JPEG", quality=75),
        "twice": encoded(twice),
        "square": encoded(picture.resize((150, 150))),
        "with alpha": encoded(picture.convert("RGBA")),
    }


@KINDS
def test_copies_are_known_again(make: Callable[[int], Image.Image]) -> None:
    """Whatever size and compression, a copy of a picture is the same picture."""
    for seed in range(6):
        original = read_picture(encoded(make(seed)))
        for name, copy in copies(make(seed)).items():
            seen = read_picture(copy)
            assert original.is_same_as(seen), (make.__name__, seed, name)
            assert seen.is_same_as(original), (make.__name__, seed, name)


@KINDS
@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_other_pictures_are_others(make: Callable[[int], Image.Image], form: str) -> None:
    """No picture of a kind is taken for another of its kind."""
    seen = [read_picture(encoded(make(seed), form)) for seed in range(20)]
    for one, other in itertools.combinations(seen, 2):
        assert not one.is_same_as(other)


def test_pictures_of_different_kinds_are_others() -> None:
    """No picture is taken for one of another kind."""
    makers = (photo, gradient, shapes, noise, flat)
    seen = [read_picture(encoded(make(1), "JPEG")) for make in makers]
    for one, other in itertools.combinations(seen, 2):
        assert not one.is_same_as(other)


def test_one_colour_is_not_all_that_averages_to_it() -> None:
    """A grey picture is not taken for one whose colours are grey from afar, nor it for that."""
    grey = read_picture(encoded(Image.new("RGB", (100, 100), (127, 127, 127)), "JPEG"))
    grain = read_picture(encoded(noise(1), "JPEG"))
    assert not grey.is_same_as(grain)
    assert not grain.is_same_as(grey)


def test_a_png_with_other_words_is_another_picture() -> None:
    """Among PNGs of one size each pixel counts, and a copy of one is known again."""
    ann, bob = read_picture(encoded(card("Ann"))), read_picture(encoded(card("Bob")))
    assert not ann.is_same_as(bob)
    assert ann.is_same_as(read_picture(encoded(card("Ann"), "PNG", compress_level=1)))
    assert ann.is_same_as(read_picture(encoded(card("Ann"), "JPEG", quality=80)))


def test_a_palette_is_no_other_picture() -> None:
    """A PNG with a palette and transparency is looked at without a warning."""
    painted = shapes(1).convert("P", palette=Image.Palette.ADAPTIVE)
    painted.info["transparency"] = bytes(256)
    assert read_picture(encoded(painted)).is_same_as(read_picture(encoded(shapes(1), "JPEG")))


def test_a_fingerprint_survives_as_text() -> None:
    """What a collection keeps of a picture is all that is known of it."""
    for content in (encoded(photo(1)), encoded(flat(1), "JPEG")):
        fingerprint = read_picture(content).fingerprint
        assert fingerprint is not None
        assert Fingerprint.decoded(fingerprint.encoded()) == fingerprint


def test_names_tell_objects_of_which_nothing_else_is_known() -> None:
    """An object in name only is itself, and what else comes under its name."""
    named = read_picture("s3://bucket/ann.jpg")
    assert named == Picture(named.digest, "bucket/ann.jpg")
    assert named.is_same_as(Picture("other", "bucket/ann.jpg"))
    assert not named.is_same_as(read_picture("s3://bucket/bob.jpg"))


def test_without_the_extra_only_the_same_bytes_are_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without Pillow and ImageHash pictures are known by their bytes, and still checked."""
    monkeypatch.setitem(sys.modules, "rekognition_async.emulator.vision.decoding", None)
    path = tmp_path / "one.png"
    path.write_bytes(encoded(photo(1)))
    one = read_picture(path)
    assert (one.width, one.height, one.fingerprint) == (0, 0, None)
    assert one.is_same_as(read_picture(encoded(photo(1))))
    assert not one.is_same_as(read_picture(portrait(1)))
    with pytest.raises(ValueError, match="must be a PNG or JPEG"):
        read_picture(b"GIF89a")


def test_what_is_no_picture_is_refused() -> None:
    """A broken picture is told from a whole one."""
    with pytest.raises(ValueError, match="must be a PNG or JPEG"):
        read_picture(encoded(photo(1))[:200])
