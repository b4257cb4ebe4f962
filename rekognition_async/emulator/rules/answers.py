"""Answer rules: what operations answer about an image, a name in S3, or certain parameters.

`Service` and some handlers ask `Call.declared`, which finds the first `AnswerRule` of the
emulator's `AnswerPlan`.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from inspect import iscoroutinefunction
from typing import Any, Final, TypeAlias

from rekognition_async.emulator.protocol.declared_values import check_answer, expect_type
from rekognition_async.emulator.protocol.messages import EmulatedError, service_model
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.vision.declarations import declare_from, source_in_file
from rekognition_async.emulator.vision.images import Picture, read_picture

logger: Final = logging.getLogger("rekognition_async.emulator")

Document: TypeAlias = Mapping[str, Any]
"""The members of an answer, by AWS's names."""

_MEMBERS_IN_FILES: Final = ("operation", "image", "name", "answer")


@dataclass(frozen=True)
class AnswerRule:
    """Which calls of an operation get a declared answer.

    Every operation takes rules. One without ``image``, ``name`` and ``when`` applies to every call.
    The answer is given as it is, and the operation is not done: a declared answer of IndexFaces
    adds no face. Analyses of an image hold it against the thresholds, limits and filters of the
    call. Where an operation tells how work went, the rule says how it goes; only a call about what
    the emulator does not have, such as a JobId from a recording, is given the answer as it is.

    For the results of a job
    it names the operation that gets them, as in ``"GetLabelDetection"``, and is held against what
    the job was started with; an answer that says ``"JobStatus": "FAILED"``, with a
    ``StatusMessage``, makes the job fail. So it is with media analysis jobs, liveness sessions and
    the start of stream processors, for which ``"Status": "FAILED"`` says so.

    For the outcome of work on a model version it names ``"DescribeProjectVersions"``, and is held
    against the ``ProjectArn`` and the one of ``VersionNames`` when the work begins. The first
    description of its answer says how that ends: a ``Status`` of ``TRAINING_FAILED``,
    ``COPYING_FAILED`` or ``FAILED``, with a ``StatusMessage``, makes the training, the copying or
    the start fail; other members, such as ``EvaluationResult``, are what it results in. For a
    dataset it names ``"DescribeDataset"``, and is held against the ``DatasetArn``: the status
    ``CREATE_FAILED`` or ``UPDATE_FAILED`` makes that fail.

    Attributes:
        operation: AWS's name of an operation.
        answer: The members of its answer by AWS's names, or a function that gives them for the
            parameters of a call.
        image: Only for this picture, scaled or compressed anew too: its bytes, its file, or
            ``"s3://bucket/key"``.
        name: Only for objects in S3 with such a ``bucket/key``; ``*`` and ``?`` stand for others.
        when: Only for parameters for which this function says so.
    """

    operation: str
    answer: Document | Callable[[JsonObject], Document] = field(repr=False)
    image: bytes | str | os.PathLike[str] | None = field(default=None, repr=False)
    name: str | None = None
    when: Callable[[JsonObject], bool] | None = None

    def __post_init__(self) -> None:
        """Checks what the service's clients could not read, and what would never apply.

        Raises:
            ValueError: There is no such operation, or its answers have no such member; or no
                object has such a name.
        """
        if self.operation not in service_model().operation_names:
            raise ValueError(f"operation must be one of Rekognition's, got {self.operation!r}")
        if self.name is not None and not {"/", "*"} & set(self.name):
            raise ValueError(f"name must be as in 'bucket/key' or 'bucket/*', got {self.name!r}")
        for member in ("answer", "when"):
            if iscoroutinefunction(getattr(self, member)):
                raise ValueError(f"{member} must be a plain function, got one to be awaited")
        if not callable(self.answer):
            self.document({})

    @classmethod
    def parse(cls, entry: object, folder: str | os.PathLike[str] | None = None) -> AnswerRule:
        """Reads a rule as files have it; see `parse_answer_rules`.

        Raises:
            ValueError: It is no such rule.
        """
        members = expect_type((Mapping,), entry, "a rule")
        unknown = [member for member in members if member not in _MEMBERS_IN_FILES]
        if unknown:
            raise ValueError(
                f"a rule has no member {unknown[0]!r}; it has {', '.join(_MEMBERS_IN_FILES)}"
            )
        for member in ("operation", "answer"):
            if member not in members:
                raise ValueError(f"a rule must have the member {member!r}")
        for member in ("operation", "image", "name"):
            expect_type((str,), members.get(member, ""), member)
        image = members.get("image")
        return cls(
            members["operation"],
            expect_type((Mapping,), members["answer"], "answer"),
            image=None if image is None else source_in_file(image, folder),
            name=members.get("name"),
        )

    def is_about(self, operation: str, name: str | None) -> bool:
        """Whether this is for an operation, and an object in S3 of a ``bucket/key``."""
        if self.operation != operation or self.name is None:
            return self.operation == operation
        # Keys may have brackets, which mean nothing here.
        return name is not None and fnmatchcase(name, self.name.replace("[", "[[]"))

    def document(self, parameters: JsonObject) -> JsonObject:
        """The answer to a call with these parameters, as a document of the caller's own.

        Raises:
            ValueError: It is no answer of the operation.
        """
        answer = self.answer(parameters) if callable(self.answer) else self.answer
        shape = service_model().operation_model(self.operation).output_shape
        document: JsonObject = check_answer(shape, answer, self.operation)
        return document


class AnswerPlan:
    """The rules in force; the first that applies to a call gives its answer."""

    def __init__(self, rules: Iterable[AnswerRule]) -> None:
        """Takes the first rules."""
        self._rules: list[tuple[AnswerRule, Picture | None]] = []
        self.extend(rules)

    def add(self, rule: AnswerRule) -> None:
        """Puts one more rule into force, behind the others.

        Raises:
            ValueError: Its image is no PNG or JPEG.
            OSError: The file of its image cannot be read.
        """
        self.extend([rule])

    def extend(self, rules: Iterable[AnswerRule]) -> None:
        """Puts more rules into force, behind the others: all of them, or none.

        Raises:
            ValueError: An image is no PNG or JPEG.
            OSError: The file of an image cannot be read.
        """
        self._rules += [
            (rule, None if rule.image is None else read_picture(rule.image)) for rule in rules
        ]

    def replace(self, rules: Iterable[AnswerRule]) -> None:
        """Puts rules into force instead of those that are; raises what `extend` raises."""
        before, self._rules = self._rules, []
        try:
            self.extend(rules)
        except BaseException:
            self._rules = before
            raise

    def __len__(self) -> int:
        """How many rules are in force."""
        return len(self._rules)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Puts the rules of a JSON file into force, behind the others; see `parse_answer_rules`.

        Raises:
            ValueError: The file holds no such rules; the message says which, and why.
            OSError: The file, or that of an image, cannot be read.
        """
        declare_from(
            path, "answers", lambda read, folder: self.extend(parse_answer_rules(read, folder))
        )

    def clear(self) -> None:
        """Takes all rules out of force."""
        self._rules.clear()

    @property
    def rules(self) -> Sequence[AnswerRule]:
        """The rules in force, in the order in which they are tried."""
        return [rule for rule, _ in self._rules]

    def has(self, operation: str) -> bool:
        """Whether a rule may apply to calls of an operation."""
        return any(rule.operation == operation for rule, _ in self._rules)

    def find(
        self,
        operation: str,
        parameters: JsonObject,
        *,
        picture: Picture | None = None,
        name: str | None = None,
    ) -> JsonObject | None:
        """The declared answer to a call; None where no rule applies.

        Args:
            operation: AWS's name of the operation.
            parameters: What the call, or the job, was given.
            picture: The picture that it is about.
            name: The object in S3 that it is about, as ``bucket/key``.

        Returns:
            A document of the caller's own, free to be changed.

        Raises:
            EmulatedError: InternalServerError, where a function of the user's fails or gives what
                is no answer of this operation; the log says how.
        """
        for number, (rule, wanted) in enumerate(self._rules, 1):
            if not rule.is_about(operation, name):
                continue
            if wanted is not None and (picture is None or not picture.is_same_as(wanted)):
                continue
            try:
                if rule.when is None or rule.when(parameters):
                    return rule.document(parameters)
            except Exception:
                logger.exception("declared answer %d, for %s, failed", number, operation)
                raise EmulatedError(
                    "InternalServerError",
                    f"The answer that is declared for {operation} failed; the emulator's log"
                    " says how",
                ) from None
        return None


def parse_answer_rules(
    document: object, folder: str | os.PathLike[str] | None = None
) -> list[AnswerRule]:
    """Reads rules that a JSON document declares, for users of whatever language.

    It is a list of objects with AWS's name of an ``operation``, its ``answer``, and, where they do
    not apply to all calls, the ``image`` or the ``name`` that they are for, as in `AnswerRule`::

        [{"operation": "DetectText", "name": "signs/*", "answer": {"TextDetections": []}}]

    Args:
        document: The document.
        folder: Where the paths of images start from; without one there are none, and an image is
            ``"s3://bucket/key"`` or a ``"data:image/png;base64,…"`` that holds it.

    Returns:
        The rules, in order.

    Raises:
        ValueError: A rule cannot be read; the message has its number, counted from 0.
    """
    rules: list[AnswerRule] = []
    for number, entry in enumerate(expect_type((list, tuple), document, "the rules")):
        try:
            rules.append(AnswerRule.parse(entry, folder))
        except ValueError as error:
            raise ValueError(f"[{number}]: {error}") from error
    return rules
