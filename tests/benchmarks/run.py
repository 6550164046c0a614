"""`make bench`: the gateway, memory, lists, live pages. `ONLY="lists live"` runs only these sections.

Everything runs in processes of its own on 127.0.0.1, on the back ends that the environment names (else the embedded
ones). Prints a table and, at the end, the same as JSON. `docs/benchmarks.md` explains and keeps the numbers.
"""

import datetime
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from config.demo.processes import LOOPBACK, Child, Installation, fetch_json, free_port
from tests.installation import running_installation

from . import ack, assignment, decisions, inbound, lists, live, load, pages, sends, soak
from .said import say
from .shop import Facts, seeded

ROUNDS, REQUESTS, PER_CONNECTION = 3, 2000, 50
FEW, MANY = 1_000, 10_000


def asgi(installation: Installation, workers: int) -> Child:
    return installation.web("--workers", str(workers), application="tests.benchmarks.asgi:application")


def wsgi(installation: Installation, workers: int) -> Child:
    options = ("--workers", str(workers), "--threads", "8", "--worker-class", "gthread", "--bind", f"{LOOPBACK}:{installation.web_port}")
    return installation.child("web", "-m", "gunicorn", "tests.benchmarks.wsgi:application", *options, "--keep-alive", "30")


def measure_webhooks(server: Callable[[Installation, int], Child], *, workers: int, broker_is_dead: bool) -> dict[str, load.Measured]:
    """Rounds of the three views in turn, on the same processes; the median round of each by rate. The worker doesn't run."""
    with running_installation(demo=True) as installation:
        facts = seeded(installation)
        if broker_is_dead:
            installation.broker_url = f"redis://{LOOPBACK}:{free_port()}/0"
        installation.settings = {"BENCH_CHANNEL_SECRET": facts["secret"]}
        server(installation, workers).start()
        installation.wait_for(f"{installation.web_url}/healthz")
        rounds: dict[str, list[load.Measured]] = {"parse only": [], "insert only": [], "stored": []}
        for number in range(ROUNDS + 1):
            for name, path in (("parse only", "/bench/parse-only/"), ("insert only", "/bench/insert-only/"), ("stored", facts["path"])):
                requests = [load.webhook(path=path, secret=facts["secret"], bot=facts["bot"]) for _ in range(REQUESTS)]
                measured = load.send_all(requests, port=installation.web_port, per_connection=PER_CONNECTION)
                if measured.refused:
                    raise SystemExit(f"bench: {measured.refused} of {measured.requests} {name} requests were refused")
                if number:  # the first round warms up
                    rounds[name].append(measured)
        return {name: statistics.median_low(_by_rate(each)).measured for name, each in rounds.items()}


class _ByRate:
    def __init__(self, measured: load.Measured) -> None:
        self.measured = measured

    def __lt__(self, other: "_ByRate") -> bool:
        return self.measured.per_second < other.measured.per_second


def _by_rate(rounds: Iterable[load.Measured]) -> list[_ByRate]:
    return [_ByRate(each) for each in rounds]


def mixed_requests(facts: Facts, count: int) -> list[bytes]:
    """Per ten requests: six webhooks, the inbox twice, an admin page, health."""
    alice, root = facts["sessions"]["alice"], facts["sessions"]["root"]
    pages = [
        load.page("/inbox/", session=alice),
        load.page("/inbox/list/", session=alice),
        load.page("/admin/channels/accounts/", session=root),
        load.page("/healthz"),
    ]
    known = {"path": facts["path"], "secret": facts["secret"], "bot": facts["bot"]}
    return [load.webhook(**known) if number % 10 < 6 else pages[number % 10 - 6] for number in range(count)]


def measure_memory() -> dict[str, dict[str, float]]:
    """Resident memory in MiB of each process after 1,000 and after 10,000 mixed requests, once nothing waits any more."""
    with running_installation(demo=True) as installation:
        facts = seeded(installation)
        for child in (installation.web(), installation.worker(), installation.beat()):
            child.start()
        installation.wait_until_well()
        found: dict[str, dict[str, float]] = {}
        for moment, count in (("few", FEW), ("many", MANY - FEW)):
            measured = load.send_all(mixed_requests(facts, count), port=installation.web_port, connections=8)
            if measured.refused:
                raise SystemExit(f"bench: {measured.refused} of {measured.requests} mixed requests were refused")
            _wait_until_nothing_waits(installation)
            for name, child in installation.children.items():
                found.setdefault(name, {})[moment] = _resident_mib(child.pid)
        return found


def _wait_until_nothing_waits(installation: Installation) -> None:
    give_up_at = time.monotonic() + 600
    while fetch_json(f"{installation.web_url}/healthz")["oldest_pending_event_seconds"] is not None:
        if time.monotonic() > give_up_at:
            raise SystemExit("bench: the worker doesn't catch up")
        time.sleep(0.5)
    time.sleep(2)


def _resident_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def _machine() -> str:
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "?")
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1024**2
    return f"{os.cpu_count()} × {cpu}, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"


def webhooks() -> Any:
    """Prints the table of webhooks; returns the same for the report."""
    head = ["server", "processes", "view", "broker", "webhooks/s", "of parse-only", "of insert-only"]
    head += ["p50 ms", "p99 ms", "slowest ms", "load's CPU"]
    say(f"\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    report = []
    kinds = [(server, start, workers) for server, start in (("uvicorn", asgi), ("gunicorn gthread", wsgi)) for workers in (1, 2)]
    for server, start, workers in kinds:
        for broker in ("up", "dead"):
            measured = measure_webhooks(start, workers=workers, broker_is_dead=broker == "dead")
            for view, each in measured.items():
                share, of_insert = (each.per_second / measured[other].per_second for other in ("parse only", "insert only"))
                times = [f"{each.p50:.1f}", f"{each.p99:.1f}", f"{each.slowest:.0f}", f"{each.own_cpu:.0%}"]
                rates = [f"{each.per_second:.0f}", f"{share:.2f}", f"{of_insert:.2f}"]
                say("| " + " | ".join([server, str(workers), view, broker, *rates, *times]) + " |")
                figures = {"per_second": round(each.per_second), "share": round(share, 2), "of_insert": round(of_insert, 2)}
                figures |= {"p50_ms": round(each.p50, 1), "p99_ms": round(each.p99, 1)}
                report.append({"server": server, "processes": workers, "view": view, "broker": broker, **figures})
    return report


def memory() -> Any:
    """Prints the table of resident memory; returns the same for the report."""
    say(f"\n| process | MiB after {FEW:,} | MiB after {MANY:,} | ratio |\n|---|---|---|---|")
    report = {}
    for name, mib in measure_memory().items():
        say(f"| {name} | {mib['few']:.0f} | {mib['many']:.0f} | {mib['many'] / mib['few']:.2f} |")
        report[name] = {key: round(value, 1) for key, value in mib.items()}
    return report


SECTIONS: dict[str, Callable[[], Any]] = {
    "webhooks": webhooks,
    "ack": ack.section,
    "inbound": inbound.section,
    "sends": sends.section,
    "memory": memory,
    "soak": soak.section,
    "assignment": assignment.section,
    "lists": lists.section,
    "live": live.section,
    "pages": pages.section,
    "decisions": decisions.section,
}


def main() -> None:
    wanted = sys.argv[1:] or list(SECTIONS)
    if unknown := set(wanted) - set(SECTIONS):
        raise SystemExit(f"bench: no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    back_end = "PostgreSQL" if os.environ.get("DATABASE_URL") else "SQLite"
    say(f"{datetime.date.today()} · {_machine()} · {back_end} · load on the same machine")
    report: dict[str, Any] = {"date": str(datetime.date.today()), "machine": _machine(), "database": back_end}
    for name in wanted:
        report[name] = SECTIONS[name]()
    say("\n" + json.dumps(report, ensure_ascii=False))


if __name__ == "__main__":
    main()
