"""boto3, against the emulator."""

import asyncio
from typing import Any

import boto3

from rekognition_async.emulator import RekognitionEmulator


async def with_boto3(emulator: RekognitionEmulator, use: Any) -> Any:
    """Lets boto3 work in a thread, while the emulator serves from the event loop."""

    def work() -> Any:
        client = boto3.client("rekognition", **emulator.client_options)
        try:
            return use(client)
        finally:
            client.close()

    return await asyncio.to_thread(work)
