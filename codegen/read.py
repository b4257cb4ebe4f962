"""botocore's service model of Rekognition, in the form that the generator works on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from botocore import xform_name
from botocore.loaders import create_loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StringShape, StructureShape

COMMON: Final = "common"
SERVICE: Final = "rekognition"


@dataclass(frozen=True)
class Limits:
    """What the service model allows of a value."""

    least: float | None = None
    most: float | None = None
    pattern: str | None = None

    @classmethod
    def of(cls, shape: Shape) -> Limits:
        """The limits that a shape states."""
        limits = shape.metadata
        return cls(limits.get("min"), limits.get("max"), limits.get("pattern"))


@dataclass(frozen=True)
class Type:
    """The type of a value.

    Attributes:
        kind: botocore's word for it: string, integer, list, structure, ….
        shape: The name of the shape.
        limits: What is allowed.
        values: The known values of an enumeration.
        item: The type of a list's items, or of a map's values.
        key: The type of a map's keys.
    """

    kind: str
    shape: str
    limits: Limits
    values: tuple[str, ...] = ()
    item: Type | None = None
    key: Type | None = None

    @classmethod
    def of(cls, shape: Shape) -> Type:
        """The type that a shape states."""
        limits = Limits.of(shape)
        if isinstance(shape, ListShape):
            return cls("list", shape.name, limits, item=cls.of(shape.member))
        if isinstance(shape, MapShape):
            return cls("map", shape.name, limits, item=cls.of(shape.value), key=cls.of(shape.key))
        values = tuple(shape.enum) if isinstance(shape, StringShape) else ()
        return cls(shape.type_name, shape.name, limits, values)

    def mentioned(self) -> list[Type]:
        """This type, and those it is made of."""
        parts = [part for part in (self.key, self.item) if part is not None]
        return [self, *(inner for part in parts for inner in part.mentioned())]


@dataclass(frozen=True)
class Member:
    """A member of a structure."""

    name: str
    type: Type
    required: bool

    @property
    def field(self) -> str:
        """Its name in Python, as boto would write it."""
        return xform_name(self.name)


@dataclass(kw_only=True)
class Used:
    """What operations use.

    Attributes:
        operations: The names of those that do.
        domains: The domains of these.
    """

    operations: set[str] = field(default_factory=set)
    domains: set[str] = field(default_factory=set)

    @property
    def domain(self) -> str:
        """The package that defines it."""
        return next(iter(self.domains)) if len(self.domains) == 1 else COMMON

    @property
    def operation(self) -> str | None:
        """The operation that alone uses it; None where several do."""
        return next(iter(self.operations)) if len(self.operations) == 1 else None


@dataclass
class Structure(Used):
    """A structure: an input, an output, or a part of some."""

    name: str
    members: tuple[Member, ...]
    sent: bool = False
    answered: bool = False

    @property
    def parts(self) -> list[str]:
        """The structures that its members are made of."""
        return [
            part.shape
            for member in self.members
            for part in member.type.mentioned()
            if part.kind == "structure"
        ]


@dataclass
class Enumeration(Used):
    """An enumeration."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Operation:
    """An operation, with the names of its structures and errors."""

    name: str
    domain: str
    request: Structure
    response: Structure
    errors: tuple[str, ...]

    @property
    def method(self) -> str:
        """Its name in Python, as boto would write it."""
        return xform_name(self.name)


@dataclass
class Service:
    """All of it."""

    operations: dict[str, Operation] = field(default_factory=dict)
    structures: dict[str, Structure] = field(default_factory=dict)
    enumerations: dict[str, Enumeration] = field(default_factory=dict)

    @property
    def defined(self) -> dict[str, Used]:
        """Everything that a module of models defines, by its name."""
        return {**self.structures, **self.enumerations}


def read(domain_of: dict[str, str]) -> Service:
    """Reads the installed botocore's service model.

    Args:
        domain_of: The domain of each operation. One that has none yet is read as common, for the
            overlay to say so.
    """
    model = ServiceModel(create_loader().load_service_model(SERVICE, "service-2"))
    service = Service()
    for name in model.operation_names:
        operation = model.operation_model(name)
        domain = domain_of.get(name, COMMON)
        reading = _Reading(service, name, domain)
        request = reading.structure(operation.input_shape, sent=True)
        if operation.output_shape is None:
            raise ValueError(f"{name} has no output shape, which no operation had before")
        response = reading.structure(operation.output_shape, sent=False)
        errors = tuple(shape.name for shape in operation.error_shapes)
        service.operations[name] = Operation(name, domain, request, response, errors)
    return service


@dataclass(frozen=True)
class _Reading:
    """Reads what one operation uses."""

    service: Service
    operation: str
    domain: str

    def structure(self, shape: StructureShape, *, sent: bool) -> Structure:
        """Reads a structure, and all that it is made of."""
        structure = self.service.structures.get(shape.name)
        if structure is None:
            required = set(shape.required_members)
            structure = self.service.structures[shape.name] = Structure(
                shape.name,
                tuple(
                    Member(name, Type.of(member), name in required)
                    for name, member in shape.members.items()
                ),
            )
        self._note_use(structure)
        structure.sent |= sent
        structure.answered |= not sent
        for member in shape.members.values():
            for part in _parts(member):
                if isinstance(part, StructureShape):
                    self.structure(part, sent=sent)
                elif isinstance(part, StringShape) and part.enum:
                    enumeration = Enumeration(part.name, tuple(part.enum))
                    self._note_use(self.service.enumerations.setdefault(part.name, enumeration))
        return structure

    def _note_use(self, used: Used) -> None:
        used.operations.add(self.operation)
        used.domains.add(self.domain)


def _parts(shape: Shape) -> list[Shape]:
    if isinstance(shape, ListShape):
        return _parts(shape.member)
    if isinstance(shape, MapShape):
        return [*_parts(shape.key), *_parts(shape.value)]
    return [shape]
