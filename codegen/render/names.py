"""What the parts of the renderer share: where names are, and what is told of members."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from codegen.overlay import Overlay, Page
from codegen.read import Member, Operation, Service, Structure, Type
from codegen.render.text import PACKAGE, plain, range_told, without_text
from rekognition_async.pictures.limits import ANY_OPERATION, limits_of

MAX_VALUES_LISTED: Final = 12
INTEGERS: Final = {"integer", "long"}
FLOATS: Final = {"float", "double"}

_IMPORTS: Final = {
    "collections.abc": ("AsyncGenerator", "Iterator", "Mapping", "Sequence"),
    "typing": ("Annotated", "ClassVar", "Literal", "TypeAlias"),
    "pydantic": ("AwareDatetime", "Field", "Strict"),
    f"{PACKAGE}.operation": (
        "InputModel",
        "InputOutputModel",
        "OutputModel",
        "PagedRequest",
        "PagedResponse",
        "Request",
        "RequestModel",
        "Response",
        "results_of_job",
    ),
    f"{PACKAGE}.values": (
        "BASE64",
        "CALLERS_LIMITS",
        "IMAGE_SOURCE",
        "NEW_IF_NONE",
        "NOT_RESERVED",
        "OPEN_ENUM",
        "SENT_LIST",
        "WHOLE_NUMBER",
        "WIRE_LIST",
        "Blob",
        "ImageLimit",
        "UnknownValue",
        "new_client_request_token",
    ),
    f"{PACKAGE}.operations.base": ("Operations",),
    f"{PACKAGE}.operations.pictures_in_bulk": ("PicturesInBulk",),
    f"{PACKAGE}.waiting": ("PollSettings",),
}
# What only signatures mention, of modules that few callers need loaded.
_IMPORTS_OF_TYPES: Final = {
    f"{PACKAGE}.bulk.journal": ("Journal",),
    f"{PACKAGE}.bulk.outcomes": ("PictureOutcome",),
    f"{PACKAGE}.bulk.pictures": ("PicturesSource",),
    f"{PACKAGE}.completions": ("SqsCompletions",),
    f"{PACKAGE}.images": ("ImageSource",),
    f"{PACKAGE}.pagination": ("Paginator",),
}


@dataclass
class Names:
    """Knows the service, and what the overlay says of it."""

    service: Service
    overlay: Overlay
    error_summaries: Mapping[str, str]

    def _homes(self) -> dict[str, str]:
        """The models module of every name."""
        homes = {
            name: f"{PACKAGE}.models.{self.overlay.module_of(name, used)}"
            for name, used in self.service.defined.items()
        }
        for page in self._pages().values():
            if page.item is not None:
                homes[page.item["class"]] = page.item["module"]
        for entry in self.overlay.corrections["bases"].values():
            homes[entry["class"]] = entry["module"]
        for entry in self.overlay.corrections["views"].values():
            homes.update(dict.fromkeys(entry["classes"], entry["module"]))
        return homes

    def _pages(self) -> dict[str, Page]:
        found = {name: self.overlay.page(name) for name in self.service.operations}
        return {name: page for name, page in found.items() if page is not None}

    def _imports(self, body: str, *, own: str, others_lazy: bool = False) -> str:
        """The import statements for the names that a module's source mentions."""
        mentioned = set(re.findall(r"\w+", without_text(body)))
        lines = _import_lines(_IMPORTS, mentioned)
        needed: dict[str, list[str]] = {}
        # A method imports its request by itself, when it is called.
        requests = {each.request.name for each in self.service.operations.values()}
        for name, home in self._homes().items():
            if others_lazy and name in requests:
                continue
            if name in mentioned and home != own:
                needed.setdefault(home, []).append(name)
        others = [
            *_import_lines(_IMPORTS_OF_TYPES, mentioned),
            *(f"from {home} import {', '.join(sorted(names))}" for home, names in needed.items()),
        ]
        if others_lazy and others:
            lines.insert(0, "from typing import TYPE_CHECKING")
            indented = "\n".join(f"    {line}" for line in others)
            return "\n".join(lines) + f"\n\nif TYPE_CHECKING:\n{indented}\n"
        return "\n".join([*lines, *others]) + "\n"

    def _field_name(self, structure: Structure, member: Member) -> str:
        return self.overlay.field_name(structure.name, member.name, member.field)

    def _told(
        self, structure: Structure, member: Member, role: str, operation: Operation | None
    ) -> str:
        """What there is to say of a member: its text, and the limits of what a caller sends."""
        text = self.overlay.member_text(structure, member.name, role)
        if not text or not structure.sent:
            return text
        return f"{text} {self._limits_told(member, operation, text)}".rstrip()

    def _limits_told(self, member: Member, operation: Operation | None, text: str) -> str:
        """The limits of a member that its text does not tell."""
        kind, limits = member.type, member.type.limits
        if kind.values:
            known = [f"``{value}``" for value in kind.values]
            if len(known) > MAX_VALUES_LISTED or all(value in text for value in known):
                return ""
            return f"One of {', '.join(known)}."
        if kind.shape == "Image":
            most = (limits_of(operation.name) if operation else ANY_OPERATION).max_bytes
            return f"At most {most:,} bytes, more only from S3."
        units = {"string": " characters", "blob": " bytes", "list": " of them", "map": " of them"}
        if kind.kind == "boolean" or (limits.least is None and limits.most is None):
            return ""
        return f"{range_told(limits)}{units.get(kind.kind, '')}."

    def _answered(self, kind: Type) -> str:
        """The type of what the service answers with: no limits, and open enumerations."""
        if kind.kind == "list" and kind.item is not None:
            return f"tuple[{self._answered_item(kind.item)}, ...]"
        if kind.kind == "map" and kind.item is not None and kind.key is not None:
            return f"dict[{self._answered(kind.key)}, {self._answered_item(kind.item)}]"
        if kind.values:
            return kind.shape
        return plain(kind)

    def _answered_item(self, kind: Type) -> str:
        if kind.values:
            return f"Annotated[{kind.shape} | UnknownValue, OPEN_ENUM]"
        answered, markers = self._answered(kind), self._json_type(kind)
        return f"Annotated[{answered}, {', '.join(markers)}]" if markers else answered

    def _json_type(self, kind: Type) -> list[str]:
        """Keeps Pydantic from reading true or "1" as a number; other types it never mixes up."""
        if kind.kind in INTEGERS:
            return ["Strict()", "WHOLE_NUMBER"]
        return ["Strict()"] if kind.kind in FLOATS | {"boolean"} else []

    def _item_class(self, operation: Operation, page: Page) -> str:
        if page.item is not None:
            return page.item["class"]
        (member,) = [each for each in operation.response.members if each.name == page.items]
        if member.type.item is None:
            raise ValueError(f"{operation.name}: {page.items} is no list")
        return self._answered(member.type.item)

    def _items_field(self, operation: Operation, page: Page) -> str:
        named = [each.field for each in operation.response.members if each.name == page.items]
        return named[0] if named else page.items


def _import_lines(imports: Mapping[str, Sequence[str]], mentioned: Collection[str]) -> list[str]:
    return [
        f"from {module} import {', '.join(used)}"
        for module, names in imports.items()
        if (used := [name for name in names if name in mentioned])
    ]
