#!/usr/bin/env bash
# OpenTelemetry's BotocoreInstrumentor records no span for calls made through aiobotocore.
#
# aiobotocore's client is a subclass of botocore's, and looks instrumented: but its _make_api_call
# is a method of its own, and BotocoreInstrumentor wraps botocore's. A call through an aiobotocore
# client leaves no span, and no warning. AiobotocoreInstrumentor, a second class of the same
# package, records one.
#
# Seen with opentelemetry-instrumentation-botocore 0.66b2, aiobotocore 3.10.0 on 2026-11-28.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check aiobotocore==3.10.0 botocore==1.43.117 \
    opentelemetry-instrumentation-botocore==0.66b2 opentelemetry-sdk==1.45.2
AWS_EC2_METADATA_DISABLED=true "$folder/venv/bin/python" - <<'PY'
import asyncio
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from aiobotocore.session import get_session
from opentelemetry.instrumentation.botocore import AiobotocoreInstrumentor, BotocoreInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"CollectionIds":[]}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()


async def call():
    async with get_session().create_client(
        "rekognition", region_name="eu-west-1", endpoint_url=f"http://127.0.0.1:{server.server_port}",
        aws_access_key_id="AKID", aws_secret_access_key="none",
    ) as client:
        await client.list_collections()


def spans_with(instrumentor):
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor.instrument(tracer_provider=provider)
    asyncio.run(call())
    instrumentor.uninstrument()
    return [span.name for span in exporter.get_finished_spans()]


by_botocore, by_aiobotocore = spans_with(BotocoreInstrumentor()), spans_with(AiobotocoreInstrumentor())
server.shutdown()
print("BotocoreInstrumentor:", by_botocore, "AiobotocoreInstrumentor:", by_aiobotocore)
assert by_botocore == [] and len(by_aiobotocore) == 1
PY
