"""The data loader: botocore's reader of service models and endpoints, once for the whole process.

`connection` registers `cached_loader` with each session of our own, and has `read_models` read
in a thread before the first client opens.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Collection, Iterator
from typing import IO, Any, Final

from botocore.exceptions import DataNotFoundError
from botocore.loaders import JSONFileLoader, Loader, create_loader

SERVICE: Final = "rekognition"


class _FileLoader(JSONFileLoader):
    """Reads into dicts, which keep their order by now: botocore's own kind takes twice as long."""

    def _load_file(self, full_path: str, open_method: Callable[[str, str], IO[bytes]]) -> Any:
        try:
            with open_method(full_path, "rb") as file:
                return json.loads(file.read())
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None


class _Loader(Loader):
    """Reads the model of a service without looking through the folders of all others first."""

    def list_available_services(self, type_name: str) -> Collection[str]:
        """The services that have a model of a type, as botocore names it."""
        return _LazyServices(self, type_name, super().list_available_services)


class _LazyServices(Collection[str]):
    """The services that a loader has models of: listed only where the list is looked at."""

    def __init__(
        self, loader: Loader, type_name: str, list_all: Callable[[str], Collection[str]]
    ) -> None:
        self._loader = loader
        self._type_name = type_name
        self._list_all = list_all

    def __contains__(self, service_name: object) -> bool:
        try:
            return bool(self._loader.list_api_versions(str(service_name), self._type_name))
        except DataNotFoundError:
            return False

    def __iter__(self) -> Iterator[str]:
        return iter(self._list_all(self._type_name))

    def __len__(self) -> int:
        return len(self._list_all(self._type_name))


@functools.cache
def cached_loader(data_path: str | None) -> Loader:
    """The loader that remembers what it read, one a process and search path."""
    search_paths = create_loader(data_path).search_paths
    return _Loader(
        extra_search_paths=search_paths,
        file_loader=_FileLoader(),
        include_default_search_paths=False,
    )


_loaders_with_models: Final[set[Loader]] = set()


def has_read_models(loader: Loader) -> bool:
    """Whether `read_models` has been through with a loader."""
    return loader in _loaders_with_models


def read_models(loader: Loader) -> None:
    """Reads all that a client needs: a megabyte of JSON, so not in an event loop's thread."""
    for name in ("_retry", "endpoints", "partitions", "sdk-default-configuration"):
        loader.load_data(name)
    loader.load_service_model(SERVICE, "service-2")
    loader.load_service_model(SERVICE, "endpoint-rule-set-1")
    _loaders_with_models.add(loader)
