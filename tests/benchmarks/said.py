"""What the sections share: how figures are printed, what processes have used, and the account of those that need the simulator."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from config.demo.processes import Installation

CHANNEL_ID, SECRET, TOKEN = "1657000077", "c" * 32, "token-of-the-benchmarks"


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    say(f"\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        say(f"| {' | '.join(row)} |")


def at(seconds: Sequence[float], share: float) -> float:
    """A percentile, in milliseconds."""
    ordered = sorted(seconds)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 1)


def cpu_seconds(installation: Installation) -> dict[str, float]:
    """What each running process of an installation has used of the CPU so far."""
    found = {}
    for name, child in installation.children.items():
        if child.is_running:
            times = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
            found[name] = (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
    return found
