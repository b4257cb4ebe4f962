"""The overlay: domains, corrections and docstrings, as data, held against the service model."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from botocore import xform_name

from codegen.read import COMMON, Operation, Service, Structure, Used
from rekognition_async.pictures.limits import OWN_LIMITS

FOLDER: Final = Path(__file__).parent / "overlay"

_KEYS: Final = {
    "operation": frozenset({"summary", "details", "returns", "raises"}),
    "structure": frozenset({"summary", "details", "members"}),
}


class OverlayError(Exception):
    """An entry of the overlay matches nothing in the service model."""


@dataclass(frozen=True)
class Page:
    """How an operation that pages becomes an iterator."""

    iterator: str
    items: str
    key: list[str]
    noun: str
    job: bool = False
    item: Mapping[str, str] | None = None

    @property
    def wait(self) -> str | None:
        """The method that waits for the job whose results these are; None where there is none."""
        return self.iterator.replace("iter_", "wait_for_", 1) if self.job else None


@dataclass
class Overlay:
    """All that the generator knows beside the service model."""

    domains: dict[str, dict[str, Any]] = field(default_factory=dict)
    modules: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    corrections: dict[str, Any] = field(default_factory=dict)
    terms: dict[str, dict[str, str]] = field(default_factory=dict)
    operations: dict[str, dict[str, Any]] = field(default_factory=dict)
    shapes: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Overlay:
        """Reads all of its files."""
        overlay = cls(
            domains=_read(folder / "domains.toml"),
            modules=_read(folder / "modules.toml"),
            corrections=_read(folder / "corrections.toml"),
            terms=_read(folder / "docs" / "terms.toml"),
        )
        for name in sorted([*overlay.domains, COMMON]):
            path = folder / "docs" / f"{name}.toml"
            if path.exists():
                written = _read(path)
                overlay.operations |= written.get("operations", {})
                overlay.shapes |= written.get("shapes", {})
        return overlay

    @property
    def domain_of(self) -> dict[str, str]:
        """The domain of each operation."""
        return {
            operation: name
            for name, domain in self.domains.items()
            for operation in domain["operations"]
        }

    def summary_of(self, domain: str) -> str:
        """What a domain is about, in a sentence."""
        text: str = self.domains.get(domain, {}).get(
            "summary", "Structures that operations of several domains share."
        )
        return text

    def module_of(self, name: str, used: Used) -> str:
        """The module that defines a structure or an enumeration, as in ``images.detect_labels``."""
        if used.operation is not None:
            return f"{used.domain}.{xform_name(used.operation)}"
        (module,) = (
            module for module, entry in self.modules[used.domain].items() if name in entry["names"]
        )
        return f"{used.domain}.{module}"

    def written_by_hand(self, service: Service, domain: str) -> list[str]:
        """The classes of a domain that are not generated."""
        pages = {
            name: self.page(name) for name in self.domains.get(domain, {}).get("operations", [])
        }
        classes = [page.item["class"] for page in pages.values() if page and page.item]
        for name, view in self.corrections["views"].items():
            if any(
                part.shape == name
                for structure in service.structures.values()
                if structure.domain == domain
                for member in structure.members
                for part in member.type.mentioned()
            ):
                classes += view["classes"]
        return classes

    def page(self, operation: str) -> Page | None:
        """How an operation pages, if it does."""
        entry: dict[str, Any] | None = self.corrections["pages"].get(operation)
        return None if entry is None else Page(**entry)

    def field_name(self, structure: str, member: str, default: str) -> str:
        """The Python name of a member."""
        name: str = self.corrections["fields"].get(f"{structure}.{member}", default)
        return name

    def summary(self, shape: str) -> str:
        """The first sentence about a structure; empty where nothing is written."""
        text: str = self.shapes.get(shape, {}).get("summary", "")
        return text

    def details(self, shape: str) -> str:
        """What else there is to say about a structure."""
        text: str = self.shapes.get(shape, {}).get("details", "")
        return text

    def member_text(self, structure: Structure, member: str, role: str) -> str:
        """What a member is: its own words, or those of the terms; empty where there are none."""
        own: dict[str, str] = self.shapes.get(structure.name, {}).get("members", {})
        return own.get(member) or self.terms[role].get(member, "")

    def check(self, service: Service) -> None:
        """Holds each entry against the service model.

        Raises:
            OverlayError: Entries match nothing, or a part of the model has no domain.
        """
        problems = [*self._strangers(service), *self._gaps(service)]
        if problems:
            raise OverlayError("the overlay and the service model differ:\n" + "\n".join(problems))

    def _strangers(self, service: Service) -> Iterable[str]:
        yield from self._strangers_in_docs(service)
        yield from self._unknown_keys()
        yield from self._strangers_in_terms(service)
        yield from self._strangers_in_modules(service)
        yield from self._strangers_in_pages(service)
        yield from self._strangers_in_corrections(service)
        operations = service.operations
        with_image = [
            name
            for name, operation in operations.items()
            if _has_member(service, operation.request.name, "Image")
        ]
        with_token = [
            name
            for name, operation in operations.items()
            if _has_member(service, operation.request.name, "ClientRequestToken")
        ]
        paging = [name for name, operation in operations.items() if _pages(operation)]
        named = {
            "pictures/limits.py": (OWN_LIMITS, with_image),
            "pages": (self.corrections["pages"], paging),
            "client_request_tokens": (
                self.corrections["client_request_tokens"]["operations"],
                with_token,
            ),
        }
        for place, (names, fitting) in named.items():
            for name in names:
                if name not in fitting:
                    yield f"{name} is no operation that fits in {place}"

    def _strangers_in_docs(self, service: Service) -> Iterable[str]:
        for name in {*self.domain_of, *self.operations} - service.operations.keys():
            yield f"no operation {name}"
        for name, entry in self.operations.items():
            known = service.operations[name].errors if name in service.operations else ()
            for error in entry.get("raises", {}):
                if error not in known:
                    yield f"{name} has no error {error}"
        for name, entry in self.shapes.items():
            if name not in service.structures:
                yield f"no structure {name}"
            for member in entry.get("members", {}):
                if not _has_member(service, name, member):
                    yield f"no member {name}.{member}"

    def _unknown_keys(self) -> Iterable[str]:
        for kind, entries in {"operation": self.operations, "structure": self.shapes}.items():
            for name, entry in entries.items():
                for key in entry.keys() - _KEYS[kind]:
                    yield f"{kind} {name} has an unknown {key}"

    def _strangers_in_terms(self, service: Service) -> Iterable[str]:
        taken = {
            (role_of(structure, service), member.name)
            for structure in service.structures.values()
            for member in structure.members
            if member.name not in self.shapes.get(structure.name, {}).get("members", {})
        }
        for role, terms in self.terms.items():
            for name in terms:
                if (role, name) not in taken:
                    yield f"no {role} takes the term {name}"

    def _strangers_in_modules(self, service: Service) -> Iterable[str]:
        for domain, modules in self.modules.items():
            for module, entry in modules.items():
                for name in entry["names"]:
                    used = service.defined.get(name)
                    if used is None or used.operation is not None or used.domain != domain:
                        yield f"operations of {domain} share no {name}, in modules {module}"

    def _strangers_in_pages(self, service: Service) -> Iterable[str]:
        for name, operation in service.operations.items():
            page = self.page(name)
            if page is None or page.item is not None:
                continue
            items = {member.name: member.type.item for member in operation.response.members}
            item = items.get(page.items)
            if item is None:
                yield f"{name} answers with no list {page.items}, in pages"
                continue
            for member in page.key:
                if not _has_member(service, item.shape, member):
                    yield f"no member {item.shape}.{member}, in pages"

    def _strangers_in_corrections(self, service: Service) -> Iterable[str]:
        places = [place.split(".") for place in self.corrections["fields"]]
        places += [
            [name, member]
            for name, entry in self.corrections["bases"].items()
            for member in entry["members"]
        ]
        for name, member in places:
            if not _has_member(service, name, member):
                yield f"no member {name}.{member}, in fields or bases"
        patterns = {
            part.limits.pattern
            for structure in service.structures.values()
            for member in structure.members
            for part in member.type.mentioned()
        }
        lists = {
            part.shape
            for structure in service.structures.values()
            for member in structure.members
            for part in member.type.mentioned()
        }
        for name in self.corrections["views"].keys() - lists:
            yield f"no list {name}, in views"
        for pattern in self.corrections["patterns"]:
            if pattern not in patterns:
                yield f"no pattern {pattern}"
        for member in self.corrections["hidden"]["members"]:
            if not any(_has_member(service, name, member) for name in service.structures):
                yield f"no member {member} anywhere, in hidden"

    def _gaps(self, service: Service) -> Iterable[str]:
        for name, used in service.defined.items():
            entries = self.modules.get(used.domain, {}).values()
            homes = sum(name in entry["names"] for entry in entries)
            if used.operation is None and homes != 1:
                yield f"{name}, which operations of {used.domain} share, is in {homes} modules"
        for name in service.operations.keys() - self.domain_of.keys():
            yield f"operation {name} has no domain"
        for name, operation in service.operations.items():
            if _pages(operation) and name not in self.corrections["pages"]:
                yield f"operation {name} pages, and is not in pages"
            tokens = self.corrections["client_request_tokens"]["operations"]
            if _has_member(service, operation.request.name, "ClientRequestToken") and (
                name not in tokens
            ):
                yield f"operation {name} takes a ClientRequestToken, and is not listed"

    def undocumented(self, service: Service) -> list[str]:
        """What has no words of its own yet."""
        missing = [
            f"operation {name}"
            for name in service.operations
            if not {"summary", "returns"} <= self.operations.get(name, {}).keys()
        ]
        for structure in service.structures.values():
            role = role_of(structure, service)
            if not self.summary(structure.name):
                missing.append(f"structure {structure.name}")
            missing += [
                f"member {structure.name}.{member.name}"
                for member in structure.members
                if not self.member_text(structure, member.name, role)
            ]
        return sorted(missing)


def role_of(structure: Structure, service: Service) -> str:
    """Whether a structure is a request, a response, or a record in some."""
    for operation in service.operations.values():
        if structure is operation.request:
            return "request"
        if structure is operation.response:
            return "response"
    return "record"


def _pages(operation: Operation) -> bool:
    return any(member.name == "NextToken" for member in operation.request.members)


def _has_member(service: Service, structure: str, member: str) -> bool:
    found = service.structures.get(structure)
    return found is not None and any(each.name == member for each in found.members)


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
