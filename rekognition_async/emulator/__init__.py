"""A local Rekognition: a real HTTP server that any client of the service can be pointed at.

async with RekognitionEmulator() as emulator:
    emulator.seed(collections=10_000)
    async with RekognitionClient(**emulator.client_options) as client:
        ...
"""

from rekognition_async.emulator.answers import AnswerPlan, AnswerRule
from rekognition_async.emulator.clock import Clock, ManualClock
from rekognition_async.emulator.faults import Fault, FaultPlan, FaultRule
from rekognition_async.emulator.limits import Limits
from rekognition_async.emulator.objects import S3Endpoint
from rekognition_async.emulator.offset_clock import OffsetClock
from rekognition_async.emulator.people import People, Person
from rekognition_async.emulator.recording import RecordedRequest, RequestLog
from rekognition_async.emulator.server import ClientOptions, RekognitionEmulator
from rekognition_async.emulator.signature import Credential

__all__ = [
    "AnswerPlan",
    "AnswerRule",
    "ClientOptions",
    "Clock",
    "Credential",
    "Fault",
    "FaultPlan",
    "FaultRule",
    "Limits",
    "ManualClock",
    "OffsetClock",
    "People",
    "Person",
    "RecordedRequest",
    "RekognitionEmulator",
    "RequestLog",
    "S3Endpoint",
]
