"""What is exported, documented and sorted."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path
from types import ModuleType
from typing import get_type_hints

import pytest
from support import loaded_by

import rekognition_async
from rekognition_async import RekognitionClient, errors, models

DOMAINS = [
    importlib.import_module(f"rekognition_async.models.{info.name}")
    for info in pkgutil.iter_modules(models.__path__)
    if info.ispkg
]
PUBLIC = ["", ".emulator", ".errors", ".models", ".telemetry"]
API_PAGES = Path(__file__).parents[2] / "docs/api"


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
    assert set(exported) <= set(dir(module))
    if name == ".emulator":
        imported = {
            key
            for key, value in vars(module).items()
            if not key.startswith("_") and not inspect.ismodule(value)
        }
        assert imported == set(exported)


def documented_names() -> list[str]:
    """What the pages of the reference show, by the names that they give it."""
    directive = re.compile(
        r"^\.\. (?:auto(?!module)|py:)\w+:: (rekognition_async\.[\w.]+)", re.MULTILINE
    )
    pages = API_PAGES.rglob("*.rst")
    return sorted({name for page in pages for name in directive.findall(page.read_text())})


@pytest.mark.parametrize("documented", documented_names())
def test_what_the_reference_documents_is_imported_from_a_public_module(documented: str) -> None:
    """Each name is that of a public module and something that it exports, or a member of that."""
    exports = {
        f"rekognition_async{module}.{name}"
        for module in PUBLIC
        for name in importlib.import_module(f"rekognition_async{module}").__all__
    }
    found = [name for name in exports if f"{documented}.".startswith(f"{name}.")]
    assert found


@pytest.mark.parametrize(
    "module", [rekognition_async, models, *DOMAINS], ids=lambda it: it.__name__
)
def test_names_that_are_loaded_when_used_are_the_exported_ones(module: ModuleType) -> None:
    """What a package finds for itself is what it exports, and what it lacks is told as ever."""
    found = set(module._HOME_OF if module is rekognition_async else module._HOMES)
    assert found == set(module.__all__) - {"__version__"}
    assert found <= set(dir(module))
    with pytest.raises(AttributeError, match="has no attribute 'Nonsense'"):
        _ = module.Nonsense


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda it: it.__name__)
def test_a_domain_has_what_the_models_have(domain: ModuleType) -> None:
    """A name of a domain's is the same class as that of all models, from whichever it is taken."""
    for name in domain.__all__:
        assert getattr(domain, name) is getattr(models, name)


def test_what_is_raised_and_taken_is_at_the_top() -> None:
    """Nobody has to look for the errors of this package's own, nor for types of parameters."""
    own = {
        name
        for name in errors.__all__
        if name not in errors.SERVICE_ERRORS and name != "UnmodeledServiceError"
    }
    assert own | {"FacesOutcome", "ImageSource", "Outcome"} <= set(rekognition_async.__all__)


def test_what_stands_behind_the_models_is_beside_them() -> None:
    """What an annotation of any request, page or answer needs is imported from ``models``."""
    request, response = models.ListCollectionsRequest, models.ListCollectionsResponse
    assert issubclass(request, models.PagedRequest)
    assert issubclass(models.PagedRequest, models.Request)
    assert issubclass(response, models.Response)
    emotion = models.Emotion.model_validate({"Type": "BORED"})
    assert isinstance(emotion.type, models.UnknownValue)


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


def test_the_types_of_a_client_can_be_looked_up() -> None:
    """What puts services together by their annotations finds those of the constructor."""
    hints = get_type_hints(RekognitionClient.__init__)
    assert {"region_name", "retry", "quotas", "on_call", "session"} <= hints.keys()


def test_importing_the_package_loads_next_to_nothing() -> None:
    """Neither aiobotocore nor Pydantic is needed to have the package's name."""
    before = loaded_by("from importlib import import_module; import typing")
    names = loaded_by("import rekognition_async") - before
    assert names == {"rekognition_async", "rekognition_async._version"}


def test_the_client_loads_no_domains_emulator_or_command_line() -> None:
    """Models, listings and pictures are loaded when first used; what is for tests never."""
    below = loaded_by("import aiobotocore.session, pydantic")
    names = loaded_by("from rekognition_async import RekognitionClient") - below
    ours = {name for name in names if name.startswith("rekognition_async.")}
    assert "rekognition_async.client" in ours
    loaded = {name for name in ours if name.startswith("rekognition_async.models.")}
    assert loaded == {"rekognition_async.models.lazy"}
    strangers = {
        "bulk",
        "cli",
        "emulator",
        "images",
        "pagination",
        "pictures",
        "usage",
    }
    assert not {f"rekognition_async.{name}" for name in strangers} & ours
    assert not {"click", "rich", "sqlite3", "aiohttp.web", "boto3", "moto"} & names


def test_an_operation_is_loaded_with_its_first_use() -> None:
    """A model brings the module of its operation, and those of what this shares with others."""
    names = loaded_by("import rekognition_async; rekognition_async.models.DetectLabelsRequest")
    prefix = "rekognition_async.models."
    assert {name.removeprefix(prefix) for name in names if name.startswith(prefix)} == {
        "common",
        "common.bounding_box",
        "common.image",
        "common.label",
        "common.s3_object",
        "images",
        "images.detect_labels",
        "lazy",
    }


def test_an_emulator_that_starts_loads_no_botocore_and_no_operations() -> None:
    """The operations and botocore come with a request, aiobotocore with one that reads S3."""
    names = loaded_by(
        """
        import asyncio
        from rekognition_async.emulator import RekognitionEmulator

        async def main():
            async with RekognitionEmulator():
                pass

        asyncio.run(main())
        """
    )
    assert "rekognition_async.emulator.server" in names
    assert not {"aiobotocore", "botocore", "pydantic", "rekognition_async.client"} & names
    assert "rekognition_async.emulator.handlers.registry" not in names
