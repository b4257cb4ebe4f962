"""The modules of models."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from graphlib import TopologicalSorter
from typing import Any

from codegen.overlay import Page, role_of
from codegen.read import Member, Operation, Structure, Type
from codegen.render.names import FLOATS, INTEGERS, Names
from codegen.render.text import (
    HEADER,
    PACKAGE,
    docstring,
    number,
    plain,
    quoted,
    raw,
    required_first,
    snake,
    translated,
)
from rekognition_async.pictures.limits import ANY_OPERATION, limits_of


class Models(Names):
    """Renders a module of models."""

    def _models(self) -> dict[str, str]:
        """The source of each module, by its name, as in ``images.detect_labels``."""
        names: dict[str, list[str]] = {}
        for name, used in self.service.defined.items():
            names.setdefault(self.overlay.module_of(name, used), []).append(name)
        return {module: self._module(module, sorted(names[module])) for module in sorted(names)}

    def _module(self, module: str, names: list[str]) -> str:
        structures = {
            name: self.service.structures[name] for name in names if name in self.service.structures
        }
        graph = {
            name: [part for part in structure.parts if part in structures]
            for name, structure in structures.items()
        }
        operations = {
            operation.request.name: operation for operation in self.service.operations.values()
        }
        listings = {
            self.service.operations[name].response.name: (self.service.operations[name], page)
            for name, page in self._pages().items()
        }
        for name, operation in operations.items():
            if name in graph:
                graph[name].append(operation.response.name)
        # Names are there before they are used: annotations are no strings, which Pydantic would
        # have to evaluate in each process.
        blocks = [
            f"{name}: TypeAlias = Literal[{', '.join(map(quoted, enumeration.values))}]"
            for name in names
            if (enumeration := self.service.enumerations.get(name)) is not None
        ]
        blocks += [
            self._structure(structures[name], operations.get(name), listings.get(name))
            for name in TopologicalSorter(graph).static_order()
        ]
        body = "\n\n".join(blocks)
        return (
            f'{HEADER}"""{self._summary_of(module)}"""\n\n'
            f"{self._imports(body, own=f'{PACKAGE}.models.{module}')}\n"
            f"__all__ = [{', '.join(map(quoted, names))}]\n\n{body}\n"
        )

    def _summary_of(self, module: str) -> str:
        """What is in a module, in a sentence."""
        domain, _, name = module.rpartition(".")
        shared = self.overlay.modules.get(domain, {}).get(name)
        if shared is not None:
            return str(shared["summary"])
        (operation,) = (
            each.name for each in self.service.operations.values() if each.method == name
        )
        return f"{operation}: its request, its response, and what they alone are made of."

    def _structure(
        self,
        structure: Structure,
        operation: Operation | None,
        listing: tuple[Operation, Page] | None,
    ) -> str:
        role = role_of(structure, self.service)
        base = self.overlay.corrections["bases"].get(structure.name)
        inherited = set(base["members"]) if base else set()
        bases = self._bases(structure, role, operation, base, is_page=listing is not None)
        lines = [f"class {structure.name}({bases}):"]
        lines.append(self._class_docstring(structure, role, operation))
        if operation is not None:
            lines += [
                f"    operation: ClassVar[str] = {quoted(operation.name)}",
                f"    method: ClassVar[str] = {quoted(operation.method)}",
                f"    response_type: ClassVar[type[Response]] = {operation.response.name}",
                "",
            ]
        lines += [
            self._field(structure, member, operation)
            for member in required_first(structure.members)
            if member.name not in inherited
        ]
        if operation is not None and (page := self.overlay.page(operation.name)) is not None:
            lines.append(self._page_methods(operation, page))
        if listing is not None:
            lines.append(self._iteration(*listing))
        return "\n".join(lines) + "\n"

    def _bases(
        self,
        structure: Structure,
        role: str,
        operation: Operation | None,
        base: Mapping[str, Any] | None,
        *,
        is_page: bool,
    ) -> str:
        if operation is not None:
            page = self.overlay.page(operation.name)
            response = operation.response.name
            kind = (
                f"Request[{response}]"
                if page is None
                else f"PagedRequest[{response}, {self._item_class(operation, page)}]"
            )
            return f"RequestModel, {kind}, frozen=True"
        if base is not None and base["members"]:
            return f"{base['class']}, frozen=True"
        # A base without members is no model, but methods beside one.
        mixin = f"{base['class']}, " if base is not None else ""
        if role == "response":
            return f"{mixin}{'PagedResponse' if is_page else 'Response'}, frozen=True"
        names = {(True, True): "InputOutputModel", (True, False): "InputModel"}
        model = names.get((structure.sent, structure.answered), "OutputModel")
        return f"{mixin}{model}, frozen=True"

    def _class_docstring(self, structure: Structure, role: str, operation: Operation | None) -> str:
        summary = self.overlay.summary(structure.name) or f"{structure.name}, of Rekognition's API."
        attributes = [
            (self._field_name(structure, member), self._told(structure, member, role, operation))
            for member in required_first(structure.members)
        ]
        return docstring(
            summary,
            self.overlay.details(structure.name),
            {"Attributes": [pair for pair in attributes if pair[1]]},
            indent=4,
        )

    def _field(self, structure: Structure, member: Member, operation: Operation | None) -> str:
        hidden = member.name in self.overlay.corrections["hidden"]["members"]
        arguments = [f"alias={quoted(member.name)}", *(["repr=False"] if hidden else [])]
        if not structure.sent:
            annotation, markers, default = self._answered_field(member.type)
        elif self._makes_token(member, operation):
            annotation, markers, default = "str", ["NEW_IF_NONE"], ""
            arguments.append("default_factory=new_client_request_token")
            arguments += self._constraints(member.type)
        else:
            annotation, markers = self._sent_field(structure, member, operation)
            default = "" if member.required else " = None"
            arguments += self._constraints(member.type)
        extra = "".join(f", {marker}" for marker in markers)
        name = self._field_name(structure, member)
        return f"    {name}: Annotated[{annotation}, Field({', '.join(arguments)}){extra}]{default}"

    def _answered_field(self, kind: Type) -> tuple[str, list[str], str]:
        """The type, the markers and the default of what the service answers with."""
        if kind.kind == "list":
            return self._answered(kind), ["WIRE_LIST"], " = ()"
        if markers := self._json_type(kind):
            return f"{self._answered(kind)} | None", markers, " = None"
        markers = ["BASE64"] if kind.kind == "blob" else []
        return f"{self._answered_item(kind)} | None", markers, " = None"

    def _sent_field(
        self, structure: Structure, member: Member, operation: Operation | None
    ) -> tuple[str, list[str]]:
        """The type and the markers of what a caller sends."""
        kind, shared = member.type, structure.answered
        annotation = (
            self._sent_item(kind, shared=True)
            if kind.values and shared
            else (self._sent_base(kind, shared=shared))
        )
        markers: list[str] = []
        if kind.kind == "list":
            markers.append("SENT_LIST")
        if kind.limits.pattern in self.overlay.corrections["patterns"]:
            markers.append(self._correction(kind.limits.pattern)["validator"])
        if kind.shape == "Image":
            markers.append("IMAGE_SOURCE")
            if operation is not None:
                limit = limits_of(operation.name).max_bytes
                if limit < ANY_OPERATION.max_bytes:
                    markers.append(f"ImageLimit({limit})")
        if kind.kind == "blob":
            markers.append("BASE64")
        if shared and self._constraints(kind):
            markers.append("CALLERS_LIMITS")
        return annotation + ("" if member.required else " | None"), markers

    def _makes_token(self, member: Member, operation: Operation | None) -> bool:
        return (
            member.name == "ClientRequestToken"
            and operation is not None
            and operation.name in self.overlay.corrections["client_request_tokens"]["operations"]
        )

    def _sent_base(self, kind: Type, *, shared: bool) -> str:
        """The type of what a caller sends, without the limits of the value as a whole."""
        if kind.kind == "list" and kind.item is not None:
            return f"tuple[{self._sent_item(kind.item, shared=shared)}, ...]"
        if kind.kind == "map" and kind.item is not None and kind.key is not None:
            key = self._sent_item(kind.key, shared=shared)
            return f"dict[{key}, {self._sent_item(kind.item, shared=shared)}]"
        return kind.shape if kind.values else plain(kind)

    def _sent_item(self, kind: Type, *, shared: bool) -> str:
        if kind.values and shared:
            return f"Annotated[{kind.shape} | UnknownValue, OPEN_ENUM]"
        base = self._sent_base(kind, shared=shared)
        constraints = self._constraints(kind)
        extra = [f"Field({', '.join(constraints)})"] if constraints else []
        if kind.limits.pattern in self.overlay.corrections["patterns"]:
            extra.append(self._correction(kind.limits.pattern)["validator"])
        if constraints and shared:
            extra.append("CALLERS_LIMITS")
        return f"Annotated[{base}, {', '.join(extra)}]" if extra else base

    def _correction(self, pattern: str | None) -> Mapping[str, str]:
        entry: Mapping[str, str] = self.overlay.corrections["patterns"][pattern]
        return entry

    def _constraints(self, kind: Type) -> list[str]:
        limits = kind.limits
        if kind.values or kind.kind in {"structure", "timestamp"}:
            return []
        if kind.kind == "boolean":
            return ["strict=True"]
        names = ("min_length", "max_length")
        arguments: list[str] = []
        if kind.kind in INTEGERS | FLOATS:
            names = ("ge", "le")
            arguments.append("strict=True")
            if kind.kind in FLOATS:
                arguments.append("allow_inf_nan=False")
        if kind.kind in {"blob", "string"}:
            arguments.append("strict=True")
        arguments += [
            f"{name}={number(value)}"
            for name, value in zip(names, (limits.least, limits.most), strict=True)
            if value is not None and not (name == "min_length" and value == 0)
        ]
        if limits.pattern is not None:
            corrections = self.overlay.corrections["patterns"]
            if limits.pattern in corrections:
                pattern = corrections[limits.pattern]["pattern"]
            else:
                pattern = f"^(?:{limits.pattern.removeprefix('^').removesuffix('$')})$"
            arguments.append(f"pattern={raw(translated(pattern))}")
        return arguments

    def _page_methods(self, operation: Operation, page: Page) -> str:
        item = self._item_class(operation, page)
        items = f"page.{self._items_field(operation, page)}"
        if page.job:
            items = f"results_of_job(self.operation, page, {items})"
        if not page.key:
            key = "item" if item == "str" else "item.model_dump_json()"
        else:
            fields = [snake(name) for name in page.key]
            optional = page.item is None
            parts = [f"item.{name} or ''" if optional else f"item.{name}" for name in fields]
            key = parts[0] if len(parts) == 1 else f"'\\n'.join(({', '.join(parts)}))"
        return textwrap.indent(
            f"\ndef items_of(self, page: {operation.response.name}) -> Sequence[{item}]:\n"
            f'    """The {page.noun}."""\n'
            f"    return {items}\n\n"
            f"def key_of(self, item: {item}) -> str:\n"
            '    """What tells an item from others."""\n'
            f"    return {key}\n",
            "    ",
        )

    def _iteration(self, operation: Operation, page: Page) -> str:
        item = self._item_class(operation, page)
        return textwrap.indent(
            f"\ndef __iter__(self) -> Iterator[{item}]:"
            "  # type: ignore[override] # Pydantic's gives the fields\n"
            f'    """The {page.noun}."""\n'
            f"    return iter(self.{self._items_field(operation, page)})\n",
            "    ",
        )
