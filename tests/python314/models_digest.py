"""What the models are on this interpreter, to be compared with what they are on another.

It runs on CPython 3.11 and, in WebAssembly, on CPython 3.14: see ``test_python314.py``.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter

from rekognition_async import models
from rekognition_async.reading import read


def digest(documents: dict[str, str]) -> dict[str, Any]:
    """All names, JSON Schemas, and how a document of each operation is read.

    Args:
        documents: An answer's JSON for each operation.

    Returns:
        Of each, what can be compared as JSON.
    """
    names = {name: getattr(models, name) for name in models.__all__}
    schemas = {
        name: _hash(TypeAdapter(model).json_schema(by_alias=alias, mode=mode))
        for name, model in names.items()
        if isinstance(model, type) and issubclass(model, BaseModel)
        for alias in (False, True)
        for mode in ("validation", "serialization")
    }
    return {
        "python": ".".join(map(str, sys.version_info[:2])),
        "names": sorted(names),
        "schemas": schemas,
        "documents": {
            operation: read(names[f"{operation}Response"], document.encode()).model_dump_json()
            for operation, document in documents.items()
        },
    }


def _hash(schema: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(schema, sort_keys=True).encode()).hexdigest()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(digest(json.loads(Path(sys.argv[1]).read_text("utf-8")))))
