"""``python -m codegen`` writes the generated files; ``--check`` says what differs instead."""

from __future__ import annotations

import argparse
import ast
import difflib
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from codegen import pages, permissions
from codegen.overlay import Overlay, OverlayError
from codegen.read import read
from codegen.render import HEADER, PACKAGE, Renderer

ROOT: Final = Path(__file__).parents[1]
# Where generated files are, and how each begins.
FOLDERS: Final = {
    f"{PACKAGE}/models": HEADER,
    f"{PACKAGE}/operations": HEADER,
    pages.FOLDER: pages.HEADER,
    "docs": permissions.HEADER,
}


def generate() -> dict[str, str]:
    """The generated files as they should be, by their path from the project's folder."""
    overlay = Overlay.load()
    service = read(overlay.domain_of)
    overlay.check(service)
    modules = _laid_out(Renderer(service, overlay, _error_summaries()).modules())
    texts = pages.Pages(service, overlay).sources() | permissions.table(service, overlay)
    return modules | texts


def _error_summaries() -> dict[str, str]:
    """What each error class says of itself; read, since the package may not import as it is."""
    tree = ast.parse((ROOT / PACKAGE / "errors.py").read_text(encoding="utf-8"))
    return {
        node.name: (ast.get_docstring(node) or "").partition("\n")[0]
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }


def _laid_out(sources: dict[str, str]) -> dict[str, str]:
    """Sorts imports and formats, by the project's own settings."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, source in sources.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(source, encoding="utf-8")
        settings = ["--quiet", "--no-cache", "--config", str(ROOT / "pyproject.toml")]
        settings += ["--config", f'lint.isort.known-first-party = ["{PACKAGE}"]']
        for command in (["check", "--select", "I", "--fix"], ["format"]):
            subprocess.run(  # noqa: S603 - ruff, with our own arguments
                [sys.executable, "-m", "ruff", *command, *settings, str(folder)], check=True
            )
        return {path: (folder / path).read_text(encoding="utf-8") for path in sources}


def _differences(wanted: dict[str, str]) -> list[str]:
    lines: list[str] = []
    for path, source in wanted.items():
        target = ROOT / path
        written = target.read_text(encoding="utf-8") if target.exists() else ""
        lines += difflib.unified_diff(
            written.splitlines(), source.splitlines(), path, "generated", lineterm=""
        )
    for folder, header in FOLDERS.items():
        for target in sorted((ROOT / folder).rglob("*.*")):
            path = target.relative_to(ROOT).as_posix()
            if target.suffix not in {".py", ".rst"}:
                continue
            if target.read_text(encoding="utf-8").startswith(header) and path not in wanted:
                lines.append(f"{path} is generated no more")
    return lines


def main() -> int:
    """Writes or checks, and returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m codegen", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; say what differs")
    arguments = parser.parse_args()
    try:
        wanted = generate()
    except OverlayError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if arguments.check:
        lines = _differences(wanted)
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        return 1 if lines else 0
    for path, source in wanted.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(source, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
