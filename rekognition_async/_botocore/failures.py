"""botocore's errors and answers as errors of ours and as `Failure`.

Pure functions: `events` judges an attempt by ``failure_from_...``, which the retry decision takes;
`transport` turns what ends a call into what is raised by ``error_from_...``.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import ssl
import sys
import traceback
from collections.abc import Mapping
from typing import Any, Final, TypeVar, cast

import aiohttp
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    HTTPClientError,
    InvalidRegionError,
    MetadataRetrievalError,
    NoRegionError,
    ReadTimeoutError,
    StubResponseError,
    UnknownRegionError,
)
from botocore.parsers import ResponseParserError
from multidict import CIMultiDict, CIMultiDictProxy
from pydantic import ValidationError

from rekognition_async._botocore.body_outline import outline
from rekognition_async._botocore.credentials import CredentialsError
from rekognition_async._botocore.diagnosis import (
    HttpSettings,
    bad_endpoint,
    misconfiguration,
    no_region,
)
from rekognition_async._botocore.exception_chains import chain
from rekognition_async._botocore.http_session import AttemptTimeoutError, ResponseTooLargeError
from rekognition_async.errors import (
    HTTP_LAYER_ERRORS,
    CauseSummary,
    ConfigurationError,
    RekognitionError,
    ResponseValidationError,
    TransportError,
    is_retryable,
    service_error,
)
from rekognition_async.retry import Failure, retry_after

_ErrorT = TypeVar("_ErrorT", bound=BaseException)

_ENDPOINT_VARIABLES: Final = ("AWS_ENDPOINT_URL_REKOGNITION", "AWS_ENDPOINT_URL")
_MACHINERY: Final = sys.stdlib_module_names | {
    "aiobotocore",
    "botocore",
    "pydantic",
    "rekognition_async",
}
_MAX_EXPLANATION: Final = 300
_NO_HEADERS: Final[CIMultiDictProxy[str]] = CIMultiDictProxy(CIMultiDict())
_METADATA_STATUS: Final = re.compile(r"Received non 200 response (\d{3})")


def failure_from_response(
    parsed: Mapping[str, Any],
    headers: Mapping[str, str],
    operation: str,
    *,
    attempts: int,
    now: float,
) -> Failure:
    """The failure of an attempt that the service answered with an error.

    Args:
        parsed: The answer, as botocore's parser gives it.
        headers: The answer's headers under lower-case names.
        operation: The operation's name.
        attempts: How often the request has been sent.
        now: The epoch seconds, for a date that the headers ask to wait until.
    """
    error = service_error(parsed, operation, attempts=attempts)
    return Failure(
        error,
        retryable=error.retryable,
        throttled=error.throttled and error.retryable,
        retry_after=retry_after(headers, now),
    )


def failure_from_exception(
    raised: Exception, settings: HttpSettings, operation: str, *, attempts: int
) -> Failure | None:
    """The failure of an attempt without an answer; None where a hook raised, not the HTTP layer.

    Args:
        raised: What botocore raised.
        settings: Those of the client, among which the fault may lie.
        operation: The operation's name.
        attempts: How often the request has been sent.
    """
    if not isinstance(raised, HTTP_LAYER_ERRORS):
        return None
    problem = misconfiguration(raised, settings)
    if problem is not None:
        misconfigured = ConfigurationError(f"{operation} not sent: {problem}")
        misconfigured.__cause__ = without_request(raised)
        return Failure(misconfigured, retryable=False)
    underlying = raised.kwargs.get("error")
    beyond_limit = isinstance(underlying, AttemptTimeoutError | ResponseTooLargeError)
    text = str(underlying if beyond_limit else raised)
    error = TransportError(text, operation, attempts=attempts)
    error.__cause__ = without_request(raised)
    return Failure(
        error,
        # Another attempt meets the same certificate, and asks for the same answer.
        retryable=not _is_untrusted(raised) and not isinstance(underlying, ResponseTooLargeError),
        timed_out=isinstance(raised, ConnectTimeoutError | ReadTimeoutError)
        or isinstance(underlying, AttemptTimeoutError),
    )


def failure_from_credentials(failed: CredentialsError, operation: str, *, attempts: int) -> Failure:
    """The failure of an attempt to get credentials.

    Args:
        failed: What the source of credentials raised.
        operation: What the credentials were needed for.
        attempts: How often they have been asked for.
    """
    failure = _failure_by_nature(
        failed.__cause__ or failed,
        HttpSettings.of_environment(),
        operation,
        attempts=attempts,
        where=f"no credentials from {failed.source}: ",
    )
    return failure if failed.repeatable else failure._replace(retryable=False)


def _failure_by_nature(
    raised: BaseException,
    settings: HttpSettings,
    operation: str,
    *,
    attempts: int,
    where: str = "",
) -> Failure:
    """What was raised before a request was sent, by its nature and not by its origin.

    A service of credentials that is in trouble, or out of reach, is no matter of configuration.
    """
    for error in chain(raised):
        if isinstance(error, RekognitionError):
            return Failure(error, retryable=False)
        if isinstance(error, ClientError):
            answered = service_error(error.response, error.operation_name, attempts=attempts)
            if answered.retryable:
                _set_cause(answered, raised)
                return Failure(answered, retryable=True, throttled=answered.throttled)
        problem = _trouble_on_the_way(error, settings)
        if problem is not None:
            unanswered = TransportError(f"{where}{problem}", operation, attempts=attempts)
            _set_cause(unanswered, raised)
            # Metadata services have been asked several times by botocore itself.
            repeated = any(isinstance(inner, MetadataRetrievalError) for inner in chain(raised))
            return Failure(unanswered, retryable=not repeated and not _is_untrusted(error))
    misconfigured = ConfigurationError(
        f"{where or f'{operation} not sent: '}{_explained(raised, settings)}"
    )
    _set_cause(misconfigured, raised)
    return Failure(misconfigured, retryable=False)


def _is_untrusted(raised: BaseException) -> bool:
    """Whether a certificate was not trusted: another attempt meets the same one."""
    underlying = getattr(raised, "kwargs", {}).get("error")
    return isinstance(
        getattr(underlying, "certificate_error", underlying), ssl.SSLCertVerificationError
    )


def _trouble_on_the_way(error: BaseException, settings: HttpSettings) -> str | None:
    """Why no usable answer came, where another attempt may bring one."""
    if isinstance(error, HTTP_LAYER_ERRORS):
        return str(error) if misconfiguration(error, settings) is None else None
    if isinstance(error, ResponseParserError):
        return "an answer that is no document of AWS's"
    if isinstance(error, MetadataRetrievalError):
        status = _METADATA_STATUS.search(str(error))
        if status and is_retryable(status[1], int(status[1])):
            return f"the metadata service answered with HTTP {status[1]}"
    return None


def _explained(raised: BaseException, settings: HttpSettings) -> str:
    """What to mend; without what a service, a helper or a file gave, which may be keys."""
    for error in chain(raised):
        if isinstance(error, MetadataRetrievalError):
            status = _METADATA_STATUS.search(str(error))
            answer = "an answer that is no JSON" if status is None else f"HTTP {status[1]}"
            return f"the metadata service gave {answer}"
        problem = misconfiguration(error, settings)
        if problem is not None:
            return problem
    if isinstance(raised, OSError) and raised.strerror:
        path = "" if raised.filename is None else f": {str(raised.filename)!r}"
        return f"{raised.strerror}{path}"
    if isinstance(raised, BotoCoreError | ClientError | EOFError):
        return " ".join(str(raised).split())[:_MAX_EXPLANATION]
    return f"botocore cannot read what it was given ({type(raised).__name__})"


def _set_cause(error: Exception, cause: BaseException) -> None:
    """Sets a cause that is rid of what it quotes, for keys may be in it."""
    for inner in chain(cause):
        if isinstance(inner, json.JSONDecodeError):
            inner.doc = ""
        elif isinstance(inner, UnicodeDecodeError):
            inner.object = b""
        elif isinstance(inner, ResponseParserError):
            cause = CauseSummary(type(inner).__qualname__)
            break
    error.__cause__ = without_request(cause)


def error_from_opening(error: Exception, endpoint_url: str | None) -> RekognitionError:
    """What is raised where a client cannot be opened.

    Args:
        error: What was raised.
        endpoint_url: The endpoint, where the client was given one.
    """
    if isinstance(error, NoRegionError):
        problem: str | None = (
            "no region: pass region_name, set AWS_REGION or AWS_DEFAULT_REGION, or put one "
            "into the profile"
        )
    elif isinstance(error, InvalidRegionError | UnknownRegionError):
        problem = no_region(error.kwargs["region_name"])
    elif isinstance(error, ValueError):
        named = (endpoint_url, *map(os.environ.get, _ENDPOINT_VARIABLES))
        problem = next(filter(None, (bad_endpoint(url) for url in named if url)), None)
    else:
        problem = None
    failure = _failure_by_nature(error, HttpSettings.of_environment(), "open", attempts=1)
    cause = failure.cause if problem is None else ConfigurationError(problem)
    return cast("RekognitionError", cause)


def error_from_validation(
    invalid: ValidationError, response_dict: Mapping[str, Any], operation: str, *, attempts: int
) -> RekognitionError:
    """Why an answer of a good status cannot be used: no JSON, or against its schema."""
    headers = response_dict["headers"]
    request_id = headers.get("x-amzn-requestid")
    problems = invalid.errors(include_url=False, include_context=False, include_input=False)
    if all(problem["type"] != "json_invalid" for problem in problems):
        return ResponseValidationError.from_validation(operation, invalid, request_id=request_id)
    status = response_dict["status_code"]
    return TransportError(
        f"HTTP {status} with {outline(response_dict['body'], headers)}",
        operation,
        attempts=attempts,
        request_id=request_id,
        http_status_code=status,
    )


def error_from_exception(
    raised: Exception,
    failure: Failure | None,
    settings: HttpSettings,
    operation: str,
    *,
    attempts: int,
) -> RekognitionError:
    """What is raised where botocore, or what it stands on, raised this.

    Args:
        raised: What ended the call.
        failure: That of the last attempt, where there was one.
        settings: Those of the client, among which the fault may lie.
        operation: The operation's name.
        attempts: How often the request has been sent.
    """
    if not _from_elsewhere(raised, operation):
        if failure is not None and isinstance(failure.cause, RekognitionError):
            return failure.cause
        if isinstance(raised, ClientError):
            return service_error(raised.response, operation, attempts=attempts)
    failure = _failure_by_nature(raised, settings, operation, attempts=attempts)
    return cast("RekognitionError", failure.cause)


def without_request(raised: _ErrorT) -> _ErrorT:
    """An exception, and those that led to it, without the request that was signed and sent.

    botocore's and aiohttp's have it as an attribute, which error trackers send on.
    """
    seen: set[int] = set()
    to_do: list[object] = [raised]
    while to_do:
        error = to_do.pop()
        if not isinstance(error, BaseException) or id(error) in seen:
            continue
        seen.add(id(error))
        to_do += [error.__cause__, error.__context__]
        if isinstance(error, BotoCoreError):
            to_do.append(error.kwargs.get("error"))
            error.kwargs.pop("request", None)
        if isinstance(error, HTTPClientError):
            error.request = None
        if isinstance(error, aiohttp.ClientResponseError):
            sent = error.request_info
            error.request_info = aiohttp.RequestInfo(
                sent.url, sent.method, _NO_HEADERS, sent.real_url
            )
            error.history = ()
    return raised


def is_of_the_user(raised: Exception) -> bool:
    """Whether a stub complains, or a hook, a clock or the like of the user's raised this itself."""
    if isinstance(raised, BotoCoreError | ClientError):
        # Others of botocore's stand for what the service or the network did.
        return isinstance(raised, StubResponseError)
    modules = [
        str(frame.f_globals.get("__name__")) for frame, _ in traceback.walk_tb(raised.__traceback__)
    ]
    return any(
        (caller == "aiobotocore.hooks" or caller.startswith("rekognition_async."))
        and called.partition(".")[0] not in _MACHINERY
        for caller, called in itertools.pairwise(
            module for module in modules if module != "aiobotocore._helpers"
        )
    )


def _from_elsewhere(raised: Exception, operation: str) -> bool:
    """Whether an error arose while something else was done for a call, such as AssumeRole."""
    if isinstance(raised, ClientError):
        return raised.operation_name != operation
    return not isinstance(raised, HTTP_LAYER_ERRORS)


def error_from_deadline(
    raised: TimeoutError,
    failure: Failure | None,
    operation: str,
    *,
    attempts: int,
    deadline: float | None,
) -> RekognitionError:
    """What is raised where the deadline passed: the last attempt's error, if there was one."""
    if failure is not None and isinstance(failure.cause, RekognitionError):
        return failure.cause
    error = TransportError(
        f"no answer within the deadline of {deadline} s", operation, attempts=attempts
    )
    error.__cause__ = raised
    return error


def is_error_document(body: bytes) -> bool:
    """Whether a body is a JSON document as AWS sends with an error."""
    try:
        # As botocore's parser does: json.loads(bytes) would take UTF-16 as well.
        document = json.loads(body.decode())
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and isinstance(
        cast("dict[str, object]", document).get("__type", ""), str
    )


def short_name(cause: Exception) -> str:
    """An error in a line of the log: its class, and its code where that tells more."""
    code = getattr(cause, "code", None)
    name = type(cause).__name__
    return f"{name} {code}" if code is not None and code != name else name
