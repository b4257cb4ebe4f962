#!/usr/bin/env bash
# aiobotocore's paginator ends a listing, without an error, when a page is HTML with status 200.
#
# A proxy that answers one request of a listing with an HTML page and status 200 makes botocore's
# JSON parser return an empty result. The paginator finds no NextToken in it, so the listing is
# over: of 3 pages the caller gets the first and an empty one, and no exception.
#
# Seen with aiobotocore 3.10.0 and botocore 1.43.117 on 2026-11-28.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check aiobotocore==3.10.0 botocore==1.43.117
AWS_EC2_METADATA_DISABLED=true "$folder/venv/bin/python" - <<'PY'
import asyncio
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from aiobotocore.session import get_session

ANSWERS = [
    ("application/x-amz-json-1.1", b'{"CollectionIds":["a"],"FaceModelVersions":["7.0"],"NextToken":"t1"}'),
    ("text/html", b"<html><body>please wait</body></html>"),
    ("application/x-amz-json-1.1", b'{"CollectionIds":["c"],"FaceModelVersions":["7.0"]}'),
]


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        kind, body = ANSWERS.pop(0)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


async def main(port):
    async with get_session().create_client(
        "rekognition", region_name="eu-west-1", endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id="AKID", aws_secret_access_key="none",
    ) as client:
        return [
            page.get("CollectionIds") async for page in client.get_paginator("list_collections").paginate()
        ]


server = HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
seen = asyncio.run(main(server.server_port))
server.shutdown()
print("pages:", seen, "answers never asked for:", len(ANSWERS))
assert seen == [["a"], None] and len(ANSWERS) == 1
PY
