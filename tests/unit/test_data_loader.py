"""What botocore reads from disk, read our way."""

from pathlib import Path

import pytest
from botocore.exceptions import DataNotFoundError, UnknownServiceError
from botocore.loaders import create_loader

from rekognition_async._botocore import data_loader


@pytest.mark.parametrize("type_name", ["service-2", "endpoint-rule-set-1", "waiters-2"])
def test_models_are_what_botocore_reads(type_name: str) -> None:
    """The same values in the same order, for our service and for one that credentials need."""
    ours, theirs = data_loader.cached_loader(None), create_loader()
    for service in ("rekognition", "sts"):
        try:
            expected = theirs.load_service_model(service, type_name)
        except UnknownServiceError:
            with pytest.raises(UnknownServiceError):
                ours.load_service_model(service, type_name)
            continue
        read = ours.load_service_model(service, type_name)
        assert read == expected
        assert [*read] == [*expected]


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
