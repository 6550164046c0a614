"""From LINE's webhooks to messages, through every process, against a loop that only takes stored events in."""

import json
import time
from typing import Any
from urllib.parse import urlsplit

from config.demo.processes import Installation, fetch_json

from . import load
from .live import staged
from .said import SECRET, cpu_seconds, say, table

EVENTS, CUSTOMERS, PATIENCE = 1_000, 50, 600


def send(installation: Installation, count: int) -> load.Measured:
    path = urlsplit(json.loads((installation.data / "stage.json").read_text())["callback"]).path
    requests = [load.webhook(path=path, secret=SECRET, bot="U" + "b" * 32, customers=CUSTOMERS) for _ in range(count)]
    measured = load.send_all(requests, port=installation.web_port)
    if measured.refused:
        raise SystemExit(f"bench: {measured.refused} of {measured.requests} webhooks were refused")
    return measured


def wait_until_all_are_messages(installation: Installation) -> None:
    give_up_at = time.monotonic() + PATIENCE
    while fetch_json(f"{installation.web_url}/healthz")["oldest_pending_event_seconds"] is not None:
        if time.monotonic() > give_up_at:
            raise SystemExit("bench: the worker doesn't catch up")
        time.sleep(0.05)


def section() -> Any:
    """Prints the table; returns the same for the report."""
    say(f"\n{EVENTS:,} messages of {CUSTOMERS} customers, all at once")
    with staged(1) as (installation, _places):
        send(installation, CUSTOMERS * 2)  # makes the customers known
        wait_until_all_are_messages(installation)
        before, began = cpu_seconds(installation), time.perf_counter()
        measured = send(installation, EVENTS)
        wait_until_all_are_messages(installation)
        whole = EVENTS / (time.perf_counter() - began)
        used = {name: (now - before[name]) / EVENTS * 1000 for name, now in cpu_seconds(installation).items()}
        for name in ("worker", "beat"):
            installation.children.pop(name).kill()
        send(installation, EVENTS)
        file = installation.data / "bare.json"
        installation.run("bare", "-m", "tests.benchmarks.bare", "intake", str(file), seconds=PATIENCE)
        alone = json.loads(file.read_text())
        bare, bare_ms = EVENTS / alone["seconds"], alone["cpu"] / EVENTS * 1000
    cpu = f"web {used['web']:.1f}, worker {used['worker']:.1f}"
    rows = [
        ["webhook to message, all processes", f"{whole:.0f}", f"{whole / bare:.2f}", cpu],
        ["bare intake loop", f"{bare:.0f}", "1.00", f"{bare_ms:.1f}"],
    ]
    table(["way", "messages/s", "of the bare loop", "CPU ms each"], rows)
    say(f"(the load took {measured.own_cpu:.0%} of one core while it sent)")
    times = {"web_cpu_ms": round(used["web"], 2), "worker_cpu_ms": round(used["worker"], 2), "bare_cpu_ms": round(bare_ms, 2)}
    return {"whole_per_second": round(whole, 1), "bare_per_second": round(bare, 1), "share": round(whole / bare, 2)} | times
