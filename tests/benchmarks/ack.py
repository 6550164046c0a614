"""How long LINE waits for its 200 at half the highest rate: with the broker alive, dead, and swallowing what it is sent."""

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

from config.demo.processes import LOOPBACK, free_port
from tests.installation import running_installation

from . import load
from .said import say, table
from .shop import seeded

REQUESTS, SECONDS = 2_000, 10


@contextlib.contextmanager
def black_hole() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen(512)
        yield int(listener.getsockname()[1])


def measure(broker: str) -> tuple[load.Measured, load.Measured]:
    """The highest rate, and half of it, at fresh processes. No worker runs."""
    with contextlib.ExitStack() as stack:
        installation = stack.enter_context(running_installation(demo=True))
        facts = seeded(installation)
        if broker != "alive":
            port = free_port() if broker == "dead" else stack.enter_context(black_hole())
            installation.broker_url = f"redis://{LOOPBACK}:{port}/0"
        installation.web("--workers", "2").start()
        installation.wait_for(f"{installation.web_url}/healthz")

        def send(count: int, per_second: float = 0) -> load.Measured:
            known = {"path": facts["path"], "secret": facts["secret"], "bot": facts["bot"]}
            requests = [load.webhook(**known) for _ in range(count)]
            measured = load.send_all(requests, port=installation.web_port, per_second=per_second)
            if measured.refused:
                raise SystemExit(f"bench: {measured.refused} of {measured.requests} webhooks were refused")
            return measured

        send(REQUESTS // 4)  # warms up
        highest = send(REQUESTS)
        half = highest.per_second / 2
        return highest, send(int(half * SECONDS), per_second=half)


def section() -> Any:
    """Prints the table; returns the same for the report."""
    say("\nTime to the 200 of a stored webhook at half the highest rate, counted from the moment it was due")
    rows, report = [], []
    for broker in ("alive", "dead", "black-holed"):
        highest, half = measure(broker)
        times = [f"{half.p50:.1f}", f"{half.p99:.1f}", f"{half.slowest:.0f}", f"{half.own_cpu:.0%}"]
        rows.append([broker, f"{highest.per_second:.0f}", f"{half.per_second:.0f}", *times])
        figures = {"highest": round(highest.per_second), "per_second": round(half.per_second)}
        report.append({"broker": broker, **figures, "p50_ms": round(half.p50, 1), "p99_ms": round(half.p99, 1)})
    table(["broker", "highest/s", "sent/s", "p50 ms", "p99 ms", "slowest ms", "load's CPU"], rows)
    return report
