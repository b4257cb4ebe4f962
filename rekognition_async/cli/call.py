"""``rekognition-async call``: any of the operations, by its request as JSON."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from rekognition_async.cli.target import Target, service_options

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_BASES: Final = frozenset({"PagedRequest", "Request"})
_FILE_URL: Final = "file://"


def _operations() -> list[str]:
    """AWS's names of all operations, without their models."""
    from rekognition_async import models

    suffix = "Request"
    names = (name for name in models.__all__ if name.endswith(suffix) and name not in _BASES)
    return sorted(name.removesuffix(suffix) for name in names)


def _complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    typed = _plain(incomplete)
    return [CompletionItem(name) for name in _operations() if _plain(name).startswith(typed)]


def _parse_operation(_: click.Context, __: click.Parameter, text: str) -> str:
    operations = {_plain(name): name for name in _operations()}
    known = operations.get(_plain(text))
    if known is None:
        from difflib import get_close_matches

        near = get_close_matches(_plain(text), operations, n=3)
        hint = f"; did you mean {', '.join(operations[name] for name in near)}?" if near else ""
        raise click.BadParameter(f"Rekognition has no operation {text!r}{hint}")
    return known


def _plain(name: str) -> str:
    """A name without what differs between AWS's, boto's and the AWS CLI's spelling."""
    return name.replace("_", "").replace("-", "").lower()


@click.command()
@click.argument("operation", callback=_parse_operation, shell_complete=_complete)
@service_options
@click.option(
    "--parameters",
    default="{}",
    metavar="JSON|FILE|-",
    help="The request: JSON, a file of it, or - for the standard input. Members have AWS's names "
    "or snake_case ones, bytes are base64.",
)
@click.option("--all", "all_pages", is_flag=True, help="Page through, and print the items.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["json", "ndjson"]),
    default="json",
    show_default=True,
    help="Of items: one array, or an item a line.",
)
def call(
    target: Target, *, operation: str, parameters: str, all_pages: bool, output_format: str
) -> None:
    """Call any operation with parameters as JSON.

    OPERATION is AWS's name or boto's, as in DescribeCollection or describe_collection. The request
    is validated before it is sent.
    """
    from rekognition_async.cli.services import run_call, run_listing
    from rekognition_async.operation import PagedRequest

    request = _request(operation, _read(parameters))
    if not all_pages:
        run_call(target, lambda client: client.send(request), "json")
        return
    if not isinstance(request, PagedRequest):
        raise click.UsageError(f"{operation} is not answered in pages: leave --all out")
    run_listing(target, lambda client: client.paginate(request), output_format, lambda _: {})


def _read(parameters: str) -> str:
    """The JSON itself."""
    if parameters.lstrip().startswith("{"):
        return parameters
    try:
        if parameters == "-":
            return sys.stdin.read()
        return Path(parameters.removeprefix(_FILE_URL)).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"--parameters cannot be read: {error}") from None


def _request(operation: str, text: str) -> Any:
    """The request that JSON describes, validated."""
    from pydantic import ValidationError

    from rekognition_async import models

    request_type = getattr(models, f"{operation}Request")
    try:
        return request_type.model_validate_json(text)
    except ValidationError as error:
        raise request_type.to_error(error) from None
