"""Pictures of every format, made ready for Rekognition."""

import io
from collections.abc import Callable
from typing import Any

import pillow_heif
import pytest
from pictures import encoded, heavy, photo, picture, shapes
from PIL import Image, ImageDraw

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
