#!/usr/bin/env bash
# aiohttp reads SSL_CERT_FILE when it is imported, not when a session is made or a request is sent.
#
# A local HTTPS server has a certificate of an authority of its own, and SSL_CERT_FILE names that
# authority. Set before `import aiohttp`, a request is answered. Set after it, but before the session
# is made, the same request fails as not trusted, while urllib in the same process trusts the server.
# aiohttp makes one TLS context for all its connectors at import, even where only aiohttp.web, the
# server, is imported; so whichever module imports it first decides.
#
# Seen with aiohttp 3.14.5 on Python 3.11 on 2026-11-28.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check aiohttp==3.14.5 trustme==1.2.1
cat >"$folder/seen.py" <<'PY'
import asyncio
import os
import ssl
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

import trustme

os.environ.pop("SSL_CERT_FILE", None)
authority = trustme.CA()
authority_file = sys.argv[2] + "/authority.pem"
authority.cert_pem.write_to_path(authority_file)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(HTTPServer):
    def handle_error(self, *_):
        pass


server = Server(("127.0.0.1", 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
authority.issue_cert("127.0.0.1").configure_cert(context)
server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"https://127.0.0.1:{server.server_port}/"

if sys.argv[1] == "before":
    os.environ["SSL_CERT_FILE"] = authority_file
import aiohttp.web

os.environ["SSL_CERT_FILE"] = authority_file


async def by_aiohttp():
    async with aiohttp.ClientSession() as session:
        try:
            async with session.get(url) as answer:
                return answer.status
        except aiohttp.ClientConnectorCertificateError:
            return "not trusted"


with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url) as answer:
    by_urllib = answer.status
print("urllib:", by_urllib, "aiohttp:", asyncio.run(by_aiohttp()))
server.shutdown()
PY
before=$("$folder/venv/bin/python" "$folder/seen.py" before "$folder")
after=$("$folder/venv/bin/python" "$folder/seen.py" after "$folder")
printf 'set before the import: %s\nset after the import:  %s\n' "$before" "$after"
test "$before" = "urllib: 204 aiohttp: 204"
test "$after" = "urllib: 204 aiohttp: not trusted"
