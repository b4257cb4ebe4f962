"""A real redis-server for tests, on a free port of the loopback."""

import shutil
import signal
import socket
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from redis import Redis
from support import need


class RedisServer:
    """A server that a test may kill, halt and start again on the same port."""

    def __init__(self, folder: Path, *options: str, password: str = "", tls: bool = False) -> None:
        need("redis", shutil.which("redis-server"), "redis-server is not installed")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.address = f"{'rediss' if tls else 'redis'}://127.0.0.1:{self.port}/0"
        user = f":{quote(password, safe='')}@" if password else ""
        self.url = self.address.replace("://", f"://{user}")
        ports = ["--port", "0", "--tls-port"] if tls else ["--port"]
        self._command = ["redis-server", *ports, str(self.port), "--bind", "127.0.0.1"]
        self._command += ["--save", "", "--appendonly", "no", "--dir", str(folder), *options]
        if password:
            self._command += ["--requirepass", password]
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Starts, and returns when the server takes connections."""
        self._process = subprocess.Popen(  # noqa: S603 - our own options
            self._command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self._process.stdout is not None
        said: list[str] = []
        for line in self._process.stdout:
            said.append(line)
            if "Ready to accept connections" in line:
                return
        self.kill()
        if any("--tls" in option for option in self._command):
            need("redis", path=None, missing="redis-server is built without TLS")
        pytest.fail("".join(said))

    def kill(self) -> None:
        """Kills the server, and returns when it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def halt(self) -> None:
        """Lets the server hang: the system still takes connections for it."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Ends the hanging."""
        self._signal(signal.SIGCONT)

    @contextmanager
    def asked(self) -> Generator[Redis]:
        """A connection of the test's own."""
        with Redis.from_url(self.url, decode_responses=True) as redis:
            yield redis

    def connections(self) -> int:
        """How many there are, beside the one that asks."""
        with self.asked() as redis:
            return len(redis.client_list()) - 1

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)


@contextmanager
def redis_server(folder: Path, *options: str, **settings: str | bool) -> Generator[RedisServer]:
    """A running server, which is gone afterwards."""
    server = RedisServer(folder, *options, **settings)  # type: ignore[arg-type] # as it takes them
    try:
        server.start()
        yield server
    finally:
        server.kill()
