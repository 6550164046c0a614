"""An installation on this machine as child processes: web, worker, beat and the LINE simulator, each with a log file.

The demo's runner, the smoke test, the browser tests and the benchmarks start everything through this. It knows processes,
ports and environment, nothing of Django.
"""

import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
LOOPBACK = "127.0.0.1"
LOG_LIMIT_BYTES = 5_000_000
STOP_SECONDS = 6.0
SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, Linux


class DidNotStart(Exception):
    """A process ended, or didn't answer in time. `str()` says which, with the last words of its log."""


def free_port(preferred: int = 0, *, taken: Iterable[int] = ()) -> int:
    """`preferred` or the next port that nobody listens on, whether by IPv4 or IPv6; without it, any free one."""
    if not preferred:
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            return int(probe.getsockname()[1])
    for port in range(preferred, preferred + 200):
        if port not in set(taken) and not _is_listened_on(port):
            return port
    raise DidNotStart(f"No free port between {preferred} and {preferred + 199}.")


def _is_listened_on(port: int) -> bool:
    for family, address in ((socket.AF_INET, LOOPBACK), (socket.AF_INET6, "::1")):
        with contextlib.suppress(OSError), socket.socket(family) as probe:
            probe.settimeout(0.5)
            if probe.connect_ex((address, port)) == 0:
                return True
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return True
    return False


def _die_with_parent() -> None:
    """Linux: a child whose starter was killed outright is asked to stop, so nothing is left behind."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)


@dataclass
class Child:
    """One process in a process group of its own, so that Ctrl-C reaches only its starter, which stops it in order."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".1.log"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                list(self.command),
                cwd=ROOT,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )

    @property
    def pid(self) -> int:
        if self.process is None:
            raise DidNotStart(f"{self.name} was never started.")
        return self.process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return None if self.process is None else self.process.poll()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal_group(self, number: int) -> None:
        """To the process and its own children; harmless when they are gone."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """As a power cut would."""
        self.signal_group(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def last_words(self, lines: int = 15) -> str:
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 8_000))
            return "\n".join(log.read().decode("utf-8", "replace").splitlines()[-lines:])


def stop_all(children: Sequence[Child], *, hurry: Callable[[], bool] = lambda: False) -> None:
    """SIGTERM to all, SIGKILL to those still there after some seconds, or at once when `hurry()` becomes true."""
    for child in children:
        child.signal_group(signal.SIGTERM)
    give_up_at = time.monotonic() + STOP_SECONDS
    while any(child.is_running for child in children) and time.monotonic() < give_up_at and not hurry():
        time.sleep(0.05)
    for child in children:
        child.kill()


def fetch_json(url: str, body: Any = None, *, method: str = "", timeout: float = 5.0) -> Any:
    """GET, or POST with a JSON body; raises `OSError` (also for error answers)."""
    data = None if body is None else json.dumps(body).encode()
    method = method or ("GET" if data is None else "POST")
    request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310 - loopback only
        return json.load(answer)


@dataclass
class Installation:
    """Where an installation keeps its data, on which ports it answers, and the processes that make it up."""

    data: Path
    web_port: int
    line_port: int
    secrets: Mapping[str, str]
    demo: bool = False
    database_url: str = ""
    broker_url: str = ""
    redis_url: str = ""
    log_level: str = "WARNING"
    settings: Mapping[str, str] = field(default_factory=dict)
    children: dict[str, Child] = field(default_factory=dict)

    @property
    def web_url(self) -> str:
        return f"http://{LOOPBACK}:{self.web_port}"

    @property
    def line_url(self) -> str:
        return f"http://{LOOPBACK}:{self.line_port}"

    @property
    def environment(self) -> dict[str, str]:
        """Every setting, named: neither a `.env` file nor the caller's shell can change what runs here."""
        return {
            **os.environ,
            **self.secrets,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATA_DIR": str(self.data),
            "DATABASE_URL": self.database_url,
            "CELERY_BROKER_URL": self.broker_url or "filesystem://",
            "REDIS_URL": self.redis_url,
            "PUBLIC_BASE_URL": self.web_url,
            "ALLOWED_HOSTS": f"localhost,.localhost,{LOOPBACK}",
            "LINE_API_BASE": self.line_url,
            "LINE_DATA_API_BASE": self.line_url,
            "STICKER_PICTURE_BASE": self.line_url,
            "ALLOW_INSECURE_LOOPBACK": "1",
            "DEMO_MODE": "1" if self.demo else "0",
            "DEBUG": "0",
            "BEHIND_PROXY": "0",
            "CSRF_TRUSTED_ORIGINS": "",
            "CHANNEL_TYPES": "line",
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore",
            **self.settings,
        }

    def child(self, name: str, *arguments: str) -> Child:
        """Makes (not starts) a process of this installation that runs `python …arguments`."""
        logs = self.data / "log"
        logs.mkdir(parents=True, exist_ok=True)
        self.children[name] = Child(name, [sys.executable, *arguments], self.environment, logs / f"{name}.log")
        return self.children[name]

    def simulator(self, *arguments: str) -> Child:
        state = str(self.data / "simulator.json")
        return self.child("simulator", "manage.py", "line_simulator", "--port", str(self.line_port), "--state", state, *arguments)

    def web(self, *arguments: str, application: str = "config.asgi:application") -> Child:
        port = str(self.web_port)
        server = ("-m", "uvicorn", application, "--host", LOOPBACK, "--port", port, "--no-access-log", "--no-proxy-headers")
        return self.child("web", *server, "--no-server-header", "--timeout-graceful-shutdown", "2", "--log-level", "warning", *arguments)

    def worker(self, *arguments: str) -> Child:
        pool = ("--pool", "threads", "--concurrency", "10", "--without-gossip", "--without-mingle", "--without-heartbeat")
        return self.child("worker", "-m", "celery", "-A", "config", "worker", *pool, "--loglevel", self.log_level, *arguments)

    def beat(self) -> Child:
        return self.child("beat", "-m", "celery", "-A", "config", "beat", "--loglevel", self.log_level)

    def run(self, name: str, *arguments: str, seconds: float = 120.0, stopping: Callable[[], bool] = lambda: False) -> None:
        """Runs a command to its end; `DidNotStart` with its last words if it fails."""
        child = self.child(name, *arguments)
        child.start()
        give_up_at = time.monotonic() + seconds
        while child.is_running and time.monotonic() < give_up_at and not stopping():
            time.sleep(0.05)
        del self.children[name]
        if child.is_running:
            stop_all([child])
            if stopping():
                return
        if child.exit_code:
            raise DidNotStart(f"{name} failed:\n{child.last_words()}")

    def wait_for(
        self, url: str, *, well: Callable[[Any], bool] = bool, seconds: float = 60.0, stopping: Callable[[], bool] = lambda: False
    ) -> None:
        """Until `url` answers JSON that is `well`; `DidNotStart` as soon as one of the processes has ended."""
        give_up_at = time.monotonic() + seconds
        while not stopping():
            with contextlib.suppress(OSError, ValueError):
                if well(fetch_json(url, timeout=2.0)):
                    return
            for child in self.children.values():
                if child.exit_code is not None:
                    raise DidNotStart(f"{child.name} ended (exit {child.exit_code}):\n{child.last_words()}")
            if time.monotonic() > give_up_at:
                words = "\n".join(child.last_words(5) for child in self.children.values())
                raise DidNotStart(f"{url} isn't well after {seconds:.0f} s:\n{words}")
            time.sleep(0.1)

    def wait_until_well(self, *, stopping: Callable[[], bool] = lambda: False) -> None:
        """Until web answers and a worker has shown life through the broker."""
        self.wait_for(f"{self.web_url}/healthz", well=lambda state: state["status"] == "ok", stopping=stopping)

    def wait_for_simulator(self, *, stopping: Callable[[], bool] = lambda: False) -> None:
        self.wait_for(f"{self.line_url}/sim/health", seconds=30, stopping=stopping)

    def stop(self, *, hurry: Callable[[], bool] = lambda: False) -> None:
        stop_all(list(self.children.values()), hurry=hurry)
        self.children.clear()
