"""A small webhook endpoint for tests: keeps what it gets and answers as it is told."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes
    connection: tuple[str, int]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def events(self) -> list[Any]:
        return self.json["events"]


@dataclass
class WebhookReceiver:
    """`status` is what it answers, `first_answers` what it answers before that, `delay_seconds` how long it thinks first.

    `arrived` is what came, oldest first.
    """

    url: str = ""
    status: int = 200
    first_answers: list[int] = field(default_factory=list)
    delay_seconds: float = 0
    arrived: list[Received] = field(default_factory=list)

    def wait_for(self, count: int, timeout_seconds: float = 30) -> list[Received]:
        """What arrived once `count` requests have come."""
        deadline = time.monotonic() + timeout_seconds
        while len(self.arrived) < count:
            assert time.monotonic() < deadline, f"only {len(self.arrived)} of {count} webhooks came"
            time.sleep(0.01)
        return self.arrived

    def last_event(self) -> dict[str, Any]:
        return self.arrived[-1].events[-1]


@contextmanager
def running_receiver() -> Iterator[WebhookReceiver]:
    receiver = WebhookReceiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.arrived.append(Received(self.path, headers, body, self.client_address))
            if receiver.delay_seconds:
                time.sleep(receiver.delay_seconds)
            self.send_response(receiver.first_answers.pop(0) if receiver.first_answers else receiver.status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"OK")

        def log_message(self, *arguments: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *arguments: Any) -> None:
            """A caller that gave up waiting is part of the tests."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}/webhook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
