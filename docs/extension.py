"""What autodoc lacks for this package.

An attribute is shown as a reader wants it: its name, its type without Pydantic's annotations, its
default, and what the class says of it. A name in a signature is that of the source, and found
wherever it is documented. Something public that no page documents is warned of, and so is a field
that its class does not tell of: with ``-W``, the build fails.

Beside the pages, the build writes ``llms.txt`` (https://llmstxt.org), which tells language
models what there is to read, with the Markdown of the guides.
"""

from __future__ import annotations

import ast
import builtins
import dataclasses
import functools
import importlib
import inspect
import re
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from docutils import nodes
from pydantic import BaseModel
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from rekognition_async import Outcome, RekognitionClient

logger: Final = logging.getLogger(__name__)

PUBLIC: Final = (
    "rekognition_async",
    "rekognition_async.emulator",
    "rekognition_async.errors",
    "rekognition_async.models",
    "rekognition_async.telemetry",
)
# What a name of ours stands for, in Python's own words.
PLAIN: Final = {
    "AwareDatetime": "datetime",
    "Blob": "bytes",
    "JsonObject": "dict[str, Any]",
    "NonNegativeInt": "int",
    "_Bytes": "bytes",
}
SHOWN_DEFAULTS: Final = (bool, float, int, str, tuple, type(None))


def setup(app: Sphinx) -> dict[str, Any]:
    """Takes its part in the build."""
    # Before Napoleon, which would show attributes in its own way.
    app.connect("autodoc-process-docstring", write_attributes, priority=400)
    app.connect("autodoc-process-signature", cut_signature)
    app.connect("doctree-read", look_everywhere)
    app.connect("env-check-consistency", report_undocumented)
    app.connect("build-finished", write_llms_txt)
    return {"parallel_read_safe": True}


def write_attributes(
    _app: Sphinx, what: str, name: str, documented: Any, _options: Any, lines: list[str]
) -> None:
    """Puts a directive for each attribute in the place of a docstring's Attributes section."""
    if what == "module":
        # Its page says what it is for.
        lines.clear()
    if not inspect.isclass(documented):
        return
    silent = {field for field in _defaults(documented) if not field.startswith("_")}
    silent -= _told_by_bases(documented)
    begin = lines.index("Attributes:") if "Attributes:" in lines else len(lines)
    section = lines[begin + 1 :]
    end = next((at for at, line in enumerate(section) if re.match(r"\S", line)), len(section))
    written: list[str] = []
    for line in section[:end]:
        named = re.match(r" {4}(\w+): (.*)", line)
        if named:
            silent.discard(named[1])
            written += ["", *_attribute(documented, named[1]), "", f"   {named[2]}"]
        elif line.strip():
            written.append(f"   {line.strip()}")
    for field in sorted(silent):
        logger.warning("%s tells nothing of its field %s", name, field)
    lines[begin:] = [*written, "", *section[end:]]


def _attribute(cls: type, name: str) -> Iterator[str]:
    yield f".. attribute:: {name}"
    yield "   :no-contents-entry:"
    annotations = [found[name] for base in cls.__mro__ if name in (found := _annotations(base))]
    if annotations:
        yield f"   :type: {ast.unparse(_Plain().visit(annotations[0]))}"
    default = _defaults(cls).get(name, ...)
    if isinstance(default, SHOWN_DEFAULTS):
        yield f"   :value: {default!r}"


@functools.cache
def _annotations(cls: type) -> dict[str, ast.expr]:
    """The annotations of a class as they are written, with the names that they give to types."""
    if not cls.__module__.startswith(f"{PUBLIC[0]}."):
        return {}
    (written,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    if not isinstance(written, ast.ClassDef):
        raise TypeError(f"{cls} is written by no class statement")
    return {
        statement.target.id: statement.annotation
        for statement in written.body
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
    }


class _Plain(ast.NodeTransformer):
    """Takes away what is not for readers."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """``Annotated[T, ...]`` is T."""
        if isinstance(node.value, ast.Name) and node.value.id == "Annotated":
            if not isinstance(node.slice, ast.Tuple):
                raise ValueError("Annotated takes several arguments")
            plain: ast.AST = self.visit(node.slice.elts[0])
            return plain
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """A name of ours becomes Python's."""
        return ast.Name(PLAIN.get(node.id, node.id))


def _defaults(cls: Any) -> dict[str, Any]:
    if issubclass(cls, BaseModel):
        return {name: field.default for name, field in cls.model_fields.items()}
    if dataclasses.is_dataclass(cls):
        return {field.name: field.default for field in dataclasses.fields(cls)}
    if _is_named_tuple(cls):
        return {name: cls._field_defaults.get(name, ...) for name in cls._fields}
    return {}


def _told_by_bases(cls: Any) -> set[str]:
    """The fields of an outcome that its base's entry on the same page tells of."""
    if not issubclass(cls, Outcome):
        return set()
    return {name for base in cls.__mro__[1:] for name in _defaults(base)}


def _is_named_tuple(cls: Any) -> bool:
    return issubclass(cls, tuple) and hasattr(cls, "_field_defaults")


def cut_signature(
    _app: Sphinx,
    what: str,
    _name: str,
    documented: Any,
    options: Any,
    signature: str | None,
    _returns: str | None,
) -> tuple[str, None] | None:
    """Leaves out the signature of a class that lists its attributes, or that readers never make."""
    if what not in {"class", "exception"} or not signature:
        return None
    lists_attributes = (
        issubclass(documented, BaseModel)
        or dataclasses.is_dataclass(documented)
        or _is_named_tuple(documented)
    )
    if lists_attributes or options.get("class_doc_from") != "both":
        return "", None
    return None


def look_everywhere(_app: Sphinx, doctree: nodes.document) -> None:
    """Lets names in signatures be found in other modules than the one they are written in."""
    for reference in doctree.findall(addnodes.pending_xref):
        if reference["refdomain"] != "py":
            continue
        if hasattr(builtins, reference["reftarget"]):
            # It is Python's, and not a field of some model that is called the same.
            reference.attributes.pop("refspecific", None)
        else:
            reference["refspecific"] = True


def report_undocumented(_app: Sphinx, environment: BuildEnvironment) -> None:
    """Warns of everything public that has no entry in the reference."""
    entries = environment.domains.python_domain.objects
    for names in _public():
        if not any(name in entries for name in names):
            logger.warning("%s is public, and on no page of the reference", names[0])


def _public() -> Iterator[list[str]]:
    """The names of each public thing: where it is exported, and where it is defined."""
    for module in map(importlib.import_module, PUBLIC):
        for name in module.__all__:
            exported = getattr(module, name)
            home = getattr(exported, "__module__", None)
            yield [f"{module.__name__}.{name}", *([f"{home}.{name}"] if home else [])]
    for name in dir(RekognitionClient):
        if not name.startswith("_"):
            yield [f"rekognition_async.RekognitionClient.{name}"]


def write_llms_txt(app: Sphinx, exception: Exception | None) -> None:
    """Lists all pages as llms.txt does it, by the captions and in the order of the first page."""
    if exception is not None or app.builder.name != "html":
        return
    front = app.env.get_doctree(app.config.root_doc)
    lines = [f"# {app.config.project}", "", f"> {_first_paragraph(front)}"]
    for tree in front.findall(addnodes.toctree):
        lines += ["", f"## {tree['caption']}", ""]
        lines += [_link(app, docname) for docname in _pages_below(app.env, tree)]
    (Path(app.outdir) / "llms.txt").write_text("\n".join([*lines, ""]), encoding="utf-8")


def _pages_below(environment: BuildEnvironment, tree: addnodes.toctree) -> Iterator[str]:
    for docname in tree["includefiles"]:
        yield docname
        for inner in environment.get_doctree(docname).findall(addnodes.toctree):
            yield from _pages_below(environment, inner)


def _link(app: Sphinx, docname: str) -> str:
    """A line about a page, with a copy of its Markdown to read where it is written in that."""
    source = Path(app.env.doc2path(docname))
    target = app.builder.get_target_uri(docname)
    if source.suffix == ".md":
        target = f"{docname}.md"
        copy = Path(app.outdir) / target
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
    title = app.env.titles[docname].astext()
    # Resolved, for the titles of the pages that it names.
    page = app.env.get_and_resolve_doctree(docname, app.builder, tags=app.tags)
    first_sentence = re.split(r"(?<=\.)\s", _first_paragraph(page), maxsplit=1)[0]
    return f"- [{title}]({target}): {first_sentence}"


def _first_paragraph(doctree: nodes.document) -> str:
    return next((" ".join(each.astext().split()) for each in doctree.findall(nodes.paragraph)), "")
