"""One virtual environment a peer, made once and kept."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.cases import AGAIN, BASE, LEAST, OURS

ROOT: Final = Path(__file__).parents[1]

# What all that stand on botocore share, so that they differ in nothing else.
_BOTOCORE: Final = ("aiobotocore==3.10.0", "botocore==1.43.117", "aiohttp==3.14.5")
_PYDANTIC: Final = "pydantic==2.14.4"

REQUIREMENTS: Final = {
    OURS: (*_BOTOCORE, _PYDANTIC),
    "aiobotocore": _BOTOCORE,
    "orjson": (*_BOTOCORE, "orjson==3.13.0"),
    "msgspec": (*_BOTOCORE, "msgspec==0.22.0"),
    "by-hand": (*_BOTOCORE, _PYDANTIC),
    "capo": ("capo-rekognition==0.11.0",),
    # It pins an aiobotocore of its own.
    "aioboto3": ("aioboto3==15.5.0",),
    BASE: (*_BOTOCORE, _PYDANTIC),
    LEAST: (*_BOTOCORE, _PYDANTIC),
}

_MODULES: Final = {
    OURS: "ours",
    "aiobotocore": "plain",
    "orjson": "with_orjson",
    "msgspec": "with_msgspec",
    "by-hand": "by_hand",
    "capo": "capo",
    "aioboto3": "through_aioboto3",
    BASE: "ours",
    LEAST: "least",
}

_SHOWN: Final = (
    "rekognition-async",
    "aiobotocore",
    "aioboto3",
    "capo-rekognition",
    "botocore",
    "aiohttp",
    "zapros",
    "pydantic",
    "orjson",
    "msgspec",
)
_STAMP: Final = "benchmarks.json"
_TELL: Final = """\
import importlib.metadata, json, sysconfig
versions = {d.metadata["Name"].lower(): d.version for d in importlib.metadata.distributions()}
print(json.dumps([versions, sysconfig.get_path("purelib")]))
"""


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a peer lives.

    Attributes:
        python: Its interpreter.
        module: Its module in `benchmarks.workers`.
        versions: Its packages that matter, with their versions.
    """

    python: Path
    module: str
    versions: dict[str, str]


def prepare(peer: str, cache: Path, *, commit: str = "HEAD") -> Environment:
    """Makes the environment of a peer, or takes the one that is there.

    Args:
        peer: The peer's name.
        cache: The folder to keep environments in.
        commit: Which of this package's commits `BASE` is.

    Returns:
        The environment, with everything installed.
    """
    # The same environment, not one made alike.
    peer = OURS if peer == AGAIN else peer
    home = cache / peer
    python = home / "bin/python"
    digest = None
    if peer in {OURS, LEAST}:
        digest = _digest()
    elif peer == BASE:
        digest = _output(["git", "-C", str(ROOT), "rev-parse", "--verify", f"{commit}^{{commit}}"])
    wanted = json.dumps([sys.version, REQUIREMENTS[peer], digest])
    stamp = home / _STAMP
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        cache.mkdir(parents=True, exist_ok=True)
        (cache / ".gitignore").write_text("*\n", encoding="utf-8")
        venv.create(home, clear=True, with_pip=True)
        packages = [*REQUIREMENTS[peer]]
        if peer == BASE:
            packages.append(str(_checked_out(commit, cache / f"{BASE}-source")))
        elif digest is not None:
            packages.append(str(ROOT))
        options = ["--quiet", "--disable-pip-version-check"]
        _output([str(python), "-m", "pip", "install", *options, *packages])
        stamp.write_text(wanted, encoding="utf-8")
    versions, packages_folder = json.loads(_output([str(python), "-c", _TELL]))
    # Behind the installed packages in the search path: ours is measured as it is installed.
    Path(packages_folder, "benchmarks.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    shown = {name: versions[name] for name in _SHOWN if name in versions}
    return Environment(python, _MODULES[peer], shown)


def _checked_out(commit: str, folder: Path) -> Path:
    """The files of a commit, in a folder of their own."""
    archive = subprocess.run(  # noqa: S603 - our own arguments
        ["git", "-C", str(ROOT), "archive", commit],  # noqa: S607 - whichever git is there
        check=True,
        capture_output=True,
    ).stdout
    shutil.rmtree(folder, ignore_errors=True)
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return folder


def _digest() -> str:
    """Changes whenever the package does."""
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes())
    for path in sorted((ROOT / "rekognition_async").rglob("*.py")):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def _output(command: list[str]) -> str:
    ended = subprocess.run(  # noqa: S603 - our own arguments
        command, check=False, capture_output=True, text=True
    )
    if ended.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{ended.stdout}{ended.stderr}")
    return ended.stdout
