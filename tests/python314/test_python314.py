"""All models on Python 3.14, as WebAssembly in Node; nothing else was run on it."""

import json
import shutil
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

from model_strategies import service_model, specimen
from support import need, run

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
WHEELS = HERE / "wheels"


def documents() -> dict[str, str]:
    """An answer of each operation, with all of its members."""
    model = service_model()
    shapes = {name: model.operation_model(name).output_shape for name in model.operation_names}
    return {
        name: json.dumps(specimen(shape, 7)) for name, shape in shapes.items() if shape is not None
    }


async def test_models_are_the_same_on_python_3_14(tmp_path: Path) -> None:
    """Python 3.14 loads every model without a warning, and has the schemas and readings of 3.11."""
    need("pyodide", (HERE / "node_modules").is_dir(), "npm install has not been run in python314")
    core = list(WHEELS.glob(f"pydantic_core-{version('pydantic-core')}-*pyemscripten*.whl"))
    need("pyodide", core, "pip download has not been run in python314")
    packages = tmp_path / "packages"
    for wheel in WHEELS.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(packages)
    shutil.copytree(
        ROOT / "rekognition_async",
        packages / "rekognition_async",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copy(HERE / "models_digest.py", packages)
    asked = tmp_path / "documents.json"
    asked.write_text(json.dumps(documents()))

    there = json.loads(await run("node", HERE / "digest.mjs", tmp_path))
    here = json.loads(await run(sys.executable, "-W", "error", HERE / "models_digest.py", asked))

    assert there.pop("python") == "3.14"
    del here["python"]
    assert there == here
    assert len(here["names"]) > 300
    assert len(here["documents"]) == len(documents()) > 70
