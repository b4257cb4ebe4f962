"""The data loader: botocore's reader of service models and endpoints, once for the whole process.

`connection` registers `cached_loader` with each session of our own, and has `read_models` read
in a thread before the first client opens.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import IO, Any, Final

from botocore.exceptions import DataNotFoundError
from botocore.loaders import JSONFileLoader, Loader, create_loader

SERVICE: Final = "rekognition"


KEPT_ENDPOINTS: Final = (SERVICE, "sqs", "sts", "portal.sso", "oidc", "signin")
"""The services whose endpoints are kept: ours, the queues of `sqs`, and those that botocore gets
credentials from."""

_ENDPOINTS: Final = Path(Loader.BUILTIN_DATA_PATH, "endpoints.json")
_SERVICES: Final = re.compile(rb'\n    "services" : \{(?=\n)')
_SERVICES_END: Final = re.compile(rb"\n    \}")
_SERVICE_KEPT: Final = re.compile(
    rb'\n      "(?:%s)" : \{' % "|".join(map(re.escape, KEPT_ENDPOINTS)).encode()
)
_SERVICE_END: Final = re.compile(rb"\n      \}")
_DOCUMENTATION: Final = re.compile(rb',\s*"documentation":"[^"\\]*(?:\\.[^"\\]*)*"')


class _FileLoader(JSONFileLoader):
    """Reads into dicts, which keep their order by now: botocore's own kind takes twice as long.

    What no client looks at is left out before it takes memory: the documentation in the model of a
    service, and most of the endpoints that come with botocore. A file of the user's has all of its
    endpoints.
    """

    def _load_file(self, full_path: str, open_method: Callable[[str, str], IO[bytes]]) -> Any:
        try:
            with open_method(full_path, "rb") as file:
                document = file.read()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        path = Path(full_path.removesuffix(".gz"))
        if path == _ENDPOINTS:
            return _without_other_services(document)
        if path.name == "service-2.json":
            document = _DOCUMENTATION.sub(b"", document)
        return json.loads(document)


def _without_other_services(document: bytes) -> Any:
    """Botocore's endpoints, with those of `KEPT_ENDPOINTS` alone.

    They are cut by their indentation before they are parsed; strings of JSON have no line breaks.
    A document that is laid out in another way is read whole.
    """
    kept: list[bytes] = []
    position = 0
    try:
        while opening := _SERVICES.search(document, position):
            start = opening.end()
            end = _start_of(_SERVICES_END, document, start)
            services = [
                document[service.start() : _start_of(_SERVICE_END, document, service.end())] + b"}"
                for service in _SERVICE_KEPT.finditer(document, start, end)
            ]
            kept += [document[position:start], b",".join(services)]
            position = end
        return json.loads(b"".join([*kept, document[position:]]))
    except ValueError:
        return json.loads(document)


def _start_of(pattern: re.Pattern[bytes], document: bytes, position: int) -> int:
    found = pattern.search(document, position)
    if found is None:
        raise ValueError("the document is laid out in another way")
    return found.start()


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
