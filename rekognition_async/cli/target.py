"""Which Rekognition a command speaks to: AWS's, another endpoint, or an embedded emulator."""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import click

if TYPE_CHECKING:
    from rekognition_async import RetryDetails
    from rekognition_async.cli.client import CommandClient
    from rekognition_async.emulator import RekognitionEmulator

_Command = TypeVar("_Command", bound=Callable[..., Any])

DEFAULT_MAX_ATTEMPTS: Final = 8
"""That of `RetryPolicy`, which help and completion do not import."""

EMULATED_REGION: Final = "us-east-1"
EMULATED_PAGE_SIZE: Final = 500
MAX_EMULATED: Final = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Target:
    """What the options say about the service.

    Attributes:
        region_name: The region; None is the configured one.
        profile: The profile of the AWS configuration files.
        endpoint_url: Where to send requests instead of the region's endpoint.
        max_attempts: How often a request is sent at most.
        emulate: How many collections an embedded emulator holds; None is no emulator.
        quotas: The quotas that calls keep to, as a client takes them; None is none.
        emulator_state: The file in which the embedded emulator keeps its state.
        emulator: The embedded emulator, while it runs.
    """

    region_name: str | None
    profile: str | None
    endpoint_url: str | None
    max_attempts: int
    emulate: int | None
    quotas: Mapping[str, float | Literal["aws"]] | Literal["learned", "aws"] | None = "learned"
    emulator_state: str | None = None
    emulator: RekognitionEmulator | None = None

    def client(self, on_retry: Callable[[RetryDetails], None] | None = None) -> CommandClient:
        """A client of the service, not open yet."""
        from rekognition_async import ConfigurationError, RetryPolicy
        from rekognition_async.cli.client import CommandClient

        try:
            retry = RetryPolicy(self.max_attempts, on_retry=on_retry)
            if self.emulator is not None:
                options = self.emulator.client_options
                if self.region_name is not None:
                    options["region_name"] = self.region_name
                return CommandClient(**options, retry=retry, quotas=self.quotas)
            return CommandClient(
                self.region_name,
                endpoint_url=self.endpoint_url,
                profile_name=self.profile,
                retry=retry,
                quotas=self.quotas,
            )
        except ValueError as error:
            raise ConfigurationError(str(error)) from error

    async def regions(self) -> Sequence[str]:
        """All regions that have Rekognition, in the partition of the configured region."""
        from rekognition_async._botocore.connection import available_regions

        return await available_regions(self.region_name, self.profile)

    @asynccontextmanager
    async def running(self, *regions: str) -> AsyncGenerator[Target]:
        """This target, with its emulator running if it has one.

        The emulator keeps AWS's quota of five listings a second, so that what the client does
        about throttling can be seen.
        """
        if self.emulate is None:
            yield self
            return
        from rekognition_async.emulator import RekognitionEmulator

        region_name = self.region_name or EMULATED_REGION
        async with RekognitionEmulator(
            region_name=region_name,
            quotas="aws",
            page_size=EMULATED_PAGE_SIZE,
            state=self.emulator_state,
        ) as emulator:
            for seeded in regions or (region_name,):
                emulator.seed(collections=self.emulate, region_name=seeded)
            yield replace(self, region_name=region_name, emulator=emulator)


def _connection_options(command: _Command) -> _Command:
    for option in (
        click.option(
            "--max-attempts",
            type=click.IntRange(min=1),
            default=DEFAULT_MAX_ATTEMPTS,
            show_default=True,
            help="How often a request is sent at most.",
        ),
        click.option(
            "--endpoint-url", help="Send requests here instead of to the region's endpoint."
        ),
        click.option("--profile", help="Profile of the AWS configuration files."),
    ):
        command = option(command)
    return command


def target_options(command: _Command) -> _Command:
    """Gives a command the options that make its `Target`, as the parameter ``target``."""

    @_connection_options
    @click.option(
        "--emulate",
        metavar="N",
        type=click.IntRange(0, MAX_EMULATED),
        help="Run on an embedded emulator that holds N collections, with AWS's quotas.",
    )
    @functools.wraps(command)
    def with_target(
        profile: str | None,
        endpoint_url: str | None,
        max_attempts: int,
        emulate: int | None,
        **others: Any,
    ) -> Any:
        _check_one_service(profile, endpoint_url, emulate=emulate is not None)
        target = Target(
            region_name=None,
            profile=profile,
            endpoint_url=endpoint_url,
            max_attempts=max_attempts,
            emulate=emulate,
        )
        return command(target=target, **others)

    return with_target  # type: ignore[return-value] # click's decorators keep the type they are given


def service_options(command: _Command) -> _Command:
    """Gives a command the options of a `Target` in one region, as the parameter ``target``."""

    @click.option("--region", "region_name", help="AWS region, as in eu-west-1.")
    @_connection_options
    @click.option(
        "--quotas",
        multiple=True,
        default=("learned",),
        metavar="learned|aws|none|OPERATION=TPS",
        callback=_parse_quotas,
        help="Quotas to keep to: learned from what the service refuses (the default), AWS's "
        "defaults, none, or transactions a second by operation ('*' for the others); repeatable.",
    )
    @click.option("--emulate", is_flag=True, help="Run on an embedded emulator, with AWS's quotas.")
    @click.option(
        "--emulator-state",
        metavar="FILE",
        type=click.Path(dir_okay=False),
        help="With --emulate: file that keeps the emulator's state for the next command.",
    )
    @functools.wraps(command)
    def with_target(
        *,
        region_name: str | None,
        profile: str | None,
        endpoint_url: str | None,
        max_attempts: int,
        quotas: Any,
        emulate: bool,
        emulator_state: str | None,
        **others: Any,
    ) -> Any:
        _check_one_service(profile, endpoint_url, emulate=emulate)
        if emulator_state is not None and not emulate:
            raise click.UsageError("--emulator-state needs --emulate")
        target = Target(
            region_name=region_name,
            profile=profile,
            endpoint_url=endpoint_url,
            max_attempts=max_attempts,
            emulate=0 if emulate else None,
            quotas=quotas,
            emulator_state=emulator_state,
        )
        return command(target=target, **others)

    return with_target  # type: ignore[return-value] # click's decorators keep the type they are given


_NAMED_QUOTAS: Final[Mapping[tuple[str, ...], Literal["learned", "aws"] | None]] = {
    ("learned",): "learned",
    ("aws",): "aws",
    ("none",): None,
}


def _check_one_service(profile: str | None, endpoint_url: str | None, *, emulate: bool) -> None:
    if emulate and (profile is not None or endpoint_url is not None):
        raise click.UsageError("--emulate excludes --profile and --endpoint-url")


def _parse_quotas(
    _: click.Context, __: click.Parameter, values: Sequence[str]
) -> Mapping[str, float | Literal["aws"]] | Literal["learned", "aws"] | None:
    if tuple(values) in _NAMED_QUOTAS:
        return _NAMED_QUOTAS[tuple(values)]
    quotas: dict[str, float | Literal["aws"]] = {}
    for value in values:
        operation, _equals, number = value.partition("=")
        try:
            quotas[operation] = "aws" if number == "aws" else float(number)
        except ValueError:
            raise click.BadParameter(
                f"it must be learned, aws, none or OPERATION=TPS, got {value!r}"
            ) from None
    return quotas
