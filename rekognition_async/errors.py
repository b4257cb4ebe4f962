"""Every exception the package raises, and which failures may be retried.

    RekognitionError
    ├── ServiceError                     Rekognition answered with an error (also a ClientError)
    │   ├── AccessDeniedException …      one class for each modelled error, under AWS's name
    │   └── UnmodeledServiceError        a code that the service model does not name
    ├── TransportError                   no usable answer: connection, timeout, broken body
    ├── RateLimitError                   its turn would come later than its deadline
    ├── RequestValidationError           refused before sending (also a ValueError)
    ├── ResponseValidationError          an answer that contradicts its schema
    ├── PaginationError                  a listing that cannot go on without guessing
    ├── JobError                         a job has no results
    │   ├── JobFailedError               … because it failed, with the service's reason
    │   └── JobInProgressError           … yet
    │       └── WaitTimeoutError         … and a wait for it is over (also a TimeoutError)
    ├── ClientClosedError                a call outside the client's life
    └── ConfigurationError               a setting, a file or a source of credentials to mend

No exception text holds a credential, a page token or a payload.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotoConnectionError
from pydantic import ValidationError
from pydantic_core import ErrorDetails

__all__ = [
    "AccessDeniedException",
    "ClientClosedError",
    "ConfigurationError",
    "ConflictException",
    "HumanLoopQuotaExceededException",
    "IdempotentParameterMismatchException",
    "ImageTooLargeException",
    "InternalServerError",
    "InvalidImageFormatException",
    "InvalidManifestException",
    "InvalidPaginationTokenException",
    "InvalidParameterException",
    "InvalidPolicyRevisionIdException",
    "InvalidS3ObjectException",
    "JobError",
    "JobFailedError",
    "JobInProgressError",
    "LimitExceededException",
    "MalformedPolicyDocumentException",
    "PaginationError",
    "ProvisionedThroughputExceededException",
    "RateLimitError",
    "RekognitionError",
    "RequestValidationError",
    "ResourceAlreadyExistsException",
    "ResourceInUseException",
    "ResourceNotFoundException",
    "ResourceNotReadyException",
    "ResponseValidationError",
    "ServiceError",
    "ServiceQuotaExceededException",
    "SessionNotFoundException",
    "ThrottlingException",
    "TransportError",
    "UnmodeledServiceError",
    "VideoTooLargeException",
    "WaitTimeoutError",
]

_OTHER_SERVICES: Final = "another service of AWS, or a gateway of theirs, asks to slow down so"

THROTTLING_CODES: Final[Mapping[str, str]] = {
    "ProvisionedThroughputExceededException": "the transactions of this second are used up",
    "ThrottlingException": "Rekognition has too much to do for a moment",
    **dict.fromkeys(
        (
            "BandwidthLimitExceeded",
            "EC2ThrottledException",
            "PriorRequestNotComplete",
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "SlowDown",
            "ThrottledException",
            "Throttling",
            "TooManyRequestsException",
            "TransactionInProgressException",
        ),
        _OTHER_SERVICES,
    ),
}
"""Codes with which AWS asks a caller to slow down, each with what it means; they are retried."""

TRANSIENT_CODES: Final[Mapping[str, str]] = {
    "InternalServerError": "something broke inside Rekognition, and may be whole a moment later",
    "RequestTimeout": "the request arrived too slowly",
    "RequestTimeoutException": "the request arrived too slowly",
}
"""Codes of failures that pass by themselves, each with what it means; they are retried."""

FINAL_CODES: Final[Mapping[str, str]] = {
    "AccessDeniedException": "the same credentials are denied again",
    "ConflictException": "the user id exists, or a change of it has to end first",
    "HumanLoopQuotaExceededException": "people have to end their reviews first",
    "IdempotentParameterMismatchException": "the token belongs to other parameters for good",
    "ImageTooLargeException": "the image stays as large",
    "InvalidImageFormatException": "the image stays in its format",
    "InvalidManifestException": "the manifest stays as it is",
    "InvalidPaginationTokenException": "an expired token does not become valid",
    "InvalidParameterException": "the parameter stays as it is",
    "InvalidPolicyRevisionIdException": "the revision that was meant is not the current one",
    "InvalidS3ObjectException": "the object is not there, or may not be read",
    "LimitExceededException": "a cap on what is open at once: asking again closes nothing",
    "MalformedPolicyDocumentException": "the policy stays as it is",
    "ResourceAlreadyExistsException": "what exists goes on existing",
    "ResourceInUseException": "its use ends in minutes; a wait helps, a retry does not",
    "ResourceNotFoundException": "most often it never was there; a wait is for what was just made",
    "ResourceNotReadyException": "getting ready takes minutes; a wait helps, a retry does not",
    "ServiceQuotaExceededException": "a quota on what there is: asking again removes nothing",
    "SessionNotFoundException": "a session that has ended does not come back",
    "VideoTooLargeException": "the video stays as large",
}
"""Rekognition's other errors, each with why a retry does not cure it.

botocore retries LimitExceededException as if it were throttling; Rekognition means something else.
"""

THROTTLING_STATUS_CODES: Final = frozenset({429})
TRANSIENT_STATUS_CODES: Final = frozenset({500, 502, 503, 504})
"""Statuses that proxies and load balancers answer with too, so the body does not count."""


HTTP_LAYER_ERRORS: Final = (HTTPClientError, BotoConnectionError)
"""What aiobotocore raises where no answer came."""


class RekognitionError(Exception):
    """The root of everything this package raises.

    Attributes:
        checkpoint: Where a listing stood when this error left it; pass it as ``resume=`` to go on
            there. None where no listing was under way.
    """

    checkpoint: str | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        # Subclasses take keyword arguments that BaseException's own protocol cannot replay, and
        # it would leave the cause behind.
        return (
            _restore,
            (type(self), self.args, self.__dict__.copy(), portable_cause(self.__cause__)),
        )


def _restore(
    cls: type[RekognitionError],
    args: tuple[Any, ...],
    state: dict[str, Any],
    cause: BaseException | None,
) -> RekognitionError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    error.__cause__ = cause
    return error


class CauseSummary(Exception):
    """Stands for a cause that cannot travel between processes: its type's name and its text."""


def portable_cause(cause: BaseException | None) -> BaseException | None:
    """A cause that pickles, and takes no signed request or payload along."""
    if cause is None or isinstance(cause, RekognitionError | OSError):
        return cause
    if isinstance(cause, HTTP_LAYER_ERRORS):
        details = {
            name: str(value)
            for name, value in cause.kwargs.items()
            if name not in {"request", "response"}
        }
        return type(cause)(**details)
    return CauseSummary(f"{type(cause).__module__}.{type(cause).__qualname__}: {cause}")


class ServiceError(RekognitionError, ClientError):
    """Rekognition, or something in front of it, answered with an error.

    Code written for boto catches it as ``botocore.exceptions.ClientError``, with the same
    ``response`` and ``operation_name``.

    Attributes:
        code: AWS's error code, or the HTTP status as text where the answer named none.
        message: The service's message; empty where there was none.
        request_id: AWS's id for the request, for a support case.
        http_status_code: The status of the answer.
        operation: The operation's name, as in ``"ListCollections"``.
        attempts: How often the request was sent.
        retryable: Whether this kind of failure is one that a retry may cure.
    """

    code: str
    message: str
    request_id: str | None
    http_status_code: int | None
    operation: str
    attempts: int
    retryable: bool

    def __init__(self, response: Mapping[str, Any], operation: str, *, attempts: int = 1) -> None:
        """Takes the parsed error response, as botocore shapes it."""
        error = response.get("Error") or {}
        metadata = response.get("ResponseMetadata") or {}
        self.code = str(error.get("Code") or "Unknown")
        self.message = _without_canonical_request(str(error.get("Message") or ""))
        self.request_id = metadata.get("RequestId")
        self.http_status_code = metadata.get("HTTPStatusCode")
        self.operation = operation
        self.attempts = attempts
        self.retryable = is_retryable(self.code, self.http_status_code)
        ClientError.__init__(
            self, {**response, "Error": {**error, "Message": self.message}}, operation
        )
        details = [f"HTTP {self.http_status_code}"] if self.http_status_code else []
        if self.request_id:
            details.append(f"request id {self.request_id}")
        if attempts > 1:
            details.append(f"{attempts} attempts")
        text = f"An error occurred ({self.code}) when calling the {operation} operation"
        if details:
            text += f" ({', '.join(details)})"
        if self.message:
            text += f": {self.message}"
        self.args = (text,)

    @property
    def throttled(self) -> bool:
        """Whether the answer asks the caller to slow down."""
        return is_throttling(self.code, self.http_status_code)


def _without_canonical_request(message: str) -> str:
    # AWS explains a wrong signature by quoting the signed headers, session token included.
    for quoted in ("The Canonical String", "The String-to-Sign"):
        message = message.partition(quoted)[0]
    return message.rstrip()


class UnmodeledServiceError(ServiceError):
    """An error whose code Rekognition's service model does not name.

    Signature and credential errors are among them, and the answers of proxies; ``code`` says
    which it is.
    """


class AccessDeniedException(ServiceError):
    """The credentials do not allow the operation, or the region does not offer it."""


class ConflictException(ServiceError):
    """The change collides with one that is under way, or the user id exists already."""


class HumanLoopQuotaExceededException(ServiceError):
    """Too many human review loops are in progress.

    Attributes:
        resource_type: The kind of resource whose quota is used up.
        quota_code: The quota's code in Service Quotas.
        service_code: The service that the quota belongs to.
    """

    resource_type: str | None
    quota_code: str | None
    service_code: str | None

    def __init__(self, response: Mapping[str, Any], operation: str, *, attempts: int = 1) -> None:
        """Takes the parsed error response, as botocore shapes it."""
        super().__init__(response, operation, attempts=attempts)
        self.resource_type = response.get("ResourceType")
        self.quota_code = response.get("QuotaCode")
        self.service_code = response.get("ServiceCode")


class IdempotentParameterMismatchException(ServiceError):
    """A ClientRequestToken was used again with other parameters."""


class ImageTooLargeException(ServiceError):
    """The image has more bytes or pixels than the operation takes."""


class InternalServerError(ServiceError):
    """Something failed inside Rekognition; it is retried."""


class InvalidImageFormatException(ServiceError):
    """The image is neither a PNG nor a JPEG."""


class InvalidManifestException(ServiceError):
    """The manifest file cannot be read or is malformed."""


class InvalidPaginationTokenException(ServiceError):
    """The page token is malformed, altered or expired.

    Where it leaves a listing, ``checkpoint`` says where that stood.
    """


class InvalidParameterException(ServiceError):
    """A parameter broke a rule that only the service can check."""


class InvalidPolicyRevisionIdException(ServiceError):
    """The policy's revision id is not the current one."""


class InvalidS3ObjectException(ServiceError):
    """The S3 object does not exist, or Rekognition may not read it."""


class LimitExceededException(ServiceError):
    """Too many jobs or resources are open at once; waiting a second does not change that."""


class MalformedPolicyDocumentException(ServiceError):
    """The policy document is not a valid policy."""


class ProvisionedThroughputExceededException(ServiceError):
    """The account's transactions a second are used up; it is retried."""


class ResourceAlreadyExistsException(ServiceError):
    """A resource of this name exists already."""


class ResourceInUseException(ServiceError):
    """The resource is in a state, or has parts, that forbid the operation."""


class ResourceNotFoundException(ServiceError):
    """There is no such resource in this account and region."""


class ResourceNotReadyException(ServiceError):
    """The resource is not in the state that the operation needs."""


class ServiceQuotaExceededException(ServiceError):
    """A quota on the number or size of resources is used up."""


class SessionNotFoundException(ServiceError):
    """There is no such face liveness session, or it has ended."""


class ThrottlingException(ServiceError):
    """Rekognition cannot take the request now; it is retried."""


class VideoTooLargeException(ServiceError):
    """The video is larger or longer than the operation takes."""


SERVICE_ERRORS: Final[Mapping[str, type[ServiceError]]] = {
    cls.__name__: cls
    for cls in (
        AccessDeniedException,
        ConflictException,
        HumanLoopQuotaExceededException,
        IdempotentParameterMismatchException,
        ImageTooLargeException,
        InternalServerError,
        InvalidImageFormatException,
        InvalidManifestException,
        InvalidPaginationTokenException,
        InvalidParameterException,
        InvalidPolicyRevisionIdException,
        InvalidS3ObjectException,
        LimitExceededException,
        MalformedPolicyDocumentException,
        ProvisionedThroughputExceededException,
        ResourceAlreadyExistsException,
        ResourceInUseException,
        ResourceNotFoundException,
        ResourceNotReadyException,
        ServiceQuotaExceededException,
        SessionNotFoundException,
        ThrottlingException,
        VideoTooLargeException,
    )
}


def service_error(
    response: Mapping[str, Any], operation: str, *, attempts: int = 1
) -> ServiceError:
    """The error of the class that the response's code names."""
    code = (response.get("Error") or {}).get("Code")
    cls = SERVICE_ERRORS.get(str(code), UnmodeledServiceError)
    return cls(response, operation, attempts=attempts)


def is_throttling(code: str, http_status_code: int | None) -> bool:
    """Whether an error answer asks the caller to slow down."""
    return code in THROTTLING_CODES or http_status_code in THROTTLING_STATUS_CODES


def is_retryable(code: str, http_status_code: int | None) -> bool:
    """Whether a retry may cure an error answer; Rekognition's own code counts before the status."""
    return code not in FINAL_CODES and (
        is_throttling(code, http_status_code)
        or code in TRANSIENT_CODES
        or http_status_code in TRANSIENT_STATUS_CODES
    )


class TransportError(RekognitionError):
    """No usable answer came: the connection failed, timed out, or the answer was broken.

    The cause is the HTTP layer's own error, where there was one.

    Attributes:
        operation: The operation's name.
        attempts: How often the request was sent.
        request_id: AWS's id for the request, where an answer began to arrive.
        http_status_code: The status of the answer that broke, where there was one.
    """

    def __init__(
        self,
        reason: str,
        operation: str,
        *,
        attempts: int = 1,
        request_id: str | None = None,
        http_status_code: int | None = None,
    ) -> None:
        """Takes a reason that holds no payload."""
        self.operation = operation
        self.attempts = attempts
        self.request_id = request_id
        self.http_status_code = http_status_code
        details = [f"request id {request_id}"] if request_id else []
        if attempts > 1:
            details.append(f"{attempts} attempts")
        super().__init__(f"{operation}: {reason}" + (f" ({', '.join(details)})" if details else ""))


class RateLimitError(RekognitionError):
    """A call's turn would come later than its deadline, at the pace that the quota bears.

    The cause is the service's last refusal, where the call had been sent and was refused for its
    pace.

    Attributes:
        operation: The operation's name.
        retry_after: The seconds after which the call might have had its turn.
        attempts: How often the request was sent.
    """

    def __init__(self, operation: str, *, retry_after: float, attempts: int = 0) -> None:
        """Takes the seconds, which are at least 0."""
        self.operation = operation
        self.retry_after = retry_after
        self.attempts = attempts
        sent = "not sent" if attempts == 0 else f"not sent again after {attempts} attempt(s)"
        super().__init__(
            f"{operation} {sent}: its turn comes later than its deadline, "
            f"in about {retry_after:.1f} s"
        )


class RequestValidationError(RekognitionError, ValueError):
    """A request breaks a limit of the service, and was not sent.

    Attributes:
        operation: The operation's name.
        problems: What is wrong, a mapping of the field's name to the sentence about it.
    """

    def __init__(self, operation: str, problems: Mapping[str, str]) -> None:
        """Takes sentences that name the value and the limit, and never quote a payload."""
        self.operation = operation
        self.problems: Mapping[str, str] = dict(problems)
        listed = "; ".join(f"{field}: {problem}" for field, problem in problems.items())
        super().__init__(f"{operation} not sent: {listed}")

    @classmethod
    def from_validation(
        cls,
        operation: str,
        error: ValidationError,
        *,
        names: Mapping[str, str] | None = None,
        secret: Iterable[str] = (),
    ) -> RequestValidationError:
        """Says what Pydantic found in the words of the caller's own parameters.

        Args:
            operation: The operation's name.
            error: What Pydantic raised.
            names: Other names for fields, where the caller's parameter has another one.
            secret: Fields whose value must not be shown.
        """
        hidden = frozenset(secret)
        problems: dict[str, str] = {}
        details = error.errors(include_url=False)
        for detail in details:
            if _is_echo(detail, details):
                continue
            path = [str(step) for step in detail["loc"]] or ["request"]
            shown = path[0] not in hidden and detail["type"] not in _ABOUT_BYTES
            field = ".".join([(names or {}).get(path[0], path[0]), *path[1:]])
            problems.setdefault(field, _problem(detail, shown=shown))
        return cls(operation, problems)


_LONGEST_VALUE_SHOWN: Final = 80
_ABOUT_BYTES: Final = {"base64", "bytes_type"}
"""Types of error that only members of bytes have, whatever structure they are in."""


def _is_echo(detail: ErrorDetails, details: Iterable[ErrorDetails]) -> bool:
    """Whether a list counts as too short only because of items that are told of by themselves."""
    place = detail["loc"]
    return detail["type"] == "too_short" and any(
        len(other["loc"]) > len(place) and other["loc"][: len(place)] == place for other in details
    )


def _problem(detail: ErrorDetails, *, shown: bool) -> str:
    if detail["type"] == "missing":
        return "is required"
    if detail["type"] in {"extra_forbidden", "unexpected_keyword_argument"}:
        return "is not a parameter of this operation"
    value, rule = detail["input"], detail["msg"][:1].lower() + detail["msg"][1:]
    return f"{rule}, got {_described(value, shown=shown)}"


def _described(value: object, *, shown: bool) -> str:
    kind = type(value).__name__
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{kind} of length {len(value)}"
    if isinstance(value, str):
        if shown and len(value) <= _LONGEST_VALUE_SHOWN:
            return repr(value)
        return f"{kind} of length {len(value)}"
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return f"{kind} of length {len(value)}"
    return kind


class ResponseValidationError(RekognitionError):
    """An answer contradicts its schema in a way that cannot be read without guessing.

    The answer itself is nowhere in this error.

    Attributes:
        operation: The operation's name.
        request_id: AWS's id for the request.
        where: The places in the answer that are wrong, each with the reason.
    """

    def __init__(
        self, operation: str, where: Mapping[str, str], *, request_id: str | None = None
    ) -> None:
        """Takes reasons that quote nothing of the answer."""
        self.operation = operation
        self.request_id = request_id
        self.where: Mapping[str, str] = dict(where)
        listed = "; ".join(f"{place}: {reason}" for place, reason in where.items())
        suffix = f" (request id {request_id})" if request_id else ""
        super().__init__(f"{operation}: the answer contradicts its schema: {listed}{suffix}")

    @classmethod
    def from_validation(
        cls, operation: str, error: ValidationError, *, request_id: str | None = None
    ) -> ResponseValidationError:
        """Keeps the places and the rules of what Pydantic found, and drops the values."""
        where = {
            ".".join(str(step) for step in detail["loc"]) or "body": detail["msg"]
            for detail in error.errors(include_url=False, include_input=False)
        }
        return cls(operation, where, request_id=request_id)


class PaginationError(RekognitionError):
    """A listing cannot go on without skipping, repeating or guessing.

    Attributes:
        operation: The operation's name.
    """

    def __init__(self, reason: str, operation: str, *, checkpoint: str | None = None) -> None:
        """Takes a reason that holds no page token."""
        self.operation = operation
        self.checkpoint = checkpoint
        super().__init__(f"{operation}: {reason}")


class JobError(RekognitionError):
    """A job, a training or another long-running work has not what was asked of it.

    Attributes:
        operation: The operation that told its status.
        status: The status, in the service's word.
        message: The service's reason; empty where it gave none.
    """

    def __init__(self, operation: str, status: str, *, message: str | None = None) -> None:
        """Takes what the service told."""
        self.operation = operation
        self.status = status
        self.message = message or ""
        reason = f": {message}" if message else ""
        super().__init__(f"{operation}: the status is {status}{reason}")


class JobFailedError(JobError):
    """The work has failed, and waiting longer does not help."""


class JobInProgressError(JobError):
    """The work still runs; asking again later may help."""


class WaitTimeoutError(JobInProgressError, TimeoutError):
    """A wait took longer than it may; ``status`` is the last one that was seen.

    Attributes:
        timeout: The seconds that the wait was allowed.
    """

    def __init__(self, operation: str, status: str, *, timeout: float) -> None:
        """Takes the last status, and the limit."""
        super().__init__(operation, status, message=f"still so after {timeout:g} s")
        self.timeout = timeout


class ClientClosedError(RekognitionError):
    """A call was made before the client was opened, after it was closed, or from another loop."""

    hint: ClassVar[str] = "use `async with client:` or `await client.open()`"

    def __init__(self, reason: str, *, hint: str | None = None) -> None:
        """Takes what was wrong with the moment of the call, and what to do instead."""
        super().__init__(f"{reason}: {hint or self.hint}")


class ConfigurationError(RekognitionError):
    """Region, credentials, profile, endpoint or a file they name are missing or of no use.

    The text names the setting, and no other attempt would help. Services that give credentials
    and are in trouble, or out of reach, are a `ServiceError` or a `TransportError`.
    """
