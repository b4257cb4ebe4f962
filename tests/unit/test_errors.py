"""What the exceptions say, hide, and keep through pickle."""

import pickle

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError
from botocore.loaders import create_loader
from botocore.model import ServiceModel

from rekognition_async import (
    ClientClosedError,
    ConfigurationError,
    PaginationError,
    RekognitionError,
    RequestValidationError,
    ResponseValidationError,
    ServiceError,
    TransportError,
    errors,
)
from rekognition_async.errors import (
    AccessDeniedException,
    HumanLoopQuotaExceededException,
    LimitExceededException,
    ThrottlingException,
    UnmodeledServiceError,
    is_retryable,
    service_error,
)
from rekognition_async.models import DeleteFacesRequest


def response(code: str, message: str = "no", status: int = 400) -> dict[str, object]:
    """An error answer, as botocore parses it."""
    return {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"RequestId": "id-1", "HTTPStatusCode": status},
    }


def test_each_modelled_error_has_a_class_of_its_name() -> None:
    """The service model's errors and the classes are the same set."""
    model = ServiceModel(create_loader().load_service_model("rekognition", "service-2"))
    modelled = {
        name for name in model.shape_names if model.shape_for(name).metadata.get("exception")
    }
    assert modelled == set(errors.SERVICE_ERRORS)
    for name in modelled:
        assert type(service_error(response(name), "ListCollections")) is getattr(errors, name)


def test_a_service_error_tells_all_it_knows() -> None:
    """Code, message, ids and attempts are attributes, and in the text."""
    error = service_error(
        response("ThrottlingException", "slow", 400), "ListCollections", attempts=3
    )
    assert isinstance(error, ThrottlingException)
    assert (error.code, error.message, error.request_id) == ("ThrottlingException", "slow", "id-1")
    assert (error.http_status_code, error.operation, error.attempts) == (400, "ListCollections", 3)
    assert error.retryable
    assert str(error) == (
        "An error occurred (ThrottlingException) when calling the ListCollections operation "
        "(HTTP 400, request id id-1, 3 attempts): slow"
    )


def test_code_written_for_boto_catches_a_service_error() -> None:
    """It is a ClientError with boto's response and operation_name."""
    with pytest.raises(ClientError) as caught:
        raise service_error(response("AccessDeniedException"), "ListCollections")
    assert isinstance(caught.value, AccessDeniedException)
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    assert caught.value.operation_name == "ListCollections"


def test_an_unknown_code_has_a_class_too() -> None:
    """A code that the service model does not name is an UnmodeledServiceError with that code."""
    error = service_error(response("ExpiredTokenException"), "ListCollections")
    assert type(error) is UnmodeledServiceError
    assert error.code == "ExpiredTokenException"


def test_the_members_of_the_quota_error_are_attributes() -> None:
    """The one modelled error with members of its own has them."""
    error = service_error(
        {**response("HumanLoopQuotaExceededException"), "ResourceType": "loop", "QuotaCode": "L-1"},
        "DetectModerationLabels",
    )
    assert isinstance(error, HumanLoopQuotaExceededException)
    assert (error.resource_type, error.quota_code, error.service_code) == ("loop", "L-1", None)


def test_a_signature_error_does_not_quote_the_session_token() -> None:
    """AWS's explanation of a wrong signature holds the signed headers, which are cut off."""
    quoted = (
        "It does not match.\n\nThe Canonical String for this request should have been\n'SECRET'"
    )
    error = service_error(response("InvalidSignatureException", quoted), "ListCollections")
    assert error.message == "It does not match."
    assert "SECRET" not in str(error) + repr(error.response)


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ThrottlingException", 400, True),
        ("ProvisionedThroughputExceededException", 400, True),
        ("InternalServerError", 500, True),
        ("SlowDown", 400, True),
        ("anything", 429, True),
        ("anything", 502, True),
        ("LimitExceededException", 400, False),
        ("AccessDeniedException", 400, False),
        ("501", 501, False),
    ],
)
def test_what_may_be_retried(code: str, status: int, expected: bool) -> None:
    """The table of retryable failures, with LimitExceededException outside it."""
    assert is_retryable(code, status) is expected
    assert service_error(response(code, status=status), "X").retryable is expected


def _one_of_each() -> list[RekognitionError]:
    with pytest.raises(RequestValidationError) as refused:
        raise RequestValidationError("X", {"max_results": "input is too large"})
    return [
        service_error(response("ThrottlingException"), "X", attempts=2),
        service_error(response("HumanLoopQuotaExceededException"), "X"),
        UnmodeledServiceError(response("Odd"), "X"),
        TransportError("broke", "X", attempts=2, request_id="id-1", http_status_code=200),
        refused.value,
        ResponseValidationError("X", {"body": "is odd"}, request_id="id-1"),
        PaginationError("cycle", "X", checkpoint="rka1.x"),
        ClientClosedError("the client is closed"),
        ConfigurationError("no region"),
    ]


@pytest.mark.parametrize("error", _one_of_each(), ids=lambda error: type(error).__name__)
def test_every_error_pickles_with_its_cause(error: RekognitionError) -> None:
    """Class, text, attributes, checkpoint and cause come back."""
    error.__cause__ = TransportError("below", "X")
    error.checkpoint = "rka1.abc"
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert copy.__dict__ == error.__dict__
    assert type(copy.__cause__) is TransportError
    assert str(copy.__cause__) == str(error.__cause__)


@pytest.mark.parametrize(
    "cause",
    [
        EndpointConnectionError(endpoint_url="http://x", error=OSError("refused")),
        ConnectionClosedError(endpoint_url="http://x", error=OSError("reset"), request=object()),
        OSError("refused"),
        TimeoutError(),
    ],
    ids=lambda cause: type(cause).__name__,
)
def test_a_cause_keeps_its_class_through_pickle(cause: Exception) -> None:
    """The HTTP layer's error travels, without the signed request that it holds."""
    error = TransportError("broke", "X")
    error.__cause__ = cause
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy.__cause__) is type(cause)
    assert str(copy.__cause__) == str(cause)
    assert getattr(copy.__cause__, "request", None) is None


def test_a_cause_that_cannot_travel_is_summed_up() -> None:
    """A cause of a foreign class arrives as its name and text."""

    class LocalError(Exception):
        """Cannot be pickled: no other process could import it."""

    error = TransportError("broke", "X")
    error.__cause__ = LocalError("why")
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy.__cause__).endswith("LocalError: why")


def test_the_tree_has_one_root() -> None:
    """Everything the package raises is a RekognitionError, and what the module says it exports."""
    exported = [getattr(errors, name) for name in errors.__all__]
    assert all(issubclass(cls, RekognitionError) for cls in exported)
    assert issubclass(LimitExceededException, ServiceError)
    assert errors.__all__ == sorted(errors.__all__)
    assert errors.__doc__ is not None
    for cls in (*RekognitionError.__subclasses__(), ServiceError):
        assert cls.__name__ in errors.__doc__


def test_a_list_is_not_too_short_because_of_a_bad_item() -> None:
    """The item is told of, and not that nothing is left without it."""
    with pytest.raises(RequestValidationError) as refused:
        DeleteFacesRequest(collection_id="a", face_ids=("x",))
    assert list(refused.value.problems) == ["face_ids.0"]
    with pytest.raises(RequestValidationError) as refused:
        DeleteFacesRequest(collection_id="a", face_ids=())
    assert list(refused.value.problems) == ["face_ids"]
