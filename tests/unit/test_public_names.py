"""What is exported, documented and sorted."""

import importlib
import inspect
import pkgutil
import subprocess
import sys
from types import ModuleType

import pytest

import rekognition_async
from rekognition_async import RekognitionClient

PUBLIC = ["", ".emulator", ".errors", ".models"]


def modules() -> list[ModuleType]:
    """All modules of the package."""
    found = pkgutil.walk_packages(rekognition_async.__path__, "rekognition_async.")
    return [
        importlib.import_module(info.name)
        for info in found
        if info.name != "rekognition_async.__main__"
    ]


@pytest.mark.parametrize("name", PUBLIC)
def test_exports_are_sorted_and_there(name: str) -> None:
    """``__all__`` is in order, complete, and all of it can be imported."""
    module = importlib.import_module(f"rekognition_async{name}")
    exported = module.__all__
    assert list(exported) == sorted(exported)
    for exported_name in exported:
        assert hasattr(module, exported_name)
    if name in {"", ".emulator"}:
        imported = {
            key
            for key, value in vars(module).items()
            if not key.startswith("_") and not inspect.ismodule(value)
        }
        assert imported == set(exported) - {"__version__"}


@pytest.mark.parametrize("name", PUBLIC)
def test_what_is_exported_says_what_it_is(name: str) -> None:
    """Every public class and function has a docstring, and so have its public methods."""
    module = importlib.import_module(f"rekognition_async{name}")
    for exported_name in module.__all__:
        exported = getattr(module, exported_name)
        if not inspect.isclass(exported) and not inspect.isfunction(exported):
            continue
        assert exported.__doc__, exported_name
        for method_name, method in vars(exported).items():
            if inspect.isfunction(method) and not method_name.startswith("_"):
                assert method.__doc__, f"{exported_name}.{method_name}"


def test_every_module_says_what_it_is_for() -> None:
    """A newcomer learns from each module's first line what is in it."""
    for module in modules():
        assert module.__doc__, module.__name__


def test_operations_tell_parameters_returns_and_errors() -> None:
    """A method of the client documents all its parameters, what it gives and what it raises."""
    for name, method in inspect.getmembers(RekognitionClient, inspect.isfunction):
        if name.startswith("_") or not name.endswith(("_collection", "_collections")):
            continue
        documentation = method.__doc__ or ""
        for parameter in inspect.signature(method).parameters:
            if parameter != "self":
                assert f"{parameter}:" in documentation, f"{name}: {parameter}"
        assert "Returns:" in documentation
        assert "Raises:" in documentation


def test_importing_the_package_loads_neither_emulator_nor_command_line() -> None:
    """The client's modules do not pull in what is for tests and terminals."""
    loaded = "import sys, rekognition_async; print(*sys.modules)"
    names = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", loaded], check=True, capture_output=True, text=True
    ).stdout.split()
    assert "rekognition_async.client" in names
    assert not {"rekognition_async.emulator", "rekognition_async.cli", "sqlite3"} & set(names)
