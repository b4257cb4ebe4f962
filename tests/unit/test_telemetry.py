"""The metrics of calls, as OpenTelemetry's own SDK exports them."""

import asyncio
import subprocess
import sys
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.semconv._incubating.attributes import cloud_attributes, rpc_attributes  # pyright: ignore[reportMissingTypeStubs]  # it has none
from opentelemetry.semconv._incubating.metrics import rpc_metrics  # pyright: ignore[reportMissingTypeStubs]  # it has none
from opentelemetry.semconv.attributes import error_attributes
from opentelemetry.semconv.schemas import Schemas
from support import FakeClock, emulated, patient

from rekognition_async.emulator import Fault, FaultRule
from rekognition_async.errors import ResourceNotFoundException
from rekognition_async.telemetry import CallMetrics

ACTIVE = "rekognition.client.active_calls"
ATTEMPTS = "rekognition.client.call.attempts"
THROTTLES = "rekognition.client.call.throttles"
QUOTA_WAIT = "rekognition.client.call.quota_wait.duration"


def exported(reader: InMemoryMetricReader) -> dict[str, list[Any]]:
    """The data points of each metric."""
    data = reader.get_metrics_data()
    assert data is not None
    (scope,) = data.resource_metrics[0].scope_metrics
    assert scope.scope.name == "rekognition_async"
    assert scope.schema_url == Schemas.V1_44_0.value
    return {metric.name: list(metric.data.data_points) for metric in scope.metrics}


async def test_a_call_is_measured() -> None:
    """Duration, attempts, throttles and waits carry operation and region, by the known names."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    rule = FaultRule("ListCollections", Fault.throttle(), calls=(1, 2))
    clock = FakeClock()
    async with emulated([rule], retry=patient(clock)) as (_, client):
        watched = client.with_options(on_call=CallMetrics(provider))
        await watched.list_collections()
        with pytest.raises(ResourceNotFoundException):
            await watched.describe_collection(collection_id="missing")
    points = exported(reader)
    listed = {
        rpc_attributes.RPC_SYSTEM_NAME: "aws-api",
        rpc_attributes.RPC_METHOD: "Rekognition/ListCollections",
        cloud_attributes.CLOUD_REGION: "us-east-1",
    }
    described = {
        **listed,
        rpc_attributes.RPC_METHOD: "Rekognition/DescribeCollection",
        error_attributes.ERROR_TYPE: "ResourceNotFoundException",
    }
    first, second = points[rpc_metrics.RPC_CLIENT_CALL_DURATION]
    assert (first.attributes, second.attributes) == (listed, described)
    assert (first.count, first.sum) == (1, sum(clock.slept))
    assert points[QUOTA_WAIT][0].sum == sum(clock.slept)
    assert [point.value for point in points[ATTEMPTS]] == [3, 1]
    assert [point.value for point in points[THROTTLES]] == [2, 0]
    assert [point.value for point in points[ACTIVE]] == [0, 0]
    provider.shutdown()


async def test_calls_under_way_are_counted() -> None:
    """A call is active from its start to its end, and a cancelled one says so."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    async with emulated([FaultRule("*", Fault.hang())]) as (emulator, client):
        watched = client.with_options(on_call=CallMetrics(provider))
        tasks = [asyncio.create_task(watched.list_collections()) for _ in range(2)]
        while not emulator.requests:
            await asyncio.sleep(0.01)
        assert [point.value for point in exported(reader)[ACTIVE]] == [2]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    points = exported(reader)
    assert [point.value for point in points[ACTIVE]] == [0]
    (duration,) = points[rpc_metrics.RPC_CLIENT_CALL_DURATION]
    assert duration.attributes[error_attributes.ERROR_TYPE] == "CancelledError"
    provider.shutdown()


def test_without_the_extra_the_import_says_what_to_install() -> None:
    """The error of a missing OpenTelemetry names the extra."""
    program = "import sys; sys.modules['opentelemetry'] = None; import rekognition_async.telemetry"
    finished = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert finished.returncode == 1
    assert "pip install 'rekognition-async[otel]'" in finished.stderr
