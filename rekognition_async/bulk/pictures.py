"""Pictures from wherever people have many of them, each with a key that stays the same.

`Pictures` finds them; `keyed_pictures` does so for everything that a helper takes. Folders are
walked as they are needed, and never held as a whole.
"""

from __future__ import annotations

import asyncio
import contextlib
import glob
import itertools
import os
import sys
import threading
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Callable,
    Generator,
    Iterable,
    Iterator,
    Mapping,
)
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final, TypeAlias, Union, cast

from rekognition_async.images import ImageSource
from rekognition_async.values import S3_SCHEME

if TYPE_CHECKING:
    from rekognition_async._botocore.s3 import ListedObject
    from rekognition_async.models.common import S3Object

__all__ = ["Pictures", "PicturesSource"]

Picture: TypeAlias = Union[str, os.PathLike[str], "S3Object", tuple[str, ImageSource]]
"""A picture that has a key: a path, an object in S3, or a key and any picture."""

PicturesSource: TypeAlias = Union[
    "Pictures",
    str,
    os.PathLike[str],
    Mapping[str, ImageSource],
    Iterable[Picture],
    AsyncIterable[Picture],
]
"""What the helpers take pictures from: `Pictures`, or what they are made of as text or a path; a
mapping of keys to pictures; an iterable or async iterable of paths, ``"s3://bucket/key"``,
`models.S3Object`, or pairs of a key and a picture, such as its bytes."""

ListS3: TypeAlias = Callable[[str, str, str | None], AsyncGenerator["ListedObject"]]
"""Lists the objects of a bucket whose keys begin so, at an endpoint."""

_STDIN: Final = "-"
_VERSION: Final = "?versionId="
_ENTRIES_AT_ONCE: Final = 64
_LINES_AHEAD: Final = 1_000
_SUFFIXES: Final = frozenset(
    {
        ".avif",
        ".bmp",
        ".gif",
        ".heic",
        ".heif",
        ".jfif",
        ".jpe",
        ".jpeg",
        ".jpg",
        ".mpo",
        ".png",
        ".tif",
        ".tiff",
        ".webp",
    }
)
_SIGNATURES: Final = (
    b"\xff\xd8\xff",  # JPEG, MPO
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"BM",
    b"II*\0",  # TIFF
    b"MM\0*",
)
_LONGEST_SIGNATURE: Final = 12
_RESOURCE_FORK: Final = "._"
"""What the names of macOS's second files begin with on other file systems: ``._photo.jpg``."""

_Entry: TypeAlias = tuple[str, ImageSource] | None
"""A key and its picture; None for a file that is none."""


class Pictures:
    """Pictures from folders, globs, S3, files with a line each, and the standard input.

    =========================  ==============================  ============================
    source                     pictures                        keys
    =========================  ==============================  ============================
    ``"photos"``, a folder     all in it and its folders       ``2024/ann.jpg``, the path
                                                               from the folder; with several
                                                               sources ``photos/2024/ann.jpg``
    ``"photos/**/*.jpg"``      all that match                  their paths
    ``"photos/ann.jpg"``       one                             its path
    ``"s3://bucket/prefix"``   objects whose keys begin so     ``s3://bucket/prefix/ann.jpg``
    ``"-"``                    a path or ``s3://`` URL a line  the line
                               of the standard input
    =========================  ==============================  ============================

    Objects in S3 are not downloaded: Rekognition reads them, in the client's region. A URL may
    name a version, as in ``"s3://bucket/ann.jpg?versionId=3HL4"``. Files that are no pictures, by
    their first bytes and their names, are passed over and counted. Links to folders are not
    followed.

    Attributes:
        found: How many pictures were found so far.
        passed_over: How many files and objects that are no pictures were passed over so far.
    """

    def __init__(
        self, *sources: str | os.PathLike[str], s3_endpoint_url: str | None = None
    ) -> None:
        """Takes the sources; nothing is looked up yet.

        Args:
            sources: Where the pictures are, as the table says.
            s3_endpoint_url: Where S3 is listed, instead of the region's endpoint.

        Raises:
            ValueError: There is no source, or a URL names no bucket.
            TypeError: A source is neither text nor a path.
        """
        if not sources:
            raise ValueError("Pictures needs a source: a folder, a glob, s3://bucket/prefix or '-'")
        self._sources = tuple(_checked(source) for source in sources)
        self._s3_endpoint_url = s3_endpoint_url
        self._listed = False
        self.found = 0
        self.passed_over = 0

    def __repr__(self) -> str:
        kind = "Pictures.listed_in" if self._listed else "Pictures"
        return f"{kind}({', '.join(map(repr, self._sources))})"

    @classmethod
    def listed_in(cls, path: str | os.PathLike[str]) -> Pictures:
        """The pictures that a text file names, a path or ``s3://bucket/key`` a line.

        The lines are the keys; empty ones are passed over. Paths are seen from the current folder.

        Args:
            path: The file, in UTF-8; ``"-"`` is the standard input.
        """
        pictures = cls(path)
        pictures._listed = True
        return pictures

    async def count(self) -> int | None:
        """How many pictures there are now; None where S3 or the standard input is a source.

        It goes through folders as a bulk does, and changes neither ``found`` nor ``passed_over``.

        Raises:
            OSError: A source is not there, or cannot be read.
        """
        if any(source == _STDIN or source.startswith(S3_SCHEME) for source in self._sources):
            return None
        return await asyncio.to_thread(
            lambda: sum(
                entry is not None for source in self._sources for entry in self._walk(source)
            )
        )

    async def keyed(self, list_s3: ListS3) -> AsyncGenerator[tuple[str, ImageSource]]:
        """Goes through the pictures, each with its key.

        Args:
            list_s3: Lists objects in S3.

        Raises:
            OSError: A source is not there, or cannot be read.
        """
        for source in self._sources:
            if _is_local(source):
                await asyncio.to_thread(_check_exists, source)
        for source in self._sources:
            async with contextlib.aclosing(self._entries(source, list_s3)) as entries:
                async for entry in entries:
                    if entry is None:
                        self.passed_over += 1
                    else:
                        self.found += 1
                        yield entry

    async def _entries(self, source: str, list_s3: ListS3) -> AsyncGenerator[_Entry]:
        if source.startswith(S3_SCHEME):
            single = _named_object(source)
            if single is not None:
                yield source, single
                return
            bucket, _, prefix = source.removeprefix(S3_SCHEME).partition("/")
            async with contextlib.aclosing(
                list_s3(bucket, prefix, self._s3_endpoint_url)
            ) as listed:
                async for found in listed:
                    yield _entry_of_object(bucket, found)
        elif source == _STDIN:
            async with contextlib.aclosing(_stdin_lines()) as lines:
                async for line in lines:
                    yield await asyncio.to_thread(_entry_of_line, line)
        else:
            # Some at a time: a hop to a thread costs more than a look at a file.
            walk = self._walk(source)
            while some := await asyncio.to_thread(
                lambda: list(itertools.islice(walk, _ENTRIES_AT_ONCE))
            ):
                for entry in some:
                    yield entry

    def _walk(self, source: str) -> Iterator[_Entry]:
        """The pictures of one source on this machine."""
        if self._listed:
            with Path(source).open(encoding="utf-8") as file:
                yield from (_entry_of_line(line) for line in map(str.strip, file) if line)
        elif Path(source).is_dir():
            root = "" if len(self._sources) == 1 else PurePath(source).as_posix() + "/"
            yield from _in_folder(source, root)
        elif Path(source).exists():
            yield _entry_of_file(PurePath(source).as_posix(), source)
        else:
            nothing = True
            for name in glob.iglob(source, recursive=True):  # noqa: PTH207 - of absolute ones too
                nothing = False
                if not Path(name).is_dir():
                    yield _entry_of_file(PurePath(name).as_posix(), name)
            if nothing:
                raise FileNotFoundError(f"no file matches {source!r}")


async def keyed_pictures(
    source: PicturesSource, list_s3: ListS3
) -> AsyncGenerator[tuple[str, ImageSource]]:
    """Goes through pictures of whatever source, each with its key.

    Args:
        source: What a helper was given.
        list_s3: Lists objects in S3.

    Raises:
        TypeError: A picture has no key.
    """
    if isinstance(source, str | os.PathLike):
        source = Pictures(source)
    if isinstance(source, Pictures):
        async with contextlib.aclosing(source.keyed(list_s3)) as pictures:
            async for entry in pictures:
                yield entry
    elif isinstance(source, Mapping):
        for entry in source.items():
            yield entry
    elif isinstance(source, AsyncIterable):
        async for picture in source:
            yield _with_key(picture)
    else:
        for picture in source:
            yield _with_key(picture)


def _with_key(picture: object) -> tuple[str, ImageSource]:
    match picture:
        case (str(key), source):
            return key, cast("ImageSource", source)
        case str():
            return picture, _named_object(picture, whatever_its_suffix=True) or picture
        case os.PathLike():
            return PurePath(os.fspath(picture)).as_posix(), picture
    bucket, name = getattr(picture, "bucket", None), getattr(picture, "name", None)
    if bucket is None or name is None:
        raise TypeError(
            "a picture in bulk should be a path, 's3://bucket/key', an S3Object or a pair of a key "
            f"and a picture, got {type(picture).__name__}"
        )
    version = getattr(picture, "version", None)
    return f"{S3_SCHEME}{bucket}/{name}{_VERSION + version if version else ''}", cast(
        "S3Object", picture
    )


def _checked(source: object) -> str:
    if not isinstance(source, str | os.PathLike):
        raise TypeError(f"a source of pictures should be text or a path, got {source!r}")
    text = os.fspath(source)
    if not isinstance(text, str) or not text:
        raise TypeError(f"a source of pictures should be text or a path, got {source!r}")
    if text.startswith(S3_SCHEME) and not text.removeprefix(S3_SCHEME).partition("/")[0]:
        raise ValueError(f"a source in S3 should be 's3://bucket/prefix', got {text!r}")
    return text


def _is_local(source: str) -> bool:
    return source != _STDIN and not source.startswith(S3_SCHEME)


def _check_exists(source: str) -> None:
    if not glob.has_magic(source):
        Path(source).stat()


def _named_object(url: str, *, whatever_its_suffix: bool = False) -> S3Object | None:
    """The object that a URL names; None where it is a prefix, or no URL of S3's."""
    if not url.startswith(S3_SCHEME):
        return None
    # Models are loaded when they are used.
    from rekognition_async.models.common import S3Object  # noqa: PLC0415

    bucket, _, rest = url.removeprefix(S3_SCHEME).partition("/")
    name, _, version = rest.partition(_VERSION)
    if not whatever_its_suffix and not version and PurePath(name).suffix.lower() not in _SUFFIXES:
        return None
    return S3Object(bucket=bucket, name=name, version=version or None)


def _entry_of_object(bucket: str, found: ListedObject) -> _Entry:
    from rekognition_async.models.common import S3Object  # noqa: PLC0415 - as above

    suffix = PurePath(found.key).suffix.lower()
    # What has no suffix may well be a picture: its bytes are not looked at.
    if not found.size or found.key.endswith("/") or (suffix and suffix not in _SUFFIXES):
        return None
    return f"{S3_SCHEME}{bucket}/{found.key}", S3Object(bucket=bucket, name=found.key)


def _entry_of_line(line: str) -> _Entry:
    if line.startswith(S3_SCHEME):
        return _with_key(line)
    return _entry_of_file(line, line)


def _entry_of_file(key: str, path: str) -> _Entry:
    return (key, path) if _is_picture(path) else None


def _in_folder(folder: str, prefix: str) -> Generator[_Entry]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _in_folder(entry.path, f"{prefix}{entry.name}/")
            elif entry.is_file():
                yield _entry_of_file(prefix + entry.name, entry.path)


def _is_picture(path: str) -> bool:
    """Whether a file is to be sent: what looks like a picture, or is one by its name."""
    name = PurePath(path)
    if name.name.startswith(_RESOURCE_FORK):
        return False
    if name.suffix.lower() in _SUFFIXES:
        return True
    try:
        with Path(path).open("rb") as file:
            head = file.read(_LONGEST_SIGNATURE)
    except (OSError, ValueError):
        # Whoever reads it says why it cannot be read.
        return True
    return (
        head.startswith(_SIGNATURES)
        or (head[:4] == b"RIFF" and head[8:] == b"WEBP")
        or (head[4:8] == b"ftyp" and head[8:] in {b"heic", b"heix", b"mif1", b"msf1", b"avif"})
    )


async def _stdin_lines() -> AsyncGenerator[str]:
    """The lines of the standard input that are not empty, as they come.

    They are read in a thread of its own, which ends with the process: nothing interrupts a read.
    """
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    room = threading.Semaphore(_LINES_AHEAD)

    def put(line: str | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(lines.put_nowait, line)

    def read() -> None:
        try:
            for line in map(str.strip, _raw_lines()):
                if line:
                    room.acquire()
                    put(line)
        finally:
            put(None)

    threading.Thread(target=read, name="rekognition-stdin", daemon=True).start()
    while (line := await lines.get()) is not None:
        room.release()
        yield line


def _raw_lines() -> Iterator[str]:
    try:
        descriptor = sys.stdin.fileno()
    except (OSError, ValueError):
        yield from sys.stdin
        return
    # Python's own buffer would be locked by this thread, and that ends a process with an error.
    rest = b""
    while part := os.read(descriptor, 65_536):
        *whole, rest = (rest + part).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "surrogateescape")
    yield rest.decode("utf-8", "surrogateescape")
