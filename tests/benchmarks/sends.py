"""Answers that wait, each in its customer's lane, until LINE's stand-in has them; against a loop that calls LINE's SDK."""

import json
import os
from typing import Any

from config.demo.processes import fetch_json
from tests.installation import running_installation

from .said import CHANNEL_ID, SECRET, TOKEN, cpu_seconds, say, table

ANSWERS, ROUNDS, PATIENCE = 1_000, int(os.environ.get("BENCH_ROUNDS", "3")), 600


def measure() -> dict[str, float]:
    """Answers a second with and without the product, and the shares of one core meanwhile, in one installation."""
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
        installation.run("migrate", "manage.py", "migrate", "--verbosity", "0", seconds=PATIENCE)
        file = installation.data / "bare.json"
        installation.run("queue", "-m", "tests.benchmarks.bare", "queue", str(file), str(ANSWERS), seconds=PATIENCE)
        for child in (installation.web(), installation.worker(), installation.beat()):
            child.start()
        installation.wait_until_well()
        found = {}
        for name in ("sdk", "release"):
            before = cpu_seconds(installation)
            installation.run(name, "-m", "tests.benchmarks.bare", name, str(file), str(ANSWERS), seconds=PATIENCE)
            measured = json.loads(file.read_text())
            used = {each: now - before[each] for each, now in cpu_seconds(installation).items()}
            found[name] = ANSWERS / measured["seconds"]
            found[f"{name}_cpu_ms"] = (measured["cpu"] if name == "sdk" else used["worker"]) / ANSWERS * 1000
            found[f"{name}_load"] = used["simulator"] / measured["seconds"]
    return found


def section() -> Any:
    """Prints the table; returns the same for the report."""
    say(f"\n{ANSWERS:,} answers to {ANSWERS:,} customers, one request each; the middle one of {ROUNDS} rounds by its share")
    rounds = sorted((measure() for _ in range(ROUNDS)), key=lambda found: found["release"] / found["sdk"])
    middle = rounds[ROUNDS // 2]
    shares = [round(found["release"] / found["sdk"], 2) for found in rounds]
    rows = []
    for name, way in (("release", "queued answer to accepted, one worker"), ("sdk", "bare SDK loop")):
        share, load = f"{middle[name] / middle['sdk']:.2f}", f"{middle[f'{name}_load']:.0%}"
        rows.append([way, f"{middle[name]:.0f}", share, f"{middle[f'{name}_cpu_ms']:.2f}", load])
    table(["way", "answers/s", "of the bare loop", "CPU ms each", "stand-in's CPU"], rows)
    say(f"(shares: {', '.join(map(str, shares))})")
    return {name: round(value, 2) for name, value in middle.items()} | {"shares": shares}
