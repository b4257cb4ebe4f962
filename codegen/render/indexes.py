"""What stands across the domains: the indexes, and the code that only type checkers read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from codegen.render.names import Names
from codegen.render.text import HEADER, PACKAGE, mixin_name, quoted

LAZY: Final = f"{PACKAGE}.models.lazy"
HAND_WRITTEN: Final = {
    "PagedRequest": f"{PACKAGE}.operation",
    "PagedResponse": f"{PACKAGE}.operation",
    "Request": f"{PACKAGE}.operation",
    "Response": f"{PACKAGE}.operation",
    "UnknownValue": f"{PACKAGE}.values",
}
"""What stands behind the models, is imported from beside them, and where it is."""


class Indexes(Names):
    """Renders the indexes of models and operations, and the test of types."""

    def _typing_test(self) -> str:
        parts = []
        for operation in sorted(self.service.operations.values(), key=lambda each: each.method):
            response = operation.response.name
            lines = [
                f"async def {operation.method}(",
                f"    client: RekognitionClient, request: models.{operation.request.name}",
                ") -> None:",
                f'    """What {operation.name} answers, through send and through its method."""',
                f"    assert_type(await client.send(request), models.{response})",
                f"    method = client.{operation.method}",
                "    parameters: Any = {}",
                f"    assert_type(await method(**parameters), models.{response})",
            ]
            page = self.overlay.page(operation.name)
            if page is not None:
                item = self._item_class(operation, page)
                item = item if item == "str" else f"models.{item}"
                lines += [
                    f"    listing = client.{page.iterator}(**parameters)",
                    f"    assert_type(listing, Paginator[models.{response}, {item}])",
                ]
                if page.wait is not None:
                    lines += [
                        f"    results = await client.{page.wait}(**parameters)",
                        f"    assert_type(results, Paginator[models.{response}, {item}])",
                    ]
            parts.append("\n".join(lines) + "\n")
        body = "\n\n".join(parts)
        return (
            f'{HEADER}"""What type checkers infer of all operations; never run."""\n\n'
            "from typing import Any, assert_type\n\n"
            f"from {PACKAGE} import Paginator, RekognitionClient, models\n\n\n{body}"
        )

    def _models_index(self) -> str:
        bases = {entry["class"] for entry in self.overlay.corrections["bases"].values()}
        homes = {name: home for name, home in self._homes().items() if name not in bases}
        summary = (
            "The models of every operation: what is asked, what is answered, and the "
            "records in it.\n\nBeside them are the bases of requests and responses, and "
            "`UnknownValue`. A module is\nloaded when a name of it is first used.\n"
        )
        return _lazy_index(f"{PACKAGE}.models", summary, homes | HAND_WRITTEN)

    def _domain_index(self, domain: str) -> str:
        """The names of a domain, each in the module of an operation or of what several share."""
        package = f"{PACKAGE}.models.{domain}"
        homes = {
            name: home for name, home in self._homes().items() if home.startswith(f"{package}.")
        }
        return _lazy_index(package, self.overlay.summary_of(domain), homes)

    def _operations_index(self, domains: Iterable[str]) -> str:
        names = {domain: mixin_name(domain) for domain in domains}
        imports = "\n".join(
            f"from {PACKAGE}.operations.{domain} import {name}" for domain, name in names.items()
        )
        return (
            f'{HEADER}"""The client\'s methods, a module a domain; each is one request through '
            '``send``."""\n\n'
            f"{imports}\n\n__all__ = ['AllOperations']\n\n\n"
            f"class AllOperations({', '.join(names.values())}):\n"
            '    """Every operation of Rekognition."""\n'
        )


def _lazy_index(package: str, summary: str, homes: Mapping[str, str]) -> str:
    """A package that has names of its modules, each loaded when a name of it is first used."""
    by_module: dict[str, list[str]] = {}
    for name, home in sorted(homes.items()):
        by_module.setdefault(home, []).append(name)
    imports = "\n".join(
        f"    from {home} import {', '.join(names)}" for home, names in by_module.items()
    )
    table = ", ".join(
        f"{quoted(name)}: {quoted(_relative(home, package))}"
        for name, home in sorted(homes.items())
    )
    names = ", ".join(map(quoted, sorted(homes)))
    return (
        f'{HEADER}"""{summary}"""\n\n'
        f"from typing import TYPE_CHECKING\n\nfrom {LAZY} import lazy_names\n\n"
        f"if TYPE_CHECKING:\n{imports}\n\n__all__ = [{names}]\n\n"
        f"_HOMES = {{{table}}}\n\n"
        "if not TYPE_CHECKING:\n"
        "    __getattr__, __dir__ = lazy_names(__name__, _HOMES)\n"
    )


def _relative(home: str, package: str) -> str:
    """A module's name as seen from a package of models."""
    if home.startswith(f"{package}."):
        return home.removeprefix(package)
    return f"..{home.removeprefix(f'{PACKAGE}.')}"
