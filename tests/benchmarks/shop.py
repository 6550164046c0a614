"""The demo's shop, and what the load needs to know of it."""

import json
import time
from typing import Any

from config.demo.processes import Installation

Facts = dict[str, Any]


def seeded(installation: Installation) -> Facts:
    """Simulator and rows of the demo's shop; nothing serves yet. Returns what the load needs to know."""
    installation.simulator().start()
    installation.wait_for_simulator()
    installation.run("seed", "manage.py", "seed_demo", seconds=600)
    child = installation.child("facts", "-m", "tests.benchmarks.prepare")
    child.start()
    while child.is_running:
        time.sleep(0.05)
    del installation.children["facts"]
    facts: Facts = json.loads(child.last_words(1))
    return facts
