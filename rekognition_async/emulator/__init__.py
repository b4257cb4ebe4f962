"""A local Rekognition: a real HTTP server that any client of the service can be pointed at.

async with RekognitionEmulator() as emulator:
    emulator.seed(collections=10_000)
    async with RekognitionClient(**emulator.client_options) as client:
        ...
"""

from rekognition_async.emulator.eyes.interface import Eyes
from rekognition_async.emulator.eyes.results import (
    DetectedFace,
    DetectedModerationLabel,
    DetectedText,
)
from rekognition_async.emulator.http.limits import Limits
from rekognition_async.emulator.http.notifications import Notification, Notifications
from rekognition_async.emulator.http.recorded_requests import RecordedRequest, RecordedRequests
from rekognition_async.emulator.protocol.signature import Credential
from rekognition_async.emulator.rules.answers import (
    AnswerPlan,
    AnswerRule,
    Document,
    parse_answer_rules,
)
from rekognition_async.emulator.rules.faults import Fault, FaultPlan, FaultRule
from rekognition_async.emulator.rules.latency import Latency
from rekognition_async.emulator.rules.quotas import Quotas
from rekognition_async.emulator.server import ClientOptions, RekognitionEmulator
from rekognition_async.emulator.utils.clock import Clock, ManualClock, OffsetClock
from rekognition_async.emulator.vision.people import Box, People, Person, Who, parse_people
from rekognition_async.emulator.vision.s3 import S3Endpoint

__all__ = [
    "AnswerPlan",
    "AnswerRule",
    "Box",
    "ClientOptions",
    "Clock",
    "Credential",
    "DetectedFace",
    "DetectedModerationLabel",
    "DetectedText",
    "Document",
    "Eyes",
    "Fault",
    "FaultPlan",
    "FaultRule",
    "Latency",
    "Limits",
    "ManualClock",
    "Notification",
    "Notifications",
    "OffsetClock",
    "People",
    "Person",
    "Quotas",
    "RecordedRequest",
    "RecordedRequests",
    "RekognitionEmulator",
    "S3Endpoint",
    "Who",
    "parse_answer_rules",
    "parse_people",
]
