"""S3 objects: read from a local folder, from an S3 endpoint, or known by name only.

`objects_of` makes what ``s3=`` means; handlers read with `read_object`.
"""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from rekognition_async.emulator.protocol.messages import EmulatedError
from rekognition_async.emulator.utils.json_types import JsonObject

logger: Final = logging.getLogger("rekognition_async.emulator")

_UNREADABLE: Final = (
    "Unable to get object metadata from S3. Check object key, region and/or access permissions."
)


class Objects(Protocol):
    """Where the objects are that requests name."""

    async def read(
        self, bucket: str, key: str, most: int, version: str | None = None
    ) -> bytes | None:
        """The content of an object, at most so many bytes and one more.

        Args:
            bucket: Its bucket.
            key: Its key.
            most: The most bytes that anybody wants.
            version: Which of its versions, where the place keeps versions; None is the latest.

        Returns:
            The bytes; None where objects have names and no content.

        Raises:
            EmulatedError: InvalidS3ObjectException, where there is no such object.
        """
        ...


class NamesOnly:
    """Every object that is named exists, and nobody knows what it holds."""

    async def read(
        self,
        bucket: str,  # noqa: ARG002 - nobody knows what it holds
        key: str,  # noqa: ARG002
        most: int,  # noqa: ARG002
        version: str | None = None,  # noqa: ARG002
    ) -> bytes | None:
        """No content, whatever is named."""
        return None


@dataclass(frozen=True)
class Folder:
    """Objects as files: the object ``key`` of ``bucket`` is ``<path>/<bucket>/<key>``."""

    path: Path

    async def read(
        self,
        bucket: str,
        key: str,
        most: int,
        version: str | None = None,  # noqa: ARG002 - a file has none
    ) -> bytes | None:
        """The file's content."""
        return await asyncio.to_thread(self._read, bucket, key, most)

    def _read(self, bucket: str, key: str, most: int) -> bytes:
        try:
            root = self.path.resolve()
            folder = (root / bucket).resolve()
            place = (folder / key).resolve()
            # No bucket is a link or a name, such as .., that leads elsewhere; and a key such as
            # ../../etc/passwd names no object.
            if root not in folder.parents or not place.is_relative_to(folder):
                raise _missing()
            if not place.is_file():
                raise _missing()
            with place.open("rb") as file:
                return file.read(most + 1)
        except (OSError, ValueError) as error:
            # Keys may be longer than names of files, and hold what those cannot; and a file may
            # belong to somebody else.
            raise _missing() from error


@dataclass(frozen=True)
class S3Endpoint:
    """Objects at an endpoint that speaks S3, such as MinIO or moto.

    Attributes:
        endpoint_url: Where it is.
        region_name: The region that requests are signed for.
        aws_access_key_id: The key they are signed with.
        aws_secret_access_key: Its secret.
        max_attempts: How often a request is tried that fails for a reason that may pass.
    """

    endpoint_url: str
    region_name: str = "us-east-1"
    aws_access_key_id: str = "emulator"
    aws_secret_access_key: str = field(default="emulator", repr=False)
    max_attempts: int = 2

    async def read(
        self, bucket: str, key: str, most: int, version: str | None = None
    ) -> bytes | None:
        """The object's content, or its beginning."""
        # Most emulators read no S3, and aiobotocore is half of what they would load to start.
        from aiobotocore.config import AioConfig
        from aiobotocore.session import get_session
        from botocore.exceptions import BotoCoreError, ClientError

        from rekognition_async.emulator.vision.s3_session import S3HttpSession

        which = {} if version is None else {"VersionId": version}
        try:
            async with get_session().create_client(
                "s3",
                region_name=self.region_name,
                endpoint_url=self.endpoint_url,
                aws_access_key_id=self.aws_access_key_id,
                aws_secret_access_key=self.aws_secret_access_key,
                config=AioConfig(
                    http_session_cls=S3HttpSession,
                    s3={"addressing_style": "path"},
                    retries={"total_max_attempts": self.max_attempts},
                ),
            ) as client:
                found = await client.get_object(
                    Bucket=bucket, Key=key, Range=f"bytes=0-{most}", **which
                )
                stream = found["Body"]
                # The lowest aiobotocore gives aiohttp's response here, which reads all at once.
                async with stream:
                    # What does not know of ranges sends all of it.
                    content = bytearray()
                    while len(content) <= most:
                        part: bytes = await stream.read(most + 1 - len(content))
                        if not part:
                            break
                        content += part
                    return bytes(content)
        except ClientError as error:
            if error.response["Error"]["Code"] == "InvalidRange":
                return b""
            raise _missing() from error
        except (BotoCoreError, ValueError) as error:
            # The service cannot tell this from an object that is not there; whoever runs the
            # emulator should.
            logger.warning("S3 at %s cannot be read: %s", self.endpoint_url, error)
            raise _missing() from error


def objects_of(source: str | os.PathLike[str] | S3Endpoint | None) -> Objects:
    """Where objects are, from what the user said.

    Args:
        source: A folder, the URL of an endpoint, an endpoint, or None for names only.

    Raises:
        ValueError: There is no such folder.
    """
    if source is None:
        return NamesOnly()
    if isinstance(source, S3Endpoint):
        return source
    text = os.fspath(source)
    if text.startswith(("http://", "https://")):
        return S3Endpoint(text)
    if not Path(text).is_dir():
        raise ValueError(f"s3 must be a folder or the URL of an endpoint, got {text!r}")
    return Folder(Path(text))


def name_of(s3_object: JsonObject) -> str:
    """An S3Object of a request as ``bucket/key``.

    Raises:
        EmulatedError: InvalidS3ObjectException, where a part is missing.
    """
    if "Bucket" not in s3_object or "Name" not in s3_object:
        raise _missing()
    return f"{s3_object['Bucket']}/{s3_object['Name']}"


async def read_object(objects: Objects, s3_object: JsonObject, most: int) -> bytes | None:
    """The content of an S3Object of a request; see `Objects.read`."""
    bucket, _, key = name_of(s3_object).partition("/")
    return await objects.read(bucket, key, most, s3_object.get("Version"))


def _missing() -> EmulatedError:
    return EmulatedError("InvalidS3ObjectException", _UNREADABLE)
