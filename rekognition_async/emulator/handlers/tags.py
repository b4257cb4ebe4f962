"""TagResource, UntagResource, ListTagsForResource."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from rekognition_async.emulator.handlers.base import Call, Handler
from rekognition_async.emulator.handlers.collections import COLLECTION
from rekognition_async.emulator.handlers.resources import (
    MAX_TAGS,
    PROJECT,
    PROJECT_VERSION,
    dataset_shelf,
    find_dataset,
    find_project,
    find_version,
)
from rekognition_async.emulator.protocol.messages import EmulatedError
from rekognition_async.emulator.state.store import Record, Shelf
from rekognition_async.emulator.utils.json_types import JsonObject

STREAM_PROCESSOR: Final = "stream_processor"

# CreateCollection gives its ARN without the prefix, DescribeCollection with it.
_ARN: Final = re.compile(
    r"(?P<prefix>arn:)?aws:rekognition:(?P<region>[a-z\d-]+):(?P<account>\d{12}):(?P<path>.+)"
)

_Place: TypeAlias = tuple[Shelf, Record | None]


def tag_resource(call: Call) -> JsonObject:
    """Adds tags, and replaces those of the same keys."""
    shelf, record = _find(call)
    tags = {**_tags_of(record), **call.parameters["Tags"]}
    if len(tags) > MAX_TAGS:
        raise EmulatedError(
            "ServiceQuotaExceededException", f"A resource has at most {MAX_TAGS} tags"
        )
    shelf.save(record, Tags=tags)
    return {}


def untag_resource(call: Call) -> JsonObject:
    """Removes the tags of some keys; keys that there are no tags of are passed over."""
    shelf, record = _find(call)
    gone = call.parameters["TagKeys"]
    tags = {key: value for key, value in _tags_of(record).items() if key not in gone}
    shelf.save(record, Tags=tags)
    return {}


def list_tags_for_resource(call: Call) -> JsonObject:
    """Tells the tags."""
    _, record = _find(call)
    return {"Tags": _tags_of(record)}


HANDLERS: Final[Mapping[str, Handler]] = {
    "ListTagsForResource": list_tags_for_resource,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
}


def _tags_of(record: Record) -> JsonObject:
    tags: JsonObject = record.document.get("Tags", {})
    return tags


def _collection(call: Call, name: str) -> _Place:
    shelf = call.shelf(COLLECTION)
    return shelf, shelf.find(name)


def _stream_processor(call: Call, name: str) -> _Place:
    shelf = call.shelf(STREAM_PROCESSOR)
    return shelf, shelf.find(name)


def _project(call: Call, _: str) -> _Place:
    return call.shelf(PROJECT), find_project(call, call.parameters["ResourceArn"])


def _dataset(call: Call, _: str) -> _Place:
    arn = call.parameters["ResourceArn"]
    return dataset_shelf(call, arn), find_dataset(call, arn)


def _version(call: Call, _: str) -> _Place:
    return call.shelf(PROJECT_VERSION), find_version(call, call.parameters["ResourceArn"])


_RESOURCES: Final[tuple[tuple[re.Pattern[str], Callable[[Call, str], _Place]], ...]] = (
    (re.compile(r"collection/([a-zA-Z0-9_.\-]+)"), _collection),
    (re.compile(r"streamprocessor/([a-zA-Z0-9_.\-]+)"), _stream_processor),
    (re.compile(r"project/([^/]+)/\d+"), _project),
    (re.compile(r"project/([^/]+)/dataset/(?:train|test)/\d+"), _dataset),
    (re.compile(r"project/([^/]+)/version/[^/]+/\d+"), _version),
)


def _find(call: Call) -> tuple[Shelf, Record]:
    """The record of the resource that a call is about, and where it is kept.

    Raises:
        EmulatedError: ResourceNotFoundException.
    """
    arn = call.parameters["ResourceArn"]
    parts = _ARN.fullmatch(arn)
    if parts is not None and (parts["account"], parts["region"]) == call.caller:
        for pattern, look in _RESOURCES:
            named = pattern.fullmatch(parts["path"])
            if named is not None and (parts["prefix"] or look is _collection):
                shelf, record = look(call, named[1])
                if record is not None:
                    return shelf, record
    raise EmulatedError("ResourceNotFoundException", f"The resource {arn} does not exist")
