"""What stands across the domains: the indexes, and the code that only type checkers read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from codegen.render.names import Names
from codegen.render.text import HEADER, PACKAGE, mixin_name, quoted

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
        homes |= HAND_WRITTEN
        by_module: dict[str, list[str]] = {}
        for name, home in sorted(homes.items()):
            by_module.setdefault(home, []).append(name)
        imports = "\n".join(
            f"    from {home} import {', '.join(names)}" for home, names in by_module.items()
        )
        table = ", ".join(
            f"{quoted(name)}: {quoted(_relative(home))}" for name, home in sorted(homes.items())
        )
        names = ", ".join(map(quoted, sorted(homes)))
        return (
            f'{HEADER}"""The models of every operation: what is asked, what is answered, and the '
            "records in it.\n\nBeside them are the bases of requests and responses, and "
            "`UnknownValue`. A module is\nloaded when a name of it is first used.\n"
            '"""\n\n'
            "from importlib import import_module\nfrom typing import TYPE_CHECKING, Any\n\n"
            f"if TYPE_CHECKING:\n{imports}\n\n__all__ = [{names}]\n\n"
            f"_HOMES = {{{table}}}\n\n\n"
            "def __getattr__(name: str) -> Any:\n"
            "    home = _HOMES.get(name)\n"
            "    if home is None:\n"
            "        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')\n"
            "    value = getattr(import_module(home, __name__), name)\n"
            "    globals()[name] = value\n"
            "    return value\n\n\n"
            "def __dir__() -> list[str]:\n"
            "    return sorted([*globals(), *__all__])\n"
        )

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


def _relative(home: str) -> str:
    """A module's name as seen from the models' package."""
    _, _, module = home.rpartition(f"{PACKAGE}.models.")
    return f".{module}" if module != home else f"..{home.removeprefix(f'{PACKAGE}.')}"
