"""Answers that wait, each in its customer's lane, until LINE's stand-in has them; against a loop that calls LINE's SDK."""

import json
from typing import Any

from config.demo.processes import fetch_json
from tests.installation import running_installation

from .said import CHANNEL_ID, SECRET, TOKEN, say, table

ANSWERS, PATIENCE = 300, 600


def section() -> Any:
    """Prints the table; returns the same for the report."""
    say(f"\n{ANSWERS} answers to {ANSWERS} customers, one request each")
    with running_installation() as installation:
        # Without a state file, which would be written ten times a second.
        installation.child("simulator", "manage.py", "line_simulator", "--port", str(installation.line_port)).start()
        installation.wait_for_simulator()
        channel = {"channel_id": CHANNEL_ID, "channel_secret": SECRET, "access_token": TOKEN}
        fetch_json(f"{installation.line_url}/sim/channels", channel)
        friend = {"channel_id": CHANNEL_ID, "silent": True}
        for number in range(ANSWERS):
            customer = friend | {"display_name": f"Customer {number}", "user_id": f"U{number:032x}"}
            fetch_json(f"{installation.line_url}/sim/users", customer)
        installation.run("migrate", "manage.py", "migrate", "--verbosity", "0")
        file = installation.data / "bare.json"
        installation.run("queue", "-m", "tests.benchmarks.bare", "queue", str(file), str(ANSWERS), seconds=PATIENCE)
        for child in (installation.web(), installation.worker(), installation.beat()):
            child.start()
        installation.wait_until_well()
        rates = {}
        for name in ("sdk", "release"):
            installation.run(name, "-m", "tests.benchmarks.bare", name, str(file), str(ANSWERS), seconds=PATIENCE)
            rates[name] = ANSWERS / json.loads(file.read_text())["seconds"]
    whole, bare = rates["release"], rates["sdk"]
    rows = [["queued answer to accepted, one worker", f"{whole:.0f}", f"{whole / bare:.2f}"], ["bare SDK loop", f"{bare:.0f}", "1.00"]]
    table(["way", "answers/s", "of the bare loop"], rows)
    return {"whole_per_second": round(whole, 1), "bare_per_second": round(bare, 1), "share": round(whole / bare, 2)}
