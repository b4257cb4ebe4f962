"""The modules of methods: one an operation, and what lists and waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from codegen.overlay import Page
from codegen.read import Member, Operation, Type
from codegen.render.names import Names
from codegen.render.text import (
    HEADER,
    PACKAGE,
    docstring,
    mixin_name,
    plain,
    quoted,
    range_told,
    required_first,
    with_operation,
)
from rekognition_async.pictures.limits import limits_of

_MAX_ITEMS_TOLD: Final = "Ends the listing after so many items; None lists all."
_PREFETCH_TOLD: Final = (
    "How many pages to fetch ahead while the caller works on one; 0 fetches a page when it is "
    "needed."
)
_COMPLETIONS_TOLD: Final = (
    "The queue that tells when the job is done, where it was started with a "
    "``notification_channel``; polls are then as rare as its own ``poll_interval``. "
    "None only polls."
)
_COMMON_ERRORS: Final = frozenset(
    {
        "AccessDeniedException",
        "InternalServerError",
        "InvalidParameterException",
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
    }
)


class Methods(Names):
    """Renders a module of methods."""

    def _methods(self, domain: str) -> str:
        operations = sorted(
            (each for each in self.service.operations.values() if each.domain == domain),
            key=lambda each: each.method,
        )
        parts = [self._method(operation) for operation in operations]
        for operation in operations:
            page = self.overlay.page(operation.name)
            if page is not None:
                parts.append(self._iterator(operation, page))
                if page.wait is not None:
                    parts.append(self._wait(operation, page, page.wait))
        names = ", ".join(operation.name for operation in operations)
        head = docstring(f"{names}.", "", {}, indent=4)
        body = f"class {mixin_name(domain)}(Operations):\n{head}\n" + "\n".join(parts)
        own = f"{PACKAGE}.operations.{domain}"
        summary = self.overlay.summary_of(domain)
        return (
            f'{HEADER}"""{summary}"""\n\nfrom __future__ import annotations\n\n'
            f"{self._imports(body, own=own, others_lazy=True)}\n\n{body}\n"
        )

    def _parameters(self, operation: Operation) -> list[tuple[Member, str, str]]:
        """The parameters of a method: the member, its type, and its default."""
        parameters = []
        for member in required_first(operation.request.members):
            annotation = self._parameter_type(member.type)
            if member.required:
                parameters.append((member, annotation, ""))
            else:
                parameters.append((member, f"{annotation} | None", " = None"))
        return parameters

    def _parameter_type(self, kind: Type) -> str:
        if kind.shape == "Image":
            return "ImageSource"
        if kind.kind == "list" and kind.item is not None:
            return f"Sequence[{self._parameter_type(kind.item)}]"
        if kind.kind == "map" and kind.item is not None and kind.key is not None:
            return f"Mapping[{self._parameter_type(kind.key)}, {self._parameter_type(kind.item)}]"
        if kind.values:
            return kind.shape
        return "bytes" if kind.kind == "blob" else plain(kind)

    def _method(self, operation: Operation) -> str:
        request = operation.request
        parameters = self._parameters(operation)
        signature = "".join(
            f", {self._field_name(request, member)}: {annotation}{default}"
            for member, annotation, default in parameters
        )
        written = self.overlay.operations.get(operation.name, {})
        told = [
            (self._field_name(request, member), self._told(request, member, "request", operation))
            for member, _, _ in parameters
        ]
        page = self.overlay.page(operation.name)
        details = str(written.get("details", ""))
        if page is not None:
            details = f"{details}\n\n`{page.iterator}` goes through all pages.".strip()
        documentation = docstring(
            with_operation(str(written.get("summary", "")), operation.name),
            details,
            {
                "Args": told,
                "Returns": [("", str(written.get("returns", "")) or "The answer.")],
                "Raises": self._raises(operation, written),
            },
            indent=8,
        )
        arguments = "".join(
            f", {name}={self._argument(member, name, operation)}"
            for member, name in (
                (member, self._field_name(request, member)) for member, _, _ in parameters
            )
        )
        star = ", *" if signature else ""
        loading = "load_image(" in arguments
        images = f"        from {PACKAGE}.images import load_image\n" if loading else ""
        return (
            f"    async def {operation.method}(self{star}{signature}) "
            f"-> {operation.response.name}:\n{documentation}\n{images}"
            f"        from {self._homes()[request.name]} import {request.name}\n\n"
            f"        return await self.send({request.name}.build({{}}{arguments}))\n"
        )

    def _argument(self, member: Member, name: str, operation: Operation) -> str:
        if member.type.shape != "Image":
            return name
        limit = limits_of(operation.name).max_bytes
        loaded = f"await load_image({name}, {quoted(name)}, {quoted(operation.name)}, {limit})"
        return loaded if member.required else f"None if {name} is None else {loaded}"

    def _raises(self, operation: Operation, written: Mapping[str, Any]) -> list[tuple[str, str]]:
        particular: Mapping[str, str] = written.get("raises", {})
        raised = [
            (
                "RequestValidationError",
                "A parameter is out of its limits; nothing was sent.",
            )
        ]
        if any(member.type.shape == "Image" for member in operation.request.members):
            raised.append(("OSError", "The file of an image cannot be read."))
        if operation.response.name in self.overlay.corrections["bases"]:
            raised.append(
                (
                    "ResponseValidationError",
                    "The page has versions that cannot be paired with its ids.",
                )
            )
        raised += [
            (name, particular.get(name) or self.error_summaries[name])
            for name in operation.errors
            if name in particular or name not in _COMMON_ERRORS
        ]
        return [
            *raised,
            ("ServiceError", "Any other error the service answered with."),
            ("TransportError", "No usable answer came."),
        ]

    def _iterator(self, operation: Operation, page: Page) -> str:
        request = operation.request
        own = self._own_parameters(operation)
        signature = "".join(f", {name}: {kind}" for name, kind, _ in own)
        item = self._item_class(operation, page)
        returns = (
            f"The listing. ``async for`` gives the items, ``pages()`` the pages with all that they "
            f"carry. Going through it raises what `{operation.method}` raises, with the "
            "``checkpoint`` to go on from, and `PaginationError` where the service's page tokens "
            "go in a circle."
        )
        details = "Nothing is sent before the first item or page is asked for."
        if page.job:
            details += (
                " While the job still runs, going on raises `JobInProgressError`, and asking again "
                "asks again; where it failed, it raises `JobFailedError`."
            )
        documentation = docstring(
            with_operation(f"Lists all {page.noun}, page by page.", operation.name),
            details,
            {
                "Args": [
                    *((name, told) for name, _, told in own),
                    ("page_size", self._page_size_told(operation)),
                    ("max_items", _MAX_ITEMS_TOLD),
                    (
                        "starting_token",
                        "A page's ``next_token`` to start behind.",
                    ),
                    ("resume", "The ``checkpoint`` of an earlier listing to go on from."),
                    ("prefetch", _PREFETCH_TOLD),
                ],
                "Returns": [("", returns)],
                "Raises": [("RequestValidationError", "A parameter is out of its limits.")],
            },
            indent=8,
        )
        arguments = "".join(f", {name}={name}" for name, _, _ in own)
        return (
            f"    def {page.iterator}(self, *{signature}, page_size: int | None = None, "
            "max_items: int | None = None, starting_token: str | None = None, "
            "resume: str | None = None, prefetch: int = 0) "
            f"-> Paginator[{operation.response.name}, {item}]:\n{documentation}\n"
            f"        from {self._homes()[request.name]} import {request.name}\n\n"
            f"        request = {request.name}.build("
            '{"max_results": "page_size", "next_token": "starting_token"}, '
            f"max_results=page_size, next_token=starting_token{arguments})\n"
            "        return self._paginate(request, max_items=max_items, resume=resume, "
            "prefetch=prefetch)\n"
        )

    def _own_parameters(self, operation: Operation) -> list[tuple[str, str, str]]:
        """What an iterator takes for its operation: the name, type with default, and text."""
        request = operation.request
        return [
            (
                self._field_name(request, member),
                f"{annotation}{default}",
                self._told(request, member, "request", operation),
            )
            for member, annotation, default in self._parameters(operation)
            if member.name not in {"MaxResults", "NextToken"}
        ]

    def _page_size_told(self, operation: Operation) -> str:
        (size,) = [each for each in operation.request.members if each.name == "MaxResults"]
        return (
            "How many items a page has at most (MaxResults); the service chooses where it is None. "
            f"{range_told(size.type.limits)}."
        )

    def _wait(self, operation: Operation, page: Page, method: str) -> str:
        own = self._own_parameters(operation)
        signature = "".join(f", {name}: {kind}" for name, kind, _ in own)
        item = self._item_class(operation, page)
        documentation = docstring(
            with_operation(
                "Waits until a job has succeeded, and lists its results.", operation.name
            ),
            f"The results are {page.noun}. Polls keep within AWS's default quota of the operation; "
            "with ``completions`` few are needed.",
            {
                "Args": [
                    *((name, told) for name, _, told in own),
                    ("page_size", self._page_size_told(operation)),
                    ("max_items", _MAX_ITEMS_TOLD),
                    ("prefetch", _PREFETCH_TOLD),
                    ("poll_interval", "Seconds between two polls."),
                    ("timeout", "Seconds until the wait is given up; None waits on."),
                    ("jitter", "The part of the interval by which it varies at random, 0 to 1."),
                    ("completions", _COMPLETIONS_TOLD),
                ],
                "Returns": [("", f"The listing, as `{page.iterator}` gives it.")],
                "Raises": [
                    ("RequestValidationError", "A parameter is out of its limits."),
                    ("JobFailedError", "The job has failed, with the service's reason."),
                    ("WaitTimeoutError", "The job still runs after ``timeout`` seconds."),
                    ("ResourceNotFoundException", "There is no job of this id."),
                    ("ServiceError", "Any other error the service, or the queue, answered with."),
                    ("TransportError", "No usable answer came, three polls in a row."),
                ],
            },
            indent=8,
        )
        arguments = "".join(f"{name}={name}, " for name, _, _ in own)
        request = operation.request.name
        return (
            f"    async def {method}(self, *{signature}, page_size: int | None = None, "
            "max_items: int | None = None, prefetch: int = 0, "
            "poll_interval: float = 10.0, timeout: float | None = 21_600.0, jitter: float = 0.1, "
            "completions: SqsCompletions | None = None) "
            f"-> Paginator[{operation.response.name}, {item}]:\n{documentation}\n"
            f"        from {self._homes()[request]} import {request}\n\n"
            f"        listing = self.{page.iterator}({arguments}page_size=page_size, "
            "max_items=max_items, prefetch=prefetch)\n"
            f"        status = {request}.build({{}}, job_id=job_id, max_results=1)\n"
            "        polling = PollSettings(poll_interval, timeout, jitter)\n"
            "        await self._wait_for_job("
            "status, polling, job_id=job_id, completions=completions)\n"
            "        return listing\n"
        )
