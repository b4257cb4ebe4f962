"""boto3, with its own paginators and waiters, against the emulator."""

from typing import Any

from boto import with_boto3
from support import names

from rekognition_async.emulator import Fault, FaultRule, RekognitionEmulator


async def test_boto3_lists_through_its_own_paginator(emulator: RekognitionEmulator) -> None:
    """boto3 pages through thousands of collections, through throttling."""
    emulator.seed(collections=names(3000))
    emulator.faults.add(FaultRule("ListCollections", Fault.throttle(), calls=2))

    def use(client: Any) -> list[tuple[str, str]]:
        pages = client.get_paginator("list_collections").paginate(
            PaginationConfig={"PageSize": 700}
        )
        return [
            pair
            for page in pages
            for pair in zip(page["CollectionIds"], page["FaceModelVersions"], strict=True)
        ]

    assert await with_boto3(emulator, use) == [(name, "7.0") for name in names(3000)]
    assert [request.status for request in emulator.requests] == [200, 400, 200, 200, 200, 200]
