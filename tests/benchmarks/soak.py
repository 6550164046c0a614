"""Ten minutes of steady work: does any process hold more at the end than at the beginning? `BENCH_MINUTES` makes it shorter."""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import load
from .live import staged
from .said import SECRET, say, table

MINUTES, PER_SECOND = int(os.environ.get("BENCH_MINUTES", "10")), 10


def resident_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def section() -> Any:
    """Prints resident memory after each minute; returns the same for the report."""
    say(f"\n{MINUTES} minutes with {PER_SECOND} requests a second: seven webhooks, the inbox, its list and a thread of each ten")
    with staged(1) as (installation, places):
        path = urlsplit(json.loads((installation.data / "stage.json").read_text())["callback"]).path
        session, thread = places[0]["session"], f"/inbox/{places[0]['conversation']}/thread/"
        pages = [load.page(address, session=session) for address in ("/inbox/", "/inbox/list/", thread)]
        minutes: dict[str, list[float]] = {}
        own_cpu, refused = 0.0, 0
        for minute in range(MINUTES):
            webhooks = [load.webhook(path=path, secret=SECRET, bot="U" + "b" * 32) for _ in range(60 * PER_SECOND)]
            mixed = [webhook if number % 10 < 7 else pages[number % 10 - 7] for number, webhook in enumerate(webhooks)]
            measured = load.send_all(mixed, port=installation.web_port, per_second=PER_SECOND)
            refused += measured.refused
            own_cpu = max(own_cpu, measured.own_cpu)
            for name, child in installation.children.items():
                minutes.setdefault(name, []).append(round(resident_mib(child.pid), 1))
            say(f"minute {minute + 1}: " + ", ".join(f"{name} {each[-1]:.0f}" for name, each in minutes.items()))
    # The first minute fills caches; what counts is whether it goes on.
    base = 1 if MINUTES > 2 else 0
    rows = [[name, *(f"{mib:.0f}" for mib in each), f"{each[-1] / each[base]:.2f}"] for name, each in minutes.items()]
    table(["process, MiB", *(f"min {number + 1}" for number in range(MINUTES)), f"last ÷ min {base + 1}"], rows)
    say(f"(the load took {own_cpu:.0%} of one core at most; {refused} of {60 * PER_SECOND * MINUTES:,} requests were refused)")
    return {"minutes": minutes, "refused": refused}
