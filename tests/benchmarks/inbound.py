"""From LINE's webhooks to messages, through every process, against a loop that only takes stored events in."""

import json
import time
from typing import Any
from urllib.parse import urlsplit

from config.demo.processes import Installation, fetch_json

from . import load
from .live import staged
from .said import SECRET, say, table

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
        began = time.perf_counter()
        measured = send(installation, EVENTS)
        wait_until_all_are_messages(installation)
        whole = EVENTS / (time.perf_counter() - began)
        for name in ("worker", "beat"):
            installation.children.pop(name).kill()
        send(installation, EVENTS)
        file = installation.data / "bare.json"
        installation.run("bare", "-m", "tests.benchmarks.bare", "intake", str(file), seconds=PATIENCE)
        bare = EVENTS / json.loads(file.read_text())["seconds"]
    rows = [["webhook to message, all processes", f"{whole:.0f}", f"{whole / bare:.2f}"], ["bare intake loop", f"{bare:.0f}", "1.00"]]
    table(["way", "messages/s", "of the bare loop"], rows)
    say(f"(the load took {measured.own_cpu:.0%} of one core while it sent)")
    return {"whole_per_second": round(whole, 1), "bare_per_second": round(bare, 1), "share": round(whole / bare, 2)}
