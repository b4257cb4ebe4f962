"""botocore's errors and answers as errors of ours and as `Failure`.

Pure functions: `events` judges an attempt by ``failure_from_...``, which the retry decision takes;
`transport` turns what ends a call into what is raised by ``error_from_...``.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from typing import Any, Final, cast

import aiohttp
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    HTTPClientError,
    ReadTimeoutError,
)
from multidict import CIMultiDict, CIMultiDictProxy
from pydantic import ValidationError

from rekognition_async._botocore.http_session import AttemptTimeoutError, ResponseTooLargeError
from rekognition_async.errors import (
    HTTP_LAYER_ERRORS,
    ConfigurationError,
    RekognitionError,
    ResponseValidationError,
    TransportError,
    service_error,
)
from rekognition_async.retry import Failure, retry_after


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
        throttled=error.throttled,
        retry_after=retry_after(headers, now),
    )


def failure_from_exception(raised: Exception, operation: str, *, attempts: int) -> Failure | None:
    """The failure of an attempt without an answer; None where a hook raised, not the HTTP layer."""
    if not isinstance(raised, HTTP_LAYER_ERRORS):
        return None
    underlying = raised.kwargs.get("error")
    untrusted = isinstance(underlying, ssl.SSLCertVerificationError) or isinstance(
        getattr(underlying, "certificate_error", None), ssl.SSLCertVerificationError
    )
    beyond_limit = isinstance(underlying, AttemptTimeoutError | ResponseTooLargeError)
    text = str(underlying if beyond_limit else raised)
    error = TransportError(text, operation, attempts=attempts)
    error.__cause__ = without_request(raised)
    return Failure(
        error,
        # Another attempt meets the same certificate, and asks for the same answer.
        retryable=not untrusted and not isinstance(underlying, ResponseTooLargeError),
        timed_out=isinstance(raised, ConnectTimeoutError | ReadTimeoutError)
        or isinstance(underlying, AttemptTimeoutError),
    )


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
    raised: BotoCoreError | ClientError, failure: Failure | None, operation: str, *, attempts: int
) -> RekognitionError:
    """What is raised where botocore raised this.

    Args:
        raised: What ended the call.
        failure: That of the last attempt, where there was one.
        operation: The operation's name.
        attempts: How often the request has been sent.
    """
    cause = failure.cause if failure is not None else None
    if isinstance(cause, RekognitionError) and not _from_elsewhere(raised, operation):
        return cause
    if isinstance(raised, ClientError) and not _from_elsewhere(raised, operation):
        return service_error(raised.response, operation, attempts=attempts)
    error: RekognitionError
    if isinstance(raised, HTTP_LAYER_ERRORS):
        error = TransportError(str(raised), operation, attempts=attempts)
    else:
        error = ConfigurationError(f"{operation} not sent: {raised}")
    error.__cause__ = without_request(raised)
    return error


def without_request(raised: Exception) -> Exception:
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


_NO_HEADERS: Final[CIMultiDictProxy[str]] = CIMultiDictProxy(CIMultiDict())


def _from_elsewhere(raised: BotoCoreError | ClientError, operation: str) -> bool:
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
        document = json.loads(body)
    except ValueError:
        return False
    return isinstance(document, dict) and isinstance(
        cast("dict[str, object]", document).get("__type", ""), str
    )


def outline(body: bytes, headers: Mapping[str, str]) -> str:
    """What a body that is not JSON looks like; never what it says."""
    if not body:
        return "an empty body"
    kind = headers.get("content-type", "no content type").partition(";")[0]
    return f"a body that is not JSON ({kind}, {len(body)} bytes)"


def short_name(cause: Exception) -> str:
    """An error in a line of the log: its class, and its code where that tells more."""
    code = getattr(cause, "code", None)
    name = type(cause).__name__
    return f"{name} {code}" if code is not None and code != name else name
