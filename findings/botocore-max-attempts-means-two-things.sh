#!/usr/bin/env bash
# The same number of attempts, given in two places, makes botocore send another number of requests.
#
# Config(retries={"max_attempts": 5}) counts retries: 6 requests. The environment variable
# AWS_MAX_ATTEMPTS=5 (and max_attempts of a profile) counts requests: 5. The key of Config that
# counts as the variable does is total_max_attempts.
#
# Seen with boto3 1.43.117 and botocore 1.43.117 on 2026-11-28.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check boto3==1.43.117 botocore==1.43.117
AWS_EC2_METADATA_DISABLED=true "$folder/venv/bin/python" - <<'PY'
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from unittest.mock import patch

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

requests = 0


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        global requests
        requests += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"__type":"ProvisionedThroughputExceededException","Message":"Provisioned rate exceeded"}'
        self.send_response(400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()


def count(config=None):
    global requests
    requests = 0
    client = boto3.client(
        "rekognition", region_name="eu-west-1", endpoint_url=f"http://127.0.0.1:{server.server_port}",
        aws_access_key_id="AKID", aws_secret_access_key="none", config=config,
    )
    # Without the waits between attempts.
    with patch("time.sleep"):
        try:
            client.list_collections()
        except ClientError:
            pass
    return requests


by_config = count(Config(retries={"max_attempts": 5}))
by_total = count(Config(retries={"total_max_attempts": 5}))
os.environ["AWS_MAX_ATTEMPTS"] = "5"
by_variable = count()
server.shutdown()
print("max_attempts:", by_config, "total_max_attempts:", by_total, "AWS_MAX_ATTEMPTS:", by_variable)
assert (by_config, by_total, by_variable) == (6, 5, 5)
PY
