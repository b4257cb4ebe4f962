"""What hooks into aiobotocore keeps working: tracers, event hooks, the User-Agent."""

from collections.abc import Iterator
from typing import Any

import pytest
from aiobotocore.awsrequest import AioAWSResponse
from aiobotocore.session import AioSession, get_session
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.context import start_as_current_context
from botocore.parsers import JSONParser
from botocore.useragent import UserAgentString, register_feature_id
from opentelemetry.instrumentation.botocore import (  # pyright: ignore[reportMissingTypeStubs]  # it has none
    AiobotocoreInstrumentor,
    BotocoreInstrumentor,
)
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from pictures import portrait
from support import emulated

from rekognition_async import RekognitionClient
from rekognition_async._botocore.user_agent import CachedUserAgent
from rekognition_async.emulator import Fault, FaultRule, RekognitionEmulator
from rekognition_async.errors import ResourceNotFoundException


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """The spans of OpenTelemetry's instrumentation of aiobotocore."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = AiobotocoreInstrumentor()  # type: ignore[no-untyped-call]  # it has no types
    instrumentor.instrument(tracer_provider=provider)
    yield exporter
    instrumentor.uninstrument()
    provider.shutdown()


def attributes(span: ReadableSpan) -> dict[str, object]:
    """What a span tells."""
    return dict(span.attributes or {})


async def test_opentelemetry_sees_each_call(
    spans: InMemorySpanExporter, emulator: RekognitionEmulator
) -> None:
    """A call is one span with service, operation, region, request id and status."""
    async with RekognitionClient(**emulator.client_options) as client:
        page = await client.list_collections()
    (span,) = spans.get_finished_spans()
    assert span.name == "Rekognition.ListCollections"
    assert span.kind is SpanKind.CLIENT
    told = attributes(span)
    assert told["rpc.method"] == "ListCollections"
    assert told["cloud.region"] == emulator.client_options["region_name"]
    assert told["aws.request_id"] == page.metadata.request_id
    assert told["http.status_code"] == 200
    assert "X-Amzn-Trace-Id" in emulator.requests[-1].headers


async def test_botocores_own_instrumentation_sees_no_call(client: RekognitionClient) -> None:
    """BotocoreInstrumentor is for botocore's client, whose methods aiobotocore replaces."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = BotocoreInstrumentor()  # type: ignore[no-untyped-call]  # it has no types
    instrumentor.instrument(tracer_provider=provider)
    try:
        await client.list_collections()
    finally:
        instrumentor.uninstrument()
        provider.shutdown()
    assert exporter.get_finished_spans() == ()


async def test_a_retried_call_is_one_span(spans: InMemorySpanExporter) -> None:
    """However many attempts a call takes, a tracer sees it once, with their number."""
    async with emulated([FaultRule("*", Fault.throttle(), calls=(1, 2))]) as (_, client):
        await client.list_collections()
    (span,) = spans.get_finished_spans()
    assert attributes(span)["retry_attempts"] == 2


async def test_an_error_is_told_by_its_span(
    spans: InMemorySpanExporter, client: RekognitionClient
) -> None:
    """The span of a call that fails has the status of an error."""
    with pytest.raises(ResourceNotFoundException):
        await client.describe_collection(collection_id="missing")
    (span,) = spans.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert attributes(span)["http.status_code"] == 400


async def test_each_page_of_a_listing_is_a_span(spans: InMemorySpanExporter) -> None:
    """Listings go through the same calls, pages fetched ahead too."""
    async with emulated(collections=5, page_size=2) as (_, client):
        assert len([_ async for _ in client.iter_collections(prefetch=2)]) == 5
    assert [span.name for span in spans.get_finished_spans()] == ["Rekognition.ListCollections"] * 3


async def test_a_hook_may_answer_in_place_of_the_service(emulator: RekognitionEmulator) -> None:
    """What a before-send hook returns is the answer, as recorders and mocks have it."""
    session = AioSession()

    class Recorded:
        async def read(self) -> bytes:
            return b'{"CollectionIds": ["recorded"], "FaceModelVersions": ["7.0"]}'

    def answer(request: AWSPreparedRequest, **_: object) -> AioAWSResponse:
        return AioAWSResponse(request.url, 200, {"x-amzn-requestid": "r-1"}, Recorded())

    session.register("before-send.rekognition", answer)
    async with RekognitionClient(**emulator.client_options, session=session) as client:
        page = await client.list_collections()
    assert page.collection_ids == ("recorded",)
    assert page.metadata.request_id == "r-1"
    assert len(emulator.requests) == 0


async def test_a_hook_may_change_what_is_sent(emulator: RekognitionEmulator) -> None:
    """Parameters and headers that hooks change go out changed."""
    session = AioSession()

    def smaller(params: dict[str, object], **_: object) -> None:
        params["MaxResults"] = 3

    def marked(request: AWSRequest, **_: object) -> None:
        request.headers["X-Marked"] = "yes"

    session.register("before-parameter-build.rekognition.ListCollections", smaller)
    session.register("before-sign.rekognition", marked)
    emulator.seed(collections=5)
    async with RekognitionClient(**emulator.client_options, session=session) as client:
        page = await client.list_collections(max_results=5)
    assert len(page.collections) == 3
    assert emulator.requests[-1].headers["X-Marked"] == "yes"


async def test_the_user_agent_is_botocores(emulator: RekognitionEmulator) -> None:
    """The header says what aiobotocore's own says, with this package behind."""
    async with RekognitionClient(**emulator.client_options) as client:
        await client.list_collections()
        await client.list_collections()
    async with get_session().create_client("rekognition", **emulator.client_options) as raw:
        await raw.list_collections()
    first, second, own = (words(request.headers["User-Agent"]) for request in emulator.requests)
    assert first == second
    # The features and the retry mode are those of the call.
    different = {word for word in first ^ own if not word.startswith(("m/", "cfg/retry-mode"))}
    assert {word.partition("/")[0] for word in different} == {"rekognition-async"}


def words(agent: str) -> set[str]:
    """The parts of a User-Agent header."""
    return set(agent.split())


def test_the_user_agent_tells_what_a_call_makes_use_of() -> None:
    """A kept header is botocore's for each set of features, asked for first or again."""
    kept, plain = CachedUserAgent.from_environment(), UserAgentString.from_environment()
    for _ in range(2):
        assert kept.to_string() == plain.to_string()
        for feature in ("PAGINATOR", "WAITER"):
            with start_as_current_context():
                register_feature_id(feature)
                assert kept.to_string() == plain.to_string()


async def test_a_hook_has_a_say_in_the_endpoint_of_each_call(emulator: RekognitionEmulator) -> None:
    """What it makes of a call's endpoint counts for that call, and it is asked for each."""
    asked: list[str] = []

    async def hook(*, builtins: dict[str, Any], model: Any, **_: Any) -> None:
        asked.append(model.name)
        builtins["SDK::Endpoint"] = emulator.url

    session = AioSession()
    session.register("before-endpoint-resolution.rekognition", hook)
    options: dict[str, Any] = {**emulator.client_options, "endpoint_url": "http://127.0.0.1:9"}
    async with RekognitionClient(**options, session=session) as client:
        await client.create_collection(collection_id="a")
        await client.list_collections()
    assert asked == ["CreateCollection", "ListCollections"]


@pytest.mark.parametrize(
    "event", ["after-call", "response-received", "needs-retry", "after-call.*.ListCollections"]
)
async def test_a_hook_sees_the_members_of_an_answer(
    emulator: RekognitionEmulator, event: str
) -> None:
    """What a hook on the session is shown is what plain aiobotocore shows it."""
    emulator.seed(collections=["a"])
    seen: list[object] = []

    def hook(**told: Any) -> None:
        parsed = told.get("parsed") or told.get("parsed_response") or told["response"][1]
        seen.append({name: parsed.get(name) for name in ("CollectionIds", "FaceModelVersions")})

    session = AioSession()
    session.register(event if "." in event else f"{event}.rekognition", hook)
    async with RekognitionClient(**emulator.client_options, session=session) as client:
        assert (await client.list_collections()).collection_ids == ("a",)
    async with session.create_client("rekognition", **emulator.client_options) as raw:
        await raw.list_collections()
    ours, plain = seen
    assert ours == plain == {"CollectionIds": ["a"], "FaceModelVersions": ["7.0"]}


async def test_without_hooks_an_answer_is_parsed_once(
    emulator: RekognitionEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Botocore's parser walks no answer that nobody is shown, hooks on other operations or not."""
    walked: list[object] = []
    parse = JSONParser._parse_shape

    def watched(self: JSONParser, shape: Any, node: Any) -> Any:
        walked.append(node)
        return parse(self, shape, node)

    monkeypatch.setattr(JSONParser, "_parse_shape", watched)
    session = AioSession()
    session.register("after-call.rekognition.DetectFaces", lambda **_: None)
    session.register("before-send.rekognition", lambda **_: None)
    async with RekognitionClient(**emulator.client_options, session=session) as client:
        await client.list_collections()
        assert not walked
        await client.detect_faces(image=portrait(1))
    assert walked
