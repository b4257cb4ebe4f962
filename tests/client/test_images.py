"""Images: from wherever a caller has them, once and whole on the wire, or refused before it."""

import asyncio
import base64
import hashlib
import io
import logging
import os
import threading
import tracemalloc
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from model_strategies import required, service_model
from support import FakeClock, patient

from rekognition_async import RekognitionClient, RequestValidationError
from rekognition_async.emulator import Fault, FaultRule, RekognitionEmulator
from rekognition_async.models import DetectLabelsRequest, Image, S3Object

IMAGE = b"\x89PNG\r\n\x1a\n not text: \xff\xfe\x00"
MOST = 5_242_880
LESS = 4_194_304


def operations() -> dict[str, list[str]]:
    """Each operation that takes images, with the members that do."""
    model = service_model()
    found = {
        name: [
            member
            for member, shape in model.operation_model(name).input_shape.members.items()
            if shape.name == "Image"
        ]
        for name in model.operation_names
    }
    return {name: members for name, members in found.items() if members}


OPERATIONS = operations()


@pytest.fixture
async def emulator() -> AsyncIterator[RekognitionEmulator]:
    """An emulator that answers anything with nothing."""
    async with RekognitionEmulator(faults=[FaultRule("*", Fault.respond({}))]) as running:
        yield running


async def call(client: RekognitionClient, operation: str, source: object) -> None:
    """Calls an operation with one image for each member that is one."""
    images = {member: source() if callable(source) else source for member in OPERATIONS[operation]}
    parameters = required(operation) | images
    method = getattr(client, xform_name(operation))
    await method(**{xform_name(member): value for member, value in parameters.items()})


def recorded(image: bytes) -> dict[str, Any]:
    """What the emulator records of an Image that holds these bytes."""
    return {"Bytes": {"SHA256": hashlib.sha256(image).hexdigest(), "Length": len(image)}}


def sent(emulator: RekognitionEmulator, operation: str) -> list[Any]:
    """The images of the latest request, as the emulator has recorded them."""
    latest = emulator.requests[-1]
    assert latest.operation == operation
    assert latest.parameters is not None
    return [latest.parameters[member] for member in OPERATIONS[operation]]


def test_eleven_operations_take_images() -> None:
    """What is tested here is what the service model has."""
    assert len(OPERATIONS) == 11


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_bytes_go_over_the_wire_once_and_right(
    operation: str, emulator: RekognitionEmulator, client: RekognitionClient, tmp_path: Path
) -> None:
    """Bytes of any kind, a path in either form and a binary file are the same on the wire."""
    path = tmp_path / "image.png"
    path.write_bytes(IMAGE)
    sources: list[object] = [IMAGE, bytearray(IMAGE), memoryview(IMAGE), path, str(path)]
    sources += [lambda: io.BytesIO(IMAGE), Image(bytes=IMAGE), {"Bytes": IMAGE}]
    for source in sources:
        await call(client, operation, source)
        assert sent(emulator, operation) == [recorded(IMAGE)] * len(OPERATIONS[operation]), source


@pytest.mark.parametrize("buffering", [-1, 0])
async def test_an_open_file_is_read_and_stays_open(
    buffering: int, emulator: RekognitionEmulator, client: RekognitionClient, tmp_path: Path
) -> None:
    """What the caller opened, buffered or not, is the caller's to close."""
    path = tmp_path / "image.png"
    path.write_bytes(IMAGE)
    with path.open("rb", buffering=buffering) as file:
        await client.detect_faces(image=file)
        assert not file.closed
    assert sent(emulator, "DetectFaces") == [recorded(IMAGE)]


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_objects_in_s3_go_over_the_wire_by_name(
    operation: str, emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """An S3Object, an Image of one and a URL are the same on the wire; a version stays."""
    count = len(OPERATIONS[operation])
    named = {"Bucket": "my-bucket", "Name": "a folder/b.jpg"}
    an_object = S3Object(bucket="my-bucket", name="a folder/b.jpg")
    for source in (an_object, Image(s3_object=an_object), "s3://my-bucket/a folder/b.jpg"):
        await call(client, operation, source)
        assert sent(emulator, operation) == [{"S3Object": named}] * count
    await call(client, operation, an_object.model_copy(update={"version": "7"}))
    assert sent(emulator, operation) == [{"S3Object": {**named, "Version": "7"}}] * count


class Watched(io.BytesIO):
    """A file that tells the threads it is read in, and how much was read."""

    def __init__(self, content: bytes, at_once: int = 1_000_000) -> None:
        super().__init__(content)
        self.threads: set[int] = set()
        self.taken = 0
        self._at_once = at_once

    def read(self, size: int | None = -1, /) -> bytes:
        self.threads.add(threading.get_ident())
        assert size is not None
        assert size > 0, "it would be read whole, however large"
        part = super().read(min(size, self._at_once))
        self.taken += len(part)
        return part


async def test_a_file_is_read_off_the_event_loop(
    emulator: RekognitionEmulator, client: RekognitionClient
) -> None:
    """A file is read in another thread, to its end, though it gives a few bytes at a time."""
    file = Watched(b"skipped" + IMAGE, at_once=5)
    file.seek(len(b"skipped"))
    await client.detect_labels(image=file)
    assert sent(emulator, "DetectLabels") == [recorded(IMAGE)]
    assert threading.get_ident() not in file.threads


async def test_a_path_is_read_off_the_event_loop(
    emulator: RekognitionEmulator, client: RekognitionClient, tmp_path: Path
) -> None:
    """The event loop goes on while a path is opened and read."""
    pipe = tmp_path / "image.png"
    os.mkfifo(pipe)
    loop = asyncio.get_running_loop()

    def write() -> bool:
        with pipe.open("wb") as file:  # opens when somebody reads
            alive = threading.Event()
            loop.call_soon_threadsafe(alive.set)
            went_on = alive.wait(5)
            file.write(IMAGE)
        return went_on

    went_on, _ = await asyncio.gather(asyncio.to_thread(write), client.detect_labels(image=pipe))
    assert went_on
    assert sent(emulator, "DetectLabels") == [recorded(IMAGE)]


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_too_many_bytes_are_refused_with_size_and_limit(
    operation: str, emulator: RekognitionEmulator, client: RekognitionClient, tmp_path: Path
) -> None:
    """Over the limit nothing is sent, and the error has field, size and limit."""
    most = LESS if operation in {"DetectProtectiveEquipment", "DetectCustomLabels"} else MOST
    field = xform_name(OPERATIONS[operation][0])
    path = tmp_path / "image"
    content = bytes(most + 2)
    path.write_bytes(content)
    for source in (content, memoryview(content), path, str(path), Watched(content)):
        with pytest.raises(RequestValidationError) as refused:
            await call(client, operation, source)
        assert any(name.split(".")[0] == field for name in refused.value.problems)
        assert f" {most + 2}" in str(refused.value)
        assert f" {most}" in str(refused.value)
    assert len(emulator.requests) == 0
    path.write_bytes(bytes(most))
    for source in (bytes(most), path):
        await call(client, operation, source)
        (image, *_) = sent(emulator, operation)
        assert image == recorded(bytes(most))


async def test_a_huge_file_is_refused_without_reading_it_whole(
    client: RekognitionClient, tmp_path: Path
) -> None:
    """The size is told of a file that no memory holds."""
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(2**40)
    tracemalloc.start()
    try:
        with pytest.raises(RequestValidationError, match=f"the image has {2**40} bytes"):
            await client.detect_labels(image=path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * MOST
    watched = Watched(bytes(2 * MOST))
    with pytest.raises(RequestValidationError, match=f"the image has {2 * MOST} bytes"):
        await client.detect_labels(image=watched)
    assert watched.taken == MOST + 1


class Pipe(io.RawIOBase):
    """A file without an end or a size."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        return len(buffer)


class Busy(io.RawIOBase):
    """A file that has nothing yet, and does not wait."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> None:
        return None


class Upload:
    """A file as web frameworks have them."""

    async def read(self, size: int = -1) -> bytes:
        return IMAGE


def text_file(content: bytes) -> Callable[[Path], object]:
    """A file that was opened in text mode."""

    def make(folder: Path) -> object:
        (folder / "file").write_bytes(content)
        return (folder / "file").open(encoding="utf-8")

    return make


def closed_file(_: Path) -> object:
    """A file that was closed too early."""
    file = io.BytesIO(IMAGE)
    file.close()
    return file


def make_folder(path: Path) -> Path:
    """A folder that is there."""
    path.mkdir()
    return path


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (text_file(b"text"), "image: the file should be open in binary mode"),
        (text_file(IMAGE), "image: the file should be open in binary mode"),
        (lambda _: io.StringIO("text"), "image: the file should be open in binary mode"),
        (lambda _: Pipe(), f"image: the image has more than {MOST} bytes"),
        (lambda _: Busy(), "image: the file should block until it has bytes"),
        (lambda _: Upload(), "image: an asynchronous file should be read first"),
        (lambda _: b"", "image.bytes: .* at least 1 byte"),
        (lambda _: io.BytesIO(), "image.bytes: .* at least 1 byte"),
        (lambda _: "nope.jpg", "image: cannot read 'nope.jpg': No such file or directory"),
        (lambda _: Path("nope.jpg"), "image: cannot read 'nope.jpg': No such file or directory"),
        (str, "image: cannot read '/.*': Is a directory"),
        (
            lambda folder: str(make_folder(folder / ("x" * 80))),
            "image: cannot read '/.*': Is a directory",
        ),
        (lambda folder: folder, "image: cannot read '/.*': Is a directory"),
        (
            lambda folder: str(folder / ("x" * 300 + ".jpg")),
            "image: cannot read '/.*': File name too long",
        ),
        (lambda _: "", "image: cannot read '': Is a directory"),
        (lambda _: Path("nul\0"), r"image: cannot read 'nul\\x00': embedded null"),
        (lambda _: "nul\0", "image: text should be the path of a file or 's3://bucket/key'"),
        (lambda _: "two\nlines", "image: text should be the path of a file or 's3://bucket/key'"),
        (lambda _: "data:image/png;base64,iVBORw==", "image: a data: URL should be decoded first"),
        (lambda _: "DATA:,x", "image: a data: URL should be decoded first"),
        (lambda _: "https://a.example/b.jpg", "image: a URL should be 's3://bucket/key'; any oth"),
        (lambda _: "S3://bucket/key", "image: a URL should be 's3://bucket/key'"),
        (closed_file, "image: the file cannot be read: I/O operation on closed file"),
        (lambda _: "s3://bucket", "image: input should be 's3://bucket/key'"),
        (lambda _: "s3:///key", "image: input should be 's3://bucket/key'"),
        (lambda _: "s3://a/key", "image.s3_object.bucket: .* at least 3 characters"),
        (lambda _: 7, "image: "),
        (lambda _: None, "image: "),
    ],
)
async def test_what_is_no_image_is_a_clear_error(
    make: Callable[[Path], Any],
    said: str,
    emulator: RekognitionEmulator,
    client: RekognitionClient,
    tmp_path: Path,
) -> None:
    """The error names the parameter and what to do instead; nothing is sent."""
    source = make(tmp_path)
    with pytest.raises(RequestValidationError, match=said):
        await client.detect_labels(image=source)
    if isinstance(source, io.IOBase):
        source.close()
    assert len(emulator.requests) == 0


async def test_a_request_tells_that_it_reads_no_files(tmp_path: Path) -> None:
    """A request is made at once, so a path in one is refused with the way to go."""
    for source in (tmp_path / "image.png", "image.png", io.BytesIO(IMAGE)):
        with pytest.raises(RequestValidationError, match="files are read by the methods"):
            DetectLabelsRequest(image=source)  # type: ignore[arg-type] # what is refused


async def test_why_a_file_cannot_be_read_is_the_cause(
    emulator: RekognitionEmulator, client: RekognitionClient, tmp_path: Path
) -> None:
    """The error is one of ours, and Python's own is behind it; nothing is sent."""
    with pytest.raises(RequestValidationError) as refused:
        await client.detect_labels(image=tmp_path / "missing")
    assert isinstance(refused.value.__cause__, FileNotFoundError)
    assert refused.value.problems == {
        "image": f"cannot read '{tmp_path / 'missing'}': No such file or directory"
    }
    assert len(emulator.requests) == 0


def chained(error: BaseException) -> list[BaseException]:
    """An error, and all that is behind it."""
    behind = [each for each in (error.__cause__, error.__context__) if each is not None]
    return [error, *(each for first in behind for each in chained(first))]


async def test_what_is_nearly_base64_is_not_quoted(client: RekognitionClient) -> None:
    """Images that were encoded in parts have padding in the middle."""
    nearly = base64.b64encode(b"x" * 400).decode() + "==" + base64.b64encode(b"y" * 400).decode()
    with pytest.raises(RequestValidationError, match="no path of a file; base64") as refused:
        await client.detect_labels(image=nearly)
    assert nearly[:20] not in str(refused.value)


@pytest.mark.parametrize("encode", [base64.b64encode, base64.encodebytes, base64.urlsafe_b64encode])
@pytest.mark.parametrize("size", [90, 301, 6_000])
async def test_base64_is_refused_with_advice_and_not_quoted(
    encode: Callable[[bytes], bytes],
    size: int,
    emulator: RekognitionEmulator,
    client: RekognitionClient,
) -> None:
    """Base64 of an image, which other clients take, is told from a path and kept to itself."""
    text = encode((IMAGE * size)[:size]).decode()
    with pytest.raises(RequestValidationError, match="no path of a file; base64 should") as refused:
        await client.detect_labels(image=text)
    for error in chained(refused.value):
        assert text[8:16] not in f"{error!r} {vars(error)}"
    assert len(emulator.requests) == 0


async def test_a_url_that_may_be_presigned_is_not_quoted(client: RekognitionClient) -> None:
    """What lets anybody have the image stays out of the error."""
    with pytest.raises(RequestValidationError) as refused:
        await client.detect_labels(image="https://a.example/b.jpg?X-Amz-Signature=hush")
    for error in chained(refused.value):
        assert "hush" not in f"{error!r} {vars(error)}"


@pytest.mark.parametrize("size", [1, 100_000])
async def test_an_image_is_sent_again_whole_after_a_failure(size: int) -> None:
    """A retry does not need the file again, small or large."""
    image = IMAGE * size
    faults = [
        FaultRule("DetectLabels", Fault.throttle(), calls=1),
        FaultRule("DetectLabels", Fault.respond({})),
    ]
    async with RekognitionEmulator(faults=faults) as emulator:
        options = emulator.client_options
        async with RekognitionClient(**options, retry=patient(FakeClock())) as client:
            await client.detect_labels(image=Watched(image))
        first, second = (request.parameters for request in emulator.requests)
        assert first == second == {"Image": recorded(image)}


async def test_image_bytes_are_nowhere_to_be_seen(
    client: RekognitionClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither a repr, nor an error, nor a log line at any level holds what an image is."""
    secret = b"private-picture" * 30
    caplog.set_level(logging.DEBUG)
    image = Image(bytes=secret)
    request = DetectLabelsRequest(image=image)
    await client.send(request)
    await client.detect_labels(image=secret)
    with pytest.raises(RequestValidationError) as refused:
        await client.detect_labels(image=secret * 20_000)
    with pytest.raises(ValueError, match="Bytes") as invalid:
        Image.model_validate({"Bytes": secret.decode()})
    shown = [repr(image), str(image), repr(request), str(refused.value), repr(refused.value)]
    shown += [str(invalid.value), caplog.text]
    for text in shown:
        assert "private" not in text
        assert base64.b64encode(secret).decode()[:20] not in text
    assert "DetectLabels succeeded" in caplog.text
