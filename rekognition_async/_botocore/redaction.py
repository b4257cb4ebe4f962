"""Keeps what is secret out of botocore's debug log, for the calls that are ours.

botocore's loggers tell the signed headers and whole bodies at DEBUG. `install` gives the ones that
do a filter, which puts outlines into the lines of our calls and lets all others pass as they are.
"""

from __future__ import annotations

import logging
import re
from typing import Final

from botocore.awsrequest import AWSPreparedRequest

from rekognition_async._botocore.http_session import attempt_limits

_LOGGERS: Final = ("botocore.auth", "botocore.endpoint", "botocore.parsers")
_TOKEN_LINE: Final = re.compile(r"^(x-amz-security-token:).*", re.MULTILINE)


def install() -> None:
    """Filters botocore's loggers from now on; doing so again changes nothing."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_outline_arguments)


def _outline_arguments(record: logging.LogRecord) -> bool:
    if attempt_limits.get() is not None and isinstance(record.args, tuple):
        record.args = tuple(_outlined(argument) for argument in record.args)
    return True


def _outlined(argument: object) -> object:
    match argument:
        case AWSPreparedRequest():
            return f"{argument.method} {argument.url}"
        case {"method": method, "url": url, "body": _}:  # a request before it is signed
            return f"{method} {url}"
        case bytes():
            return f"({len(argument)} bytes)"
        case str():
            return _TOKEN_LINE.sub(r"\1***", argument)
        case _:
            return argument
