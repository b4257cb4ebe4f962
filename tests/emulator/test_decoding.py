"""Pictures as the emulator sees them: which are the same, and what is none."""

import asyncio
import sys
import threading
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import encoded, photo, picture, shapes
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from rekognition_async import RekognitionClient
from rekognition_async.emulator.protocol.messages import EmulatedError
from rekognition_async.emulator.vision.decoding import decode
from rekognition_async.emulator.vision.images import Picture, image_from_bytes, read_picture
from rekognition_async.errors import ImageTooLargeException, InvalidImageFormatException


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_pngs_of_all_kinds_are_pictures(mode: str) -> None:
    """Whatever pixels are made of, the size and the look of a picture are known."""
    image = shapes(1).convert("L") if mode == "I;16" else shapes(1)
    found = image_from_bytes(encoded(image.convert(mode)), None)
    assert (found.width, found.height) == (320, 240)
    assert found.fingerprint is not None


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpegs_of_all_kinds_are_pictures(mode: str) -> None:
    """Grey, coloured, and for print; as one pass or several."""
    for progressive in (False, True):
        painted = shapes(1).convert(mode)
        content = encoded(painted, "JPEG", progressive=progressive)
        assert image_from_bytes(content, "bucket/key").is_same_as(
            image_from_bytes(encoded(painted.convert("RGB")), None)
        )


def test_a_picture_of_sixteen_bits_is_the_same_in_eight() -> None:
    """The emulator sees the greys that `prepare_image` makes of them."""
    grey = shapes(1).convert("L")
    deep = Image.frombytes(
        "I;16", grey.size, b"".join(bytes([level, level]) for level in grey.tobytes())
    )
    of_deep, of_grey = (image_from_bytes(encoded(image), None) for image in (deep, grey))
    assert of_deep.fingerprint == of_grey.fingerprint


def test_copies_are_the_same_and_others_are_not() -> None:
    """Of sixty pictures each is the same as its small and compressed copy, and as no other."""
    originals = [read_picture(picture(seed)) for seed in range(60)]
    for seed, original in enumerate(originals):
        copy = image_from_bytes(picture(seed, size=(200, 150), kind="JPEG", quality=60), None)
        assert [other.is_same_as(copy) for other in originals].count(True) == 1
        assert original.is_same_as(copy)


def test_without_a_look_names_and_bytes_tell_pictures_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without the extra, the same bytes are the same picture; nothing is known of copies."""
    monkeypatch.setitem(sys.modules, "rekognition_async.emulator.vision.decoding", None)
    found = image_from_bytes(picture(1), None)
    assert found == Picture(found.digest)
    assert found.is_same_as(image_from_bytes(picture(1), "bucket/key"))
    assert not found.is_same_as(image_from_bytes(picture(1, size=(200, 150)), None))
    with pytest.raises(EmulatedError, match="InvalidImageFormatException"):
        image_from_bytes(b"text", None)


def test_an_object_in_name_only_is_known_by_its_name() -> None:
    """It is the same as what was read under its name, and as nothing else."""
    named = read_picture("s3://bucket/key")
    assert named.is_same_as(read_picture("s3://bucket/key"))
    assert named.is_same_as(image_from_bytes(picture(1), "bucket/key"))
    assert not named.is_same_as(read_picture("s3://bucket/other"))
    assert not named.is_same_as(image_from_bytes(picture(1), None))
    assert read_picture("s3://bucket/\ud800").name == "bucket/\ud800"


def test_a_picture_of_too_many_pixels_is_not_decoded() -> None:
    """A few kilobytes that unfold to gigabytes are refused by what their header says."""
    content = bytearray(picture(1))
    content[16:24] = (60_000).to_bytes(4, "big") * 2
    with pytest.raises(EmulatedError, match="InvalidImageFormatException"):
        image_from_bytes(bytes(content), None)


def claiming(width: int, height: int) -> bytes:
    """A small PNG whose header claims another size."""
    content = bytearray(picture(1))
    content[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (encoded(Image.new("1", (40_000, 2))), "too many pixels"),
        (encoded(Image.new("L", (2, 40_000)), "JPEG"), "too many pixels"),
        (claiming(9_500, 9_500), "too few bytes"),
        (claiming(32_000, 3_000), "too few bytes"),
        (picture(1, kind="JPEG") + b"\xff\xda" * 140_000, "too many scans"),
    ],
    ids=["wide", "high", "square", "large", "scans"],
)
async def test_a_header_decides_what_is_decoded(
    client: RekognitionClient, content: bytes, told: str
) -> None:
    """Sides, pixels, and what no so few bytes can hold are refused first, without a warning."""
    with pytest.raises(ValueError, match=told):
        decode(content)
    with pytest.raises(InvalidImageFormatException):
        await client.detect_labels(image=content)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_pictures_of_one_colour_are_small_and_let_in(mode: str) -> None:
    """What compresses best of all is still a picture."""
    blank = Image.new(mode, (3000, 2000))
    assert decode(encoded(blank, optimize=True))[:2] == (3000, 2000)
    if mode in {"L", "RGB"}:
        for progressive in (False, True):
            content = encoded(blank, "JPEG", quality=1, optimize=True, progressive=progressive)
            assert decode(content)[:2] == (3000, 2000)


def test_a_large_jpeg_is_known_by_its_copies() -> None:
    """It is decoded to a part of its size, which is told as it is."""
    large = photo(1).resize((3200, 2400), Image.Resampling.BICUBIC)
    found = image_from_bytes(encoded(large, "JPEG", quality=90), None)
    assert (found.width, found.height) == (3200, 2400)
    assert found.is_same_as(image_from_bytes(encoded(photo(1)), None))
    assert found.is_same_as(image_from_bytes(encoded(large), None))
    assert not found.is_same_as(image_from_bytes(encoded(photo(2)), None))


async def test_a_picture_that_finds_no_memory_is_too_large(
    client: RekognitionClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Pillow gets none, the caller is told so, and the next picture is served."""
    # What was decoded before needs no memory.
    unknown = encoded(photo(14_000))
    with monkeypatch.context() as without_memory:

        def load(_: object) -> None:
            raise MemoryError

        without_memory.setattr(PngImageFile, "load", load)
        with pytest.raises(ImageTooLargeException):
            await client.detect_labels(image=unknown)
    assert (await client.detect_labels(image=unknown)).labels


async def test_few_pictures_are_decoded_at_once(
    client: RekognitionClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many arrive, the memory that decoding takes is that of two."""
    three_at_once = threading.Barrier(3)
    met: list[int] = []
    load = PngImageFile.load

    def load_together(image: PngImageFile) -> object:
        with suppress(threading.BrokenBarrierError):
            met.append(three_at_once.wait(0.2))
        return load(image)

    monkeypatch.setattr(PngImageFile, "load", load_together)
    await asyncio.gather(*(client.detect_labels(image=picture(seed)) for seed in range(6)))
    assert not met


@settings(deadline=None, max_examples=300)
@given(st.data(), st.sampled_from(["PNG", "JPEG"]))
def test_broken_pictures_are_refused_and_nothing_else(data: st.DataObject, kind: str) -> None:
    """However a picture was damaged, it is one that can be seen, or of an invalid format."""
    content = bytearray(picture(1, size=(64, 48), kind=kind))
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(8, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    length = data.draw(st.integers(8, len(content)))
    code = None
    try:
        image_from_bytes(bytes(content[:length]), None)
    except EmulatedError as error:
        code = error.code
    assert code in {None, "InvalidImageFormatException"}
