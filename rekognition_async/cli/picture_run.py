"""Goes through the pictures of a command: results to stdout, and what failed to stderr."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from importlib.util import find_spec
from pathlib import Path, PurePath
from typing import Any, Final

import click

from rekognition_async.bulk.journal import Journal
from rekognition_async.bulk.outcomes import PictureOutcome
from rekognition_async.cli.client import CommandClient
from rekognition_async.cli.output import WRITERS, Writer
from rekognition_async.cli.pictures import Bulk, PictureOptions
from rekognition_async.cli.progress import Counts, Reporter
from rekognition_async.cli.tables import picture_rows
from rekognition_async.errors import ConfigurationError, RekognitionError, ServiceError
from rekognition_async.usage import Usage
from rekognition_async.values import S3_SCHEME

_HOPELESS: Final = frozenset(
    {
        "AccessDeniedException",
        "ExpiredTokenException",
        "InvalidSignatureException",
        "ResourceNotFoundException",
        "ResourceNotReadyException",
        "UnrecognizedClientException",
    }
)
"""Codes of errors that the next picture would meet as well."""

_JPEG_SUFFIXES: Final = frozenset({".jpe", ".jpeg", ".jpg"})


async def run_pictures(
    options: PictureOptions,
    operation: str,
    bulk: Callable[[CommandClient], Bulk],
    begin: Callable[[CommandClient], Awaitable[None]] | None,
) -> int:
    """Goes through the pictures, and tells the exit code.

    Args:
        options: The pictures, and how they are gone through.
        operation: AWS's name of the operation.
        bulk: Gives a method in bulk, with the operation's own parameters.
        begin: What is awaited before the first picture.
    """
    _check(options)
    async with options.target.running() as target, target.client() as client:
        if begin is not None:
            await begin(client)
        counts = Counts()
        reporter = Reporter(counts, lambda: client.waiting)
        with WRITERS[options.output_format](reporter.stdout) as writer:
            run = _Run(options, operation, writer, counts, reporter)
            return await run.go(bulk(client), lambda: client.usage)


class _Run:
    def __init__(
        self,
        options: PictureOptions,
        operation: str,
        writer: Writer,
        counts: Counts,
        reporter: Reporter,
    ) -> None:
        self._options = options
        self._operation = operation
        self._writer = writer
        self._pictures = options.pictures()
        self._counts = counts
        self._reporter = reporter
        self._not_drawn = 0
        self._drawing_failed = False
        self._failed_before = 0

    async def go(self, bulk: Bulk, usage: Callable[[], Usage]) -> int:
        """Goes through all pictures, and tells the exit code."""
        journal = await self._journal()
        counting = asyncio.create_task(self._count())
        error: RekognitionError | None = None
        try:
            with self._reporter.shown():
                outcomes = bulk(**self._options.settings(self._pictures, journal))
                async with aclosing(outcomes):
                    async for outcome in outcomes:
                        await self._take(outcome)
                        if _is_hopeless(outcome):
                            error = outcome.error
                            break
        except asyncio.CancelledError:
            if not self._writer.is_broken:
                self._writer.flush()
                self._reporter.say(self._how_to_go_on())
            raise
        except FileNotFoundError as missing:
            where = missing.filename
            raise click.UsageError(
                str(missing) if where is None else f"there is no {where!r}"
            ) from None
        except BrokenPipeError:
            raise
        except OSError as problem:
            raise click.ClickException(f"a source cannot be read: {problem}") from None
        finally:
            counting.cancel()
            await asyncio.gather(counting, return_exceptions=True)
        self._writer.flush()
        self._summarise(error, usage())
        failed = self._counts.failed or self._failed_before or self._drawing_failed
        return 1 if failed or not self._pictures.found else 0

    async def _journal(self) -> Journal | None:
        """The journal; what it has counts as done."""
        path = self._options.journal
        if path is None:
            return None
        journal = Journal(path, retry_failed=self._options.retry_failed)
        if await asyncio.to_thread(Path(path).exists):
            known = await journal.counts()
            self._failed_before = 0 if journal.retry_failed else known.failed
            self._counts.before = known.succeeded + self._failed_before
        return journal

    async def _count(self) -> None:
        """Finds out how many pictures there are, for the bar."""
        if sys.stderr.isatty():
            total = await self._options.pictures().count()
            if total is not None and self._options.shard is not None:
                total //= self._options.shard[1]
            self._counts.total = total
            self._reporter.update()

    async def _take(self, outcome: PictureOutcome[Any]) -> None:
        if outcome.error is not None:
            self._counts.failed += 1
            self._reporter.say(f"{outcome.key}: {_told(outcome.error)}")
        else:
            self._counts.succeeded += 1
            if self._options.draw is not None:
                await self._draw(outcome, self._options.draw)
            if self._options.output_format == "table":
                for row in picture_rows(self._operation, outcome.key, outcome.response):
                    self._writer.write(row)
            else:
                answer = outcome.result().model_dump(mode="json", by_alias=True)
                self._writer.write({"Key": outcome.key, **answer})
        self._reporter.update()

    async def _draw(self, outcome: PictureOutcome[Any], folder: str) -> None:
        if not isinstance(outcome.source, str | os.PathLike):
            self._not_drawn += 1
            return
        path = _drawn_path(folder, outcome.key)
        try:
            await asyncio.to_thread(_draw, os.fspath(outcome.source), outcome.response, path)
        except (OSError, ValueError) as error:
            self._drawing_failed = True
            self._reporter.say(f"{outcome.key}: it cannot be drawn: {error}")

    def _summarise(self, error: RekognitionError | None, usage: Usage) -> None:
        """Says what became of the pictures, where that is more than the results tell."""
        counts, pictures = self._counts, self._pictures
        if error is not None:
            hint = ""
            if self._options.journal is not None:
                hint = "; once that is mended, the same command with --retry-failed goes on"
            self._reporter.say(f"stopped, as the next picture would fail as well{hint}")
        if not pictures.found and error is None:
            self._reporter.say(f"no picture is found in {', '.join(self._options.sources)}")
        if self._failed_before:
            self._reporter.say(
                f"{self._failed_before:,} failed before, and were passed over: --retry-failed "
                "tries them again"
            )
        if self._not_drawn:
            self._reporter.say(f"not drawn, as they are in S3: {self._not_drawn:,}")
        is_long = self._options.journal is not None or sys.stderr.isatty()
        if counts.failed or pictures.passed_over or is_long:
            passed_over = pictures.passed_over
            told = f"{counts.succeeded:,} done, {counts.failed:,} failed"
            if passed_over:
                files = (
                    "file that is no picture" if passed_over == 1 else "files that are no pictures"
                )
                told += f", {passed_over:,} {files} passed over"
            self._reporter.say(told)
            self._reporter.say(_asked_for(usage))

    def _how_to_go_on(self) -> str:
        done = f"interrupted: {self._counts.done:,} done"
        if self._options.journal is None:
            return f"{done}, and none recorded; with --journal FILE, the same command could go on"
        return f"{done}; the same command goes on where it stopped ({self._options.journal})"


def _check(options: PictureOptions) -> None:
    """Refuses what cannot work, before anything is sent.

    Raises:
        click.UsageError: With what is wrong.
    """
    try:
        options.pictures()
    except (TypeError, ValueError) as error:
        raise click.UsageError(str(error)) from None
    if options.target.emulate is not None and options.s3_endpoint_url is None:
        for source in options.sources:
            if source.startswith(S3_SCHEME) and not PurePath(source.partition("?")[0]).suffix:
                raise click.UsageError(f"--emulate has no S3 to list: {source!r} is no object")
    if options.draw is None:
        return
    if find_spec("PIL") is None:
        raise click.UsageError(
            "--draw needs more packages: pip install 'rekognition-async[images]'"
        )
    folder = Path(options.draw).resolve()
    for source in options.sources:
        if source.startswith(S3_SCHEME) or not Path(source).is_dir():
            continue
        if folder.is_relative_to(Path(source).resolve()):
            raise click.UsageError(
                f"--draw must be a folder outside of {source!r}: what is drawn is no source"
            )


def _is_hopeless(outcome: PictureOutcome[Any]) -> bool:
    error = outcome.error
    if isinstance(error, ServiceError):
        return error.code in _HOPELESS
    return isinstance(error, ConfigurationError)


def _told(error: RekognitionError) -> str:
    text = str(error)
    code = error.code if isinstance(error, ServiceError) else type(error).__name__
    return text if code in text else f"{code}: {text}"


def _asked_for(usage: Usage) -> str:
    """What was asked of the service, in counts."""
    calls = ", ".join(
        f"{counts.calls:,} {counts.operation} in {counts.region}" for counts in usage.operations
    )
    told = f"asked for: {calls}; billed by the image: {usage.images:,}"
    return f"{told}; faces stored: {usage.face_vectors:,}" if usage.face_vectors else told


def _drawn_path(folder: str, key: str) -> Path:
    """Where the drawing of a key belongs: below the folder, whatever the key is."""
    path = PurePath(key)
    parts = [part for part in path.parts if part not in {path.anchor, ".", ".."}]
    name = parts[-1] if path.suffix.lower() in _JPEG_SUFFIXES else f"{parts[-1]}.png"
    return Path(folder, *parts[:-1], name)


def _draw(source: str, response: Any, path: Path) -> None:
    from rekognition_async import draw  # noqa: PLC0415 - loads Pillow

    if path.exists() and path.samefile(source):
        raise ValueError("the drawing would take the place of the picture")
    path.parent.mkdir(parents=True, exist_ok=True)
    draw(source, response).save(path)
