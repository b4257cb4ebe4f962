"""Pictures of every format, made ready for Rekognition."""

import asyncio
import io
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from pictures import encoded, heavy, photo, picture, shapes
from PIL import Image, ImageCms, ImageDraw

from rekognition_async import (
    PreparedImage,
    RekognitionClient,
    RequestValidationError,
    prepare_image,
)
from rekognition_async.emulator import RekognitionEmulator
from rekognition_async.models import DetectCustomLabelsRequest, DetectLabelsRequest, S3Object
from rekognition_async.models import Image as RekognitionImage


def signpost() -> Image.Image:
    """White, with a red corner at the upper left, wider than high."""
    image = Image.new("RGB", (240, 160), "white")
    ImageDraw.Draw(image).rectangle((0, 0, 59, 39), fill="red")
    return image


def heic(image: Image.Image, **options: Any) -> bytes:
    """The picture as a phone saves it."""
    buffer = io.BytesIO()
    pillow_heif.from_pillow(image).save(buffer, **options)
    return buffer.getvalue()


def exif(orientation: int) -> bytes:
    """EXIF that tells an orientation alone."""
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


def seen(prepared: PreparedImage) -> Image.Image:
    """What is sent, decoded."""
    image = Image.open(io.BytesIO(prepared.bytes))
    assert image.format == prepared.format
    assert image.size == (prepared.width, prepared.height)
    return image.convert("RGB")


def colour(image: Image.Image, place: tuple[int, int]) -> str:
    """What a pixel looks like."""
    found = image.getpixel(place)
    assert isinstance(found, tuple)
    names = {"red": (255, 0, 0), "white": (255, 255, 255), "black": (0, 0, 0)}
    (name,) = [
        name
        for name, value in names.items()
        if max(abs(a - b) for a, b in zip(found, value, strict=True)) <= 24
    ] or [str(found)]
    return name


def is_upright(prepared: PreparedImage) -> bool:
    """Whether the red corner is where it belongs, and nowhere else."""
    image = seen(prepared)
    width, height = image.size
    corners = [(8, 8), (width - 9, 8), (8, height - 9), (width - 9, height - 9)]
    return [colour(image, corner) for corner in corners] == ["red", "white", "white", "white"]


FORMATS: dict[str, Callable[[], bytes]] = {
    "JPEG": lambda: encoded(signpost(), "JPEG"),
    "MPO": lambda: encoded(signpost(), "MPO", save_all=True, append_images=[shapes(1)]),
    "PNG": lambda: encoded(signpost()),
    "GIF": lambda: encoded(signpost(), "GIF", save_all=True, append_images=[shapes(1)]),
    "WEBP": lambda: encoded(signpost(), "WEBP"),
    "TIFF": lambda: encoded(signpost(), "TIFF"),
    "BMP": lambda: encoded(signpost(), "BMP"),
    "AVIF": lambda: encoded(signpost(), "AVIF"),
    "HEIF": lambda: heic(signpost()),
}


@pytest.mark.parametrize("form", FORMATS)
async def test_each_format_is_read(form: str) -> None:
    """The first picture of a file of any format is sent as JPEG or PNG, in its colours."""
    prepared = await prepare_image(FORMATS[form]())
    assert prepared.format in {"JPEG", "PNG"}
    assert prepared.original_format == form
    assert (prepared.original_width, prepared.original_height) == (240, 160)
    assert is_upright(prepared)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
async def test_every_orientation_is_made_upright(form: str, orientation: int) -> None:
    """A picture that was taken with the camera turned is sent as it is displayed."""
    turned = {
        1: [],
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    image = signpost()
    for step in turned[orientation]:
        image = image.transpose(step)
    prepared = await prepare_image(encoded(image, form, exif=exif(orientation)))
    assert prepared.orientation == orientation
    assert (prepared.original_width, prepared.original_height) == (240, 160)
    assert is_upright(prepared)


async def test_what_fits_is_passed_on_byte_for_byte() -> None:
    """Neither a JPEG nor a PNG within the limits is compressed anew."""
    for content in (picture(1, kind="JPEG"), picture(1), encoded(shapes(1).convert("P"))):
        prepared = await prepare_image(content)
        assert prepared.bytes == content


async def test_a_picture_is_made_small_enough() -> None:
    """Bytes and sides are within the limits of the operation that is named."""
    content = heavy(4.5)
    assert (await prepare_image(content)).bytes == content
    request = DetectCustomLabelsRequest
    prepared = await prepare_image(content, operation=request)
    assert len(prepared.bytes) <= 4_194_304
    wide = encoded(photo(1).resize((5000, 2000)), "JPEG")
    prepared = await prepare_image(wide, operation="DetectProtectiveEquipment")
    assert (prepared.width, prepared.height) == (4096, 1638)
    assert (prepared.original_width, prepared.original_height) == (5000, 2000)


@pytest.mark.parametrize(
    ("size", "operation", "told"),
    [
        ((100, 79), None, "100 by 79 pixels, and each side must have at least 80"),
        ((63, 100), "detect_protective_equipment", "63 by 100 pixels.* at least 64"),
        ((12_000, 90), "DetectLabels", "its other side has 75, and must have at least 80"),
    ],
)
async def test_a_picture_that_is_too_small_is_refused(
    size: tuple[int, int], operation: str | None, told: str
) -> None:
    """The error names the size and the limit, before anything is sent."""
    with pytest.raises(RequestValidationError, match=told):
        await prepare_image(picture(1, size=size), operation=operation)


async def test_the_client_takes_what_was_prepared() -> None:
    """It goes wherever an image is accepted, and nothing shows its bytes."""
    async with RekognitionEmulator() as emulator:
        async with RekognitionClient(**emulator.client_options) as client:
            prepared = await prepare_image(heic(photo(1)), operation="detect_labels")
            await client.detect_labels(image=prepared)
            await client.send(DetectLabelsRequest(image=prepared))  # type: ignore[arg-type] # read by a validator
            first, second = emulator.requests
            assert first.parameters == second.parameters
    assert "bytes" not in repr(prepared)
    assert "\\x" not in repr(prepared)


async def test_objects_in_s3_are_refused() -> None:
    """What the service reads itself cannot be prepared, and the error says what to do."""
    named = S3Object(bucket="bucket", name="key")
    for source in ("s3://bucket/key", named, RekognitionImage(s3_object=named)):
        with pytest.raises(RequestValidationError, match="read by the service"):
            await prepare_image(source)


def level(image: Image.Image) -> tuple[int, ...]:
    """The colour in the middle."""
    found = image.getpixel((image.width // 2, image.height // 2))
    assert isinstance(found, tuple)
    return found


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
async def test_sixteen_bits_are_scaled_to_eight(form: str) -> None:
    """A grey of sixteen bits is as bright as it was, and not clipped to white."""
    prepared = await prepare_image(encoded(Image.new("I;16", (100, 100), 32_896), form))
    assert level(seen(prepared)) == (128, 128, 128)


@pytest.mark.parametrize(("key", "expected"), [(70 * 257, 255), (70, 70), (70 * 257 + 256, 70)])
async def test_a_transparent_grey_of_sixteen_bits_hides_no_other(key: int, expected: int) -> None:
    """What has the PNG's transparent grey is white; a grey that shares some of its bits is seen."""
    image = Image.new("I;16", (100, 100), 70 * 257)
    image.paste(200 * 257, (0, 0, 100, 20))
    prepared = await prepare_image(encoded(image, "PNG", transparency=key))
    assert level(seen(prepared)) == (expected,) * 3


@pytest.mark.parametrize(("value", "expected"), [(0.5, 128), (128.0, 128)])
async def test_floats_are_read(value: float, expected: int) -> None:
    """Whether they count to one or to 255."""
    image = Image.new("F", (100, 100), value)
    image.paste(0.0, (0, 0, 10, 10))
    (found, *_) = level(seen(await prepare_image(encoded(image, "TIFF"))))
    assert abs(found - expected) <= 1


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
async def test_colours_of_print_are_those_of_screens(form: str) -> None:
    """Red of four inks is red, and no negative, whoever inverted it."""
    image = Image.new("CMYK", (100, 100), (0, 255, 255, 0))
    prepared = await prepare_image(encoded(image, form))
    assert colour(seen(prepared), (50, 50)) == "red"


async def test_a_profile_is_applied() -> None:
    """Colours are sent as the profile means them; one that is sRGB changes nothing."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    same = encoded(signpost(), "JPEG", icc_profile=srgb)
    assert (await prepare_image(same)).bytes == same
    # A profile in which red and blue have changed places.
    swapped = srgb.replace(b"rXYZ", b"?XYZ", 1).replace(b"bXYZ", b"rXYZ", 1)
    swapped = swapped.replace(b"?XYZ", b"bXYZ", 1)
    blue = Image.new("RGB", (100, 100), "blue")
    for form in ("JPEG", "PNG", "WEBP", "TIFF"):
        prepared = await prepare_image(encoded(blue, form, icc_profile=swapped))
        assert colour(seen(prepared), (50, 50)) == "red"


async def test_a_profile_that_does_not_fit_is_passed_over() -> None:
    """As every viewer does with one that is broken, or meant for other colours."""
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for profile in (lab, b"no profile at all"):
        content = encoded(signpost(), "BMP")
        image = Image.open(io.BytesIO(content))
        assert is_upright(await prepare_image(encoded(image, "WEBP", icc_profile=profile)))


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF", "GIF"])
async def test_what_is_transparent_stands_on_white(form: str) -> None:
    """Of a drawing on nothing, the drawing is seen."""
    image = Image.new("RGBA", (240, 160), (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 60, 40))
    options = {"lossless": True} if form == "WEBP" else {}
    assert is_upright(await prepare_image(encoded(image, form, **options)))


async def test_an_opaque_alpha_is_no_reason_to_compress_anew() -> None:
    """Screenshots have an alpha that hides nothing."""
    content = encoded(shapes(1).convert("RGBA"))
    assert (await prepare_image(content)).bytes == content


async def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    """A picture of too many pixels is not decoded, and the error names the limit."""
    content = encoded(Image.new("1", (9_000, 9_000)))
    with pytest.raises(
        RequestValidationError, match="9,000 by 9,000 pixels, and at most 1,000,000"
    ):
        await prepare_image(content, max_pixels=1_000_000)
    with pytest.raises(RequestValidationError, match="max_pixels: should be at least 1, not 0"):
        await prepare_image(content, max_pixels=0)


@pytest.mark.parametrize("form", FORMATS)
async def test_what_is_broken_is_told(form: str) -> None:
    """A file that ends early or is none at all is a clear error, in whatever format it claims."""
    content = FORMATS[form]()
    for part in (content[:12], content[:40]):
        with pytest.raises(RequestValidationError, match=r"source: (the picture|the file)"):
            await prepare_image(part)


async def test_sources_of_every_kind_are_read(tmp_path: Path) -> None:
    """Paths, open files, views, models and images of Pillow's give the same as bytes."""
    content = encoded(signpost(), "BMP")
    path = tmp_path / "sign.bmp"
    path.write_bytes(content)
    expected = (await prepare_image(content)).bytes
    image = RekognitionImage(bytes=content)
    for source in (path, str(path), io.BytesIO(content), memoryview(content), image):
        assert (await prepare_image(source)).bytes == expected
    assert is_upright(await prepare_image(signpost()))


async def test_what_was_prepared_may_be_prepared_again() -> None:
    """For another operation, from the prepared bytes; the original's size is kept."""
    first = await prepare_image(encoded(photo(1).resize((6000, 3000)), "JPEG"))
    again = await prepare_image(first, operation="DetectProtectiveEquipment")
    assert (again.width, again.original_width) == (4096, 6000)


async def test_pictures_are_decoded_off_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are decoded in a few threads, none of which is the loop's."""
    threads: set[str] = set()
    load = Image.Image.load

    def watched(image: Image.Image) -> Any:
        threads.add(threading.current_thread().name)
        return load(image)

    content = encoded(signpost(), "BMP")
    monkeypatch.setattr(Image.Image, "load", watched)
    await asyncio.gather(*(prepare_image(content) for _ in range(20)))
    assert threads
    assert all(name.startswith("rekognition-pictures") for name in threads)
    assert len(threads) <= 4


async def test_without_the_extra_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A HEIC needs pillow-heif, and nobody has to find out."""
    content = heic(signpost())
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'rekognition-async\[images\]'"):
        await prepare_image(content)
