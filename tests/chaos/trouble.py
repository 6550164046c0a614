"""What goes wrong: LINE's bad days in the promised shares, and processes that die without a word."""

import contextlib
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from config.demo.processes import Child, Installation, fetch_json

DOWN_SECONDS = 1.0
# Beyond the product's ten seconds; the shorter one ends like a connection that a proxy cut.
HOLDS = (12.0, 1.0)
SHARE, BURSTS, BURST = 0.05, 0.01, 5


class Weather:
    """Trouble at LINE, by chance for each request: the promised shares of silence, lost answers and errors, and bursts of 429."""

    def __init__(self, line_url: str, chance: random.Random) -> None:
        self._faults = f"{line_url}/sim/faults"
        self._chance = chance

    def begin(self) -> None:
        for endpoint in ("push", "reply"):
            for kind in ("timeout", "accept_then_timeout"):
                for seconds in HOLDS:
                    self._ask(endpoint, kind=kind, seconds=seconds, probability=SHARE / len(HOLDS))
            self._ask(endpoint, kind="status", status=500, probability=SHARE)
            self._ask(endpoint, kind="rate_limit", probability=BURSTS, burst=BURST)

    def end(self) -> dict[str, int]:
        """No trouble any more; how often each kind struck."""
        struck = Counter[str]()
        for fault in fetch_json(self._faults, timeout=15)["faults"]:
            struck[fault["kind"] if fault["kind"] != "status" else str(fault["status"])] += fault["hits"]
        fetch_json(self._faults, method="DELETE", timeout=15)
        return dict(struck)

    def _ask(self, endpoint: str, **fault: Any) -> None:
        fetch_json(self._faults, {"endpoint": endpoint, "seed": self._chance.randrange(10**6)} | fault, timeout=15)


def reap(deaths: Sequence[tuple[float, str]], kill: dict[str, Callable[[], None]]) -> Counter[str]:
    """Kill each process at its time; returns how often each died.

    On the main thread: Linux stops a child whose starting thread has ended.
    """
    began, killed = time.monotonic(), Counter[str]()
    for second, name in deaths:
        time.sleep(max(0.0, began + second - time.monotonic()))
        kill[name]()
        killed[name] += 1
    return killed


def power_cut(child: Child) -> Callable[[], None]:
    """SIGKILL, and a new start a moment later."""

    def kill() -> None:
        child.kill()
        time.sleep(DOWN_SECONDS)
        child.start()

    return kill


def lost_messages(installation: Installation) -> Callable[[], None]:
    """The embedded broker is a folder: its death is that everything in it is gone."""

    def clear() -> None:
        for file in Path(installation.data / "broker" / "queue").glob("*.msg"):
            with contextlib.suppress(FileNotFoundError):
                file.unlink()

    return clear
