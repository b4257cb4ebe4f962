#!/usr/bin/env bash
# A SchemaValidator built from a changed core schema of a Pydantic model validates by the old one.
#
# The core schema of a model is copied, and in the copy the int of its field gets a lower bound of 10.
# SchemaValidator(copy) builds without an error, and takes 1: wherever the schema has a model class
# that is complete, nested or at the top, the validator that this class already has is put in its place,
# and what the schema says inside is not read. The same model-fields schema without the model around it
# is read, and refuses 1; so is a list of it.
#
# Seen with pydantic 2.14.4 and pydantic-core 2.50.5 on 2026-11-28.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pydantic==2.14.4 pydantic-core==2.50.5
"$folder/venv/bin/python" - <<'PY'
from copy import deepcopy

from pydantic import BaseModel
from pydantic_core import SchemaValidator, ValidationError, core_schema


class Face(BaseModel):
    confidence: int


changed = deepcopy(Face.__pydantic_core_schema__)
changed["schema"]["fields"]["confidence"]["schema"]["ge"] = 10


def takes(schema, value):
    try:
        SchemaValidator(schema).validate_python(value)
    except ValidationError:
        return False
    return True


one = {"confidence": 1}
seen = {
    "model": takes(changed, one),
    "list of models": takes(core_schema.list_schema(changed), [one]),
    "fields": takes(changed["schema"], one),
    "list of fields": takes(core_schema.list_schema(changed["schema"]), [one]),
}
print("takes 1 where 10 is the least:", seen)
assert seen == {"model": True, "list of models": True, "fields": False, "list of fields": False}
PY
