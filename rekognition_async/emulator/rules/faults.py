"""Faults as a plan: which calls fail and how, by their number or by a probability.

The service asks `FaultPlan.next_fault` for each request; the constructors of `Fault`, such as
`Fault.throttle`, say what can happen.
"""

from __future__ import annotations

import asyncio
import enum
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from random import Random
from typing import Any, Final, TypeAlias

from rekognition_async.emulator.protocol.messages import EmulatedError, HttpResponse, service_model
from rekognition_async.emulator.utils.clock import Clock

THROTTLED_MESSAGE: Final = "Provisioned rate exceeded"

_THROTTLING_STATUSES: Final = (400, 500)
_THROTTLING_MESSAGES: Final = {
    ("ThrottlingException", 400): "Slow down; sudden increase in rate of requests",
    ("ThrottlingException", 500): "Service Unavailable",
}

Interlude: TypeAlias = Callable[[Clock], Awaitable[object]]


class Delivery(enum.Enum):
    """How an answer is put on the wire."""

    WHOLE = "whole"
    TRUNCATED = "truncated"
    TRUNCATED_CHUNKED = "truncated, chunked"
    RESET = "reset"
    DISCONNECT = "disconnect"
    NEVER = "never"

    @property
    def answers(self) -> bool:
        """Whether any of the answer arrives, so that it has to be made."""
        return self in {Delivery.WHOLE, Delivery.TRUNCATED, Delivery.TRUNCATED_CHUNKED}


@dataclass(frozen=True)
class Fault:
    """One way in which a call goes wrong. Made by the methods of this class.

    Attributes:
        name: What it is called in records and on the command line.
        arguments: What it was made with.
    """

    name: str
    _: KW_ONLY
    arguments: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)
    _answer: HttpResponse | EmulatedError | None = field(default=None, repr=False)
    _delivery: Delivery = field(default=Delivery.WHOLE, repr=False)
    _interlude: Interlude | None = field(default=None, repr=False)

    @staticmethod
    def throttle(
        code: str = "ProvisionedThroughputExceededException", *, status: int = 400
    ) -> Fault:
        """Answers that the quota is used up.

        Args:
            code: AWS's error code. ``"ThrottlingException"`` is documented with two statuses: 400,
                where calls become many too quickly, and 500, where the service is not available.
            status: The HTTP status, 400 or 500.

        Raises:
            ValueError: The status is another one.
        """
        if status not in _THROTTLING_STATUSES:
            raise ValueError(f"status must be 400 or 500, got {status!r}")
        message = _THROTTLING_MESSAGES.get((code, status), THROTTLED_MESSAGE)
        error = EmulatedError(code, message, status=status)
        told = None if status == _THROTTLING_STATUSES[0] else status
        return Fault("throttle", arguments={"code": code, "status": told}, _answer=error)

    @staticmethod
    def error(
        code: str,
        message: str = "",
        *,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Fault:
        """Answers with an error of the service.

        Args:
            code: AWS's error code.
            message: The message that goes with it.
            status: The HTTP status; by default 400, or 500 for InternalServerError.
            headers: More headers, as in ``{"Retry-After": "2"}``.

        Raises:
            ValueError: The status is not an HTTP status.
        """
        if status is not None:
            _check_status(status)
        error = EmulatedError(code, message, status=status, headers=headers)
        arguments = {"code": code, "message": message, "status": status, "headers": headers}
        return Fault("error", arguments=arguments, _answer=error)

    @staticmethod
    def http(
        status: int,
        *,
        body: str | bytes = "",
        content_type: str = "text/html",
        headers: Mapping[str, str] | None = None,
    ) -> Fault:
        """Answers as a proxy or load balancer would, with any body.

        Args:
            status: The HTTP status, 200 to 599.
            body: What the body holds; text is sent as UTF-8.
            content_type: The body's media type.
            headers: More headers.

        Raises:
            ValueError: The status is not an HTTP status.
        """
        _check_status(status)
        content = body.encode() if isinstance(body, str) else body
        answer = HttpResponse(status, content, content_type, headers or {}, str(status))
        arguments = {
            "status": status,
            "body": body,
            "content_type": content_type,
            "headers": headers,
        }
        return Fault("http", arguments=arguments, _answer=answer)

    @staticmethod
    def respond(document: object, status: int = 200) -> Fault:
        """Answers with a JSON document instead of doing the operation.

        Args:
            document: Anything that ``json`` can write.
            status: The HTTP status, 200 to 599.

        Raises:
            ValueError: The status is not an HTTP status.
        """
        _check_status(status)
        arguments = {"document": document, "status": status}
        return Fault("respond", arguments=arguments, _answer=HttpResponse.of(document, status))

    @staticmethod
    def reset() -> Fault:
        """Resets the connection (RST) without doing the operation."""
        return Fault("reset", _delivery=Delivery.RESET)

    @staticmethod
    def disconnect() -> Fault:
        """Closes the connection (FIN) without an answer and without doing the operation."""
        return Fault("disconnect", _delivery=Delivery.DISCONNECT)

    @staticmethod
    def truncate(*, chunked: bool = False) -> Fault:
        """Does the operation, and closes the connection halfway through the answer's body.

        Args:
            chunked: Sends the body in chunks instead of with its length.
        """
        delivery = Delivery.TRUNCATED_CHUNKED if chunked else Delivery.TRUNCATED
        return Fault("truncate", arguments={"chunked": chunked}, _delivery=delivery)

    @staticmethod
    def hang() -> Fault:
        """Takes the request and never answers, as long as the client waits."""
        return Fault("hang", _delivery=Delivery.NEVER)

    @staticmethod
    def hold(until: Callable[[], Awaitable[object]]) -> Fault:
        """Awaits something of the test's, then goes on as without a fault.

        Args:
            until: Called for each request that meets this fault; what it returns is awaited.
        """

        async def interlude(_: Clock) -> None:
            await until()

        return Fault("hold", _interlude=interlude)

    @staticmethod
    def delay(seconds: float) -> Fault:
        """Waits on the emulator's clock, then goes on as without a fault.

        Raises:
            ValueError: ``seconds`` is negative.
        """
        if not seconds >= 0:
            raise ValueError(f"seconds must be at least 0, got {seconds!r}")
        return Fault(
            "delay",
            arguments={"seconds": seconds},
            _interlude=lambda clock: clock.sleep(seconds),
        )

    @property
    def answer(self) -> HttpResponse | EmulatedError | None:
        """What is answered instead of doing the operation, if anything."""
        return self._answer

    @property
    def delivery(self) -> Delivery:
        """How the answer is put on the wire."""
        return self._delivery

    async def pause(self, clock: Clock) -> None:
        """Lets pass what comes before the answer."""
        if self._interlude is not None:
            await self._interlude(clock)


def _check_status(status: int) -> None:
    if not 200 <= status <= 599:  # noqa: PLR2004 - HTTP's own range, without the interim 1xx
        raise ValueError(f"status must be 200 to 599, got {status!r}")


@dataclass(frozen=True)
class FaultRule:
    """Which calls meet a fault.

    A rule counts the calls of its operation from the moment it is added. Without ``calls`` and
    ``probability`` every call meets the fault.

    Attributes:
        operation: AWS's name of an operation, or ``"*"`` for all.
        fault: What happens to the call.
        calls: Only to these calls, counted from 1: a number, or several.
        probability: Only so often, 0 to 1.
        region_name: Only in this region.
    """

    operation: str
    fault: Fault
    calls: int | Iterable[int] | None = None
    probability: float = 1.0
    region_name: str | None = None

    def __post_init__(self) -> None:
        """Checks what would otherwise never happen.

        Raises:
            ValueError: There is no such operation, or a number is out of its range.
        """
        if self.operation != "*" and self.operation not in service_model().operation_names:
            raise ValueError(
                f"operation must be one of Rekognition's or '*', got {self.operation!r}"
            )
        if self.calls is not None:
            counted = [self.calls] if isinstance(self.calls, int) else self.calls
            chosen = frozenset(counted)
            if any(number < 1 for number in chosen):
                raise ValueError(f"calls are counted from 1, got {sorted(chosen)!r}")
            object.__setattr__(self, "calls", chosen)
        if not 0 <= self.probability <= 1:
            raise ValueError(f"probability must be 0 to 1, got {self.probability!r}")

    @classmethod
    def parse(cls, text: str) -> FaultRule:
        """Reads a rule as the command line takes it, ``OPERATION:FAULT[=VALUE][:WHEN]``.

        The faults are ``throttle[=CODE]``, ``error=CODE``, ``http=STATUS``, ``reset``,
        ``disconnect``, ``truncate``, ``hang`` and ``delay=SECONDS``. WHEN is a share of the calls
        with a decimal point (``0.2``), or the calls themselves (``3``, ``3,4``, ``3-5``).

        Raises:
            ValueError: The text is not a rule; the message says which part.
        """
        parts = text.split(":")
        if len(parts) not in {2, 3}:
            raise ValueError(f"a fault is OPERATION:FAULT[=VALUE][:WHEN], got {text!r}")
        operation, fault = parts[0], _parse_fault(parts[1])
        return (
            cls(operation, fault, **_parse_when(parts[2])) if parts[2:] else cls(operation, fault)
        )


def _parse_fault(text: str) -> Fault:
    name, has_value, value = text.partition("=")
    plain: dict[str, Callable[[], Fault]] = {
        "throttle": Fault.throttle,
        "reset": Fault.reset,
        "disconnect": Fault.disconnect,
        "truncate": Fault.truncate,
        "hang": Fault.hang,
    }
    with_value: dict[str, Callable[[str], Fault]] = {
        "throttle": Fault.throttle,
        "error": Fault.error,
        "http": lambda status: Fault.http(int(status), body=f"<html><h1>{status}</h1></html>"),
        "delay": lambda seconds: Fault.delay(float(seconds)),
    }
    if has_value and name in with_value:
        return with_value[name](value)
    if not has_value and name in plain:
        return plain[name]()
    known = sorted({*plain, *(f"{name}=..." for name in with_value)})
    raise ValueError(f"a fault is one of {', '.join(known)}, got {text!r}")


def _parse_when(text: str) -> dict[str, Any]:
    if re.fullmatch(r"[01]?\.\d+", text, re.ASCII):
        return {"probability": float(text)}
    calls: set[int] = set()
    for part in text.split(","):
        numbers = re.fullmatch(r"(\d+)(?:-(\d+))?", part, re.ASCII)
        if not numbers:
            raise ValueError(f"WHEN is a share such as 0.2, or calls such as 3,5-7; got {text!r}")
        first = int(numbers[1])
        calls.update(range(first, int(numbers[2] or first) + 1))
    return {"calls": calls}


class FaultPlan:
    """The rules in force; the first that applies to a call is the one that it meets."""

    def __init__(self, rules: Iterable[FaultRule], random: Random) -> None:
        """Takes the first rules, and what decides their probabilities."""
        self._counted: list[tuple[FaultRule, _Count]] = []
        self._random = random
        for rule in rules:
            self.add(rule)

    def add(self, rule: FaultRule) -> None:
        """Puts one more rule into force, behind the others."""
        self._counted.append((rule, _Count()))

    def clear(self) -> None:
        """Takes all rules out of force."""
        self._counted.clear()

    @property
    def rules(self) -> Sequence[FaultRule]:
        """The rules in force, in the order in which they are tried."""
        return [rule for rule, _ in self._counted]

    def replace(self, rules: Iterable[FaultRule]) -> None:
        """Puts these rules into force instead of those before; their calls are counted anew."""
        self._counted = [(rule, _Count()) for rule in rules]

    def next_fault(self, operation: str, region_name: str | None) -> Fault | None:
        """Counts a call for all rules, and gives the fault that it is to meet, if any.

        Args:
            operation: The call's operation.
            region_name: The region it was signed for, as far as that can be read.
        """
        found = None
        for rule, count in self._counted:
            if rule.operation not in {"*", operation}:
                continue
            if rule.region_name not in {None, region_name}:
                continue
            count.calls += 1
            if found is None and self._applies(rule, count.calls):
                found = rule.fault
        return found

    def _applies(self, rule: FaultRule, call: int) -> bool:
        if isinstance(rule.calls, frozenset) and call not in rule.calls:
            return False
        return rule.probability == 1 or self._random.random() < rule.probability


@dataclass
class _Count:
    calls: int = 0


async def never() -> None:
    """Waits until it is cancelled."""
    await asyncio.get_running_loop().create_future()
