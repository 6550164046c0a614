"""What goes wrong: LINE's bad days in the promised shares, and processes that die without a word."""

import contextlib
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from config.demo.processes import Child, Installation, fetch_json

LOOK_SECONDS, BURST_SECONDS, BURST = 0.15, 8.0, 5
DOWN_SECONDS = 1.0
# Beyond the product's ten seconds; the shorter one ends like a connection that a proxy cut.
HOLDS = (12.0, 1.0)
SHARES: list[tuple[float, dict[str, Any]]] = [
    (0.05, {"kind": "timeout"}),
    (0.05, {"kind": "accept_then_timeout"}),
    (0.05, {"kind": "status", "status": 500}),
]
TOO_MANY = {"kind": "status", "status": 429, "body": {"message": "The API rate limit has been exceeded. Try again later."}}


class Weather:
    """For every request that LINE got it is drawn what happens to the next one, so that faults come in their shares."""

    def __init__(self, line_url: str, chance: random.Random) -> None:
        self._line_url, self._chance = line_url, chance
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="weather", daemon=True)
        self.asked: Counter[str] = Counter()

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """No trouble any more, and none of what was asked for stays."""
        self._over.set()
        self._thread.join()
        fetch_json(f"{self._line_url}/sim/faults", method="DELETE")

    def _run(self) -> None:
        last, burst_at = 0, time.monotonic() + BURST_SECONDS
        while not self._over.wait(LOOK_SECONDS):
            try:
                answer = fetch_json(f"{self._line_url}/sim/requests?since={last}", timeout=15)
                last = answer["last"]
                for request in answer["requests"]:
                    if request["endpoint"] in ("push", "reply"):
                        self._draw(request["endpoint"])
                if time.monotonic() > burst_at:
                    self._ask(self._chance.choice(["push", "reply"]), TOO_MANY, times=BURST)
                    burst_at = time.monotonic() + self._chance.uniform(0.5, 1.5) * BURST_SECONDS
            except OSError as error:
                print(f"chaos: the weather stands still: {error!r}", file=sys.stderr)

    def _draw(self, endpoint: str) -> None:
        drawn = self._chance.random()
        for share, fault in SHARES:
            drawn -= share
            if drawn < 0:
                self._ask(endpoint, fault | {"seconds": self._chance.choice(HOLDS)})
                return

    def _ask(self, endpoint: str, fault: dict[str, Any], times: int = 1) -> None:
        fetch_json(f"{self._line_url}/sim/faults", {"endpoint": endpoint, "times": times} | fault, timeout=15)
        self.asked[f"{fault['kind']} {fault.get('status', '')}".strip()] += times


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
