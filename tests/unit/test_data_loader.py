"""What botocore reads from disk, read our way."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import DataNotFoundError, UnknownServiceError
from botocore.loaders import create_loader

from rekognition_async._botocore import data_loader


def without_documentation(document: Any) -> Any:
    """A document without the documentation in it."""
    if isinstance(document, dict):
        return {
            name: without_documentation(value)
            for name, value in document.items()
            if name != "documentation" or not isinstance(value, str)
        }
    if isinstance(document, list):
        return [*map(without_documentation, document)]
    return document


@pytest.mark.parametrize("type_name", ["service-2", "endpoint-rule-set-1", "waiters-2"])
def test_models_are_what_botocore_reads(type_name: str) -> None:
    """The same values in the same order but for the documentation, for us and for credentials."""
    ours, theirs = data_loader.cached_loader(None), create_loader()
    for service in ("rekognition", "sts"):
        try:
            expected = theirs.load_service_model(service, type_name)
        except UnknownServiceError:
            with pytest.raises(UnknownServiceError):
                ours.load_service_model(service, type_name)
            continue
        read = ours.load_service_model(service, type_name)
        if type_name == "service-2":
            expected = without_documentation(expected)
        assert read == expected
        assert [*read] == [*expected]


def test_endpoints_are_those_of_the_services_that_are_called(tmp_path: Path) -> None:
    """Partitions, regions and defaults are botocore's, and so is each service that is kept."""
    expected = create_loader().load_data("endpoints")
    for partition in expected["partitions"]:
        services = partition["services"]
        partition["services"] = {
            name: services[name] for name in data_loader.KEPT_ENDPOINTS if name in services
        }
    # A loader of its own: botocore adds to what it was given where it resolves an endpoint.
    read = data_loader.cached_loader(str(tmp_path)).load_data("endpoints")
    assert read == expected
    services = read["partitions"][0]["services"]
    assert {"rekognition", "sqs", "sts", "portal.sso", "oidc"} <= services.keys()


def test_services_that_give_credentials_keep_their_endpoints() -> None:
    """What botocore calls for credentials is among the services that are kept."""
    loader = create_loader()
    prefixes = {
        loader.load_service_model(service, "service-2")["metadata"]["endpointPrefix"]
        for service in ("rekognition", "sts", "sso", "sso-oidc")
    }
    assert prefixes <= {*data_loader.KEPT_ENDPOINTS}


@pytest.mark.parametrize(
    "document",
    [
        {"partitions": [{"partition": "aws", "services": {"ec2": {"endpoints": {}}}}]},
        {"partitions": []},
    ],
)
@pytest.mark.parametrize("indent", [None, 1, 2, 4])
def test_endpoints_in_another_layout_are_read_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, document: dict[str, Any], indent: int | None
) -> None:
    """Nothing is lost where botocore's file is not indented as it is today."""
    path = tmp_path / "endpoints.json"
    path.write_text(json.dumps(document, indent=indent))
    monkeypatch.setattr(data_loader, "_ENDPOINTS", path)
    assert data_loader.cached_loader.__wrapped__(str(tmp_path)).load_data("endpoints") == document


def test_endpoints_of_ones_own_are_whole(tmp_path: Path) -> None:
    """A file of AWS_DATA_PATH keeps every service in it, however it is laid out."""
    services: dict[str, Any] = {"invented": {"endpoints": {"us-east-1": {}}}}
    document = {"partitions": [{"partition": "aws", "services": services}]}
    text = json.dumps(document, indent=2, separators=(",", " : "))
    (tmp_path / "endpoints.json").write_text(text)
    assert data_loader.cached_loader(str(tmp_path)).load_data("endpoints") == document


def test_services_are_listed_where_somebody_looks() -> None:
    """All services that botocore knows are still there."""
    ours = data_loader.cached_loader(None).list_available_services("service-2")
    theirs = create_loader().list_available_services("service-2")
    assert [*ours] == [*theirs]
    assert len(ours) == len(theirs)


def test_reading_one_service_looks_into_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loader of our own finds a model without listing the folders of all services."""
    loader = data_loader.cached_loader.__wrapped__(None)
    looked_at: list[str] = []
    original = type(loader).list_api_versions

    def noted(self: object, service_name: str, type_name: str) -> list[str]:
        looked_at.append(service_name)
        return original(loader, service_name, type_name)

    monkeypatch.setattr(type(loader), "list_api_versions", noted)
    data_loader.read_models(loader)
    assert set(looked_at) == {"rekognition"}


def test_a_service_that_is_not_there_is_unknown() -> None:
    """The error of botocore names the services that are there."""
    with pytest.raises(UnknownServiceError, match=r"Unknown service: 'nothing'.*rekognition"):
        data_loader.cached_loader(None).load_service_model("nothing", "service-2")


def test_models_of_ones_own_come_first(tmp_path: Path) -> None:
    """A folder of AWS_DATA_PATH adds models, as it does for botocore."""
    folder = tmp_path / "invented" / "2026-11-25"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text('{"metadata": {"serviceId": "Invented"}}')
    loader = data_loader.cached_loader(str(tmp_path))
    assert loader.load_service_model("invented", "service-2")["metadata"]["serviceId"] == "Invented"
    with pytest.raises(DataNotFoundError):
        loader.load_data("nothing")
