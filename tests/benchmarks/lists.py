"""Work list and thread with 1,000 and with 100,000 conversations: installations side by side, asked in turn."""

import contextlib
import http.client
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from config.demo.processes import LOOPBACK, Installation
from tests.installation import running_installation

from .queries import HEADER
from .said import at, say, table

SIZES = (1_000, 100_000)
WARM_UP, ROUNDS, REQUESTS = 4, 4, 15
GOAL = 1.3


@dataclass
class Asked:
    """One installation, and what its pages showed: seconds and queries by the page's name."""

    connection: http.client.HTTPConnection
    pages: dict[str, tuple[str, str]]
    seconds: dict[str, list[float]] = field(default_factory=dict)
    queries: dict[str, int] = field(default_factory=dict)

    def ask(self, name: str, *, counts: bool) -> None:
        path, session = self.pages[name]
        began = time.perf_counter()
        self.connection.request("GET", path, headers={"Cookie": f"sessionid={session}"})
        answer = self.connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"bench: {path} answered {answer.status}")
        if counts:
            self.seconds.setdefault(name, []).append(time.perf_counter() - began)
            self.queries[name] = int(answer.headers[HEADER])


def pages_of(facts: dict[str, Any]) -> dict[str, tuple[str, str]]:
    agent, supervisor = facts["agent"], facts["supervisor"]
    cursors = {name: quote(cursor) for name, cursor in facts["cursors"].items()}
    short, long, stranger = (f"/inbox/{facts[name]}/" for name in ("short", "long", "stranger"))
    paths = {
        "inbox": "/inbox/",
        "work list, mine": "/inbox/list/?tab=mine",
        "work list, mine, oldest first": "/inbox/list/?tab=mine&sort=oldest",
        "work list, mine, unread": "/inbox/list/?tab=mine&unread=1",
        "work list, mine, page 2": f"/inbox/list/?tab=mine&after={cursors['mine']}",
        "work list, open": "/inbox/list/?tab=open",
        "work list, open, newest first": "/inbox/list/?tab=open&sort=newest",
        "work list, open, page 2": f"/inbox/list/?tab=open&after={cursors['open']}",
        "work list, closed": "/inbox/list/?tab=closed",
        "work list, closed, unread": "/inbox/list/?tab=closed&unread=1",
        "work list, closed, page 2": f"/inbox/list/?tab=closed&after={cursors['closed']}",
        "work list, closed, half-way down": f"/inbox/list/?tab=closed&after={cursors['far']}",
        "conversation, 20 bubbles": short,
        "conversation, 500 bubbles": long,
        "thread, 20 bubbles": f"{short}thread/",
        "thread, 500 bubbles": f"{long}thread/",
        "thread's head": f"{long}head/",
        "thread's foot": f"{long}foot/",
        "earlier conversation": f"{long}earlier/",
        "customer": f"{long}customer/",
        "who a customer may be": f"{stranger}customer/find/",
        "offers": "/inbox/offers/",
        "status": "/inbox/status/",
        "contacts": "/inbox/contacts/",
        "contacts, page 2": f"/inbox/contacts/?after={cursors['contacts']}",
        "contacts, one of nine": f"/inbox/contacts/?q={quote('佐藤')}",
        "contacts, one": f"/inbox/contacts/?q={quote('佐藤 美咲 0')}",
        "contact": f"/inbox/contacts/{facts['contact']}/",
    }
    return {name: (path, agent) for name, path in paths.items()} | {"floor": ("/supervisor/", supervisor)}


@contextlib.contextmanager
def filled(size: int) -> Iterator[Asked]:
    with running_installation() as installation:
        installation.run("migrate", "manage.py", "migrate", "--verbosity", "0")
        facts = _crowd(installation, size)
        installation.settings = {"BENCH_COUNT_QUERIES": "1"}
        installation.web("--timeout-keep-alive", "120", application="tests.benchmarks.asgi:application").start()
        installation.wait_for(f"{installation.web_url}/healthz")
        connection = http.client.HTTPConnection(LOOPBACK, installation.web_port, timeout=60)
        yield Asked(connection, pages_of(facts))
        connection.close()


def _crowd(installation: Installation, size: int) -> dict[str, Any]:
    file = installation.data / "crowd.json"
    installation.run("crowd", "-m", "tests.benchmarks.crowd", str(size), str(file), seconds=600)
    facts: dict[str, Any] = json.loads(file.read_text())
    return facts


def measure() -> list[Asked]:
    """Every page at each installation in turn, so that what else the machine does meets both."""
    with contextlib.ExitStack() as stack:
        asked = [stack.enter_context(filled(size)) for size in SIZES]
        for number in range(ROUNDS + 1):
            for name in asked[0].pages:
                for request in range(REQUESTS if number else WARM_UP):
                    for each in asked if request % 2 else reversed(asked):
                        each.ask(name, counts=bool(number))
        return asked


def section() -> Any:
    """Prints the table; returns the same for the report."""
    say(f"\nPages with {SIZES[0]:,} and {SIZES[1]:,} conversations; the goal is equal queries and p95 at most {GOAL} ×")
    report, lines = [], []
    few, many = measure()
    for name in few.pages:
        found = {
            "page": name,
            "queries": [few.queries[name], many.queries[name]],
            "p50_ms": [at(each.seconds[name], 0.5) for each in (few, many)],
            "p95_ms": [at(each.seconds[name], 0.95) for each in (few, many)],
        }
        growths = {f"growth_{share}": round(found[f"{share}_ms"][1] / found[f"{share}_ms"][0], 2) for share in ("p50", "p95")}
        report.append(found | growths)
        pairs = [" / ".join(map(str, found[key])) for key in ("queries", "p50_ms", "p95_ms")]
        lines.append([name, *pairs, *(f"{growth:.2f}" for growth in growths.values())])
    table(["page", "queries", "p50 ms", "p95 ms", "growth of p50", "of p95"], lines)
    return report
