"""What the sections share: how figures are printed, and the account of those that need the simulator."""

import sys
from collections.abc import Sequence

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
