"""What the user declares that operations answer: for a picture, a name, or a predicate."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final, TypeAlias

from botocore.model import ListShape, Shape, StructureShape

from rekognition_async.emulator.pictures import Picture, read_picture
from rekognition_async.emulator.protocol import JsonObject, service_model

Document: TypeAlias = Mapping[str, Any]

_JSON_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "blob": (str,),
    "boolean": (bool,),
    "double": (int, float),
    "float": (int, float),
    "integer": (int,),
    "long": (int,),
    "map": (Mapping,),
    "string": (str,),
    "timestamp": (int, float),
}


@dataclass(frozen=True)
class AnswerRule:
    """Which calls of an operation get a declared answer.

    A rule without ``image``, ``name`` and ``when`` applies to every call. For the results of a job
    it names the operation that gets them, as in ``"GetLabelDetection"``, and is held against what
    the job was started with; an answer that says ``"JobStatus": "FAILED"``, with a
    ``StatusMessage``, makes the job fail.

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
        """Checks what the service's clients could not read.

        Raises:
            ValueError: There is no such operation, or its answers have no such member.
        """
        if self.operation not in service_model().operation_names:
            raise ValueError(f"operation must be one of Rekognition's, got {self.operation!r}")
        if not callable(self.answer):
            shape = service_model().operation_model(self.operation).output_shape
            check_answer(shape, self.answer, self.operation)


class AnswerPlan:
    """The rules in force; the first that applies to a call gives its answer."""

    def __init__(self, rules: Iterable[AnswerRule]) -> None:
        """Takes the first rules."""
        self._rules: list[tuple[AnswerRule, Picture | None]] = []
        for rule in rules:
            self.add(rule)

    def add(self, rule: AnswerRule) -> None:
        """Puts one more rule into force, behind the others."""
        picture = None if rule.image is None else read_picture(rule.image)
        self._rules.append((rule, picture))

    def clear(self) -> None:
        """Takes all rules out of force."""
        self._rules.clear()

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

        Raises:
            ValueError: A function of the user's gave what is no answer of this operation.
        """
        for rule, wanted in self._rules:
            if (
                rule.operation == operation
                and (wanted is None or (picture is not None and picture.is_same_as(wanted)))
                and (rule.name is None or (name is not None and fnmatchcase(name, rule.name)))
                and (rule.when is None or rule.when(parameters))
            ):
                if not callable(rule.answer):
                    return dict(rule.answer)
                answer = rule.answer(parameters)
                shape = service_model().operation_model(operation).output_shape
                check_answer(shape, answer, operation)
                return dict(answer)
        return None


def check_answer(shape: Shape | None, value: object, path: str) -> None:
    """Holds a declared answer against the service model.

    Raises:
        ValueError: A member does not exist, or is of another JSON type; the message names it.
    """
    if isinstance(shape, StructureShape):
        for name, item in _expected((Mapping,), value, path).items():
            if name not in shape.members:
                known = ", ".join(shape.members)
                raise ValueError(f"{path} has no member {name!r}; it has {known}")
            check_answer(shape.members[name], item, f"{path}.{name}")
    elif isinstance(shape, ListShape):
        for number, item in enumerate(_expected((list, tuple), value, path)):
            check_answer(shape.member, item, f"{path}[{number}]")
    elif shape is not None:
        kinds = _JSON_TYPES[shape.type_name]
        # In Python, but not in JSON, True is a number.
        _expected(kinds, value, path, or_not=() if bool in kinds else (bool,))


def _expected(
    kinds: tuple[type, ...], value: Any, path: str, *, or_not: tuple[type, ...] = ()
) -> Any:
    if isinstance(value, kinds) and not isinstance(value, or_not):
        return value
    wanted = " or ".join(kind.__name__ for kind in kinds)
    raise ValueError(f"{path} must be {wanted}, got {type(value).__name__}")
