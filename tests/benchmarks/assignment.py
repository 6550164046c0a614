"""How quickly work finds agents: a full queue handed out, one slot with few and with many waiting, and a slot that comes free."""

import json
from typing import Any

from config.demo.processes import Installation
from tests.installation import running_installation

from .said import at, say, table

AGENTS, EACH = 500, 20
FEW, MANY = 100, 10_000
SHARE_GOAL, GROWTH_GOAL, FREED_GOAL_MS = 0.2, 1.5, 1_000
PATIENCE = 1_200


def section() -> Any:
    """Prints the tables; returns the same for the report."""
    say(f"\n{MANY:,} waiting conversations to {AGENTS} agents of {EACH} units, accepted automatically, in batches of 100")
    with running_installation() as installation:
        installation.run("migrate", "manage.py", "migrate", "--verbosity", "0", seconds=PATIENCE)
        _step(installation, "prepare")
        filled, growth = _step(installation, "fill"), _step(installation, "growth")
        installation.worker().start()
        freed = _step(installation, "freed")["seconds"]
    share = filled["assigned_per_second"] / filled["updates_per_second"]
    rates = [
        ["assigned", f"{filled['assigned_per_second']:.0f}", f"{share:.2f}"],
        ["single-row updates", f"{filled['updates_per_second']:.0f}", "1.00"],
    ]
    table(["what", "per second", f"of single-row updates (goal {SHARE_GOAL})"], rows=rates)
    few, many = growth["few"] * 1000, growth["many"] * 1000
    costs = [[f"{few:.1f}", f"{many:.1f}", f"{many / few:.2f}"]]
    table([f"one assignment, {FEW} waiting, ms", f"{MANY:,} waiting, ms", f"growth (goal {GROWTH_GOAL})"], costs)
    table(
        [f"freed slot to its next conversation, p50 ms (goal {FREED_GOAL_MS})", "slowest ms"], [[str(at(freed, 0.5)), str(at(freed, 1.0))]]
    )
    return {
        "assigned_per_second": round(filled["assigned_per_second"]),
        "updates_per_second": round(filled["updates_per_second"]),
        "share": round(share, 2),
        "one_of_few_ms": round(few, 1),
        "one_of_many_ms": round(many, 1),
        "growth": round(many / few, 2),
        "freed_p50_ms": at(freed, 0.5),
        "freed_slowest_ms": at(freed, 1.0),
    }


def _step(installation: Installation, name: str) -> Any:
    file = installation.data / f"{name}.json"
    installation.run(name, "-m", "tests.benchmarks.hand_out", name, str(file), seconds=PATIENCE)
    return json.loads(file.read_text())
