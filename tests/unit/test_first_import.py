"""What a process loads before its first call."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = (
    "import sys; from rekognition_async import RekognitionClient; "
    "RekognitionClient(region_name='us-east-1'); print(*sys.modules)"
)
_LATER = (
    "PIL",
    "opentelemetry",
    "rekognition_async._botocore.s3",
    "rekognition_async._botocore.sqs",
    "rekognition_async.bulk",
    "rekognition_async.cli",
    "rekognition_async.completions",
    "rekognition_async.drawing",
    "rekognition_async.emulator",
    "rekognition_async.open_jobs",
    "rekognition_async.telemetry",
)


def test_a_client_loads_nothing_that_few_calls_need() -> None:
    """Bulks, queues, S3, pictures to draw on and the emulator are loaded when one is used."""
    loaded = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", _PROGRAM], check=True, capture_output=True, text=True
    ).stdout.split()
    assert "rekognition_async.client" in loaded
    assert not [name for name in loaded for later in _LATER if f"{name}.".startswith(f"{later}.")]
