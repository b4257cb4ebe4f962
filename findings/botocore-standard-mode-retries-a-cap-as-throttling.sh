#!/usr/bin/env bash
# botocore's standard mode retries LimitExceededException, whatever a service means by it.
#
# Standard mode decides by a list of error codes that is the same for all services, and
# LimitExceededException is on it, among the codes for throttling. In Rekognition it is the cap on
# video jobs that are open at once: asking again within seconds closes none of them, yet three
# requests are sent. Legacy mode, which decides by each service's own table, sends one. The mode is
# legacy unless set in this version; later ones make standard the default.
#
# Seen with boto3 1.43.117 and botocore 1.43.117 on 2026-11-28.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check boto3==1.43.117 botocore==1.43.117
AWS_EC2_METADATA_DISABLED=true "$folder/venv/bin/python" - <<'PY'
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from unittest.mock import patch

import boto3
from botocore.config import Config

requests = 0


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        global requests
        requests += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"__type":"LimitExceededException","Message":"too many open jobs"}'
        self.send_response(400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()


def count(**retries):
    global requests
    requests = 0
    client = boto3.client(
        "rekognition", region_name="eu-west-1", endpoint_url=f"http://127.0.0.1:{server.server_port}",
        aws_access_key_id="AKID", aws_secret_access_key="none",
        config=Config(retries=retries) if retries else None,
    )
    # Without the waits between attempts.
    with patch("time.sleep"):
        try:
            client.start_label_detection(Video={"S3Object": {"Bucket": "media", "Name": "a.mp4"}})
        except client.exceptions.LimitExceededException:
            pass
    return requests


seen = {"unset": count(), "legacy": count(mode="legacy"), "standard": count(mode="standard")}
server.shutdown()
print("requests:", seen)
assert seen == {"unset": 1, "legacy": 1, "standard": 3}
PY
