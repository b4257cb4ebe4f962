"""The code of the README and of the documentation's pages, as tests run it."""

import ast
import inspect
import re
from typing import Any


def blocks(language: str, text: str) -> list[str]:
    """The code blocks of a language in Markdown, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


async def execute(code: str, page: str, namespace: dict[str, Any]) -> None:
    """Runs a block, which may await at its top level."""
    compiled = compile(code, page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    result = eval(compiled, namespace)  # noqa: S307 - the pages' own code
    if inspect.isawaitable(result):
        await result
