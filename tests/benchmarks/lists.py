"""Work list and thread with 1,000 and with 100,000 conversations: installations side by side, asked in turn."""

import contextlib
import http.client
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from config.demo.processes import LOOPBACK, Installation
from tests.installation import running_installation

from .queries import HEADER
from .said import at, say, table

SIZES = (1_000, 100_000)
ROUNDS, REQUESTS = 4, 10
GOAL = 1.3


@dataclass
class Asked:
    """One installation, and what its pages showed: seconds and queries by the page's name."""

    database: str
    size: int
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
    agent, supervisor, short, long = facts["agent"], facts["supervisor"], facts["short"], facts["long"]
    return {
        "inbox": ("/inbox/", agent),
        "work list, mine": ("/inbox/list/?tab=mine", agent),
        "work list, open": ("/inbox/list/?tab=open", agent),
        "work list, closed": ("/inbox/list/?tab=closed", agent),
        "conversation, 20 bubbles": (f"/inbox/{short}/", agent),
        "conversation, 500 bubbles": (f"/inbox/{long}/", agent),
        "thread, 20 bubbles": (f"/inbox/{short}/thread/", agent),
        "thread, 500 bubbles": (f"/inbox/{long}/thread/", agent),
        "offers": ("/inbox/offers/", agent),
        "contacts": ("/inbox/contacts/", agent),
        "floor": ("/supervisor/", supervisor),
    }


@contextlib.contextmanager
def filled(database: str, size: int) -> Iterator[Asked]:
    with running_installation() as installation:
        if database == "SQLite":
            installation.database_url = ""
        installation.run("migrate", "manage.py", "migrate", "--verbosity", "0")
        facts = _crowd(installation, size)
        installation.settings = {"BENCH_COUNT_QUERIES": "1"}
        installation.web(application="tests.benchmarks.asgi:application").start()
        installation.wait_for(f"{installation.web_url}/healthz")
        connection = http.client.HTTPConnection(LOOPBACK, installation.web_port, timeout=60)
        yield Asked(database, size, connection, pages_of(facts))
        connection.close()


def _crowd(installation: Installation, size: int) -> dict[str, Any]:
    file = installation.data / "crowd.json"
    installation.run("crowd", "-m", "tests.benchmarks.crowd", str(size), str(file), seconds=600)
    facts: dict[str, Any] = json.loads(file.read_text())
    return facts


def measure() -> list[Asked]:
    """Every page at each installation in turn; the first round warms up."""
    databases = ["PostgreSQL", "SQLite"] if os.environ.get("DATABASE_URL") else ["SQLite"]
    with contextlib.ExitStack() as stack:
        asked = [stack.enter_context(filled(database, size)) for database in databases for size in SIZES]
        for number in range(ROUNDS + 1):
            for name in asked[0].pages:
                for _request in range(REQUESTS if number else 2):
                    for each in asked:
                        each.ask(name, counts=bool(number))
        return asked


def section() -> Any:
    """Prints the table; returns the same for the report."""
    say(f"\nWork list and thread, {SIZES[0]:,} and {SIZES[1]:,} conversations; the goal is equal queries and p95 at most {GOAL} ×")
    report = []
    asked = measure()
    lines = []
    for few, many in zip(asked[::2], asked[1::2], strict=True):
        for name in few.pages:
            found = {
                "database": few.database,
                "page": name,
                "queries": [few.queries[name], many.queries[name]],
                "p50_ms": [at(each.seconds[name], 0.5) for each in (few, many)],
                "p95_ms": [at(each.seconds[name], 0.95) for each in (few, many)],
            }
            growth = round(found["p95_ms"][1] / found["p95_ms"][0], 2)
            report.append(found | {"growth": growth})
            queries, p50, p95 = (" / ".join(map(str, found[key])) for key in ("queries", "p50_ms", "p95_ms"))
            lines.append([found["database"], name, queries, p50, p95, f"{growth:.2f}"])
    table(["database", "page", "queries", "p50 ms", "p95 ms", "growth of p95"], lines)
    return report
