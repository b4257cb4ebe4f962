"""The base classes of all models, requests and responses.

The classes in ``models`` derive from these. All are Pydantic models
but the last two, which mark a request model for type checkers:

====================  ============================================================================
class                 what derives from it
====================  ============================================================================
``Model``             every class: frozen, fields by Python's name or by AWS's
``WireModel``         structures as they travel: a dump leaves out what is not set
``OutputModel``       structures in answers alone: unknown members are passed over
``InputModel``        structures in requests alone: unknown members are an error
``InputOutputModel``  structures in both: an error from a caller, passed over from the service
``Response``          answers of operations, with ``metadata``
``RequestModel``      inputs of operations: a wrong parameter is a `RequestValidationError`
``Request[R]``        beside ``RequestModel``: names the operation and its response ``R``
``PagedRequest``      a ``Request[R]`` answered in pages of items of type ``T``
====================  ============================================================================

So it is ``class ListFacesRequest(RequestModel, PagedRequest[ListFacesResponse, Face])``, and
``await client.send(request)`` is an ``R`` for every type checker, at no cost when it runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Self, TypeVar, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from rekognition_async.errors import (
    JobFailedError,
    JobInProgressError,
    RequestValidationError,
    ResponseValidationError,
)
from rekognition_async.values import FROM_SERVICE

R = TypeVar("R", bound="Response")
T = TypeVar("T")


class Model(BaseModel, frozen=True):
    """A frozen value with snake_case fields, populated by field name or by the wire's name."""

    model_config = ConfigDict(
        populate_by_name=True,
        # Values may be images or tokens: they stay out of the text of an error.
        hide_input_in_errors=True,
        # AWS has members such as ModelVersion.
        protected_namespaces=(),
        # What JSON is read to as a dict has base64 in an answer's bytes; `BASE64` does the rest.
        val_json_bytes="base64",
        # There are hundreds of models, and a process uses a few.
        defer_build=True,
    )

    if not TYPE_CHECKING:  # no attribute that a caller should see

        def __getattr__(self, name: str) -> Any:
            # What Pydantic keeps beside the values, of a record that `reading` made of them alone:
            # of those, None stands for what the answer did not have.
            if name == "__pydantic_fields_set__":
                values, fields = vars(self), type(self).model_fields
                present = {field for field in fields if values.get(field) is not None}
                object.__setattr__(self, name, present)
                return present
            if name in {"__pydantic_extra__", "__pydantic_private__"}:
                return None
            return super().__getattr__(name)


class WireModel(Model, frozen=True):
    """A structure as it travels: what is not set is left out, there is no null on the wire."""

    if not TYPE_CHECKING:  # the signatures stay Pydantic's own

        def model_dump(self, **options: Any) -> dict[str, Any]:
            """Dumps as Pydantic does, without unset members unless ``exclude_none=False``."""
            return super().model_dump(**{"exclude_none": True, **options})

        def model_dump_json(self, **options: Any) -> str:
            """Dumps as Pydantic does, without unset members unless ``exclude_none=False``."""
            return super().model_dump_json(**{"exclude_none": True, **options})


@dataclass(frozen=True, slots=True)
class ResponseMetadata:
    """What is known of the exchange that brought a response.

    Attributes:
        request_id: AWS's id for the request; None where the answer carried none.
        http_status_code: The status of the answer; None for a response built by hand.
        retry_attempts: How often the request was sent again after the first time.
    """

    request_id: str | None = None
    http_status_code: int | None = None
    retry_attempts: int = 0


class OutputModel(WireModel, frozen=True):
    """A structure that the service answers with, read tolerantly wherever it is read."""

    model_config = ConfigDict(extra="ignore")

    if not TYPE_CHECKING:  # the signatures stay Pydantic's own

        @classmethod
        def model_validate(cls, obj: Any, **options: Any) -> Self:
            """Validates as Pydantic does, as an answer unless another ``context`` is given."""
            return super().model_validate(obj, **{"context": FROM_SERVICE, **options})

        @classmethod
        def model_validate_json(cls, json_data: Any, **options: Any) -> Self:
            """Validates as Pydantic does, as an answer unless another ``context`` is given."""
            return super().model_validate_json(json_data, **{"context": FROM_SERVICE, **options})


class InputModel(WireModel, frozen=True):
    """A structure that a caller sends within a request, held to its limits when it is made."""

    model_config = ConfigDict(extra="forbid")


class InputOutputModel(WireModel, frozen=True):
    """A structure that callers send and the service answers with."""

    model_config = ConfigDict(extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _callers_know_their_members(cls, value: Any, info: ValidationInfo) -> Any:
        if info.context != FROM_SERVICE and isinstance(value, Mapping):
            fields = cls.model_fields
            known = {*fields, *(field.alias for field in fields.values())}
            for name in value:
                if name not in known:
                    raise PydanticCustomError(
                        "unknown_member",
                        "Input should have no member {name}",
                        {"name": repr(name)},
                    )
        return value


CALLERS_CHECK: Final = vars(InputOutputModel)["_callers_know_their_members"].__func__
"""What `InputOutputModel` checks of a caller's values, and of no answer."""


class Response(OutputModel, frozen=True):
    """An answer. Members that this version does not know are passed over."""

    @property
    def metadata(self) -> ResponseMetadata:
        """Request id, status and retries; no part of equality, hash or a dump."""
        return cast("ResponseMetadata", self.__dict__.get("metadata", _NO_METADATA))

    def attach_metadata(self, metadata: ResponseMetadata) -> None:
        """Records how this response came; for the transport alone."""
        # Straight into __dict__, as functools.cached_property does: Pydantic compares and dumps
        # fields, and a private attribute would take part in equality.
        vars(self)["metadata"] = metadata


_NO_METADATA = ResponseMetadata()


class PagedResponse(Response, frozen=True):
    """A page of a listing. Going through it gives its items, in the service's order.

    It has no length, and is true where it is empty too: an empty page need not be the last one.
    """

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override] # Pydantic's gives the fields
        """The items of this page."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, eq=False)
class RawResponse(Generic[R]):
    """An answer as it came over the wire, for what a response model leaves out.

    Attributes:
        operation: AWS's name of the operation.
        metadata: Request id, status and retries.
        headers: The headers of the answer, under their names in lower case.
        body: The bytes of the answer. Where nothing was sent, as with botocore's Stubber, it is
            the JSON of what was given in place of an answer.
    """

    operation: str
    metadata: ResponseMetadata
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    _outcome: R | ResponseValidationError = field(repr=False)

    @property
    def http_status_code(self) -> int | None:
        """The status of the answer; None where nothing was sent."""
        return self.metadata.http_status_code

    @property
    def request_id(self) -> str | None:
        """AWS's id for the request; None where the answer carried none."""
        return self.metadata.request_id

    def parse(self) -> R:
        """The response that ``send`` would have given.

        Raises:
            ResponseValidationError: The answer contradicts its schema.
        """
        if isinstance(self._outcome, ResponseValidationError):
            raise self._outcome
        return self._outcome


class Request(Generic[R]):
    """Marks a model as the input of an operation that answers with ``R``."""

    operation: ClassVar[str]
    """AWS's name of the operation, as in ``"ListCollections"``."""
    method: ClassVar[str]
    """boto's name of the operation, as in ``"list_collections"``."""
    response_type: ClassVar[type[Response]]
    """The class of the answer, which is the ``R`` of this request."""


class PagedRequest(Request[R], Generic[R, T]):
    """A request that is answered in pages of items of type ``T``."""

    page_size_field: ClassVar[str] = "max_results"
    token_field: ClassVar[str] = "next_token"  # noqa: S105 - the name of a field, not a secret

    def items_of(self, page: R) -> Sequence[T]:
        """The items of one page, in the service's order."""
        raise NotImplementedError

    def key_of(self, item: T) -> str:
        """What tells an item from the others of its list, for finding it again on resuming."""
        raise NotImplementedError


def results_of_job(operation: str, page: Any, items: Sequence[T]) -> Sequence[T]:
    """The items of a page of a job's results, which are none before the job has succeeded.

    The service answers a job that still runs with an empty page without a token, which looks like
    the end of an empty list.

    Raises:
        JobInProgressError: The job still runs.
        JobFailedError: The job has failed.
    """
    if page.job_status == "IN_PROGRESS":
        raise JobInProgressError(operation, page.job_status)
    if page.job_status == "FAILED":
        raise JobFailedError(operation, page.job_status, message=page.status_message)
    return items


class RequestModel(WireModel, frozen=True):
    """An input, checked against the service model's limits when it is made.

    Making one with a wrong parameter raises `RequestValidationError`. ``model_validate`` raises
    Pydantic's own error, so that a request works as a part of other models.
    """

    model_config = ConfigDict(extra="forbid")

    if not TYPE_CHECKING:  # the fields make the signature

        def __init__(self, **parameters: Any) -> None:
            try:
                super().__init__(**parameters)
            except ValidationError as error:
                raise self.to_error(error) from None

        # Without this mark Pydantic would call __init__ for each validation of this model, and
        # bury the details of what is wrong.
        __init__.__pydantic_base_init__ = True

    @classmethod
    def to_error(
        cls, error: ValidationError, *, names: Mapping[str, str] | None = None
    ) -> RequestValidationError:
        """The error for parameters that Pydantic refused.

        Args:
            error: What Pydantic raised.
            names: The caller's name of a field, where it is not the field's own.
        """
        fields = cls.model_fields
        aliases = {field.alias: name for name, field in fields.items() if field.alias}
        shown = {alias: (names or {}).get(name, name) for alias, name in aliases.items()}
        shown |= names or {}
        hidden = {name for name, field in fields.items() if not field.repr}
        hidden |= {alias for alias, name in aliases.items() if name in hidden}
        operation = getattr(cls, "operation", cls.__name__)
        return RequestValidationError.from_validation(operation, error, names=shown, secret=hidden)

    @classmethod
    def build(cls, names: Mapping[str, str], /, **parameters: Any) -> Self:
        """Makes a request from parameters that the caller knows under other names."""
        try:
            return cls.model_validate(parameters)
        except ValidationError as error:
            raise cls.to_error(error, names=names) from None
