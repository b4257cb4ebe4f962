"""``rekognition-async emulator``: the local Rekognition as a process, and its state as JSON."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final, TextIO

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from rekognition_async.emulator import Eyes, FaultRule, Latency, Quotas, RekognitionEmulator
    from rekognition_async.emulator.state.store import Store

_KINDS: Final = (
    "collection_visibility",
    "dataset",
    "dataset_deletion",
    "liveness",
    "media_analysis",
    "model_copy",
    "model_start",
    "model_stop",
    "project_deletion",
    "stream_start",
    "stream_stop",
    "stream_update",
    "training",
    "user_update",
    "version_deletion",
    "video",
)
"""``state.progress.KINDS``, which help and completion do not import."""

_OTHERS: Final = "*"
_USUAL_DURATION: Final = 1.0


def _parse_faults(
    _: click.Context, __: click.Parameter, values: Sequence[str]
) -> Sequence[FaultRule]:
    if not values:
        return ()
    from rekognition_async.emulator import FaultRule

    try:
        return [FaultRule.parse(value) for value in values]
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _parse_durations(
    _: click.Context, __: click.Parameter, values: Sequence[str]
) -> Mapping[str, float]:
    durations = _numbers(values, "[KIND=]SECONDS")
    for kind in durations:
        if kind not in {*_KINDS, _OTHERS}:
            raise click.BadParameter(f"KIND must be one of {', '.join(_KINDS)}, got {kind}")
    return {_OTHERS: _USUAL_DURATION, **durations}


def _parse_state(_: click.Context, __: click.Parameter, path: str | None) -> str | None:
    if path is not None and not Path(path).parent.is_dir():
        raise click.BadParameter(f"there is no folder {str(Path(path).parent)!r}")
    return path


def _parse_latency(_: click.Context, __: click.Parameter, values: Sequence[str]) -> Latency:
    return _numbers(values, "[OPERATION=]SECONDS")


def _parse_eyes(_: click.Context, __: click.Parameter, values: Sequence[str]) -> Sequence[Eyes]:
    return [_imported_eyes(value) for value in values]


def _imported_eyes(name: str) -> Eyes:
    """What a module has under a name; a class or another function makes the eyes."""
    import sys
    from importlib import import_module

    module, _, attribute = name.partition(":")
    if not module or not attribute:
        raise click.BadParameter(f"it must be MODULE:ATTRIBUTE, got {name!r}")
    # As with python -m, and unlike other commands, modules of this folder are found.
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        found = getattr(import_module(module), attribute)
        eyes: Eyes = found() if isinstance(found, type | FunctionType) else found
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise click.BadParameter(f"{name} cannot be used: {reason}") from error
    return eyes


def _numbers(texts: Sequence[str], syntax: str) -> Mapping[str, float]:
    """Numbers by name; one alone is for all that are not named."""
    numbers: dict[str, float] = {}
    for text in texts:
        name, _, number = text.rpartition("=")
        try:
            numbers[name or _OTHERS] = float(number)
        except ValueError:
            raise click.BadParameter(f"it must be {syntax}, got {text!r}") from None
        if not numbers[name or _OTHERS] >= 0:
            raise click.BadParameter(f"it must be at least 0, got {text!r}")
    return numbers


@click.group(invoke_without_command=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=5000,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@click.option(
    "--allow-remote",
    is_flag=True,
    help="Let --host be an address that other machines reach, as in a container.",
)
@click.option("--tls", is_flag=True, help="Speak TLS, with a certificate made for this run.")
@click.option(
    "--state",
    type=click.Path(dir_okay=False),
    callback=_parse_state,
    help="File that keeps the state; without one it is gone in the end.",
)
@click.option("--region", "region_name", default="us-east-1", show_default=True)
@click.option("--seed", type=click.IntRange(0, 1_000_000), help="Begin with so many collections.")
@click.option(
    "--s3",
    metavar="FOLDER|URL",
    help="Where objects are: a folder that holds BUCKET/KEY, or an endpoint that speaks S3. "
    "Without it whatever is named exists.",
)
@click.option(
    "--notifications",
    metavar="URL",
    help="An endpoint that speaks SNS: the end of a video job is published to the topic of its "
    "NotificationChannel. Without it nothing is published.",
)
@click.option(
    "--page-size",
    type=click.IntRange(1, 4096),
    default=1000,
    show_default=True,
    help="How many items a page has where MaxResults asks for no fewer.",
)
@click.option(
    "--latency",
    multiple=True,
    metavar="[OPERATION=]SECONDS",
    callback=_parse_latency,
    help="Seconds before each answer, as in 0.05 or IndexFaces=1.5; repeatable.",
)
@click.option(
    "--duration",
    "durations",
    multiple=True,
    metavar="[KIND=]SECONDS",
    callback=_parse_durations,
    help=f"How long work takes, as in video=30; repeatable. KIND is one of "
    f"{', '.join(_KINDS)}. What is not named takes a second.",
)
@click.option(
    "--polls-until-done",
    type=click.IntRange(min=0),
    metavar="POLLS",
    help="End work after so many polls that saw it under way, if it is not over by then.",
)
@click.option(
    "--fault",
    "faults",
    metavar="OPERATION:FAULT[=VALUE][:WHEN]",
    callback=_parse_faults,
    multiple=True,
    help="Let calls fail, as in ListCollections:throttle:0.2, '*:http=503:3,4' or '*:reset:5-7'; "
    "repeatable.",
)
@click.option(
    "--answers",
    type=click.Path(exists=True, dir_okay=False),
    help="JSON file of what operations answer about pictures and videos.",
)
@click.option(
    "--people",
    type=click.Path(exists=True, dir_okay=False),
    help="JSON file of who is on which picture.",
)
@click.option(
    "--eyes",
    multiple=True,
    metavar="MODULE:ATTRIBUTE",
    callback=_parse_eyes,
    help="What tells faces, text and unsafe content of pictures of which nothing is declared, as "
    "in models:Reader; repeatable.",
)
@click.option(
    "--quotas",
    multiple=True,
    metavar="aws|OPERATION=TPS",
    help="AWS's default quotas, or transactions a second by operation ('*' for the others); "
    "repeatable.",
)
@click.option(
    "--quota-window",
    type=click.Choice(["bucket", "fixed", "sliding"]),
    default="bucket",
    show_default=True,
    help="How calls are held against their quota: in a token bucket, in windows that follow one "
    "another, or in the window that ends now.",
)
@click.option(
    "--burst",
    type=float,
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="So many seconds' worth of a quota may come at once.",
)
@click.option("--no-verify-signatures", is_flag=True, help="Let any caller in, signed or not.")
@click.option(
    "--request-log",
    type=click.Path(dir_okay=False, allow_dash=True),
    metavar="FILE|-",
    help="Add a JSON line for each request to a file, or print it.",
)
@click.option(
    "--max-thumbnail-bytes",
    type=int,
    default=4 * 1024 * 1024,
    show_default=True,
    metavar="BYTES",
    help="Keep at most so many bytes of the pictures that requests come with, scaled down, for the "
    "page; 0 keeps none.",
)
@click.option(
    "--admin",
    is_flag=True,
    help="Turn on the routes under /_emulator/ that change faults, quotas, latency, clock and "
    "state while it runs; only this machine reaches them.",
)
@click.pass_context
def emulator(
    context: click.Context,
    /,
    *,
    seed: int | None,
    answers: str | None,
    people: str | None,
    quotas: Sequence[str],
    no_verify_signatures: bool,
    **settings: Any,
) -> None:
    """Run a local Rekognition that any client can be pointed at.

    It prints the environment that points boto3, the AWS CLI and this package at it, and runs
    until SIGINT or SIGTERM. What it keeps, and was asked, is shown at /_emulator/ in a browser;
    /_emulator/health tells whether it serves.
    """
    if context.invoked_subcommand is not None:
        _refuse_options(context)
        return
    import asyncio

    from rekognition_async.emulator import RekognitionEmulator

    try:
        local = RekognitionEmulator(
            **settings,
            quotas=_quotas(quotas),
            verify_signatures=not no_verify_signatures,
        )
        if answers is not None:
            local.answers.load(answers)
        if people is not None:
            local.people.load(people)
    except (TypeError, ValueError, OSError, RuntimeError) as error:
        raise click.UsageError(str(error)) from error
    try:
        asyncio.run(_serve(local, seed))
    except (ValueError, OSError, RuntimeError) as error:
        raise click.ClickException(str(error)) from error


def _refuse_options(context: click.Context) -> None:
    """Options before ``export`` and ``import`` are the server's, and would be passed over."""
    for parameter in context.command.params:
        if context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE:
            raise click.UsageError(
                f"{parameter.opts[0]} is the server's; options of {context.invoked_subcommand} "
                "stand behind it"
            )


def _quotas(texts: Sequence[str]) -> Quotas:
    if not texts:
        return None
    if list(texts) == ["aws"]:
        return "aws"
    rates: dict[str, float] = {}
    for text in texts:
        operation, _, rate = text.partition("=")
        try:
            rates[operation] = float(rate)
        except ValueError:
            raise click.UsageError(f"--quotas must be aws or OPERATION=TPS, got {text!r}") from None
    return rates


async def _serve(local: RekognitionEmulator, seed: int | None) -> None:
    import asyncio

    stopped = asyncio.Event()
    if os.name == "posix":
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with local:
        if seed is not None:
            local.seed(collections=seed)
        options = local.client_options
        click.echo(f"# Rekognition emulator on {local.url}; point clients at it with")
        click.echo(f"export AWS_ENDPOINT_URL_REKOGNITION={options['endpoint_url']}")
        click.echo(f"export AWS_DEFAULT_REGION={options['region_name']}")
        click.echo(f"export AWS_ACCESS_KEY_ID={options['aws_access_key_id']}")
        click.echo(f"export AWS_SECRET_ACCESS_KEY={options['aws_secret_access_key']}")
        if local.certificate is not None:
            click.echo(f"export AWS_CA_BUNDLE={local.certificate}")
        await stopped.wait()


@contextmanager
def _opened(path: str) -> Generator[Store]:
    from rekognition_async.emulator.state.store import Store

    try:
        with closing(Store(path)) as store:
            yield store
    except ValueError as error:
        raise click.ClickException(str(error)) from error


_STATE_FILE: Final[Callable[[Any], Any]] = click.option(
    "--state",
    required=True,
    type=click.Path(dir_okay=False),
    help="The emulator's state file. No emulator may be running on it.",
)


@emulator.command("export")
@_STATE_FILE
@click.argument("output", type=click.File("w", encoding="utf-8", lazy=True), default="-")
def export_state(state: str, output: TextIO) -> None:
    """Write the state of a file as JSON to OUTPUT, or to stdout, a record a line."""
    from rekognition_async.emulator.state.snapshots import exported, lines

    if not Path(state).exists():
        raise click.UsageError(f"there is no state file {state!r}")
    with _opened(state) as store:
        output.writelines(lines(exported(store)))


@emulator.command("import")
@_STATE_FILE
@click.option("--replace", is_flag=True, help="Replace what the state holds already.")
@click.argument("document", type=click.File("r", encoding="utf-8"), default="-")
def import_state(state: str, replace: bool, document: TextIO) -> None:
    """Make the JSON of an export, from DOCUMENT or stdin, the state of a file.

    All of it is taken, or nothing.
    """
    import json

    from rekognition_async.emulator.state.snapshots import entries_of

    try:
        content = json.load(document)
    except (ValueError, RecursionError) as error:
        raise click.ClickException(f"{document.name} is not JSON: {error}") from error
    try:
        entries = entries_of(content)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    with _opened(state) as store:
        if store.counts() and not replace:
            raise click.UsageError(f"{state!r} holds a state already; --replace replaces it")
        store.replace_everything(entries)
    click.echo(f"rekognition-async: {len(entries):,} records", err=True)
