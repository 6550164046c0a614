"""Both directions under fire: `make chaos`. Two workers are killed again and again while LINE fails in every way it can.

Afterwards each customer's message is there once and in order, and at the simulator no answer was shown twice or out of
order; one that isn't shown is called unknown or failed, never accepted.
"""

import json
import random
import sys
import time
from typing import Any

from config.demo.processes import Installation, fetch_json
from tests.installation import running_installation

from . import chaos_rows

CUSTOMERS, KILL_EVERY, SETTLE_SECONDS = 4, 1.5, 150
FAULTS = [
    {"kind": "accept_then_timeout", "seconds": 12},
    {"kind": "reset"},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 429, "body": {"message": "The API rate limit has been exceeded. Try again later."}},
]


class Failed(Exception):
    """A promise wasn't kept. `str()` says which."""


def rows(installation: Installation, what: str) -> Any:
    file = installation.data / f"{what}.json"
    installation.run(what, "-m", "tests.smoke.chaos_rows", what, str(file))
    return json.loads(file.read_text())


def line(installation: Installation, path: str, body: Any = None) -> Any:
    return fetch_json(f"{installation.line_url}{path}", body, timeout=15)


def start(installation: Installation) -> list[str]:
    """Everything runs, and some customers are the account's friends; returns their ids."""
    installation.run("migrate", "manage.py", "migrate", "--verbosity", "0")
    callback = rows(installation, "prepare")["callback"]
    for child in (installation.simulator(), installation.web(), installation.beat()):
        child.start()
    start_workers(installation, ["worker-1", "worker-2"])
    installation.wait_for_simulator()
    installation.wait_until_well()
    channel = {"channel_id": chaos_rows.CHANNEL_ID, "channel_secret": chaos_rows.CHANNEL_SECRET, "access_token": chaos_rows.ACCESS_TOKEN}
    line(installation, "/sim/channels", channel | {"webhook_url": callback})
    friend = {"channel_id": chaos_rows.CHANNEL_ID, "silent": True}
    return [line(installation, "/sim/users", friend | {"display_name": f"Customer {n}"})["user_id"] for n in range(CUSTOMERS)]


def start_workers(installation: Installation, names: list[str]) -> None:
    for name in names:
        child = installation.worker("-n", f"{name}@%h")
        child.name = name
        installation.children[name] = installation.children.pop("worker")
        child.start()


def storm(installation: Installation, customers: list[str], chance: random.Random) -> dict[str, list[str]]:
    """Customers write, answers are queued, LINE fails and workers die; returns what each customer wrote."""
    wrote: dict[str, list[str]] = {customer: [] for customer in customers}
    for customer in customers:
        write(installation, customer, wrote)
    answering = installation.child("answer", "-m", "tests.smoke.chaos_rows", "answer", str(installation.data / "answer.json"))
    answering.start()
    kill_at, kills = time.monotonic() + KILL_EVERY, 0
    while answering.is_running:
        # The others fall silent, so that their answers have to be pushed.
        write(installation, chance.choice(customers[: CUSTOMERS // 2]), wrote)
        if chance.random() < 0.5:
            line(installation, "/sim/faults", {"endpoint": chance.choice(["push", "reply"]), "times": 1} | chance.choice(FAULTS))
        if time.monotonic() > kill_at:
            name = chance.choice(["worker-1", "worker-2"])
            installation.children.pop(name).kill()
            start_workers(installation, [name])
            kill_at, kills = time.monotonic() + KILL_EVERY, kills + 1
        time.sleep(0.1)
    if installation.children.pop("answer").exit_code:
        raise Failed(f"the answers stopped: {answering.last_words()}")
    fetch_json(f"{installation.line_url}/sim/faults", method="DELETE")
    print(f"chaos: {sum(map(len, wrote.values()))} messages came, {kills} workers were killed", flush=True)
    return wrote


def write(installation: Installation, customer: str, wrote: dict[str, list[str]]) -> None:
    text = f"in {len(wrote[customer])}"
    sent = {"channel_id": chaos_rows.CHANNEL_ID, "message": {"type": "text", "text": text}}
    if line(installation, f"/sim/users/{customer}/send", sent)["webhook_status"] != 200:
        raise Failed("a webhook wasn't answered with 200")
    wrote[customer].append(text)


def settled(installation: Installation) -> Any:
    give_up_at = time.monotonic() + SETTLE_SECONDS
    while (found := rows(installation, "report"))["waiting"]:
        if time.monotonic() > give_up_at:
            raise Failed(f"{found['waiting']} rows still wait after {SETTLE_SECONDS} s")
        time.sleep(2)
    return found


def check(installation: Installation, found: Any, wrote: dict[str, list[str]]) -> str:
    if found["dead"]:
        raise Failed(f"dead letters: {found['dead']}")
    if found["came"] != wrote:
        raise Failed(f"customers wrote {wrote}, kept is {found['came']}")
    shown_in_all = not_shown = unknown = 0
    for customer, states in found["states"].items():
        chat = line(installation, f"/sim/users/{customer}/chat?channel_id={chaos_rows.CHANNEL_ID}")["bubbles"]
        shown = [bubble["text"] for bubble in chat if bubble["direction"] == "outbound"]
        if shown != sorted(set(shown), key=lambda text: int(text.split()[1])):
            raise Failed(f"doubled or out of order at {customer}: {shown}")
        missing = {text: state for text, state in states.items() if text not in shown}
        if "accepted" in missing.values() or set(missing.values()) - {"unknown", "failed"}:
            raise Failed(f"lost at {customer}: {missing}")
        shown_in_all += len(shown)
        not_shown += len(missing)
        unknown += sum(state == "unknown" for state in states.values())
    return f"{shown_in_all} answers shown once and in order, {unknown} called unknown, of which {not_shown} weren't shown"


def main() -> int:
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(10**6)
    print(f"chaos: seed {seed}", flush=True)
    with running_installation() as installation:
        try:
            customers = start(installation)
            wrote = storm(installation, customers, random.Random(seed))
            print(f"chaos: {check(installation, settled(installation), wrote)}", flush=True)
        except Failed as error:
            print(f"chaos: FAILED: {error}", file=sys.stderr)
            return 1
    print("chaos: ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
