"""Metrics of a client's calls for OpenTelemetry; it comes with the extra ``otel``.

Hand a `CallMetrics` to a client as ``on_call=``. Names are those of OpenTelemetry's semantic
conventions for remote procedure calls where these have one, and begin with ``rekognition.client``
where they do not.
"""

from __future__ import annotations

from typing import Final

from rekognition_async._version import __version__
from rekognition_async.observers import CallDetails

try:
    from opentelemetry.metrics import MeterProvider, get_meter_provider
except ModuleNotFoundError as missing:
    if missing.name is None or missing.name.partition(".")[0] != "opentelemetry":
        raise
    raise ModuleNotFoundError(
        "rekognition_async.telemetry needs OpenTelemetry's API: "
        "pip install 'rekognition-async[otel]'",
        name=missing.name,
    ) from missing

__all__ = ["CallMetrics"]

_SCHEMA_URL: Final = "https://opentelemetry.io/schemas/1.44.0"
_BOUNDARIES: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""Seconds: the buckets that the conventions advise for the durations of requests."""

_Attributes = dict[str, str]


class CallMetrics:
    """Counts and times the calls of clients, by operation and region.

    It is a `CallObserver`: ``RekognitionClient(on_call=CallMetrics())``. One may serve any number
    of clients, and knows of no request, image or id.
    """

    def __init__(self, meter_provider: MeterProvider | None = None) -> None:
        """Makes the instruments.

        Args:
            meter_provider: Where the metrics go; None is OpenTelemetry's global one.
        """
        provider = get_meter_provider() if meter_provider is None else meter_provider
        meter = provider.get_meter("rekognition_async", __version__, schema_url=_SCHEMA_URL)
        self._duration = meter.create_histogram(
            "rpc.client.call.duration",
            unit="s",
            description="Duration of a call, with all its attempts and waits.",
            explicit_bucket_boundaries_advisory=_BOUNDARIES,
        )
        self._quota_wait = meter.create_histogram(
            "rekognition.client.call.quota_wait.duration",
            unit="s",
            description="How long a call waited for its turns, for the sake of the quota.",
            explicit_bucket_boundaries_advisory=_BOUNDARIES,
        )
        self._attempts = meter.create_counter(
            "rekognition.client.call.attempts",
            unit="{attempt}",
            description="Requests sent, retries among them.",
        )
        self._throttles = meter.create_counter(
            "rekognition.client.call.throttles",
            unit="{attempt}",
            description="Attempts that the service refused for their pace.",
        )
        self._active = meter.create_up_down_counter(
            "rekognition.client.active_calls",
            unit="{call}",
            description="Calls that are under way, or wait for their turns.",
        )
        self._attributes: dict[tuple[str, str], _Attributes] = {}

    def call_started(self, operation: str, region: str) -> None:
        """Counts a call as under way.

        Args:
            operation: AWS's name of the operation.
            region: The region that the call goes to.
        """
        self._active.add(1, self._attributes_of(operation, region))

    def call_finished(self, details: CallDetails) -> None:
        """Records a call that has ended.

        Args:
            details: What is known of it.
        """
        attributes = self._attributes_of(details.operation, details.region)
        self._active.add(-1, attributes)
        self._duration.record(details.seconds, {**attributes, **_error_of(details)})
        self._quota_wait.record(details.waited, attributes)
        self._attempts.add(details.attempts, attributes)
        self._throttles.add(details.throttles, attributes)

    def _attributes_of(self, operation: str, region: str) -> _Attributes:
        attributes = self._attributes.get((operation, region))
        if attributes is None:
            attributes = self._attributes[operation, region] = {
                "rpc.system.name": "aws-api",
                "rpc.method": f"Rekognition/{operation}",
                "cloud.region": region,
            }
        return attributes


def _error_of(details: CallDetails) -> _Attributes:
    if details.outcome == "succeeded":
        return {}
    if details.error_code is not None:
        return {"error.type": details.error_code}
    error = details.error
    return {"error.type": "CancelledError" if error is None else type(error).__name__}
