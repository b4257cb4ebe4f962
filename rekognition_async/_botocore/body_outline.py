"""What a body that is no answer of AWS's looks like, in words, and never what it says.

Those who read the error have to find out which proxy, mock or gateway answered, and with what.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from pydantic_core import from_json

_SIGNATURES: Final = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x78\x01": "deflate",
    b"\x78\x9c": "deflate",
    b"\x78\xda": "deflate",
    b"PK\x03\x04": "a ZIP archive",
}


def outline(body: bytes, headers: Mapping[str, str]) -> str:
    """Tells kind, declared media type and size of a body."""
    if not body:
        return "an empty body"
    kind = headers.get("content-type", "no content type").partition(";")[0]
    return f"a body that is {_form_of(body)} ({kind}, {len(body)} bytes)"


def _form_of(body: bytes) -> str:
    for signature, name in _SIGNATURES.items():
        if body.startswith(signature):
            return f"not JSON but {name}"
    encoding = json.detect_encoding(body)
    if encoding == "utf-8-sig":
        return "not JSON but begins with a byte order mark"
    if encoding != "utf-8":
        return f"not JSON but looks like {encoding[:6].upper()}"
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return "neither JSON nor UTF-8"
    return _form_of_text(text.lstrip())


def _form_of_text(text: str) -> str:
    if text.startswith("<"):
        return "not JSON but XML or HTML"
    try:
        from_json(text)
    except ValueError as error:
        breaks_off = text and str(error).startswith("EOF")
        return "JSON that breaks off" if breaks_off else "not JSON"
    return "JSON but no answer of AWS's"
