"""``rekognition-async emulator``: the local Rekognition as a process."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence

import click

from rekognition_async.emulator import FaultRule, RekognitionEmulator
from rekognition_async.emulator.quotas import Quotas


def _parse_faults(
    _: click.Context, __: click.Parameter, values: Sequence[str]
) -> Sequence[FaultRule]:
    try:
        return [FaultRule.parse(value) for value in values]
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=5000,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@click.option(
    "--state",
    type=click.Path(dir_okay=False),
    help="File that keeps the state; without one it is gone in the end.",
)
@click.option("--region", "region_name", default="us-east-1", show_default=True)
@click.option("--seed", type=click.IntRange(0, 1_000_000), help="Begin with so many collections.")
@click.option(
    "--page-size",
    type=click.IntRange(1, 4096),
    default=1000,
    show_default=True,
    help="How many items a page has where MaxResults asks for no fewer.",
)
@click.option(
    "--latency", type=click.FloatRange(min=0), default=0.0, help="Seconds before each answer."
)
@click.option(
    "--fault",
    "faults",
    metavar="OPERATION:FAULT[=VALUE][:WHEN]",
    callback=_parse_faults,
    multiple=True,
    help="Let calls fail, as in ListCollections:throttle:0.2, '*:http=503:3,4' or '*:reset:5-7'.",
)
@click.option(
    "--answers",
    type=click.Path(exists=True, dir_okay=False),
    help="JSON file of what operations answer about pictures and videos.",
)
@click.option(
    "--quotas",
    multiple=True,
    metavar="aws|OPERATION=TPS",
    help="AWS's default quotas, or transactions a second by operation ('*' for the others).",
)
@click.option("--no-verify-signatures", is_flag=True, help="Let any caller in, signed or not.")
def emulator(
    *,
    host: str,
    port: int,
    state: str | None,
    region_name: str,
    seed: int | None,
    page_size: int,
    latency: float,
    faults: Sequence[FaultRule],
    answers: str | None,
    quotas: Sequence[str],
    no_verify_signatures: bool,
) -> None:
    """Run a local Rekognition that any client can be pointed at.

    It prints the environment that points boto3, the AWS CLI and this package at it, and runs
    until SIGINT or SIGTERM.
    """
    try:
        local = RekognitionEmulator(
            host=host,
            port=port,
            state=state,
            region_name=region_name,
            page_size=page_size,
            latency=latency,
            faults=faults,
            quotas=_quotas(quotas),
            verify_signatures=not no_verify_signatures,
        )
        if answers is not None:
            local.answers.load(answers)
        asyncio.run(_serve(local, seed))
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from error


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
        await stopped.wait()
