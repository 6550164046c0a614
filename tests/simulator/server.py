"""Runs a real simulator for tests: its own process on a free port."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
STOP_SECONDS = 30
CHANNEL = "1650000001"
TOKEN = f"token-{CHANNEL}"


class Answer:
    """One HTTP answer: `status`, `headers` (lower case) and `json` or `text`."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class SimulatorProcess:
    """A running simulator. `post`, `get` and the like answer with the decoded JSON and raise AssertionError beyond 2xx."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port = port
        self.process = process
        self.url = f"http://127.0.0.1:{port}"

    def call(
        self,
        method: str,
        path: str,
        data: Any = None,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        timeout: float = 30,
    ) -> Answer:
        """One request, whatever its answer. `data` goes out as JSON; `body` as it is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        sent = dict(headers or {})
        if data is not None:
            body = json.dumps(data).encode()
            sent.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
        finally:
            connection.close()

    def _expect(self, answer: Answer, what: str) -> Any:
        assert 200 <= answer.status < 300, f"{what}: {answer.status} {answer.text}"
        return answer.json

    def get(self, path: str, **query: Any) -> Any:
        target = f"{path}?{urlencode(query)}" if query else path
        return self._expect(self.call("GET", target), f"GET {target}")

    def post(self, path: str, data: Any = None) -> Any:
        return self._expect(self.call("POST", path, {} if data is None else data), f"POST {path}")

    def patch(self, path: str, data: Any) -> Any:
        return self._expect(self.call("PATCH", path, data), f"PATCH {path}")

    def delete(self, path: str) -> Any:
        return self._expect(self.call("DELETE", path), f"DELETE {path}")

    # --- The control API by name ---------------------------------------------------------------------

    def add_channel(self, webhook_url: str | None = None, channel_id: str = CHANNEL, **fields: Any) -> dict[str, Any]:
        """A channel whose secret is `secret-<id>` and whose token is `token-<id>`, unless told otherwise."""
        data = {"channel_id": channel_id, "channel_secret": f"secret-{channel_id}", "access_token": f"token-{channel_id}", **fields}
        if webhook_url is not None:
            data["webhook_url"] = webhook_url
        return self.post("/sim/channels", data)

    def add_user(self, display_name: str = "Misaki", channel_id: str = CHANNEL, **fields: Any) -> str:
        """The user ID of a new friend; no follow event unless `silent=False`."""
        return self.post("/sim/users", {"display_name": display_name, "channel_id": channel_id, "silent": True, **fields})["user_id"]

    def send(self, user_id: str, message: dict[str, Any] | str, channel_id: str = CHANNEL) -> dict[str, Any]:
        content = {"type": "text", "text": message} if isinstance(message, str) else message
        return self.post(f"/sim/users/{user_id}/send", {"channel_id": channel_id, "message": content})

    def upload(self, kind: str, body: bytes, content_type: str | None = None, channel_id: str = CHANNEL, **fields: Any) -> str:
        """The id of a file for a message; `fields` are file_name, duration, preparing_ms and transcoding."""
        query = urlencode({"channel_id": channel_id, "type": kind, **fields})
        headers = {} if content_type is None else {"Content-Type": content_type}
        return self._expect(self.call("POST", f"/sim/media?{query}", body=body, headers=headers), "upload")["media_id"]

    def unsend(self, user_id: str, message_id: str, channel_id: str = CHANNEL) -> dict[str, Any]:
        return self.post(f"/sim/users/{user_id}/unsend", {"channel_id": channel_id, "message_id": message_id})

    def chat(self, user_id: str, channel_id: str = CHANNEL) -> list[dict[str, Any]]:
        """The bubbles in the order the customer sees them."""
        return self.get(f"/sim/users/{user_id}/chat", channel_id=channel_id)["bubbles"]

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        """What came to LINE's endpoints, oldest first."""
        return self.get("/sim/requests", since=since)["requests"]

    def add_fault(self, endpoint: str, kind: str, **fields: Any) -> dict[str, Any]:
        return self.post("/sim/faults", {"endpoint": endpoint, "kind": kind, **fields})

    def clear_faults(self) -> None:
        self.delete("/sim/faults")

    def advance_clock(self, seconds: float) -> None:
        self.post("/sim/clock", {"advance_seconds": seconds})

    def reset(self) -> None:
        self.post("/sim/reset")

    # --- LINE's endpoints ----------------------------------------------------------------------------

    def line(self, method: str, path: str, data: Any = None, *, token: str | None = TOKEN, **more: Any) -> Answer:
        """A call as the product makes it, whatever its answer."""
        authorization = {"Authorization": f"Bearer {token}"} if token is not None else {}
        return self.call(method, path, data, {**authorization, **more.pop("headers", {})}, **more)

    # --- The process ---------------------------------------------------------------------------------

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the simulator ended with {self.process.returncode}: {self.output()}")
            try:
                self.get("/sim/health")
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
            else:
                return
        raise AssertionError("the simulator did not answer in time")

    def output(self) -> str:
        return self.process.stdout.read().decode() if self.process.stdout is not None else ""

    def stop(self) -> int:
        """Ask it to end, as Ctrl-C does; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return self.process.returncode
        finally:
            self._close_pipe()

    def kill(self) -> None:
        """SIGKILL: no chance to write anything."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)
        self._close_pipe()

    def _close_pipe(self) -> None:
        if self.process.stdout is not None and not self.process.stdout.closed:
            self.process.stdout.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_simulator(state: Path | None = None, **options: Any) -> SimulatorProcess:
    """Start one and wait until it answers. Options are those of the command line: `webhook_timeout=0.3`, `https_required=True`."""
    port = options.pop("port", None) or free_port()
    command = [sys.executable, "-m", "channels_app.simulator", "--port", str(port)]
    if state is not None:
        command += ["--state", str(state)]
    for name, value in options.items():
        flag = f"--{name.replace('_', '-')}"
        command += [flag] if value is True else [flag, str(value)]
    process = subprocess.Popen(command, cwd=PROJECT, env=os.environ.copy(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    simulator = SimulatorProcess(port, process)
    try:
        simulator.wait_until_ready()
    except BaseException:
        process.kill()
        process.wait()
        raise
    return simulator


@contextmanager
def running_simulator(state: Path | None = None, **options: Any) -> Iterator[SimulatorProcess]:
    simulator = start_simulator(state, **options)
    try:
        yield simulator
    finally:
        simulator.stop()
