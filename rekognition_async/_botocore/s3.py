"""The objects of a bucket, listed with the credentials of a client of Rekognition."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from aiobotocore.client import AioBaseClient
from aiobotocore.credentials import AioCredentials, AioRefreshableCredentials
from aiobotocore.session import AioSession

from rekognition_async._botocore.diagnosis import HttpSettings
from rekognition_async._botocore.failures import error_from_exception, is_of_the_user

_OPERATION = "ListObjectsV2"


@dataclass(frozen=True, slots=True)
class ListedObject:
    """An object of a listing.

    Attributes:
        key: Its key.
        size: How many bytes it has.
    """

    key: str
    size: int


class _LentSession(AioSession):
    """A session whose clients sign as another client does."""

    def __init__(self, client: AioBaseClient) -> None:
        super().__init__()
        self._client = client

    async def get_credentials(self) -> AioCredentials | AioRefreshableCredentials | None:
        # botocore has no public way to ask a client for what it signs with.
        credentials: AioCredentials | None = self._client._request_signer._credentials
        return credentials


async def list_s3(
    client: AioBaseClient, bucket: str, prefix: str, endpoint_url: str | None
) -> AsyncGenerator[ListedObject]:
    """Lists the objects whose keys begin so, a page at a time as they are needed (ListObjectsV2).

    Args:
        client: The client of Rekognition, for its region and credentials.
        bucket: The bucket.
        prefix: What the keys begin with; empty for all.
        endpoint_url: Where S3 is; None is the region's endpoint.

    Raises:
        ServiceError: S3 answered with an error.
        TransportError: No usable answer came.
    """
    parameters: dict[str, Any] = {"Bucket": bucket, "Prefix": prefix}
    creating = _LentSession(client).create_client(
        "s3", region_name=client.meta.region_name, endpoint_url=endpoint_url
    )
    async with creating as s3:
        while True:
            try:
                page = await s3.list_objects_v2(**parameters)
            except Exception as raised:
                if is_of_the_user(raised):
                    raise
                raise error_from_exception(
                    raised, None, HttpSettings.of(s3), _OPERATION, attempts=1
                ) from raised
            for found in page.get("Contents", ()):
                yield ListedObject(found["Key"], found["Size"])
            if not page.get("IsTruncated"):
                return
            parameters["ContinuationToken"] = page["NextContinuationToken"]
