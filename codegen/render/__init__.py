"""The source of the generated modules; ruff lays it out afterwards."""

from __future__ import annotations

from codegen.read import COMMON
from codegen.render.bulk import MethodsInBulk
from codegen.render.indexes import Indexes
from codegen.render.models import Models
from codegen.render.text import HEADER, PACKAGE, mixin_name

__all__ = ["HEADER", "PACKAGE", "Renderer", "mixin_name"]


class Renderer(Models, MethodsInBulk, Indexes):
    """Renders the modules of a service."""

    def modules(self) -> dict[str, str]:
        """The source of each module, by its path from the project's folder."""
        domains = sorted(self.overlay.domains)
        models, operations = f"{PACKAGE}/models", f"{PACKAGE}/operations"
        sources = {
            f"{models}/{module.replace('.', '/')}.py": source
            for module, source in self._models().items()
        }
        sources |= {
            f"{models}/{name}/__init__.py": self._domain_index(name) for name in [*domains, COMMON]
        }
        sources |= {f"{operations}/{name}.py": self._methods(name) for name in domains}
        sources[f"{models}/__init__.py"] = self._models_index()
        sources[f"{operations}/images_in_bulk.py"] = self._methods_in_bulk()
        sources[f"{operations}/__init__.py"] = self._operations_index(domains)
        sources["tests/typing/operations.py"] = self._typing_test()
        return sources
