"""Both directions under fire: `make chaos`, or `make chaos SHORT=1` on SQLite with a tenth of it.

Customers write (twice, late, pictures too) and an agent answers, while LINE fails and web, workers, beat and broker are
killed outright; PostgreSQL is restarted as after a crash. When the storm is over and nothing waits any more, every event
must be one message, and every answer shown once and in order, or be called unknown or failed and not be shown twice.
"""

import argparse
import contextlib
import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from config.demo.processes import Child, Installation, fetch_json
from tests.installation import running_installation

from . import plan, rows, servers
from .customers import Customer, Customers
from .trouble import Weather, lost_messages, power_cut, reap
from .verdict import Verdict, judge_answers, judge_inbound, judge_rest

SETTLE_SECONDS = 300
LOOK_SECONDS = 60


def say(words: str) -> None:
    print(f"chaos: {words}", flush=True)


def ask_rows(installation: Installation, what: str, *numbers: int) -> Any:
    file = installation.data / f"{what}.json"
    installation.run(what, "-m", "tests.chaos.rows", what, str(file), *map(str, numbers))
    return json.loads(file.read_text())


def start(installation: Installation, size: plan.Size) -> Customers:
    """Everything runs, and the customers are the accounts' friends."""
    installation.run("migrate", "manage.py", "migrate", "--verbosity", "0")
    callbacks = ask_rows(installation, "prepare", size.accounts)
    # No state file: writing thousands of bubbles ten times a second would be most of the machine's work.
    simulator = installation.child("simulator", "manage.py", "line_simulator", "--port", str(installation.line_port))
    for child in (simulator, installation.web(), installation.beat(), worker(installation, "worker-1"), worker(installation, "worker-2")):
        child.start()
    installation.wait_for_simulator()
    installation.wait_until_well()
    for number, callback in enumerate(callbacks):
        known = {"channel_id": rows.channel_id(number), "channel_secret": rows.CHANNEL_SECRET, "access_token": rows.access_token(number)}
        fetch_json(f"{installation.line_url}/sim/channels", known | {"webhook_url": callback, "redelivery": True})
    people = []
    for number in range(size.customers):
        friend = {"channel_id": rows.channel_id(number % size.accounts), "display_name": f"Customer {number}", "silent": True}
        user_id = fetch_json(f"{installation.line_url}/sim/users", friend)["user_id"]
        people.append(Customer(user_id, friend["channel_id"]))
    return Customers(installation, people)


def worker(installation: Installation, name: str) -> Child:
    child = installation.worker("-n", f"{name}@%h")
    child.name, child.log = name, child.log.with_name(f"{name}.log")
    installation.children[name] = installation.children.pop("worker")
    return child


def storm(installation: Installation, backs: dict[str, Child], customers: Customers, size: plan.Size, seed: int) -> None:
    chance = random.Random(seed)
    happenings = plan.happenings(size, chance)
    killers: dict[str, Callable[[], None]] = {
        name: power_cut(installation.children[name]) for name in ("web", "worker-1", "worker-2", "beat")
    }
    killers["broker"] = power_cut(backs["broker"]) if "broker" in backs else lost_messages(installation)
    deaths = plan.kills(size, list(killers), chance)
    if "postgres" in backs:
        killers["postgres"] = lambda: servers.restart_postgres(backs["postgres"])
        deaths = sorted([*deaths, (size.seconds / 2, "postgres")])

    customers.say_hello()
    wait_for_conversations(installation, size)
    weather = Weather(installation.line_url, random.Random(seed + 1))
    writing = threading.Thread(target=customers.write, args=(happenings,))
    answering = installation.child(
        "answer",
        *("-m", "tests.chaos.rows", "answer", str(installation.data / "answer.json")),
        *(str(size.answers), str(int(size.seconds)), str(seed + 2)),
    )
    weather.begin()
    answering.start()
    writing.start()
    killed = reap(deaths, killers)
    writing.join()
    customers.insist()
    while answering.is_running:
        time.sleep(0.1)
    if installation.children.pop("answer").exit_code:
        sys.exit(f"chaos: the answers stopped: {answering.last_words()}")
    faults = weather.end()
    came, again = len(customers.expected), customers.posts - len(customers.expected)
    say(f"{came} events of {len(customers.people)} customers came, {again} of them again; {size.answers} answers were given")
    say(f"killed: {dict(killed)}; faults: {faults}")


def wait_for_conversations(installation: Installation, size: plan.Size) -> None:
    give_up_at = time.monotonic() + 120
    while ask_rows(installation, "report", LOOK_SECONDS)["conversations"] < size.customers:
        if time.monotonic() > give_up_at:
            sys.exit("chaos: the first words of the customers don't arrive")
        time.sleep(0.5)


def settled(installation: Installation, customers: Customers) -> Any:
    """What there is once nothing waits any more, or when the time is up: then the verdict says what still waits."""
    began = time.monotonic()
    while True:
        found = ask_rows(installation, "report", LOOK_SECONDS)
        here = {event_id for events in found["came"].values() for event_id, _at in events}
        if not any(found["waiting"].values()) and customers.expected.keys() <= here:
            say(f"everything at rest {time.monotonic() - began:.0f} s after the storm")
            return found
        if time.monotonic() > began + SETTLE_SECONDS:
            return found
        time.sleep(1)


def judge(installation: Installation, found: Any, customers: Customers, size: plan.Size) -> Verdict:
    verdict, seen = Verdict(), 0
    judge_inbound(verdict, customers.expected, found)
    for person in customers.people:
        chat = fetch_json(f"{installation.line_url}/sim/users/{person.user_id}/chat?channel_id={person.channel_id}", timeout=30)["bubbles"]
        shown = [bubble["text"] for bubble in chat if bubble["direction"] == "outbound"]
        seen += len(shown)
        wanted = size.answers // size.customers
        judge_answers(verdict, user=person.user_id, answers=found["answers"].get(person.user_id, []), shown=shown, wanted=wanted)
    judge_rest(verdict, found, len(customers.people))
    states = Counter(answer["state"] for answers in found["answers"].values() for answer in answers)
    say(f"answers: {dict(states)}, {seen} seen by customers; pictures: {dict(Counter(found['pictures']))}")
    return verdict


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    options.add_argument("--short", action="store_true", help="a tenth of it, on SQLite and the embedded broker")
    options.add_argument("--seed", type=int, default=random.randrange(10**6))
    options.add_argument("--keep-logs", type=Path, help="a folder for the processes' logs")
    chosen = options.parse_args()
    size = plan.SHORT if chosen.short else plan.FULL
    say(f"seed {chosen.seed}; {size.events} events, {size.answers} answers on {'SQLite' if chosen.short else 'PostgreSQL and Redis'}")
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        backs = {} if chosen.short else stack.enter_context(servers.own_servers())
        installation = stack.enter_context(running_installation())
        try:
            customers = start(installation, size)
            storm(installation, backs, customers, size, chosen.seed)
            verdict = judge(installation, settled(installation, customers), customers, size)
        finally:
            if chosen.keep_logs:
                keep_logs(installation, backs, chosen.keep_logs)
    for line in verdict.told:
        say(line)
    for line in verdict.broken:
        print(f"chaos: BROKEN: {line}", file=sys.stderr, flush=True)
    say(f"{time.monotonic() - began:.0f} s")
    print(verdict.line, flush=True)
    return 1 if verdict.broken else 0


def keep_logs(installation: Installation, backs: dict[str, Child], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for log in [*(installation.data / "log").glob("*.log"), *(child.log for child in backs.values())]:
        (folder / log.name).write_bytes(log.read_bytes())


if __name__ == "__main__":
    sys.exit(main())
